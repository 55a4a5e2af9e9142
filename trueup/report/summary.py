"""The numbers and sentences at the top of a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.report import words
from trueup.report.facts import Facts
from trueup.report.rows import ChangeRow, Counts, FamilyRow, FindingRow, SourceRow, State

BY_RULE = "rule:"
TROUBLE = frozenset({State.UNKNOWN, State.FAILED, State.REFUSED, State.STALE})
WRITTEN = frozenset({State.APPLIED, State.ALREADY})

FAMILY_KINDS: Mapping[str, frozenset[Kind]] = {
    "DUP": frozenset({Kind.PERSON, Kind.COMPANY}),
    "LNK": frozenset({Kind.PERSON, Kind.COMPANY, Kind.DEAL}),
    "STG": frozenset({Kind.PERSON, Kind.DEAL}),
    "FLD": frozenset({Kind.PERSON, Kind.COMPANY, Kind.DEAL}),
    "ACT": frozenset({Kind.PERSON, Kind.ACTIVITY}),
    "OWN": frozenset({Kind.PERSON, Kind.COMPANY, Kind.DEAL}),
}
"""What the families of checks look at; a family not named here looks at everything."""


def count_rows(facts: Facts, changes: Sequence[ChangeRow], findings: Sequence[FindingRow]) -> Counts:
    states = [row.state for row in changes]
    return Counts(
        findings=len(findings),
        records=len({ref for finding in facts.findings for ref in finding.subjects}),
        planned=len(changes),
        by_rule=sum(row.by.startswith(BY_RULE) and row.state is not State.REJECTED for row in changes),
        approved=states.count(State.APPROVED),
        waiting=states.count(State.WAITING),
        rejected=states.count(State.REJECTED),
        no_fix=sum(row.state is State.NO_FIX for row in findings),
        written=sum(state in WRITTEN for state in states),
        trouble=sum(state in TROUBLE for state in states),
        not_looked_at=len(list(facts.not_looked_at)),
    )


def verdict(k: Counts, changes: Sequence[ChangeRow]) -> str:
    """The first line of every report."""
    blind = f" {words.count(k.not_looked_at, 'thing')} could not be looked at." if k.not_looked_at else ""
    if not k.findings and not k.planned:
        return f"In true{' as far as was looked' if blind else ''}.{blind}"
    parts = [f"{words.count(k.planned, 'fix')} planned"]
    if k.written or k.trouble:
        parts.append(f"{k.written:,} written")
        parts += [f"{k.trouble:,} not done as planned"] * bool(k.trouble)
    else:
        parts += [f"{k.by_rule:,} approved by rule"] * bool(k.by_rule)
        parts += [f"{k.approved - k.by_rule:,} by people"] * bool(k.approved > k.by_rule)
    waits = "waits" if k.waiting == 1 else "wait"
    parts += [f"{k.waiting:,} {waits} for you"] * bool(k.waiting)
    planned = ", ".join(parts)
    if not k.findings:
        return f"{planned[0].upper()}{planned[1:]}.{blind}"
    found = f"{words.count(k.findings, 'finding')} on {words.count(k.records, 'record')}"
    done = bool(changes) and not k.no_fix and all(row.state in WRITTEN for row in changes)
    head = "Trued up" if done else "Not in true"
    return f"{head}: {found}; {planned}.{blind}"


def families(facts: Facts, open_findings: Sequence[Finding]) -> tuple[FamilyRow, ...]:
    by_family: dict[str, list[Finding]] = defaultdict(list)
    for code in facts.titles:
        by_family[words.family(code)] = []
    for finding in open_findings:
        by_family[words.family(finding.code)].append(finding)
    rows = []
    for family, found in by_family.items():
        kinds = FAMILY_KINDS.get(family, frozenset(facts.totals))
        codes: dict[str, int] = defaultdict(int)
        for finding in found:
            codes[finding.code] += 1
        rows.append(
            FamilyRow(
                family,
                words.FAMILIES.get(family, family),
                len(found),
                len({ref for finding in found for ref in finding.subjects}),
                sum(facts.totals.get(kind, 0) for kind in kinds),
                tuple((code, facts.titles.get(code, ""), number) for code, number in sorted(codes.items())),
            )
        )
    order = list(words.FAMILIES)
    return tuple(sorted(rows, key=lambda row: order.index(row.family) if row.family in order else len(order)))


def agreement(facts: Facts, open_findings: Sequence[Finding]) -> float | None:
    """The share of people, companies and deals on which nothing is open."""
    kinds = (Kind.PERSON, Kind.COMPANY, Kind.DEAL)
    total = sum(facts.totals.get(kind, 0) for kind in kinds)
    if not total:
        return None
    touched = {ref for finding in open_findings if finding.kind in kinds for ref in finding.subjects}
    return max(0.0, 1 - len(touched) / total)


def newest(snapshots: Sequence[SourceRow]) -> datetime | None:
    """When the data is from: the oldest of the newest pulls, since a report is as fresh as its stalest part."""
    return min((s.taken_at for s in snapshots), default=None)
