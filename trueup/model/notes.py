"""What was known when a plan was made and is no part of what is sealed: the report shows it, nothing acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trueup.model.matching import Coverage, Match


@dataclass(frozen=True, slots=True)
class PlanNotes:
    """`reasons` say by finding id why no change was proposed; a finding that is not in them came after the plan.

    `also` maps a finding to the change, made for another finding, that sets it right too. `not_looked_at` are (code,
    why). `matches` are the weighed pairs among the findings' subjects; `matching` says how far matching went.
    """

    reasons: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    not_looked_at: tuple[tuple[str, str], ...] = ()
    matches: tuple[Match, ...] = ()
    matching: tuple[Coverage, ...] = ()
