"""Columns of text become codes: equal texts one code, whatever their order and however their hashes fall."""

from __future__ import annotations

from functools import cache

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.reconcile.identity import encode, ordering
from trueup.reconcile.identity.comparisons import any_equal

TEXTS = st.lists(st.one_of(st.none(), st.text("abé ", max_size=3)), max_size=40)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": "1"})


def _staged(values: list[str | None]) -> duckdb.DuckDBPyConnection:
    con = _engine()
    con.execute(
        "CREATE OR REPLACE TABLE t AS SELECT generate_subscripts(v, 1) - 1 AS i, unnest(v) AS x "
        "FROM (SELECT ?::VARCHAR[] AS v)",
        [values],
    )
    return con


@given(TEXTS)
def test_a_column_holds_what_its_records_hold(values: list[str | None]) -> None:
    found = encode.column(_staged(values), "t", "x")
    assert [found.values[code] if code >= 0 else None for code in found.codes] == [value or None for value in values]
    assert len(set(found.values)) == len(found.values)


@given(TEXTS)
def test_what_becomes_nothing_when_cleaned_is_missing(values: list[str | None]) -> None:
    found = encode.column(_staged(values), "t", "x", "nullif(replace(v, 'a', ''), '')")
    # Each distinct value is made clean by itself: two may become one text, and keep a code each.
    kept = [(value or "").replace("a", "") or None for value in values]
    assert [found.values[code] if code >= 0 else None for code in found.codes] == kept


@given(st.lists(st.text("ab", max_size=3)))
def test_texts_are_numbered_as_they_first_come(texts: list[str]) -> None:
    found = encode.coded(texts)
    assert found.values == tuple(dict.fromkeys(texts))
    assert [found.values[code] for code in found.codes] == texts


@pytest.mark.parametrize("spread", [1, 2**20, 2**60])
@given(st.lists(st.integers(0, 12), min_size=1))
def test_equal_hashes_meet_however_alike_others_are(spread: int, drawn: list[int]) -> None:
    """A spread of one leaves all differences in the lower bits, where places are kept."""
    hashed = np.array(drawn, dtype=np.uint64) * np.uint64(spread)
    order, first = ordering.side_by_side(hashed)
    assert sorted(order.tolist()) == list(range(len(drawn)))
    groups = np.split(order, np.flatnonzero(first)[1:])
    assert sorted(int(hashed[group[0]]) for group in groups) == sorted(set(hashed.tolist()))
    for group in groups:
        assert len(set(hashed[group].tolist())) == 1
        assert group.tolist() == sorted(group.tolist())


ROWS = st.lists(st.lists(st.integers(-1, 3), min_size=2, max_size=2), min_size=1, max_size=6)


@given(ROWS)
def test_the_smallest_shared_code_is_told(rows: list[list[int]]) -> None:
    matrix = np.array(rows, dtype=np.int32)
    left, right = np.triu_indices(len(rows))
    hit, code = any_equal(matrix, left, right)
    for a, b, h, c in zip(left.tolist(), right.tolist(), hit.tolist(), code.tolist(), strict=True):
        shared = {x for x in rows[a] if x >= 0} & set(rows[b])
        assert h == bool(shared)
        assert c == min(shared, default=-1)


HELD = st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.text("ab", max_size=2))), max_size=30)


@given(HELD)
def test_each_record_keeps_its_own_values_in_slots(held: list[tuple[int, str | None]]) -> None:
    con = _engine()
    con.execute(
        "CREATE OR REPLACE TABLE held AS SELECT unnest(?::INTEGER[]) AS i, unnest(?::VARCHAR[]) AS v",
        [[i for i, _ in held], [v for _, v in held]],
    )

    matrix, values = encode.slots(con, "SELECT i, v FROM held", 6, 2)
    same, told = encode.slots_told(con, "SELECT i, v FROM held", "v = 'ab'", 6, 2)

    for record, row in enumerate(matrix):
        own = {v for i, v in held if i == record and v is not None}
        kept = [values[code] for code in row if code >= 0]
        assert len(set(kept)) == len(kept) == min(2, len(own))
        assert set(kept) <= own
    assert np.array_equal(matrix, same)
    assert told.tolist() == [value == "ab" for value in values]
