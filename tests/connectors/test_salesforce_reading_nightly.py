"""Reading nightly: what changed for the fewest calls, deletes by the feed, and a whole sweep where that is not enough."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from salesforce_held import Held, everything, pull_all, started
from salesforce_org import WORLD, Org, id_, pulled, records, ref, running

from trueup.connectors.kit.base import Coming
from trueup.model.records import HighWater, Page, PullSummary


@pytest.fixture
def org(tmp_path: Any) -> Iterator[Org]:
    with running(tmp_path, people=40) as made:
        yield made


# -- calls -------------------------------------------------------------------------------------------------------------


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


# -- deletes and what is held ------------------------------------------------------------------------------------------


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
