"""Findings over time: since when each has been open, and when it was last there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from trueup.model.findings import Finding
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import findings
from trueup.store.types import stamp

_COLUMNS = ("id", "code", "body", "first_seen", "last_seen", "closed_at", "run_id")


def save(
    database: Database, run_id: str, found: Iterable[Finding], at: datetime, looked_at: Collection[str] | None
) -> list[Finding]:
    """Keep what a check found and give it back, in its order, with `first_seen`.

    Open findings that were not found again are closed, but only those of the codes that were `looked_at` (None: all):
    a check that could not run says nothing. A finding that comes back after it was closed is first seen now.
    """
    current = {finding.id: finding for finding in found}
    with database.write() as connection:
        rows = connection.execute(
            sa.select(findings.c.id, findings.c.code, findings.c.first_seen).where(findings.c.closed_at.is_(None))
        ).all()
        since = {row.id: row.first_seen for row in rows}
        dated = {id_: replace(finding, first_seen=since.get(id_, at)) for id_, finding in current.items()}
        over = [row.id for row in rows if row.id not in current and (looked_at is None or row.code in looked_at)]
        closing = sa.update(findings).where(findings.c.id == sa.bindparam("gone")).values(closed_at=at)
        if over:
            connection.execute(closing, [{"gone": id_} for id_ in over])
        bulk.upsert(
            connection,
            findings,
            _COLUMNS,
            [
                (id_, finding.code, codec.dumps(finding), stamp(since.get(id_, at)), stamp(at), None, run_id)
                for id_, finding in dated.items()
            ],
            lambda new: {name: new[name] for name in _COLUMNS if name != "id"},
        )
    return list(dated.values())


def still_open(database: Database) -> list[Finding]:
    """Findings that the last look at their code still found, by code and id."""
    with database.read() as connection:
        bodies = connection.scalars(
            sa.select(findings.c.body).where(findings.c.closed_at.is_(None)).order_by(findings.c.code, findings.c.id)
        )
        return [codec.decode(Finding, body) for body in bodies]
