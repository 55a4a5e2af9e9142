"""Airbyte's own HubSpot source: the definitions of every type by the old paths, lists by the hundred, histories, deletes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

STREAMS = (
    *("contacts", "companies", "deals", "deals_archived", "deals_property_history", "deal_splits", "goals", "leads"),
    *("owners", "deal_pipelines", "ticket_pipelines", "contact_lists", "engagements_notes", "forms", "workflows"),
)


def test_airbytes_source_reads_every_kind_of_stream(portal: Any, stranger: Callable[..., Any]) -> None:
    tap = stranger("airbyte-source-hubspot==5.7.0")
    note = portal.side.create("notes", {"hs_note_body": "met", "hs_timestamp": "2026-01-01T00:00:00Z"})["id"]
    gone, moved = (portal.live("deals")[n]["id"] for n in (4, 5))
    portal.side.delete("deals", gone)
    portal.side.edit("deals", moved, {"dealstage": "contractsent"})
    portal.side.portal.lists.create({"name": "all", "objectTypeId": "0-1", "processingType": "MANUAL"}, 1)
    config = {
        "start_date": "2020-01-01T00:00:00Z",
        "credentials": {"credentials_title": "Private App Credentials", "access_token": portal.token},
    }
    catalog = {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
                "sync_mode": "full_refresh",
                "destination_sync_mode": "append",
            }
            for name in STREAMS
        ]
    }
    (tap.folder / "config.json").write_text(json.dumps(config))
    (tap.folder / "catalog.json").write_text(json.dumps(catalog))

    done = tap.run("source-hubspot", "read", "--config", "config.json", "--catalog", "catalog.json")

    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [m["trace"]["error"] for m in messages if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"] == []
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
    for message in messages:
        if message["type"] == "RECORD":
            found[message["record"]["stream"]].append(message["record"]["data"])
    for name in ("contacts", "companies", "deals"):
        assert Counter(row["id"] for row in found[name]) == Counter(row["id"] for row in portal.live(name))
    assert [row["id"] for row in found["deals_archived"]] == [gone]
    assert [row["id"] for row in found["engagements_notes"]] == [note]
    assert sorted(row["email"] for row in found["owners"]) == ["ann@twin.example", "bo@twin.example"]
    assert [row["name"] for row in found["contact_lists"]] == ["all"]
    stages = [
        row for row in found["deals_property_history"] if row["dealId"] == moved and row["property"] == "dealstage"
    ]
    assert {row["sourceType"] for row in stages} >= {"CRM_UI"}
    assert len(stages) == 2
    assert {r["status"] for r in portal.requests()} == {200}
