"""How many pairs are one at all: the prior of a table of contacts, read off its own pairs.

The CRM's prior gives every record about one counterpart, which suits two systems that hold the same people. A table
may hold hardly anyone twice, or everyone three times: then every pair is worth less, or more. The share of true pairs
is the sum of their probabilities, which move with it, until both agree (the step of EM that learns no weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.encode import Codes, Floats, Ints
from trueup.reconcile.identity.scoring import probability

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


def count(side: Codes, left: Ints, right: Ints, weight: Floats) -> Counterparts:
    """From the pairs worth weighing, with one counterpart a record as the prior that their weights hold."""
    rows = float(len(side))
    if not side.any():
        return Counterparts(side, _bits(weight, (rows - 1) / 2), 0.0)
    second = float(side.sum())
    across = second * (rows - second)
    apart = side[left] != side[right]
    within = rows * (rows - 1) / 2 - across
    return Counterparts(side, _bits(weight[~apart], within / rows), _bits(weight[apart], across / rows))


def _bits(weight: Floats, expected: float) -> float:
    """By how much the prior is off, where so many pairs were expected to be true."""
    bits = 0.0
    for _ in range(_ROUNDS):
        true = float(probability(weight + bits).sum())
        found = float(np.clip(np.log2((true + _PRIOR) / (expected + _PRIOR)), -_MOST, _MOST))
        if abs(found - bits) < _STILL:
            break
        bits = found
    return bits
