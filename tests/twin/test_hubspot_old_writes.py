"""The calls of before v3 that write: contact lists, groups of properties, secondary e-mails, batches, associations."""

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


def contact(call: Caller, email: str, **more: str) -> int:
    return int(call("POST", "/crm/v3/objects/contacts", {"properties": {"email": email, **more}}).json["id"])


def members(call: Caller, made: int) -> list[int]:
    return [row["vid"] for row in call("GET", f"{LISTS}/{made}/contacts/all").json["contacts"]]


def test_a_list_is_made_renamed_filled_and_deleted(call: Caller) -> None:
    people = [contact(call, f"p{n}@list.example") for n in range(3)]
    made = call("POST", LISTS, {"name": "By hand"})
    number = made.json["listId"]
    call("POST", f"{LISTS}/{number}/add", {"vids": people[:1]})
    call("POST", f"{LISTS}/{number}/add", {"vids": people[1:]})
    renamed = call("POST", f"{LISTS}/{number}", {"name": "Other"})
    newest = call("GET", f"{LISTS}/{number}/contacts/recent?count=2").json
    older = call(
        "GET",
        f"{LISTS}/{number}/contacts/recent?count=2&vidOffset={newest['vid-offset']}&timeOffset={newest['time-offset']}",
    ).json

    assert (made.status, made.json["listType"], made.json["dynamic"], made.json["filters"]) == (
        200,
        "STATIC",
        False,
        [],
    )
    assert {row["vid"] for row in newest["contacts"]} == set(people[1:])
    assert (newest["has-more"], [row["vid"] for row in older["contacts"]], older["has-more"]) == (
        True,
        people[:1],
        False,
    )
    assert renamed.json["name"] == "Other"
    assert [row["listId"] for row in call("GET", f"{LISTS}/batch?listId={number}&listId=999").json["lists"]] == [number]
    assert call("GET", f"/crm/v3/lists/{number}").json["list"]["name"] == "Other"
    assert call("POST", LISTS, {"name": "Other"}).status == 400
    assert call("DELETE", f"{LISTS}/{number}").status == 204
    assert call("GET", f"{LISTS}/{number}").status == 404


@pytest.mark.parametrize(
    ("one", "found"),
    [
        ({"property": "city", "operator": "EQ", "value": "oslo"}, {"a"}),
        ({"property": "city", "operator": "NEQ", "value": "Oslo"}, {"b", "c"}),
        ({"property": "city", "operator": "CONTAINS", "value": "erg"}, {"b"}),
        ({"property": "city", "operator": "IS_EMPTY"}, {"c"}),
        ({"property": "numemployees", "operator": "SET_ANY", "value": "1-5;5-25"}, {"a"}),
        ({"property": "createdate", "operator": "GT", "value": "0"}, {"a", "b", "c"}),
        ({"property": "createdate", "operator": "LT", "value": "0"}, set()),
        ({"property": "annualrevenue", "operator": "CONTAINS", "value": "7"}, {"b"}),
    ],
)
def test_a_list_with_old_filters_has_whom_they_mean(call: Caller, one: dict[str, str], found: set[str]) -> None:
    vids = {
        contact(call, "a@list.example", city="Oslo", numemployees="1-5"): "a",
        contact(call, "b@list.example", city="Bergen", annualrevenue="70"): "b",
        contact(call, "c@list.example"): "c",
    }
    made = call("POST", LISTS, {"name": "D", "dynamic": True, "filters": [[one]]}).json

    assert {vids[vid] for vid in members(call, made["listId"])} == found
    assert (made["listType"], made["filters"]) == ("DYNAMIC", [[one]])


def test_groups_of_filters_are_alternatives_and_a_static_list_is_filled_once(call: Caller) -> None:
    a, b = contact(call, "a@list.example", city="Oslo"), contact(call, "b@list.example", lastname="Bo")
    either = [
        [{"property": "city", "operator": "EQ", "value": "Oslo"}, {"property": "email", "operator": "IS_NOT_EMPTY"}],
        [{"property": "lastname", "operator": "EQ", "value": "Bo"}],
    ]
    once = call("POST", LISTS, {"name": "Once", "filters": either}).json["listId"]
    always = call("POST", LISTS, {"name": "Always", "filters": either, "dynamic": True}).json["listId"]
    later = contact(call, "c@list.example", lastname="Bo")
    nobody = call("POST", LISTS, {"name": "Nobody", "dynamic": True}).json["listId"]

    assert members(call, once) == sorted([a, b])
    assert members(call, always) == sorted([a, b, later])
    assert members(call, nobody) == []
    changed = call("POST", f"{LISTS}/{always}", {"filters": either[:1]})
    assert changed.json["filters"] == either[:1]
    assert members(call, always) == [a]


@pytest.mark.parametrize(
    "filters",
    [
        [{"property": "city"}],
        [["city"]],
        [[{"property": "nosuch", "operator": "EQ", "value": "1"}]],
        [[{"property": "city", "operator": "NEAR", "value": "1"}]],
        [[{"property": "createdate", "operator": "GT", "value": "soon"}]],
    ],
)
def test_old_filters_that_mean_nothing_are_refused(call: Caller, filters: Any) -> None:
    assert call("POST", LISTS, {"name": "Bad", "dynamic": True, "filters": filters}).status == 400
    assert call("GET", LISTS).json["lists"] == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_group_of_properties_is_made_changed_and_deleted(call: Caller, version: str) -> None:
    base = f"/properties/{version}/contacts/groups"
    made = call("POST", base, {"name": "shoes", "displayName": "Shoes"})
    changed = call("PUT", f"{base}/named/shoes", {"displayName": "Boots", "displayOrder": 3})

    assert (made.status, made.json) == (200, {"name": "shoes", "displayName": "Shoes", "displayOrder": -1})
    assert call("POST", base, {"name": "shoes", "displayName": "Again"}).status == 409
    assert call("POST", base, {"name": "nolabel"}).json["displayName"] == "nolabel"
    assert call("POST", base, {"displayName": "No name"}).status == 400
    assert (changed.status, changed.json["displayName"]) == (200, "Boots")
    assert call("GET", f"{base}/named/shoes").json == changed.json
    assert call("GET", "/crm/v3/properties/contacts/groups/shoes").json["label"] == "Boots"
    assert call("DELETE", f"{base}/named/shoes").status == 204
    assert call("GET", f"{base}/named/shoes").status == 404


def test_secondary_emails_are_added_replaced_found_and_taken_away(call: Caller) -> None:
    vid, other = contact(call, "one@mail.example"), contact(call, "other@mail.example")
    base = f"/contacts/v1/secondary-email/{vid}"
    added = call("PUT", f"{base}/email/Two@mail.example")
    portal_id = call.side.credentials("")["portal_id"]

    assert (added.status, added.json) == (
        200,
        {"portalId": portal_id, "vid": vid, "secondaryEmails": ["two@mail.example"]},
    )
    assert call("PUT", f"{base}/email/two@mail.example").json == added.json
    assert call("PUT", f"{base}/email/one@mail.example").json == added.json
    assert call("PUT", f"{base}/email/other@mail.example").status == 409
    assert call("PUT", f"{base}/email/nonsense").status == 400
    found = call("GET", "/contacts/v1/contact/email/two@mail.example/profile").json
    assert (found["vid"], found["properties"]["hs_additional_emails"]["value"]) == (vid, "two@mail.example")
    assert call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "two@mail.example"}}).status == 409

    swap = {"targetSecondaryEmail": "two@mail.example", "updatedSecondaryEmail": "three@mail.example"}
    assert call("PATCH", base, swap).json["secondaryEmails"] == ["three@mail.example"]
    assert call("PATCH", base, swap).status == 404
    assert call("GET", "/contacts/v1/contact/email/two@mail.example/profile").status == 404
    assert call("DELETE", f"{base}/email/three@mail.example").json["secondaryEmails"] == []
    assert call("DELETE", f"{base}/email/three@mail.example").status == 404
    assert call("GET", base).json["secondaryEmails"] == []
    assert call("GET", f"/contacts/v1/secondary-email/{other + 1}").status == 404
    assert contact(call, "three@mail.example") not in {vid, other}


def test_tickets_are_made_changed_and_deleted_in_batches(call: Caller) -> None:
    new = [[{"name": "subject", "value": f"T{n}"}, {"name": "hs_pipeline_stage", "value": "1"}] for n in range(3)]
    made = call("POST", f"{TICKETS}/batch-create", new)
    ids = [row["objectId"] for row in made.json]
    changes = [{"objectId": i, "properties": [{"name": "content", "value": str(i)}]} for i in reversed(ids)]
    changed = call("POST", f"{TICKETS}/batch-update", changes)

    assert (made.status, [row["properties"]["subject"]["value"] for row in made.json]) == (200, ["T0", "T1", "T2"])
    assert [row["objectId"] for row in changed.json] == ids[::-1]
    assert changed.json[0]["properties"]["content"]["value"] == str(ids[2])
    bad = [{**changes[0], "properties": [{"name": "content", "value": "no"}]}, {"objectId": 7, "properties": []}]
    assert call("POST", f"{TICKETS}/batch-update", bad).status == 404
    assert call("GET", f"{TICKETS}/{ids[2]}").json["properties"]["content"]["value"] == str(ids[2])
    assert call("POST", f"{TICKETS}/batch-create", {"no": "list"}).status == 400
    assert call("POST", f"{TICKETS}/batch-create", [[]] * 101).status == 400
    assert call("POST", f"{TICKETS}/batch-delete", {"ids": ids[:2]}).status == 204
    assert [row["objectId"] for row in call("GET", f"{TICKETS}/paged").json["objects"]] == ids[2:]


def test_an_engagement_and_a_company_are_tied_and_untied(call: Caller) -> None:
    vid = contact(call, "tied@old.example")
    company = call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Tied"}}).json["id"]
    note = {"engagement": {"type": "NOTE", "timestamp": 1}, "metadata": {"body": "Hi"}}
    made = call("POST", "/engagements/v1/engagements", note).json["engagement"]["id"]
    tie = f"/engagements/v1/engagements/{made}/associations/CONTACT/{vid}"

    def tied() -> list[int]:
        return list(call("GET", f"/engagements/v1/engagements/{made}").json["associations"]["contactIds"])

    assert call("PUT", tie).status == 204
    assert tied() == [vid]
    assert call("DELETE", tie).status == 204
    assert tied() == []
    again = {"metadata": {"body": "Ho"}, "associations": {"contactIds": [vid], "companyIds": []}}
    assert call("PATCH", f"/engagements/v1/engagements/{made}", again).json["metadata"] == {"body": "Ho"}
    assert tied() == [vid]
    assert call("PUT", f"/companies/v2/companies/{company}/contacts/{vid}").status == 200
    assert call("GET", f"/companies/v2/companies/{company}/vids").json["vids"] == [vid]
    assert call("DELETE", f"/companies/v2/companies/{company}/contacts/{vid}").status == 204
    assert call("GET", f"/companies/v2/companies/{company}/vids").json["vids"] == []


def test_the_day_is_counted_and_nobody_was_tracked(call: Caller) -> None:
    (day,) = call("GET", "/integrations/v1/limit/daily").json

    assert (day["name"], day["currentUsage"], day["usageLimit"] > 1000) == ("api-calls-daily", 1, True)
    assert day["resetsAt"] > day["collectedAt"] > 1_000_000_000_000
    assert call("GET", "/contacts/v1/contact/utk/abc/profile").status == 404
    assert call("GET", "/contacts/v1/contact/byUtk/batch?utk=abc").json == {}
