"""The arrays in which records are worked on, one element a record or a pair of records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

MISSING = -1
"""The code of no value: the last element of an array of facts by code serves it."""


def nothing(rows: int) -> Codes:
    """A column in which nobody has a value. It takes no memory, and can't be written to."""
    return np.broadcast_to(np.int32(MISSING), (rows,))
