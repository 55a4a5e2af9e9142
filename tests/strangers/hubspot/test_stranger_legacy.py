"""hubspot3 speaks v1 and v2 only: vids, epoch milliseconds, offsets, and the old refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_library_of_the_v1_days_does_its_ordinary_work(portal: Any, stranger: Callable[..., Any]) -> None:
    loaded = {name: {int(row["id"]) for row in portal.side.dump(name)} for name in ("contacts", "companies", "deals")}

    found = stranger("hubspot3==3.2.56").script("legacy_client.py")

    for name, ids in loaded.items():
        assert set(map(int, found[name])) == ids
        assert len(found[name]) == len(ids)
    assert len(found["recent"]) == len(set(found["recent"])) == 120
    assert len(set(found["recent_deals"])) == 30
    assert found["owners"] == ["ann@twin.example", "bo@twin.example"]
    assert found["read"] == {"firstname": "Old", "lastname": "School", "email": "old@stranger.example"}
    assert found["upsert"]["isNew"] is True
    assert found["conflict"] == ["HubspotConflict", found["made"]]
    assert found["invalid"] == ["HubspotBadRequest", "INVALID_EMAIL"]
    assert found["missing"] == "HubspotNotFound"
    assert found["deal"]["associations"]["associatedVids"] == [found["made"]]
    assert len(found["deal"]["associations"]["associatedCompanyIds"]) == 1
    assert found["stage"] == "closedwon"
    assert found["call"]["metadata"] == {"body": "Talked", "status": "COMPLETED", "durationMilliseconds": 1500}
    assert found["call"]["engagement"]["timestamp"] == 1700000000000
    assert found["associated"] == [found["call"]["engagement"]["id"]]
    assert found["merged"] not in (found["made"], found["upsert"]["vid"])
    assert portal.props("contacts", str(found["merged"]))["hs_additional_emails"] == "newer@stranger.example"
    assert found["pipelines"] == ["default"]
    assert found["secondary"] == [["third@stranger.example"], True, []]
    assert (found["defined"], found["groups"], found["lines"], found["user"]) == ("Shoe size", False, True, True)
    assert [o["email"] for o in portal.side.portal.owners.all(archived=True)] == ["invited@stranger.example"]
