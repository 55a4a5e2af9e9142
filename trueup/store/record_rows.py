"""Records as rows: written in lots, read by address.

A state that is older than what is held (an index that lags behind our own write) does not overwrite it, though it
counts as seen. A deletion that comes without fields keeps the last known ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.kinds import Kind
from trueup.model.records import Association, Record, StageEvent
from trueup.model.refs import Ref
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import associations, record_kinds, records, snapshots, stage_events
from trueup.store.types import stamp

COLUMNS = (
    "system",
    "object",
    "id",
    "kind",
    "fields",
    "version",
    "modified_at",
    "deleted",
    "merged_object",
    "merged_id",
    "first_seen",
    "last_seen",
)

_ASKED_AT_ONCE = 500


def put(connection: Connection, found: Iterable[Record], *, seen: int) -> None:
    """Insert or renew; the refs are distinct."""
    rows = [_row(record, seen) for record in found]
    bulk.upsert(connection, records, COLUMNS, rows, _renew)
    kinds = sorted({(row[0], row[1], row[3]) for row in rows})
    bulk.upsert(connection, record_kinds, ("system", "object", "kind"), kinds, None)


OURS = "trueup"
"""In place of the object whose pull gave a stage event: what we know from our own writing."""


def put_now(database: Database, found: Iterable[Record]) -> None:
    """Renew single records outside a pull: just read back, or just written.

    They count as seen by whatever pull is under way, which therefore cannot conclude that they are gone.
    """
    distinct = {record.ref: record for record in found}
    with database.write() as connection:
        seen = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(snapshots.c.seq), 0)))
        put(connection, distinct.values(), seen=int(seen or 0))


def put_events(database: Database, events: Iterable[StageEvent], *, lasting: bool) -> None:
    """Note stages that records entered, known from our own writing.

    The next pull of the records restates them, unless they are `lasting`: no CRM keeps a history of what a record was
    created with.
    """
    rows = [
        (
            *(e.ref.system, e.ref.object, e.ref.id, e.field, stamp(e.at), e.stage, e.source.value),
            OURS if lasting else e.ref.object,
        )
        for e in events
    ]
    columns = ("system", "object", "id", "field", "at", "stage", "source", "via")
    with database.write() as connection:
        bulk.upsert(connection, stage_events, columns, rows, None)


def get(database: Database, refs: Collection[Ref]) -> dict[Ref, Record]:
    """The records that are known, dead or alive; an unknown ref has no entry."""
    found: dict[Ref, Record] = {}
    by_object: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        by_object.setdefault((ref.system, ref.object), []).append(ref.id)
    with database.read() as connection:
        for (system, object_), ids in by_object.items():
            for start in range(0, len(ids), _ASKED_AT_ONCE):
                rows = connection.execute(
                    sa.select(records).where(
                        records.c.system == system,
                        records.c.object == object_,
                        records.c.id.in_(ids[start : start + _ASKED_AT_ONCE]),
                    )
                )
                found.update((record.ref, record) for record in map(_record, rows))
    return found


def totals(database: Database) -> dict[tuple[str, str], int]:
    """Live records per (system, object); what a guard's share is a share of."""
    with database.read() as connection:
        rows = connection.execute(
            sa.select(records.c.system, records.c.object, sa.func.count())
            .where(sa.not_(records.c.deleted), records.c.merged_id.is_(None))
            .group_by(records.c.system, records.c.object)
            .order_by(records.c.system, records.c.object)
        )
        return {(system, object_): count for system, object_, count in rows}


def live_ids(database: Database, system: str, object_: str) -> list[str]:
    """The ids of one object's live records, in no order."""
    with database.read() as connection:
        return list(
            connection.scalars(
                sa.select(records.c.id).where(
                    records.c.system == system,
                    records.c.object == object_,
                    sa.not_(records.c.deleted),
                    records.c.merged_id.is_(None),
                )
            )
        )


def associations_of(database: Database, ref: Ref) -> list[Association]:
    """Every tie that a record is part of, on either end; what a merge has to remember."""
    a = associations.c
    ends = sa.or_(
        sa.and_(a.system == ref.system, a.source_object == ref.object, a.source_id == ref.id),
        sa.and_(a.system == ref.system, a.target_object == ref.object, a.target_id == ref.id),
    )
    with database.read() as connection:
        rows = connection.execute(sa.select(associations).where(ends).order_by(*associations.primary_key))
        return [
            Association(
                type=row.type,
                source=Ref(row.system, row.source_object, row.source_id),
                target=Ref(row.system, row.target_object, row.target_id),
                label=row.label,
                id=row.tie_id,
            )
            for row in rows
        ]


def objects(connection: Connection, kind: Kind) -> list[tuple[str, str]]:
    """The (system, object) pairs that hold records of a kind, in the order of their printed refs."""
    rows = connection.execute(
        sa.select(record_kinds.c.system, record_kinds.c.object).where(record_kinds.c.kind == kind.value)
    )
    return sorted(((system, object_) for system, object_ in rows), key=lambda place: f"{place[0]}:{place[1]}/")


def _row(record: Record, seen: int) -> tuple[Any, ...]:
    ref, merged = record.ref, record.merged_into
    return (
        ref.system,
        ref.object,
        ref.id,
        record.kind.value,
        codec.dumps(record.fields),
        record.version,
        None if record.modified_at is None else stamp(record.modified_at),
        record.deleted,
        None if merged is None else merged.object,
        None if merged is None else merged.id,
        seen,
        seen,
    )


def _renew(new: Any) -> dict[str, Any]:
    old = records.c
    gone = sa.or_(new.deleted, new.merged_id.is_not(None))
    lags = sa.and_(sa.not_(gone), sa.not_(old.deleted), old.merged_id.is_(None), new.modified_at < old.modified_at)
    silent = sa.and_(gone, new.fields == sa.literal_column("'{}'"))
    return {
        "kind": new.kind,
        "fields": sa.case((sa.or_(lags, silent), old.fields), else_=new.fields),
        "version": sa.case((lags, old.version), else_=new.version),
        "modified_at": sa.case(
            (lags, old.modified_at), (gone, sa.func.coalesce(new.modified_at, old.modified_at)), else_=new.modified_at
        ),
        "deleted": new.deleted,
        "merged_object": sa.case(
            (gone, sa.func.coalesce(new.merged_object, old.merged_object)), else_=new.merged_object
        ),
        "merged_id": sa.case((gone, sa.func.coalesce(new.merged_id, old.merged_id)), else_=new.merged_id),
        "last_seen": new.last_seen,
        "gone_in": sa.null(),
    }


def _record(row: sa.Row[Any]) -> Record:
    return Record(
        ref=Ref(row.system, row.object, row.id),
        kind=Kind(row.kind),
        fields=codec.fields_of(row.fields),
        version=row.version,
        modified_at=row.modified_at,
        deleted=row.deleted,
        merged_into=None if row.merged_id is None else Ref(row.system, row.merged_object, row.merged_id),
    )
