"""Which threshold, and whether groups are split where they do not hold together: chosen by the data, without labels.

Every choice is tried, and the one is taken whose groups have the highest expected F1: of all pairs that it puts
together, as many as possible should be true by their own probability, and few true ones should be left outside. Where
chains drag strangers together the splitting choice wins; where large groups are real it costs too much and loses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.clustering import bounded, cluster, components, members
from trueup.reconcile.identity.memory import at_once
from trueup.reconcile.identity.scoring import log_odds, probability
from trueup.reconcile.linkage.pairs import Weigh
from trueup.reconcile.linkage.uniqueness import NEITHER, Unique, assigned, unique

LARGEST = 250
"""No group grows beyond this many records."""
THRESHOLDS = (0.5, 0.8, 0.95, 0.99)
LEAST = 0.05
"""Candidates less probable than this are dropped."""

Vote = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The group of each row (its smallest row), and what was chosen: `once` says which table holds every thing once."""

    label: Ints
    threshold: float
    split: bool
    once: Unique
    expected: float

    @property
    def one_to_one(self) -> bool:
        """Whether nobody may have two counterparts."""
        return all(self.once)


def group(
    rows: int, side: Codes, left: Ints, right: Ints, weight: Floats, matches: float, weigh: Weigh, *,
    one_to_one: bool | None = None, thresholds: Sequence[float] = THRESHOLDS, vote: Vote | None = None,
) -> Grouped:  # fmt: skip
    """Choose threshold and splitting by expected F1. `weigh` gives total weights of any pairs, `matches` how many true
    ones there should be. `one_to_one` None: the data say which of two linked tables holds every thing once. `vote` says
    what a pair of such a weight counts for where a group is split; without it, its weight."""
    once = NEITHER
    if side.any() and one_to_one is not False:
        once = (True, True) if one_to_one else unique(left, right, weight)
    if any(once):
        return _assigned(rows, left, right, weight, matches, once)

    def said(a: Ints, b: Ints) -> tuple[Floats, Bools]:
        total = weigh(a, b)
        return (vote(total) if vote else total), np.zeros(len(a), dtype=bool)

    def tried(split: bool, threshold: float, least: float) -> Grouped:
        good = weight >= log_odds(threshold)
        edges = left[good], right[good], weight[good]
        label = cluster(rows, *edges, 0.0, said, LARGEST) if split else bounded(rows, *edges, LARGEST)
        return Grouped(label, threshold, split, NEITHER, _expected(label, side, matches, weigh, least))

    best = Grouped(np.arange(rows, dtype=np.int64), 1.0, False, NEITHER, 0.0)

    def outcomes(split: bool) -> Iterator[Grouped]:
        # They do not depend on each other, and the second is hardly ever in vain.
        for start in range(0, len(thresholds), lanes):
            yield from pool.map(partial(tried, split, least=best.expected), thresholds[start : start + lanes])

    lanes = at_once(rows)
    with ThreadPoolExecutor(lanes) as pool:
        for split in (True, False):
            before = -1.0
            for found in outcomes(split):
                if found.expected > best.expected + 1e-9:
                    best = found
                # With splitting, a lower threshold does little harm: once a higher one loses, the next will too.
                if split and found.expected < before:
                    break
                before = found.expected
    return best


def _expected(label: Ints, side: Codes, matches: float, weigh: Weigh, least: float) -> float:
    """The F1 to be expected: true pairs among those together, against all pairs together and all true pairs.

    0 as soon as it cannot reach `least`: no more pairs can be true than there are true ones. Where more come together
    than were thought to be true, these are what there is.
    """
    count = _together(label, side)
    if not count or 2.2 * max(matches, 1.0) / (count + matches) < least:
        return 0.0
    a, b = members(label, 2)
    if side.any():
        across = side[a] != side[b]
        a, b = a[across], b[across]
    true = float(probability(weigh(a, b)).sum())
    return 2 * true / (count + max(matches, true, 1.0))


def _together(label: Ints, side: Codes) -> int:
    """How many pairs come together: of two tables those across, of one all."""
    sizes = np.bincount(label)
    if not side.any():
        return int((sizes * (sizes - 1) // 2).sum())
    second = np.bincount(label[side > 0], minlength=len(sizes))
    return int((second * (sizes - second)).sum())


def _assigned(rows: int, left: Ints, right: Ints, weight: Floats, matches: float, once: Unique) -> Grouped:
    """The best counterparts alone; then the threshold with the highest expected F1."""
    chosen = assigned(left, right, weight, once)
    probable = probability(weight[chosen])
    true = np.cumsum(probable)
    expected = 2 * true / (np.arange(1, len(chosen) + 1) + max(matches, float(probable.sum()), 1.0))
    count = int(np.argmax(expected)) + 1 if len(chosen) else 0
    label = components(rows, left[chosen[:count]], right[chosen[:count]])
    last = float(probable[count - 1]) if count else 1.0
    return Grouped(label, last, False, once, float(expected[count - 1]) if count else 0.0)
