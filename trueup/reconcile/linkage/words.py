"""The words of texts: how much two texts have in common by them, and which of them bring records together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Words:
    """The words of each distinct value, weighed by how rare they are among the records."""

    def __init__(self, values: Sequence[str], codes: Codes) -> None:
        words = [value.split() for value in values]
        names = sorted({word for row in words for word in row})
        place = {word: number for number, word in enumerate(names)}
        self.names = tuple(names)
        self.sizes = np.array([len(set(row)) for row in words] + [0], dtype=np.int64)
        self.flat = np.array([place[w] for row in words for w in sorted(set(row))], dtype=np.int64)
        self.start = np.concatenate([[0], np.cumsum(self.sizes)])[: len(words) + 1]
        held = np.bincount(codes[codes >= 0].ravel(), minlength=len(values) + 1)
        owner = np.repeat(np.arange(len(words)), self.sizes[: len(words)])
        self.records = np.bincount(self.flat, weights=held[owner], minlength=len(names)) if len(names) else np.zeros(0)
        total = max(1.0, float(held.sum()))
        self.weight = np.log2((total + 1) / np.maximum(self.records, 1)) + 0.5
        self.mass = (
            np.bincount(owner, weights=self.weight[self.flat], minlength=len(words) + 1)
            if len(names)
            else np.zeros(len(words) + 1)
        )
        self.keys = owner * max(1, len(names)) + self.flat
        self.bit = np.uint64(1) << (np.arange(len(names), dtype=np.uint64) * _SPREAD >> np.uint64(58))
        self.bits = np.zeros(len(words) + 1, dtype=np.uint64)
        np.bitwise_or.at(self.bits, owner, self.bit[self.flat])

    def shared(self, left: Codes, right: Codes) -> Floats:
        """The weight of the words that both values have."""
        if not len(left) or not len(self.names):
            return np.zeros(len(left))
        some = np.flatnonzero(self.bits[left] & self.bits[right])
        few = self.sizes[left[some]] <= self.sizes[right[some]]
        one = np.where(few, left[some], right[some]).astype(np.int64)
        other = np.where(few, right[some], left[some]).astype(np.int64)
        sizes = self.sizes[one]
        pair = np.repeat(np.arange(len(one)), sizes)
        word = self.flat[np.arange(len(pair)) + np.repeat(self.start[one] - (np.cumsum(sizes) - sizes), sizes)]
        # Most words of the one are not in the other, which a bit of each tells nearly always.
        maybe = np.flatnonzero(self.bit[word] & self.bits[other][pair])
        pair, word = pair[maybe], word[maybe]
        wanted = other[pair] * len(self.names) + word
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        hit = self.keys[place] == wanted
        return np.bincount(some[pair[hit]], weights=self.weight[word[hit]], minlength=len(left)).astype(np.float64)

    def overlap(self, left: Codes, right: Codes) -> tuple[Floats, Floats]:
        """The shared weight in proportion to both together, and to the lesser of the two."""
        shared = self.shared(left, right)
        a, b = self.mass[left], self.mass[right]
        return shared / np.maximum(a + b - shared, 1e-9), shared / np.maximum(np.minimum(a, b), 1e-9)

    def rarest(self, count: int, meeting: Bools) -> Codes:
        """Of the words that are `meeting` others the rarest of each value, as a matrix padded with -1; the last row is
        for missing values."""
        found = np.full((len(self.sizes), count), -1, dtype=np.int32)
        owner = np.repeat(np.arange(len(self.sizes) - 1), self.sizes[:-1])
        owner, word = owner[meeting[self.flat]], self.flat[meeting[self.flat]]
        order = np.lexsort((word, self.records[word], owner))
        slot = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
        keep = slot < count
        found[owner[order][keep], slot[keep]] = word[order][keep]
        return found

    def meeting(self, codes: Codes, side: Codes) -> Bools:
        """Which words can bring two records of different values together: those of several values, or where two tables
        are linked those that both of them have. Of the others a value may have any number."""
        if not side.any():
            return np.asarray(np.bincount(self.flat, minlength=len(self.names)) > 1)
        owner = np.repeat(np.arange(len(self.sizes) - 1), self.sizes[:-1])
        both = np.ones(len(self.names), dtype=np.bool_)
        for table in (0, 1):
            held = np.zeros(len(self.sizes), dtype=np.bool_)
            held[codes[side == table]] = True
            both &= np.bincount(self.flat[held[owner]], minlength=len(self.names)) > 0
        return both
