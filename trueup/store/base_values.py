"""Base values: per record and field, what both sides last agreed on. The third side of a three-way comparison."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.model.refs import Ref
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import base

_LOT = 5_000
_ASKED_AT_ONCE = 500


def agree(database: Database, rows: Iterable[tuple[Ref, str, str | None]]) -> None:
    """Remember agreed values; other fields of the same records keep theirs. All or nothing.

    Rows stream through in lots of records: those of one record had better come together.
    """
    waiting: dict[str, dict[str, str | None]] = {}
    with database.write() as connection:
        for ref, field, value in rows:
            waiting.setdefault(str(ref), {})[field] = value
            if len(waiting) > _LOT:
                last = str(ref)
                _flush(connection, {known: fields for known, fields in waiting.items() if known != last})
                waiting = {last: waiting[last]}
        _flush(connection, waiting)


def _flush(connection: Connection, waiting: dict[str, dict[str, str | None]]) -> None:
    refs = sorted(waiting)
    for start in range(0, len(refs), _ASKED_AT_ONCE):
        known = connection.execute(sa.select(base).where(base.c.ref.in_(refs[start : start + _ASKED_AT_ONCE])))
        for row in known:
            waiting[row.ref] = {**codec.fields_of(row.fields), **waiting[row.ref]}
    bulk.upsert(
        connection,
        base,
        ("ref", "fields"),
        [(ref, codec.dumps(waiting[ref])) for ref in refs],
        lambda new: {"fields": new.fields},
    )


def put(database: Database, rows: Iterable[tuple[str, str]]) -> int:
    """Store whole records' base values, as (printed ref, JSON object of field → value); returns how many.

    For what a columnar engine worked out: the rows go past any Python object per value. All or nothing.
    """
    count = 0
    waiting = iter(rows)
    with database.write() as connection:
        while lot := list(itertools.islice(waiting, _LOT)):
            bulk.upsert(connection, base, ("ref", "fields"), lot, lambda new: {"fields": new.fields})
            count += len(lot)
    return count


def values(database: Database) -> Iterator[tuple[Ref, str, str | None]]:
    """Every agreed value, by ref and field."""
    with database.read() as connection:
        rows = connection.execution_options(yield_per=_LOT).execute(sa.select(base).order_by(base.c.ref))
        for row in rows:
            ref = Ref.parse(row.ref)
            for field, value in codec.fields_of(row.fields).items():
                yield ref, field, value
