"""How many pairs are one at all: the prior of a table of contacts, read off its own pairs.

The CRM's prior gives every record about one counterpart, which suits two systems that hold the same people. A table
may hold hardly anyone twice, or everyone three times: then every pair is worth less, or more. The share of true pairs
is the sum of their probabilities, which move with it, until both agree (the step of EM that learns no weights).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Codes, Floats, Ints
from trueup.reconcile.identity.scoring import probability
from trueup.reconcile.linkage.pairs import Pairs

_PRIOR = 20.0
"""How many pairs the expected share counts as."""
_MOST = 4.0
"""No table moves the prior by more bits than this."""
_ROUNDS = 50
_STILL = 1e-3


@dataclass(frozen=True, slots=True)
class Counterparts:
    """The bits that a table adds to every pair: of records of one table, and of two that are linked."""

    side: Codes
    within: float
    across: float

    def bits(self, left: Ints, right: Ints) -> Floats:
        """What is added to each pair's weight."""
        return np.where(self.side[left] == self.side[right], self.within, self.across)

    def add(self, pairs: Pairs) -> None:
        """Add them to the weights of all these."""
        for part in pairs.slices():
            part.weight[:] += self.bits(*part.ends())


def count(side: Codes, pairs: Pairs) -> Counterparts:
    """From the pairs worth weighing, with one counterpart a record as the prior that their weights hold."""
    rows = float(len(side))
    if not side.any():
        return Counterparts(side, _bits([part.weight for part in pairs.slices()], (rows - 1) / 2), 0.0)
    second = float(side.sum())
    across = second * (rows - second)
    within = rows * (rows - 1) / 2 - across
    alike, apart = [], []
    for part in pairs.slices():
        left, right = part.ends()
        crosses = side[left] != side[right]
        alike.append(part.weight[~crosses])
        apart.append(part.weight[crosses])
    return Counterparts(side, _bits(alike, within / rows), _bits(apart, across / rows))


def _bits(weights: Sequence[NDArray[np.floating]], expected: float) -> float:
    """By how much the prior is off, where so many pairs were expected to be true."""
    bits = 0.0
    for _ in range(_ROUNDS):
        true = sum(float(probability(weight + bits).sum()) for weight in weights)
        found = float(np.clip(np.log2((true + _PRIOR) / (expected + _PRIOR)), -_MOST, _MOST))
        if abs(found - bits) < _STILL:
            break
        bits = found
    return bits
