"""How the benchmark of calls sorts requests and what it takes for the least: both must be right for its ratios to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.calls import least, sorts, table
from benchmarks.calls.sorts import Sorted

DATA = "/services/data/v62.0"


def sent(method: str, path: str, query: str = "", body: Any = "", status: int = 200) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"method": method, "path": path, "query": query, "body": text, "status": status}


def test_pages_and_jobs_belong_to_the_object_of_the_query_that_began_them() -> None:
    one, two = "750000000000001", "750000000000002"
    found = sorts.salesforce(
        [
            sent("POST", "/services/oauth2/token"),
            sent("GET", f"{DATA}/sobjects/Lead/describe"),
            sent("GET", f"{DATA}/queryAll/", "q=SELECT+Id,(SELECT+Id+FROM+Tasks)+FROM+Lead+WHERE+Id+!=+null"),
            sent("GET", f"{DATA}/query/0r8000000000001-2000"),
            sent("GET", f"{DATA}/query/", "q=SELECT+COUNT()+FROM+Task"),
            sent("POST", f"{DATA}/jobs/query", body={"operation": "query", "query": "SELECT Id FROM Account"}),
            sent("POST", f"{DATA}/jobs/query", body={"operation": "query", "query": "SELECT Id FROM Contact"}),
            sent("GET", f"{DATA}/jobs/query/{two}/results"),
            sent("GET", f"{DATA}/jobs/query/{one}"),
            sent("GET", f"{DATA}/sobjects/Contact/deleted/", "start=1&end=2"),
            sent("PATCH", f"{DATA}/composite/sobjects", body={"records": []}),
        ]
    )

    assert [(one.sort, one.object) for one in found] == [
        ("log-in", ""),
        ("describe", ""),
        ("query", "Lead"),
        ("query", "Lead"),
        ("count", "Task"),
        ("bulk", "Account"),
        ("bulk", "Contact"),
        ("bulk", "Contact"),
        ("bulk", "Account"),
        ("feed", "Contact"),
        ("write", sorts.SEVERAL),
    ]


def test_a_composite_call_is_one_call_for_all_objects_in_it() -> None:
    inside = [
        {"method": "GET", "url": f"{DATA}/queryAll/?q=SELECT+Id+FROM+Lead", "referenceId": "a"},
        {"method": "GET", "url": f"{DATA}/query/?q=SELECT+Id+FROM+Task", "referenceId": "b"},
        {"method": "GET", "url": "@{a.nextRecordsUrl}", "referenceId": "c"},
    ]
    body = {"compositeRequest": inside}

    (found,) = sorts.salesforce([sent("POST", f"{DATA}/composite", body=body)])

    assert found == Sorted("query", sorts.SEVERAL, frozenset({"Lead", "Task"}))


def test_a_request_of_no_known_sort_is_counted_but_reads_no_object() -> None:
    found = [*sorts.salesforce([sent("GET", "/state")]), Sorted("query", "Lead")]

    assert found[0] == Sorted("other", "/state")
    assert table.read(found) == {"Lead"}
    made = table.table("t", ("Lead",), {"Lead": 1}, {"Lead": least.salesforce(1)}, 1, found, None, "")
    assert "/state" in made
    assert "Trueup by sort: other 1, query 1" in made


def test_sizes_that_come_with_descriptions_cost_no_call_of_their_own() -> None:
    sizes = {"method": "GET", "url": f"{DATA}/limits/recordCount?sObjects=Lead,Task", "referenceId": "a"}
    described = {"method": "GET", "url": f"{DATA}/sobjects/Lead/describe", "referenceId": "b"}
    counted = {"method": "GET", "url": f"{DATA}/query/?q=SELECT+COUNT()+FROM+Lead", "referenceId": "c"}

    def of(*inside: dict[str, str]) -> str:
        (found,) = sorts.salesforce([sent("POST", f"{DATA}/composite", body={"compositeRequest": inside})])
        return found.sort

    assert of(sizes, described) == "describe"
    assert of(sizes) == of(sizes, described, counted) == "count"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (sent("GET", "/crm/v3/objects/contacts", "limit=100"), ("list", "contacts")),
        (sent("GET", "/crm/v3/objects/deals", "limit=100&archived=true"), ("archived", "deals")),
        (sent("GET", "/crm/v3/objects/deals", "propertiesWithHistory=dealstage"), ("history", "deals")),
        (sent("POST", "/crm/v3/objects/calls/search", body={"limit": 200}), ("search", "calls")),
        (sent("POST", "/crm/v3/objects/calls/search", body={"limit": 1}), ("count", "calls")),
        (sent("POST", "/crm/v4/associations/deals/contacts/batch/read", body={}), ("ties", "deals")),
        (sent("POST", "/crm/v3/objects/deals/batch/update", body={}), ("write", "deals")),
        (sent("GET", "/crm/v3/properties/contacts"), ("describe", "")),
        (sent("GET", "/account-info/v3/details"), ("log-in", "")),
    ],
)
def test_hubspots_requests_are_sorted_by_what_they_bring(request_: dict[str, Any], expected: tuple[str, str]) -> None:
    (found,) = sorts.hubspot([request_])

    assert (found.sort, found.object) == expected


def test_the_least_is_pages_five_to_a_call_or_a_bulk_job_where_that_is_less() -> None:
    assert [least.salesforce(rows).calls for rows in (0, 2_000, 10_000, 10_001, 30_000, 30_001, 300_000)] == [
        *(1, 1, 1, 2, 3, 3, 4)
    ]
    assert least.salesforce_together({"Contact": 100_000, "Lead": 9_000, "Account": 1_000}) == 3 + 2
    assert least.salesforce_together({"Contact": 100_000, "Task": 300_000}) == 2 + 3 + 1
    assert least.hubspot(150_000).calls == 1_500
    assert least.hubspot_history(150_000).calls == 3_000
    assert least.hubspot_changed(1_500, 3).calls == 8 + 6
