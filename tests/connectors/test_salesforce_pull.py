"""Pulls: everything, what changed, what is gone; and that nothing is claimed which was not seen."""

from __future__ import annotations

import pytest
from salesforce_org import START, Org, id_, pulled, records, ref, running

from trueup.model.records import HighWater, StageSource
from trueup.model.refs import Ref


@pytest.fixture
def org(tmp_path):
    with running(tmp_path, people=20) as made:
        yield made


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """An org that no test changes."""
    with running(tmp_path_factory.mktemp("still"), people=20) as made:
        yield made


@pytest.mark.parametrize(
    "name", ["User", "Group", "Account", "Lead", "Contact", "Opportunity", "Task", "Event", "Campaign"]
)
def test_a_full_pull_sees_every_record_and_proves_it(still: Org, name):
    pages, summary = pulled(still.connector(), name)
    there = {row["Id"] for row in still.side.dump(name) if name != "Group" or row["Type"] == "Queue"}
    assert {r.id for r in records(pages)} == there
    assert (summary.complete, summary.full, summary.seen, summary.expected) == (True, True, len(there), len(there))
    assert summary.high_water is not None


def test_everything_declared_can_be_described_and_pulled(still: Org):
    connector = still.connector()
    declared = connector.capabilities
    for name in (*declared.objects, *declared.ties):
        assert connector.describe(name).object == name
        assert pulled(connector, name)[1].complete, name


def test_values_come_in_canonical_spelling(still: Org):
    got = records(pulled(still.connector(), "Contact")[0])[ref("Contact", 5)]
    assert got.fields["first_name"] == "Ann5"
    assert got.fields["company_id"] == f"Account/{id_('Account', 1)}"
    assert got.fields["owner_id"] == f"User/{id_('User', 1)}"
    assert got.fields["foreign_ids"] == "hubspot:contacts/105"
    assert got.fields["email_opt_out"] == "true"
    assert got.fields["mobile"] is None
    assert got.fields["created_at"] == "2026-03-02T09:05:00Z"
    deal = records(pulled(still.connector(), "Opportunity")[0])[ref("Opportunity", 1)]
    assert (deal.fields["probability"], deal.fields["amount"], deal.fields["close_date"]) == (
        "0.1",
        "500",
        "2026-09-30",
    )
    lead = records(pulled(still.connector(), "Lead")[0])
    assert lead[ref("Lead", 1)].fields["owner_id"] == f"Group/{id_('Group', 1)}"


def test_activities_say_what_they_are_and_whom_they_concern(still: Org):
    pages, _ = pulled(still.connector(), "Task")
    call = records(pages)[ref("Task", 1)]
    assert (call.fields["activity_type"], call.fields["direction"], call.fields["done"]) == ("call", "outbound", "true")
    assert call.fields["occurred_at"] == "2026-03-02T10:00:00Z"
    assert call.fields["duration_s"] == "60"
    ties = {(a.type, a.source, a.target) for p in pages for a in p.associations}
    assert ("activity_person", ref("Task", 1), ref("Contact", 1)) in ties
    assert ("activity_deal", ref("Task", 1), ref("Opportunity", 1)) in ties
    assert ("activity_person", ref("Task", 2), ref("Lead", 2)) in ties
    assert ("activity_company", ref("Task", 2)) in {pair for p in pages for pair in p.replaces}
    meetings = records(pulled(still.connector(), "Event")[0])
    assert [meetings[ref("Event", n)].fields["done"] for n in (1, 2, 3)] == ["true", "false", "false"]


def test_contact_roles_and_campaign_members_are_associations(still: Org):
    connector = still.connector()
    pages, summary = pulled(connector, "OpportunityContactRole")
    roles = [a for p in pages for a in p.associations]
    assert len(roles) == summary.seen == 5
    assert (roles[0].type, roles[0].source, roles[0].target, roles[0].label) == (
        "deal_person", ref("Opportunity", 1), ref("Contact", 1), "Decision Maker",
    )  # fmt: skip
    members = [a for p in pulled(connector, "CampaignMember")[0] for a in p.associations]
    assert {(a.type, a.target) for a in members} == {
        ("campaign_person", ref("Lead", 1)), ("campaign_person", ref("Contact", 1)),
    }  # fmt: skip


def test_histories_give_the_dates_of_stages_and_the_stage_before_the_first_change(still: Org):
    events = [e for p in pulled(still.connector(), "LeadHistory")[0] for e in p.stage_events if e.ref == ref("Lead", 3)]
    assert [(e.stage, e.at.isoformat()) for e in events] == [
        ("Open - Not Contacted", "2026-03-02T09:03:00+00:00"),
        ("Marketing Qualified", "2026-03-03T09:03:00+00:00"),
        ("Working - Contacted", "2026-03-04T09:03:00+00:00"),
    ]
    assert all(e.source is StageSource.HISTORY for e in events)
    deals = [
        e
        for p in pulled(still.connector(), "OpportunityHistory")[0]
        for e in p.stage_events
        if e.ref == ref("Opportunity", 2)
    ]
    assert [e.stage for e in deals] == ["Prospecting", "Qualification"], "a row for a new amount is not a new stage"


def test_an_incremental_pull_reads_what_changed_and_nothing_else(org: Org):
    connector = org.connector()
    _, full = pulled(connector, "Contact")
    org.clock.advance(1200)
    org.side.edit("Contact", id_("Contact", 7), {"Title": "CFO"})
    pages, changed = pulled(connector, "Contact", full.high_water)
    assert {r: rec.fields["title"] for r, rec in records(pages).items()} == {ref("Contact", 7): "CFO"}
    assert (changed.full, changed.complete, changed.seen) == (False, True, 1)
    assert changed.high_water is not None
    assert full.high_water is not None
    assert changed.high_water.mark > full.high_water.mark


def test_rows_within_the_overlap_are_read_again_and_later_pulls_leave_them(org: Org):
    org.side.edit("Contact", id_("Contact", 7), {"Title": "CFO"})
    _, full = pulled(org.connector(), "Contact")
    pages, again = pulled(org.connector(), "Contact", full.high_water)
    assert set(records(pages)) == {ref("Contact", 7)}, "a row that commits late carries an earlier stamp"
    org.clock.advance(1200)
    _, third = pulled(org.connector(), "Contact", again.high_water)
    assert third.seen == 1
    assert pulled(org.connector(), "Contact", third.high_water)[1].seen == 0


def test_a_delete_and_a_merge_are_told_and_told_apart(org: Org):
    connector = org.connector()
    _, full = pulled(connector, "Contact")
    org.clock.advance(1200)
    org.side.delete("Contact", id_("Contact", 2))
    org.side.merge("Contact", id_("Contact", 3), [id_("Contact", 4)])
    pages, summary = pulled(connector, "Contact", full.high_water)
    got = records(pages)
    assert got[ref("Contact", 2)].deleted
    assert got[ref("Contact", 2)].merged_into is None
    assert got[ref("Contact", 4)].merged_into == ref("Contact", 3)
    assert summary.complete
    whole, again = pulled(connector, "Contact")
    assert again.complete
    assert again.seen == 18
    assert records(whole)[ref("Contact", 4)].merged_into == ref("Contact", 3)


def test_archived_activities_are_read_and_not_taken_for_deleted(org: Org):
    org.clock.advance(400 * 86_400)
    pages, summary = pulled(org.connector(), "Task")
    assert (summary.complete, summary.seen) == (True, 20)
    assert not any(r.deleted for r in records(pages).values())
    assert org.connector().get([ref("Task", 1)])[ref("Task", 1)] is not None


def test_a_meeting_that_has_passed_is_told_although_nobody_touched_it(org: Org):
    connector = org.connector()
    _, full = pulled(connector, "Event")
    org.clock.advance(3600)
    pages, _ = pulled(org.connector(), "Event", full.high_water)
    got = records(pages)
    assert got[ref("Event", 2)].fields["done"] == "true"
    assert ref("Event", 3) not in got


def test_a_history_that_grew_is_read_whole(org: Org):
    connector = org.connector()
    _, full = pulled(connector, "LeadHistory")
    org.clock.advance(3600)
    org.side.edit("Lead", id_("Lead", 3), {"Status": "Recycled"})
    pages, summary = pulled(connector, "LeadHistory", full.high_water)
    events = [e for p in pages for e in p.stage_events]
    assert [e.stage for e in events] == [
        "Open - Not Contacted",
        "Marketing Qualified",
        "Working - Contacted",
        "Recycled",
    ]
    assert {e.ref for e in events} == {ref("Lead", 3)}
    assert (summary.full, summary.complete) == (False, True)
    assert full.complete


def test_a_mark_older_than_the_recycle_bin_reads_everything(still: Org):
    _, summary = pulled(still.connector(), "Contact", HighWater("2026-04-01T00:00:00Z"))
    assert summary.full
    assert "recycle bin" in summary.notes[0]


def test_get_reads_now_and_tells_what_is_gone(org: Org):
    connector = org.connector()
    org.side.delete("Lead", id_("Lead", 2))
    org.side.merge("Lead", id_("Lead", 3), [id_("Lead", 4)])
    org.side.edit("Lead", id_("Lead", 5), {"Title": "CTO"})
    short = Ref("salesforce", "Lead", id_("Lead", 6)[:15])
    refs = [ref("Lead", n) for n in (2, 3, 4, 5)] + [
        short,
        ref("Lead", 9999),
        Ref("salesforce", "Lead", "no' OR id"),
        ref("Contact", 1),
    ]
    before = len(org.requests())
    got = connector.get(refs)
    assert set(got) == set(refs)
    assert got[refs[0]].deleted
    assert got[refs[2]].merged_into == ref("Lead", 3)
    assert got[refs[3]].fields["title"] == "CTO"
    assert got[short].ref == ref("Lead", 6)
    assert got[refs[5]] is None
    assert got[refs[6]] is None
    assert got[refs[7]].ref == ref("Contact", 1)
    assert len(org.requests()) - before <= 7, "log-in, describes, one read per object, one look into the bin"


def test_fields_that_this_user_may_not_see_are_absent_and_reported(tmp_path):
    with running(tmp_path, people=4) as org:
        org.side.set_switch("hidden_fields", {"Contact": ["Phone", "HubSpot_Id__c"]})
        connector = org.connector()
        assert set(connector.describe("Contact").missing) == {"Phone", "HubSpot_Id__c"}
        pages, summary = pulled(connector, "Contact")
        assert summary.complete
        assert any("Phone" in note for note in summary.notes)
        got = records(pages)[ref("Contact", 1)].fields
        assert "phone" not in got
        assert "foreign_ids" not in got
        assert "mobile" in got


def test_an_object_that_this_user_may_not_see_says_so(tmp_path):
    from trueup.errors import RemoteError

    with running(tmp_path, people=4) as org:
        org.side.set_switch("hidden_objects", ["Campaign", "CampaignMember", "Lead"])
        connector = org.connector()
        assert "Campaign" not in connector.capabilities.objects
        assert "Lead" in connector.capabilities.objects, "leads are needed: their absence must be said, not hidden"
        with pytest.raises(RemoteError, match="Lead is not there, or not visible"):
            pulled(connector, "Lead")


def test_a_field_map_of_the_policy_is_used(tmp_path):
    with running(tmp_path, people=4) as org:
        connector = org.connector(fields={"Contact": {"website": "LinkedIn_URL__c", "title": ""}})
        got = records(pulled(connector, "Contact")[0])[ref("Contact", 1)].fields
        assert "website" in got
        assert "title" not in got


def test_two_thousand_rows_on_one_stamp_lose_nothing_at_page_borders(tmp_path):
    with running(tmp_path, people=2000, same_stamp=True) as org:
        connector = org.connector(page_size=200)
        pages, summary = pulled(connector, "Contact")
        assert len(pages) == 10
        assert (summary.seen, summary.complete, len(records(pages))) == (2000, True, 2000)
        changed, incremental = pulled(connector, "Contact", summary.high_water)
        assert (incremental.seen, changed) == (0, []), "rows on one old stamp are not read again every night"


def test_a_lost_cursor_is_taken_up_again_by_key(tmp_path):
    with running(tmp_path, people=1000) as org:
        gone = '[{"message":"invalid query locator","errorCode":"INVALID_QUERY_LOCATOR"}]'
        org.fault(
            "answer",
            path=r"/query/\w+-\d+",
            status=400,
            body=gone,
            headers={"content-type": "application/json"},
            count=2,
            skip=1,
        )
        pages, summary = pulled(org.connector(page_size=200, read_by="query"), "Contact")
        assert (summary.seen, summary.complete) == (1000, True)
        assert any("went on by key" in note for note in summary.notes)
        seen = [r.ref for p in pages for r in p.records]
        assert len(seen) == len(set(seen)) == 1000


@pytest.mark.parametrize("way", ["query", "composite", "bulk"])
def test_what_changes_while_pages_are_read_is_read_again(tmp_path, way):
    with running(tmp_path, people=1200) as org:
        # Three calls for the pages, by each way.
        connector = org.connector(page_size=200, read_by=way, bulk_page_rows=400)
        pull = connector.pull("Contact", None)
        got = records([next(pull)])
        org.clock.advance(5)
        org.side.edit("Contact", id_("Contact", 1), {"Title": "moved"})
        org.side.delete("Contact", id_("Contact", 2))
        org.side.delete("Contact", id_("Contact", 599))
        try:
            while True:
                got |= records([next(pull)])
        except StopIteration as end:
            summary = end.value
        alive = {row["Id"] for row in org.side.dump("Contact") if not row["IsDeleted"]}
        assert {r.id for r, rec in got.items() if not rec.deleted} == alive
        assert (summary.complete, summary.seen) == (True, len(alive))
        assert summary.high_water is not None
        later_pages, _ = pulled(connector, "Contact", summary.high_water)
        assert records(later_pages)[ref("Contact", 1)].fields["title"] == "moved"


def test_the_mark_is_never_ahead_of_the_moment_at_which_the_pull_began(tmp_path):
    with running(tmp_path, people=600) as org:
        connector = org.connector(page_size=200, read_by="query")
        pull = connector.pull("Contact", None)
        next(pull)
        org.clock.advance(7200)
        org.side.edit("Contact", id_("Contact", 1), {"Title": "early"})
        org.clock.advance(7200)
        org.side.edit("Contact", id_("Contact", 600), {"Title": "late"})
        try:
            while True:
                next(pull)
        except StopIteration as end:
            mark = end.value.high_water
        assert mark is not None
        assert mark.mark <= START.strftime("%Y-%m-%dT%H:%M:59Z")
        pages, _ = pulled(connector, "Contact", mark)
        assert {ref("Contact", 1), ref("Contact", 600)} <= set(records(pages))
