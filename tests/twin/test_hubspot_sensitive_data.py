"""Sensitive properties: seen in definitions by all, in records only with the scopes that are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import WORLD, Caller, account

CONTACTS = "/crm/v3/objects/contacts"
DEFINITION = {"label": "Passport", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
READ, WRITE = "crm.objects.contacts.sensitive.read.v2", "crm.objects.contacts.sensitive.write"


@pytest.fixture
def call() -> Iterator[Caller]:
    passport = {"name": "passport", **DEFINITION, "dataSensitivity": "sensitive"}
    diagnosis = {"name": "diagnosis", **DEFINITION, "dataSensitivity": "highly_sensitive"}
    properties = {**WORLD["properties"], "contacts": [passport, diagnosis]}
    side = account(properties=properties, switches={"plan": "enterprise"})
    yield Caller(side)
    side.close()


def grant(call: Caller, *scopes: str) -> None:
    call.side.set_switch("scopes_added", scopes)


def new(call: Caller, **properties: str) -> str:
    return str(call("POST", CONTACTS, {"properties": properties}).json["id"])


def test_definitions_show_a_level_only_when_it_is_asked_for(call: Caller) -> None:
    def names(level: str = "") -> set[str]:
        query = f"?dataSensitivity={level}" if level else ""
        rows = call("GET", f"/crm/v3/properties/contacts{query}").json["results"]
        return {row["name"] for row in rows} & {"passport", "diagnosis", "email"}

    assert names() == {"email"}
    assert names("sensitive") == {"passport"}
    assert names("highly_sensitive") == {"diagnosis"}
    assert call("GET", "/crm/v3/properties/contacts", dataSensitivity="secret").status == 400
    assert call("GET", "/crm/v3/properties/contacts/passport").json["dataSensitivity"] == "sensitive"
    old = {row["name"] for row in call("GET", "/properties/v2/contacts/properties").json}
    assert {"passport", "diagnosis"} <= old


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{CONTACTS}?properties=email,passport", None),
        ("GET", f"{CONTACTS}?propertiesWithHistory=passport", None),
        ("GET", f"{CONTACTS}/{{id}}?properties=passport", None),
        ("POST", f"{CONTACTS}/batch/read", {"properties": ["passport"], "inputs": [{"id": "{id}"}]}),
        ("POST", f"{CONTACTS}/search", {"properties": ["passport"]}),
        ("POST", f"{CONTACTS}/search", {"filters": [{"propertyName": "passport", "operator": "HAS_PROPERTY"}]}),
        ("POST", f"{CONTACTS}/search", {"sorts": ["passport"]}),
        (
            "POST",
            "/crm/v3/exports/export/async",
            {"exportType": "VIEW", "format": "CSV", "objectType": "CONTACT", "objectProperties": ["passport"]},
        ),
    ],
)
def test_a_value_is_refused_by_name_without_its_scope(call: Caller, method: str, path: str, body: Any) -> None:
    grant(call, WRITE)
    made = new(call, email="p@a.example", passport="X1")
    grant(call)

    body = {**body, "inputs": [{"id": made}]} if body and "inputs" in body else body
    refused = call(method, path.replace("{id}", made), body)
    grant(call, READ)
    allowed = call(method, path.replace("{id}", made), body)

    assert (refused.status, refused.json["category"]) == (403, "MISSING_SCOPES")
    assert refused.json["errors"][0]["context"]["requiredGranularScopes"] == [READ]
    assert allowed.status in {200, 202}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CONTACTS, {"properties": {"email": "n@a.example", "passport": "X2"}}),
        ("PATCH", f"{CONTACTS}/{{id}}", {"properties": {"passport": "X2"}}),
        ("POST", f"{CONTACTS}/batch/create", {"inputs": [{"properties": {"passport": "X2"}}]}),
        (
            "POST",
            f"{CONTACTS}/batch/upsert",
            {"inputs": [{"id": "p@a.example", "idProperty": "email", "properties": {"passport": "X2"}}]},
        ),
    ],
)
def test_a_write_of_a_value_wants_the_scope_of_writing(call: Caller, method: str, path: str, body: Any) -> None:
    made = new(call, email="p@a.example")

    grant(call, READ)
    refused = call(method, path.replace("{id}", made), body)
    grant(call, WRITE)
    written = call(method, path.replace("{id}", made), body)

    assert refused.status == 403
    assert refused.json["errors"][0]["context"]["requiredGranularScopes"] == [f"{WRITE}.v2"]
    assert written.status < 300


def test_what_is_not_asked_for_by_name_is_left_out(call: Caller) -> None:
    grant(call, WRITE)
    made = new(call, email="p@a.example", passport="X1")
    grant(call)

    seen = call("GET", f"{CONTACTS}/{made}")

    assert seen.status == 200
    assert "passport" not in seen.json["properties"]


def test_a_sensitive_definition_wants_the_scope_and_an_enterprise_account(call: Caller) -> None:
    body = {"name": "visa", **DEFINITION, "dataSensitivity": "sensitive", "sensitiveDataCategories": ["HIPAA"]}

    without_scope = call("POST", "/crm/v3/properties/contacts", body)
    grant(call, WRITE)
    made = call("POST", "/crm/v3/properties/contacts", body)
    changed = call("PATCH", "/crm/v3/properties/contacts/visa", {"label": "Visa", "dataSensitivity": "non_sensitive"})
    call.side.set_switch("plan", "professional")
    below = call("POST", "/crm/v3/properties/contacts", {**body, "name": "visa2"})

    assert (without_scope.status, made.status, below.status) == (403, 201, 400)
    assert (made.json["dataSensitivity"], made.json["sensitiveDataCategories"]) == ("sensitive", ["HIPAA"])
    assert (changed.json["label"], changed.json["dataSensitivity"]) == ("Visa", "sensitive")


def test_tickets_have_one_scope_for_reading_and_writing() -> None:
    field = {"name": "case_note", **DEFINITION, "groupName": "ticketinformation", "dataSensitivity": "highly_sensitive"}
    side = account(properties={"tickets": [field]})
    call = Caller(side)
    body = {"properties": {"subject": "S", "hs_pipeline_stage": "1", "case_note": "x"}}

    refused = call("POST", "/crm/v3/objects/tickets", body)
    grant(call, "tickets.highly_sensitive")
    made = call("POST", "/crm/v3/objects/tickets", body)
    read = call("GET", f"/crm/v3/objects/tickets/{made.json['id']}", properties="case_note")
    side.close()

    assert refused.json["errors"][0]["context"]["requiredGranularScopes"] == ["tickets.highly_sensitive.v2"]
    assert read.json["properties"]["case_note"] == "x"
