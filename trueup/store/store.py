"""The store's front: everything the engine remembers, by the names that the engine uses.

Each method is one thought of a module beside this one, where its promises are written out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from trueup.model.changes import Change, Plan
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.matching import Link
from trueup.model.notes import PlanNotes
from trueup.model.receipts import Decision, Receipt, Run, RunStatus
from trueup.model.records import Association, HighWater, Record, Snapshot, StageEvent
from trueup.model.refs import Ref
from trueup.model.schema import Schema
from trueup.store import (
    base_values,
    decisions,
    findings,
    journal,
    links,
    lock,
    plan_notes,
    plans,
    prune,
    record_rows,
    runs,
    schemas,
    snapshots,
    systems,
    version,
)
from trueup.store.engine import Database, open_database
from trueup.store.journal import Intent, Written
from trueup.store.lock import HeldLock, Holder
from trueup.store.plans import PlanStatus
from trueup.store.prune import Pruned
from trueup.store.snapshots import SnapshotWriter
from trueup.store.systems import SystemSeen


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store at `url` (`sqlite:///trueup.db`, `postgresql+psycopg://…`), making it when there is none.

    Raises StoreVersionError when it is older (run `trueup db upgrade`) or newer (upgrade Trueup) than this program, and
    UsageError when it cannot be opened at all or, with `create` off, is not there.
    """
    database = open_database(url, create=create)
    try:
        version.ensure(database, create=create)
    except BaseException:
        database.close()
        raise
    return Store(database)


def upgrade_store(url: str) -> tuple[str | None, str]:
    """Bring a store to this program's schema; give the version before and after (equal when nothing was to do)."""
    database = open_database(url, create=False)
    try:
        return version.upgrade(database)
    finally:
        database.close()


class Store:
    """An opened store. A context manager; closing twice is fine."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database's connections."""
        self.database.close()

    @property
    def url(self) -> str:
        """Where the store is, for people: without the password."""
        return self.database.name

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the schema to this program's version (for a store that does not open, see `upgrade_store`)."""
        return version.upgrade(self.database)

    def prune(self, before: datetime, now: datetime, *, dry_run: bool = False) -> Pruned:
        """Forget plans with their journal, surplus written values and closed findings that are older than `before`."""
        return prune.prune(self.database, before, now, dry_run=dry_run)

    def size(self) -> int:
        """Bytes that the store takes on disk."""
        return prune.size(self.database)

    def compact(self) -> None:
        """Give room back to the disk where the database does not do so by itself."""
        prune.compact(self.database)

    # one run at a time

    def lock(self, run_id: str) -> AbstractContextManager[HeldLock]:
        """Hold the store's lock for a block; LockedError names the living holder, a dead one is taken over."""
        return lock.hold(self.database, run_id)

    def lock_holder(self) -> Holder | None:
        """Who holds the lock now."""
        return lock.holder(self.database)

    # runs

    def start_run(self, verb: str, plan_id: str = "", *, at: datetime | None = None) -> Run:
        """Open a run and give it its id."""
        return runs.start(self.database, verb, plan_id, at or datetime.now(UTC))

    def end_run(
        self,
        run_id: str,
        status: RunStatus,
        exit_code: int | None = None,
        counts: Mapping[str, int] | None = None,
        *,
        at: datetime | None = None,
    ) -> Run:
        """Say how a run ended."""
        return runs.end(self.database, run_id, status, exit_code, counts or {}, at or datetime.now(UTC))

    def set_run_plan(self, run_id: str, plan_id: str) -> None:
        """Say which plan a run made or applies, once that is known."""
        runs.set_plan(self.database, run_id, plan_id)

    def runs(self, limit: int = 50) -> list[Run]:
        """The last runs, newest first."""
        return runs.newest(self.database, limit)

    def run(self, run_id: str) -> Run:
        """One run; UsageError for an unknown id."""
        return runs.get(self.database, run_id)

    # what pulls saw

    def begin(self, system: str, object: str, full: bool, at: datetime) -> SnapshotWriter:  # noqa: A002  (the field's word)
        """Start storing one pull of one object."""
        return SnapshotWriter(self.database, system, object, full=full, at=at)

    def high_water(self, system: str, object: str) -> HighWater | None:  # noqa: A002
        """Where the next pull of the object begins; None: at the beginning."""
        return snapshots.high_water(self.database, system, object)

    def snapshots(self) -> list[Snapshot]:
        """The newest snapshot of each object; one that broke off is there as not complete."""
        return snapshots.newest(self.database)

    def refs_missing_from(self, snapshot: Snapshot) -> list[Ref]:
        """Records that a full pull did not list though they were held to be there."""
        return snapshots.missing_from(self.database, snapshot)

    def record(self, ref: Ref) -> Record | None:
        """A record's last known state, dead or alive; None when it was never seen."""
        return record_rows.get(self.database, (ref,)).get(ref)

    def records(self, refs: Collection[Ref]) -> dict[Ref, Record]:
        """Many records at once; an unknown ref has no entry."""
        return record_rows.get(self.database, refs)

    def put_records(self, records: Iterable[Record]) -> None:
        """Renew single records outside a pull, after they were written or read back."""
        record_rows.put_now(self.database, records)

    def put_stage_events(self, events: Iterable[StageEvent], *, lasting: bool = False) -> None:
        """Note stages that records entered by our own writing: until the next pull restates them, or for good."""
        record_rows.put_events(self.database, events, lasting=lasting)

    def associations_of(self, ref: Ref) -> list[Association]:
        """Every tie that a record is part of."""
        return record_rows.associations_of(self.database, ref)

    def live_ids(self, system: str, object: str) -> list[str]:  # noqa: A002
        """The ids of one object's live records."""
        return record_rows.live_ids(self.database, system, object)

    def totals(self) -> dict[tuple[str, str], int]:
        """Live records per (system, object)."""
        return record_rows.totals(self.database)

    def save_schema(self, schema: Schema) -> None:
        """Keep what `describe` said."""
        schemas.save(self.database, schema)

    def schemas(self) -> list[Schema]:
        """The last description of every object."""
        return schemas.load(self.database)

    def save_systems(self, seen: Mapping[str, SystemSeen]) -> None:
        """Keep what systems could do when they were pulled."""
        systems.save(self.database, seen)

    def systems(self) -> dict[str, SystemSeen]:
        """What each system could do when it was pulled last."""
        return systems.load(self.database)

    # what was concluded

    def save_links(self, links_: Iterable[Link], *, replace: bool = False) -> None:
        """Remember links; with `replace`, forget all others."""
        links.save(self.database, links_, replace=replace)

    def forget_links(self, pairs: Iterable[tuple[Ref, Ref]]) -> None:
        """Drop links."""
        links.forget(self.database, pairs)

    def links(self, kind: Kind | None = None) -> list[Link]:
        """Remembered links."""
        return links.load(self.database, kind)

    def save_findings(
        self, run_id: str, found: Iterable[Finding], at: datetime, *, looked_at: Collection[str] | None = None
    ) -> list[Finding]:
        """Keep what a check found, dated; close what it no longer found among the codes it looked at (None: all)."""
        return findings.save(self.database, run_id, found, at, looked_at)

    def open_findings(self) -> list[Finding]:
        """Findings that are still true as far as is known."""
        return findings.still_open(self.database)

    # plans and what was decided about them

    def save_plan(self, plan: Plan) -> None:
        """Keep a sealed plan."""
        plans.save(self.database, plan)

    def save_notes(self, plan_id: str, notes: PlanNotes) -> None:
        """Keep what the report shows beside a stored plan."""
        plan_notes.save(self.database, plan_id, notes)

    def notes(self, plan_id: str) -> PlanNotes | None:
        """What the report shows beside a plan; None when that was not kept."""
        return plan_notes.load(self.database, plan_id)

    def plan(self, id_or_prefix: str) -> Plan:
        """A plan by id or unique beginning; PlanError when unknown, ambiguous or tampered with."""
        return plans.get(self.database, id_or_prefix)

    def latest_plan(self) -> Plan | None:
        """The plan made last."""
        return plans.latest(self.database)

    def plan_ids(self, limit: int = 50) -> list[str]:
        """The last plans' ids, newest first."""
        return plans.ids(self.database, limit)

    def plan_status(self, plan: Plan) -> PlanStatus:
        """Where a plan stands."""
        return plans.status(self.database, plan)

    def decide(self, *given: Decision) -> None:
        """Keep decisions; the newest on a subject counts."""
        decisions.add(self.database, given)

    def decisions(self, *, at: datetime | None = None) -> list[Decision]:
        """The newest decision on every subject; with `at`, only those that have not expired by then."""
        return decisions.load(self.database, at)

    def pair_decisions(self, *, at: datetime | None = None) -> dict[tuple[Ref, Ref], Decision]:
        """The newest verdict on every pair, smaller ref first."""
        return decisions.of_pairs(self.database, at)

    def change_decisions(self, plan_id: str, *, at: datetime | None = None) -> dict[str, Decision]:
        """The newest decision on every decided change of a plan, by change id."""
        return decisions.of_plan(self.database, plan_id, at)

    # the journal

    def intend(
        self,
        run_id: str,
        plan_id: str,
        changes: Sequence[Change],
        images: Mapping[Ref, Record | None],
        at: datetime,
    ) -> None:
        """Write down what is about to be sent, with the records as they are."""
        journal.intend(self.database, run_id, plan_id, changes, images, at)

    def record_receipts(self, run_id: str, receipts: Sequence[Receipt], plan_id: str = "") -> None:
        """Write down what happened."""
        journal.record(self.database, run_id, receipts, plan_id)

    def open_intents(self) -> list[Intent]:
        """What was about to be sent and whose end nobody knows."""
        return journal.open_intents(self.database)

    def intents(self, run_id: str) -> list[Intent]:
        """Everything that a run was about to send."""
        return journal.of_run(self.database, run_id)

    def receipts(self, run_id: str | None = None, plan_id: str | None = None) -> list[Receipt]:
        """What happened, by run, by plan or all."""
        return journal.receipts_of(self.database, run_id, plan_id)

    def last_written(self, ref: Ref, field: str) -> Written | None:
        """The value that we wrote to a field last, if ever."""
        return next(iter(journal.writes_to(self.database, ref, field, 1)), None)

    def writes_to(self, ref: Ref, field: str, limit: int = 20) -> list[Written]:
        """The values that we wrote to a field, newest first."""
        return journal.writes_to(self.database, ref, field, limit)

    # values last agreed on

    def agree(self, rows: Iterable[tuple[Ref, str, str | None]]) -> None:
        """Remember values on which both sides agree."""
        base_values.agree(self.database, rows)

    def put_base(self, rows: Iterable[tuple[str, str]]) -> int:
        """Store whole records' base values, as (printed ref, JSON object of field → value); returns how many."""
        return base_values.put(self.database, rows)

    def base_values(self) -> Iterator[tuple[Ref, str, str | None]]:
        """Every value last agreed on."""
        return base_values.values(self.database)
