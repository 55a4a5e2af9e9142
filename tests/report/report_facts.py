"""A small report made by hand: one of everything that a report can show, and values that mean harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from trueup.model.changes import Action, Change, GuardVerdict, Plan, Reversal, Risk
from trueup.model.findings import Finding, Severity
from trueup.model.kinds import Kind
from trueup.model.matching import Coverage, Grade, Level, Link, LinkSource, Match
from trueup.model.receipts import Decision, Outcome, Receipt, Verdict
from trueup.model.records import Snapshot
from trueup.model.refs import Ref
from trueup.report.facts import Facts

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA_S, ANNA_H = Ref("salesforce", "Lead", "00Q1"), Ref("hubspot", "contacts", "51")
BEN_S, BEN_H = Ref("salesforce", "Contact", "0031"), Ref("hubspot", "contacts", "52")
TWIN_A, TWIN_B = Ref("hubspot", "contacts", "61"), Ref("hubspot", "contacts", "62")
LOST = Ref("hubspot", "contacts", "71")


@dataclass(frozen=True)
class Blind:
    code: str
    why: str


STAGE = Finding(
    "STG001",
    Severity.ERROR,
    Kind.PERSON,
    (ANNA_H, ANNA_S),
    "lifecycle_stage",
    {str(ANNA_H): "mql", str(ANNA_S): "sql"},
    ("sql stands: salesforce owns it.",),
    NOW - timedelta(days=9),
)
BLANK = Finding("FLD003", Severity.INFO, Kind.PERSON, (BEN_H, BEN_S), "title", {str(BEN_H): "CTO", str(BEN_S): None})
TWINS = Finding(
    "DUP001",
    Severity.WARNING,
    Kind.PERSON,
    (TWIN_A, TWIN_B),
    evidence=(
        "e-mail: same address; last name: same",
        "The match probability is 0.9998.",
        "e-mail: same address (+9.3)",
        "last name: same (+5.1)",
        "first name: different (-2.0)",
    ),
)
NEVER = Finding("ACT003", Severity.ERROR, Kind.PERSON, (LOST,), evidence=("mql since 2026-05-01, and no call.",))
FINDINGS = (STAGE, BLANK, TWINS, NEVER)

MOVE = Change(
    Action.UPDATE,
    ANNA_H,
    Kind.PERSON,
    field="lifecycle_stage",
    before="marketingqualifiedlead",
    after="salesqualifiedlead",
    winner=ANNA_S,
    reason="salesforce wins: it owns the stage sql.",
    rule="stage_forward",
    finding=STAGE.id,
    risk=Risk.MEDIUM,
)
FILL = Change(
    Action.UPDATE,
    BEN_S,
    Kind.PERSON,
    field="title",
    before=None,
    after="CTO",
    winner=BEN_H,
    reason="hubspot knows it.",
    rule="fill_blank",
    finding=BLANK.id,
    risk=Risk.LOW,
)
MERGE = Change(
    Action.MERGE,
    TWIN_A,
    Kind.PERSON,
    others=(TWIN_B,),
    values={"city": "Ghent"},
    winner=TWIN_A,
    reason="hubspot:contacts/61 is older.",
    rule="merge",
    finding=TWINS.id,
    risk=Risk.HIGH,
    reversal=Reversal.NONE,
    irreversible="The record itself cannot be restored.",
)
CHANGES = (FILL, MOVE, MERGE)

TITLES = {
    "STG001": "Stages differ",
    "FLD003": "Blank here, known there",
    "DUP001": "One person twice in a system",
    "ACT003": "Qualified and never contacted",
    "OWN001": "Owners differ",
    "LNK001": "Person in one system only",
}
NAMES = {
    ANNA_S: "Anna Kovacs, Acme",
    ANNA_H: "Anna Kovacs, Acme",
    BEN_S: "Ben Osei",
    BEN_H: "Ben Osei",
    TWIN_A: "Chloé Martin",
    TWIN_B: "Chloe Martin",
    LOST: "Dmitri Orlov",
}
PLAN = Plan(
    "pa1b2c3d4e5f6",
    "d" * 64,
    NOW,
    NOW + timedelta(days=3),
    ("s1", "s2"),
    "policy0123456789",
    CHANGES,
    (GuardVerdict("max_share", 40, 10, True, "hubspot: 40 of 100 contacts would change (the guard allows 10)."),),
)
SNAPSHOTS = tuple(
    Snapshot(
        f"s{number}", system, object_, NOW - timedelta(minutes=number), None, 100 * number, number != 3, True, notes
    )
    for number, (system, object_, notes) in enumerate(
        [
            ("salesforce", "Lead", ()),
            ("salesforce", "Contact", ()),
            ("hubspot", "contacts", ("It broke off at page 4.",)),
        ],
        1,
    )
)
MATCH = Match(
    TWIN_A,
    TWIN_B,
    Kind.PERSON,
    0.9998,
    Grade.CERTAIN,
    (Level("e-mail", "same address", 9.3), Level("last name", "same", 5.1), Level("first name", "different", -2.0)),
    -8.0,
)


COVERED = Coverage(Kind.PERSON, 100, 14, 12, str(TWIN_A), 2_345, 1_900, (("e-mail name", 1_700), ("phone", 200)))
"""How far matching went: a group that is too large, and blocks that were."""


def facts(**changed: object) -> Facts:
    """Everything, before anything was applied: the fill is approved by rule."""
    given = Facts(
        plan=PLAN,
        decisions={FILL.id: Decision(FILL.id, Verdict.APPROVE, "rule:fill_blank", NOW)},
        findings=FINDINGS,
        not_looked_at=(Blind("LNK001", "hubspot contacts were not seen whole."),),
        reasons={NEVER.id: "Activities are not made up."},
        snapshots=SNAPSHOTS,
        totals={Kind.PERSON: 100, Kind.COMPANY: 20},
        titles=TITLES,
        names=NAMES,
        urls={ANNA_H: "https://app.hubspot.example/contacts/1/record/0-1/51", ANNA_S: "https://acme.example/00Q1/view"},
        links=(Link(ANNA_H, ANNA_S, Kind.PERSON, LinkSource.EMAIL, 0.9991, NOW, "e-mail: same address"),),
        matches=(MATCH,),
        matching=(COVERED,),
        stages=("lead", "mql", "sql", "opportunity"),
        systems=("salesforce", "hubspot"),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def applied(change: Change, outcome: Outcome, message: str = "") -> Receipt:
    return Receipt(change.id, outcome, NOW + timedelta(minutes=1), message=message)


HOSTILE = {
    "script": "<script>document.title='stolen'</script>",
    "attribute": '" onmouseover="document.title=\'stolen\'" x="',
    "closing": "</script><img src=x onerror=\"document.title='stolen'\">",
    "template": "{{ 7*7 }}{% raw %}",
    "entity": "&lt;b&gt;&amp;",
    "override": "invoice\u202efdp.exe",
    "control": "\x1b[31mred\x07\x00",
    "hebrew": "שלום עולם",
    "long": "x" * 40_000,
    "lines": "one\ntwo\u2028three",
    "formula": '=HYPERLINK("http://evil.example","x")',
}


def hostile() -> Facts:
    """A report in which every text from a CRM means harm."""
    refs = [Ref("hubspot", "contacts", str(number)) for number in range(len(HOSTILE))]
    changes, findings = [], []
    for ref, text in zip(refs, HOSTILE.values(), strict=True):
        finding = Finding("FLD004", Severity.WARNING, Kind.PERSON, (ref,), "city", {str(ref): text}, (text,))
        findings += [finding, replace(finding, field="street")]
        changes.append(
            Change(
                Action.UPDATE,
                ref,
                Kind.PERSON,
                field="city",
                before=text,
                after=text + "!",
                reason=text,
                rule="normalize",
                finding=finding.id,
            )
        )
    return facts(
        plan=replace(PLAN, changes=tuple(changes)),
        findings=findings,
        names=dict(zip(refs, HOSTILE.values(), strict=True)),
        urls={refs[0]: "javascript:document.title='stolen'", refs[1]: 'https://x.example/"onclick="y'},
        reasons={finding.id: text for finding, text in zip(findings[1::2], HOSTILE.values(), strict=True)},
        links=(),
        matches=(),
    )


def many(rows: int) -> Facts:
    """A report of so many changes and a quarter as many findings without a fix."""
    fields = ("city", "title", "phone", "industry")
    changes, findings, names = [], [], {}
    for number in range(rows):
        ref = Ref(("hubspot", "salesforce")[number % 2], "contacts", str(number))
        names[ref] = f"Person {number}"
        field = fields[number % 4]
        finding = Finding("FLD002", Severity.WARNING, Kind.PERSON, (ref,), field, {str(ref): f"old {number}"})
        risk = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)[number % 3]
        change = Change(
            Action.UPDATE,
            ref,
            Kind.PERSON,
            field=field,
            before=f"old {number}",
            after=f"new {number}",
            reason="The other side is newer.",
            rule="conflict",
            finding=finding.id,
            risk=risk,
        )
        changes.append(change)
        findings.append(finding)
        if number % 4 == 0:
            findings.append(replace(NEVER, subjects=(ref,)))
    return facts(
        plan=replace(PLAN, changes=tuple(changes)), findings=findings, names=names, links=(), matches=(), decisions={}
    )
