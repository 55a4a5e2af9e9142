"""Reading a whole org: every way gives the same records, for the fewest calls, and says when it could not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_held import calls, everything, pull_all
from salesforce_org import Org, id_, pulled, records, ref, running

from trueup.connectors.kit.base import Coming
from trueup.errors import LimitError

WAYS = ("query", "composite", "bulk")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    """An org that no test changes."""
    with running(tmp_path_factory.mktemp("still"), people=900) as made:
        yield made


@pytest.fixture
def org(tmp_path: Any) -> Iterator[Org]:
    with running(tmp_path, people=40) as made:
        yield made


# -- the same, whichever way -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize(
    "name", ["User", "Group", "Account", "Lead", "Contact", "Opportunity", "Task", "Event", "Campaign"]
)
def test_every_way_gives_the_same_records(still: Org, name: str, way: str) -> None:
    plain, _ = pulled(still.connector(read_by="query"), name)
    other, summary = pulled(still.connector(read_by=way), name)
    assert records(other) == records(plain), "a version spelt in two ways would be two versions"
    assert {(a.source, a.type, a.target) for p in other for a in p.associations} == {
        (a.source, a.type, a.target) for p in plain for a in p.associations
    }
    assert (summary.complete, summary.full) == (True, True)
    assert summary.way.startswith({"composite": "composite calls", "bulk": "Bulk 2.0 query job"}[way])


@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize("name", ["LeadHistory", "OpportunityHistory", "OpportunityContactRole", "CampaignMember"])
def test_every_way_gives_the_same_ties_and_stage_events(still: Org, name: str, way: str) -> None:
    plain, _ = pulled(still.connector(read_by="query"), name)
    other, summary = pulled(still.connector(read_by=way), name)
    assert [e for p in other for e in p.stage_events] == [e for p in plain for e in p.stage_events]
    assert {a for p in other for a in p.associations} == {a for p in plain for a in p.associations}
    assert summary.complete


def test_values_that_trouble_a_csv_come_through(org: Org) -> None:
    odd = 'Say "hi", they\nsaid;\tnull,,'
    org.side.edit("Account", id_("Account", 1), {"BillingStreet": odd, "NumberOfEmployees": None, "Industry": "#N/A"})
    by_query = records(pulled(org.connector(read_by="query"), "Account")[0])[ref("Account", 1)]
    by_bulk = records(pulled(org.connector(read_by="bulk"), "Account")[0])[ref("Account", 1)]
    assert by_bulk == by_query
    assert by_bulk.fields["street"] == odd.strip()
    assert (by_bulk.fields["employee_count"], by_bulk.fields["industry"]) == (None, "#N/A")


# -- calls -------------------------------------------------------------------------------------------------------------


def test_pages_of_one_object_share_calls(still: Org) -> None:
    connector = still.connector(page_size=200, read_by="composite")
    _ = connector.capabilities
    before = calls(still)
    pages, summary = pulled(connector, "Contact")
    assert (len(pages), summary.seen) == (5, 900)
    assert calls(still) - before == 1, "five pages, each named by the one before"


def test_everything_of_a_small_org_is_read_in_few_calls(still: Org) -> None:
    connector = still.connector()
    marks = everything(connector)
    before = calls(still)
    found = pull_all(connector, marks)
    assert all(s.complete and s.full for s in found.values())
    assert len(marks) == 13
    # Thirteen objects of a page each, five to a call; what the org is was asked in one.
    assert calls(still) - before == 3
    assert connector.calls == 4


def test_large_objects_go_by_bulk_and_their_jobs_share_the_polls(still: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = still.connector()
    marks = everything(connector)
    monkeypatch.setattr(
        connector._catalogue,
        "counts",
        {name: 300_000 if name in ("Contact", "Lead", "Task") else 10 for name in marks},
    )
    before = calls(still)
    found = pull_all(connector, marks)
    assert all(s.complete for s in found.values())
    assert {name for name, s in found.items() if s.way.startswith("Bulk")} == {"Contact", "Lead", "Task"}
    assert found["Task"].way == "Bulk 2.0 query job (about 300,000 rows, 3 calls)"
    jobs = still.requests("/jobs/query")[-7:]
    assert len([r for r in jobs if r["method"] == "POST"]) == 3
    assert len([r for r in jobs if r["path"].endswith("/results")]) == 3
    assert len([r for r in jobs if r["method"] == "GET" and not r["path"].endswith("/results")]) == 1
    # Three jobs, one poll, three results; ten small objects and three counts, five to a call.
    assert calls(still) - before == 3 + 1 + 3 + 3


def test_results_come_in_pages_of_the_size_asked_for(still: Org) -> None:
    _, summary = pulled(still.connector(read_by="bulk", bulk_page_rows=400), "Contact")
    assert (summary.seen, summary.complete) == (900, True)
    asked = [r["query"] if "query" in r else r["path"] for r in still.requests("/results")][-3:]
    assert len({str(a) for a in asked}) == 3


def test_a_pull_that_does_not_fit_the_budget_is_not_begun(still: Org) -> None:
    connector = still.connector(budget=0.01)
    marks = everything(connector)
    allowed = connector._client.budget.allowed
    assert allowed is not None
    connector._client.budget.spend(allowed - connector._client.budget.spent - 2)
    before = calls(still)
    connector.prepare(Coming(marks))
    with pytest.raises(LimitError, match="reading 13 objects needs 3 calls"):
        pulled(connector, "User")
    assert calls(still) == before


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_job_that_fails_is_replaced_by_queries_and_said(org: Org) -> None:
    failed = json.dumps({"id": "x", "state": "Failed", "errorMessage": "too many characters"})
    org.fault("answer", path=r"/jobs/query/\w+$", status=200, body=failed, headers={"content-type": "application/json"})
    pages, summary = pulled(org.connector(read_by="bulk"), "Contact")
    assert (summary.complete, len(records(pages))) == (True, 40)
    assert summary.way.startswith("composite calls")
    assert any("Bulk could not be used" in note and "too many characters" in note for note in summary.notes)


def test_an_object_that_bulk_refuses_is_read_by_queries_and_said(org: Org) -> None:
    refusal = json.dumps([{"errorCode": "INVALIDENTITY", "message": "Entity is not supported by the Bulk API."}])
    org.fault("answer", method="POST", path=r"/jobs/query$", status=400, body=refusal)
    pages, summary = pulled(org.connector(read_by="bulk"), "Contact")
    assert (summary.complete, len(records(pages))) == (True, 40)
    assert any("not supported by the Bulk API" in note for note in summary.notes)


def test_a_job_that_never_ends_is_given_up_and_stopped(org: Org) -> None:
    org.side.set_switch("bulk_wait_s", 10**9)
    connector = org.connector(read_by="bulk", bulk_timeout_s=60)
    _, summary = pulled(connector, "Contact")
    assert summary.complete
    assert any("not ready after" in note for note in summary.notes)
    connector.close()
    assert [r for r in org.requests("/jobs/query") if r["method"] == "PATCH"], "nobody will fetch its result"


def test_an_org_that_takes_no_composite_calls_is_read_page_by_page(org: Org) -> None:
    refusal = json.dumps([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])
    org.fault("answer", path=r"/composite$", status=404, body=refusal)
    connector = org.connector()
    found = pull_all(connector, everything(connector))
    assert all(s.complete for s in found.values())


def test_one_object_that_fails_does_not_take_others_with_it(org: Org) -> None:
    connector = org.connector()
    marks = everything(connector)
    # Hidden between describe and query: the query of one sub-request is refused, the others stand.
    org.side.set_switch("hidden_fields", {"Lead": ["Email"]})
    connector.prepare(Coming(marks))
    from trueup.errors import RefusedError

    for name in marks:
        if name == "Lead":
            with pytest.raises(RefusedError, match="Email"):
                pulled(connector, name)
        else:
            assert pulled(connector, name)[1].complete, name


def test_a_cursor_lost_between_two_calls_is_taken_up_by_key(tmp_path: Any) -> None:
    with running(tmp_path, people=1500) as org:
        connector = org.connector(page_size=200, read_by="composite")
        pull = connector.pull("Contact", None)
        got = [next(pull)]
        org.side.expire_cursors()
        try:
            while True:
                got.append(next(pull))
        except StopIteration as end:
            summary = end.value
        seen = [r.ref for p in got for r in p.records]
        assert len(seen) == len(set(seen)) == 1500
        assert summary.complete
        assert any("went on by key" in note for note in summary.notes)


def test_a_query_that_takes_too_long_is_left_to_bulk(org: Org) -> None:
    slow = json.dumps([{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running for too long."}])
    org.fault("answer", path=r"queryAll/\?q=SELECT%20Id", status=400, body=slow)
    connector = org.connector(read_by="query")
    connector.describe("Contact")
    pages, summary = pulled(connector, "Contact")
    assert (summary.complete, len(records(pages))) == (True, 40)
    assert summary.way.startswith("Bulk 2.0 query job")
    assert any("took Salesforce too long" in note for note in summary.notes)


def test_records_of_several_objects_are_read_by_id_in_one_call(org: Org) -> None:
    connector = org.connector()
    connector.describe("Lead")
    org.side.delete("Lead", id_("Lead", 2))
    org.side.merge("Contact", id_("Contact", 3), [id_("Contact", 4)])
    refs = [ref(name, n) for name in ("Lead", "Contact", "Account", "Opportunity", "Task") for n in (2, 4, 6)]
    before = calls(org)
    got = connector.get(refs)
    assert calls(org) - before == 2, "one for what is there, one for a look into the bin"
    assert got[ref("Lead", 2)].deleted  # type: ignore[union-attr]
    assert got[ref("Contact", 4)].merged_into == ref("Contact", 3)  # type: ignore[union-attr]
    assert all(got[r] is not None for r in refs)


def test_an_object_that_turns_out_large_is_left_to_bulk(tmp_path: Any) -> None:
    with running(tmp_path, people=4_500) as org:
        connector = org.connector(page_size=200)
        connector.describe("Contact")
        # Some objects are missing in the org's own statistics.
        connector._catalogue.counts.pop("Contact")
        before = calls(org)
        pages, summary = pulled(connector, "Contact")
        seen = [r.ref for p in pages for r in p.records]
        assert len(seen) == len(set(seen)) == 4_500
        assert (summary.complete, summary.way) == (True, "Bulk 2.0 query job (about 4,500 rows, 3 calls)")
        # The page that told, the job, a poll, its result, and the count.
        assert calls(org) - before == 5
        org.clock.advance(86_400)
        for n in range(1, 4_501):
            org.side.edit("Contact", id_("Contact", n), {"Title": "moved"})
        pages, changed = pulled(org.connector(page_size=200), "Contact", summary.high_water)
        assert (changed.full, changed.complete, changed.way) == (False, True, "Bulk 2.0 query job")
        assert {r.fields["title"] for r in records(pages).values()} == {"moved"}
        assert len(records(pages)) == 4_500
