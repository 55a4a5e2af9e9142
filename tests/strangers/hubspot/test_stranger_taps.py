"""Two Singer taps with the address written in: Singer's own (v1, v2 and v3 mixed) and Meltano's (v3, search)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

SINGER, MELTANO = "tap-hubspot==4.5.0", "meltano-tap-hubspot==0.10.1"


def records(text: str) -> dict[str, list[dict[str, Any]]]:
    """The records of a tap's output, by stream."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in text.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            out[message["stream"]].append(message["record"])
    return out


def last_state(text: str) -> dict[str, Any]:
    """The last state that a tap wrote."""
    states = [json.loads(line) for line in text.splitlines() if '"STATE"' in line[:60]]
    value: dict[str, Any] = next(s["value"] for s in reversed(states) if s["type"] == "STATE")
    return value


def selected(catalog: dict[str, Any], streams: Iterable[str]) -> dict[str, Any]:
    """The catalogue with those streams chosen, every field of theirs included."""
    for stream in catalog["streams"]:
        chosen = stream["tap_stream_id"] in streams
        stream["selected"] = chosen
        for entry in stream["metadata"]:
            if not chosen:
                entry["metadata"]["selected"] = False
            elif entry["metadata"].get("inclusion") != "unsupported":
                entry["metadata"]["selected"] = True
    return catalog


def ids(rows: Iterable[dict[str, Any]], key: str) -> Counter[str]:
    return Counter(str(row[key]) for row in rows)


def loaded(portal: Any, name: str) -> Counter[str]:
    return Counter(row["id"] for row in portal.live(name))


def test_singers_tap_discovers_and_syncs_by_oauth(portal: Any, stranger: Callable[..., Any]) -> None:
    tap = stranger(SINGER)
    credentials = portal.side.credentials("")
    config = {
        "start_date": "2024-01-01T00:00:00Z",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
        "refresh_token": credentials["refresh_token"],
        "redirect_uri": "https://localhost/back",
        "disable_collection": True,
    }
    (tap.folder / "config.json").write_text(json.dumps(config))
    portal.side.create("notes", {"hs_note_body": "met", "hs_timestamp": "2026-01-01T00:00:00Z"})

    catalog = json.loads(tap.run("tap-hubspot", "--config", "config.json", "--discover").stdout)
    wanted = {"contacts", "companies", "deals", "owners", "deal_pipelines", "engagements", "contacts_by_company"}
    (tap.folder / "catalog.json").write_text(json.dumps(selected(catalog, wanted)))
    done = tap.run("tap-hubspot", "--config", "config.json", "--properties", "catalog.json")

    found = records(done.stdout)
    assert ids(found["contacts"], "id") == loaded(portal, "contacts")
    assert ids(found["companies"], "companyId") == loaded(portal, "companies")
    assert ids(found["deals"], "dealId") == loaded(portal, "deals")
    assert ids(found["engagements"], "engagement_id") == loaded(portal, "notes")
    # Once for each kind of association: plain and primary.
    pairs = Counter((r["company-id"], r["contact-id"]) for r in found["contacts_by_company"])
    assert len(pairs) == len(portal.live("contacts"))
    assert set(pairs.values()) == {2}
    assert [p["pipelineId"] for p in found["deal_pipelines"]] == ["default"]
    deal = next(d for d in found["deals"] if d["property_dealname"]["value"] == "Deal 7")
    assert (float(deal["property_amount"]["value"]), deal["property_dealstage"]["value"]) == (1007.0, "qualifiedtobuy")
    assert {r["status"] for r in portal.requests()} == {200}


def test_meltanos_tap_syncs_all_and_then_only_what_changed(portal: Any, stranger: Callable[..., Any]) -> None:
    tap = stranger(MELTANO)
    (tap.folder / "config.json").write_text(json.dumps({"access_token": portal.token, "start_date": "2024-01-01"}))
    catalog = json.loads(tap.run("tap-hubspot", "--config", "config.json", "--discover").stdout)
    wanted = {"contacts", "companies", "deals", "owners", "deal_pipelines", "users", "teams", "line_items", "calls"}
    (tap.folder / "catalog.json").write_text(json.dumps(selected(catalog, wanted)))
    sync = ("tap-hubspot", "--config", "config.json", "--catalog", "catalog.json")

    first = tap.run(*sync)

    found = records(first.stdout)
    for name in ("contacts", "companies", "deals"):
        assert ids(found[name], "id") == loaded(portal, name)
    assert sorted(o["email"] for o in found["owners"]) == ["ann@twin.example", "bo@twin.example"]
    assert len(found["users"]) == 2

    state = last_state(first.stdout)
    changed = portal.live("contacts")[3]["id"]
    portal.side.edit("contacts", changed, {"jobtitle": "Head of all"})
    (tap.folder / "state.json").write_text(json.dumps(state))
    again = records(tap.run(*sync, "--state", "state.json").stdout)
    assert changed in ids(again["contacts"], "id")
    assert len(again["contacts"]) < len(found["contacts"]) / 4
    assert all(r["status"] == 200 for r in portal.requests())
