"""Which pairs are worth comparing: several rules, each bounded, and a count of what the bounds left out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Codes, Ints, nothing
from trueup.reconcile.identity.ordering import by_key, distinct, pairs_within, runs


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a rule gave and what its bound kept back."""

    rule: str
    pairs: int
    blocks_left_out: int
    records_left_out: int
    pairs_left_out: int


def combine(*keys: Codes | Ints) -> Ints:
    """One key from several; MISSING as soon as one of them is."""
    tops = [int(key.max(initial=MISSING)) + 1 for key in keys]
    if not all(tops):
        return nothing(len(keys[0])).astype(np.int64)
    combined, missing = keys[0].astype(np.int64), keys[0] < 0
    for key, top in zip(keys[1:], tops[1:], strict=True):
        if int(combined.max(initial=0)) > (2**62) // top:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
        combined *= top
        combined += key
        missing |= key < 0
    combined[missing] = MISSING
    return combined


def unordered(left: Codes, right: Codes) -> Ints:
    """One key from two whatever their order, so that swapped names meet."""
    return combine(np.minimum(left, right), np.maximum(left, right))


@dataclass(slots=True)
class Blocks:
    """Collects candidate pairs as `left * rows + right`, left < right, each pair once."""

    rows: int
    found: list[Ints] = field(default_factory=list)
    report: list[LeftOut] = field(default_factory=list)

    def add(self, rule: str, keys: Codes | Ints, *, cap: int, then: tuple[Codes | Ints, ...] = ()) -> None:
        """All pairs of records that share a key, of blocks of at most `cap` records.

        `keys` is one key a record, or a matrix with several. A larger block is divided by each second key of `then` in
        turn, with the same cap; what is still too large is left out and counted.
        """
        matrix = keys.reshape(self.rows, -1) if self.rows else keys.reshape(0, 1)
        record, slot = np.nonzero(matrix >= 0)
        key = matrix[record, slot].astype(np.int64)
        if not len(record):
            self.found.append(key)
            self.report.append(LeftOut(rule, 0, 0, 0, 0))
            return
        gave, over_rows, over_keys, over_sizes = self._pairs(record.astype(np.int64), key, cap)
        saved = np.empty(0, dtype=np.int64)
        for second in then:
            if not len(over_rows):
                break
            more, *_ = self._pairs(over_rows, combine(over_keys, second[over_rows]), cap)
            saved = np.concatenate([saved, more])
        if matrix.shape[1] > 1:
            # Who has several keys may meet the same record by two of them.
            gave, saved = distinct(gave), distinct(saved)
            together = distinct(np.concatenate([gave, saved])) if len(saved) else gave
        else:
            # By one key a pair is brought together once; only the second keys can do it again.
            saved = distinct(saved)
            together = np.concatenate([gave, saved])
        self.found.append(together)
        apart = int((over_sizes * (over_sizes - 1) // 2).sum()) - len(saved)
        self.report.append(LeftOut(rule, len(together), len(over_sizes), int(over_sizes.sum()), max(0, apart)))

    def _pairs(self, record: Ints, key: Ints, cap: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Pairs within blocks of at most `cap`; rows and keys of the larger blocks, and these blocks' sizes.

        A pair comes as often as the two share a key.
        """
        known = key >= 0
        record, key = by_key(record[known], key[known], self.rows)
        if not len(key):
            return record, record, key, key
        _, sizes = runs(key)
        over = np.repeat(sizes > cap, sizes)
        # Most keys are held once: only the others are looked at further.
        some = np.repeat((sizes > 1) & (sizes <= cap), sizes)
        of = sizes[(sizes > 1) & (sizes <= cap)]
        inside = record[some]
        left, right = pairs_within(of)
        a, b = inside[left], inside[right]
        pairs = a * self.rows + b
        return pairs[a != b], record[over], key[over], sizes[sizes > cap]

    def add_pairs(self, rule: str, left: Ints, right: Ints) -> None:
        """Pairs that are compared because something says they belong together, such as a stored id."""
        low, high = np.minimum(left, right), np.maximum(left, right)
        gave = distinct((low * self.rows + high)[low != high])
        self.found.append(gave)
        self.report.append(LeftOut(rule, len(gave), 0, 0, 0))

    def keys(self) -> Ints:
        """Every candidate once as `left * rows + right`, in order; what was collected is let go."""
        together = np.concatenate(self.found) if self.found else np.empty(0, np.int64)
        self.found.clear()
        together.sort()
        first = np.ones(len(together), dtype=np.bool_)
        np.not_equal(together[1:], together[:-1], out=first[1:])
        together = together[first]
        self.found.append(together)
        return together

    def pairs(self) -> tuple[Ints, Ints]:
        """Every candidate once, ordered by left, then right."""
        together = self.keys()
        return together // max(1, self.rows), together % max(1, self.rows)
