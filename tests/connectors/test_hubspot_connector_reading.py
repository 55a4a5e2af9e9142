"""Reading HubSpot: nothing missed or doubled under ties, the cap, lag, long addresses, merges and broken pulls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from contract_rigs import SYSTEM, HubSpotRig
from test_contract import live, pull, records

from trueup.connectors.hubspot import HubSpotConnector, fetch, search, segments
from trueup.connectors.hubspot.records import activity
from trueup.connectors.kit.base import Coming, Settings
from trueup.connectors.kit.transport import RetryPolicy
from trueup.errors import CredentialsError, LimitError, PermissionDeniedError, RemoteError
from trueup.model.records import HighWater, StageSource
from trueup.model.refs import Ref
from trueup.twin.kit.faults import Fault


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


def connect(rig: HubSpotRig, **options: object) -> HubSpotConnector:
    found = rig.open(read_only=False, **options)
    assert isinstance(found, HubSpotConnector)
    return found


def ref(object_: str, id_: str) -> Ref:
    return Ref(SYSTEM, object_, id_)


def load_contacts(rig: HubSpotRig, n: int, updated: str = "2026-01-02T03:04:05Z") -> None:
    rows = [
        {
            "id": str(1000 + i * 7),
            "properties": {"email": f"p{i}@acme.example", "lifecyclestage": "lead"},
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": updated,
            "archived": False,
        }
        for i in range(n)
    ]
    rig.side.load("contacts", rows)
    rig.side.finish_loading()


def paths(rig: HubSpotRig, since: int = 0) -> list[str]:
    return [f"{r['method']} {r['path']}" for r in rig.recorder.requests(since=since)]


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


def test_a_pull_that_breaks_off_is_incomplete_and_keeps_its_mark(rig: HubSpotRig) -> None:
    for i in range(6):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    connector = connect(rig)
    connector.describe("contacts")
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts[?]", status=400, skip=2))

    pages, summary = pull(connector, "contacts")

    assert len(live(pages)) == 4
    assert not summary.complete
    assert summary.high_water is None
    assert "broke off" in summary.notes[0]


def test_a_pull_of_which_nothing_came_raises(rig: HubSpotRig) -> None:
    rig.add("contacts", {"email": "ann@acme.example"})
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts", status=400))

    with pytest.raises(RemoteError):
        pull(connect(rig), "contacts")


@pytest.mark.parametrize("action", ["reset_before", "reset_after", "truncate", "malformed"])
def test_a_broken_answer_is_asked_for_again(rig: HubSpotRig, action: str) -> None:
    ids = {rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(6)}
    rig.pass_time()
    rig.faults.add(Fault(action, path="/crm/v3/objects/contacts", probability=0.4, seed=7))

    pages, summary = pull(connect(rig), "contacts")

    assert sorted(r.ref.id for r in live(pages)) == sorted(ids)
    assert summary.complete


def test_limits_are_waited_for_as_they_ask(rig: HubSpotRig) -> None:
    rig.add("contacts", {"email": "ann@acme.example"})
    waits: list[float] = []
    settings = Settings(SYSTEM, rig.options(), secret=lambda r: r, budget=1.0)
    connector = HubSpotConnector(settings, RetryPolicy(sleep=waits.append, jitter=lambda: 0.5))
    body = '{"status":"error","policyName":"TEN_SECONDLY_ROLLING","errorType":"RATE_LIMIT"}'
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts[?]", status=429, body=body, count=2))
    rig.faults.add(Fault("answer", path="/search", status=429, body='{"category":"RATE_LIMITS"}', count=1))

    pages, _ = pull(connector, "contacts")

    assert len(live(pages)) == 1
    assert waits == [1.0, 10.0, 10.0]


def test_the_daily_limit_ends_the_work_at_once(rig: HubSpotRig) -> None:
    rig.faults.add(Fault("answer", path="/crm/", status=429, body='{"policyName":"DAILY"}'))

    with pytest.raises(LimitError):
        connect(rig).describe("contacts")

    assert len(paths(rig)) == 1


def test_a_missing_scope_is_named(rig: HubSpotRig) -> None:
    rig.side.set_switch("scopes_removed", ("crm.objects.contacts.read",))

    with pytest.raises(PermissionDeniedError):
        pull(connect(rig), "contacts")


def test_the_missing_scope_is_named_among_those_that_are_needed(rig: HubSpotRig) -> None:
    rig.side.set_switch("scopes_removed", ("crm.objects.deals.read", "crm.objects.owners.read"))

    found = connect(rig).permissions()

    assert set(found.lacking) == {"crm.objects.deals.read", "crm.objects.owners.read"}
    assert "crm.objects.contacts.read" in found.needed
    assert found.untried == (
        "crm.objects.companies.write",
        "crm.objects.contacts.write",
        "crm.objects.deals.write",
    )


def test_an_oauth_token_is_asked_what_it_may(rig: HubSpotRig) -> None:
    given = rig.side.credentials(rig.url)
    options = {
        "auth.flow": "oauth",
        "auth.client_id": given["client_id"],
        "auth.client_secret": given["client_secret"],
        "auth.refresh_token": given["refresh_token"],
        "base_url": rig.url,
    }
    found = HubSpotConnector(Settings(SYSTEM, options, secret=lambda r: r, budget=1.0)).permissions()

    assert (found.lacking, found.untried) == ((), ())
    assert "crm.objects.contacts.write" in found.needed
    assert [p for p in paths(rig) if "access-tokens" in p]


def test_an_object_without_search_is_listed_with_a_word_said(rig: HubSpotRig) -> None:
    ids = {rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)}
    rig.faults.add(Fault("answer", path="/search", status=403, body='{"message":"not in this tier"}'))
    connector = connect(rig)

    for since in (None, HighWater("2026-01-01T00:00:00Z")):
        pages, summary = pull(connector, "contacts", since)

        assert {r.ref.id for r in live(pages)} == ids
        assert summary.complete
        assert summary.full
        assert "not let us search" in summary.notes[0]
    _, summary = pull(connector, "contacts:history", HighWater("2026-01-01T00:00:00Z"))
    assert (summary.seen, summary.full, summary.complete) == (3, True, True)


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


def test_a_property_that_does_not_exist_is_reported_and_not_asked_for(rig: HubSpotRig) -> None:
    settings = Settings(
        SYSTEM, rig.options(), secret=lambda r: r, budget=1.0, fields={"contacts": {"title": "no_such_property"}}
    )
    rig.add("contacts", {"email": "ann@acme.example"})
    connector = HubSpotConnector(settings)

    assert connector.describe("contacts").missing == ("no_such_property",)
    assert "title" not in live(pull(connector, "contacts")[0])[0].fields


def test_an_expired_oauth_token_is_renewed_in_the_middle_of_a_pull(rig: HubSpotRig) -> None:
    for i in range(6):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    given = rig.side.credentials(rig.url)
    options = {
        "auth.flow": "oauth",
        "auth.client_id": given["client_id"],
        "auth.client_secret": given["client_secret"],
        "auth.refresh_token": given["refresh_token"],
        "base_url": rig.url,
        "page_size": 2,
    }
    connector = HubSpotConnector(Settings(SYSTEM, options, secret=lambda r: r, budget=1.0))
    steps = connector.pull("contacts", None)
    next(steps)

    rig.side.expire_sessions()
    rest = list(steps)

    assert sum(len(p.records) for p in rest) == 4
    assert paths(rig).count("POST /oauth/v1/token") == 2


def test_wrong_credentials_are_said_once(rig: HubSpotRig) -> None:
    connector = connect(rig, **{"auth.token": "pat-na1-00000000-0000-0000-0000-000000000000"})

    with pytest.raises(CredentialsError) as caught:
        connector.describe("contacts")

    assert len(paths(rig)) == 1
    assert "pat-na1" not in caught.value.message


def test_addresses_of_records_and_the_account_are_asked_for_once(rig: HubSpotRig) -> None:
    connector = connect(rig)

    urls = [connector.record_url(ref(o, "7")) for o in ("contacts", "companies", "deals", "calls", "owners")]

    portal = rig.side.credentials(rig.url)["portal_id"]
    assert urls[0] == f"https://app.hubspot.com/contacts/{portal}/record/0-1/7"
    assert [u.rpartition("/record/")[2] for u in urls] == ["0-1/7", "0-2/7", "0-3/7", "0-48/7", ""]
    assert len(paths(rig)) == 1
