"""Ranges of places laid out one after another, and the pairs within runs: loops over groups, as arrays."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.encode import Ints


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
