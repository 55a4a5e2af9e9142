"""Which pairs are worth comparing: rules from single keys and pairs of keys, each within a budget of pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trueup.reconcile.identity.arrays import Codes, Ints
from trueup.reconcile.identity.blocking import LeftOut, combine
from trueup.reconcile.identity.ordering import runs, spread
from trueup.reconcile.linkage.prepare import Key, Prepared

PER_RECORD = 8
"""Pairs that a rule may give, for each record there is: the bound on work and memory."""
MOST = 60_000_000
"""Pairs that all rules together may give."""
LARGEST_BLOCK = 400
WEAK = 4.0
"""A rule that gives more pairs than this for each record says little: another rule must give the pair too."""
TOGETHER = 10
"""How many pairs of keys are tried beside the single keys."""
_AGAIN = 0.75
"""What a key that was used already counts for when the next pair of keys is chosen."""


def find(prepared: Prepared) -> tuple[Ints, list[LeftOut]]:
    """Candidates as sorted keys `left * rows + right` (left < right), and what the bounds left out of each rule."""
    rows = prepared.rows
    budget = PER_RECORD * max(rows, 1000)
    found: list[Ints] = []
    report: list[LeftOut] = []
    large: list[Key] = []
    room = MOST

    def add(label: str, codes: Codes | Ints) -> LeftOut:
        nonlocal room
        pairs, left_out = block(prepared, label, codes, min(budget, room))
        report.append(left_out)
        # The last bit says that the rule alone is reason enough to compare.
        found.append(pairs * 2 + (len(pairs) <= WEAK * rows))
        room -= len(pairs)
        return left_out

    for key in prepared.keys:
        if add(key.label, key.codes).blocks_left_out:
            large.append(key)
    for one, other in _together(prepared, large, budget):
        add(f"{one.label} and {other.label}", _pair(one, other))
    if not found:
        return np.empty(0, dtype=np.int64), report
    together = np.concatenate(found)
    together.sort()
    pair = together >> 1
    last = np.ones(len(pair), dtype=bool)
    last[:-1] = pair[1:] != pair[:-1]
    twice = np.zeros(len(pair), dtype=bool)
    twice[1:] = ~last[:-1]
    return pair[last & (twice | (together & 1 == 1))], report


def _together(prepared: Prepared, keys: Sequence[Key], budget: int) -> list[tuple[Key, Key]]:
    """Pairs of keys of different features that give enough and not too much, the best filled first, taking turns."""
    facts = [_facts(key) for key in keys]
    possible = prepared.rows * (prepared.rows - 1) / 2
    open_ = {
        (a, b): facts[a][0] * facts[b][0]
        for a in range(len(keys))
        for b in range(a + 1, len(keys))
        if keys[a].of.partition(":")[0] != keys[b].of.partition(":")[0]
        and facts[a][1] * facts[b][1] * possible <= 4 * budget
    }
    uses = [0] * len(keys)
    chosen: list[tuple[Key, Key]] = []
    while open_ and len(chosen) < TOGETHER:
        best = max(open_, key=lambda p: (open_[p] * _AGAIN ** (uses[p[0]] + uses[p[1]]), -p[0], -p[1]))
        del open_[best]
        chosen.append((keys[best[0]], keys[best[1]]))
        uses[best[0]] += 1
        uses[best[1]] += 1
    return chosen


def _facts(key: Key) -> tuple[float, float]:
    """How many records have the key, and how often two records share it."""
    codes = key.codes.reshape(len(key.codes), -1)
    known = codes[codes >= 0]
    share = np.bincount(known) / max(1, len(codes))
    return float((codes >= 0).any(axis=1).mean()), float((share * share).sum())


def _pair(one: Key, other: Key) -> Codes | Ints:
    a = one.codes.reshape(len(one.codes), -1)
    b = other.codes.reshape(len(other.codes), -1)
    columns = [combine(a[:, i], b[:, j]) for i in range(min(2, a.shape[1])) for j in range(min(2, b.shape[1]))]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def block(prepared: Prepared, label: str, keys: Codes | Ints, budget: int) -> tuple[Ints, LeftOut]:
    """The pairs of records that share a key, from the smallest blocks up until the budget is spent."""
    rows, side = prepared.rows, prepared.side
    matrix = keys.reshape(rows, -1) if rows else keys.reshape(0, 1)
    record, slot = np.nonzero(matrix >= 0)
    key = matrix[record, slot].astype(np.int64)
    if matrix.shape[1] > 1 and keys.dtype == np.int64:
        # The columns of a combined key have codes of their own: they must not meet by accident.
        key = key * matrix.shape[1] + slot
    two = bool(side.any())
    order = np.argsort(key, kind="stable")
    record, key = record[order].astype(np.int64), key[order]
    if not len(key):
        return np.empty(0, dtype=np.int64), LeftOut(label, 0, 0, 0, 0)
    starts, sizes = runs(key)
    if two:
        second = np.add.reduceat(side[record].astype(np.int64), starts)
        costs = second * (sizes - second)
    else:
        costs = sizes * (sizes - 1) // 2
    cap = _cap(sizes, costs, budget)
    taken = sizes <= cap
    size, fine = np.repeat(sizes, sizes), np.repeat(taken, sizes)
    end, place = np.repeat(starts + sizes, sizes), np.arange(len(key))
    if two:
        # Records are numbered by table, so within a block the first table's stand before the second's.
        begin = np.repeat(starts + sizes - second, sizes)
        ahead = np.where(fine & (place < begin), end - begin, 0)
        first = begin
    else:
        ahead = np.where(fine & (size > 1), end - place - 1, 0)
        first = place + 1
    left, right = spread(first, ahead)
    a, b = record[left], record[right]
    pairs = a * rows + b if matrix.shape[1] == 1 else np.unique((a * rows + b)[a != b])
    over = ~taken & (costs > 0)
    return pairs, LeftOut(label, len(pairs), int(over.sum()), int(sizes[over].sum()), int(costs[over].sum()))


def _cap(sizes: Ints, costs: Ints, budget: int) -> int:
    """The largest block size such that all blocks up to it stay within the budget."""
    by_size = np.bincount(np.minimum(sizes, LARGEST_BLOCK + 1), weights=costs, minlength=LARGEST_BLOCK + 2)
    return int(np.searchsorted(np.cumsum(by_size[: LARGEST_BLOCK + 1]), budget, side="right")) - 1
