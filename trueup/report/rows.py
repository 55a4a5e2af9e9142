"""The rows of a report: what every format shows, worked out once. Formats render these and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trueup.model.authorship import FROZEN
from trueup.model.matching import Coverage, Level


class State(StrEnum):
    """Where a row stands, in the order in which rows need a person."""

    UNKNOWN = "unknown"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"
    WAITING = "waiting"
    NO_FIX = "no fix"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    APPLIED = "applied"
    ALREADY = "already"

    @property
    def label(self) -> str:
        """In words for a reader who has never used the program."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """`bad`, `wait`, `good` or `quiet`: how it is coloured wherever there is colour."""
        return _TONES[self]


_LABELS = {
    State.UNKNOWN: "Answer lost",
    State.FAILED: "Failed",
    State.REFUSED: "Refused by the CRM",
    State.STALE: "Moved meanwhile",
    State.WAITING: "Waits for you",
    State.NO_FIX: "No fix proposed",
    State.APPROVED: "Approved",
    State.REJECTED: "Rejected",
    State.SKIPPED: "Not done",
    State.APPLIED: "Applied",
    State.ALREADY: "Was so already",
}
_TONES = {
    State.UNKNOWN: "bad",
    State.FAILED: "bad",
    State.REFUSED: "bad",
    State.STALE: "wait",
    State.WAITING: "wait",
    State.NO_FIX: "quiet",
    State.APPROVED: "good",
    State.REJECTED: "quiet",
    State.SKIPPED: "quiet",
    State.APPLIED: "good",
    State.ALREADY: "good",
}


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A record as a reader meets it: its address, what people call it, where it opens ("" when nowhere).

    `told` is the value as people read it: an owner's id with the name.
    """

    ref: str
    system: str
    name: str = ""
    url: str = ""
    value: str | None = None
    has_value: bool = False
    told: str | None = None


@dataclass(frozen=True, slots=True)
class MatchView:
    """Why two records are held to be the same: the sentence, and each part with what it weighs (log2)."""

    left: str
    right: str
    sentence: str
    score: float | None = None
    levels: tuple[Level, ...] = ()
    prior: float = 0.0
    capped_by: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One planned write with all that decides it. `values` are (label, value) of a create or merge.

    `old`, `new` and `told` are `before`, `after` and `values` as people read them: an owner's id with the name.
    """

    id: str
    sign: str
    action: str
    what: str
    name: str
    kind: str
    system: str
    field: str
    field_label: str
    code: str
    title: str
    family: str
    before: str | None
    after: str | None
    values: tuple[tuple[str, str | None], ...]
    why: str
    winner: str
    target: RecordLink
    others: tuple[RecordLink, ...]
    evidence: tuple[str, ...]
    matches: tuple[MatchView, ...]
    risk: str
    rule: str
    rule_name: str
    reversal: str
    undo: str
    state: State
    by: str = ""
    note: str = ""
    message: str = ""
    old: str | None = None
    new: str | None = None
    told: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_value(self) -> bool:
        """Whether it is one value for another, not a record made, merged or tied."""
        return self.action == "update"


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One thing out of true, with each side's value; `reason` says why nothing is proposed, "" when something is."""

    id: str
    code: str
    title: str
    family: str
    severity: str
    kind: str
    field: str
    field_label: str
    name: str
    subjects: tuple[RecordLink, ...]
    evidence: tuple[str, ...]
    matches: tuple[MatchView, ...]
    since: datetime | None
    state: State
    reason: str = ""

    @property
    def system(self) -> str:
        """The first subject's system, for filters."""
        return self.subjects[0].system if self.subjects else ""


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """How far one family of checks agrees: records that it found nothing on, of all that it looks at."""

    family: str
    name: str
    findings: int
    records: int
    looked_at: int
    codes: tuple[tuple[str, str, int], ...]

    @property
    def share(self) -> float | None:
        """The part in true, 0 to 1; None when nothing was looked at."""
        if not self.looked_at:
            return None
        return max(0.0, 1 - self.records / self.looked_at)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One object of one system: how much was seen and when."""

    system: str
    object: str
    rows: int
    taken_at: datetime
    complete: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Whose stages differ: `cells[i][j]` people are `rows[i]` in one system and `columns[j]` in the other."""

    row_system: str
    column_system: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """All that differ."""
        return sum(map(sum, self.cells))

    @property
    def most(self) -> int:
        """The fullest cell, for shading."""
        return max((cell for row in self.cells for cell in row), default=0)


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers at the top."""

    findings: int
    records: int
    planned: int
    by_rule: int
    approved: int
    waiting: int
    rejected: int
    no_fix: int
    written: int
    trouble: int
    not_looked_at: int


@dataclass(frozen=True, slots=True)
class View:
    """A whole report. `at` is the moment it speaks of: that of the plan, so that the same plan gives the same bytes."""

    verdict: str
    in_true: bool
    at: datetime | None
    counts: Counts
    agreement: float | None
    families: tuple[FamilyRow, ...]
    matrix: Matrix | None
    changes: tuple[ChangeRow, ...]
    findings: tuple[FindingRow, ...]
    not_looked_at: tuple[tuple[str, str, str], ...]
    guards: tuple[tuple[str, str, bool], ...]
    sources: tuple[SourceRow, ...]
    plan: str = ""
    digest: str = ""
    policy_digest: str = ""
    expires_at: datetime | None = None
    undoes: str = ""
    missing: tuple[str, ...] = ()
    matching: tuple[Coverage, ...] = ()

    @property
    def frozen(self) -> tuple[FindingRow, ...]:
        """The fields that somebody else keeps changing back: a matter of its own, told before the rest."""
        return tuple(row for row in self.findings if row.code == FROZEN)
