"""Reading HubSpot: nothing missed or doubled under ties, the cap, lag and merges, and each pull at its cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract_rigs import SYSTEM, HubSpotRig
from hubspot_reads import connect, load_contacts, ref
from test_contract import live, pull, records

from trueup.connectors.hubspot import search, segments
from trueup.connectors.hubspot.pulling import SETTLING_S
from trueup.connectors.kit.base import Coming
from trueup.connectors.kit.transport import RetryPolicy
from trueup.errors import LimitError
from trueup.model.records import HighWater


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


def test_more_than_ten_thousand_changes_on_one_instant_are_all_seen_once(rig: HubSpotRig) -> None:
    load_contacts(rig, 10_250)
    connector = connect(rig, search_page_size=200)

    pages, summary = pull(connector, "contacts", HighWater("2026-01-02T00:00:00Z"))

    ids = [r.ref.id for r in live(pages)]
    assert len(ids) == len(set(ids)) == 10_250
    assert summary.complete
    assert (summary.seen, summary.expected) == (10_250, 10_250)


def test_an_incremental_pull_costs_in_proportion_to_what_changed(rig: HubSpotRig) -> None:
    load_contacts(rig, 2_000)
    connector = connect(rig, page_size=100, search_page_size=200)
    connector.describe("contacts")
    before = rig.arrived()

    _, summary = pull(connector, "contacts", HighWater("2026-02-02T00:00:00Z"))

    assert summary.seen == 0
    assert rig.arrived() - before == 2  # the archived listing and one search


@pytest.mark.parametrize("settles", [True, False])
def test_who_was_merged_a_moment_ago_is_not_missed_when_the_index_has_settled(
    rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch, settles: bool
) -> None:
    """A merge is in no archived listing, and the index still counts two (reference 5.5, 5.8)."""
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(5)]
    rig.pass_time()
    rig.merge("contacts", ids[0], ids[1])
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        rig.clock.advance(seconds if settles else 0)

    monkeypatch.setattr("contract_rigs.NO_WAITING", RetryPolicy(sleep=sleep, jitter=lambda: 0.5))
    _, summary = pull(connect(rig), "contacts")

    assert (summary.seen, summary.complete) == (4, settles)
    assert [note for note in summary.notes if "something was not seen" in note] == [
        "HubSpot counts 5 contacts, and 4 came: something was not seen."
    ] * (not settles)
    assert [pause for pause in waited if pause in SETTLING_S] == list(SETTLING_S[:1] if settles else SETTLING_S)


def test_index_entries_of_archived_records_do_not_make_a_pull_incomplete(rig: HubSpotRig) -> None:
    """The index lags: it still counts what was archived a moment ago (reference 5.8)."""
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(5)]
    rig.pass_time()
    connector = connect(rig)
    _, first = pull(connector, "contacts")
    for id_ in ids:
        rig.edit("contacts", id_, {"phone": "+1 555 0100"})
    rig.pass_time()

    rig.delete("contacts", ids[1])
    rig.delete("contacts", ids[2])
    pages, summary = pull(connector, "contacts", first.high_water)

    assert summary.complete
    assert summary.expected == 5
    assert {r.ref.id for r in live(pages)} == {ids[0], ids[3], ids[4]}
    assert {r.ref.id for r in records(pages) if r.deleted} == {ids[1], ids[2]}


def test_an_edit_that_the_index_does_not_know_yet_is_seen_by_the_next_pull(rig: HubSpotRig) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example"})
    rig.pass_time()
    connector = connect(rig)
    _, first = pull(connector, "contacts")
    rig.pass_time()

    rig.edit("contacts", id_, {"phone": "+1 555 0100"})
    _, second = pull(connector, "contacts", first.high_water)
    rig.pass_time()
    third, _ = pull(connector, "contacts", second.high_water)

    assert live(third)[-1].fields["phone"] == "+1 555 0100"


def test_an_id_is_followed_through_a_chain_of_merges(rig: HubSpotRig) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)]
    middle = rig.merge("contacts", ids[0], ids[1])
    last = rig.merge("contacts", middle, ids[2])
    rig.pass_time()
    connector = connect(rig)

    got = connector.get([ref("contacts", i) for i in (*ids, middle, last)])
    pages, _ = pull(connector, "contacts")

    assert {r.ref.id for r in got.values() if r} == {last}
    merged = {r.ref.id: r.merged_into for r in records(pages) if r.merged_into}
    assert {ids[0], ids[1], ids[2]} <= set(merged)
    assert set(merged.values()) == {ref("contacts", last)}


def test_a_merge_whose_survivor_was_archived_before_the_next_pull_is_told(rig: HubSpotRig) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)]
    rig.pass_time()
    connector = connect(rig)
    _, first = pull(connector, "contacts")

    survivor = rig.merge("contacts", ids[0], ids[1])
    rig.delete("contacts", survivor)
    rig.pass_time()
    pages, _ = pull(connector, "contacts", first.high_water)

    gone = {r.ref.id for r in records(pages) if r.deleted or r.merged_into}
    assert gone == {ids[0], ids[1], survivor}


def test_a_full_pull_says_its_calls_before_and_after(rig: HubSpotRig) -> None:
    for i in range(7):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    rig.pass_time()
    connector, said = connect(rig), list[str]()
    connector.prepare(Coming({"contacts": None, "contacts:history": None, "notes": None}, None, said.append))

    _, summary = pull(connector, "contacts")

    assert len(said) == 1
    assert said[0].startswith(f"{SYSTEM}: 5 calls planned for everything; ")
    assert summary.way == "list, 4 calls of 4 planned"


def test_a_full_pull_that_does_not_fit_into_the_budget_is_not_begun(rig: HubSpotRig) -> None:
    for i in range(8):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    rig.pass_time()
    connector = connect(rig)
    connector.describe("contacts")
    connector.client.budget.spent_before = int(connector.client.budget.allowed or 0) - connector.calls - 4

    with pytest.raises(LimitError, match="reading all 8 contacts needs 4 calls"):
        pull(connector, "contacts")


@pytest.mark.parametrize("order", ["as documented", "otherwise"])
def test_a_long_list_is_read_in_several_places_at_once(
    rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    load_contacts(rig, 1_003)
    connector = connect(rig, page_size=20, search_page_size=200)
    connector.describe("contacts")
    whole = [r.ref.id for r in live(pull(connector, "contacts")[0])]
    monkeypatch.setattr(segments, "WORTH_IT", 1_000)
    monkeypatch.setattr(segments, "REACH", 60)
    if order == "otherwise":  # the cursor is no id: a list that is begun at one gives records from before it
        monkeypatch.setattr(search, "nth_after", lambda _c, _o, low, n: low + 5_000 + n)
        monkeypatch.setattr(segments, "_part", _out_of_order(segments._part))
    before = rig.arrived()

    pages, summary = pull(connector, "contacts")

    found = [r.ref.id for r in live(pages)]
    assert sorted(found) == sorted(whole)
    assert (summary.seen, summary.complete) == (1_003, True)
    if order == "as documented":
        assert found != whole
        assert found[20:40] == whole[166:186]  # the second part begins where a sixth of all has gone by
        assert rig.arrived() - before <= 51 + segments.cost(1_003) + 1


def _out_of_order(part: Any) -> Any:
    def turned(pages: Iterator[list[Any]], low: int, high: int | None) -> Iterator[list[Any]]:
        return part((rows[::-1] for rows in pages), low, high)  # type: ignore[no-any-return]

    return turned
