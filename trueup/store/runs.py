"""Runs: every start of a verb that does something, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.errors import UsageError
from trueup.model.receipts import Run, RunStatus
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import runs


def start(database: Database, verb: str, plan_id: str, at: datetime) -> Run:
    """Open a run; its id is counted and appears in every line, row and notification of the run."""
    with database.write() as connection:
        inserted = connection.execute(
            sa.insert(runs).values(
                verb=verb, started_at=at, status=RunStatus.RUNNING.value, plan_id=plan_id, counts="{}"
            )
        )
        seq = bulk.generated_key(inserted)
    return Run(id=f"r{seq}", verb=verb, started_at=at, plan_id=plan_id)


def end(
    database: Database, run_id: str, status: RunStatus, exit_code: int | None, counts: Mapping[str, int], at: datetime
) -> Run:
    """Close a run and give it back as stored."""
    with database.write() as connection:
        changed = connection.execute(
            sa.update(runs)
            .where(runs.c.seq == _seq(run_id))
            .values(status=status.value, exit_code=exit_code, counts=codec.dumps(counts), ended_at=at)
        )
        if not changed.rowcount:
            raise _unknown(run_id)
    return get(database, run_id)


def interrupt(connection: Connection, run_id: str, at: datetime) -> None:
    """Say of a run whose process is gone that it was interrupted; one that ended stays as it ended."""
    connection.execute(
        sa.update(runs)
        .where(runs.c.seq == _seq(run_id), runs.c.status == RunStatus.RUNNING.value)
        .values(status=RunStatus.INTERRUPTED.value, ended_at=at)
    )


def set_plan(database: Database, run_id: str, plan_id: str) -> None:
    """Say which plan a run made or applies, once that is known."""
    with database.write() as connection:
        connection.execute(sa.update(runs).where(runs.c.seq == _seq(run_id)).values(plan_id=plan_id))


def get(database: Database, run_id: str) -> Run:
    """One run. Raises UsageError for an id nobody ever had."""
    with database.read() as connection:
        row = connection.execute(sa.select(runs).where(runs.c.seq == _seq(run_id))).first()
    if row is None:
        raise _unknown(run_id)
    return _run(row)


def newest(database: Database, limit: int) -> list[Run]:
    """The last runs, newest first."""
    with database.read() as connection:
        return [_run(row) for row in connection.execute(sa.select(runs).order_by(runs.c.seq.desc()).limit(limit))]


def plan_of(connection: Connection, run_id: str) -> str:
    """The plan a run works on, "" when none is known."""
    return str(connection.scalar(sa.select(runs.c.plan_id).where(runs.c.seq == _seq(run_id))) or "")


def _seq(run_id: str) -> int:
    number = run_id[1:]
    return int(number) if run_id[:1] == "r" and number.isascii() and number.isdigit() and len(number) < 19 else -1


def _unknown(run_id: str) -> UsageError:
    return UsageError(f"There is no run {run_id!r}.", hint="`trueup runs` lists them.")


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=f"r{row.seq}",
        verb=row.verb,
        started_at=row.started_at,
        ended_at=row.ended_at,
        status=RunStatus(row.status),
        exit_code=row.exit_code,
        plan_id=row.plan_id,
        counts=codec.loads(row.counts),
    )
