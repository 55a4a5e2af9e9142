"""Which of two linked tables holds everything once, and what follows for who belongs together."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkage_tables import COLUMNS as PEOPLE
from linkage_tables import OF_PAPERS, f1, matched, papers, people, slip

from trueup.reconcile.linkage.uniqueness import assigned, taken, unique

PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(8, 15), st.integers(-8, 20)), min_size=1, max_size=40)


def arrays(pairs: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = {(a, b): weight for a, b, weight in pairs}
    left, right = (np.array([pair[n] for pair in first], dtype=np.int64) for n in (0, 1))
    return left, right, np.array(list(first.values()), dtype=np.float64)


def held_once(pairs: list[tuple[int, int, float]]) -> tuple[bool, bool]:
    return unique(*arrays(pairs))


@pytest.mark.parametrize(
    ("pairs", "held"),
    [
        ([(0, 8, 20), (1, 9, 20)], (True, True)),
        ([(0, 8, 20), (0, 9, 10), (1, 8, 10), (1, 9, 20)], (True, True)),  # two editions in both
        ([(0, 8, 20), (0, 9, 20), (1, 8, 20), (1, 9, 20)], (False, False)),  # twice in both
        ([(0, 8, 20), (0, 9, 20)], (True, False)),  # the second holds it twice
        ([(0, 8, 20), (1, 8, 20)], (False, True)),
        ([(0, 8, 20), (0, 9, 20), (1, 10, 20), (2, 10, 20)], (False, False)),
        ([(0, 8, 20), (0, 9, 1)], (True, True)),  # the other is not sure
        ([(0, 8, -20)], (True, True)),
    ],
)
def test_a_table_holds_everything_once_unless_records_are_left_over(
    pairs: list[tuple[int, int, float]], held: tuple[bool, bool]
) -> None:
    assert held_once(pairs) == held


@given(PAIRS, st.sampled_from([(True, True), (True, False), (False, True)]), st.randoms(use_true_random=False))
def test_only_the_best_counterpart_stands(
    pairs: list[tuple[int, int, float]], once: tuple[bool, bool], rng: random.Random
) -> None:
    left, right, weight = arrays(pairs)
    places = assigned(left, right, weight, once)

    kept = list(zip(left[places].tolist(), right[places].tolist(), strict=True))
    assert len(kept) == len({b for _, b in kept}) or not once[0]
    assert len(kept) == len({a for a, _ in kept}) or not once[1]
    assert (np.diff(weight[places]) <= 0).all()
    # What was not kept lost against something as strong that was.
    grouped = np.zeros(16, dtype=np.bool_)
    grouped[[row for pair in kept for row in pair]] = True
    assert taken(grouped, left, right, once).all()

    again = list(zip(left.tolist(), right.tolist(), weight.tolist(), strict=True))
    rng.shuffle(again)
    shuffled = arrays(again)
    places = assigned(*shuffled, once)
    assert kept == list(zip(shuffled[0][places].tolist(), shuffled[1][places].tolist(), strict=True))


@pytest.mark.parametrize(("copies", "once"), [(1, (True, True)), (3, (True, False))])
def test_sequels_are_not_linked_with_each_other(copies: int, once: tuple[bool, bool]) -> None:
    found, said = matched(*papers(400, copies), columns=OF_PAPERS)

    assert found.grouped.once == once
    assert f1(said, across=True) >= 0.95


@pytest.mark.parametrize("share", [0.08, 0.3])
def test_what_stands_twice_in_both_tables_is_not_taken_for_two_that_look_alike(share: float) -> None:
    rng = random.Random(7)
    rows = people(700, copies=0)
    tables: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for row in rows:
        for table in tables:
            for copy in range(1 + (rng.random() < share)):
                typed = {field: slip(text, rng) if rng.random() < 0.15 else text for field, text in row.items()}
                table.append(typed | {"id": f"{row['id'].partition('-')[0]}-{copy}"})

    found, said = matched(*tables, columns={role: name for role, name in PEOPLE.items() if role != "e-mail"})

    assert found.grouped.once == (False, False)
    assert f1(said, across=True) >= 0.97


def test_the_table_that_holds_things_once_may_be_the_second() -> None:
    first, second = papers(400, 3)

    found, said = matched(second, first, columns=OF_PAPERS)

    assert found.grouped.once == (False, True)
    assert f1(said, across=True) >= 0.95


def test_who_stands_alone_does_not_doubt_it_for_one_who_has_a_counterpart() -> None:
    first, second = papers(400, 1)

    found, said = matched(first, second, columns=OF_PAPERS)

    size = np.bincount(found.cluster)
    alone = [probable for _, _, cluster, probable in said if size[cluster] == 1]
    assert len(alone) >= 40
    assert np.mean(alone) >= 0.9
