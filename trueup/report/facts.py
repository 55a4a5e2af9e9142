"""What a report is made from, handed in by the command that gathered it: this folder reads nothing by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trueup.model.changes import Plan
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.matching import Coverage, Link, Match
from trueup.model.receipts import Decision, Receipt
from trueup.model.records import Snapshot
from trueup.model.refs import Ref
from trueup.report.shapes import NotLookedAtLike


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a report is made from. What is not known is left out; the report then says less, never wrong.

    `reasons` say by finding id why nothing is proposed; `also` names the change that sets a finding right though it was
    made for another. `totals` are live records by kind. `missing` are sentences on what could not be had for the report
    itself.
    """

    plan: Plan | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    not_looked_at: Iterable[NotLookedAtLike] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    snapshots: Sequence[Snapshot] = ()
    totals: Mapping[Kind, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[Ref, str] = field(default_factory=dict)
    urls: Mapping[Ref, str] = field(default_factory=dict)
    links: Sequence[Link] = ()
    matches: Sequence[Match] = ()
    matching: Sequence[Coverage] = ()
    stages: Sequence[str] = ()
    systems: Sequence[str] = ()
    missing: tuple[str, ...] = ()
