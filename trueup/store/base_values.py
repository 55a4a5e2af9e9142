"""Base values: per record and field, what both sides last agreed on. The third side of a three-way comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from trueup.model.refs import Ref
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import base

_LOT = 5_000


def agree(database: Database, rows: Iterable[tuple[Ref, str, str | None]]) -> None:
    """Remember agreed values; other fields of the same records keep theirs. All or nothing."""
    waiting: dict[str, dict[str, str | None]] = {}
    for ref, field, value in rows:
        waiting.setdefault(str(ref), {})[field] = value
    refs = sorted(waiting)
    with database.write() as connection:
        for start in range(0, len(refs), _LOT):
            lot = refs[start : start + _LOT]
            merged: dict[str, dict[str, str | None]] = {}
            for part in range(0, len(lot), 500):
                known = connection.execute(sa.select(base).where(base.c.ref.in_(lot[part : part + 500])))
                merged.update({row.ref: codec.fields_of(row.fields) for row in known})
            bulk.upsert(
                connection,
                base,
                ("ref", "fields"),
                [(ref, codec.dumps({**merged.get(ref, {}), **waiting[ref]})) for ref in lot],
                lambda new: {"fields": new.fields},
            )


def values(database: Database) -> Iterator[tuple[Ref, str, str | None]]:
    """Every agreed value, by ref and field."""
    with database.read() as connection:
        rows = connection.execution_options(yield_per=_LOT).execute(sa.select(base).order_by(base.c.ref))
        for row in rows:
            ref = Ref.parse(row.ref)
            for field, value in codec.fields_of(row.fields).items():
                yield ref, field, value
