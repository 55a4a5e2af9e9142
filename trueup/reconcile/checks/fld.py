"""FLD: fields that are missing, differ, or hold what they cannot."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.authorship import FROZEN
from trueup.model.findings import Severity
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.reconcile import echoes, emails, stages
from trueup.reconcile.checks.registry import Found, check
from trueup.reconcile.compare import THROUGH_COMPANY, comparable, differing, norms, value_map, values_sql
from trueup.reconcile.frame import SUBJECT_KINDS, Frame


@check(
    "FLD001",
    "Required for the stage and missing",
    Severity.WARNING,
    means="A person is in a stage that wants a field, and no linked record has a usable value for it.",
    why="The person was handed over without what the two teams agreed a handover needs.",
    how="All fields required by the person's stage and the stages before it; a contact has its company's data"
    " through the"
    " company. Junk and malformed values count as missing.",
    fix="Find the value out; no system knows it, so there is no automatic fix.",
)
def required_and_missing(frame: Frame) -> Iterator[Found]:
    """One finding per person and field, about all linked records."""
    stages.prepare(frame)
    first: dict[str, int] = {}
    for rank, stage in enumerate(frame.policy.lifecycle.stages):
        for name in stage.requires:
            first.setdefault(name, rank)
    for name, rank in first.items():
        if name not in FIELDS[Kind.PERSON]:
            continue
        own = values_sql(frame, Kind.PERSON, name)
        found = frame.rows(
            f"WITH own AS (SELECT entity, state = 'known' AS known FROM {own}), through AS"
            f" ({_through_company(frame, name)}),"
            " held AS (SELECT entity, bool_or(known) AS known FROM (FROM own UNION ALL FROM through) GROUP BY 1)"
            " SELECT list(m.ref ORDER BY m.ref), any_value(r.stage) FROM held h JOIN c_ruling r ON r.entity = h.entity"
            " JOIN c_member m ON m.kind = 'person' AND m.entity = h.entity WHERE NOT h.known AND r.agreed AND"
            " r.rank >= ?"
            " GROUP BY h.entity ORDER BY 1",
            [rank],
        )
        raws = _raws(frame, Kind.PERSON, name, [ref for refs, _ in found for ref in refs])
        label = FIELDS[Kind.PERSON][name].label
        for refs, stage in found:
            yield Found(
                Kind.PERSON, refs, name, {r: raws.get(r) for r in refs}, (f"{stage} wants {label}; nobody has it.",)
            )


def _through_company(frame: Frame, name: str) -> str:
    """A query of (entity, known) for records that have the field through their company only."""
    if name not in THROUGH_COMPANY:
        return "SELECT NULL::VARCHAR, false WHERE false"
    held = frame.has_field(Kind.PERSON, name)
    have = ", ".join(f"('{s}', '{o}')" for s, o in held) or "('', '')"
    company = values_sql(frame, Kind.COMPANY, THROUGH_COMPANY[name])
    return (
        "SELECT m.entity, coalesce(v.state = 'known', false) FROM c_member m JOIN record_person r ON r.ref = m.ref"
        f" LEFT JOIN {company} v ON v.ref = r.system || ':' || r.company_id"
        f" WHERE m.kind = 'person' AND r.company_id IS NOT NULL AND (m.system, m.object) NOT IN ({have})"
    )


@check(
    "FLD002",
    "Values conflict",
    Severity.WARNING,
    means="Two linked records hold different values in a field that should agree.",
    why="Whoever looks into one system is told something else than whoever looks into the other.",
    how="Values compared by type: text without case and spacing, phones in E.164, URLs by domain, picklists"
    " through their value"
    " maps. Junk, malformed and unmapped values do not take part.",
    fix="The policy's `truth` says whose value stays; if only one side changed since the two last agreed, that"
    " is the news.",
)
def values_conflict(frame: Frame) -> Iterator[Found]:
    """Pairs with two known values of different norm."""
    emails.prepare(frame)
    for kind, name in comparable(frame):
        # People whose addresses are all apart are DUP003's business.
        apart = " ANTI JOIN c_disjoint USING (left_ref, right_ref)" if (kind, name) == (Kind.PERSON, "email") else ""
        for left, right, left_raw, right_raw in _differing(
            frame, kind, name, f"{apart} WHERE ls = 'known' AND rs = 'known' AND ln <> rn"
        ):
            said = f"{left_raw!r} on one side, {right_raw!r} on the other."
            yield Found(kind, (left, right), name, {left: left_raw, right: right_raw}, (said,))


@check(
    "FLD003",
    "Blank here, known there",
    Severity.INFO,
    means="One of two linked records has no value, or junk, in a field that the other knows.",
    why="Routing, scoring and personal mail miss what the company already knows.",
    how="Both sides have the field; one is empty or says nothing, the other holds a usable value.",
    fix="The known value fills the blank, if the policy's `blanks` lets it and the field can be written.",
)
def blank_here(frame: Frame) -> Iterator[Found]:
    """Pairs with one known and one missing value."""
    for kind, name in comparable(frame):
        # An empty checkbox and an unticked one say the same.
        worth = "= 'true'" if FIELDS[kind][name].type is FieldType.BOOLEAN else "IS NOT NULL"
        for left, right, left_raw, right_raw in _differing(
            frame,
            kind,
            name,
            f" WHERE (ls IN ('blank', 'junk') AND rs = 'known' AND rn {worth})"
            f" OR (ls = 'known' AND rs IN ('blank', 'junk') AND ln {worth})",
        ):
            said = "One side knows it, the other does not."
            yield Found(kind, (left, right), name, {left: left_raw, right: right_raw}, (said,))


def _differing(frame: Frame, kind: Kind, name: str, condition: str) -> list[tuple[str, str, str | None, str | None]]:
    """Pairs whose sides both have the field and do not hold the same, with both raw values."""
    return frame.rows(f"SELECT left_ref, right_ref, l, r FROM {differing(frame, kind, name)}{condition} ORDER BY 1, 2")


@check(
    "FLD004",
    "Malformed",
    Severity.WARNING,
    means="A field holds what cannot be an e-mail address, phone number, web address or country.",
    why="Mail bounces, calls fail, and the value never matches anything.",
    how="Syntax only; nothing is dialled or mailed.",
    fix="What is surely a slip of spelling is mended; otherwise the linked record's value replaces it, or a"
    " person finds it out.",
)
def malformed(frame: Frame) -> Iterator[Found]:
    """One finding per record and field."""
    for kind in SUBJECT_KINDS:
        for name, field in FIELDS[kind].items():
            checked = field.type in (FieldType.EMAIL, FieldType.PHONE, FieldType.URL) or name == "country"
            if not checked or name not in frame.filled(kind):
                continue
            table = norms(frame, kind, name)
            if not frame.rows(f"SELECT 1 FROM {table} WHERE state = 'malformed' LIMIT 1"):
                continue
            found = frame.rows(
                f"SELECT ref, raw, reason FROM {values_sql(frame, kind, name)} WHERE state = 'malformed' ORDER BY 1"
            )
            for ref, raw, reason in found:
                yield Found(kind, (ref,), name, {ref: raw}, (f"{raw!r}: {reason}.",))


@check(
    "FLD005",
    "Picklist value unmapped",
    Severity.WARNING,
    means="A picklist holds a value that the policy's value map for the field does not know.",
    why="The value can be neither compared nor carried over.",
    how="Values of fields with a value map that are in none of the map's entries for that system.",
    fix="Add the value to the map, or set the record to a value that is in it.",
)
def unmapped(frame: Frame) -> Iterator[Found]:
    """One finding per record and field."""
    for kind in SUBJECT_KINDS:
        for name in FIELDS[kind]:
            mapped = [s for s, _ in frame.has_field(kind, name) if value_map(frame.policy, kind, name, s)]
            if not mapped or name not in frame.filled(kind):
                continue
            found = frame.rows(
                f"SELECT ref, raw FROM {values_sql(frame, kind, name)} WHERE state = 'unmapped' ORDER BY 1"
            )
            for ref, raw in found:
                yield Found(kind, (ref,), name, {ref: raw}, (f"The value map has no entry for {raw!r}.",))


@check(
    FROZEN,
    "Changed back, again and again",
    Severity.WARNING,
    means="What Trueup wrote into a field was changed back, was written again, and was changed back once more.",
    why="Two programs, or a program and a person, each mean it; whoever writes last wins until the next night.",
    how="Values that Trueup is known to have written, against what the record holds now. The CRM is asked who wrote"
    " the others: HubSpot names the source of every version, Salesforce the user where field history is tracked.",
    fix="Find out which of the two is right. Stop the other program, or give the field to it in the policy's `truth`;"
    " until the record holds Trueup's value again the field is frozen, and nothing is proposed for it.",
)
def changed_back(frame: Frame) -> Iterator[Found]:
    """One finding per frozen field; the runner adds the sentence, as to every finding on the field."""
    for (ref, name), flip in sorted(echoes.flips(frame).items()):
        yield Found(flip.kind, (ref,), name, {ref: flip.held})


def _raws(frame: Frame, kind: Kind, name: str, refs: list[str]) -> dict[str, str | None]:
    if not refs:
        return {}
    frame.table("c_asked_refs", ("ref",), [(ref,) for ref in refs])
    rows = frame.rows(f"SELECT ref, {name} FROM record_{kind} WHERE ref IN (SELECT ref FROM c_asked_refs)")
    return dict(rows)
