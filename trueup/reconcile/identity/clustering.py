"""Groups of records held to be one thing. Coherent: no two members contradict each other, so nothing chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Floats, Ints
from trueup.reconcile.identity.ordering import by_key, pairs_within, runs

LARGEST = 40
"""No group grows beyond this: a person with forty records is a fault of another sort."""

Assess = Callable[[Ints, Ints], tuple[Floats, Bools]]
"""Weights of pairs, and which of them contradict."""


def components(rows: int, left: Ints, right: Ints) -> Ints:
    """The smallest row reachable from each row: roots hooked to smaller ones, then pointers jumped until nothing
    moves. What is left of an edge are the roots at its ends, until they are one."""
    label = np.arange(rows, dtype=np.int64)
    while True:
        left, right = label[left], label[right]
        apart = left != right
        if not apart.any():
            return label
        left, right = left[apart], right[apart]
        np.minimum.at(label, np.maximum(left, right), np.minimum(left, right))
        while not np.array_equal(jumped := label[label], label):
            label = jumped


def members(label: Ints, least: int) -> tuple[Ints, Ints]:
    """All pairs of rows within groups of at least `least` members (left < right), by group."""
    several = np.flatnonzero(np.bincount(label, minlength=1)[label] >= max(least, 2))
    order, of = by_key(several, label[several], len(label))
    first, second = pairs_within(runs(of)[1])
    return order[first], order[second]


def cluster(
    rows: int, left: Ints, right: Ints, weight: Floats, enough: float, assess: Assess, largest: int = LARGEST
) -> Ints:
    """Group rows by the edges given (each good enough by itself); the label of a group is its smallest row.

    Groups of two stand. In a larger one every pair of members is assessed; where a pair contradicts or would not
    have been
    good `enough` by itself, the group is built again from its strongest edge down. A step must not bring contradicting
    members together, and the pairs that it brings together must be good enough on average.
    """
    label = bounded(rows, left, right, weight, largest)
    inside = label[left] == label[right]
    left, right, weight = left[inside], right[inside], weight[inside]
    a, b = members(label, 3)
    if not len(a):
        return label
    scores, against = assess(a, b)
    torn = np.unique(label[a[against | (scores < enough)]])
    if not len(torn):
        return label
    for group in _torn_groups(label, torn, (a, b, np.where(against, -np.inf, scores)), (left, right, weight)):
        label[group.rows] = _rebuild(group, enough)
    return label


def bounded(rows: int, left: Ints, right: Ints, weight: Floats, largest: int = LARGEST) -> Ints:
    """Components; those larger than `largest` lose their weakest edges until they are not."""
    keep = np.ones(len(left), dtype=bool)
    floor = 0.0
    while True:
        label = components(rows, left[keep], right[keep])
        sizes = np.bincount(label, minlength=rows)
        large = keep & (sizes[label[left]] > largest)
        if not large.any():
            return label
        floor = max(floor + 2.0, float(weight[large].min()))
        keep &= ~(large & (weight <= floor))


@dataclass(frozen=True, slots=True)
class _Torn:
    """One group: its rows in order, and by place among them every pair's weight (minus infinity: contradicts) and the
    edges from the strongest down."""

    rows: Ints
    weights: Floats
    edges: list[tuple[int, int]]


def _torn_groups(
    label: Ints, torn: Ints, pairs: tuple[Ints, Ints, Floats], edges: tuple[Ints, Ints, Floats]
) -> Iterator[_Torn]:
    """The torn groups one after another."""
    is_torn = np.zeros(len(label), dtype=bool)
    is_torn[torn] = True
    rows = np.flatnonzero(is_torn[label])
    rows = rows[np.argsort(label[rows], kind="stable")]
    a, b, weight = (column[is_torn[label[pairs[0]]]] for column in pairs)
    order = np.argsort(label[a], kind="stable")
    a, b, weight = a[order], b[order], weight[order]
    x, y, strength = (column[is_torn[label[edges[0]]]] for column in edges)
    order = np.lexsort((y, x, -strength, label[x]))
    x, y = x[order], y[order]

    def spans(of: Ints) -> tuple[list[int], list[int]]:
        return np.searchsorted(of, torn, side="left").tolist(), np.searchsorted(of, torn, side="right").tolist()

    of_pairs, of_edges = spans(label[a]), spans(label[x])
    firsts, lasts = spans(label[rows])
    # The place of each row within its group, looked up for all groups at once.
    place = np.zeros(len(label), dtype=np.int64)
    place[rows] = np.arange(len(rows)) - np.repeat(firsts, np.subtract(lasts, firsts))
    a, b, x, y = place[a], place[b], place[x].tolist(), place[y].tolist()
    for r0, r1, p0, p1, e0, e1 in zip(firsts, lasts, *of_pairs, *of_edges, strict=True):
        table = np.zeros((r1 - r0, r1 - r0))
        i, j = a[p0:p1], b[p0:p1]
        table[i, j] = table[j, i] = weight[p0:p1]
        yield _Torn(rows[r0:r1], table, list(zip(x[e0:e1], y[e0:e1], strict=True)))


def _rebuild(group: _Torn, enough: float) -> Ints:
    """Join along the edges, strongest first, where the parts that meet agree on average and nowhere contradict.

    The sums of weights between parts are kept up to date, so a step costs in proportion to the group, not its pairs.
    """
    sums, size = group.weights, [1] * len(group.rows)
    part = list(range(len(group.rows)))
    for x, y in group.edges:
        one, other = part[x], part[y]
        if one == other or sums[one, other] / (size[one] * size[other]) < enough:
            continue
        one, other = min(one, other), max(one, other)
        sums[one] += sums[other]
        sums[:, one] = sums[one]
        size[one] += size[other]
        part = [one if p == other else p for p in part]
    return group.rows[part]
