"""How common each record's own values are: what moves a pair's weight while its two records stay as they are.

Every weight by value rests on a share that one of the two records' values has in a column. So between two moments a
pair's evidence grows by no more than the shares of its records' values fell, in bits, column by column: a *drift* that
each record has by itself, whatever it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Floats, Ints
from trueup.reconcile.identity.pairing import Compared

ROUNDING = 0.04
"""Bits by which half precision may be off in one column, both times together."""
_SLICE = 100_000
"""Records that are reckoned at once: their bits take twice the room meanwhile."""


@dataclass(frozen=True, slots=True)
class Commonness:
    """log2 of the share of every value of every record, a record a row; of each column so many slots stand together."""

    bits: NDArray[np.float16]
    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        """Raises ValueError where slots and columns do not fit together."""
        shape = self.bits.ndim == 2 and self.bits.shape[1] == sum(self.widths) and min(self.widths, default=1) > 0
        if not shape or self.bits.dtype != np.float16:
            raise ValueError("these are no shares of columns")

    def take(self, rows: Ints) -> Commonness:
        """These records alone."""
        return Commonness(self.bits[rows], self.widths)

    def fits(self, other: Commonness) -> bool:
        """Whether both tell of the same columns, if not of as many slots."""
        return len(self.widths) == len(other.widths)

    def padded(self, widths: tuple[int, ...]) -> Commonness:
        """With room for so many slots a column; a slot more than there were holds nothing."""
        if widths == self.widths:
            return self
        parts, place = [], 0
        for width, wanted in zip(self.widths, widths, strict=True):
            part = self.bits[:, place : place + width]
            parts.append(np.pad(part, ((0, 0), (0, wanted - width))))
            place += width
        return Commonness(np.hstack(parts), widths)

    def fall(self, later: Commonness) -> Floats:
        """By how many bits at most each record's evidence can have grown until then, over all columns."""
        return self._moved(later, -1)

    def rise(self, later: Commonness) -> Floats:
        """By how many bits at most each record's evidence can have shrunk until then, over all columns."""
        return self._moved(later, 1)

    def _moved(self, later: Commonness, sign: int) -> Floats:
        if not later.widths:
            return np.zeros(len(later.bits))
        starts = np.cumsum((0, *later.widths[:-1]))
        total = np.zeros(len(later.bits))
        for start in range(0, len(total), _SLICE):
            lot = slice(start, start + _SLICE)
            # Of most records nothing moved from one night to the next.
            part = start + np.flatnonzero((later.bits[lot].view(np.int16) != self.bits[lot].view(np.int16)).any(axis=1))
            moved = sign * (later.bits[part].astype(np.float32) - self.bits[part].astype(np.float32))
            most = np.maximum(np.maximum.reduceat(moved, starts, axis=1), 0)
            total[part] = most.sum(axis=1, dtype=np.float64)
        return total


def commonness(compared: Compared) -> Commonness:
    """How common the values of all records are, as comparing any of their pairs weighs them."""
    rows = len(compared.shares[0][0]) if compared.shares else 0
    matrices = [codes.reshape(rows, -1) if rows else codes.reshape(0, 1) for codes, _ in compared.shares]
    widths = tuple(matrix.shape[1] for matrix in matrices)
    bits = np.empty((rows, sum(widths)), dtype=np.float16)
    place = 0
    for matrix, (_, share) in zip(matrices, compared.shares, strict=True):
        # MISSING is the last.
        of_code: NDArray[np.float16] = np.append(np.log2(np.maximum(share, 1e-12)), 0).astype(np.float16)
        for slot in range(matrix.shape[1]):
            bits[:, place] = of_code[matrix[:, slot]]
            place += 1
    return Commonness(bits, widths)
