"""What a pull of HubSpot costs: each request has its reason, and there is none besides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from contract_rigs import HubSpotRig

from trueup.connectors.hubspot import HubSpotConnector
from trueup.connectors.hubspot.existence import cut_of
from trueup.store import Store, open_store
from trueup.sync.pull import pull

AMOUNTS = {"contacts": 2_000, "companies": 300, "deals": 450, "calls": 1_250, "emails": 120}
CHANGED = {"contacts": 250, "companies": 3, "deals": 5, "calls": 13, "emails": 1}
OBJECTS = 8
SYSTEM = "crm"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    base = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T03:04:05Z", "archived": False}
    stage = {"lifecyclestage": "lead", "hs_v2_date_entered_current_stage": "2026-01-01T00:00:00Z"}
    own: Mapping[str, dict[str, Any]] = {
        "contacts": stage,
        "companies": stage,
        "deals": {"dealstage": "qualifiedtobuy", "hs_v2_date_entered_current_stage": "2026-01-01T00:00:00Z"},
    }
    for object_, n in AMOUNTS.items():
        rows = [{"id": str(10**6 + i * 3), "properties": own.get(object_, {}), **base} for i in range(n)]
        made.side.load(object_, rows)
    made.side.finish_loading()
    yield made
    made.close()


def night(rig: HubSpotRig, store: Store) -> Counter[str]:
    """One pull by a process of its own; its requests by kind."""
    connector = rig.open(read_only=False, page_size=100, search_page_size=200)
    assert isinstance(connector, HubSpotConnector)
    before = rig.arrived()
    done = pull({SYSTEM: connector}, store, now=lambda: datetime.now(UTC))
    assert all(p.complete for p in done), [p for p in done if not p.complete]
    assert connector.calls == rig.arrived() - before
    connector.close()
    return Counter(_kind(r["method"], r["path"]) for r in rig.recorder.requests(since=before))


def _kind(method: str, path: str) -> str:
    return f"{method} {re.sub('/(' + '|'.join([*AMOUNTS, 'meetings', 'notes', 'tasks']) + ')(?=/|$)', '/*', path)}"


def change(rig: HubSpotRig) -> None:
    """Somebody edits a part of everything; of the contacts, three move on."""
    field = {"contacts": "phone", "companies": "phone", "deals": "name", "calls": "body", "emails": "body"}
    for object_, n in CHANGED.items():
        for i in range(n):
            rig.edit(object_, str(10**6 + i * 3), {field[object_]: f"+1 555 {i:04}"})
    for i in range(3):
        rig.edit("contacts", str(10**6 + i * 3), {"lifecycle_stage": "opportunity"})
    rig.pass_time()


def test_a_full_pull_and_a_night_cost_what_is_worked_out_for_them(rig: HubSpotRig, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")

    full = night(rig, store)

    pages = 2_000 // 50 + 300 // 100 + 450 // 50 + -(-1_250 // 100) + -(-120 // 100) + 3
    always = {"GET /crm/v3/properties/*": OBJECTS, "GET /crm/v3/owners/": 2}
    assert full == {**always, "GET /crm/v3/objects/*": pages, "POST /crm/v3/objects/*/search": OBJECTS}

    change(rig)
    changed = night(rig, store)

    tonight = sum(cut_of(object_, datetime.now(UTC)) is not None for object_ in AMOUNTS)
    searches = OBJECTS + 1 + tonight  # one each counts and brings what changed; of 250 contacts it leaves 50 to another
    ties = 2 + 3 + 3  # deals to two types, calls and emails to three
    assert changed == {
        **always,
        "POST /crm/v3/objects/*/search": searches,
        "POST /crm/v4/associations/*/*/batch/read": ties,
        "POST /crm/v3/objects/*/batch/read": 1,  # the histories of the three who moved on
    }
    store.close()
