"""What follows in the account from a change elsewhere: leads without a contact, edited pipelines, restored records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import Caller, account

from trueup.errors import UsageError


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account()
    yield Caller(side)
    side.close()


def contact(call: Caller, email: str) -> str:
    return str(call("POST", "/crm/v3/objects/contacts", {"properties": {"email": email}}).json["id"])


def test_a_lead_that_loses_its_contact_is_deleted(call: Caller) -> None:
    about = contact(call, "a@one.example")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    body = {"properties": {"hs_lead_name": "L"}, "associations": [{"to": {"id": about}, "types": types}]}
    lead = call("POST", "/crm/v3/objects/leads", body).json["id"]
    assert call("GET", f"/crm/v3/objects/leads/{lead}").status == 200

    call("DELETE", f"/crm/v4/objects/leads/{lead}/associations/contacts/{about}")

    assert call("GET", f"/crm/v3/objects/leads/{lead}").status == 404
    assert call("GET", f"/crm/v3/objects/leads/{lead}", archived="true").status == 200


def test_editing_a_pipeline_stamps_every_deal_in_it_and_is_noted_in_its_audit(call: Caller) -> None:
    inside, outside = (
        call("POST", "/crm/v3/objects/deals", {"properties": {"dealname": "D", **props}}).json
        for props in ({"pipeline": "default", "dealstage": "contractsent"}, {})
    )
    call.side.clock.advance(60)  # type: ignore[attr-defined]

    call("PATCH", "/crm/v3/pipelines/deals/default", {"label": "Renamed"})
    call("PATCH", "/crm/v3/pipelines/deals/default/stages/closedlost", {"label": "Gone"})

    now = {d["id"]: call("GET", f"/crm/v3/objects/deals/{d['id']}").json["updatedAt"] for d in (inside, outside)}
    assert now[inside["id"]] > inside["updatedAt"]
    assert now[outside["id"]] == outside["updatedAt"]
    noted = call("GET", "/crm/v3/pipelines/deals/default/audit").json["results"]
    assert [(entry["action"], entry["identifier"]) for entry in noted] == [("UPDATE", "default")] * 2
    assert noted[0]["rawObject"]["label"] == "Renamed"


def test_an_archived_record_may_be_restored_for_ninety_days_while_its_address_is_free(call: Caller) -> None:
    first, second, third = (contact(call, f"{n}@one.example") for n in "abc")
    for one in (first, second, third):
        call("DELETE", f"/crm/v3/objects/contacts/{one}")
    contact(call, "b@one.example")

    call.side.undelete("contacts", first)

    shown = call("GET", f"/crm/v3/objects/contacts/{first}").json
    assert (shown["archived"], shown["properties"]["email"]) == (False, "a@one.example")
    assert call("GET", "/crm/v3/objects/contacts/a@one.example", idProperty="email").json["id"] == first
    with pytest.raises(UsageError, match="already"):
        call.side.undelete("contacts", second)
    call.side.clock.advance(91 * 86_400)  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="more than 90 days"):
        call.side.undelete("contacts", third)
    with pytest.raises(UsageError, match="no archived contact"):
        call.side.undelete("contacts", first)


def test_an_export_names_what_each_row_is_tied_to(call: Caller) -> None:
    person = contact(call, "a@one.example")
    contact(call, "b@one.example")
    firms = [call("POST", "/crm/v3/objects/companies", {"properties": {"name": n}}).json["id"] for n in "AB"]
    for firm in firms:
        call("PUT", f"/crm/v4/objects/contacts/{person}/associations/default/companies/{firm}")
    asked: dict[str, Any] = {
        "exportType": "VIEW", "exportName": "x", "format": "CSV", "language": "EN", "objectType": "CONTACT",
        "objectProperties": ["email"], "associatedObjectType": "COMPANY",
    }  # fmt: skip

    started = call("POST", "/crm/v3/exports/export/async", asked).json["id"]
    call.side.clock.advance(5)  # type: ignore[attr-defined]
    status = call("GET", f"/crm/v3/exports/export/async/tasks/{started}/status").json
    text = Caller(call.side, "")("GET", status["result"].removeprefix("http://twin.test")).content.decode()

    head, *rows = text.splitlines()
    assert head == "Record ID,Email,Associated Company IDs"
    assert f"{person},a@one.example,{';'.join(sorted(firms, key=int))}" in rows
    assert any(row.endswith("b@one.example,") for row in rows)


def test_webhook_events_tell_the_primary_company_and_a_restored_record(call: Caller) -> None:
    hooks = call.side.portal.webhooks
    person = contact(call, "a@one.example")
    firm = call("POST", "/crm/v3/objects/companies", {"properties": {"name": "A"}}).json["id"]
    pair = f"contacts/{person}:companies/{firm}"
    ties, back = ({"eventType": f"contact.{kind}"} for kind in ("associationChange", "restore"))

    first = list(hooks._events(ties, ("associations", pair, "associate", None, {"types": [279, 1]})))
    plain = list(hooks._events(ties, ("associations", pair, "associate", None, {"types": [279]})))
    restored = list(hooks._events(back, ("contacts", person, "restore", None, {})))

    assert [event["isPrimaryAssociation"] for event in (*first, *plain)] == [True, False]
    assert [(event["objectId"], event["changeFlag"]) for event in restored] == [(int(person), "RESTORED")]
