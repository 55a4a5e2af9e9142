"""GROUP BY ROLLUP and CUBE, by the documentation's examples."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.ids import make_id

LEADS = [
    *[("Web", None, 100)] * 5, ("Web", "Hot", 20), ("Web", "Warm", 30),
    ("Phone Inquiry", None, 5), ("Phone Inquiry", "Hot", 1), ("phone inquiry", "Warm", 2),
    (None, "Hot", 7),
]  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    side = make_side()
    rows = [
        {"Id": make_id("00Q", n), "LastName": f"L{n}", "Company": "C", "LeadSource": source, "Rating": rating,
         "NumberOfEmployees": size, "CreatedDate": "2026-05-01T10:00:00.000+0000"}
        for n, (source, rating, size) in enumerate(LEADS, start=1)
    ]  # fmt: skip
    side.load("Lead", rows)
    side.finish_loading()
    with served(side) as made:
        yield made


def rows(bench: Bench, soql: str) -> list[tuple[object, ...]]:
    records = bench.query(soql)["records"]
    assert all(r["attributes"] == {"type": "AggregateResult"} for r in records)
    return [tuple(v for k, v in r.items() if k != "attributes") for r in records]


def test_rollup_adds_subtotals_from_right_to_left_and_a_total(bench):
    got = rows(
        bench,
        "SELECT LeadSource, Rating, GROUPING(LeadSource) grpLS, GROUPING(Rating) grpRating, COUNT(Name) cnt "
        "FROM Lead GROUP BY ROLLUP(LeadSource, Rating)",
    )
    assert got == [
        (None, "Hot", 0, 0, 1),
        (None, None, 0, 1, 1),
        ("Phone Inquiry", None, 0, 0, 1),
        ("Phone Inquiry", "Hot", 0, 0, 1),
        ("phone inquiry", "Warm", 0, 0, 1),
        ("Phone Inquiry", None, 0, 1, 3),
        ("Web", None, 0, 0, 5),
        ("Web", "Hot", 0, 0, 1),
        ("Web", "Warm", 0, 0, 1),
        ("Web", None, 0, 1, 7),
        (None, None, 1, 1, 11),
    ]


def test_cube_adds_every_combination_and_sorts_by_grouping(bench):
    got = rows(
        bench,
        "SELECT LeadSource, Rating, GROUPING(LeadSource) a, GROUPING(Rating) b, SUM(NumberOfEmployees) n FROM Lead "
        "WHERE LeadSource != null GROUP BY CUBE(LeadSource, Rating) ORDER BY GROUPING(LeadSource), GROUPING(Rating), "
        "SUM(NumberOfEmployees) DESC",
    )
    assert [(a, b, n) for _, _, a, b, n in got] == [
        (0, 0, 500.0), (0, 0, 30.0), (0, 0, 20.0), (0, 0, 5.0), (0, 0, 2.0), (0, 0, 1.0),
        (0, 1, 550.0), (0, 1, 8.0),
        (1, 0, 505.0), (1, 0, 32.0), (1, 0, 21.0),
        (1, 1, 558.0),
    ]  # fmt: skip
    assert [(source, rating) for source, rating, a, b, _ in got if (a, b) == (1, 0)] == [
        (None, None), (None, "Warm"), (None, "Hot"),
    ]  # fmt: skip


def test_having_and_limit_work_over_subtotals_too(bench):
    text = "SELECT LeadSource s, COUNT(Id) FROM Lead WHERE Company = 'c' GROUP BY ROLLUP(LeadSource) {}"
    assert rows(bench, text.format("HAVING COUNT(Id) > 2")) == [("Phone Inquiry", 3), ("Web", 7), (None, 11)]
    assert rows(bench, text.format("HAVING GROUPING(LeadSource) = 1")) == [(None, 11)]
    assert rows(bench, text.format("ORDER BY COUNT(Id) DESC LIMIT 2")) == [(None, 11), ("Web", 7)]
    three = "SELECT COUNT(Id) FROM Lead GROUP BY {}(LeadSource, Rating, CALENDAR_YEAR(CreatedDate))"
    assert len(rows(bench, three.format("ROLLUP"))) == 7 + 7 + 3 + 1
    assert len(rows(bench, three.format("CUBE"))) == 7 + 7 + 3 + 3 + 3 + 3 + 1 + 1


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource), Rating",
        "SELECT COUNT(Id) FROM Lead GROUP BY Rating, ROLLUP(LeadSource)",
        "SELECT COUNT(Id) FROM Lead GROUP BY CUBE(LeadSource, Rating, Status, Industry)",
        "SELECT GROUPING(LeadSource), COUNT(Id) FROM Lead GROUP BY LeadSource",
        "SELECT GROUPING(Status), COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource)",
        "SELECT GROUPING(LeadSource) FROM Lead",
    ],
)
def test_what_the_language_does_not_know_is_refused(bench, soql):
    assert bench.error(soql)["errorCode"] == "MALFORMED_QUERY"
