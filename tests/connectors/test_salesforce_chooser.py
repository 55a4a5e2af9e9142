"""The way an object is read is the one with the fewest calls; the arithmetic, as a table and as a property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.salesforce.chooser import (
    Choice,
    Terms,
    Way,
    better_by_bulk,
    bulk_calls,
    choose,
    composite_calls,
    query_calls,
    whole,
)

TERMS = Terms()
PAGEWISE = Terms(pack=1)


@pytest.mark.parametrize(
    ("rows", "query", "composite", "bulk"),
    [
        (None, 1, 1, 3),
        (0, 1, 1, 3),
        (1, 1, 1, 3),
        (2_000, 1, 1, 3),
        (2_001, 2, 1, 3),
        (10_000, 5, 1, 3),
        (10_001, 6, 2, 3),
        (30_000, 15, 3, 3),
        (30_001, 16, 4, 3),
        (250_000, 125, 25, 3),
        (250_001, 126, 26, 4),
        (1_000_000, 500, 100, 6),
    ],
)
def test_what_each_way_costs(rows, query, composite, bulk):
    assert (query_calls(rows, TERMS), composite_calls(rows, TERMS), bulk_calls(rows, TERMS, polls=1)) == (
        query, composite, bulk,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "way"),
    [(None, Way.COMPOSITE), (0, Way.COMPOSITE), (30_000, Way.COMPOSITE), (30_001, Way.BULK), (5_000_000, Way.BULK)],
)
def test_an_object_alone_goes_by_bulk_when_that_is_less(rows, way):
    assert choose({"Contact": rows}, TERMS)["Contact"].way is way


@pytest.mark.parametrize(("rows", "way"), [(5_999, Way.QUERY), (6_000, Way.QUERY), (6_001, Way.BULK)])
def test_where_calls_cannot_be_shared_a_job_is_worth_it_sooner(rows, way):
    assert choose({"Contact": rows}, PAGEWISE)["Contact"].way is way


def test_jobs_share_their_polls():
    alone = choose({"Lead": 25_000}, TERMS)
    beside = choose({"Lead": 25_000, "Task": 300_000}, TERMS)
    assert (alone["Lead"].way, beside["Lead"].way) == (Way.COMPOSITE, Way.BULK)
    pair = choose({"Lead": 30_000, "Contact": 30_000}, TERMS)
    assert {c.way for c in pair.values()} == {Way.BULK}, "neither is worth the polls alone, both together are"


def test_an_object_that_bulk_does_not_take_goes_by_queries():
    assert choose({"X": 1_000_000}, TERMS, no_bulk={"X"})["X"] == Choice(Way.COMPOSITE, 100, 1_000_000)


@pytest.mark.parametrize("way", list(Way))
def test_who_insists_on_a_way_gets_it(way):
    assert choose({"X": 3}, TERMS, forced=way.value)["X"].way is way


def test_the_choice_says_itself_in_a_sentence():
    assert choose({"Task": 300_000}, TERMS)["Task"].sentence == "Bulk 2.0 query job (about 300,000 rows, 3 calls)"
    assert choose({"X": None}, TERMS)["X"].sentence == "composite calls (1 call)"


SIZES = st.dictionaries(
    st.sampled_from("ABCDEFGH"), st.one_of(st.none(), st.integers(0, 3_000_000)), min_size=1, max_size=6
)


@given(SIZES)
def test_no_other_way_for_any_one_object_would_need_fewer_calls(sizes):
    chosen = choose(sizes, TERMS)
    cost = whole(chosen, TERMS)
    for name, rows in sizes.items():
        for way in (Way.COMPOSITE, Way.BULK) if rows is not None else ():
            calls = composite_calls(rows, TERMS) if way is Way.COMPOSITE else bulk_calls(rows, TERMS, polls=0)
            # One call of a composite may be shared with others, which the choice leaves out of account.
            assert whole({**chosen, name: Choice(way, calls, rows)}, TERMS) >= cost - 1, (name, way)


@given(SIZES)
def test_the_sum_is_never_more_than_each_object_for_itself(sizes):
    chosen = choose(sizes, TERMS)
    assert whole(chosen, TERMS) <= sum(composite_calls(rows, TERMS) for rows in sizes.values())


@given(st.integers(0, 3_000_000), st.integers(1, 10_000))
def test_a_query_is_left_only_where_that_saves_calls(total, got):
    got = min(got, total)
    left = better_by_bulk(total, got, TERMS)
    assert left is (bulk_calls(total, TERMS, polls=1) < composite_calls(total - got, TERMS))
    if left:
        assert total > 30_000
