"""Sensitive properties beside the records: webhooks, lists, imports, searches, and the calls of before v3.

What each may do with them stands in HubSpot's guide "Access and manage Sensitive Data"; lists are inferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hubspot_bench import WORLD, Answer, Caller, account

CONTACTS = "/crm/v3/objects/contacts"
DEFINITION = {"label": "Passport", "type": "string", "fieldType": "text"}
READ, WRITE = "crm.objects.contacts.sensitive.read.v2", "crm.objects.contacts.sensitive.write.v2"
HIGH_READ, HIGH_WRITE = (s.replace("sensitive", "highly_sensitive") for s in (READ, WRITE))
LIST = {"name": "L", "objectTypeId": "0-1", "processingType": "DYNAMIC"}


@pytest.fixture
def call() -> Iterator[Caller]:
    contact = {**DEFINITION, "groupName": "contactinformation"}
    marked = [
        {"name": "passport", **contact, "dataSensitivity": "sensitive"},
        {"name": "diagnosis", **contact, "dataSensitivity": "highly_sensitive"},
    ]
    license_ = {**DEFINITION, "name": "license", "groupName": "companyinformation", "dataSensitivity": "sensitive"}
    properties = {**WORLD["properties"], "contacts": marked, "companies": [license_]}
    side = account(properties=properties, switches={"plan": "enterprise"})
    yield Caller(side)
    side.close()


def grant(call: Caller, *scopes: str) -> None:
    call.side.set_switch("scopes_added", scopes)


def needed(answer: Answer) -> list[str]:
    assert (answer.status, answer.json["category"]) == (403, "MISSING_SCOPES"), answer.content
    found: list[str] = answer.json["errors"][0]["context"]["requiredGranularScopes"]
    return found


def subscribe(call: Caller, event: str, name: str, **more: str) -> Answer:
    body = {"eventType": event, "propertyName": name, "active": True, **more}
    return call("POST", f"/webhooks/v3/{call.side.portal.auth.app_id}/subscriptions", body)


def test_an_event_of_a_sensitive_property_hides_its_value(call: Caller) -> None:
    refused = subscribe(call, "contact.propertyChange", "passport")
    grant(call, READ, WRITE)
    hooks = call.side.portal.webhooks
    app = f"/webhooks/v3/{call.side.portal.auth.app_id}"
    hook = {"targetUrl": "https://hook.example/x", "throttling": {"maxConcurrentRequests": 1}}
    assert call("PUT", f"{app}/settings", hook).status == 200
    made = [subscribe(call, "contact.propertyChange", name).status for name in ("passport", "city")]
    call("POST", CONTACTS, {"properties": {"email": "p@a.example", "passport": "X1", "city": "Bergen"}})
    events = {event["propertyName"]: event["propertyValue"] for _, _, event in hooks._queue}

    assert needed(refused) == [READ]
    assert made == [201, 201]
    assert events == {"passport": "REDACTED", "city": "Bergen"}


@pytest.mark.parametrize(
    ("event", "more"), [("contact.propertyChange", {}), ("object.propertyChange", {"type": "0-1"})]
)
def test_nothing_highly_sensitive_may_be_watched(call: Caller, event: str, more: dict[str, str]) -> None:
    grant(call, HIGH_READ, READ)
    given = {"objectTypeId": more["type"]} if more else {}

    assert subscribe(call, event, "diagnosis", **given).status == 400
    assert subscribe(call, event, "passport", **given).status == 201


@pytest.mark.parametrize(
    "asked",
    [
        {"properties": ["diagnosis"]},
        {"filters": [{"propertyName": "diagnosis", "operator": "HAS_PROPERTY"}]},
        {"sorts": ["diagnosis"]},
    ],
)
def test_nothing_highly_sensitive_may_be_searched(call: Caller, asked: dict[str, Any]) -> None:
    grant(call, HIGH_READ, READ)
    made = call("POST", CONTACTS, {"properties": {"email": "p@a.example"}}).json["id"]

    assert call("POST", f"{CONTACTS}/search", asked).status == 400
    assert call("GET", f"{CONTACTS}/{made}", properties="diagnosis").json["properties"]["diagnosis"] is None


def _filter(name: str, **operation: Any) -> dict[str, Any]:
    asked = {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN", **operation}
    return {"filterType": "PROPERTY", "property": name, "operation": asked}


@pytest.mark.parametrize(
    ("branch", "scope"),
    [
        ({"filterBranchType": "AND", "filters": [_filter("passport")]}, READ),
        ({"filterBranchType": "AND", "filters": [_filter("diagnosis")]}, HIGH_READ),
        (
            {
                "filterBranchType": "ASSOCIATION",
                "objectTypeId": "0-2",
                "operator": "IN_LIST",
                "associationTypeId": 279,
                "filters": [_filter("license")],
            },
            READ.replace("contacts", "companies"),
        ),
    ],
)
def test_a_filter_of_a_list_wants_the_scope_of_reading(call: Caller, branch: dict[str, Any], scope: str) -> None:
    whole = {"filterBranchType": "OR", "filterBranches": [{"filterBranchType": "AND", "filterBranches": [branch]}]}
    plain = {"filterBranchType": "AND", "filters": [_filter("city")]}
    other = call("POST", "/crm/v3/lists", {**LIST, "name": "Plain", "filterBranch": plain}).json["list"]["listId"]

    refused = call("POST", "/crm/v3/lists", {**LIST, "filterBranch": whole})
    changed = call("PUT", f"/crm/v3/lists/{other}/update-list-filters", {"filterBranch": whole})
    grant(call, scope)
    made = call("POST", "/crm/v3/lists", {**LIST, "filterBranch": whole})

    assert needed(refused) == needed(changed) == [scope]
    assert made.status == 200, made.content


@pytest.mark.parametrize(
    ("name", "column", "scope"),
    [
        ("passport", {}, WRITE),
        ("diagnosis", {"columnObjectTypeId": "0-1"}, HIGH_WRITE),
        ("license", {"columnObjectTypeId": "0-2"}, WRITE.replace("contacts", "companies")),
    ],
)
def test_a_column_of_an_import_wants_the_scope_of_writing(
    call: Caller, name: str, column: dict[str, str], scope: str
) -> None:
    page = {
        "hasHeader": True,
        "columnMappings": [
            {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"},
            {"columnObjectTypeId": "0-1", "columnName": "Number", "propertyName": name, **column},
        ],
    }
    request = {"name": "I", "files": [{"fileName": "a.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    parts = [
        b'Content-Disposition: form-data; name="importRequest"\r\n\r\n' + orjson.dumps(request),
        b'Content-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\nEmail,Number\np@a.example,X1\n',
    ]
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"

    def start() -> Answer:
        return call("POST", "/crm/v3/imports", raw=body, content_type="multipart/form-data; boundary=b")

    refused = start()
    grant(call, scope)

    assert needed(refused) == [scope]
    assert call("GET", "/crm/v3/imports").json["results"] == []
    assert start().status == 200


def test_a_filter_of_an_export_wants_the_scope_of_reading(call: Caller) -> None:
    filters = [{"propertyName": "passport", "operator": "HAS_PROPERTY"}]
    body = {
        "exportType": "VIEW",
        "format": "CSV",
        "objectType": "CONTACT",
        "objectProperties": ["email"],
        "publicCrmSearchRequest": {"filters": filters},
    }

    refused = call("POST", "/crm/v3/exports/export/async", body)
    grant(call, READ)

    assert needed(refused) == [READ]
    assert call("POST", "/crm/v3/exports/export/async", body).status == 202


def test_the_calls_of_before_v3_leave_sensitive_values_out_without_a_word(call: Caller) -> None:
    grant(call, READ, WRITE)
    made = call("POST", CONTACTS, {"properties": {"email": "p@a.example", "passport": "X1"}}).json["id"]
    old = f"/contacts/v1/contact/vid/{made}/profile"
    sent = [{"property": "passport", "value": "X2"}, {"property": "city", "value": "Bergen"}]

    written = call("POST", old, {"properties": sent})
    shown = call("GET", old).json["properties"]
    asked = call("GET", f"{old}?property=passport&property=city").json["properties"]
    searched = call("GET", "/contacts/v1/search/query?q=p@a.example&property=passport")
    now = call("GET", f"{CONTACTS}/{made}", properties="passport,city").json["properties"]

    assert written.status == 204
    assert "passport" not in shown
    assert list(asked) == ["city"]
    assert (now["passport"], now["city"]) == ("X1", "Bergen")
    assert searched.status == 403
