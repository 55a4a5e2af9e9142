"""What the rest of the twin does with the side: loads, keeps, edits, deletes, merges, dumps; and how fast it is."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import pytest
from hubspot_bench import Caller, account

from trueup.errors import UsageError
from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.recorder import Recorder

ROW: dict[str, Any] = {
    "id": "73000000001",
    "createdate": "2025-01-01T00:00:00Z",
    "lastmodifieddate": "2025-02-01T00:00:00.250Z",
    "email": "ada@a.example",
    "lifecyclestage": "customer",
}


def test_loaded_rows_come_out_as_they_went_in() -> None:
    side = account()
    enveloped = {
        "id": "23800000001",
        "properties": {"name": "Acme", "numberofemployees": 12},
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-03-01T00:00:00Z",
        "archived": True,
        "archivedAt": "2025-04-01T00:00:00Z",
    }
    assert side.empty
    side.load("contacts", [ROW])
    side.load("companies", [enveloped])

    contact, company = next(side.dump("contacts")), next(side.dump("companies"))

    assert not side.empty
    assert (contact["createdAt"], contact["updatedAt"]) == (ROW["createdate"], ROW["lastmodifieddate"])
    assert contact["properties"]["lifecyclestage"] == "customer"
    assert company["properties"]["numberofemployees"] == "12"
    assert (company["archived"], company["archivedAt"]) == (True, "2025-04-01T00:00:00Z")


def test_loaded_history_and_ties_are_answered() -> None:
    side = account()
    side.load("contacts", [ROW])
    side.load("companies", [{"id": "5", "name": "Acme", "createdate": "2025-01-01T00:00:00Z"}])
    versions = [("lead", "2025-01-01T00:00:00Z"), ("customer", 1_738_368_000_000)]
    side.load_history(
        "contacts",
        [{"id": ROW["id"], "property": "lifecyclestage", "value": v, "timestamp": t, "source_type": "CRM_UI",
          "source_id": "userId:9"} for v, t in versions],
    )  # fmt: skip
    side.associate_many("contacts", "companies", 1, [(ROW["id"], "5")])
    side.finish_loading()
    call = Caller(side)

    shown = call("GET", f"/crm/v3/objects/contacts/{ROW['id']}", propertiesWithHistory="lifecyclestage").json

    assert [(v["value"], v["timestamp"]) for v in shown["propertiesWithHistory"]["lifecyclestage"]] == [
        ("customer", "2025-02-01T00:00:00Z"),
        ("lead", "2025-01-01T00:00:00Z"),
    ]
    assert {(t["from_type"], t["type_id"]) for t in side.dump("associations")} == {
        ("contacts", 1), ("contacts", 279), ("companies", 2), ("companies", 280),
    }  # fmt: skip


def test_what_loaded_records_are_tied_to_is_counted_when_the_load_is_done() -> None:
    side = account()
    day = "2025-01-01T00:00:00Z"
    side.load("contacts", [{"id": str(n), "lastname": "L", "createdate": day} for n in (1, 2, 3)])
    side.load("companies", [{"id": "5", "name": "Acme", "createdate": day}])
    stages = {"7": "contractsent", "8": "closedwon"}
    side.load("deals", [{"id": n, "dealname": "D", "dealstage": s, "createdate": day} for n, s in stages.items()])
    side.load("calls", [{"id": "9", "hs_timestamp": day, "hs_createdate": day}])
    side.load("notes", [{"id": "9", "hs_timestamp": day, "hs_createdate": day}])
    side.associate_many("contacts", "companies", 1, [("1", "5"), ("2", "5")])
    side.associate_many("deals", "companies", 5, [("7", "5"), ("8", "5")])
    side.associate_many("deals", "contacts", 3, [("7", "1")])
    for activity, type_id in (("calls", 194), ("notes", 202)):
        side.associate_many(activity, "contacts", type_id, [("9", "1")])
    side.finish_loading()

    def shown(object_type: str, record_id: int) -> dict[str, str]:
        props = next(r for r in side.dump(object_type) if r["id"] == str(record_id))["properties"]
        return {n: v for n, v in props.items() if n.startswith(("num_", "hs_num_open"))}

    assert shown("companies", 5) == {
        "num_associated_contacts": "2", "num_associated_deals": "2", "hs_num_open_deals": "1"
    }  # fmt: skip
    assert shown("contacts", 1) == {"num_associated_deals": "1", "num_notes": "2", "num_contacted_notes": "1"}
    assert shown("contacts", 3) == {}
    assert shown("deals", 7) == {"num_associated_contacts": "1"}


def test_a_kept_account_opens_again_with_all_it_held(tmp_path: Path) -> None:
    def opened() -> HubSpotSide:
        clock = Clock()
        return HubSpotSide(
            tmp_path / "hubspot.db", clock, Recorder(clock=clock), {"switches": {"search_lag_seconds": 0}}
        )

    first = opened()
    first.clock = first.portal._clock  # type: ignore[attr-defined]
    first.load("contacts", [ROW])
    first.load("owners", [{"id": "51", "email": "ann@twin.example"}])
    first.finish_loading()
    call = Caller(first)
    group = "contactinformation"
    body = {"name": "kept", "label": "Kept", "type": "string", "fieldType": "text", "groupName": group}
    assert call("POST", "/crm/v3/properties/contacts", body).status == 201
    made = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "b@a.example", "kept": "yes"}}).json["id"]
    before = list(first.dump("contacts"))
    credentials = first.credentials("")
    first.close()

    second = opened()

    assert not second.empty
    assert list(second.dump("contacts")) == before
    assert second.credentials("") == credentials
    assert second.portal.owners.get("51") is not None
    second.clock = second.portal._clock  # type: ignore[attr-defined]
    again = Caller(second)
    assert again("GET", f"/crm/v3/objects/contacts/{made}", properties="kept").json["properties"]["kept"] == "yes"
    assert again("POST", "/crm/v3/objects/contacts", {"properties": {"email": "b@a.example"}}).status == 409
    second.close()


def test_somebody_in_the_crm_edits_deletes_and_merges() -> None:
    side = account()
    side.load("contacts", [ROW, {**ROW, "id": "73000000002", "email": "eva@a.example"}])

    edited = side.edit("contacts", ROW["id"], {"city": "Rome"}, user=7)
    merged = side.merge("contacts", ROW["id"], ["73000000002"])
    side.delete("contacts", merged)

    assert edited["properties"]["city"] == "Rome"
    assert edited["updatedAt"] > ROW["lastmodifieddate"]
    assert [r["archived"] for r in side.dump("contacts")] == [True]
    assert {(m["old_id"], m["new_id"]) for m in side.dump("merged")} == {(ROW["id"], merged), ("73000000002", merged)}
    with pytest.raises(UsageError, match="no live contact"):
        side.edit("contacts", "5", {"city": "x"})


def test_a_bad_edit_is_an_error_and_changes_nothing() -> None:
    side = account()
    side.load("contacts", [ROW])

    with pytest.raises(UsageError, match="does not exist"):
        side.edit("contacts", ROW["id"], {"no_such": "1"})
    assert next(side.dump("contacts"))["updatedAt"] == ROW["lastmodifieddate"]


def test_ids_are_unique_and_scattered() -> None:
    ids = [int(make_id("contacts", n)) for n in range(150_000)]

    assert len(set(ids)) == len(ids)
    assert sum(a > b for a, b in itertools.pairwise(ids)) > 30_000
    assert {len(str(i)) for i in ids} == {11}


def test_a_list_reads_three_thousand_records_a_second_and_far_more() -> None:
    side = account()
    people = 5_000
    side.load("contacts", ({**ROW, "id": make_id("contacts", n), "email": f"{n}@a.example"} for n in range(people)))
    side.finish_loading()
    call = Caller(side)

    began, seen, after = time.process_time(), 0, ""  # our own time: others may be at work here too
    while True:
        page = call("GET", "/crm/v3/objects/contacts", limit=100, properties="email,firstname,phone", after=after).json
        seen += len(page["results"])
        if "paging" not in page:
            break
        after = page["paging"]["next"]["after"]
    speed = seen / (time.process_time() - began)

    assert seen == people
    assert speed > 3_000
