"""Who has found a counterpart hardly waits for another: what standing alone says about a doubtful pair.

Two records that are each alone are likelier one thing than two that both belong elsewhere by sure evidence: namesakes
mostly have counterparts of their own. How much this says is read off the data, without labels: by how the probable
pairs and the hopeless ones fall on the three cases (both alone, one, none), once sure evidence has grouped the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Floats, Ints
from trueup.reconcile.identity.clustering import cluster
from trueup.reconcile.identity.scoring import probability
from trueup.reconcile.linkage.grouping import LARGEST
from trueup.reconcile.linkage.pairs import Pairs, Weigh

SURE = 4.0
"""Total weight (bits) from which a pair is sure enough to give both their counterpart."""
_PROBABLE = 1.0
HOPELESS = (-12.0, -5.0)
"""Pairs of such weights are taken for two; nothing less is worth keeping."""
_FEWEST = 100
"""With fewer pairs than this on either side nothing is read off."""
_MOST = 3.0
"""No case says more than this many bits."""


@dataclass(frozen=True, slots=True)
class Rivals:
    """The sure groups, whether each row has company in its own, and the bits of a doubtful pair by how many have."""

    label: Ints
    taken: Bools
    bits: Floats

    @property
    def most(self) -> float:
        """No weight grows by more than so many bits."""
        return max(0.0, float(self.bits.max()))

    def adjust(self, left: Ints, right: Ints, weight: Floats) -> Floats:
        """The weights with the bits added where a pair is doubtful and not within one sure group."""
        doubtful = self._doubtful(left, right, weight)
        cases = self.taken[left].astype(np.int64) + self.taken[right]
        return np.where(doubtful, np.minimum(weight + self.bits[cases], np.maximum(weight, SURE)), weight)

    def _doubtful(self, left: Ints, right: Ints, weight: Floats) -> Bools:
        return np.asarray((weight < SURE) & (weight > HOPELESS[0]) & (self.label[left] != self.label[right]))


def learn(pairs: Pairs, weigh: Weigh) -> Rivals:
    """Group by sure pairs, then read off what company says. `weigh` gives the weights of any pairs."""
    sure = pairs.where(pairs.weight >= SURE)
    label = cluster(
        pairs.rows, *sure.ends(), sure.weight.astype(np.float64), 0.0,
        lambda a, b: (weigh(a, b), np.zeros(len(a), dtype=bool)), LARGEST,
    )  # fmt: skip
    taken = np.bincount(label, minlength=pairs.rows)[label] > 1
    among_true, among_others, seen = np.ones(3), np.ones(3), np.zeros(2, dtype=np.int64)
    for part in pairs.slices():
        left, right = part.ends()
        weight = part.weight
        apart = label[left] != label[right]
        probable = apart & (weight >= _PROBABLE) & (weight < SURE)
        hopeless = apart & (weight >= HOPELESS[0]) & (weight < HOPELESS[1])
        cases = taken[left].astype(np.int64) + taken[right]
        among_true += np.bincount(cases[probable], weights=probability(weight[probable]), minlength=3)
        among_others += np.bincount(cases[hopeless], minlength=3)
        seen += np.count_nonzero(probable), np.count_nonzero(hopeless)
    if seen.min() < _FEWEST:
        return Rivals(label, taken, np.zeros(3))
    bits = np.log2(among_true / among_true.sum()) - np.log2(among_others / among_others.sum())
    return Rivals(label, taken, np.clip(bits, -_MOST, _MOST))
