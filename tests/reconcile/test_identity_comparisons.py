"""Each pair of values is measured once and every pair of records gets its result; what is left out changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from identity_worlds import world
from rapidfuzz.distance import OSA

from trueup.reconcile import identity
from trueup.reconcile.identity.comparisons import distinct_pairs, similarity
from trueup.reconcile.identity.resolve import stage


@pytest.mark.parametrize("size", [1, 30, 900, 1_001, 2_000_000_000])
def test_each_pair_of_values_comes_once_whatever_its_order(size: int) -> None:
    rng = np.random.default_rng(size)
    left, right = rng.integers(0, min(size, 60), (2, 5_000)).astype(np.int32) + np.int32(max(0, size - 60))
    left, right = np.minimum(left, size - 1), np.minimum(right, size - 1)

    low, high, number = distinct_pairs(left, right, size)

    assert len(set(zip(low.tolist(), high.tolist(), strict=True))) == len(low)
    assert np.array_equal(low[number], np.minimum(left, right))
    assert np.array_equal(high[number], np.maximum(left, right))


@pytest.mark.parametrize("filling", [0, 2_000])
def test_the_measure_of_few_and_of_many_values_is_that_of_each_pair(filling: int) -> None:
    values = ("anna", "ana", "bernd", "brend", "", *(f"value {n}" for n in range(filling)))
    left = np.array([0, 1, 2, 3, 4, 2, 1], dtype=np.int32)
    right = np.array([1, 0, 3, 3, 0, 0, 1], dtype=np.int32)

    asked = [OSA.distance(values[a], values[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]

    assert similarity(values, left, right, OSA.distance).tolist() == asked
    assert len(similarity(values, left[:0], right[:0], OSA.distance)) == 0


@pytest.mark.parametrize("kind", ["person", "company"])
def test_what_is_left_out_at_first_sight_contradicts_itself_and_the_rest_compares_as_ever(kind: str) -> None:
    made = world(3, people=80)
    for _ in range(25):
        made.make_counterpart()
    with made.connection() as con:
        identity.resolve(con, made.policy)
        subject = stage(con, kind, made.policy)
        left, right = (x.astype(np.int64) for x in np.triu_indices(subject.rows, 1))

        everything = subject.compare(left, right)
        places, some = subject.sift_by(subject.model, left, right)

    for all_of, kept in zip((*everything.levels, *everything.weights), (*some.levels, *some.weights), strict=True):
        assert np.array_equal(all_of[places], kept)
    assert np.array_equal(everything.conflict[places], some.conflict)
    assert np.array_equal(everything.total[places], some.total)
    out = np.setdiff1d(np.arange(len(left)), places)
    assert (everything.conflict[out] > 0).all()
    if kind == "person":
        given = [ladder.key for ladder in subject.model.ladders].index("given")
        other = subject.model.ladders[given].at("other")
        assert len(out) > len(left) / 3
        assert (some.levels[given] == other).any(), "a pair that a system stores is compared whatever it is called"
