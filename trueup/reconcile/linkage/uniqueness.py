"""Which of two linked tables holds every thing once: then a record of the other has one counterpart in it at most.

Two editions of a book, two papers of the same authors, two versions of a product stand in both tables and look alike:
each has two counterparts that look sure, and the better one is the true one. What stands in a table twice leaves
records of it over when each record of the other goes with the one that it fits best: about every second of those that
compete. Of what merely looks alike hardly any is left over, for each is the best of somebody.
"""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Floats, Ints
from trueup.reconcile.identity.ordering import distinct
from trueup.reconcile.identity.scoring import probability

Unique = tuple[bool, bool]
"""Whether the first and whether the second table holds every thing once."""
NEITHER: Unique = (False, False)
_SURE = 0.95
_LEFT_OVER = 0.4
"""Up to this share of the records that compete may be left over."""
_FEW = 0.02
"""So few of all that surely have a counterpart may be left over whatever competes."""


def unique(left: Ints, right: Ints, weight: Floats) -> Unique:
    """Which table holds every thing once, from the pairs across with their weights (bits).

    `left` are rows of the first table, `right` of the second. Without any sure pair both do.
    """
    sure = probability(weight) >= _SURE
    left, right, weight = left[sure], right[sure], weight[sure]

    def holds(table: Ints, other: Ints) -> bool:
        linked = len(distinct(table))
        left_over = linked - len(distinct(table[best(other, table, weight)]))
        competing = len(distinct(table[np.bincount(other, minlength=1)[other] > 1]))
        return left_over <= max(_LEFT_OVER * competing, _FEW * linked)

    return holds(left, right), holds(right, left)


def taken(grouped: Bools, left: Ints, right: Ints, once: Unique) -> Bools:
    """Which pairs cannot be, because a record has its one counterpart; `grouped` says who has any."""
    return (grouped[right] & once[0]) | (grouped[left] & once[1])


def best(of: Ints, other: Ints, weight: Floats) -> Ints:
    """The place of the strongest pair of each record of `of`; among equals the first of `other`."""
    order = np.lexsort((other, -weight, of))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = of[order[1:]] != of[order[:-1]]
    return order[first]


def assigned(left: Ints, right: Ints, weight: Floats, once: Unique) -> Ints:
    """The places of the pairs that stand where one table or both hold every thing once, the strongest first."""
    if all(once):
        found = _one_to_one(left, right, weight)
    else:
        found = best(right, left, weight) if once[0] else best(left, right, weight)
    return found[np.lexsort((right[found], left[found], -weight[found]))]


def _one_to_one(left: Ints, right: Ints, weight: Floats) -> Ints:
    """The strongest pairs first, each record once."""
    order = np.lexsort((right, left, -weight))
    linked = bytearray(int(right.max(initial=-1)) + 1)  # the second table's rows come after the first's
    kept = []
    for place, a, b in zip(order.tolist(), left[order].tolist(), right[order].tolist(), strict=True):
        if not linked[a] and not linked[b]:
            linked[a] = linked[b] = True
            kept.append(place)
    return np.array(kept, dtype=np.int64)
