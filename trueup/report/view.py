"""From what is known to rows: the one place where a report is worked out. Pure; every format renders the result.

The order is that of need: what went wrong, then what waits for a person (the riskiest first), then the rest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from trueup.model.changes import Change
from trueup.model.findings import Finding, Severity
from trueup.model.matching import Level, Link, LinkSource, Match
from trueup.model.receipts import Outcome, Verdict
from trueup.model.refs import Ref
from trueup.report import words
from trueup.report.facts import Facts
from trueup.report.lifecycle import matrix
from trueup.report.rows import (
    ChangeRow,
    FindingRow,
    MatchView,
    RecordLink,
    SourceRow,
    State,
    View,
)
from trueup.report.summary import WRITTEN, agreement, count_rows, families, verdict

STAGES_DIFFER = "STG001"
_RULE_FAMILIES = {"link_id": "LNK", "merge": "DUP", "create": "LNK", "owner": "OWN", "associate": "REF"}
_STATES = {outcome: State(outcome.value) for outcome in Outcome}
_STATE_ORDER = {state: place for place, state in enumerate(State)}
_RISK_ORDER = {"high": 0, "medium": 1, "low": 2}
_SEVERITY_ORDER = {severity.value: place for place, severity in enumerate(Severity)}
_LEVEL = re.compile(r"(?P<comparison>[^:]+): (?P<label>.*) \((?P<weight>[+-]\d+(?:\.\d+)?)\)")
_SOURCES = {
    LinkSource.STORED_ID: "One stores the other's id",
    LinkSource.EMAIL: "The same e-mail",
    LinkSource.KEY: "The same key",
    LinkSource.SCORED: "Weighed part by part",
    LinkSource.DECISION: "A person said so",
    LinkSource.CREATED: "One was made from the other",
}


def build(facts: Facts) -> View:
    """The rows of a report."""
    maker = _Maker(facts)
    changes = tuple(sorted(map(maker.change, facts.plan.changes if facts.plan else ()), key=_change_order))
    findings = tuple(sorted(map(maker.finding, facts.findings), key=_finding_order))
    counts = count_rows(facts, changes, findings)
    open_findings = [finding for finding in facts.findings if maker.state_of(finding) not in WRITTEN]
    by_family = families(facts, open_findings)
    blind = tuple(sorted((item.code, facts.titles.get(item.code, ""), item.why) for item in facts.not_looked_at))
    plan = facts.plan
    return View(
        verdict=verdict(counts, changes),
        in_true=not open_findings and not counts.waiting and not counts.trouble,
        at=plan.made_at if plan else max((s.taken_at for s in facts.snapshots), default=None),
        counts=counts,
        agreement=agreement(facts, open_findings),
        families=by_family,
        matrix=matrix([f for f in open_findings if f.code == STAGES_DIFFER], facts.stages, facts.systems),
        changes=changes,
        findings=findings,
        not_looked_at=blind,
        guards=tuple((g.name, g.what, g.tripped) for g in plan.guards) if plan else (),
        sources=tuple(SourceRow(s.system, s.object, s.rows, s.taken_at, s.complete, s.notes) for s in facts.snapshots),
        plan=plan.id if plan else "",
        digest=plan.digest if plan else "",
        policy_digest=plan.policy_digest if plan else "",
        expires_at=plan.expires_at if plan else None,
        undoes=plan.undoes if plan else "",
        missing=facts.missing,
        matching=tuple(facts.matching),
    )


class _Maker:
    """Makes rows, with what is looked up for each of them at hand."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.findings = {finding.id: finding for finding in facts.findings}
        self.links = {frozenset((link.left, link.right)): link for link in facts.links}
        self.matches = {frozenset((match.left, match.right)): match for match in facts.matches}
        self.fixes: dict[str, list[Change]] = defaultdict(list)
        for change in facts.plan.changes if facts.plan else ():
            self.fixes[change.finding].append(change)
        planned = {change.id: change for change in facts.plan.changes} if facts.plan else {}
        for finding, change_id in facts.also.items():
            if change_id in planned:
                self.fixes[finding].append(planned[change_id])

    def change(self, change: Change) -> ChangeRow:
        facts = self.facts
        finding = self.findings.get(change.finding)
        code = change.finding.partition("-")[0]
        decision, receipt = facts.decisions.get(change.id), facts.receipts.get(change.id)
        subjects = finding.subjects if finding else ()
        others = [ref for ref in dict.fromkeys((*change.others, *subjects)) if ref != change.target]
        refs = (change.target, *others)
        return ChangeRow(
            id=change.id,
            sign=change.action.sign,
            action=change.action.value,
            what=words.what(change),
            name=next((facts.names[ref] for ref in refs if facts.names.get(ref)), "")
            or words.record_name(change.kind, change.values),
            kind=change.kind.value,
            system=change.target.system,
            field=change.field if change.action.value == "update" else "",
            field_label=words.field_label(change.kind, change.field) if change.action.value == "update" else "",
            code=code,
            title=facts.titles.get(code, ""),
            family=words.family_name(code or _RULE_FAMILIES.get(change.rule, "")),
            before=change.before,
            after=change.after,
            values=tuple((words.field_label(change.kind, n), v) for n, v in sorted(change.values.items())),
            why=change.reason,
            winner=change.winner.system if change.winner else "",
            target=self.record(change.target, finding),
            others=tuple(self.record(ref, finding) for ref in others),
            evidence=_sentences(finding, self.why_same(refs, finding)),
            matches=self.why_same(refs, finding),
            risk=change.risk.value,
            rule=change.rule,
            rule_name=words.class_name(change.rule),
            reversal=change.reversal.value,
            undo=words.undo_note(change),
            state=self.change_state(change),
            by=decision.by if decision else "",
            note=decision.note if decision else "",
            message=receipt.message if receipt and self.change_state(change) not in WRITTEN else "",
            old=self.called(change, change.field, change.before),
            new=self.called(change, change.field, change.after),
            told=tuple(
                (words.field_label(change.kind, n), self.called(change, n, v)) for n, v in sorted(change.values.items())
            ),
        )

    def called(self, change: Change, field: str, value: str | None) -> str | None:
        """A value of the change as people read it."""
        return words.called(change.kind, change.target.system, field, value, self.facts.names)

    def change_state(self, change: Change) -> State:
        """The outcome where something was tried, else the verdict."""
        receipt, decision = self.facts.receipts.get(change.id), self.facts.decisions.get(change.id)
        if receipt and not (receipt.outcome is Outcome.SKIPPED and decision is None):
            rejected = decision and decision.verdict is Verdict.REJECT
            return State.REJECTED if receipt.outcome is Outcome.SKIPPED and rejected else _STATES[receipt.outcome]
        if decision is None:
            return State.WAITING
        return State.APPROVED if decision.verdict is Verdict.APPROVE else State.REJECTED

    def state_of(self, finding: Finding) -> State:
        """A finding stands where the neediest of its fixes stands."""
        states = [self.change_state(change) for change in self.fixes.get(finding.id, ())]
        return min(states, key=_STATE_ORDER.__getitem__, default=State.NO_FIX)

    def finding(self, finding: Finding) -> FindingRow:
        facts = self.facts
        state = self.state_of(finding)
        reason = facts.reasons.get(finding.id, "")
        if state is State.NO_FIX and not reason:
            reason = "A person has to look: nothing in the policy says how this is fixed."
        return FindingRow(
            id=finding.id,
            code=finding.code,
            title=facts.titles.get(finding.code, ""),
            family=words.family_name(finding.code),
            severity=finding.severity.value,
            kind=finding.kind.value,
            field=finding.field,
            field_label=words.field_label(finding.kind, finding.field) if finding.field else "",
            name=next((facts.names[ref] for ref in finding.subjects if facts.names.get(ref)), ""),
            subjects=tuple(self.record(ref, finding) for ref in finding.subjects),
            evidence=_sentences(finding, self.why_same(finding.subjects, finding)),
            matches=self.why_same(finding.subjects, finding),
            since=finding.first_seen,
            state=state,
            reason=reason,
        )

    def record(self, ref: Ref, finding: Finding | None) -> RecordLink:
        values = finding.values if finding else {}
        value = values.get(str(ref))
        return RecordLink(
            words.address(ref),
            ref.system,
            self.facts.names.get(ref, ""),
            self.facts.urls.get(ref, ""),
            value,
            str(ref) in values,
            words.called(finding.kind, ref.system, finding.field, value, self.facts.names) if finding else None,
        )

    def why_same(self, refs: Sequence[Ref], finding: Finding | None) -> tuple[MatchView, ...]:
        """Every pair among the records that matching holds to be one; the finding's own evidence where that is all."""
        found = []
        for place, left in enumerate(refs):
            for right in refs[place + 1 :]:
                pair = frozenset((left, right))
                link, match = self.links.get(pair), self.matches.get(pair)
                if link or match:
                    found.append(_match_view(left, right, link, match))
        levels = _levels(finding)
        if not found and levels and len(refs) > 1:
            found.append(MatchView(str(refs[0]), str(refs[1]), "Weighed part by part", levels=levels))
        return tuple(found)


def _match_view(left: Ref, right: Ref, link: Link | None, match: Match | None) -> MatchView:
    sentence = _SOURCES[link.source] if link else "Weighed part by part"
    if not match and link and link.evidence:
        sentence += f": {link.evidence}"
    return MatchView(
        str(left),
        str(right),
        sentence,
        match.score if match else link.score if link else None,
        match.levels if match else (),
        match.prior_weight if match else 0.0,
        match.capped_by if match else "",
    )


def _levels(finding: Finding | None) -> tuple[Level, ...]:
    """The scored parts that a finding's evidence spells out: `email: same address (+9.3)`."""
    parsed = (_LEVEL.fullmatch(sentence) for sentence in (finding.evidence if finding else ()))
    return tuple(Level(p["comparison"], p["label"], float(p["weight"])) for p in parsed if p)


def _sentences(finding: Finding | None, matches: Sequence[MatchView]) -> tuple[str, ...]:
    """The evidence but for what the weighed parts show already."""
    told = {f"{level.comparison}: {level.label}" for match in matches for level in match.levels}
    return tuple(
        sentence
        for sentence in (finding.evidence if finding else ())
        if not _LEVEL.fullmatch(sentence)
        and not (told and (sentence.startswith("The match probability is") or told.issuperset(sentence.split("; "))))
    )


def _change_order(row: ChangeRow) -> tuple[object, ...]:
    return _STATE_ORDER[row.state], _RISK_ORDER[row.risk], row.code, row.rule, row.name.casefold(), row.id


def _finding_order(row: FindingRow) -> tuple[object, ...]:
    return (
        row.state is not State.NO_FIX,
        _SEVERITY_ORDER[row.severity],
        row.code,
        row.name.casefold(),
        row.id,
    )
