"""Pairs that were weighed, by key: looked up when they are asked for again, gone through slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Floats, Ints

SLICE = 1_000_000
"""Pairs that are gone through at once: this bounds the memory."""

Weigh = Callable[[Ints, Ints], Floats]
"""The total weights of any pairs (left < right)."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of `rows` records by sorted key (`left * rows + right`), and what each weighs."""

    rows: int
    keys: Ints
    weight: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.keys)

    def ends(self) -> tuple[Ints, Ints]:
        """The left and the right record of every pair."""
        left = self.keys // self.rows
        return left, self.keys - left * self.rows

    def where(self, chosen: NDArray[np.bool_]) -> Pairs:
        """The chosen pairs."""
        return Pairs(self.rows, self.keys[chosen], self.weight[chosen])

    def slices(self) -> Iterator[Pairs]:
        """All of them, so many at once. The weights are not copied: what is changed in a slice is changed here."""
        for start in range(0, len(self.keys), SLICE):
            part = slice(start, start + SLICE)
            yield Pairs(self.rows, self.keys[part], self.weight[part])

    def weigh(self, left: Ints, right: Ints, fresh: Weigh) -> Floats:
        """The weights of any pairs: of those that are not among these, `fresh` works them out."""
        if not len(self.keys):
            return fresh(left, right)
        wanted = left * self.rows + right
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        total = self.weight[place].astype(np.float64)
        rest = np.flatnonzero(self.keys[place] != wanted)
        if len(rest):
            total[rest] = fresh(left[rest], right[rest])
        return total
