"""The portable model: learned from a part of the pairs where there are very many, and hardly another for that."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from linkage_tables import COLUMNS, load, people

from trueup.reconcile.linkage import Table, parse, portable, training
from trueup.reconcile.linkage.portable import Portable


@pytest.fixture(scope="module")
def made() -> Iterator[Portable]:
    con = duckdb.connect(config={"threads": "2"})
    load(con, "t", people(1500))
    yield portable.build(con, [Table("t", "t", parse(COLUMNS, ["t"])["t"])], "DE")
    con.close()


def test_a_small_table_is_learned_from_whole(made: Portable) -> None:
    keys, each = made.sample()

    assert each == 1.0
    assert np.array_equal(keys, made.candidates())


def test_a_sample_stands_for_all_pairs_and_teaches_nearly_the_same(
    made: Portable, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, known = made.candidates(), portable.train(made)
    monkeypatch.setattr(portable, "LEARNED", len(whole) // 2)
    keys, each = made.sample()
    learned = portable.train(made)

    assert np.isin(keys, whole).all()
    assert len(keys) < 0.7 * len(whole)
    assert each * len(keys) == pytest.approx(len(whole), rel=0.1)
    assert learned.prior == pytest.approx(known.prior, abs=0.2)
    for one, other in zip(learned.weights, known.weights, strict=True):
        assert one == pytest.approx(other, abs=0.6)


def test_pairs_meet_where_they_are_candidates(made: Portable) -> None:
    rows = made.prepared.rows
    random = np.random.default_rng(3)
    keys = np.unique(np.concatenate([random.integers(0, rows * rows, 20_000), made.candidates()[::7]]))
    left, right = keys // rows, keys % rows
    keys, left, right = (x[left < right] for x in (keys, left, right))

    assert np.array_equal(made.meet(left, right), np.isin(keys, made.candidates()))


def test_patterns_counted_in_parts_are_those_of_the_whole(made: Portable, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = made.candidates()
    whole = training.sliced(made.prepared, keys)
    monkeypatch.setattr(training, "_COUNTED", 1000)
    parts = training.counted(made.prepared, keys)

    assert len(keys) > 5000
    assert np.array_equal(parts.table, whole.table)
    assert np.array_equal(parts.counts, whole.counts)
