"""Weights learned from the table itself, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity import em
from trueup.reconcile.identity.arrays import Floats, Ints
from trueup.reconcile.identity.ordering import runs
from trueup.reconcile.identity.scoring import Levels, log_odds, patterns, probability
from trueup.reconcile.linkage import relations
from trueup.reconcile.linkage.features import Feature
from trueup.reconcile.linkage.prepare import Prepared
from trueup.reconcile.linkage.relations import Relation
from trueup.reconcile.linkage.weights import among_strangers, bits, expected, odds

SLICE = 1_000_000
SAMPLE = 250_000
"""Random pairs that tell how often values agree among strangers; a table with fewer pairs gives all of them.

With fewer, what is rare among strangers is told by a handful of pairs, and another draw gives another result.
"""
_AT_HAND = 32_768
_COUNTED = 131_072
_SURE = log_odds(0.95)
_DOUBT = 2.0
"""Bits that are taken from what rests on one known value: whether it tells who is who, nothing beside it shows."""
_PRIOR = 20.0
"""How many true pairs the expected shares count as."""


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights by feature and level (bits; 0 for missing), the prior's log2 odds, and how many true pairs there are.

    `relations` are what else than chance makes records of two things alike; a match must be likelier than these too.
    `wary` is set where a pair of which one value alone is known on both sides is doubtful unless that makes it sure.
    """

    weights: tuple[Floats, ...]
    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    prior: float
    matches: float
    rounds: int
    relations: tuple[Relation, ...] = ()
    wary: bool = False


@dataclass(frozen=True, slots=True)
class Patterned:
    """Candidates as patterns: the distinct ones, how many pairs show each, and each pair's."""

    table: NDArray[np.int64]
    counts: NDArray[np.int64]
    of: NDArray[np.int32]


def possible_pairs(prepared: Prepared) -> float:
    """How many pairs there are at all."""
    second = float(prepared.side.sum())
    rows = float(prepared.rows)
    return max(1.0, second * (rows - second) if second else rows * (rows - 1) / 2)


def compare(prepared: Prepared, left: Ints, right: Ints) -> list[Levels]:
    """The level of each pair on each ladder."""
    return [feature.compare(left, right) for feature in prepared.features]


def apart(prepared: Prepared, left: Ints, right: Ints) -> list[Levels]:
    """The same for pairs of which hardly two hold the same values: few at a time, which a processor has at hand."""
    starts = range(0, max(1, len(left)), _AT_HAND)
    parts = [compare(prepared, left[start : start + _AT_HAND], right[start : start + _AT_HAND]) for start in starts]
    return [np.concatenate(levels) for levels in zip(*parts, strict=True)]


def pattern_keys(features: Sequence[Feature], levels: Sequence[Levels]) -> Ints:
    """One number a pair for all its levels."""
    key = np.zeros(len(levels[0]), dtype=np.int64)
    for feature, level in zip(features, levels, strict=True):
        key = key * feature.size + level
    return key


def sliced(prepared: Prepared, keys: Ints) -> Patterned:
    """Compare candidates slice by slice; only the number of the pattern is kept of each."""
    features = prepared.features
    found = np.empty(len(keys), dtype=np.int64)
    for start in range(0, len(keys), SLICE):
        part = keys[start : start + SLICE]
        levels = compare(prepared, part // prepared.rows, part % prepared.rows)
        found[start : start + SLICE] = pattern_keys(features, levels)
    distinct, of, counts = np.unique(found, return_inverse=True, return_counts=True)
    return Patterned(_levels_of(features, distinct), counts, of.astype(np.int32))


def counted(prepared: Prepared, keys: Ints) -> Patterned:
    """The same without the pattern of each pair, in the memory of one slice."""
    found, counts = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, len(keys), _COUNTED):
        part = keys[start : start + _COUNTED]
        levels = compare(prepared, part // prepared.rows, part % prepared.rows)
        for held, fresh in zip((found, counts), _counts(pattern_keys(prepared.features, levels)), strict=True):
            held.append(fresh)
    distinct, of = np.unique(np.concatenate(found), return_inverse=True)
    total = np.bincount(of, weights=np.concatenate(counts), minlength=len(distinct)).astype(np.int64)
    return Patterned(_levels_of(prepared.features, distinct), total, np.empty(0, dtype=np.int32))


def _counts(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys and how often each comes."""
    keys.sort()
    starts, counts = runs(keys)
    return keys[starts], counts


def _levels_of(features: Sequence[Feature], keys: Ints) -> NDArray[np.int64]:
    """The levels that pattern keys stand for."""
    table = np.empty((len(keys), len(features)), dtype=np.int64)
    for place in range(len(features) - 1, -1, -1):
        table[:, place] = keys % features[place].size
        keys = keys // features[place].size
    return table


def strangers(prepared: Prepared) -> tuple[Ints, Ints]:
    """Pairs of records whatever they hold: all of a small table, else random ones, the same in every run."""
    second = int(prepared.side.sum())
    first = prepared.rows - second if second else prepared.rows
    if possible_pairs(prepared) <= SAMPLE:
        if second:
            return np.repeat(np.arange(first), second), np.tile(np.arange(first, prepared.rows), first)
        return np.triu_indices(prepared.rows, 1)
    random = np.random.default_rng(20_261_121)
    left = random.integers(0, first, SAMPLE)
    right = random.integers(first if second else 0, prepared.rows, SAMPLE)
    different = left != right
    return left[different], right[different]


def train(prepared: Prepared, candidates: Patterned) -> Trained:
    """m from the candidates by EM, u from random pairs and frequencies, the prior from how many pairs look true.

    Pairs that no rule brought together count as unlike, so the share of true pairs is that among all pairs there are,
    and the choice of rules does not bend m.
    """
    features = prepared.features
    levels = apart(prepared, *strangers(prepared))
    sample, sample_counts = patterns(levels, [feature.size for feature in features])
    total = possible_pairs(prepared)
    m = [expected(feature) for feature in features]
    u = [among_strangers(f, sample[:, n], sample_counts.astype(float), m[n], 0.0) for n, f in enumerate(features)]
    share = min(0.5, prepared.rows / 2 / total)
    if len(features) == 1:
        return _of_one(features[0], candidates, sample[:, 0], sample_counts.astype(float), m[0], share)
    elsewhere = max(0.0, total - float(candidates.counts.sum()))
    rounds = 0
    prior = [x * _PRIOR for x in m]
    start = [x.copy() for x in m]
    for _ in range(3):
        learned = em.learn(
            candidates.table, candidates.counts, m, u, share=share, elsewhere=elsewhere, prior=prior, rounds=25,
            tolerance=1e-4,
        )  # fmt: skip
        m, share, rounds = list(learned.m), learned.share, rounds + learned.rounds
        matched = em.responsibility(sample, m, u, share)
        u = [
            among_strangers(f, sample[:, n], sample_counts * (1 - matched), m[n], share) for n, f in enumerate(features)
        ]
    seen = relations.Seen(
        features, candidates.table, candidates.counts.astype(float), u, start, prior, total, prepared.rows
    )
    classes = relations.find(seen, m, share)
    m, share = classes.m, classes.share
    of = relations.told(seen, classes)
    return Trained(bits(m, u), tuple(m), tuple(u), odds(share), share * total, rounds, of, wary=True)


def _of_one(feature: Feature, candidates: Patterned, sample: Ints, counts: Floats, m: Floats, share: float) -> Trained:
    """One feature alone: nothing beside it shows which pairs are true, so m and the prior stay what is expected.

    Any two records are one with odds of about one to the number of records, as in `reconcile.identity`.
    """
    u = among_strangers(feature, sample, counts, m, share)
    trained = Trained(bits([m], [u]), (m,), (u,), odds(share), 0.0, 0)
    return replace(trained, matches=float((probability(score(trained, candidates.table)) * candidates.counts).sum()))


def score(trained: Trained, table: NDArray[np.int64]) -> Floats:
    """The total weight of each pattern, the prior included."""
    return total(trained, [table[:, place] for place in range(table.shape[1])], len(table))


def total(trained: Trained, levels: Sequence[NDArray[np.integer]], count: int) -> Floats:
    """The total weight of pairs from the levels that they stand on: log2 odds of a match against everything else."""
    found = _sum(trained.prior, trained.weights, levels, count)
    if trained.relations:
        # Odds against strangers and against each relation: what speaks against a match adds up.
        against = [-found, *(-_sum(of.odds, of.weights, levels, count) for of in trained.relations)]
        found = -np.asarray(np.logaddexp2.reduce(against, axis=0))
    if trained.wary:
        known = np.zeros(count, dtype=np.int8)
        for level in levels:
            known += level > 0
        found[(known == 1) & (found < _SURE)] -= _DOUBT
    return found


def _sum(first: float, weights: Sequence[Floats], levels: Sequence[NDArray[np.integer]], count: int) -> Floats:
    found = np.full(count, first)
    for of, level in zip(weights, levels, strict=True):
        found += of[level]
    return found
