"""HubSpot's JavaScript client, unmodified: pages, batches, search, associations, merge, OAuth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PEOPLE, HOUSE = 230, 6
"""Loaded contacts, and how many of them belong to one house (230 people in 40 houses)."""


@pytest.fixture
def found(stranger: Callable[..., Any]) -> dict[str, Any]:
    result: dict[str, Any] = stranger("@hubspot/api-client@14.0.1", kind="npm").script("node_client.js")
    return result


def test_hubspots_javascript_client_does_its_ordinary_work(portal: Any, found: dict[str, Any]) -> None:
    loaded = {row["id"] for row in portal.side.dump("contacts")}
    assert len(found["all"]) == len(set(found["all"])) == found["withCompany"] == found["withHistory"] == PEOPLE
    assert set(found["all"]) <= loaded | set(found["merged"]["ids"])
    assert found["dateIsDate"] is True

    assert found["search"]["total"] == len(set(found["search"]["ids"])) == HOUSE
    assert found["madeStatus"] == "COMPLETE"
    assert found["read"] == {"results": 3, "errors": 1, "category": "OBJECT_NOT_FOUND"}
    assert found["updated"] is True
    assert found["upserted"] == [False, True]
    assert found["again"]["code"] == 409
    assert found["made"]["node1@stranger.example"] in found["again"]["message"]
    assert (found["badValue"]["code"], found["badValue"]["category"]) == (400, "VALIDATION_ERROR")
    assert found["missing"]["code"] == 404

    ids = found["merged"]["ids"]
    assert found["associated"] == sorted(ids[:2])
    assert found["pairs"] == {"results": 2, "errors": 1}
    assert found["afterArchive"] == 1
    assert found["merged"]["id"] == found["merged"]["old"]
    assert found["merged"]["id"] not in ids
    assert found["archived"] == [ids[2]]

    assert found["pipelines"] == 7
    assert found["owners"] == ["ann@twin.example", "bo@twin.example"]
    assert found["property"] == "node_score"
    assert found["raw"] == portal.side.portal.portal_id
    assert found["oauth"] == {"lasts": 1800, "reads": 1}
    assert found["scopes"] == ["oauth", "crm.objects.contacts.read"]
    assert (found["scopeRefused"]["code"], found["scopeRefused"]["category"]) == (403, "MISSING_SCOPES")


REFUSED = {
    "crm.associations.batchApi.create": "200",
    "crm.exports.publicExportsApi.start": "TypeError",
    "crm.lists.listsApi.cancelConversion": "404",
    "crm.lists.listsApi.getConversionDetails": "404",
    "crm.lists.listsApi.scheduleOrUpdateConversion": "404",
    "crm.objects.feedbackSubmissions.basicApi.getById": "404",
    "crm.objects.leads.batchApi.upsert": "400",
}
"""What the client cannot do and why: the service answers 200 since August 2025 where it waits for 201
(hubspot-api-nodejs#656); it cannot write its own request for an export; conversions of lists are not in the twin;
nobody gave feedback; a lead needs a contact, which an upsert cannot name."""

NOT_CALLED = ("crm.extensions.", "crm.timeline.", "crm.objects.dealSplits.", "settings.businessUnits.",
              "crm.exports.publicExportsApi.getStatus")  # fmt: skip


def test_hubspots_javascript_client_is_answered_by_every_method_of_its_crm(
    portal: Any, stranger: Callable[..., Any]
) -> None:
    portal.side.portal.switches.set("plan", "enterprise")

    told: dict[str, Any] = stranger("@hubspot/api-client@14.0.1", kind="npm").script("node_walk.js")

    refused = {name: row["refused"].split()[0] for name, row in told.items() if row["refused"]}
    idle = [name for name, row in told.items() if not row["good"] and not row["refused"]]
    assert refused == REFUSED
    assert [name for name in idle if not name.startswith(NOT_CALLED)] == []
    assert sum(row["good"] for row in told.values()) > 350
