"""Memory: how much is worked on at once, and what is free though its allocators would keep it."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_MANY = 5_000_000
"""From so many records on room is worth more than time."""


def at_once(records: int) -> int:
    """How many things that take room for every record may be worked on at the same time."""
    return 2 if records < _MANY else 1


def give_back(con: DuckDBPyConnection) -> None:
    """Give the system back what was let go: after columns of millions of rows the C library and the engine keep their
    pages for later ones.

    The engine hands back what it has in excess whenever its limit is set, even to what it is.
    """
    limit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    con.execute(f"SET memory_limit = '{limit}'")
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)
