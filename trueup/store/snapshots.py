"""What pulls saw: pages go in lot by lot, and only a finished complete pull concludes anything.

Each lot is a transaction of its own: a writer that is killed leaves newer states of some records, everything else as it
was, and the mark where it was, so that the next pull sees them again. The last lot, the mark, and what may be concluded
from absence are one transaction: there is no moment in which the mark is ahead of the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.records import HighWater, Page, PullSummary, Record, Snapshot, StageSource
from trueup.model.refs import Ref
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.record_rows import put
from trueup.store.tables import associations, marks, records, snapshots, stage_events
from trueup.store.ties import PendingTies
from trueup.store.types import stamp

BROKEN_OFF = "The pull did not come to its end."

LOT = 5_000
"""Records a lot: enough that a transaction's cost disappears, few enough to hold in memory twice."""


class SnapshotWriter:
    """One pull of one object on its way into the store. Ends with `finish` or `abandon`, once."""

    def __init__(self, database: Database, system: str, object_: str, *, full: bool, at: datetime) -> None:
        self._database = database
        self._system = system
        self._object = object_
        self._at = at
        self._records: dict[Ref, Record] = {}
        self._events: dict[tuple[object, ...], tuple[object, ...]] = {}
        self._restated: set[Ref] = set()
        self._ties = PendingTies()
        self._ended = False
        with database.write() as connection:
            inserted = connection.execute(
                sa.insert(snapshots).values(
                    system=system,
                    object=object_,
                    full=full,
                    taken_at=at,
                    finished=False,
                    complete=False,
                    rows=0,
                    notes="[]",
                )
            )
            self._seq = bulk.generated_key(inserted)

    def add(self, page: Page) -> None:
        """Take a page. It reaches the database with its lot, at the latest in `finish`."""
        if self._ended:
            raise ValueError("this snapshot has ended")
        for record in page.records:
            known = self._records.pop(record.ref, None)
            self._records[record.ref] = record if known is None or not _older(record, known) else known
        self._add_events(page)
        self._ties.add(page)
        if len(self._records) + len(self._events) + len(self._ties) >= LOT:
            with self._database.write() as connection:
                self._flush(connection)

    def finish(self, summary: PullSummary) -> Snapshot:
        """Write the rest, conclude what may be concluded, move the mark if the pull was complete; all or nothing."""
        if self._ended:
            raise ValueError("this snapshot has ended")
        with self._database.write() as connection:
            self._flush(connection)
            if summary.complete and summary.full:
                self._conclude_absence(connection)
            if summary.complete:
                self._move_mark(connection, summary)
            self._end(connection, summary)
        self._ended = True
        return Snapshot(
            id=snapshot_id(self._seq),
            system=self._system,
            object=self._object,
            taken_at=self._at,
            high_water=summary.high_water,
            rows=summary.seen,
            complete=summary.complete,
            full=summary.full,
            notes=summary.notes,
        )

    def abandon(self) -> None:
        """Give up: what was stored stays (it was seen), nothing is concluded, the mark stays. Safe to call twice.

        The object's newest snapshot is then this one, which is not complete.
        """
        self._ended = True
        self._records.clear()
        self._events.clear()
        self._restated.clear()
        self._ties = PendingTies()

    def _add_events(self, page: Page) -> None:
        """Stamps are fields of the record: a page with the record restates them all. History only ever grows."""
        fresh = {record.ref for record in page.records}
        again = fresh & self._restated
        if again:
            self._events = {
                key: row
                for key, row in self._events.items()
                if row[6] == StageSource.HISTORY.value or Ref(str(row[0]), str(row[1]), str(row[2])) not in again
            }
        self._restated |= fresh
        for event in page.stage_events:
            ref = event.ref
            key = (ref.system, ref.object, ref.id, event.field, stamp(event.at), event.stage, event.source.value)
            self._events[key] = (*key, self._object)

    def _flush(self, connection: Connection) -> None:
        put(connection, self._records.values(), seen=self._seq)
        bulk.delete(
            connection,
            stage_events,
            ("system", "object", "id", "source", "via"),
            [
                (ref.system, ref.object, ref.id, source.value, self._object)
                for ref in self._restated
                for source in (StageSource.STAMP, StageSource.INFERRED)
            ],
        )
        bulk.upsert(
            connection,
            stage_events,
            ("system", "object", "id", "field", "at", "stage", "source", "via"),
            list(self._events.values()),
            None,
        )
        self._ties.flush(connection, via=self._object, seen=self._seq)
        self._records.clear()
        self._restated.clear()
        self._events.clear()

    def _conclude_absence(self, connection: Connection) -> None:
        """Everything was listed, so what was not listed is not there any more."""
        connection.execute(
            sa.update(records)
            .where(
                records.c.system == self._system,
                records.c.object == self._object,
                records.c.last_seen < self._seq,
                sa.not_(records.c.deleted),
                records.c.merged_id.is_(None),
            )
            .values(deleted=True, gone_in=self._seq)
        )
        connection.execute(
            sa.delete(associations).where(
                associations.c.system == self._system,
                associations.c.via == self._object,
                associations.c.last_seen < self._seq,
            )
        )

    def _move_mark(self, connection: Connection, summary: PullSummary) -> None:
        here = sa.and_(marks.c.system == self._system, marks.c.object == self._object)
        if summary.high_water is None and not summary.full:
            return  # nothing changed since the old mark, which therefore still stands
        connection.execute(sa.delete(marks).where(here))
        if summary.high_water is not None:
            connection.execute(
                sa.insert(marks).values(
                    system=self._system, object=self._object, mark=summary.high_water.mark, snapshot=self._seq
                )
            )

    def _end(self, connection: Connection, summary: PullSummary) -> None:
        connection.execute(
            sa.update(snapshots)
            .where(snapshots.c.seq == self._seq)
            .values(
                full=summary.full,
                finished=True,
                complete=summary.complete,
                high_water=summary.high_water.mark if summary.high_water else None,
                rows=summary.seen,
                expected=summary.expected,
                notes=codec.dumps(summary.notes),
            )
        )


def high_water(database: Database, system: str, object_: str) -> HighWater | None:
    """Where the next pull may begin; None: at the beginning."""
    with database.read() as connection:
        mark = connection.scalar(sa.select(marks.c.mark).where(marks.c.system == system, marks.c.object == object_))
    return None if mark is None else HighWater(mark)


def newest(database: Database) -> list[Snapshot]:
    """The newest snapshot of each object, by system and object.

    A pull that runs, was abandoned or was killed counts as one that is not complete: it may have stored the first half
    of what changed, so that what a record is compared with may still be missing.
    """
    last = sa.select(sa.func.max(snapshots.c.seq)).group_by(snapshots.c.system, snapshots.c.object)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(snapshots).where(snapshots.c.seq.in_(last)).order_by(snapshots.c.system, snapshots.c.object)
        )
        return [_snapshot(row) for row in rows]


def missing_from(database: Database, snapshot: Snapshot) -> list[Ref]:
    """Records that were held to be there and that a full pull did not list, whether or not that could be concluded.

    Empty for an incremental pull, which lists only what changed.
    """
    if not snapshot.full:
        return []
    seq = int(snapshot.id[1:])
    unlisted = sa.and_(records.c.last_seen < seq, sa.not_(records.c.deleted), records.c.merged_id.is_(None))
    with database.read() as connection:
        rows = connection.execute(
            sa.select(records.c.id)
            .where(
                records.c.system == snapshot.system,
                records.c.object == snapshot.object,
                sa.or_(unlisted, records.c.gone_in == seq),
            )
            .order_by(records.c.id)
        )
        return [Ref(snapshot.system, snapshot.object, row.id) for row in rows]


def snapshot_id(seq: int) -> str:
    """Counted, not random: the same work on two stores gives the same plan."""
    return f"s{seq}"


def _snapshot(row: sa.Row[Any]) -> Snapshot:
    return Snapshot(
        id=snapshot_id(row.seq),
        system=row.system,
        object=row.object,
        taken_at=row.taken_at,
        high_water=None if row.high_water is None else HighWater(row.high_water),
        rows=row.rows,
        complete=row.complete,
        full=row.full,
        notes=tuple(codec.loads(row.notes)) if row.finished else (BROKEN_OFF,),
    )


def _older(one: Record, other: Record) -> bool:
    """`one` is an earlier state than `other`, both alive: a record that moved between pages is seen twice."""
    gone: Sequence[object] = (one.deleted, one.merged_into, other.deleted, other.merged_into)
    return (
        not any(gone)
        and one.modified_at is not None
        and other.modified_at is not None
        and one.modified_at < other.modified_at
    )
