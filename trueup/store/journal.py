"""The journal: intent before the wire, receipt after, each in a transaction of its own.

An intent without a receipt is open: the process died, or the answer was lost (`unknown`). Open intents are settled by
looking before anything else is written. Images, the whole records as read just before, lie beside their intents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import bulk, codec, lock, runs
from trueup.store.engine import Database
from trueup.store.tables import batches, images, intents, receipts, writes

_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Intent:
    """A change that was about to be sent. `image` is its target as it was just before, None when it was not there.

    `images` holds those of every record that the change names (a merge's losers too), as far as they were read.
    """

    change: Change
    plan_id: str
    run_id: str
    at: datetime
    image: Record | None
    images: Mapping[Ref, Record | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A value that we are known to have written."""

    ref: Ref
    field: str
    value: str | None
    at: datetime
    run_id: str


def intend(
    database: Database,
    run_id: str,
    plan_id: str,
    changes: Sequence[Change],
    before: Mapping[Ref, Record | None],
    at: datetime,
) -> None:
    """Write down what is about to be sent. Raises LockedError when another run has taken the lock over meanwhile."""
    if not changes:
        return
    with database.write() as connection:
        lock.refuse_if_lost(connection, run_id)
        batch = connection.execute(sa.insert(batches).values(run_id=run_id, plan_id=plan_id, at=at))
        seq = bulk.generated_key(batch)
        connection.execute(
            sa.insert(intents),
            [
                {"batch": seq, "change_id": change.id, "change": codec.dumps(change), "settled": False}
                for change in changes
            ],
        )
        if before:
            connection.execute(
                sa.insert(images),
                [
                    {"batch": seq, "ref": str(ref), "record": None if record is None else codec.dumps(record)}
                    for ref, record in sorted(before.items())
                ],
            )


def record(database: Database, run_id: str, given: Sequence[Receipt], plan_id: str) -> None:
    """Write down what happened. A receipt closes every open intent of its change, unless the outcome is unknown."""
    if not given:
        return
    with database.write() as connection:
        plan_id = plan_id or runs.plan_of(connection, run_id)
        waiting = _open_by_change(connection, [receipt.change_id for receipt in given])
        rows: list[dict[str, Any]] = []
        closed: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for receipt in given:
            its = waiting.get(receipt.change_id, [])
            rows.append(
                {
                    "run_id": run_id,
                    "plan_id": its[-1].plan_id if its else plan_id,
                    "change_id": receipt.change_id,
                    "intent": its[-1].seq if its else None,
                    "outcome": receipt.outcome.value,
                    "body": codec.dumps(receipt),
                }
            )
            if receipt.outcome is not Outcome.UNKNOWN:
                closed += [{"done": row.seq} for row in its]
            if receipt.outcome is Outcome.APPLIED and its:
                values += _written(codec.decode(Change, its[-1].change), receipt, run_id)
        connection.execute(sa.insert(receipts), rows)
        if closed:
            connection.execute(
                sa.update(intents).where(intents.c.seq == sa.bindparam("done")).values(settled=True), closed
            )
        if values:
            connection.execute(sa.insert(writes), values)


def open_intents(database: Database) -> list[Intent]:
    """Intents of which nobody knows what became of them, in the order in which they were written."""
    return _read(database, sa.not_(intents.c.settled))


def of_run(database: Database, run_id: str) -> list[Intent]:
    """Everything that a run was about to send, in order, with the images that undo needs."""
    return _read(database, batches.c.run_id == run_id)


def receipts_of(database: Database, run_id: str | None, plan_id: str | None) -> list[Receipt]:
    """Receipts of a run, of a plan, of both or all, in the order in which they were written."""
    wanted = sa.select(receipts.c.body).order_by(receipts.c.seq)
    if run_id is not None:
        wanted = wanted.where(receipts.c.run_id == run_id)
    if plan_id is not None:
        wanted = wanted.where(receipts.c.plan_id == plan_id)
    with database.read() as connection:
        return [codec.decode(Receipt, body) for body in connection.scalars(wanted)]


def writes_to(database: Database, ref: Ref, name: str, limit: int) -> list[Written]:
    """The values that we wrote to a field, newest first; a field that flips back and forth shows here."""
    with database.read() as connection:
        rows = connection.execute(
            sa.select(writes)
            .where(writes.c.ref == str(ref), writes.c.field == name)
            .order_by(writes.c.seq.desc())
            .limit(limit)
        )
        return [Written(ref, name, row.value, row.at, row.run_id) for row in rows]


def _open_by_change(connection: Connection, change_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for start in range(0, len(change_ids), _ASKED_AT_ONCE):
        rows = connection.execute(
            sa.select(intents.c.seq, intents.c.change_id, intents.c.change, batches.c.plan_id)
            .join(batches, intents.c.batch == batches.c.seq)
            .where(intents.c.change_id.in_(change_ids[start : start + _ASKED_AT_ONCE]), sa.not_(intents.c.settled))
            .order_by(intents.c.seq)
        )
        for row in rows:
            found.setdefault(row.change_id, []).append(row)
    return found


def _written(change: Change, receipt: Receipt, run_id: str) -> list[dict[str, Any]]:
    values = dict(change.values)
    if change.action is Action.UPDATE:
        values[change.field] = change.after
    ref = str(receipt.ref or change.target)
    return [
        {"ref": ref, "field": name, "value": value, "at": receipt.at, "run_id": run_id}
        for name, value in sorted(values.items())
        if change.action in _WRITES_VALUES
    ]


_WRITES_VALUES = frozenset({Action.UPDATE, Action.CREATE, Action.MERGE, Action.CONVERT, Action.RESTORE})


def _read(database: Database, condition: sa.ColumnElement[bool]) -> list[Intent]:
    wanted = (
        sa.select(intents.c.change, intents.c.batch, batches.c.run_id, batches.c.plan_id, batches.c.at)
        .join(batches, intents.c.batch == batches.c.seq)
        .where(condition)
        .order_by(intents.c.seq)
    )
    its_batches = sa.select(intents.c.batch).join(batches, intents.c.batch == batches.c.seq).where(condition).distinct()
    with database.read() as connection:
        rows = connection.execute(wanted).all()
        pictures: dict[tuple[int, str], Record | None] = {
            (row.batch, row.ref): None if row.record is None else codec.decode(Record, row.record)
            for row in connection.execute(sa.select(images).where(images.c.batch.in_(its_batches)))
        }
    return [_intent(row, pictures) for row in rows]


def _intent(row: Any, pictures: Mapping[tuple[int, str], Record | None]) -> Intent:
    change = codec.decode(Change, row.change)
    named = [ref for ref in (change.target, *change.others) if (row.batch, str(ref)) in pictures]
    return Intent(
        change=change,
        plan_id=row.plan_id,
        run_id=row.run_id,
        at=row.at,
        image=pictures.get((row.batch, str(change.target))),
        images={ref: pictures[(row.batch, str(ref))] for ref in named},
    )
