"""The statistics beneath identity: weights, term frequencies, EM, blocking, groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.reconcile.identity import em, scoring
from trueup.reconcile.identity.blocking import Blocks, combine
from trueup.reconcile.identity.clustering import LARGEST, cluster, components, members
from trueup.reconcile.identity.encode import recode
from trueup.reconcile.identity.pairing import Sheet


@pytest.mark.parametrize("kind", ["person", "company"])
def test_the_shipped_weights_make_sense(kind: str) -> None:
    for ladder in scoring.shipped(kind).ladders:
        assert ladder.rungs[0].weight == 0.0, "missing speaks neither for nor against"
        assert all(0 < rung.m <= 1 and 0 < rung.u <= 1 for rung in ladder.rungs)
        keys = [rung.key for rung in ladder.rungs]
        if "other" in keys:
            assert ladder.rungs[keys.index("other")].weight < 0


def test_a_rare_name_says_more_than_a_common_one() -> None:
    model = scoring.shipped("person")
    ladder = model.ladder("family")
    levels = np.array([ladder.at("exact"), ladder.at("exact"), 0], dtype=np.int8)

    common, rare, missing = scoring.weigh(ladder, levels, lambda pairs: np.array([0.02, 0.0001, 0.0])[pairs])

    assert rare > common + 7
    assert missing == 0


def test_the_two_records_of_a_pair_do_not_make_their_own_name_common() -> None:
    sheet = Sheet(scoring.shipped("person"), 1)

    share = sheet.shares(np.array([0, 0, 1, 2, 2, 2], dtype=np.int32), 3)

    assert share[0] == pytest.approx(2 / 1000)
    assert share[2] == pytest.approx(2 / 1000 + 1 / (6 + 250))


@given(st.floats(-30, 30))
def test_probability_and_log_odds_are_inverse(weight: float) -> None:
    assert scoring.log_odds(float(scoring.probability(weight))) == pytest.approx(weight, abs=1e-3)


def test_em_finds_the_parameters_that_made_the_patterns() -> None:
    rng = np.random.default_rng(3)
    m, u, share, n = (0.9, 0.8, 0.7), (0.1, 0.05, 0.2), 0.25, 60_000
    match = rng.random(n) < share
    levels = [np.where(rng.random(n) < np.where(match, a, b), 1, 2).astype(np.int8) for a, b in zip(m, u, strict=True)]
    levels[0][rng.random(n) < 0.3] = 0  # nothing to compare
    table, counts = scoring.patterns(levels, [3, 3, 3])
    start = [np.array([1.0, 0.7, 0.3])] * 3
    fixed = [np.array([1.0, b, 1 - b]) for b in u]

    learned = em.learn(table, counts, start, fixed)

    assert counts.sum() == n
    assert learned.share == pytest.approx(share, abs=0.02)
    assert [float(x[1]) for x in learned.m] == pytest.approx(m, abs=0.02)


def test_patterns_count_every_pair() -> None:
    table, counts = scoring.patterns([np.array([0, 1, 1], dtype=np.int8), np.array([2, 0, 0], dtype=np.int8)], [2, 3])

    assert table.tolist() == [[0, 2], [1, 0]]
    assert counts.tolist() == [1, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=40), st.integers(2, 10))
def test_blocking_gives_all_pairs_of_small_blocks_and_counts_the_rest(keys: list[int], cap: int) -> None:
    blocks = Blocks(len(keys))

    blocks.add("rule", np.array(keys, dtype=np.int32), cap=cap)

    left, right = blocks.pairs()
    small = {k for k in keys if k >= 0 and keys.count(k) <= cap}
    expected = {
        (i, j) for i in range(len(keys)) for j in range(i + 1, len(keys)) if keys[i] == keys[j] and keys[i] in small
    }
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected
    large = [keys.count(k) for k in {k for k in keys if k >= 0} - small]
    report = blocks.report[0]
    assert (report.blocks_left_out, report.records_left_out) == (len(large), sum(large))
    assert report.pairs_left_out == sum(n * (n - 1) // 2 for n in large)


def test_a_large_block_is_divided_by_a_second_key() -> None:
    blocks = Blocks(6)

    blocks.add("rule", np.zeros(6, dtype=np.int32), cap=3, then=(np.array([0, 0, 1, 1, -1, -1], dtype=np.int32),))

    assert list(zip(*(x.tolist() for x in blocks.pairs()), strict=True)) == [(0, 1), (2, 3)]
    assert blocks.report[0].pairs_left_out == 15 - 2


def test_a_key_of_several_parts_is_missing_when_a_part_is() -> None:
    one, other = np.array([0, 1, -1, 1], dtype=np.int32), np.array([2, 2, 2, -1], dtype=np.int32)

    assert combine(one, other).tolist()[2:] == [-1, -1]
    assert combine(one, other)[0] != combine(one, other)[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_components_are_what_can_be_reached(edges: list[tuple[int, int]]) -> None:
    parent = list(range(20))

    def find(x: int) -> int:
        while parent[x] != x:
            x = parent[x]
        return x

    for a, b in edges:
        low, high = sorted((find(a), find(b)))
        parent[high] = low

    got = components(
        20, np.array([a for a, _ in edges], dtype=np.int64), np.array([b for _, b in edges], dtype=np.int64)
    )

    assert got.tolist() == [find(x) for x in range(20)]


def test_members_are_all_pairs_of_groups_that_are_large_enough() -> None:
    label = np.array([0, 0, 2, 2, 2, 5], dtype=np.int64)

    assert list(zip(*(x.tolist() for x in members(label, 3)), strict=True)) == [(2, 3), (2, 4), (3, 4)]
    assert len(members(label, 2)[0]) == 4


def test_a_group_falls_apart_where_members_contradict() -> None:
    left, right = np.array([0, 1]), np.array([1, 2])
    weight = np.array([9.0, 5.0])

    def assess(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bad = (a == 0) & (b == 2)
        return np.where(bad, -20.0, np.where(a == 0, 9.0, 5.0)), bad

    assert cluster(3, left, right, weight, 3.0, assess).tolist() == [0, 0, 2]


def test_no_group_outgrows_its_bound() -> None:
    rows = 3 * LARGEST
    left, right = np.arange(rows - 1), np.arange(1, rows)
    weight = np.where(left % LARGEST == LARGEST - 1, 4.0, 30.0)

    label = cluster(rows, left, right, weight, 3.0, lambda a, b: (np.full(len(a), 9.0), np.zeros(len(a), dtype=bool)))

    assert np.bincount(label).max() <= LARGEST


def test_recoding_works_value_by_value() -> None:
    column = recode(np.array([0, 1, 2, -1], dtype=np.int32), ["b", "", "a"])

    assert column.values == ("a", "b")
    assert column.codes.tolist() == [1, -1, 0, -1]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_torn_groups_are_rebuilt_as_the_definition_says(seed: int) -> None:
    """Strongest edge first; parts join when they agree on average and no two members contradict."""
    rng = np.random.default_rng(seed)
    rows, enough = 9, 1.0
    table = rng.normal(1.0, 4.0, (rows, rows)).round(3)
    against = rng.random((rows, rows)) < 0.1
    left, right = (x[table[np.triu_indices(rows, 1)] >= enough] for x in np.triu_indices(rows, 1))

    label = cluster(rows, left, right, table[left, right], enough, lambda a, b: (table[a, b], against[a, b]))

    whole = components(rows, left, right)
    parts = {row: {row} for row in range(rows)}
    for x, y in sorted(zip(left.tolist(), right.tolist(), strict=True), key=lambda e: (-table[e], e)):
        one, other = parts[x], parts[y]
        pairs = [(min(i, j), max(i, j)) for i in one for j in other]
        small = int((whole == whole[x]).sum()) < 3
        if one is not other and (
            small or (not any(against[p] for p in pairs) and sum(table[p] for p in pairs) / len(pairs) >= enough)
        ):
            for row in one | other:
                parts[row] = one | other
    calm = [
        root
        for root in set(whole.tolist())
        if not any(
            against[i, j] or table[i, j] < enough
            for i in np.flatnonzero(whole == root)
            for j in np.flatnonzero(whole == root)
            if i < j
        )
    ]
    for row in range(rows):
        expected = np.flatnonzero(whole == whole[row])[0] if whole[row] in calm else min(parts[row])
        assert label[row] == expected
