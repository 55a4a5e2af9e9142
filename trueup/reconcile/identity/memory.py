"""Memory that is free, and that the C library would keep."""

from __future__ import annotations

import ctypes
import os


def give_back() -> None:
    """Give the system back what the C library holds of memory that is free: after a column of millions is let go, glibc
    keeps its pages for later ones."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)
