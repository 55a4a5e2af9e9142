"""Weights learned from the user's own data: without labels by EM, then pulled towards what people decided.

What is learned and what is kept:

| part of a level | learned from | when |
|---|---|---|
| m, how often true pairs stand on it | candidate pairs by EM, the shipped share counting as some pairs | always |
| u, how often strangers stand on it | random pairs | where it is not tied to a value's own frequency |
| both | nothing: they ship | levels that are judged beside another comparison (`BESIDE`) |

A level judged beside another comparison ("same company, as the address says") carries a correction for what was
counted already; strangers at random never show it, so learning it by itself would count the same evidence twice.
Pairs enter as distinct patterns with counts, so memory does not grow with the pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Floats, Ints
from trueup.reconcile.identity.blocking import Blocks
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.resolve import SLICE, Subject, reweighed
from trueup.reconcile.identity.scoring import Ladder, Levels, Model, Rung, probability

BESIDE: Mapping[str, frozenset[str]] = {
    "stored_id": frozenset({"mutual", "stored", "contested", "elsewhere", "apart"}),
    "email": frozenset(
        {
            "moved",
            "other_name",
            "other_last",
            "shared",
            "colleague",
            "numbered",
            "name_local",
            "namesake",
            "abroad",
            "handle",
            "other",
        }
    ),
    "phone": frozenset({"shared", "desk", "household"}),
    "given": frozenset({"swapped"}),
    "family": frozenset({"swapped"}),
    "company": frozenset({"linked", "name", "domain", "follows", "other"}),
    "place": frozenset({"moved", "postcode", "city", "country", "follows", "other_city", "other_country"}),
    "street": frozenset({"follows"}),
    "suffix": frozenset({"one"}),
}
"""Levels that are judged beside another comparison: what ships of them stays."""
STRANGERS = 250_000
"""Random pairs that tell how often levels are met among strangers."""
FEWEST = 30
"""With fewer true pairs than this (as EM counts them) nothing is learned."""
_TRUE = 50.0
_FALSE = 200.0
"""How many true and how many random pairs the shipped shares count as."""
_BIT = 4
"""Values' own frequencies are kept in quarters of a bit."""
_FAR = 8.0
"""No share moves further than by this factor: what seems to need more is a fault in the data, or in the ladder."""
_FARTHEST = 3.0
_TOP = 0.999
_STIFF = 0.5
"""How many bits a level is easily moved by decisions (the deviation of its prior)."""
_ROUNDS = 100
_STILL = 1e-6
_LN2 = math.log(2.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """Candidates as patterns: the levels, the bits that the values' own frequencies gave, and how many pairs."""

    table: NDArray[np.int64]
    bits: Floats
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was learned: the model, from how many records, pairs and decisions; `matches` as EM counts them."""

    model: Model
    records: int
    pairs: int
    matches: float
    decisions: int
    rounds: int


def tune(subject: Subject) -> Tuned:
    """Learn the weights of one kind. Without enough true pairs the model comes back as it was."""
    model, rows = subject.model, subject.rows
    left, right = candidates(subject)
    seen = _seen(subject, left, right)
    keys = np.concatenate([subject.decided.same, subject.decided.not_same])
    same = np.arange(len(keys)) < len(subject.decided.same)
    matches, rounds = 0.0, 0
    if len(seen.counts) and rows > 1:
        strangers = _strangers(subject)
        learned, matches, rounds = _by_em(model, rows, seen, strangers)
        if matches >= FEWEST:
            model = learned
    if len(keys):
        model = _towards(model, reweighed(subject, model), keys, same)
    return Tuned(model, rows, int(seen.counts.sum()), matches, len(keys), rounds)


def candidates(subject: Subject) -> tuple[Ints, Ints]:
    """The pairs that the blocking rules bring together."""
    blocks = Blocks(subject.rows)
    subject.block(blocks)
    return blocks.pairs()


def learned_of(model: Model, shipped: Model) -> dict[str, dict[str, dict[str, float]]]:
    """What a model says other than the shipped one: comparison → level → m and u, with six digits."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for ladder, was in zip(model.ladders, shipped.ladders, strict=True):
        for rung, old in zip(ladder.rungs, was.rungs, strict=True):
            facts = {"m": rung.m} | ({} if rung.tf else {"u": rung.u})
            if (rung.m, rung.u) != (old.m, old.u):
                found.setdefault(ladder.key, {})[rung.key] = {k: float(f"{v:.6g}") for k, v in facts.items()}
    return found


def _seen(subject: Subject, left: Ints, right: Ints) -> Seen:
    """Compare candidates slice by slice; only patterns and counts are kept."""
    model = subject.model
    sizes = [len(ladder.rungs) for ladder in model.ladders]
    keys, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    for start in range(0, len(left), SLICE):
        part = slice(start, start + SLICE)
        compared = subject.compare(left[part], right[part])
        key = np.clip(np.rint(_own_bits(model, compared) * _BIT), 0, 1023).astype(np.int64)
        for level, size in zip(compared.levels, sizes, strict=True):
            key = key * size + level
        both = np.concatenate([keys, key])
        weight = np.concatenate([counts, np.ones(len(key), dtype=np.int64)])
        keys, inverse = np.unique(both, return_inverse=True)
        counts = np.bincount(inverse, weights=weight, minlength=len(keys)).astype(np.int64)
    table = np.empty((len(keys), len(sizes)), dtype=np.int64)
    rest = keys
    for place in range(len(sizes) - 1, -1, -1):
        table[:, place] = rest % sizes[place]
        rest = rest // sizes[place]
    return Seen(table, rest / _BIT, counts)


def _own_bits(model: Model, compared: Compared) -> Floats:
    """The bits that levels by value give beyond their m: how rare the shared values are."""
    total = np.zeros(len(compared.conflict))
    for ladder, level, weight in zip(model.ladders, compared.levels, compared.weights, strict=True):
        for number, rung in enumerate(ladder.rungs):
            if rung.tf:
                total += np.where(level == number, np.maximum(weight - np.log2(rung.m), 0.0), 0.0)
    return total


def _strangers(subject: Subject) -> Compared:
    """Random pairs, the same in every run."""
    random = np.random.default_rng(20_261_122)
    count = min(STRANGERS, 20 * subject.rows * subject.rows)
    one, other = (random.integers(0, subject.rows, count) for _ in range(2))
    different = one != other
    return subject.compare(np.minimum(one, other)[different], np.maximum(one, other)[different])


def _by_em(model: Model, rows: int, seen: Seen, strangers: Compared) -> tuple[Model, float, int]:
    """The model with m by EM and u from strangers, and how many true pairs there seem to be."""
    us = [_of_strangers(ladder, level) for ladder, level in zip(model.ladders, strangers.levels, strict=True)]
    starts = [np.array([rung.m for rung in ladder.rungs]) for ladder in model.ladders]
    free = [_free(ladder) for ladder in model.ladders]
    ms = [start.copy() for start in starts]
    counts, total = seen.counts.astype(float), rows * (rows - 1) / 2
    share, matched, rounds = 2.0 ** model.prior(rows), np.zeros(len(counts)), 0
    for turn in range(_ROUNDS):
        rounds = turn + 1
        matched = _responsibility(seen, ms, us, share) * counts
        share = max(float(matched.sum()) / total, 1e-12)
        moved = 0.0
        for place, (start, mine) in enumerate(zip(starts, free, strict=True)):
            there = np.bincount(seen.table[:, place], weights=matched, minlength=len(start))
            fresh = (there + _TRUE * start) / (there[1:].sum() + _TRUE)
            fresh = np.where(mine, np.clip(fresh, start / _FAR, np.minimum(start * _FAR, _TOP)), start)
            moved = max(moved, float(np.abs(fresh - ms[place]).max()))
            ms[place] = fresh
        if moved < _STILL:
            break
    ladders = tuple(_with(ladder, m, u) for ladder, m, u in zip(model.ladders, ms, us, strict=True))
    return replace(model, ladders=ladders), float(matched.sum()), rounds


def _responsibility(seen: Seen, ms: Sequence[Floats], us: Sequence[Floats], share: float) -> Floats:
    """How likely each pattern is a match."""
    odds = np.asarray(seen.bits + np.log2(share), dtype=np.float64)
    for place, (m, u) in enumerate(zip(ms, us, strict=True)):
        odds = odds + np.log2(m / u)[seen.table[:, place]]
    return probability(odds)


def _of_strangers(ladder: Ladder, level: Levels) -> Floats:
    """How often each level is met among strangers; 1 where the values' own frequencies say it (see `Seen.bits`)."""
    shipped = np.array([1.0 if rung.tf else rung.u for rung in ladder.rungs])
    there = np.bincount(level, minlength=len(shipped)).astype(float)
    fresh = (there + _FALSE * shipped) / (there[1:].sum() + _FALSE)
    tied = np.array([rung.tf for rung in ladder.rungs])
    return np.where(_free(ladder) & ~tied, np.clip(fresh, shipped / _FAR, np.minimum(shipped * _FAR, _TOP)), shipped)


def _free(ladder: Ladder) -> Bools:
    """Which levels are learned; none of a ladder that is silenced where another agrees (`follows`)."""
    silenced = any(rung.key == "follows" for rung in ladder.rungs)
    held = BESIDE.get(ladder.key, frozenset())
    return np.array([n > 0 and not silenced and rung.key not in held for n, rung in enumerate(ladder.rungs)])


def _with(ladder: Ladder, m: Floats, u: Floats) -> Ladder:
    """The ladder with these shares."""
    rungs = [
        rung if not n else replace(rung, m=float(m[n]), u=rung.u if rung.tf else float(u[n]))
        for n, rung in enumerate(ladder.rungs)
    ]
    return replace(ladder, rungs=tuple(rungs))


def _towards(model: Model, subject: Subject, keys: Ints, same: Bools) -> Model:
    """The weights moved so that what people decided becomes likelier: a logistic fit around what was learned.

    Every level has a prior around its present weight, so a few decisions move little, and each level moves in
    proportion to how often it stood in decisions that came out wrong. Newton's steps on a convex function: the same
    every time.
    """
    left, right = keys // subject.rows, keys % subject.rows
    compared = subject.compare(left, right)
    places = [(p, n) for p, ladder in enumerate(model.ladders) for n in range(1, len(ladder.rungs))]
    table = np.stack([compared.levels[p] == n for p, n in places], axis=1).astype(float)
    base = (compared.total + model.prior(subject.rows)) * _LN2
    wanted = same.astype(float)
    moved: Floats = np.zeros(len(places))
    for _ in range(_ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(base + table @ moved * _LN2, -500, 500)))
        slope = (table.T @ (wanted - chance)) * _LN2 - moved / _STIFF**2
        curve = (table.T * (chance * (1 - chance))) @ table * _LN2**2 + np.eye(len(places)) / _STIFF**2
        step = np.linalg.solve(curve, slope)
        moved += np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < _STILL:
            break
    settled = np.round(np.clip(moved, -_FARTHEST, _FARTHEST), 6)
    ladders = list(model.ladders)
    for (p, n), bits in zip(places, settled.tolist(), strict=True):
        if bits:
            ladder = ladders[p]
            rungs = list(ladder.rungs)
            rungs[n] = _moved(rungs[n], bits)
            ladders[p] = replace(ladder, rungs=tuple(rungs))
    return replace(model, ladders=tuple(ladders))


def _moved(rung: Rung, bits: float) -> Rung:
    """A level that weighs so many bits more: through m as far as that goes, the rest through u."""
    m = min(rung.m * 2.0**bits, _TOP)
    rest = rung.m * 2.0**bits / m
    return replace(rung, m=m) if rung.tf else replace(rung, m=m, u=min(rung.u / rest, _TOP))
