"""What two records are compared on: each feature puts a pair on one level of its own ladder.

Level 0 is `missing`. The levels of equal values come next, one for each step of rarity, so that a rare value says more
than a common one without any further adjustment; then likeness of falling degree; the last is `other`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import Codes, Ints
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.identity.scoring import Levels

_WIDTH = 1.5
"""Bits from one step of rarity to the next."""
_MOST_STEPS = 9


@dataclass(frozen=True, slots=True)
class Step:
    """One level: its name, words for people, what share of true pairs is expected on it, and u where the values'
    frequencies tell it."""

    key: str
    label: str
    m: float
    u: float | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """One comparison over the staged rows. `steps[0]` is level 1."""

    key: str
    label: str
    show: str
    steps: tuple[Step, ...]
    compare: Callable[[Ints, Ints], Levels]

    @property
    def size(self) -> int:
        """The number of levels, with `missing`."""
        return len(self.steps) + 1


@dataclass(frozen=True, slots=True)
class Rarity:
    """The step of rarity of each value, and for each step how often two random records share a value of it."""

    step: Levels
    u: tuple[float, ...]
    mass: tuple[float, ...]
    one_in: tuple[int, ...]

    def steps(self, m: float) -> tuple[Step, ...]:
        """The levels of equal values, rarest first; `m` is divided as the values are."""
        return tuple(
            Step(f"exact{n}", f"same (a value of one in {self.one_in[n]:,})", m * self.mass[n], self.u[n])
            for n in range(len(self.u))
        )


def rarity(codes: Codes, size: int) -> Rarity:
    """Steps of rarity from how many records hold each value."""
    known = codes[codes >= 0].ravel()
    counts = np.bincount(known, minlength=size).astype(np.float64)
    share = counts / max(1, len(known))
    number = np.minimum((np.log2(np.maximum(counts, 1)) / _WIDTH).astype(np.int64), _MOST_STEPS - 1)
    used = np.unique(number[counts > 0]) if len(known) else np.array([0])
    place = np.zeros(_MOST_STEPS, dtype=np.int64)
    place[used] = np.arange(len(used))
    step = place[number]
    mass = np.bincount(step, weights=share, minlength=len(used))
    same = np.bincount(step, weights=share * share, minlength=len(used))
    one_in = tuple(round(a / b) if b else 1 for a, b in zip(mass.tolist(), same.tolist(), strict=True))
    # A record does not meet itself.
    u = np.bincount(step, weights=share * np.maximum(counts - 1, 0) / max(1, len(known)), minlength=len(used))
    return Rarity(np.append(step, 0).astype(np.int8), tuple(u.tolist()), tuple(mass.tolist()), one_in)


def assemble(
    key: str, label: str, show: str, of: Column, m: float, rest: Sequence[Step], judge: Callable[[Codes, Codes], Levels]
) -> Feature:
    """A feature over one column: equal values by rarity, and `judge` for pairs of different known values.

    `judge` gives the number of a step of `rest` (0 is the first).
    """
    steps_of = rarity(of.codes, len(of.values))
    exact = steps_of.steps(m)

    def compare(left: Ints, right: Ints) -> Levels:
        a, b = of.codes[left], of.codes[right]
        level = np.zeros(len(left), dtype=np.int8)
        both = (a >= 0) & (b >= 0)
        equal = both & (a == b)
        level[equal] = steps_of.step[a[equal]] + 1
        rest_ = np.flatnonzero(both & ~equal)
        level[rest_] = judge(a[rest_], b[rest_]) + (len(exact) + 1)
        return level

    return Feature(key, label, show, (*exact, *rest), compare)


__all__ = [
    "Feature",
    "Rarity",
    "Step",
    "assemble",
    "rarity",
]
