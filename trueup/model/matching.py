"""Record linkage, in the words of the Fellegi-Sunter literature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trueup.model.kinds import Kind
from trueup.model.refs import Ref


class Grade(StrEnum):
    """How sure we are that two records are the same."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Level:
    """One comparison's outcome: which rung of its ladder the pair stands on, and what that weighs.

    `weight` is log2 of the Bayes factor: positive speaks for sameness, negative against, zero says nothing.
    """

    comparison: str
    label: str
    weight: float
    left: str | None = None
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A scored pair. `score` is the match probability; `capped_by` names the reason that held the grade down."""

    left: Ref
    right: Ref
    kind: Kind
    score: float
    grade: Grade
    levels: tuple[Level, ...]
    prior_weight: float = 0.0
    capped_by: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the matching of one kind went: what was compared and grouped, and what the bounds left out.

    `grouped` are the records that are not alone; `largest` is the size of the largest group and `largest_record` its
    smallest ref, or neither. `pairs` is what the rules of blocking gave, each by itself; `left_out` are pairs of blocks
    too large to compare, by rule in `left_out_by`, most first.
    """

    kind: Kind
    records: int
    grouped: int
    largest: int
    largest_record: str
    pairs: int
    left_out: int
    left_out_by: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records held to be one real-world thing. `id` is stable: that of the smallest member ref."""

    id: str
    kind: Kind
    members: tuple[Ref, ...]


class LinkSource(StrEnum):
    """Why two records of different systems are held to be the same."""

    STORED_ID = "stored_id"
    EMAIL = "email"
    KEY = "key"
    SCORED = "scored"
    DECISION = "decision"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class Link:
    """Remembered sameness across systems; together they are the crosswalk."""

    left: Ref
    right: Ref
    kind: Kind
    source: LinkSource
    score: float
    since: datetime
    evidence: str = ""
