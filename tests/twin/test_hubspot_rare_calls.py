"""Calls of today that few programs make: audits of stages, users, exports told, memberships and schemas in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import Caller, account


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account()
    ann = {"id": "51", "email": "ann@rare.example", "firstName": "Ann", "lastName": "Lee", "userId": 7}
    side.load("owners", [{**ann, "teams": [{"id": "3", "name": "North"}]}])
    yield Caller(side)
    side.close()


def test_a_stage_has_an_audit_of_its_own(call: Caller) -> None:
    stages = "/crm/v3/pipelines/deals/default/stages"

    def audit(stage: str) -> list[tuple[str, str, str]]:
        found = call("GET", f"{stages}/{stage}/audit").json["results"]
        return [(e["action"], e["identifier"], e["rawObject"]["label"]) for e in found]

    assert audit("closedlost") == []
    call("PATCH", f"{stages}/closedlost", {"label": "Gone"})
    call("PATCH", "/crm/v3/pipelines/deals/default", {"label": "Renamed"})
    made = call("POST", stages, {"label": "New", "metadata": {"probability": "0.5"}}).json["id"]
    call("DELETE", f"{stages}/{made}")

    assert audit("closedlost") == [("UPDATE", "closedlost", "Gone")]
    assert audit(made) == [("DELETE", made, "New"), ("CREATE", made, "New")]
    assert audit("closedwon") == []
    assert call("GET", f"{stages}/nosuch/audit").status == 404
    nameless = call("GET", "/crm/v3/pipelines/deals/%7BpipelineId%7D/stages/closedlost/audit")
    assert len(nameless.json["results"]) == 1


def test_a_pipeline_is_made_changed_and_deleted_by_the_old_calls(call: Caller) -> None:
    base = "/crm-pipelines/v1/pipelines/tickets"
    new: dict[str, Any] = {"pipelineId": "old1", "label": "Old", "displayOrder": 1, "active": True}
    new["stages"] = [{"stageId": "o1", "label": "Open", "displayOrder": 0, "metadata": {"ticketState": "OPEN"}}]
    made = call("POST", base, new)
    new["stages"].append({"stageId": "o2", "label": "Shut", "displayOrder": 1, "metadata": {"ticketState": "CLOSED"}})
    changed = call("PUT", f"{base}/old1", {**new, "label": "Older"})

    assert (made.status, made.json["pipelineId"], made.json["active"]) == (200, "old1", True)
    assert [stage["stageId"] for stage in changed.json["stages"]] == ["o1", "o2"]
    assert call("GET", "/crm/v3/pipelines/tickets/old1").json["label"] == "Older"
    assert call("DELETE", f"{base}/old1").status == 204
    assert call("GET", "/crm/v3/pipelines/tickets/old1").status == 404


def test_a_user_is_invited_renamed_and_taken_out(call: Caller) -> None:
    base = "/settings/v3/users"
    made = call("POST", base, {"email": "Bo@rare.example", "firstName": "Bo", "primaryTeamId": "3"})
    number = made.json["id"]
    renamed = call("PUT", f"{base}/{number}", {"lastName": "Quist"})
    first = call("GET", f"{base}?limit=1").json
    (owner,) = call("GET", "/crm/v3/owners?email=bo@rare.example").json["results"]

    assert (made.status, made.json["email"], made.json["primaryTeamId"]) == (201, "bo@rare.example", "3")
    assert (renamed.json["firstName"], renamed.json["lastName"]) == ("Bo", "Quist")
    assert call("GET", f"{base}/bo@rare.example?idProperty=EMAIL").json["id"] == number
    assert [user["id"] for user in first["results"]] == ["7"]
    assert [u["id"] for u in call("GET", f"{base}?after={first['paging']['next']['after']}").json["results"]] == [
        number
    ]
    assert str(owner["userId"]) == number
    assert call("POST", base, {"email": "bo@rare.example"}).status == 409
    assert call("POST", base, {"email": "nobody"}).status == 400
    assert call("GET", f"{base}/teams").json["results"][0]["userIds"] == ["7", number]
    assert call("GET", f"{base}/roles").json == {"results": []}
    assert call("DELETE", f"{base}/{number}").status == 204
    assert call("GET", f"{base}/{number}").status == 404
    assert call("GET", f"/crm/v3/owners/{owner['id']}?archived=true").json["archived"] is True


def test_a_report_of_crowded_records_goes_to_a_user(call: Caller) -> None:
    base = "/crm/v4/associations/usage/high-usage-report"
    taken = call("POST", f"{base}/7").json

    assert (taken["userId"], taken["userEmail"], taken["enqueueTime"]["dateOnly"]) == (7, "ann@rare.example", False)
    assert call("POST", f"{base}/8").status == 404


def test_an_export_is_told_from_queue_to_done(call: Caller) -> None:
    call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@rare.example"}})
    ask = {"exportType": "VIEW", "exportName": "All", "format": "CSV", "objectType": "CONTACT", "language": "EN"}
    made = call("POST", "/crm/v3/exports/export/async", {**ask, "objectProperties": ["email"]}).json["id"]
    before = call("GET", f"/crm/v3/exports/export/{made}").json
    call.side.clock.advance(600)  # type: ignore[attr-defined]
    after = call("GET", f"/crm/v3/exports/export/{made}").json

    assert (before["exportState"], "recordCount" in before) == ("ENQUEUED", False)
    assert (after["exportState"], after["recordCount"], after["objectType"]) == ("DONE", 1, "CONTACT")
    assert after["updatedAt"] > after["createdAt"]
    assert call("GET", "/crm/v3/exports/export/1").status == 404


def test_memberships_and_schemas_are_read_in_batches(call: Caller) -> None:
    one, two = (
        call("POST", "/crm/v3/objects/contacts", {"properties": {"email": f"{n}@rare.example"}}).json["id"]
        for n in "ab"
    )
    new = {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = call("POST", "/crm/v3/lists", new).json["list"]["listId"]
    call("PUT", f"/crm/v3/lists/{made}/memberships/add", [one])
    inputs = [{"objectTypeId": "0-1", "recordId": i} for i in (one, two)]
    found = call("POST", "/crm/v3/lists/records/memberships/batch/read", {"inputs": inputs}).json["results"]
    listed = {row["recordId"]: [m["listId"] for m in row["recordListMemberships"]] for row in found}
    flags = {"includePropertyDefinitions": False, "includeAssociationDefinitions": True}
    schemas = call("POST", "/crm-object-schemas/v3/schemas/batch/read", {"inputs": ["contacts", "0-3", "no"], **flags})

    assert listed == {one: [made], two: []}
    assert [row["objectTypeId"] for row in schemas.json["results"]] == ["0-1", "0-3"]
    assert schemas.json["results"][0]["properties"] == []
    assert schemas.json["results"][0]["associations"]


def test_an_apps_own_settings_open_to_its_developers_key_and_nothing_else_does(call: Caller) -> None:
    known = call.side.credentials("")
    settings, key = f"/webhooks/v3/{known['app_id']}/settings", known["developer_api_key"]
    nobody = Caller(call.side, "")
    body = {"targetUrl": "https://rare.example/hook", "throttling": {"maxConcurrentRequests": 5}}

    assert nobody("PUT", f"{settings}?hapikey={key}", body).status == 200
    assert nobody("GET", f"{settings}?hapikey={key}").json["targetUrl"] == body["targetUrl"]
    assert nobody("GET", f"{settings}?hapikey=other").status == 401
    assert nobody("GET", settings).status == 401
    assert nobody("GET", f"/crm/v3/objects/contacts?hapikey={key}").status == 401
    assert call("GET", settings).status == 200


@pytest.mark.parametrize(
    ("name", "type_id", "properties"),
    [
        ("invoices", "0-53", {"hs_currency": "USD", "hs_invoice_status": "draft"}),
        ("taxes", "0-86", {"hs_label": "VAT", "hs_type": "PERCENT", "hs_value": "25"}),
        ("appointments", "0-421", {"hs_appointment_name": "Visit"}),
        ("goal_targets", "0-74", {"hs_goal_name": "More", "hs_target_amount": "5"}),
    ],
)
def test_records_of_commerce_and_of_the_library_are_made_and_found(
    call: Caller, name: str, type_id: str, properties: dict[str, str]
) -> None:
    made = call("POST", f"/crm/v3/objects/{name}", {"properties": properties})
    (found,) = call("POST", f"/crm/v3/objects/{type_id}/search", {"properties": list(properties)}).json["results"]

    assert made.status == 201
    assert properties.items() <= found["properties"].items()
    assert call("GET", f"/crm/v3/schemas/{type_id}").json["objectTypeId"] == type_id


def test_a_private_apps_token_is_told_and_no_other(call: Caller) -> None:
    ask = "/oauth/v2/private-apps/get/access-token-info"
    known = call.side.credentials("")
    told = call("POST", ask, {"tokenKey": known["access_token"]}).json

    assert (told["hubId"], told["appId"]) == (known["portal_id"], known["app_id"])
    assert "crm.objects.contacts.read" in told["scopes"]
    assert call("POST", ask, {"tokenKey": "other"}).status == 404
    assert call("POST", ask, {}).status == 404


def test_the_order_of_a_group_is_a_whole_number(call: Caller) -> None:
    made = call("POST", "/crm/v3/properties/companies/groups", {"name": "g", "label": "G", "displayOrder": ""})
    whole = call("POST", "/crm/v3/properties/companies/groups", {"name": "g", "label": "G", "displayOrder": 3})
    changed = call("PATCH", "/crm/v3/properties/companies/groups/g", {"displayOrder": "last"})
    named = call("PATCH", "/crm/v3/properties/companies/groups/g", {"label": "Of ours"})

    assert [made.status, whole.status, changed.status, named.status] == [400, 201, 400, 200]
    assert (named.json["label"], named.json["displayOrder"]) == ("Of ours", 3)
