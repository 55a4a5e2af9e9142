"""Forgetting what is old: the journal, plans with their notes, findings that are long closed.

A plan is kept or forgotten whole, with its journal: what undo needs is there completely or not at all. Never forgotten
are the newest plan, plans that have not expired, whatever is not settled, and per record and field the newest values
that we wrote: by them our own writes are told from a user's edit, and a field that flips stays frozen. Base values,
the crosswalk, decisions and the list of runs are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.store.engine import Database
from trueup.store.tables import batches, findings, images, intents, plan_changes, plan_notes, plans, receipts, writes

KEPT_VALUES = 10
"""Of the values that we wrote to one field, how many are kept however old they are."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten, or would be. `runs` are those that cannot be taken back any more."""

    plans: int
    runs: tuple[str, ...]
    changes: int
    images: int
    receipts: int
    values: int
    findings: int

    @property
    def rows(self) -> int:
        """All rows together, the changes of the plans not counted."""
        return self.plans + self.changes + self.images + self.receipts + self.values + self.findings


class _Undone(Exception):
    """Takes the transaction of a dry run back."""


def prune(database: Database, before: datetime, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Forget what is older than `before`. A dry run does the same and takes it back, so that it cannot lie."""
    result: Pruned | None = None
    try:
        with database.write() as connection:
            result = _prune(connection, before, now)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    assert result is not None
    return result


def size(database: Database) -> int:
    """Bytes that the store takes on disk."""
    with database.read() as connection:
        if database.sqlite:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        sizes = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n"
        own = " ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'"
        return int(connection.exec_driver_sql(sizes + own).scalar_one())


def compact(database: Database) -> None:
    """Give room back to the disk. SQLite writes itself anew for it; PostgreSQL reuses room by itself."""
    if not database.sqlite:
        return
    raw = database.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()


def _prune(connection: Connection, before: datetime, now: datetime) -> Pruned:
    old_plans = _old_plans(connection, before, now)
    old_batches = _old_batches(connection, before, old_plans)
    by_batch = sa.select(batches.c.run_id).distinct()
    runs = {run for lot in _lots(old_batches) for run in connection.scalars(by_batch.where(batches.c.seq.in_(lot)))}
    gone_receipts = 0
    for lot in _lots(old_batches):
        told = sa.select(intents.c.seq).where(intents.c.batch.in_(lot))
        gone_receipts += _delete(connection, receipts, receipts.c.intent.in_(told))
    gone_receipts += sum(_delete(connection, receipts, receipts.c.plan_id.in_(lot)) for lot in _lots(old_plans))
    gone_images = sum(_delete(connection, images, images.c.batch.in_(lot)) for lot in _lots(old_batches))
    gone_changes = sum(_delete(connection, intents, intents.c.batch.in_(lot)) for lot in _lots(old_batches))
    for lot in _lots(old_batches):
        _delete(connection, batches, batches.c.seq.in_(lot))
    for lot in _lots(old_plans):
        _delete(connection, plan_notes, plan_notes.c.plan_id.in_(lot))
        _delete(connection, plan_changes, plan_changes.c.plan_id.in_(lot))
        _delete(connection, plans, plans.c.id.in_(lot))
    return Pruned(
        plans=len(old_plans),
        runs=tuple(sorted(runs, key=lambda run: (len(run), run))),
        changes=gone_changes,
        images=gone_images,
        receipts=gone_receipts,
        values=_old_values(connection, before),
        findings=_delete(connection, findings, findings.c.closed_at < before),
    )


def _old_plans(connection: Connection, before: datetime, now: datetime) -> list[str]:
    """Plans made and expired before, but for the newest, and for those with anything newer or not settled."""
    newest = connection.scalar(sa.select(sa.func.max(plans.c.seq)))
    busy = set(
        connection.scalars(
            sa.select(batches.c.plan_id)
            .join(intents, intents.c.batch == batches.c.seq)
            .where(sa.or_(batches.c.at >= before, sa.not_(intents.c.settled)))
            .distinct()
        )
    )
    found = []
    # As an option of the statement: of the connection it would turn every statement after it into a cursor.
    for row in connection.execute(sa.select(plans).order_by(plans.c.seq).execution_options(yield_per=20)):
        made, expires = _moments(row.body)
        if row.seq != newest and row.id not in busy and made < before and expires < now:
            found.append(str(row.id))
    return found


def _moments(body: bytes) -> tuple[datetime, datetime]:
    plain = orjson.loads(body)
    return datetime.fromisoformat(plain["made_at"]), datetime.fromisoformat(plain["expires_at"])


def _old_batches(connection: Connection, before: datetime, old_plans: Iterable[str]) -> list[int]:
    """The journal of those plans, and what is as old and belongs to no stored plan."""
    open_ = sa.select(intents.c.batch).where(sa.not_(intents.c.settled))
    homeless = sa.and_(
        batches.c.at < before, batches.c.plan_id.not_in(sa.select(plans.c.id)), batches.c.seq.not_in(open_)
    )
    found = set(connection.scalars(sa.select(batches.c.seq).where(homeless)))
    for lot in _lots(old_plans):
        found |= set(connection.scalars(sa.select(batches.c.seq).where(batches.c.plan_id.in_(lot))))
    return sorted(found)


def _old_values(connection: Connection, before: datetime) -> int:
    place = sa.func.row_number().over(partition_by=(writes.c.ref, writes.c.field), order_by=writes.c.seq.desc())
    ranked = sa.select(writes.c.seq, place.label("place")).subquery()
    surplus = sa.select(ranked.c.seq).where(ranked.c.place > KEPT_VALUES)
    return _delete(connection, writes, sa.and_(writes.c.at < before, writes.c.seq.in_(surplus)))


def _delete(connection: Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.delete(table).where(condition)).rowcount


def _lots(items: Iterable[Any]) -> Iterator[Sequence[Any]]:
    every = list(items)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
