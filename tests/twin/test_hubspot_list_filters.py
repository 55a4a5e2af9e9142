"""What list filters find: every kind of operation on a property, other lists, associations, events that never happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hubspot_bench import Caller, account


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(
        properties={
            "contacts": [
                {"name": "score", "type": "number"},
                {"name": "signed", "type": "datetime"},
                {"name": "renewed", "type": "datetime"},
                {"name": "vip", "type": "bool"},
                {
                    "name": "topics",
                    "type": "enumeration",
                    "fieldType": "checkbox",
                    "options": [{"value": v, "label": v} for v in ("a", "b", "c")],
                },
            ]
        }
    )
    made = Caller(side)
    side.clock.set(DAY_OF_TEST)  # type: ignore[attr-defined]
    yield made
    side.close()


DAY_OF_TEST = datetime(2026, 5, 20, 12, tzinfo=UTC)
ROWS: dict[str, dict[str, str]] = {
    "ann": {"city": "Oslo", "score": "5", "vip": "true", "topics": "a;b", "signed": "2026-05-19T08:00:00Z"},
    "bob": {"city": "Osaka", "score": "9", "vip": "false", "topics": "a", "signed": "2026-04-02T00:00:00Z",
            "renewed": "2026-05-01T00:00:00Z"},
    "cyd": {"signed": "2026-06-05T00:00:00Z", "renewed": "2026-06-01T00:00:00Z"},
}  # fmt: skip


@pytest.fixture
def people(call: Caller) -> dict[str, str]:
    out = {}
    for name, props in ROWS.items():
        body = {"properties": {**props, "email": f"{name}@lists.example"}}
        answer = call("POST", "/crm/v3/objects/contacts", body)
        assert answer.status == 201, answer.json
        out[name] = answer.json["id"]
    return out


def found(call: Caller, people: dict[str, str], branch: dict[str, Any], kind: str = "DYNAMIC") -> list[str]:
    number = len(call("POST", "/crm/v3/lists/search", {"count": 500}).json["lists"])
    body = {"name": f"L{number}", "objectTypeId": "0-1", "processingType": kind, "filterBranch": branch}
    made = call("POST", "/crm/v3/lists/", body)
    assert made.status == 200, made.json
    rows = call("GET", f"/crm/v3/lists/{made.json['list']['listId']}/memberships").json["results"]
    names = {id_: name for name, id_ in people.items()}
    return sorted(names[row["recordId"]] for row in rows)


def both(*filters: dict[str, Any], kind: str = "AND", branches: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"filterBranchType": kind, "filters": list(filters), "filterBranches": list(branches)}


def of(name: str, kind: str, operator: str, **more: Any) -> dict[str, Any]:
    operation = {"operationType": kind, "operator": operator, **more}
    return {"filterType": "PROPERTY", "property": name, "operation": operation}


TODAY = {"timeType": "INDEXED", "zoneId": "UTC", "indexReference": {"referenceType": "TODAY"}}
WEEK_AGO = {**TODAY, "offset": {"days": -7}}
FIRST_OF_MAY = {"timeType": "DATE", "zoneId": "UTC", "year": 2026, "month": 5, "day": 1}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (of("city", "STRING", "IS_EQUAL_TO", value="oslo"), ["ann"]),
        (of("city", "MULTISTRING", "STARTS_WITH", values=["Os"]), ["ann", "bob"]),
        (of("city", "MULTISTRING", "DOES_NOT_CONTAIN", values=["aka"]), ["ann", "cyd"]),
        (of("city", "STRING", "IS_NOT_EQUAL_TO", value="Oslo", includeObjectsWithNoValueSet=False), ["bob"]),
        (of("city", "ALL_PROPERTY", "IS_UNKNOWN"), ["cyd"]),
        (of("score", "NUMBER", "IS_GREATER_THAN_OR_EQUAL_TO", value=9), ["bob"]),
        (of("score", "NUMBER_RANGED", "IS_BETWEEN", lowerBound=1, upperBound=5), ["ann"]),
        (of("vip", "BOOL", "IS_EQUAL_TO", value=True), ["ann"]),
        (of("topics", "ENUMERATION", "IS_ANY_OF", values=["b", "c"]), ["ann"]),
        (of("topics", "ENUMERATION", "IS_EXACTLY", values=["a"]), ["bob"]),
        (of("topics", "ENUMERATION", "IS_NONE_OF", values=["b"]), ["bob", "cyd"]),
        (of("signed", "DATE", "IS_EQUAL_TO", year=2026, month="MAY", day=19), ["ann"]),
        (of("signed", "DATETIME", "IS_BEFORE", timestamp=1_777_000_000_000), ["bob"]),
        (of("signed", "RANGED_DATE", "IS_BETWEEN", lowerBound=1_779_000_000_000, upperBound=1_799_000_000_000),
         ["ann", "cyd"]),
        (of("signed", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_AGO", numberOfDays=3), ["ann"]),
        (of("signed", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_FROM_NOW", numberOfDays=30), ["cyd"]),
        (of("signed", "CALENDAR_DATE", "IN_THIS_TIME_UNIT", timeUnit="MONTH"), ["ann"]),
        (of("signed", "CALENDAR_DATE", "IN_LAST_TIME_UNIT", timeUnit="MONTH", timeUnitCount=2), ["bob"]),
        (of("signed", "COMPARATIVE_DATE", "IS_BEFORE", comparisonPropertyName="renewed"), ["bob"]),
        (of("signed", "TIME_POINT", "IS_AFTER", timePoint=WEEK_AGO), ["ann", "cyd"]),
        (of("signed", "TIME_RANGED", "IS_BETWEEN", lowerBoundTimePoint=FIRST_OF_MAY, upperBoundTimePoint=TODAY), ["ann"]),
        (of("city", "ROLLING_PROPERTY_UPDATED", "IS_UPDATED_IN_LAST_X_DAYS", numberOfDays=1), ["ann", "bob"]),
        ({"filterType": "FORM_SUBMISSION", "operator": "FILLED_OUT", "formId": "1"}, []),
        ({"filterType": "FORM_SUBMISSION", "operator": "NOT_FILLED_OUT"}, ["ann", "bob", "cyd"]),
        ({"filterType": "PAGE_VIEW", "operator": "HAS_PAGEVIEW_EQUAL", "pageUrl": "x"}, []),
        ({"filterType": "EMAIL_EVENT", "operator": "OPENED", "emailId": "1", "appId": "1", "level": "x"}, []),
    ],
)  # fmt: skip
def test_a_filter_finds(call: Caller, people: dict[str, str], filter_: dict[str, Any], expected: list[str]) -> None:
    assert found(call, people, both(filter_)) == expected


def test_what_a_property_ever_was_counts_where_it_is_asked(call: Caller, people: dict[str, str]) -> None:
    call("PATCH", f"/crm/v3/objects/contacts/{people['ann']}", {"properties": {"city": "Bergen"}})

    assert found(call, people, both(of("city", "STRING", "HAS_EVER_BEEN_EQUAL_TO", value="Oslo"))) == ["ann"]
    assert found(call, people, both(of("city", "STRING", "IS_EQUAL_TO", value="Oslo"))) == []


def test_branches_are_joined_cut_and_turned_around(call: Caller, people: dict[str, str]) -> None:
    oslo, osaka = (both(of("city", "STRING", "IS_EQUAL_TO", value=v)) for v in ("Oslo", "Osaka"))

    assert found(call, people, both(kind="OR", branches=(oslo, osaka))) == ["ann", "bob"]
    assert found(call, people, both(kind="NOT_ANY", branches=(oslo, osaka))) == ["cyd"]
    assert found(call, people, both(kind="NOT_ALL", branches=(oslo, osaka))) == ["ann", "bob", "cyd"]
    assert found(call, people, both(of("vip", "BOOL", "IS_EQUAL_TO", value=True), branches=(oslo,))) == ["ann"]


def test_lists_ask_each_other_but_not_in_a_circle(call: Caller, people: dict[str, str]) -> None:
    body = {"name": "by hand", "objectTypeId": "0-1", "processingType": "MANUAL"}
    one = call("POST", "/crm/v3/lists/", body).json["list"]["listId"]
    call("PUT", f"/crm/v3/lists/{one}/memberships/add", [people["bob"]])

    def in_list(operator: str, list_id: str = one) -> dict[str, Any]:
        return both({"filterType": "IN_LIST", "listId": list_id, "operator": operator})

    assert found(call, people, in_list("IN_LIST")) == ["bob"]
    assert found(call, people, in_list("NOT_IN_LIST")) == ["ann", "cyd"]
    body = {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": in_list("IN_LIST")}
    two = call("POST", "/crm/v3/lists/", body).json["list"]["listId"]
    circle = call("PUT", f"/crm/v3/lists/{two}/update-list-filters", {"filterBranch": in_list("IN_LIST", two)})
    assert circle.status == 400
    assert "depends on itself" in circle.json["message"]
    assert (
        call("POST", "/crm/v3/lists/", {**body, "name": "Y", "filterBranch": in_list("IN_LIST", "999")}).status == 404
    )


def test_associated_records_and_their_number_are_asked_for(call: Caller, people: dict[str, str]) -> None:
    made = [call("POST", "/crm/v3/objects/companies", {"properties": {"name": n}}).json["id"] for n in "AB"]
    for name, company in (("ann", made[0]), ("bob", made[1])):
        call("PUT", f"/crm/v4/objects/contacts/{people[name]}/associations/default/companies/{company}")
    there = {
        "filterBranchType": "ASSOCIATION", "objectTypeId": "0-2", "operator": "IN_LIST",
        "associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED",
        "filters": [of("name", "STRING", "IS_EQUAL_TO", value="A")], "filterBranches": [],
    }  # fmt: skip
    body = {"name": "firms", "objectTypeId": "0-2", "processingType": "MANUAL"}
    firms = call("POST", "/crm/v3/lists/", body).json["list"]["listId"]
    call("PUT", f"/crm/v3/lists/{firms}/memberships/add", [made[1]])
    kind = {"associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED"}
    member = {"filterType": "ASSOCIATION", "listId": firms, "operator": "IN_LIST", "toObjectTypeId": "0-2", **kind}
    none = {
        "filterType": "NUM_ASSOCIATIONS",
        "coalescingRefineBy": {"type": "NUM_OCCURRENCES", "maxOccurrences": 0},
        **kind,
    }
    primary = {"filterBranchType": "PROPERTY_ASSOCIATION", "objectTypeId": "0-2", "operator": "IN_LIST",
               "propertyWithObjectId": "associatedcompanyid", "filters": there["filters"], "filterBranches": []}  # fmt: skip

    assert found(call, people, both(branches=(there,))) == ["ann"]
    assert found(call, people, both(branches=(primary,))) == ["ann"]
    assert found(call, people, both(member)) == ["bob"]
    assert found(call, people, both({**member, "operator": "NOT_IN_LIST"})) == ["ann", "cyd"]
    assert found(call, people, both(none)) == ["cyd"]


@pytest.mark.parametrize(
    ("branch", "said"),
    [
        ({"filterBranchType": "MAYBE"}, "unknown filterBranchType MAYBE"),
        (both({"filterType": "MOON"}), "unknown filterType MOON"),
        (both(of("nosuch", "STRING", "IS_EQUAL_TO", value="x")), "unknown property nosuch"),
        (both(of("city", "STRING", "GLOWS", value="x")), "unknown operator GLOWS for operationType STRING"),
        (both(of("city", "SMELL", "IS_EQUAL_TO", value="x")), "unknown operationType SMELL"),
        (both(of("signed", "DATE", "IS_EQUAL_TO", year=2026, month="MAY", day=40)), "has year, month and day"),
        ({"filterBranchType": "ASSOCIATION", "objectTypeId": "0-99999"}, "unknown objectTypeId 0-99999"),
    ],
)
def test_what_cannot_be_understood_is_refused(call: Caller, branch: dict[str, Any], said: str) -> None:
    body = {"name": "bad", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": branch}
    refused = call("POST", "/crm/v3/lists/", body)
    assert refused.status == 400
    assert said in refused.json["message"]
