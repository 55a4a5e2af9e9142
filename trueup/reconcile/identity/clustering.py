"""Groups of records held to be one thing. Coherent: no two members contradict each other, so nothing chains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trueup.reconcile.identity.encode import Bools, Floats, Ints

LARGEST = 40
"""No group grows beyond this: a person with forty records is a fault of another sort."""

Assess = Callable[[Ints, Ints], tuple[Floats, Bools]]
"""Weights of pairs, and which of them contradict."""


def components(rows: int, left: Ints, right: Ints) -> Ints:
    """The smallest row reachable from each row: labels hooked to the smaller, then pointers jumped until nothing
    moves."""
    label = np.arange(rows, dtype=np.int64)
    while len(left):
        low = np.minimum(label[left], label[right])
        before = label.copy()
        np.minimum.at(label, label[left], low)
        np.minimum.at(label, label[right], low)
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        if np.array_equal(label, before):
            break
    return label


def members(label: Ints, least: int) -> tuple[Ints, Ints]:
    """All pairs of rows within groups of at least `least` members (left < right), by group."""
    order = np.argsort(label, kind="stable")
    sorted_ = label[order]
    starts = (
        np.flatnonzero(np.concatenate([[True], sorted_[1:] != sorted_[:-1]])) if len(sorted_) else np.empty(0, np.int64)
    )
    sizes = np.diff(np.concatenate([starts, [len(sorted_)]]))
    size, end = np.repeat(sizes, sizes), np.repeat(starts + sizes, sizes)
    place = np.arange(len(order))
    ahead = np.where((size >= least) & (size > 1), end - place - 1, 0)
    first = np.repeat(place, ahead)
    second = first + 1 + (np.arange(len(first)) - np.repeat(np.cumsum(ahead) - ahead, ahead))
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
    for group, edges, known in _torn_groups(label, torn, (a, b, scores, against), (left, right, weight)):
        for row, name in _rebuild(group, edges, known, enough).items():
            label[row] = name
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


_Edge = tuple[float, int, int]
_Group = tuple[list[int], list[_Edge], dict[tuple[int, int], float]]


def _torn_groups(
    label: Ints, torn: Ints, pairs: tuple[Ints, Ints, Floats, Bools], edges: tuple[Ints, Ints, Floats]
) -> list[_Group]:
    """Of each group: its members, its edges from the strongest down, and every pair's weight (minus infinity:
    contradicts)."""
    found: dict[int, _Group] = {int(root): ([], [], {}) for root in torn}
    is_torn = np.zeros(len(label), dtype=bool)
    is_torn[torn] = True
    rows = np.flatnonzero(is_torn[label])
    for row, root in zip(rows.tolist(), label[rows].tolist(), strict=True):
        found[root][0].append(row)
    a, b, scores, against = pairs
    mine = is_torn[label[a]]
    weights = np.where(against, -np.inf, scores)[mine]
    for x, y, w, root in zip(
        a[mine].tolist(), b[mine].tolist(), weights.tolist(), label[a[mine]].tolist(), strict=True
    ):
        found[root][2][x, y] = w
    left, right, weight = edges
    mine = is_torn[label[left]]
    left, right, weight = left[mine], right[mine], weight[mine]
    order = np.lexsort((right, left, -weight))
    columns = (weight[order].tolist(), left[order].tolist(), right[order].tolist(), label[left[order]].tolist())
    for w, x, y, root in zip(*columns, strict=True):
        found[root][1].append((w, x, y))
    return list(found.values())


def _rebuild(
    group: list[int], edges: list[_Edge], known: dict[tuple[int, int], float], enough: float
) -> dict[int, int]:
    """Join along the edges, strongest first, where the parts that meet agree on average and nowhere contradict."""
    part = {row: [row] for row in group}
    for _, x, y in edges:
        one, other = part[x], part[y]
        if one is other:
            continue
        weights = [known[min(i, j), max(i, j)] for i in one for j in other]
        if sum(weights) / len(weights) < enough:
            continue
        one.extend(other)
        for row in other:
            part[row] = one
    return {row: min(part[row]) for row in group}
