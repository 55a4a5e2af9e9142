"""Calls of before v3 that programs still make: CRM objects v1, contact lists v1, whose token this is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import Caller, account

TICKETS = "/crm-objects/v1/objects/tickets"
LISTS = "/contacts/v1/lists"


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account()
    yield Caller(side)
    side.close()


def ticket(call: Caller, subject: str) -> int:
    sent = [{"name": "subject", "value": subject}, {"name": "hs_pipeline_stage", "value": "1"}]
    answer = call("POST", TICKETS, sent)
    assert answer.status == 200, answer.content
    return int(answer.json["objectId"])


def contact(call: Caller, email: str) -> int:
    return int(call("POST", "/crm/v3/objects/contacts", {"properties": {"email": email}}).json["id"])


def paged(call: Caller, path: str, rows: str, more: str, offset: str, given: str = "offset") -> list[dict[str, Any]]:
    """All rows of a list that is paged by an offset; the names are the call's own."""
    seen: list[dict[str, Any]] = []
    at = 0
    while True:
        page = call("GET", f"{path}&{given}={at}").json
        seen += page[rows]
        if not page[more]:
            return seen
        at = page[offset]


def test_a_ticket_is_made_changed_read_and_deleted(call: Caller) -> None:
    made = ticket(call, "One")
    changed = call("PUT", f"{TICKETS}/{made}", [{"name": "subject", "value": "Two"}])
    read = call("GET", f"{TICKETS}/{made}?properties=subject").json
    newer = call("GET", f"/crm/v3/objects/tickets/{made}").json

    assert changed.json["properties"]["subject"]["value"] == "Two"
    assert (read["objectType"], read["objectId"], read["isDeleted"]) == ("TICKET", made, False)
    assert list(read["properties"]) == ["subject"]
    assert newer["properties"]["subject"] == "Two"
    assert call("DELETE", f"{TICKETS}/{made}").status == 204
    assert call("GET", f"{TICKETS}/{made}").status == 404
    assert call("GET", f"{TICKETS}/0").status == 404


def test_tickets_are_paged_by_offset_and_read_in_batches(call: Caller) -> None:
    made = {ticket(call, f"T{n}") for n in range(5)}
    seen = paged(call, f"{TICKETS}/paged?properties=subject&limit=2", "objects", "hasMore", "offset")
    batch = call("POST", f"{TICKETS}/batch-read?properties=subject", {"ids": [*made, 77]}).json

    assert [row["objectId"] for row in seen] == sorted(made)
    assert {int(key) for key in batch} == made
    assert call("POST", f"{TICKETS}/batch-read", {"ids": ["x"]}).status == 400


def test_lists_are_found_read_and_filled(call: Caller) -> None:
    people = [contact(call, f"p{n}@old.example") for n in range(3)]
    new = {"name": "By hand", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = call("POST", "/crm/v3/lists", new).json["list"]["listId"]
    call("POST", "/crm/v3/lists", {**new, "name": "Companies", "objectTypeId": "0-2"})

    added = call(
        "POST", f"{LISTS}/{made}/add", {"vids": [people[0], 77], "emails": ["p1@old.example", "no@old.example"]}
    )
    call("POST", f"{LISTS}/{made}/add", {"vids": [people[2]]})
    removed = call("POST", f"{LISTS}/{made}/remove", {"vids": [people[0]]})
    members = f"{LISTS}/{made}/contacts/all?count=1&property=email"
    seen = paged(call, members, "contacts", "has-more", "vid-offset", "vidOffset")

    assert added.json == {
        "updated": people[:2],
        "discarded": [],
        "invalidVids": [77],
        "invalidEmails": ["no@old.example"],
    }
    assert removed.json["updated"] == [people[0]]
    assert [row["vid"] for row in seen] == sorted(people[1:])
    (only,) = call("GET", LISTS).json["lists"]
    assert (only["listId"], only["listType"], only["metaData"]["size"]) == (int(made), "STATIC", 2)
    assert call("GET", f"{LISTS}/static").json["lists"] == [only]
    assert call("GET", f"{LISTS}/dynamic").json["lists"] == []
    assert call("GET", f"{LISTS}/{made}").json == only
    assert call("GET", f"{LISTS}/999").status == 404


def test_the_list_of_everybody_is_still_there(call: Caller) -> None:
    made = contact(call, "all@old.example")

    assert [row["vid"] for row in call("GET", f"{LISTS}/all/contacts/all").json["contacts"]] == [made]


def test_a_token_says_whose_it_is(call: Caller) -> None:
    me = call("GET", "/integrations/v1/me").json

    assert (me["portalId"], me["currency"]) == (call.side.credentials("")["portal_id"], "USD")
    assert Caller(call.side, "nobody")("GET", "/integrations/v1/me").status == 401


@pytest.mark.parametrize(("type_id", "status"), [(578, 201), (608, 400)])
def test_a_lead_is_about_its_primary_contact(call: Caller, type_id: int, status: int) -> None:
    to = {"id": str(contact(call, "lead@old.example"))}
    tie = {"to": to, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}
    body = {"properties": {"hs_lead_name": "L"}, "associations": [tie]}

    assert call("POST", "/crm/v3/objects/leads", body).status == status


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_property_is_defined_changed_and_deleted_by_the_old_calls(call: Caller, version: str) -> None:
    base = f"/properties/{version}/contacts/properties"
    shoe = {"name": "shoe", "label": "Shoe", "type": "number", "fieldType": "number", "groupName": "contactinformation"}
    made = call("POST", base, shoe)
    taken = call("POST", base, shoe)
    changed = call("PUT", f"{base}/named/shoe", {"label": "Shoe size", "description": "European"})
    value = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@shoe.example", "shoe": "43"}})

    assert (made.status, made.json["label"], made.json["readOnlyValue"]) == (200, "Shoe", False)
    assert isinstance(made.json["createdAt"], int)
    assert taken.status == 409
    assert (changed.status, changed.json["description"]) == (200, "European")
    assert call("GET", f"{base}/named/shoe").json["label"] == "Shoe size"
    assert value.status == 201
    assert call("DELETE", f"{base}/named/shoe").status == 204
    assert call("GET", f"{base}/named/shoe").status == 404
    assert call("DELETE", f"{base}/named/email").status == 400


def test_contacts_are_read_by_several_addresses_at_once(call: Caller) -> None:
    first, second = contact(call, "a@many.example"), contact(call, "b@many.example")
    found = call(
        "GET", "/contacts/v1/contact/emails/batch?email=a@many.example&email=b@many.example&email=no@many.example"
    )
    assert found.status == 200
    assert {int(vid) for vid in found.json} == {first, second}
    assert found.json[str(first)]["properties"]["email"]["value"] == "a@many.example"
