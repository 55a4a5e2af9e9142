"""Facts of the reference that are nobody's main concern and that some client will meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.webhooks import signature_v3

CAR = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "primaryDisplayProperty": "plate",
    "requiredProperties": [],
    "properties": [{"name": "plate", "label": "Plate", "type": "string", "fieldType": "text"}],
    "associatedObjects": ["CONTACT"],
}


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"plan": "enterprise"})
    yield Caller(side)
    side.close()


def new(call: Caller, kind: str, **properties: str) -> str:
    answer = call("POST", f"/crm/v3/objects/{kind}", {"properties": properties})
    assert answer.status == 201, answer.content
    return str(answer.json["id"])


def test_the_headers_of_an_email_name_its_people(call: Caller) -> None:
    headers = {
        "from": {"email": "rep@us.example", "firstName": "Rae", "lastName": "Rep"},
        "to": [{"email": "ann@x.example", "firstName": "Ann"}, {"email": "bob@x.example"}],
        "cc": [{"email": "cc@x.example"}],
        "bcc": [],
    }
    sent = {"hs_timestamp": "2026-01-05T10:00:00Z", "hs_email_direction": "EMAIL"}
    made = new(call, "emails", **sent, hs_email_headers=orjson.dumps(headers).decode())
    broken = new(call, "emails", **sent, hs_email_headers="not json")
    names = "hs_email_from_email,hs_email_from_lastname,hs_email_to_email,hs_email_to_firstname,hs_email_cc_email"

    shown = call("GET", f"/crm/v3/objects/emails/{made}", properties=names).json["properties"]
    other = call("GET", f"/crm/v3/objects/emails/{broken}", properties=names).json["properties"]

    assert shown["hs_email_from_email"] == "rep@us.example"
    assert shown["hs_email_from_lastname"] == "Rep"
    assert shown["hs_email_to_email"] == "ann@x.example;bob@x.example"
    assert shown["hs_email_to_firstname"] == "Ann"
    assert shown["hs_email_cc_email"] == "cc@x.example"
    assert other["hs_email_to_email"] is None


def test_custom_records_merge_and_are_not_searched_by_association(call: Caller) -> None:
    assert call("POST", "/crm/v3/schemas", CAR).status == 201
    a, b = new(call, "car", plate="A"), new(call, "car", plate="B")
    by_tie = {"filters": [{"propertyName": "associations.contacts", "operator": "EQ", "value": "1"}]}

    searched = call("POST", "/crm/v3/objects/car/search", by_tie)
    merge = call("POST", "/crm/v3/objects/car/merge", {"primaryObjectId": a, "objectIdToMerge": b})
    old = call("GET", f"/crm/v3/objects/car/{b}", properties="plate").json
    call.side.set_switch("merge_custom_objects", False)
    refused = call("POST", "/crm/v3/objects/car/merge", {"primaryObjectId": a, "objectIdToMerge": b})

    assert searched.status == 400
    assert merge.status == 200
    assert (old["id"], old["properties"]["plate"]) == (merge.json["id"], "A")
    assert refused.status == 400


def test_a_query_looks_where_the_schema_of_a_custom_object_says(call: Caller) -> None:
    more = [*CAR["properties"], {"name": "nick", "label": "Nick", "type": "string", "fieldType": "text"}]  # type: ignore[misc]
    call("POST", "/crm/v3/schemas", {**CAR, "properties": more, "searchableProperties": ["nick"]})
    made = new(call, "car", plate="Zebra", nick="Lightning")

    def found(word: str) -> list[str]:
        return [row["id"] for row in call("POST", "/crm/v3/objects/car/search", {"query": word}).json["results"]]

    assert found("lightning") == [made]
    assert found("zebra") == []


def test_the_v3_address_of_an_alias_answers_as_v3_does(call: Caller) -> None:
    contact, company = new(call, "contacts", firstname="A"), new(call, "companies", name="C")
    call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")

    older = call("GET", f"/crm/objects/v3/contacts/{contact}/associations/companies").json["results"]
    newer = call("GET", f"/crm/objects/2026-03/contacts/{contact}/associations/companies").json["results"]

    assert older[0] == {"id": company, "type": "contact_to_company"}
    assert newer[0]["toObjectId"] == int(company)


def test_the_older_associations_of_a_record_are_paged(call: Caller) -> None:
    company = new(call, "companies", name="C")
    people = sorted((new(call, "contacts", firstname=f"P{n}") for n in range(5)), key=int)
    for contact in people:
        call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    target, seen = f"/crm/v3/objects/companies/{company}/associations/contacts?limit=4", []

    while True:
        page = call("GET", target).json
        seen += [entry["id"] for entry in page["results"]]
        if "paging" not in page:
            break
        target = page["paging"]["next"]["link"].removeprefix("http://twin.test")
        assert "limit=4" in target

    assert sorted(set(seen), key=int) == people


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/crm/v4/associations/contacts/companies/batch/archive", {"inputs": [{"from": {"id": "1"}, "to": [{}]}]}),
        ("/crm/v4/associations/contacts/companies/batch/archive", {"inputs": [{"to": [{"id": "1"}]}]}),
        ("/crm/v4/associations/contacts/companies/batch/create", {"inputs": [{}]}),
    ],
)
def test_an_input_that_names_no_pair_is_a_400(call: Caller, path: str, body: object) -> None:
    assert call("POST", path, body).status == 400


def test_a_label_without_its_number_is_not_found(call: Caller) -> None:
    body = {"label": "X", "associationTypeId": "abc"}
    assert call("PUT", "/crm/v4/associations/contacts/companies/labels", body).status == 404


def test_a_signature_is_made_over_the_decoded_address() -> None:
    encoded = signature_v3("s", "POST", "http://127.0.0.1/in?to=a%40b.example&t=10%3a30&x=%20", b"[]", "1")
    plain = signature_v3("s", "POST", "http://127.0.0.1/in?to=a@b.example&t=10:30&x=%20", b"[]", "1")

    assert encoded == plain
    assert encoded != signature_v3("s", "POST", "http://127.0.0.1/in?to=a@b.example&t=10:30&x= ", b"[]", "1")


def test_a_list_tells_when_the_last_record_came_in(call: Caller) -> None:
    contact = new(call, "contacts", firstname="A")
    made = call("POST", "/crm/v3/lists", {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"}).json["list"]
    search = {"additionalProperties": ["hs_last_record_added_at"]}
    empty = call("POST", "/crm/v3/lists/search", search).json["lists"][0]["additionalProperties"]
    call("PUT", f"/crm/v3/lists/{made['listId']}/memberships/add", [contact])
    filled = call("POST", "/crm/v3/lists/search", search).json["lists"][0]["additionalProperties"]

    assert "hs_last_record_added_at" not in empty
    assert filled["hs_last_record_added_at"].isdigit()


def test_a_formula_is_kept_with_its_definition(call: Caller) -> None:
    body = {
        "name": "score",
        "label": "Score",
        "type": "number",
        "fieldType": "calculation_equation",
        "groupName": "contactinformation",
        "calculationFormula": "num_notes + 1",
    }

    made = call("POST", "/crm/v3/properties/contacts", body).json
    written = call("POST", "/crm/v3/objects/contacts", {"properties": {"score": "1"}})

    assert (made["calculationFormula"], made["calculated"]) == ("num_notes + 1", True)
    assert written.json["errors"][0]["code"] == "READ_ONLY_VALUE"
    assert call("GET", "/crm/v3/properties/contacts/score").json["calculationFormula"] == "num_notes + 1"


def test_the_older_time_in_a_stage_is_worked_out_when_it_is_read(call: Caller) -> None:
    made = new(call, "contacts", email="t@stage.example")
    call.side.clock.advance(60)  # type: ignore[attr-defined]
    call("PATCH", f"/crm/v3/objects/contacts/{made}", {"properties": {"lifecyclestage": "customer"}})
    call.side.clock.advance(30)  # type: ignore[attr-defined]
    names = "hs_time_in_lead,hs_time_in_customer,hs_time_in_evangelist"

    shown = call("GET", f"/crm/v3/objects/contacts/{made}", properties=names).json["properties"]

    assert 60_000 <= int(shown["hs_time_in_lead"]) < 62_000
    assert 30_000 <= int(shown["hs_time_in_customer"]) < 32_000
    assert shown["hs_time_in_evangelist"] is None


def test_the_day_of_calls_begins_anew_at_midnight_of_the_account(call: Caller) -> None:
    call.side.clock.set(datetime(2026, 6, 15, 12, tzinfo=UTC))  # type: ignore[attr-defined]

    (row,) = call("GET", "/account-info/v3/api-usage/daily/private-apps").json["results"]

    assert row["resetsAt"] == "2026-06-16T04:00:00Z"


def test_the_outcomes_of_calls_are_listed(call: Caller) -> None:
    rows = call("GET", "/calling/v1/dispositions").json

    assert {"id": "f240bbac-87c9-4f6e-bf70-924b57d47db7", "label": "Connected", "deleted": False} in rows
    assert len(rows) == 6


def test_a_write_without_a_body_is_refused_and_writes_nothing(call: Caller) -> None:
    for path in ("contacts", "contacts/batch/create", "contacts/search", "contacts/merge"):
        answer = call("POST", f"/crm/v3/objects/{path}")
        assert answer.status == 400
        assert answer.json["message"] == "Invalid input JSON: No content (empty input stream)"
    assert call("GET", "/crm/v3/objects/contacts").json["results"] == []


def test_a_closed_ticket_says_when_and_after_how_long(call: Caller) -> None:
    ticket = new(call, "tickets", subject="s", hs_pipeline="0", hs_pipeline_stage="1")
    path = f"/crm/v3/objects/tickets/{ticket}"

    def closed() -> tuple[str | None, str | None]:
        found = call("GET", path, properties="closed_date,time_to_close").json["properties"]
        return found["closed_date"], found["time_to_close"]

    assert closed() == (None, None)
    call("PATCH", path, {"properties": {"hs_pipeline_stage": "4"}})
    at, took = closed()
    assert at is not None
    assert took is not None
    assert int(took) > 0
    call("PATCH", path, {"properties": {"subject": "t"}})
    assert closed() == (at, took)
    call("PATCH", path, {"properties": {"hs_pipeline_stage": "2"}})
    assert closed() == (None, None)
