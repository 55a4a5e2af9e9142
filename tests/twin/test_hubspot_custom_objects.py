"""Custom objects by schema, admins' rules on dated paths, limits of associations, the block list of GDPR."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubspot_bench import Caller, account, problems

from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.recorder import Recorder

CAR: dict[str, Any] = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "primaryDisplayProperty": "model",
    "requiredProperties": ["model"],
    "searchableProperties": ["model"],
    "properties": [
        {"name": "model", "label": "Model", "type": "string", "fieldType": "text"},
        {"name": "vin", "label": "VIN", "type": "string", "fieldType": "text", "hasUniqueValue": True},
    ],
    "associatedObjects": ["CONTACT"],
}


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(
        switches={"plan": "enterprise"},
        required_on_create={"contacts": ["lastname"]},
        validations={"contacts": {"city": [{"ruleType": "MAX_LENGTH", "ruleArguments": ["4"]}]}},
    )
    yield Caller(side)
    side.close()


def new(call: Caller, object_type: str, **properties: str) -> str:
    answer = call("POST", f"/crm/v3/objects/{object_type}", {"properties": properties})
    assert answer.status == 201, answer.content
    return str(answer.json["id"])


def test_a_schema_makes_a_type_with_records_of_every_spelling(call: Caller) -> None:
    made = call("POST", "/crm-object-schemas/v3/schemas", CAR)
    type_id, full = made.json["objectTypeId"], made.json["fullyQualifiedName"]

    one = new(call, type_id, model="T", vin="1")
    body = {"inputs": [{"id": "1", "idProperty": "vin", "properties": {"model": "S"}}]}

    assert made.status == 201
    assert call("POST", f"/crm/v3/objects/{full}/batch/upsert", body).json["results"][0]["id"] == one
    assert call("GET", f"/crm/v3/objects/p_car/{one}", properties="model").json["properties"]["model"] == "S"
    assert call("POST", "/crm/v3/objects/car", {"properties": {"vin": "2"}}).status == 400
    assert [s["name"] for s in call("GET", "/crm/v3/schemas").json["results"]] == ["car"]
    found = call("POST", "/crm/v3/objects/car/search", {"filterGroups": [], "limit": 5}).json
    assert found["total"] == 1


def test_a_custom_record_is_tied_to_a_contact_and_its_schema_outlives_it(call: Caller) -> None:
    call("POST", "/crm/v3/schemas", CAR)
    car, contact = new(call, "car", model="T"), new(call, "contacts", email="a@car.example")

    assert call("PUT", f"/crm/v4/objects/car/{car}/associations/default/contacts/{contact}").status == 200
    tied = call("GET", f"/crm/v4/objects/contacts/{contact}/associations/car").json["results"]
    assert [str(t["toObjectId"]) for t in tied] == [car]
    assert call("DELETE", "/crm/v3/schemas/car").status == 400
    call("DELETE", f"/crm/v3/objects/car/{car}")
    assert call("DELETE", "/crm/v3/schemas/car").status == 204


def test_a_kept_account_knows_its_custom_objects_again(tmp_path: Path) -> None:
    def opened() -> HubSpotSide:
        clock = Clock()
        side = HubSpotSide(tmp_path / "hs.db", clock, Recorder(clock=clock), {"switches": {"plan": "enterprise"}})
        side.clock = clock  # type: ignore[attr-defined]
        return side

    first = opened()
    Caller(first)("POST", "/crm/v3/schemas", CAR)
    car, contact = new(Caller(first), "car", model="T"), new(Caller(first), "contacts", email="a@car.example")
    Caller(first)("PUT", f"/crm/v4/objects/car/{car}/associations/default/contacts/{contact}")
    first.close()

    again = opened()
    shown = Caller(again)("GET", f"/crm/v3/objects/car/{car}", properties="model", associations="contacts").json
    again.close()
    assert shown["properties"]["model"] == "T"
    assert shown["associations"]["contacts"]["results"][0]["id"] == contact


def test_an_account_below_enterprise_may_not_make_a_schema() -> None:
    side = account(switches={"plan": "professional"})
    answer = Caller(side)("POST", "/crm/v3/schemas", CAR)
    side.close()

    assert (answer.status, answer.json["category"]) == (403, "MISSING_SCOPES")


def test_admins_rules_hold_on_the_paths_of_2026_09_and_not_on_v3(call: Caller) -> None:
    body = {"properties": {"email": "a@rule.example", "city": "Bergen"}}

    dated = call("POST", "/crm/objects/2026-09/contacts", body)
    missing = call("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": "a@rule.example"}})
    older = call("POST", "/crm/objects/2026-03/contacts", body)

    assert problems(dated) == [("city", "INVALID_VALUE")]
    assert missing.json["message"].endswith("required properties were missing: [lastname]")
    assert older.status == 201
    rules = call("GET", "/crm/v3/property-validations/0-1/city").json["results"]
    assert rules == [{"ruleType": "MAX_LENGTH", "ruleArguments": ["4"]}]
    put = call("PUT", "/crm/property-validations/2026-03/0-1/city/rule-type/MAX_LENGTH", {"ruleArguments": ["9"]})
    assert put.status == 204
    change = call("PATCH", f"/crm/objects/2026-09/contacts/{older.json['id']}", {"properties": {"city": "Trondheim"}})
    assert change.status == 200


def test_a_limit_of_associations_refuses_one_more(call: Caller) -> None:
    body = {"inputs": [{"category": "HUBSPOT_DEFINED", "typeId": 279, "maxToObjectIds": 1}]}
    path = "/crm/v4/associations/definitions/configurations"
    assert call("POST", f"{path}/contacts/companies/batch/create", body).status == 201
    contact = new(call, "contacts", email="a@limit.example")
    first, second = new(call, "companies", name="A"), new(call, "companies", name="B")
    put = f"/crm/v4/objects/contacts/{contact}/associations/default/companies"

    assert call("PUT", f"{put}/{first}").status == 200
    refused = call("PUT", f"{put}/{second}")
    other = call("PUT", f"/crm/v4/objects/companies/{second}/associations/default/contacts/{contact}")

    assert (refused.status, other.status) == (400, 400)
    assert refused.json["subCategory"] == "crm.associations.ASSOCIATION_LIMIT_EXCEEDED"
    assert len(call("GET", f"{path}/all").json["results"]) == 1
    purge = {"inputs": [{"category": "HUBSPOT_DEFINED", "typeId": 279}]}
    assert call("POST", f"{path}/contacts/companies/batch/purge", purge).status == 204
    assert call("PUT", f"{put}/{second}").status == 200


def test_a_gdpr_deleted_email_cannot_be_used_again(call: Caller) -> None:
    one = new(call, "contacts", email="gone@law.example")
    call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": one})
    call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": "never@law.example", "idProperty": "email"})

    for email in ("gone@law.example", "NEVER@law.example"):
        refused = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": email}})
        assert problems(refused) == [("email", "INVALID_EMAIL")]
    call.side.set_switch("gdpr_blocklist", False)
    assert call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "gone@law.example"}}).status == 201


def test_the_account_says_how_full_it_is(call: Caller) -> None:
    before = call("GET", "/crm/v3/limits/custom-properties").json["byObjectType"]
    definition = {"label": "Z", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    call("POST", "/crm/v3/properties/contacts", {"name": "zz", **definition})
    call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@full.example"}})
    call("POST", "/crm/v4/associations/contacts/companies/labels", {"label": "Adviser", "name": "adviser"})

    def of(path: str, key: str, type_id: str) -> dict[str, Any]:
        rows = call("GET", f"/crm/v3/limits/{path}").json[key]
        return next(row for row in rows if row["objectTypeId"] == type_id)

    used = next(row["usage"] for row in before if row["objectTypeId"] == "0-1")
    assert of("custom-properties", "byObjectType", "0-1")["usage"] == used + 1
    assert of("records", "hubspotDefinedObjectTypes", "0-1")["usage"] == 1
    assert of("pipelines", "hubspotDefinedObjectTypes", "0-3")["usage"] >= 1
    (labels,) = call("GET", "/crm/v3/limits/associations/labels", fromObjectTypeId="0-1", toObjectTypeId="0-2").json[
        "results"
    ]
    assert (labels["usage"], labels["limit"], labels["percentage"]) == (1, 10, 10.0)
    assert call("GET", "/crm/v3/limits/custom-object-types").json["usage"] == 0
    assert call("GET", "/crm/v3/limits/calculated-properties").json["overallUsage"] == 0
    assert call("GET", "/crm/limits/2026-03/custom-properties").json["overallUsage"] >= used + 1
