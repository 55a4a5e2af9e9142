"""Memory that is free, and that its allocators would keep."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
