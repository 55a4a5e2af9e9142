"""Orders, what stands side by side in them, and the pairs within runs of one value: loops over groups, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Ints


def side_by_side(hashed: NDArray[np.uint64]) -> tuple[Ints, Bools]:
    """The order that puts equal hashes beside each other, each in its own order, and where a new one begins.

    The upper bits of a hash and its place make one number, and numbers alone sort several times faster than places by
    numbers do. Where two different hashes have the same upper bits, which hardly happens, the long way is gone.
    """
    bits = np.uint64(max(1, len(hashed) - 1).bit_length())
    below = (np.uint64(1) << bits) - np.uint64(1)
    both = (hashed & ~below) | np.arange(len(hashed), dtype=np.uint64)
    both.sort()
    order = (both & below).astype(np.int64)
    first = changes(hashed[order])
    both >>= bits
    if not np.array_equal(first, changes(both)):
        order = np.argsort(hashed, kind="stable")
        first = changes(hashed[order])
    return order, first


def by_key(record: Ints, key: Ints, rows: int) -> tuple[Ints, Ints]:
    """Records (below `rows`) and their keys by key, then record: as one number, which sorts several times faster than
    places by two columns."""
    if not len(key):
        return record, key
    if int(key.max()) > (2**62) // max(1, rows):
        order = np.lexsort((record, key))
        return record[order], key[order]
    together = key * rows + record
    together.sort()
    key = together // rows
    return together - key * rows, key


def distinct(keys: Ints) -> Ints:
    """The distinct keys in order: for millions of them sorting is several times faster than numpy's hashing."""
    ordered = np.sort(keys)
    return ordered[changes(ordered)]


def runs(ordered: NDArray[Any]) -> tuple[Ints, Ints]:
    """Where each run of equal elements begins, and how long it is."""
    starts = np.flatnonzero(changes(ordered))
    return starts, np.diff(np.append(starts, len(ordered)))


def changes(ordered: NDArray[Any]) -> Bools:
    """Where each element differs from the one before; the first does."""
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def spread(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Every place of ranges that begin at `start` and hold `count` places: the number of its range, and the place."""
    of = np.repeat(np.arange(len(start)), count)
    place = np.repeat(start - (np.cumsum(count) - count), count)
    place += np.arange(len(place))
    return of, place


def pairs_within(sizes: Ints) -> tuple[Ints, Ints]:
    """All pairs of places (first < second) within runs of such sizes that stand one after another."""
    place = np.arange(int(sizes.sum()))
    end = np.repeat(np.cumsum(sizes), sizes)
    return spread(place + 1, end - place - 1)
