"""Fellegi-Sunter weights: each level's log2 Bayes factor, with term frequencies where a value was shared.

A level's weight is log2(m / u): how much likelier the level is among records of one thing than among others. Where
equal
values made the level, u is how common that very value is here (times `leak`: how often others share it other than by
chance), so "Smith" says less than "Szczepański". Missing values stand on level `missing`, which weighs nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Floats, Ints

Levels = NDArray[np.int8]
Share = Callable[[Ints], Floats]
"""How common the agreeing value is of the pairs at these places."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder: its label for people, m, and u (`tf`: by the value's own frequency)."""

    key: str
    label: str
    m: float
    u: float
    tf: bool = False
    leak: float = 1.0
    floor: float = 0.0

    @property
    def weight(self) -> float:
        """log2(m / u) of a level without term frequency."""
        return 0.0 if self.key == "missing" else math.log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Ladder:
    """One comparison with its levels; level 0 is always `missing`. `left` names the column shown to people."""

    key: str
    label: str
    show: str
    rungs: tuple[Rung, ...]

    def at(self, key: str) -> int:
        """The number of a level."""
        return next(number for number, rung in enumerate(self.rungs) if rung.key == key)


@dataclass(frozen=True, slots=True)
class Model:
    """All ladders of one kind, and the least number of records that the prior reckons with.

    Any two records are the same with odds of about one to the number of records: each is expected to have about one
    counterpart. In small data names look rarer than they are, hence the least number.
    """

    kind: str
    ladders: tuple[Ladder, ...]
    least: int

    def prior(self, rows: int) -> float:
        """log2 of the odds that any two records are the same."""
        return -math.log2(max(rows, self.least))

    def ladder(self, key: str) -> Ladder:
        """A comparison by name."""
        return next(ladder for ladder in self.ladders if ladder.key == key)


@cache
def shipped(kind: str) -> Model:
    """The tuned weights that come with the program (`weights.json`)."""
    text = resources.files("trueup.reconcile.identity").joinpath("weights.json").read_text(encoding="utf-8")
    return parse(kind, json.loads(text)[kind])


def weighted(kind: str, learned: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Model:
    """The shipped weights with what was learned laid over them: comparison → level → `m` and `u`."""
    model = shipped(kind)
    if not learned:
        return model
    ladders = tuple(
        replace(
            ladder, rungs=tuple(_over(rung, learned.get(ladder.key, {}).get(rung.key, {})) for rung in ladder.rungs)
        )
        for ladder in model.ladders
    )
    return replace(model, ladders=ladders)


def _over(rung: Rung, learned: Mapping[str, float]) -> Rung:
    """A level with what was learned of it. By-value levels have no u of their own: theirs is the value's frequency."""
    return replace(rung, m=learned.get("m", rung.m), u=rung.u if rung.tf else learned.get("u", rung.u))


def parse(kind: str, data: Mapping[str, object]) -> Model:
    """A model from its plain form."""
    ladders = []
    comparisons = data["comparisons"]
    assert isinstance(comparisons, dict)
    for key, ladder in comparisons.items():
        rungs = [Rung("missing", "nothing to compare", 1.0, 1.0)]
        for level, facts in ladder["levels"].items():
            rungs.append(
                Rung(
                    level,
                    str(facts["label"]),
                    float(facts["m"]),
                    float(facts.get("u", 1.0)),
                    "u" not in facts,
                    float(facts.get("leak", 1.0)),
                    float(facts.get("floor", 0.0)),
                )
            )
        ladders.append(Ladder(key, str(ladder["label"]), str(ladder["show"]), tuple(rungs)))
    least = data["least"]
    assert isinstance(least, int)
    return Model(kind, tuple(ladders), least)


def weigh(ladder: Ladder, levels: Levels, share: Share) -> NDArray[np.float32]:
    """The weight of each pair on one ladder; `share` says how common the agreeing value is, and is asked only of those
    whose level depends on it."""
    if not levels.any():
        return np.zeros(len(levels), dtype=np.float32)
    fixed = np.array([0.0 if rung.tf else rung.weight for rung in ladder.rungs], dtype=np.float32)
    weights = fixed.take(levels)
    for number, rung in enumerate(ladder.rungs):
        if rung.tf:
            here = np.flatnonzero(levels == number)
            u = np.clip(share(here) * rung.leak, max(rung.floor, 1e-12), 1.0)
            weights[here] = np.maximum(np.log2(rung.m / u), 0.0)
    return weights


def probability(weight: NDArray[np.floating] | float) -> Floats:
    """Match probability of a total weight (log2 odds)."""
    clipped = np.clip(np.asarray(weight, dtype=np.float64), -60, 60)
    odds = np.exp2(clipped)
    return np.asarray(odds / (1.0 + odds))


def log_odds(score: float) -> float:
    """The total weight at which a pair has this match probability."""
    score = min(max(score, 1e-12), 1 - 1e-12)
    return math.log2(score / (1 - score))


def patterns(levels: Sequence[Levels], sizes: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct patterns of levels and how many pairs show each: a million pairs are a few thousand patterns."""
    key = np.zeros(len(levels[0]), dtype=np.int64)
    for level, size in zip(levels, sizes, strict=True):
        key = key * size + level
    distinct, counts = np.unique(key, return_counts=True)
    table = np.empty((len(distinct), len(sizes)), dtype=np.int64)
    rest = distinct
    for place in range(len(sizes) - 1, -1, -1):
        table[:, place] = rest % sizes[place]
        rest = rest // sizes[place]
    return table, counts
