"""Lists v3: by hand, by filters, their memberships and folders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import Caller, account


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account()
    yield Caller(side)
    side.close()


def people(call: Caller, n: int) -> list[str]:
    made = [
        call("POST", "/crm/v3/objects/contacts", {"properties": {"email": f"p{i}@list.example", "city": f"C{i % 2}"}})
        for i in range(n)
    ]
    return [m.json["id"] for m in made]


def in_city(city: str) -> dict[str, Any]:
    test = {"property": "city", "filterType": "PROPERTY"}
    operation = {"operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": [city]}
    return {
        "filterBranchType": "OR",
        "filterBranches": [{"filterBranchType": "AND", "filters": [{**test, "operation": operation}]}],
    }


def make(call: Caller, name: str, kind: str, **more: Any) -> str:
    body = {"name": name, "objectTypeId": "0-1", "processingType": kind, **more}
    answer = call("POST", "/crm/v3/lists/", body)
    assert answer.status == 200
    return str(answer.json["list"]["listId"])


def ids(call: Caller, list_id: str) -> list[str]:
    return [m["recordId"] for m in call("GET", f"/crm/v3/lists/{list_id}/memberships").json["results"]]


def test_a_manual_list_takes_live_records_and_names_the_missing(call: Caller) -> None:
    a, b, c = people(call, 3)
    one = make(call, "By hand", "MANUAL")

    changed = call("PUT", f"/crm/v3/lists/{one}/memberships/add", [a, b, "999"]).json
    both = {"recordIdsToAdd": [c], "recordIdsToRemove": [a]}
    again = call("PUT", f"/crm/v3/lists/{one}/memberships/add-and-remove", both).json

    assert sorted(changed["recordsIdsAdded"]) == sorted([a, b])
    assert changed["recordIdsMissing"] == ["999"]
    assert again == {"recordsIdsAdded": [c], "recordIdsRemoved": [a], "recordIdsMissing": []}
    assert sorted(ids(call, one)) == sorted([b, c])
    assert [m["listId"] for m in call("GET", f"/crm/v3/lists/records/0-1/{b}/memberships").json["results"]] == [one]
    call("DELETE", f"/crm/v3/objects/contacts/{b}")
    assert ids(call, one) == [c]


def test_a_dynamic_list_follows_its_filters_and_a_snapshot_does_not(call: Caller) -> None:
    a, b, c = people(call, 3)
    moving, still = (make(call, k, k, filterBranch=in_city("C0")) for k in ("DYNAMIC", "SNAPSHOT"))

    call("PATCH", f"/crm/v3/objects/contacts/{b}", {"properties": {"city": "C0"}})

    assert sorted(ids(call, moving)) == sorted([a, b, c])
    assert sorted(ids(call, still)) == sorted([a, c])
    assert call("PUT", f"/crm/v3/lists/{moving}/memberships/add", [a]).status == 400


def test_the_search_of_lists_pages_by_offset_and_has_more(call: Caller) -> None:
    for n in range(3):
        make(call, f"List {n}", "MANUAL")

    first = call("POST", "/crm/v3/lists/search", {"query": "list", "count": 2}).json
    rest = call("POST", "/crm/v3/lists/search", {"query": "list", "count": 2, "offset": first["offset"]}).json

    assert (first["total"], first["hasMore"], len(first["lists"])) == (3, True, 2)
    assert (rest["hasMore"], [r["name"] for r in rest["lists"]]) == (False, ["List 2"])
    assert first["lists"][0]["additionalProperties"]["hs_list_size"] == "0"


def test_a_name_is_used_once_and_a_deleted_list_can_be_restored(call: Caller) -> None:
    one = make(call, "Mine", "MANUAL")
    same = {"name": "Mine", "objectTypeId": "0-1", "processingType": "MANUAL"}

    assert call("POST", "/crm/v3/lists", same).status == 400
    assert call("GET", "/crm/v3/lists/object-type-id/0-1/name/Mine").json["list"]["listId"] == one
    assert call("DELETE", f"/crm/v3/lists/{one}").status == 204
    assert call("GET", f"/crm/v3/lists/{one}").status == 404
    assert call("PUT", f"/crm/v3/lists/{one}/restore").status == 204
    assert call("GET", f"/crm/lists/2026-03/{one}").status == 200


def test_folders_hold_lists_and_never_themselves(call: Caller) -> None:
    top = call("POST", "/crm/v3/lists/folders", {"name": "top"}).json["folder"]["id"]
    below = call("POST", "/crm/v3/lists/folders", {"name": "below", "parentFolderId": str(top)}).json["folder"]["id"]
    one = make(call, "Mine", "MANUAL")

    assert call("PUT", "/crm/v3/lists/folders/move-list", {"listId": one, "newFolderId": str(below)}).status == 204
    shown = call("GET", "/crm/v3/lists/folders", folderId=top).json["folder"]
    assert [(c["name"], c["childLists"]) for c in shown["childNodes"]] == [("below", [int(one)])]
    assert call("PUT", f"/crm/v3/lists/folders/{top}/move/{below}").status == 400
    assert call("DELETE", f"/crm/v3/lists/folders/{below}").status == 400
