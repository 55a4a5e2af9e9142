"""Search: operators, groups, sorts, limits, what the stale index does."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_bench import Answer, Caller, account

from trueup.twin.hubspot.side import HubSpotSide

PATH = "/crm/v3/objects/contacts/search"

PEOPLE = [
    {"id": "101", "email": "ada@north.example", "firstname": "Ada", "lastname": "Müller", "annualrevenue": "5",
     "followercount": "10", "hs_lead_status": "NEW", "topics": "a;b", "closedate": "2026-01-01T00:00:00Z",
     "birthday": "1990-01-01", "createdate": "2025-03-01T00:00:00Z", "lastmodifieddate": "2025-04-01T00:00:00.500Z"},
    {"id": "102", "email": "bob@south.example", "firstname": "Bob", "lastname": "van der Berg", "followercount": "9",
     "hs_lead_status": "OPEN", "topics": "b", "closedate": "2026-01-01T00:00:00.250Z", "birthday": "1991-01-01",
     "createdate": "2025-01-01T00:00:00Z", "lastmodifieddate": "2025-04-01T00:00:00Z"},
    {"id": "103", "email": "cyd@north.example", "firstname": "cyd", "followercount": "100",
     "createdate": "2025-02-01T00:00:00Z", "lastmodifieddate": "2025-05-01T00:00:00Z", "phone": "+14155550100"},
]  # fmt: skip


def condition(name: str, operator: str, value: Any = None, **rest: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **rest}


@pytest.fixture(scope="module")
def call() -> Caller:
    side = account()
    side.load("contacts", PEOPLE)
    side.load("companies", [{"id": "201", "name": "North", "createdate": "2025-01-01T00:00:00Z"}])
    side.associate_many("contacts", "companies", 279, [("101", "201"), ("103", "201")])
    return Caller(side)


def search(call: Caller, *conditions: dict[str, Any], **rest: Any) -> Answer:
    body = {"filterGroups": [{"filters": list(conditions)}], "sorts": ["hs_object_id"], **rest}
    return call("POST", PATH, body)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.content
    return [r["id"] for r in answer.json["results"]]


MATCHES = [
    (condition("email", "EQ", "ADA@north.example"), ["101"]),  # text compares without case
    (condition("lastname", "EQ", "MÜLLER"), ["101"]),  # also beyond ASCII
    (condition("hs_lead_status", "EQ", "NEW"), ["101"]),
    (condition("hs_lead_status", "EQ", "new"), []),  # options compare with case
    (condition("followercount", "GT", "9"), ["101", "103"]),  # numbers are not compared as text
    (condition("followercount", "BETWEEN", "9", highValue="10"), ["101", "102"]),
    (condition("followercount", "IN", values=["9", "100"]), ["102", "103"]),
    (condition("firstname", "IN", values=["ada", "cyd"]), ["101", "103"]),
    (condition("firstname", "IN", values=["Ada"]), []),  # values must be in lower case
    (condition("topics", "IN", values=["a"]), ["101"]),  # a set holds each of its parts
    (condition("topics", "EQ", "b"), ["101", "102"]),
    (condition("hs_lead_status", "HAS_PROPERTY"), ["101", "102"]),
    (condition("hs_lead_status", "NOT_HAS_PROPERTY"), ["103"]),
    (condition("hs_lead_status", "NEQ", "NEW"), ["102", "103"]),
    (condition("hs_lead_status", "NOT_IN", values=["NEW"]), ["102", "103"]),
    (condition("email", "CONTAINS_TOKEN", "north"), ["101", "103"]),
    (condition("email", "CONTAINS_TOKEN", "nort"), []),  # whole words
    (condition("email", "CONTAINS_TOKEN", "*@north.example"), ["101", "103"]),
    (condition("email", "NOT_CONTAINS_TOKEN", "north"), ["102"]),
    (condition("lastname", "CONTAINS_TOKEN", "der"), ["102"]),
    (condition("lastmodifieddate", "GTE", "1743465600500"), ["101", "103"]),  # epoch milliseconds
    (condition("lastmodifieddate", "GT", "2025-04-01T00:00:00Z"), ["101", "103"]),  # ISO is taken too
    (condition("closedate", "GT", "2026-01-01T00:00:00Z"), ["102"]),  # a full second before its fractions
    (condition("closedate", "EQ", "1767225600000"), ["101"]),
    (condition("birthday", "GTE", "1990-06-01"), ["102"]),
    (condition("hs_object_id", "GT", "101"), ["102", "103"]),
    (condition("associations.company", "EQ", "201"), ["101", "103"]),
    (condition("associations.companies", "NEQ", "201"), ["102"]),
]


@pytest.mark.parametrize(("one", "expected"), MATCHES)
def test_an_operator_finds_what_it_says(call: Caller, one: dict[str, Any], expected: list[str]) -> None:
    assert ids(search(call, one)) == expected


def test_groups_are_alternatives_and_filters_of_a_group_go_together(call: Caller) -> None:
    body = {
        "filterGroups": [
            {"filters": [condition("followercount", "GT", "5"), condition("hs_lead_status", "EQ", "OPEN")]},
            {"filters": [condition("firstname", "EQ", "cyd")]},
        ],
        "sorts": ["hs_object_id"],
    }

    assert ids(call("POST", PATH, body)) == ["102", "103"]
    assert ids(call("POST", PATH, {"filters": [condition("firstname", "EQ", "Bob")]})) == ["102"]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([], ["102", "103", "101"]),  # by creation, oldest first
        (["followercount"], ["102", "101", "103"]),
        ([{"propertyName": "followercount", "direction": "DESCENDING"}], ["103", "101", "102"]),
        (["-firstname"], ["103", "102", "101"]),
        ([{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}], ["102", "101", "103"]),
    ],
)
def test_results_are_sorted(call: Caller, sorts: list[Any], expected: list[str]) -> None:
    assert ids(call("POST", PATH, {"sorts": sorts})) == expected


def test_the_query_looks_in_names_addresses_and_numbers(call: Caller) -> None:
    assert ids(call("POST", PATH, {"query": "north", "sorts": ["hs_object_id"]})) == ["101", "103"]
    assert ids(call("POST", PATH, {"query": "5550100"})) == ["103"]
    assert ids(call("POST", PATH, {"query": "bob berg"})) == ["102"]


def test_pages_are_offsets_as_text(call: Caller) -> None:
    first = search(call, limit="2").json
    second = search(call, limit=2, after=first["paging"]["next"]["after"]).json

    assert first["total"] == 3
    assert first["paging"] == {"next": {"after": "2"}}
    assert [r["id"] for r in second["results"]] == ["103"]
    assert "paging" not in second


BAD: list[dict[str, Any]] = [
    {"limit": 201},
    {"limit": 100, "after": "9901"},
    {"filterGroups": [{"filters": []}] * 6},
    {"filterGroups": [{"filters": [condition("city", "EQ", "x")] * 7}]},
    {"filterGroups": [{"filters": [condition("city", "EQ", "x")] * 6}] * 4},
    {"sorts": ["email", "city"]},
    {"filters": [condition("no_such", "EQ", "x")]},
    {"filters": [condition("archivedAt", "GT", "1")]},
    {"filters": [condition("city", "LIKE", "x")]},
    {"filters": [condition("lastmodifieddate", "GT", "yesterday")]},
    {"filters": [condition("city", "IN")]},
    {"query": "x" * 3001},
]


@pytest.mark.parametrize("body", BAD)
def test_what_goes_over_a_limit_or_is_not_understood_is_a_400(call: Caller, body: dict[str, Any]) -> None:
    answer = call("POST", PATH, body)

    assert answer.status == 400
    assert answer.json["status"] == "error"


# -- the index trails behind ---------------------------------------------------------------------------------------


@pytest.fixture
def lagging() -> HubSpotSide:
    side = account(switches={"search_lag_seconds": 30})
    side.load("contacts", PEOPLE)
    return side


def test_a_new_record_is_not_found_before_the_lag_is_over(lagging: HubSpotSide) -> None:
    call = Caller(lagging)
    made = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "new@a.example"}}).json["id"]
    wanted = condition("email", "EQ", "new@a.example")

    assert ids(search(call, wanted)) == []
    assert call("GET", f"/crm/v3/objects/contacts/{made}").status == 200
    lagging.clock.advance(31)  # type: ignore[attr-defined]
    assert ids(search(call, wanted)) == [made]


def test_a_changed_record_is_found_by_its_old_value_and_shows_the_new_one(lagging: HubSpotSide) -> None:
    call = Caller(lagging)
    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"firstname": "Eve"}})
    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"firstname": "Mia"}})

    stale = search(call, condition("firstname", "EQ", "Ada"), properties=["firstname"])

    assert ids(stale) == ["101"]
    assert stale.json["results"][0]["properties"]["firstname"] == "Mia"
    assert ids(search(call, condition("firstname", "EQ", "Mia"))) == []
    lagging.clock.advance(31)  # type: ignore[attr-defined]
    assert ids(search(call, condition("firstname", "EQ", "Ada"))) == []
    assert ids(search(call, condition("firstname", "EQ", "Mia"))) == ["101"]


def test_an_archived_record_is_counted_until_the_index_knows(lagging: HubSpotSide) -> None:
    call = Caller(lagging)
    call("DELETE", "/crm/v3/objects/contacts/101")
    wanted = condition("email", "EQ", "ada@north.example")

    stale = search(call, wanted)

    assert (stale.json["total"], stale.json["results"]) == (1, [])
    lagging.clock.advance(31)  # type: ignore[attr-defined]
    assert search(call, wanted).json["total"] == 0


def test_the_index_catches_up_write_by_write(lagging: HubSpotSide) -> None:
    call = Caller(lagging)
    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"firstname": "Eve"}})
    lagging.clock.advance(20)  # type: ignore[attr-defined]
    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"firstname": "Mia"}})
    lagging.clock.advance(15)  # type: ignore[attr-defined]

    # The first change is 35 seconds old, the second 15: the index knows Eve.
    assert ids(search(call, condition("firstname", "EQ", "Eve"))) == ["101"]
