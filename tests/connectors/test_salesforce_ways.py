"""The ways of reading give the same records, for the fewest calls, and say when they could not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml
from salesforce_org import WORLD, Org, id_, pulled, records, ref, running

from trueup.connectors.kit.base import Coming
from trueup.connectors.salesforce.connector import SalesforceConnector
from trueup.errors import LimitError
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref

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


class Held:
    """What somebody holds of the org, kept up with pulls."""

    def __init__(self) -> None:
        self.found: dict[Ref, Record] = {}

    def take(self, pages: Sequence[Page]) -> None:
        for page in pages:
            self.found |= {record.ref: record for record in page.records}

    def live_ids(self, object: str, /) -> Sequence[str]:  # noqa: A002
        return [r.id for r, rec in self.found.items() if r.object == object and not rec.deleted and not rec.merged_into]

    def records(self, refs: Sequence[Ref], /) -> Mapping[Ref, Record]:
        return {r: self.found[r] for r in refs if r in self.found}


def pull_all(
    connector: SalesforceConnector, marks: Mapping[str, HighWater | None], held: Held | None = None
) -> dict[str, PullSummary]:
    """Pull all of them as the engine does."""
    connector.prepare(Coming(marks, held))
    summaries = {}
    for name, since in marks.items():
        pages, summaries[name] = pulled(connector, name, since)
        if held is not None:
            held.take(pages)
    return summaries


def everything(connector: SalesforceConnector) -> dict[str, HighWater | None]:
    declared = connector.capabilities
    return dict.fromkeys((*declared.objects, *declared.ties))


def calls(org: Org, path: str = "/services/data/") -> int:
    return len(org.requests(path))


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


def test_a_night_in_which_little_changed_is_read_in_few_calls(org: Org) -> None:
    first, held = org.connector(), Held()
    marks = {name: s.high_water for name, s in pull_all(first, everything(first), held).items()}
    org.clock.advance(86_400)
    for n in range(1, 4):
        org.side.edit("Contact", id_("Contact", n), {"Title": f"T{n}"})
    org.side.edit("Lead", id_("Lead", 2), {"Status": "Recycled"})
    org.side.delete("Lead", id_("Lead", 5))
    nightly = org.connector()
    before = len(org.requests())
    found = pull_all(nightly, marks, held)
    assert all(s.complete for s in found.values()), found
    # A page that holds all there is needs no count beside it.
    assert {name for name, s in found.items() if s.full} == {"User", "Group", "Campaign"}
    assert (found["Contact"].seen, found["Lead"].seen) == (3, 2)
    # One to log in, one for what the org is; thirteen queries and six counts, five to a call; the feeds ride along.
    assert len(org.requests()) - before == 1 + 1 + 4


def test_who_left_and_a_campaign_thrown_away_are_seen_by_the_page_that_holds_all(org: Org) -> None:
    first, held = org.connector(), Held()
    marks = {name: s.high_water for name, s in pull_all(first, everything(first), held).items()}
    org.clock.advance(86_400)
    org.side.edit("User", id_("User", 2), {"IsActive": False})
    org.side.delete("Campaign", id_("Campaign", 1))

    found = pull_all(org.connector(), marks, held)

    assert all(s.complete for s in found.values()), found
    assert held.found[ref("User", 2)].fields["active"] == "false"
    assert held.found[ref("Campaign", 1)].deleted


def test_few_records_that_are_more_than_a_page_are_read_as_what_changed(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, marks = started(org, "User")
    connector = org.connector()
    everything(connector)
    monkeypatch.setattr(connector._catalogue, "counts", {"User": 2_001})

    found = pull_all(connector, marks, held)

    assert found["User"].complete
    assert not found["User"].full


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


# -- deletes and what is held ------------------------------------------------------------------------------------------


def started(org: Org, *names: str) -> tuple[Held, dict[str, HighWater | None]]:
    held = Held()
    found = pull_all(org.connector(), dict.fromkeys(names), held)
    org.clock.advance(86_400)
    return held, {name: s.high_water for name, s in found.items()}


def feed(org: Org, body: Any, status: int = 200) -> None:
    """Answer the feed of deletes of contacts, which then is asked by itself."""
    org.fault(
        "answer",
        path=r"/sobjects/Contact/deleted",
        status=status,
        body=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    org.fault("answer", path=r"/composite$", status=404, body="[]")


def test_a_record_thrown_out_of_the_bin_is_told_by_the_feed(org: Org) -> None:
    held, marks = started(org, "Contact")
    gone = id_("Contact", 777)
    told = {
        "deletedRecords": [{"id": gone, "deletedDate": "2026-05-06T20:00:00.000+0000"}],
        "earliestDateAvailable": "2026-04-20T00:00:00.000+0000",
        "latestDateCovered": "2026-05-07T11:58:00.000+0000",
    }
    feed(org, told)
    connector = org.connector()
    connector.prepare(Coming(marks, held))
    pages, summary = pulled(connector, "Contact", marks["Contact"])
    record = records(pages)[ref("Contact", 777)]
    assert (record.deleted, record.fields) == (True, {})
    assert record.modified_at is not None
    assert record.modified_at.isoformat() == "2026-05-06T20:00:00+00:00"
    assert summary.high_water is not None
    assert "deletes=2026-05-07T11:58:00.000+0000" in summary.high_water.mark, "the next begins where it was covered to"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ([{"errorCode": "INVALID_REPLICATION_DATE", "message": "startDate too early"}], 400, "startDate too early"),
        ([{"errorCode": "EXCEEDED_ID_LIMIT", "message": "more than 600,000 ids"}], 400, "more than 600,000 ids"),
        (
            {
                "deletedRecords": [],
                "earliestDateAvailable": "2026-05-07T00:00:00.000+0000",
                "latestDateCovered": "2026-05-07T12:00:00.000+0000",
            },
            200,
            "deletes before 2026-05-07",
        ),
    ],
)
def test_where_the_feed_cannot_answer_everything_is_read(org: Org, body: Any, status: int, said: str) -> None:
    held, marks = started(org, "Contact")
    feed(org, body, status)
    connector = org.connector()
    connector.prepare(Coming(marks, held))
    pages, summary = pulled(connector, "Contact", marks["Contact"])
    assert (summary.full, summary.complete, summary.seen) == (True, True, 40)
    assert len(records(pages)) == 40
    assert any(said in note and "everything was read" in note for note in summary.notes)


def test_a_feed_that_is_closed_to_us_is_said(org: Org) -> None:
    held, marks = started(org, "Contact")
    feed(org, [{"errorCode": "INVALID_TYPE_FOR_OPERATION", "message": "not replicateable"}], 400)
    connector = org.connector()
    connector.prepare(Coming(marks, held))
    _, summary = pulled(connector, "Contact", marks["Contact"])
    assert (summary.full, summary.complete) == (False, True)
    assert any("the feed of deletes is closed to us" in note for note in summary.notes)


def test_a_count_that_differs_from_what_is_held_has_everything_read(org: Org) -> None:
    held, marks = started(org, "Contact")
    missed = ref("Contact", 9)
    del held.found[missed]
    pages, summary = pulled_with(org, marks, held)
    assert (summary.full, summary.complete) == (True, True)
    assert missed in records(pages)
    assert any("39 live records were held, but Salesforce counts 40" in note for note in summary.notes)


def test_what_is_hidden_from_us_is_noticed_by_the_count(org: Org) -> None:
    held, marks = started(org, "Contact")
    org.side.set_switch("private_to_owners", {"Contact": [id_("User", 1)]})
    _, summary = pulled_with(org, marks, held)
    assert (summary.full, summary.complete, summary.seen) == (True, True, 0)
    assert any("hidden from us" in note for note in summary.notes)


def pulled_with(org: Org, marks: Mapping[str, HighWater | None], held: Held) -> tuple[list[Page], PullSummary]:
    connector = org.connector()
    connector.prepare(Coming(marks, held))
    return pulled(connector, "Contact", marks["Contact"])


def test_a_night_with_deletes_merges_and_an_emptied_bin_leaves_what_is_held_true(org: Org) -> None:
    held, marks = started(org, "Contact", "Lead", "Account")
    org.side.delete("Contact", id_("Contact", 2))
    org.side.merge("Contact", id_("Contact", 3), [id_("Contact", 4), id_("Contact", 6)])
    org.side.edit("Contact", id_("Contact", 7), {"Title": "CFO"})
    org.side.delete("Lead", id_("Lead", 8))
    found = pull_all(org.connector(), marks, held)
    assert all(s.complete and not s.full for s in found.values()), found
    for name in marks:
        there = {row["Id"] for row in org.side.dump(name) if not row["IsDeleted"]}
        assert set(held.live_ids(name)) == there, name
    assert held.found[ref("Contact", 4)].merged_into == ref("Contact", 3)


# -- what moves no stamp -----------------------------------------------------------------------------------------------


def test_other_fields_than_last_time_have_everything_read(org: Org) -> None:
    _, marks = started(org, "Contact")
    _, summary = pulled(org.connector(fields={"Contact": {"title": "Department"}}), "Contact", marks["Contact"])
    assert (summary.full, summary.seen) == (True, 40)
    assert any("other fields are read than last time" in note for note in summary.notes)


def with_formula(tmp_path: Any) -> Any:
    custom = yaml.safe_load(WORLD.read_text(encoding="utf-8"))["salesforce"]["custom_fields"]
    formula = {"name": "Grade__c", "label": "Grade", "type": "text", "formula": "Title & '!'"}
    return running(tmp_path, people=20, custom_fields={**custom, "Contact": [*custom["Contact"], formula]})


def test_formula_fields_are_read_again_on_a_schedule(tmp_path: Any) -> None:
    with with_formula(tmp_path) as org:
        fields = {"Contact": {"linkedin_url": "Grade__c"}}
        _, first = pulled(org.connector(fields=fields), "Contact")
        org.clock.advance(6 * 86_400)
        _, second = pulled(org.connector(fields=fields), "Contact", first.high_water)
        assert (second.full, second.seen) == (False, 0)
        org.clock.advance(86_400)
        pages, third = pulled(org.connector(fields=fields), "Contact", second.high_water)
        assert (third.full, third.complete, len(records(pages))) == (True, True, 20)
        assert any("Grade__c" in note and "every 7 days" in note for note in third.notes)
        org.clock.advance(86_400)
        assert not pulled(org.connector(fields=fields), "Contact", third.high_water)[1].full
        often = org.connector(fields=fields, formula_days=1)
        assert pulled(often, "Contact", third.high_water)[1].full


def test_fields_that_nothing_needs_are_read_on_demand_only(org: Org) -> None:
    plain, first = pulled(org.connector(), "Task")
    assert "body" not in records(plain)[ref("Task", 1)].fields
    everything_, second = pulled(org.connector(all_fields=True), "Task", first.high_water)
    assert second.full, "the others were not read with it yet"
    assert "body" in records(everything_)[ref("Task", 1)].fields
    assert not pulled(org.connector(all_fields=True), "Task", second.high_water)[1].full
    assert not pulled(org.connector(), "Task", second.high_water)[1].full, "to read less needs no new beginning"


def test_what_the_absence_of_a_history_costs_is_said(org: Org) -> None:
    org.side.set_switch("hidden_objects", ["LeadHistory"])
    connector = org.connector()
    assert "LeadHistory" not in connector.capabilities.ties
    _, summary = pulled(connector, "Lead")
    assert any("LeadHistory is not there" in n and "known only from the pulls" in n for n in summary.notes)
    assert not any("History" in note for note in pulled(connector, "Opportunity")[1].notes)


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
