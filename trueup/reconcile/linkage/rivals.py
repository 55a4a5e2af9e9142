"""Who has found a counterpart hardly waits for another: what standing alone says about a doubtful pair.

Two records that are each alone are likelier one thing than two that both belong elsewhere by sure evidence: namesakes
mostly have counterparts of their own. How much this says is read off the data, without labels: by how the probable
pairs and the hopeless ones fall on the three cases (both alone, one, none), once sure evidence has grouped the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.clustering import cluster
from trueup.reconcile.identity.encode import Bools, Floats, Ints
from trueup.reconcile.identity.scoring import probability
from trueup.reconcile.linkage.grouping import LARGEST, Weigh

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

    def adjust(self, left: Ints, right: Ints, weight: Floats) -> Floats:
        """The weights with the bits added where a pair is doubtful and not within one sure group."""
        doubtful = self._doubtful(left, right, weight)
        cases = self.taken[left].astype(np.int64) + self.taken[right]
        return np.where(doubtful, np.minimum(weight + self.bits[cases], np.maximum(weight, SURE)), weight)

    def _doubtful(self, left: Ints, right: Ints, weight: Floats) -> Bools:
        return np.asarray((weight < SURE) & (weight > HOPELESS[0]) & (self.label[left] != self.label[right]))


def learn(rows: int, left: Ints, right: Ints, weight: Floats, weigh: Weigh) -> Rivals:
    """Group by sure pairs, then read off what company says. `weigh` gives the weights of any pairs."""
    sure = weight >= SURE
    label = cluster(
        rows, left[sure], right[sure], weight[sure], 0.0,
        lambda a, b: (weigh(a, b), np.zeros(len(a), dtype=bool)), LARGEST,
    )  # fmt: skip
    taken = np.bincount(label, minlength=rows)[label] > 1
    apart = label[left] != label[right]
    probable = apart & (weight >= _PROBABLE) & (weight < SURE)
    hopeless = apart & (weight >= HOPELESS[0]) & (weight < HOPELESS[1])
    if min(int(probable.sum()), int(hopeless.sum())) < _FEWEST:
        return Rivals(label, taken, np.zeros(3))
    cases = taken[left].astype(np.int64) + taken[right]
    among_true = np.bincount(cases[probable], weights=probability(weight[probable]), minlength=3) + 1.0
    among_others = np.bincount(cases[hopeless], minlength=3) + 1.0
    bits = np.log2(among_true / among_true.sum()) - np.log2(among_others / among_others.sum())
    return Rivals(label, taken, np.clip(bits, -_MOST, _MOST))
