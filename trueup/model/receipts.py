"""Verdicts on changes and what really happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from trueup.model.refs import Ref


class Verdict(StrEnum):
    """What was decided about a change or a pair."""

    APPROVE = "approve"
    REJECT = "reject"
    SAME = "same"
    NOT_SAME = "not_same"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's or a rule's verdict on `subject`: a change id, or two refs joined by `|`, smaller first."""

    subject: str
    verdict: Verdict
    by: str
    at: datetime
    note: str = ""
    expires_at: datetime | None = None


class Outcome(StrEnum):
    """Where a planned change ended. planned = the sum of all of these, always."""

    APPLIED = "applied"
    ALREADY = "already"
    STALE = "stale"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened to one change. `observed` is the value seen just before or after writing, by field.

    `ref` is the record's address after the write: the id a create got, the new id a merge made.
    """

    change_id: str
    outcome: Outcome
    at: datetime
    ref: Ref | None = None
    observed: Mapping[str, str | None] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    request_id: str = ""


class RunStatus(StrEnum):
    """How a run ended; a run found RUNNING without its lock was killed."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Run:
    """One start of a verb that does something."""

    id: str
    verb: str
    started_at: datetime
    ended_at: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    exit_code: int | None = None
    plan_id: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
