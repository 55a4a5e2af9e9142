"""What is pulled from a CRM: records, associations, stage events, and the snapshot that one pull took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from trueup.model.kinds import Kind
from trueup.model.refs import Ref


@dataclass(frozen=True, slots=True)
class Record:
    """One remote record in canonical fields (see `trueup.model.kinds` for the spelling of values).

    `version` is whatever the CRM gives to tell that a record moved (a modification stamp, an ETag); it is compared
    for equality only. `deleted` records carry their last known fields or none. `merged_into` names the survivor.
    """

    ref: Ref
    kind: Kind
    fields: Mapping[str, str | None]
    version: str = ""
    modified_at: datetime | None = None
    deleted: bool = False
    merged_into: Ref | None = None


@dataclass(frozen=True, slots=True)
class Association:
    """A tie between two records of one system: who took part in an activity, who plays which role in a deal.

    `type` is `<from kind>_<to kind>` (`deal_person`, `activity_company` …), always from the deal or activity to the
    person or company, whichever way the CRM stores it. `id` is the CRM's own id of the tie where it has one.
    """

    type: str
    source: Ref
    target: Ref
    label: str = ""
    id: str = ""
    deleted: bool = False


class StageSource(StrEnum):
    """How sure a stage event's date is."""

    HISTORY = "history"
    STAMP = "stamp"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A record entered a stage. `stage` is the system's own value of `field` (`lifecycle_stage` or `stage`)."""

    ref: Ref
    field: str
    stage: str
    at: datetime
    source: StageSource


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a pull, in the order it came.

    `replaces` names associations that this page states completely: for each (association type, source ref), whatever
    the store held is replaced by what `associations` says here.
    """

    records: tuple[Record, ...] = ()
    associations: tuple[Association, ...] = ()
    stage_events: tuple[StageEvent, ...] = ()
    replaces: tuple[tuple[str, Ref], ...] = ()


@dataclass(frozen=True, slots=True)
class HighWater:
    """Where the next incremental pull begins: a modification stamp, opaque to all but the connector that made it."""

    mark: str


@dataclass(frozen=True, slots=True)
class PullSummary:
    """What a connector says when a pull of one object has ended.

    `complete` is a claim that every live record changed since the mark was seen; `expected` is the server's own count
    where it gives one; `notes` say what was not looked at, in sentences for an admin; `way` says how it was read.
    """

    high_water: HighWater | None
    complete: bool
    full: bool
    seen: int
    expected: int | None = None
    notes: tuple[str, ...] = ()
    way: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one pull of one object saw."""

    id: str
    system: str
    object: str
    taken_at: datetime
    high_water: HighWater | None
    rows: int
    complete: bool
    full: bool = True
    notes: tuple[str, ...] = field(default=())
