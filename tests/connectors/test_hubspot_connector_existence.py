"""What the mirror is told of records that vanish without a trace, at a cost in proportion to what vanished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import requests
from contract_rigs import SYSTEM, HubSpotRig
from test_contract import live, pull, records

from trueup.connectors.hubspot import HubSpotConnector, changes, existence
from trueup.connectors.kit.base import Coming
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref


class Held:
    """What a store would hold after the pulls so far."""

    def __init__(self) -> None:
        self.known: dict[Ref, Record] = {}

    def take(self, pages: list[Page]) -> None:
        for record in records(pages):
            if record.deleted or record.merged_into is not None:
                self.known.pop(record.ref, None)
            else:
                self.known[record.ref] = record

    def live_ids(self, object: str, /) -> Sequence[str]:  # noqa: A002
        return [ref.id for ref in self.known if ref.object == object]

    def records(self, refs: Sequence[Ref], /) -> Mapping[Ref, Record]:
        return {ref: self.known[ref] for ref in refs if ref in self.known}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def no_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """No object has its turn to be counted once more, whatever day it is."""
    monkeypatch.setattr(changes, "cut_of", lambda _object, _now: None)


@pytest.fixture
def held() -> Held:
    return Held()


def connect(rig: HubSpotRig, **options: object) -> HubSpotConnector:
    found = rig.open(read_only=False, **{"page_size": 100, "search_page_size": 200, **options})
    assert isinstance(found, HubSpotConnector)
    return found


def night(
    connector: HubSpotConnector, held: Held, object_: str, since: HighWater | None
) -> tuple[list[Page], PullSummary]:
    """One pull as the engine makes it."""
    connector.prepare(Coming({object_: since}, held))
    pages, summary = pull(connector, object_, since)
    held.take(pages)
    return pages, summary


def load(rig: HubSpotRig, n: int) -> list[str]:
    base = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T03:04:05Z", "archived": False}
    ids = [str(1000 + i * 7) for i in range(n)]
    rows = [{"id": id_, "properties": {"email": f"p{id_}@acme.example"}, **base} for id_ in ids]
    rig.side.load("contacts", rows)
    rig.side.finish_loading()
    return ids


def forget(rig: HubSpotRig, id_: str) -> None:
    """A GDPR delete, by somebody else."""
    token = rig.side.credentials(rig.url)["access_token"]
    url = f"{rig.url}/crm/v3/objects/contacts/gdpr-delete"
    answer = requests.post(url, json={"objectId": id_}, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 204


@pytest.mark.usefixtures("no_cut")
def test_one_call_brings_a_night_without_changes_and_proves_it(rig: HubSpotRig, held: Held) -> None:
    load(rig, 1_000)
    connector = connect(rig)
    _, first = night(connector, held, "contacts", None)
    before = rig.arrived()

    pages, summary = night(connector, held, "contacts", first.high_water)

    assert summary.complete
    assert records(pages) == []
    assert rig.arrived() - before == 1  # the search for changes counts too


@pytest.mark.usefixtures("no_cut")
def test_records_that_vanish_without_a_trace_are_found_by_halving(rig: HubSpotRig, held: Held) -> None:
    ids = load(rig, 5_000)
    connector = connect(rig)
    _, first = night(connector, held, "contacts", None)
    forget(rig, ids[1234])
    forget(rig, ids[4321])
    rig.pass_time()
    before = rig.arrived()

    pages, summary = night(connector, held, "contacts", first.high_water)

    assert {r.ref.id for r in records(pages) if r.deleted} == {ids[1234], ids[4321]}
    assert summary.complete
    assert rig.arrived() - before <= 2 + 1 + 2 * 7 + 4  # a sweep through all ids would be 50 pages


@pytest.mark.usefixtures("no_cut")
def test_archived_records_are_found_by_their_listing_when_that_is_cheaper(rig: HubSpotRig, held: Held) -> None:
    ids = load(rig, 5_000)
    connector = connect(rig)
    _, first = night(connector, held, "contacts", None)
    for id_ in ids[:40]:
        rig.delete("contacts", id_)
    rig.pass_time()
    before = rig.arrived()

    pages, _ = night(connector, held, "contacts", first.high_water)

    gone = [r for r in records(pages) if r.deleted]
    assert {r.ref.id for r in gone} == set(ids[:40])
    assert all(r.modified_at is not None for r in gone)
    assert rig.arrived() - before == 2


@pytest.mark.usefixtures("no_cut")
def test_what_was_archived_long_ago_costs_nothing_every_night(rig: HubSpotRig, held: Held) -> None:
    ids = load(rig, 1_000)
    connector = connect(rig)
    for id_ in ids[:350]:
        rig.delete("contacts", id_)
    rig.pass_time()
    _, first = night(connector, held, "contacts", None)
    before = rig.arrived()

    _, second = night(connector, held, "contacts", first.high_water)

    assert second.complete
    assert rig.arrived() - before == 1


def test_merges_whose_survivor_is_gone_leave_nobody_behind(rig: HubSpotRig, held: Held) -> None:
    ids = load(rig, 300)
    connector = connect(rig)
    _, first = night(connector, held, "contacts", None)
    survivor = rig.merge("contacts", ids[0], ids[1])
    forget(rig, rig.merge("contacts", ids[5], ids[6]))
    rig.delete("contacts", survivor)
    rig.pass_time()

    night(connector, held, "contacts", first.high_water)

    assert {ref.id for ref in held.known} == set(ids) - {ids[0], ids[1], ids[5], ids[6]}


def test_one_archived_and_one_restored_do_not_hide_each_other_for_long(rig: HubSpotRig, held: Held) -> None:
    ids = load(rig, 600)
    rig.delete("contacts", ids[100])
    rig.pass_time()
    connector = connect(rig)
    _, summary = night(connector, held, "contacts", None)
    rig.side.undelete("contacts", ids[100])
    rig.delete("contacts", ids[400])

    for _ in range(15):
        rig.clock.advance(86_400)
        before = rig.arrived()
        _, summary = night(connector, held, "contacts", summary.high_water)
        assert rig.arrived() - before <= 12
        if {ref.id for ref in held.known} == set(ids) - {ids[400]}:
            break
    else:
        raise AssertionError("never found")


def test_more_than_can_be_looked_up_singly_is_left_to_the_next_night_and_said(
    rig: HubSpotRig, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = load(rig, 300)
    connector = connect(rig)
    _, summary = night(connector, held, "contacts", None)
    for id_ in ids[:5]:
        forget(rig, id_)
    rig.pass_time()
    monkeypatch.setattr(existence, "ONE_BY_ONE", 3)

    _, summary = night(connector, held, "contacts", summary.high_water)
    assert summary.notes == ("2 more contacts are gone; the next pull finds out how.",)
    _, summary = night(connector, held, "contacts", summary.high_water)

    assert summary.notes == ()
    assert {ref.id for ref in held.known} == set(ids[5:])


def test_a_record_that_the_mirror_lacks_is_brought(rig: HubSpotRig, held: Held) -> None:
    """Restored in the app, or missed by an earlier pull: nothing says so but the count."""
    ids = load(rig, 600)
    connector = connect(rig)
    _, first = night(connector, held, "contacts", None)
    del held.known[Ref(SYSTEM, "contacts", ids[77])]

    pages, summary = night(connector, held, "contacts", first.high_water)

    assert [r.ref.id for r in live(pages)] == [ids[77]]
    assert live(pages)[0].fields["email"] == f"p{ids[77]}@acme.example"
    assert summary.complete


def test_ties_that_changed_alone_are_found_within_the_sweep(rig: HubSpotRig, held: Held) -> None:
    person = rig.add("contacts", {"email": "ann@acme.example"})
    company = rig.add("companies", {"name": "Acme"})
    deals = [rig.add("deals", rig.deal_values) for _ in range(5)]
    rig.pass_time()
    connector = connect(rig, sweep_days=10)
    _, summary = night(connector, held, "deals", None)
    assert summary.high_water is not None
    rig.side.associate("deals", deals[3], "contacts", person)
    rig.side.associate("deals", deals[3], "companies", company, 5)

    found: list[Page] = []
    for _ in range(11):
        rig.clock.advance(86_400)
        pages, summary = night(connector, held, "deals", summary.high_water)
        found += pages

    ties = {(a.type, a.source.id, a.target.id) for p in found for a in p.associations}
    assert ("deal_person", deals[3], person) in ties
    assert ("deal_company", deals[3], company) in ties
    assert held.known[Ref(SYSTEM, "deals", deals[3])].fields["company_id"] == f"companies/{company}"
    assert not summary.notes


def test_without_sweep_it_is_said_that_ties_wait_for_full_pulls(rig: HubSpotRig, held: Held) -> None:
    rig.add("deals", rig.deal_values)
    rig.pass_time()
    connector = connect(rig, sweep_days=0)
    _, first = night(connector, held, "deals", None)

    _, second = night(connector, held, "deals", first.high_water)

    assert "next full pull" in second.notes[0]
