"""What proposing gives: changes, and what nothing could be proposed for, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trueup.model.changes import Change
from trueup.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Unfixable:
    """A finding (by id) that no change was proposed for, and why."""

    finding: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The changes, sorted, and the findings left over; every finding is in a change, in `unfixable` or in `also`.

    `also` maps a finding to the id of the change, made for another finding, that sets it right too.
    """

    changes: tuple[Change, ...]
    unfixable: tuple[Unfixable, ...]
    also: Mapping[str, str] = field(default_factory=dict)


Item = Change | Unfixable


def unfixable(finding: Finding, reason: str) -> Unfixable:
    """The finding with the reason why nothing is proposed for it."""
    return Unfixable(finding.id, finding.code, reason)
