"""What is common to all ladders: similarity of distinct values, equality in slots, short forms of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Floats, Ints
from trueup.reconcile.identity.encode import Column, numbered

_TABLE = 1_000_000
"""Up to so many possible pairs of values those that occur are ticked off in a table."""


def similarity(values: tuple[str, ...], left: Codes, right: Codes, scorer: Callable[..., Any]) -> Floats:
    """The scorer's result for each pair of codes (both known), worked out once for each distinct unordered pair."""
    return similarities(values, left, right, scorer)[0]


def similarities(values: tuple[str, ...], left: Codes, right: Codes, *scorers: Callable[..., Any]) -> list[Floats]:
    """The same for several scorers at once."""
    if not len(left):
        return [np.empty(0) for _ in scorers]
    from rapidfuzz.process import cpdist

    low, high, inverse = distinct_pairs(left, right, len(values))
    first, second = list(map(values.__getitem__, low.tolist())), list(map(values.__getitem__, high.tolist()))
    return [
        cpdist(first, second, scorer=scorer, dtype=np.float32, workers=2).astype(np.float64)[inverse]
        for scorer in scorers
    ]


def distinct_pairs(left: Codes, right: Codes, size: int) -> tuple[Codes, Codes, Codes]:
    """Each unordered pair of codes below `size` once, and where each given pair went."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    keys = low.astype(np.int64) * size + high
    if size * size <= _TABLE:
        there = np.zeros(size * size, dtype=np.bool_)
        there[keys] = True
        low, high = np.divmod(np.flatnonzero(there).astype(np.int32), np.int32(max(1, size)))
        number = np.cumsum(there, dtype=np.int32) - np.int32(1)
        return low, high, number[keys]
    # Put to the upper bits, as those of a hash are, so that they can be sorted beside their places.
    number, begins = numbered(keys.view(np.uint64) << np.uint64(64 - (size * size).bit_length()))
    return low[begins], high[begins], number


def any_equal(matrix: Codes, left: Ints, right: Ints) -> tuple[Bools, Codes]:
    """Whether two records share a value in any slot, and the smallest shared code (or -1)."""
    # One visit to a record for all its slots.
    mine, others = matrix.take(left, axis=0), matrix.take(right, axis=0)
    # As unsigned numbers all codes are smaller than MISSING, which is all ones.
    shared = np.full(len(left), np.uint32(2**32 - 1), dtype=np.uint32)
    for one in mine.T:
        for other in others.T:
            met = one | -(one != other).astype(np.int32)
            np.minimum(shared, met.view(np.uint32), out=shared)
    code = shared.view(np.int32)
    return code >= 0, code


def any_equal_among(pairs: Bools, matrix: Codes, left: Ints, right: Ints) -> tuple[Bools, Codes]:
    """The same where others of the pairs cannot share a value."""
    some = np.flatnonzero(pairs)
    code = np.full(len(left), MISSING, dtype=np.int32)
    code[some] = any_equal(matrix, left[some], right[some])[1]
    return code >= 0, code


def placed(places: Ints, pairs: int) -> Bools:
    """Which of so many pairs stand at these places."""
    found = np.zeros(pairs, dtype=np.bool_)
    found[places] = True
    return found


def differ(of: Column, left: Ints, right: Ints) -> Bools:
    """Which pairs have two values that are not one; a missing value differs from nothing."""
    a, b = of.codes[left], of.codes[right]
    return np.asarray((a >= 0) & (b >= 0) & (a != b))


def in_pairs(known: Ints, size: int, left: Codes, right: Codes) -> Bools:
    """Whether the ordered pair of codes is in a sorted list of `left * size + right`."""
    if not len(known):
        return np.zeros(len(left), dtype=bool)
    keys = left.astype(np.int64) * size + right
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray((known[place] == keys) & (left >= 0) & (right >= 0))


def pair_codes(pairs: frozenset[tuple[str, str]], values: tuple[str, ...]) -> Ints:
    """Pairs of texts as sorted `left * size + right` over the codes of those that occur."""
    place = {value: code for code, value in enumerate(values)}
    size = len(values)
    return np.array(sorted(place[a] * size + place[b] for a, b in pairs if a in place and b in place), dtype=np.int64)
