"""What HubSpot's records are read as: properties, ties and their labels, histories of stages, owners, activities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from contract_rigs import SYSTEM, HubSpotRig
from hubspot_reads import connect, paths, ref
from test_contract import live, pull, records

from trueup.connectors.hubspot import HubSpotConnector, fetch, search
from trueup.connectors.hubspot.records import activity
from trueup.connectors.kit.base import Coming, Settings
from trueup.model.records import HighWater, StageSource


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


def test_a_long_list_of_properties_is_read_by_post(rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(5):
        rig.add("contacts", {"email": f"p{i}@acme.example", "city": "Springfield"})
    connector = connect(rig)
    short = live(pull(connector, "contacts")[0])
    before = rig.arrived()

    monkeypatch.setattr(fetch, "URL_LIMIT", 100)
    by_post = live(pull(connector, "contacts")[0])

    assert by_post == short
    assert "POST /crm/v3/objects/contacts/batch/read" in paths(rig, before)


def test_a_property_that_does_not_exist_is_reported_and_not_asked_for(rig: HubSpotRig) -> None:
    settings = Settings(
        SYSTEM, rig.options(), secret=lambda r: r, budget=1.0, fields={"contacts": {"title": "no_such_property"}}
    )
    rig.add("contacts", {"email": "ann@acme.example"})
    connector = HubSpotConnector(settings)

    assert connector.describe("contacts").missing == ("no_such_property",)
    assert "title" not in live(pull(connector, "contacts")[0])[0].fields


def test_ties_are_the_same_by_list_and_by_batch(rig: HubSpotRig) -> None:
    people = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(2)]
    companies = [rig.add("companies", {"name": f"Acme {i}"}) for i in range(2)]
    deals = [rig.add("deals", rig.deal_values) for _ in range(2)]
    for person in people:
        rig.side.associate("deals", deals[0], "contacts", person)
    rig.side.associate("deals", deals[0], "companies", companies[0])
    rig.side.associate("deals", deals[0], "companies", companies[1], 5)
    rig.pass_time()
    connector = connect(rig)

    full, _ = pull(connector, "deals")
    changed, _ = pull(connector, "deals", HighWater("2020-01-01T00:00:00Z"))

    ties = [
        (sorted({a for p in pages for a in p.associations}, key=str), sorted({r for p in pages for r in p.replaces}))
        for pages in (full, changed)
    ]
    assert ties[0] == ties[1]
    assert len(ties[0][0]) == 4
    assert ("deal_person", ref("deals", deals[1])) in ties[0][1]
    assert [a.target.id for a in ties[0][0] if a.label == "Primary"] == [companies[1]]
    by_id = {r.ref.id: r.fields["company_id"] for r in live(full)}
    assert by_id == {deals[0]: f"companies/{companies[1]}", deals[1]: None}
    assert live(full) == live(changed)


def test_labels_of_a_whole_list_are_asked_for_by_full_batches(rig: HubSpotRig) -> None:
    headers = {"Authorization": f"Bearer {rig.side.credentials(rig.url)['access_token']}"}
    made = requests.post(
        f"{rig.url}/crm/v4/associations/deals/contacts/labels",
        json={"label": "Champion", "name": "champion"},
        headers=headers,
        timeout=10,
    ).json()
    person = rig.add("contacts", {"email": "ann@acme.example"})
    company = rig.add("companies", {"name": "Acme"})
    deals = [rig.add("deals", rig.deal_values) for _ in range(10)]
    label = next(t["typeId"] for t in made["results"])
    for deal in deals:
        rig.side.associate("deals", deal, "contacts", person, label)
        rig.side.associate("deals", deal, "companies", company, 5)
    rig.pass_time()
    connector = connect(rig, page_size=3)
    connector.describe("deals")
    before = rig.arrived()

    pages, _ = pull(connector, "deals")

    ties = sorted((a.source.id, a.target.id, a.label) for p in pages for a in p.associations)
    assert ties == sorted([(d, person, "Champion") for d in deals] + [(d, company, "Primary") for d in deals])
    assert {r.fields["company_id"] for r in live(pages)} == {f"companies/{company}"}
    assert [p for p in paths(rig, before) if "v4" in p] == ["POST /crm/v4/associations/deals/contacts/batch/read"]


def test_history_gives_each_stage_once_in_order_full_and_changed(rig: HubSpotRig) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "lead"})
    rig.pass_time()
    rig.edit("contacts", id_, {"lifecycle_stage": "opportunity"})
    rig.edit("contacts", id_, {"phone": "+1 555 0100"})
    rig.pass_time()
    rig.edit("contacts", id_, {"lifecycle_stage": "lead"})
    rig.pass_time()
    connector = connect(rig)

    connector.describe("contacts")
    for since in (None, HighWater("2020-01-01T00:00:00Z")):
        pages, summary = pull(connector, "contacts:history", since)
        events = [e for p in pages for e in p.stage_events]
        assert [e.stage for e in events] == ["lead", "opportunity", "lead"]
        assert {e.source for e in events} == {StageSource.HISTORY}
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert summary.complete
    stamps = [e for p in pull(connector, "contacts")[0] for e in p.stage_events]
    assert {e.stage for e in stamps} == {"lead", "opportunity"}
    assert {e.source for e in stamps} == {StageSource.STAMP}


def test_histories_that_come_with_the_records_are_those_of_the_list(rig: HubSpotRig) -> None:
    for i in range(5):
        id_ = rig.add("contacts", {"email": f"p{i}@acme.example", "lifecycle_stage": "lead"})
        rig.pass_time()
        rig.edit("contacts", id_, {"lifecycle_stage": "opportunity"})
    rig.pass_time()
    connector = connect(rig)
    alone, apart = pull(connector, "contacts:history")
    before = rig.arrived()

    connector.prepare(Coming({"contacts": None, "contacts:history": None}))
    pull(connector, "contacts")
    listed = rig.arrived() - before
    together, summary = pull(connector, "contacts:history")

    assert [e for p in together for e in p.stage_events] == [e for p in alone for e in p.stage_events]
    assert (summary.seen, summary.complete) == (apart.seen, True)
    assert rig.arrived() - before == listed


def test_histories_of_a_list_that_was_not_seen_whole_are_incomplete_too(
    rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else their mark would move on, past records that only the next full list brings."""
    for i in range(5):
        rig.add("contacts", {"email": f"p{i}@acme.example", "lifecycle_stage": "lead"})
    rig.pass_time()
    connector = connect(rig)
    monkeypatch.setattr(search, "total", lambda *_: 9)
    connector.prepare(Coming({"contacts": None, "contacts:history": None}))

    _, listed = pull(connector, "contacts")
    _, histories = pull(connector, "contacts:history")

    assert (listed.complete, histories.complete) == (False, False)
    assert histories.notes


def test_only_histories_of_stages_that_moved_are_read(rig: HubSpotRig) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example", "lifecycle_stage": "lead"}) for i in range(6)]
    rig.clock.advance(3_600)
    connector = connect(rig)
    _, first = pull(connector, "contacts")
    rig.clock.advance(3_600)
    for id_ in ids:
        rig.edit("contacts", id_, {"phone": "+1 555 0100"})
    rig.edit("contacts", ids[2], {"lifecycle_stage": "opportunity"})
    merged = rig.merge("contacts", ids[4], ids[5])
    rig.pass_time()
    since = first.high_water

    connector.prepare(Coming({"contacts": since, "contacts:history": since}))
    pull(connector, "contacts", since)
    before = rig.arrived()
    pages, summary = pull(connector, "contacts:history", since)

    assert {e.ref.id for p in pages for e in p.stage_events} == {ids[2], merged}
    assert rig.arrived() - before == 1
    assert summary.complete


def test_archived_owners_are_inactive(rig: HubSpotRig) -> None:
    base = {"createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z"}
    rig.side.load(
        "owners",
        [
            {"id": "1", "email": "ann@acme.example", "firstName": "Ann", "lastName": "Bee", "userId": 11, **base},
            {"id": "2", "email": "cy@acme.example", "firstName": "Cy", "userId": 12, "archived": True, **base},
        ],
    )
    connector = connect(rig)

    pages, summary = pull(connector, "owners")

    found = {r.ref.id: (r.fields["name"], r.fields["active"]) for r in records(pages)}
    assert found == {"1": ("Ann Bee", "true"), "2": ("Cy", "false")}
    assert summary.full
    assert connector.get([ref("owners", "2"), ref("owners", "3")])[ref("owners", "3")] is None


@pytest.mark.parametrize(
    ("object_", "native", "status", "made"),
    [
        ("calls", {}, "COMPLETED", {"activity_type": "call", "done": "true"}),
        ("calls", {}, "NO_ANSWER", {"activity_type": "call", "done": "false"}),
        ("emails", {}, "SENT", {"activity_type": "email", "done": "true"}),
        ("tasks", {}, "NOT_STARTED", {"activity_type": "task", "done": "false"}),
        ("notes", {}, None, {"activity_type": "note", "done": "true"}),
        (  # held: its end is past
            "meetings",
            {"hs_meeting_start_time": "2026-05-01T10:00:00Z", "hs_meeting_end_time": "2026-05-01T10:30:00Z"},
            "SCHEDULED",
            {"activity_type": "meeting", "done": "true", "direction": "outbound", "duration_s": "1800"},
        ),
        (  # not held, although its end is past
            "meetings",
            {"hs_meeting_start_time": "2026-05-01T10:00:00Z", "hs_meeting_end_time": "2026-05-01T10:30:00Z"},
            "NO_SHOW",
            {"activity_type": "meeting", "done": "false", "direction": "outbound", "duration_s": "1800"},
        ),
        (  # still to come
            "meetings",
            {"hs_meeting_start_time": "2026-07-01T10:00:00Z"},
            "SCHEDULED",
            {"activity_type": "meeting", "done": "false", "direction": "outbound", "duration_s": None},
        ),
    ],
)
def test_what_an_activity_was(object_: str, native: dict[str, Any], status: str | None, made: dict[str, Any]) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)

    assert activity(object_, native, {"status": status}, now) == made


def test_addresses_of_records_and_the_account_are_asked_for_once(rig: HubSpotRig) -> None:
    connector = connect(rig)

    urls = [connector.record_url(ref(o, "7")) for o in ("contacts", "companies", "deals", "calls", "owners")]

    portal = rig.side.credentials(rig.url)["portal_id"]
    assert urls[0] == f"https://app.hubspot.com/contacts/{portal}/record/0-1/7"
    assert [u.rpartition("/record/")[2] for u in urls] == ["0-1/7", "0-2/7", "0-3/7", "0-48/7", ""]
    assert len(paths(rig)) == 1
