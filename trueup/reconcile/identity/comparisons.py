"""What is common to all ladders: similarity of distinct values, equality in slots, short forms of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from trueup.reconcile.identity.encode import MISSING, Bools, Codes, Column, Floats, Ints


def similarity(values: tuple[str, ...], left: Codes, right: Codes, scorer: Callable[..., Any]) -> Floats:
    """The scorer's result for each pair of codes (both known), worked out once for each distinct unordered pair."""
    return similarities(values, left, right, scorer)[0]


def similarities(values: tuple[str, ...], left: Codes, right: Codes, *scorers: Callable[..., Any]) -> list[Floats]:
    """The same for several scorers at once."""
    if not len(left):
        return [np.empty(0) for _ in scorers]
    from rapidfuzz.process import cpdist

    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    distinct, inverse = np.unique(low * len(values) + high, return_inverse=True)
    first = list(map(values.__getitem__, (distinct // len(values)).tolist()))
    second = list(map(values.__getitem__, (distinct % len(values)).tolist()))
    return [
        cpdist(first, second, scorer=scorer, dtype=np.float32, workers=2).astype(np.float64)[inverse]
        for scorer in scorers
    ]


def any_equal(matrix: Codes, left: Ints, right: Ints) -> tuple[Bools, Codes]:
    """Whether two records share a value in any slot, and the smallest shared code (or -1)."""
    others = [slot[right] for slot in matrix.T]
    # As unsigned numbers all codes are smaller than MISSING.
    shared = np.full(len(left), np.uint32(2**32 - 1), dtype=np.uint32)
    for slot in matrix.T:
        mine = slot[left]
        for other in others:
            np.minimum(shared, np.where(mine == other, mine, np.int32(MISSING)).view(np.uint32), out=shared)
    code = shared.view(np.int32)
    return code >= 0, code


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
