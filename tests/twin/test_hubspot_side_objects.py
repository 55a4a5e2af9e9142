"""Single records and lists: pages, answers, archived records, stamps, history, the shapes of refusals."""

from __future__ import annotations

import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.side import HubSpotSide

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def side() -> HubSpotSide:
    return account()


@pytest.fixture
def call(side: HubSpotSide) -> Caller:
    return Caller(side)


def load_people(side: HubSpotSide, count: int) -> list[str]:
    ids = [make_id("contacts", n) for n in range(count)]
    side.load("contacts", [{"id": i, "createdate": "2025-01-01T00:00:00Z", "email": f"{i}@a.example"} for i in ids])
    return ids


def new(call: Caller, **properties: str) -> str:
    return str(call("POST", CONTACTS, {"properties": properties}).json["id"])


def test_pages_follow_one_another_by_the_id_after_the_last(side: HubSpotSide, call: Caller) -> None:
    ids = sorted(load_people(side, 25), key=int)

    first = call("GET", CONTACTS, limit=10, properties="email,firstname").json
    second = call("GET", first["paging"]["next"]["link"].removeprefix("http://twin.test")).json
    last = call("GET", CONTACTS, limit=10, after=second["paging"]["next"]["after"]).json

    assert [r["id"] for page in (first, second, last) for r in page["results"]] == ids
    assert first["paging"]["next"]["after"] == str(int(ids[9]) + 1)
    assert "properties=email%2Cfirstname" in first["paging"]["next"]["link"]
    assert "paging" not in last


@pytest.mark.parametrize(("query", "good"), [("limit=100", True), ("limit=101", False), ("limit=0", False),
                                              ("limit=50&propertiesWithHistory=email", True),
                                              ("limit=51&propertiesWithHistory=email", False), ("limit=x", False)])  # fmt: skip
def test_a_page_holds_a_hundred_or_fifty_with_history(call: Caller, query: str, good: bool) -> None:
    assert call("GET", f"{CONTACTS}?{query}").status == (200 if good else 400)


@pytest.mark.parametrize("name", ["contacts", "contact", "CONTACT", "0-1"])
def test_a_type_has_four_spellings(call: Caller, name: str) -> None:
    made = new(call, firstname="Ada")

    assert call("GET", f"/crm/v3/objects/{name}/{made}").json["id"] == made


@pytest.mark.parametrize(
    "path",
    ["/crm/objects/2026-03/contacts", "/crm/objects/v3/contact", "/crm/properties/2026-03/contacts",
     "/crm/pipelines/2026-09/deals", "/crm/owners/2026-03", "/crm/v3/owners/", "/crm-object-schemas/v3/schemas",
     "/crm-object-schemas/2026-03/schemas", "/crm/associations/2026-03/contacts/companies/labels"],
)  # fmt: skip
def test_dated_paths_lead_to_the_same_endpoints(call: Caller, path: str) -> None:
    assert call("GET", path).status == 200


def test_an_unknown_type_is_a_400_without_category(call: Caller) -> None:
    answer = call("GET", "/crm/v3/objects/butterflies")

    assert answer.status == 400
    assert answer.json["message"] == "Unable to infer object type from: butterflies"
    assert "category" not in answer.json


def test_a_missing_record_is_json_for_those_who_ask_for_it_and_a_page_for_others(call: Caller) -> None:
    as_json = call("GET", f"{CONTACTS}/999")
    as_page = call("GET", f"{CONTACTS}/999", accept="*/*")

    assert (as_json.status, as_page.status) == (404, 404)
    assert set(as_json.json) == {"status", "message", "correlationId"}
    assert as_page.headers["x-hubspot-notfound"] == "true"
    assert b"Error 404 Not Found" in as_page.content


@pytest.mark.parametrize(
    ("raw", "said"), [("abc", "objectId are usually numeric"), ("0", "objectId is usually positive")]
)
def test_an_id_that_cannot_be_one_is_an_object_not_found(call: Caller, raw: str, said: str) -> None:
    answer = call("GET", f"{CONTACTS}/{raw}")

    assert answer.status == 404
    assert answer.json["message"] == f"Object not found.  {said}."
    assert answer.json["context"] == {"id": [raw]}


def test_a_create_answers_201_with_what_was_added_and_where_it_is(call: Caller) -> None:
    answer = call("POST", CONTACTS, {"properties": {"email": "new@a.example", "phone": "+1 (415) 555-0100"}})
    properties = answer.json["properties"]

    assert answer.status == 201
    assert answer.headers["location"] == f"http://twin.test{CONTACTS}/{answer.json['id']}"
    assert list(properties) == sorted(properties)
    assert properties["lifecyclestage"] == "lead"
    assert properties["hs_all_contact_vids"] == answer.json["id"]
    assert properties["hs_email_domain"] == "a.example"
    assert properties["hs_searchable_calculated_phone_number"] == "4155550100"
    assert properties["hs_lifecyclestage_lead_date"].isdigit()
    assert answer.json["createdAt"] == answer.json["updatedAt"] == properties["lastmodifieddate"]


def test_ids_do_not_come_in_the_order_of_creation(call: Caller) -> None:
    ids = [int(new(call, firstname=str(n))) for n in range(20)]

    assert len(set(ids)) == 20
    assert ids != sorted(ids)


def test_writing_what_is_stored_leaves_the_stamp_alone(call: Caller) -> None:
    made = call("POST", CONTACTS, {"properties": {"firstname": "Ada"}}).json

    same = call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"firstname": " Ada "}}).json
    other = call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"firstname": "Eva"}}).json

    assert same["updatedAt"] == made["updatedAt"]
    assert other["updatedAt"] > made["updatedAt"]


def test_an_archived_record_shows_only_on_request_and_keeps_its_stamp(call: Caller) -> None:
    made = call("POST", CONTACTS, {"properties": {"email": "gone@a.example"}}).json

    deleted = call("DELETE", f"{CONTACTS}/{made['id']}")

    assert (deleted.status, deleted.content) == (204, b"")
    assert call("GET", f"{CONTACTS}/{made['id']}").status == 404
    assert call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"city": "x"}}).status == 404
    shown = call("GET", f"{CONTACTS}/{made['id']}", archived="true").json
    assert shown["archived"] is True
    assert shown["archivedAt"] > shown["updatedAt"] == made["updatedAt"]
    assert [r["id"] for r in call("GET", CONTACTS, archived="true").json["results"]] == [made["id"]]
    assert call("POST", CONTACTS, {"properties": {"email": "gone@a.example"}}).status == 201


def test_deleting_what_never_was_is_204(call: Caller) -> None:
    assert call("DELETE", "/crm/v3/objects/tasks/123456").status == 204


def test_a_gdpr_delete_leaves_nothing_and_answers_204_for_an_unknown_address(call: Caller) -> None:
    made = new(call, email="forget@a.example")

    by_email = {"objectId": "forget@a.example", "idProperty": "email"}

    assert call("POST", f"{CONTACTS}/gdpr-delete", by_email).status == 204
    assert call("GET", f"{CONTACTS}/{made}", archived="true").status == 404
    assert (
        call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "nobody@a.example", "idProperty": "email"}).status == 204
    )


def test_only_contacts_are_deleted_for_good(call: Caller) -> None:
    made = call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Stays"}}).json["id"]

    assert call("POST", "/crm/v3/objects/companies/gdpr-delete", {"objectId": made}).status == 404
    assert call("GET", f"/crm/v3/objects/companies/{made}").status == 200


def test_history_is_newest_first_and_begins_with_the_creation(call: Caller) -> None:
    made = new(call, city="Rome")
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": "Milan"}})
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": ""}})

    shown = call("GET", f"{CONTACTS}/{made}", propertiesWithHistory="city,firstname").json["propertiesWithHistory"]

    assert [v["value"] for v in shown["city"]] == ["", "Milan", "Rome"]
    assert shown["city"][0]["sourceType"] == "INTEGRATION"
    assert [v["timestamp"] for v in shown["city"]] == sorted((v["timestamp"] for v in shown["city"]), reverse=True)
    assert shown["firstname"] == []


def test_history_keeps_forty_five_versions_of_a_contact(call: Caller) -> None:
    made = new(call, city="0")
    for n in range(1, 60):
        call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": str(n)}})

    shown = call("GET", f"{CONTACTS}/{made}", propertiesWithHistory="city").json["propertiesWithHistory"]["city"]

    assert [v["value"] for v in shown] == [str(n) for n in range(59, 14, -1)]


def test_a_secondary_email_finds_its_contact(side: HubSpotSide, call: Caller) -> None:
    side.load("contacts", [{"id": "501", "createdate": "2025-01-01T00:00:00Z", "email": "first@a.example",
                            "hs_additional_emails": "second@a.example;third@a.example"}])  # fmt: skip

    assert call("GET", f"{CONTACTS}/third%40a.example", idProperty="email").json["id"] == "501"
    taken = call("POST", CONTACTS, {"properties": {"email": "second@a.example"}})
    assert taken.json["message"] == "Contact already exists. Existing ID: 501"


def test_an_id_property_must_be_unique(call: Caller) -> None:
    assert call("GET", f"{CONTACTS}/Ada", idProperty="firstname").status == 400


def test_a_create_ties_the_record_and_a_bad_tie_creates_nothing(call: Caller) -> None:
    company = call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Acme"}}).json["id"]
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}

    good = {"properties": {"email": "t@a.example"}, "associations": [{"to": {"id": int(company)}, "types": [kind]}]}
    lost = {"properties": {"email": "u@a.example"}, "associations": [{"to": {"id": "77"}, "types": [kind]}]}
    wrong = {"properties": {"email": "v@a.example"},
             "associations": [{"to": {"id": company}, "types": [{**kind, "associationTypeId": 3}]}]}  # fmt: skip

    made = call("POST", CONTACTS, good)
    assert made.status == 201
    shown = call(
        "GET", f"{CONTACTS}/{made.json['id']}", associations="companies", properties="associatedcompanyid"
    ).json
    assert {a["type"] for a in shown["associations"]["companies"]["results"]} == {
        "contact_to_company", "contact_to_company_unlabeled",
    }  # fmt: skip
    assert shown["properties"]["associatedcompanyid"] == company
    assert call("POST", CONTACTS, lost).json["message"] == "One or more associations are invalid"
    assert call("POST", CONTACTS, wrong).status == 400
    assert call("GET", f"{CONTACTS}/u@a.example", idProperty="email").status == 404


def test_a_url_that_is_too_long_is_a_414_page(call: Caller) -> None:
    answer = call("GET", CONTACTS, properties=",".join(f"property_{n}" for n in range(1400)))

    assert answer.status == 414
    assert answer.content.startswith(b"<html>")


def test_every_write_is_told_to_the_recorder_once(side: HubSpotSide, call: Caller) -> None:
    made = new(call, email="told@a.example")
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": "Rome"}})
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": "Rome"}})
    call("POST", CONTACTS, {"properties": {"email": "told@a.example"}})
    call("DELETE", f"{CONTACTS}/{made}")
    call("DELETE", f"{CONTACTS}/{made}")

    written = list(side.portal._recorder.writes())  # type: ignore[attr-defined]

    assert [(w["object"], w["id"], w["action"]) for w in written] == [
        ("contacts", made, "create"),
        ("contacts", made, "update"),
        ("contacts", made, "archive"),
    ]
    assert written[1]["before"].get("city") is None
    assert written[1]["after"]["city"] == "Rome"
