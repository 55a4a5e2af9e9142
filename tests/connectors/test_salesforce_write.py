"""Writes: one receipt per change, whatever happens; nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from salesforce_org import Org, id_, ref, running

from trueup.errors import LimitError, ReadOnlyError
from trueup.model.changes import NEW, Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome
from trueup.model.refs import Ref


@pytest.fixture
def org(tmp_path):
    with running(tmp_path, people=12) as made:
        yield made


def update(object_: str, n: int, field: str, after: str | None, before: str | None = None) -> Change:
    kinds = {"Account": Kind.COMPANY, "Opportunity": Kind.DEAL, "Task": Kind.ACTIVITY}
    return Change(
        Action.UPDATE, ref(object_, n), kinds.get(object_, Kind.PERSON), field=field, before=before, after=after
    )


def create(object_: str, kind: Kind, unique: str, **values: str | None) -> Change:
    return Change(Action.CREATE, Ref("salesforce", object_, f"{NEW}-{unique}"), kind, values=values)


def outcomes(receipts) -> list[Outcome]:
    return [r.outcome for r in receipts]


def by_change(receipts, changes):
    found = {r.change_id: r for r in receipts}
    return [found[c.id] for c in changes]


# -- updates -----------------------------------------------------------------------------------------------------------


def test_changes_of_one_record_travel_together(org: Org):
    changes = [
        update("Contact", 1, "title", "CFO"), update("Contact", 1, "phone", None), update("Contact", 2, "email_opt_out", "true"),
        update("Contact", 3, "company_id", f"Account/{id_('Account', 2)}"),
    ]  # fmt: skip
    connector = org.connector()
    connector.describe("Contact")
    _ = connector.capabilities
    before = len(org.requests())
    assert outcomes(connector.write(changes)) == [Outcome.APPLIED] * 4
    assert len(org.requests()) - before == 1
    row = org.row("Contact", id_("Contact", 1))
    assert (row["Title"], row["Phone"]) == ("CFO", None)
    assert org.row("Contact", id_("Contact", 2))["HasOptedOutOfEmail"]
    assert org.row("Contact", id_("Contact", 3))["AccountId"] == id_("Account", 2)


def test_stored_ids_are_written_to_their_own_field(org: Org):
    change = update("Lead", 1, "foreign_ids", "hubspot:contacts/4711")
    assert outcomes(org.connector().write([change])) == [Outcome.APPLIED]
    assert org.row("Lead", id_("Lead", 1))["HubSpot_Id__c"] == "4711"
    clear = update("Lead", 1, "foreign_ids", None, before="hubspot:contacts/4711")
    assert outcomes(org.connector().write([clear])) == [Outcome.APPLIED]
    assert org.row("Lead", id_("Lead", 1))["HubSpot_Id__c"] is None


def test_assignment_rules_are_told_to_keep_out(org: Org):
    org.connector().write([update("Lead", 1, "title", "x")])
    sent = org.requests("/composite/sobjects")[-1]
    assert {k.lower(): v for k, v in sent["headers"].items()}["sforce-auto-assign"] == "FALSE"


def test_one_bad_row_fails_that_row(org: Org):
    org.side.delete("Contact", id_("Contact", 3))
    changes = [
        update("Contact", 1, "email", "not an address"),
        update("Contact", 2, "last_name", "Good"),
        update("Contact", 3, "title", "gone"),
        update("Contact", 4, "first_name", "x" * 100),
        update("Contact", 5, "created_at", "2026-01-01T00:00:00Z"),
        update("Contact", 6, "company_id", "Lead/00Q"),
        update("Contact", 7, "industry", "Banking"),
    ]
    got = by_change(org.connector().write(changes), changes)
    assert outcomes(got) == [
        Outcome.REFUSED, Outcome.APPLIED, Outcome.STALE, Outcome.REFUSED, Outcome.REFUSED, Outcome.REFUSED, Outcome.REFUSED,
    ]  # fmt: skip
    assert got[0].code == "INVALID_EMAIL_ADDRESS"
    assert got[3].code == "STRING_TOO_LONG"
    assert got[4].code == got[5].code == got[6].code == "NOT_WRITABLE"
    assert all(r.message for r in got if r.outcome is not Outcome.APPLIED)


def test_validation_rules_and_missing_permissions_are_told_in_their_own_words(org: Org):
    rule = {"field": "Amount", "operator": ">", "value": 1000, "message": "Too dear."}
    org.side.set_switch("validation_rules", {"Opportunity": [rule]})
    connector = org.connector()
    (receipt,) = connector.write([update("Opportunity", 1, "amount", "2000")])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert "Too dear." in receipt.message
    org.side.set_switch("read_only_user", True)
    (receipt,) = connector.write([update("Opportunity", 1, "name", "x")])
    assert receipt.outcome is Outcome.REFUSED
    assert "admin" in receipt.message
    assert org.connector().capabilities.actions["Opportunity"] == frozenset(), "describe says so beforehand"


def test_an_inactive_owner_is_refused(org: Org):
    (receipt,) = org.connector().write([update("Lead", 2, "owner_id", f"User/{id_('User', 2)}")])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "INACTIVE_OWNER_OR_USER")
    assert outcomes(org.connector().write([update("Lead", 2, "owner_id", f"Group/{id_('Group', 1)}")])) == [
        Outcome.APPLIED
    ]


def test_more_than_a_request_holds_is_sent_in_lots(org: Org):
    changes = [update("Lead", n, "title", f"t{n}") for n in range(1, 13)]
    connector = org.connector(batch_size=5)
    receipts = connector.write(changes)
    assert outcomes(receipts) == [Outcome.APPLIED] * 12
    assert len(org.requests("/composite/sobjects")) == 3


def test_a_read_only_system_is_not_asked(org: Org):
    before = len(org.requests())
    with pytest.raises(ReadOnlyError):
        org.connector(read_only=True).write([update("Lead", 1, "title", "x")])
    assert len(org.requests()) == before


# -- creates -----------------------------------------------------------------------------------------------------------


def person(unique: str, **more: str | None) -> Change:
    return create(
        "Lead", Kind.PERSON, unique, last_name="New", company_name="Firm", email=f"{unique}@n.example", **more
    )


def test_a_create_carries_its_own_key_and_is_found_by_it(org: Org):
    connector = org.connector()
    assert connector.capabilities.upsert_key["Lead"] == "Trueup_Key__c"
    change = person("a", lifecycle_stage="Marketing Qualified", foreign_ids="hubspot:contacts/77")
    assert connector.find(change) is None
    (receipt,) = connector.write([change])
    assert receipt.outcome is Outcome.APPLIED
    row = org.row("Lead", receipt.ref.id)
    assert (row["Trueup_Key__c"], row["Status"], row["HubSpot_Id__c"]) == (change.id, "Marketing Qualified", "77")
    assert connector.find(change) == receipt.ref


def test_a_create_sent_again_makes_no_second_record(org: Org):
    change = person("b")
    first, second = org.connector().write([change]), org.connector().write([change])
    assert first[0].ref == second[0].ref
    assert sum(row["Email"] == "b@n.example" for row in org.side.dump("Lead")) == 1


def test_a_create_whose_answer_is_lost_is_repeated_by_its_key(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    org.fault("reset_after", path="/composite/sobjects/Lead", count=1)
    (receipt,) = connector.write([person("c")])
    assert receipt.outcome is Outcome.APPLIED
    assert sum(row["Email"] == "c@n.example" for row in org.side.dump("Lead")) == 1


def test_without_a_key_a_lost_answer_is_unknown_and_the_record_is_found_by_its_values(org: Org):
    connector = org.connector(create_key="Nothing__c")
    assert connector.capabilities.upsert_key == {}
    org.fault("reset_after", path="/composite/sobjects", count=1)
    change = person("d")
    (receipt,) = connector.write([change])
    assert receipt.outcome is Outcome.UNKNOWN
    found = connector.find(change)
    assert found is not None
    assert org.row("Lead", found.id)["Email"] == "d@n.example"
    org.fault("reset_before", path="/composite/sobjects", count=1)
    lost = person("e")
    (receipt,) = connector.write([lost])
    assert receipt.outcome is Outcome.UNKNOWN, "nobody can know that it did not arrive"
    assert connector.find(lost) is None


def test_a_create_without_what_is_required_is_refused(org: Org):
    (receipt,) = org.connector().write([create("Lead", Kind.PERSON, "f", last_name="Only")])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "REQUIRED_FIELD_MISSING")


def test_activities_are_created_as_what_they_are(org: Org):
    call = create(
        "Task",
        Kind.ACTIVITY,
        "t",
        activity_type="call",
        subject="Hi",
        direction="outbound",
        done="true",
        occurred_at="2026-05-05T10:00:00Z",
        duration_s="90",
    )
    meeting = create(
        "Event",
        Kind.ACTIVITY,
        "e",
        activity_type="meeting",
        subject="Demo",
        occurred_at="2026-05-08T10:00:00Z",
        duration_s="1800",
    )
    connector = org.connector()
    (first,), (second,) = connector.write([call]), connector.write([meeting])
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.APPLIED)
    task, event = org.row("Task", first.ref.id), org.row("Event", second.ref.id)
    assert (task["TaskSubtype"], task["IsClosed"], task["CallDurationInSeconds"]) == ("Call", True, 90)
    assert event["DurationInMinutes"] == 30


# -- merges, conversions, deletes --------------------------------------------------------------------------------------


def merge(object_: str, survivor: int, *losers: int, **values: str | None) -> Change:
    kind = Kind.COMPANY if object_ == "Account" else Kind.PERSON
    return Change(
        Action.MERGE, ref(object_, survivor), kind, others=tuple(ref(object_, n) for n in losers), values=values
    )


def test_a_merge_takes_the_survivors_new_values_along(org: Org):
    change = merge("Contact", 1, 2, title="Kept & <said>", mobile=None)
    (receipt,) = org.connector().write([change])
    assert (receipt.outcome, receipt.ref) == (Outcome.APPLIED, ref("Contact", 1))
    assert org.row("Contact", id_("Contact", 1))["Title"] == "Kept & <said>"
    loser = org.row("Contact", id_("Contact", 2))
    assert (loser["IsDeleted"], loser["MasterRecordId"]) == (True, id_("Contact", 1))


def test_more_than_three_are_merged_in_a_chain(org: Org):
    (receipt,) = org.connector().write([merge("Lead", 1, 2, 3, 4, 5, 6, company_name="One")])
    assert receipt.outcome is Outcome.APPLIED
    assert {org.row("Lead", id_("Lead", n))["MasterRecordId"] for n in range(2, 7)} == {id_("Lead", 1)}
    assert org.row("Lead", id_("Lead", 1))["Company"] == "One"
    assert len(org.requests("/services/Soap/u/")) == 3


def test_a_merge_done_before_is_known_as_done(org: Org):
    change = merge("Account", 1, 2)
    connector = org.connector()
    assert outcomes(connector.write([change])) == [Outcome.APPLIED]
    assert outcomes(connector.write([change])) == [Outcome.ALREADY]
    org.side.delete("Lead", id_("Lead", 2))
    assert outcomes(connector.write([merge("Lead", 1, 2)])) == [Outcome.STALE]


def test_a_merge_whose_answer_is_lost_is_unknown_and_not_repeated(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    org.fault("reset_after", path="/services/Soap/", count=1)
    assert outcomes(connector.write([merge("Lead", 1, 2)])) == [Outcome.UNKNOWN]
    assert len(org.requests("/services/Soap/u/")) == 1
    assert connector.get([ref("Lead", 2)])[ref("Lead", 2)].merged_into == ref("Lead", 1)


def convert(n: int, **values: str | None) -> Change:
    return Change(Action.CONVERT, ref("Lead", n), Kind.PERSON, values=values)


def test_a_lead_is_converted_into_new_records(org: Org):
    (receipt,) = org.connector().write([convert(2, converted_deal_id=None)])
    assert receipt.outcome is Outcome.APPLIED
    lead = org.row("Lead", id_("Lead", 2))
    assert lead["IsConverted"]
    assert lead["Status"] == "Closed - Converted"
    assert receipt.ref == Ref("salesforce", "Contact", lead["ConvertedContactId"])
    assert receipt.observed["converted_deal_id"] == f"Opportunity/{lead['ConvertedOpportunityId']}"


def test_a_lead_is_converted_into_what_is_there(org: Org):
    change = convert(3, converted_person_id=f"Contact/{id_('Contact', 3)}")
    (receipt,) = org.connector().write([change])
    lead = org.row("Lead", id_("Lead", 3))
    assert receipt.outcome is Outcome.APPLIED
    assert lead["ConvertedContactId"] == id_("Contact", 3)
    assert lead["ConvertedAccountId"] == org.row("Contact", id_("Contact", 3))["AccountId"]
    assert lead["ConvertedOpportunityId"] is None


def test_a_lead_converted_before_is_stale_and_cannot_be_updated(org: Org):
    connector = org.connector()
    connector.write([convert(4)])
    assert outcomes(connector.write([convert(4)]))[0] in (Outcome.STALE, Outcome.REFUSED)
    (receipt,) = connector.write([update("Lead", 4, "title", "x")])
    assert (receipt.outcome, receipt.code) == (Outcome.STALE, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_deletes_go_to_the_bin_and_come_back(org: Org):
    connector = org.connector()
    deletes = [Change(Action.DELETE, ref("Lead", n), Kind.PERSON) for n in (1, 2)]
    assert outcomes(connector.write(deletes)) == [Outcome.APPLIED] * 2
    assert outcomes(connector.write(deletes)) == [Outcome.ALREADY] * 2
    restores = [replace(c, action=Action.RESTORE) for c in deletes]
    assert outcomes(connector.write(restores)) == [Outcome.APPLIED] * 2
    assert outcomes(connector.write(restores)) == [Outcome.ALREADY] * 2
    assert not org.row("Lead", id_("Lead", 1))["IsDeleted"]


# -- associations ------------------------------------------------------------------------------------------------------


def tie(source: Ref, type_: str, target: Ref, label: str | None = None, *, undo: bool = False) -> Change:
    action = Action.DISSOCIATE if undo else Action.ASSOCIATE
    kind = {"Opportunity": Kind.DEAL, "Contact": Kind.PERSON}.get(source.object, Kind.ACTIVITY)
    return Change(action, source, kind, others=(target,), field=type_, after=label)


def test_contact_roles_are_made_once_and_undone(org: Org):
    connector = org.connector()
    change = tie(ref("Opportunity", 1), "deal_person", ref("Contact", 5), "Influencer")
    assert outcomes(connector.write([change])) == [Outcome.APPLIED]
    assert outcomes(connector.write([change])) == [Outcome.ALREADY]
    roles = [
        r for r in org.side.dump("OpportunityContactRole") if r["ContactId"] == id_("Contact", 5) and not r["IsDeleted"]
    ]
    assert [r["Role"] for r in roles] == ["Influencer"]
    undo = replace(change, action=Action.DISSOCIATE)
    assert outcomes(connector.write([undo])) == [Outcome.APPLIED]
    assert outcomes(connector.write([undo])) == [Outcome.ALREADY]


def test_lookups_are_ties_too(org: Org):
    connector = org.connector()
    who = tie(ref("Task", 1), "activity_person", ref("Contact", 5))
    assert outcomes(connector.write([who])) == [Outcome.APPLIED]
    assert org.row("Task", id_("Task", 1))["WhoId"] == id_("Contact", 5)
    assert outcomes(connector.write([who])) == [Outcome.ALREADY]
    moved = tie(ref("Task", 1), "activity_person", ref("Contact", 6), undo=True)
    assert outcomes(connector.write([moved])) == [Outcome.ALREADY]
    assert org.row("Task", id_("Task", 1))["WhoId"] == id_("Contact", 5)
    assert outcomes(connector.write([replace(who, action=Action.DISSOCIATE)])) == [Outcome.APPLIED]
    assert org.row("Task", id_("Task", 1))["WhoId"] is None


def test_a_tie_that_salesforce_does_not_have_is_refused(org: Org):
    (receipt,) = org.connector().write([tie(ref("Opportunity", 1), "deal_person", ref("Lead", 1))])
    assert receipt.outcome is Outcome.REFUSED


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "answer", "status": 503, "body": "<html>busy</html>"},
        {"action": "answer", "status": 502, "body": "<html>bad gateway</html>"},
        {"action": "reset_before"},
        {"action": "reset_after"},
        {"action": "truncate"},
        {"action": "malformed"},
    ],
)
def test_an_update_survives_a_bad_wire(org: Org, fault):
    connector = org.connector()
    _ = connector.capabilities
    org.fault(path="/composite/sobjects", count=2, **fault)
    assert outcomes(connector.write([update("Lead", 1, "title", "through")])) == [Outcome.APPLIED]
    assert org.row("Lead", id_("Lead", 1))["Title"] == "through"


def test_an_update_whose_answers_are_all_lost_is_unknown(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    org.fault("reset_after", path="/composite/sobjects")
    changes = [update("Lead", n, "title", "x") for n in (1, 2)]
    assert outcomes(connector.write(changes)) == [Outcome.UNKNOWN] * 2


def test_a_session_that_ends_before_a_write_is_renewed_and_the_write_keeps_its_headers(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    org.side.expire_sessions()
    assert outcomes(connector.write([update("Lead", 1, "title", "x")])) == [Outcome.APPLIED]
    sent = org.requests("/composite/sobjects")
    assert [{k.lower() for k in r["headers"]} >= {"sforce-auto-assign"} for r in sent] == [True, True]
    org.side.expire_sessions()
    assert outcomes(connector.write([merge("Lead", 1, 2)])) == [Outcome.APPLIED]


def test_a_row_that_was_locked_is_sent_again_alone(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    locked = '[{"id":"%s","success":true,"errors":[]},{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain exclusive access","fields":[]}]}]'
    org.fault(
        "answer",
        path="/composite/sobjects",
        status=200,
        body=locked % id_("Lead", 1),
        headers={"content-type": "application/json"},
        count=1,
    )
    changes = [update("Lead", n, "title", "x") for n in (1, 2)]
    assert outcomes(by_change(connector.write(changes), changes)) == [Outcome.APPLIED] * 2
    first, second = org.requests("/composite/sobjects")
    assert first["body"].count('"Id"') == 2
    assert second["body"].count('"Id"') == 1


@pytest.mark.parametrize("answer", ["[]", '{"x":1}', '[{"id":"00QHn0000000099QAA","success":true,"errors":[]}]'])
def test_an_answer_that_does_not_fit_the_request_proves_nothing(org: Org, answer):
    connector = org.connector()
    _ = connector.capabilities
    org.fault(
        "answer", path="/composite/sobjects", status=200, body=answer, headers={"content-type": "application/json"}
    )
    assert outcomes(connector.write([update("Lead", 1, "title", "x")])) == [Outcome.UNKNOWN]


def test_a_used_up_allowance_stops_before_the_rest_is_tried(org: Org):
    connector = org.connector()
    _ = connector.capabilities
    body = '[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
    org.fault("answer", path="/composite/sobjects", status=403, body=body, headers={"content-type": "application/json"})
    with pytest.raises(LimitError):
        connector.write([update("Lead", 1, "title", "x")])
    assert len(org.requests("/composite/sobjects")) == 1


def test_duplicate_rules_stop_a_create_unless_told_to_save(org: Org):
    org.side.set_switch(
        "duplicate_rules", {"Lead": {"match": ["Email"], "allow_save": True, "message": "Use one of these records?"}}
    )
    twin = create("Lead", Kind.PERSON, "dup", last_name="Lead1", company_name="Firm 1", email="lee1@f.example")
    (receipt,) = org.connector().write([twin])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "DUPLICATES_DETECTED")
    assert "save_despite_duplicates" in receipt.message
    assert outcomes(org.connector(save_despite_duplicates=True).write([twin])) == [Outcome.APPLIED]
