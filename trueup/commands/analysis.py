"""From a filled store to findings: load the columns, resolve identity, run the checks. Looks at no CRM."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from trueup.commands import match_decisions, recalled
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import UsageError
from trueup.model.findings import Finding
from trueup.model.matching import Coverage

if TYPE_CHECKING:
    import duckdb

    from trueup.reconcile.checks import NotLookedAt
    from trueup.reconcile.frame import Frame

MEMORY_LIMIT = "1GB"
"""What the columnar engine may hold before it spills to disk."""

SPILL_LIMIT = "20GB"
"""What it may spill: a query that wants more is a mistake of ours, and better stopped than left to fill a disk."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Loaded columns with identity resolved, and what was found in them.

    `frame` keeps what the checks derived from the columns, for whoever works on the same columns after them.
    """

    con: duckdb.DuckDBPyConnection
    frame: Frame
    findings: tuple[Finding, ...]
    not_looked_at: tuple[NotLookedAt, ...]
    totals: dict[tuple[str, str], int]
    at: datetime
    matching: tuple[Coverage, ...] = ()


@contextmanager
def frame(
    workspace: Workspace, progress: Progress = SILENT, *, full: bool = False, keep: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store's newest snapshots as columns, with `same`, `match`, `link` and `duplicate` worked out.

    What earlier runs settled is not compared again unless `full`; with `keep` this run's part of it is kept.
    """
    import duckdb

    from trueup.reconcile import identity
    from trueup.store import columns

    if not workspace.store.snapshots():
        raise UsageError("The store is empty: nothing has been pulled yet.", hint="Start with: trueup pull")
    with tempfile.TemporaryDirectory(prefix="trueup-spill-") as spill:  # private: it may hold people's data
        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "threads": "2",
            "temp_directory": spill,
            "max_temp_directory_size": SPILL_LIMIT,
            # There is no file to write a checkpoint to: it would only go through all tables once more.
            "checkpoint_threshold": "1TB",
        }
        con = duckdb.connect(":memory:", config=limits)
        try:
            progress.step("Loading columns")
            columns.load(workspace.store, con)
            match_decisions.overlay(con, workspace)
            progress.step("Resolving identity")
            settled = identity.resolve(con, workspace.policy, {} if full else recalled.load(workspace))
            if keep:
                recalled.save(workspace, settled)
            yield con
        finally:
            con.close()


@contextmanager
def analysis(
    workspace: Workspace,
    *,
    at: datetime,
    only: Collection[str] | None = None,
    full: bool = False,
    keep: bool = False,
    progress: Progress = SILENT,
) -> Iterator[Analysis]:
    """The frame with the checks run over it; `full` and `keep` as for `frame`."""
    from trueup.reconcile import checks, identity
    from trueup.reconcile.frame import Frame

    with frame(workspace, progress, full=full, keep=keep) as con:
        progress.step("Checking")
        tables = Frame(con, workspace.policy, at)
        result = checks.run(con, workspace.policy, at, only=only, frame=tables)
        seen = tuple(result.not_looked_at)
        yield Analysis(con, tables, tuple(result.findings), seen, _totals(con), at, identity.coverage(con))


def _totals(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Live records by (system, object)."""
    totals: dict[tuple[str, str], int] = {}
    for kind in ("person", "company", "deal", "activity", "owner"):
        rows = con.execute(f"SELECT system, object, count(*) FROM record_{kind} GROUP BY ALL").fetchall()
        totals |= {(system, object_): count for system, object_, count in rows}
    return totals
