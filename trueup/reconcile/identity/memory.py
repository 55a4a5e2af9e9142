"""Memory: how much is worked on at once, and what is free though its allocators would keep it."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_MANY = 5_000_000
"""From so many records on room is worth more than time."""


def at_once(records: int) -> int:
    """How many things that take room for every record may be worked on at the same time."""
    return 2 if records < _MANY else 1


def give_back(con: DuckDBPyConnection, *, rest: bool = False) -> None:
    """Give the system back what was let go: after columns of millions of rows the C library and the engine keep their
    pages for later ones.

    The engine hands back what it has in excess whenever its limit is set, even to what it is. With `rest` it puts aside
    on disk what it holds beyond half of its limit, oldest first: it is not asked for anything for a while.
    """
    import duckdb

    size, unit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
    if rest:
        # Where it has no place to put it, it says so and keeps it.
        with suppress(duckdb.OutOfMemoryException):
            con.execute(f"SET memory_limit = '{float(size) / 2} {unit}'")
    # The engine cuts its limit off at one digit when it tells it: this stays the same however often it is told.
    con.execute(f"SET memory_limit = '{float(size) + 0.05} {unit}'")
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)
