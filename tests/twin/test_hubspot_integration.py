"""The native Salesforce integration: a tick each quarter of an hour, its rules, its stamps, its inclusion list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hubspot_bench import Caller, account

from trueup.twin.hubspot.integration import Integration
from trueup.twin.hubspot.integration.rules import Rule, settle
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.recorder import Recorder
from trueup.twin.salesforce.side import SalesforceSide
from trueup.twin.testing import running


class Both:
    """An account and an org, connected."""

    def __init__(self, tmp: Any, **switches: Any) -> None:
        self.hubspot = account(switches={"salesforce_integration": True, **switches})
        clock: Clock = self.hubspot.clock  # type: ignore[attr-defined]
        self.salesforce = SalesforceSide(tmp / "sf.db", clock, Recorder(clock=clock), {})
        self.salesforce.finish_loading()
        self.clock = clock
        self.integration: Integration = self.hubspot.connect_salesforce(self.salesforce)

    def contact(self, contact_id: str) -> dict[str, str]:
        return next(r["properties"] for r in self.hubspot.dump("contacts") if r["id"] == contact_id)

    def lead(self, **values: Any) -> str:
        return self.salesforce.create("Lead", {"LastName": "Lee", "Company": "Acme", **values})

    def tick(self) -> dict[str, int]:
        self.clock.advance(900)
        return self.integration.tick()


@pytest.fixture
def both(tmp_path: Any) -> Iterator[Both]:
    made = Both(tmp_path)
    yield made
    made.hubspot.close()
    made.salesforce.close()


def by_email(both: Both, email: str) -> tuple[str, dict[str, str]]:
    return next(
        (r["id"], r["properties"]) for r in both.hubspot.dump("contacts") if r["properties"].get("email") == email
    )


def test_a_lead_of_salesforce_becomes_a_contact_with_id_and_stamp(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example", FirstName="Ann")

    both.tick()

    _, shown = by_email(both, "ann@acme.example")
    assert shown["salesforceleadid"] == lead
    assert shown["firstname"] == "Ann"
    assert shown["salesforcelastsynctime"]
    assert shown["hs_object_source"] == "SALESFORCE"


def test_a_preferred_field_is_overwritten_and_a_blank_is_filled(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example", Phone="111")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.hubspot.edit("contacts", contact, {"phone": "222", "jobtitle": "Buyer"})
    both.tick()

    assert both.contact(contact)["phone"] == "111"
    record = next(r for r in both.salesforce.dump("Lead") if r["Id"] == lead)
    assert (record["Phone"], record["Title"]) == ("111", "Buyer")
    assert both.tick() == {"hubspot": 0, "salesforce": 0}


def test_two_way_lets_the_side_that_changed_win(tmp_path: Any) -> None:
    both = Both(tmp_path, salesforce_rules={"Lead.Phone": "two_way"})
    lead = both.lead(Email="ann@acme.example", Phone="111")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.hubspot.edit("contacts", contact, {"phone": ""})
    both.tick()

    assert next(r for r in both.salesforce.dump("Lead") if r["Id"] == lead)["Phone"] in (None, "")
    both.hubspot.close()
    both.salesforce.close()


def test_only_members_of_the_inclusion_list_go_to_salesforce(both: Both) -> None:
    made = [both.hubspot.create("contacts", {"email": f"p{n}@only.example"})["id"] for n in range(2)]
    lists = both.hubspot.portal.lists
    one = lists.create({"name": "in", "objectTypeId": "0-1", "processingType": "MANUAL"}, 1)
    lists.change(one, [made[0]], ())
    both.hubspot.set_switch("salesforce_inclusion_list", one["listId"])

    both.tick()

    assert [r["Email"] for r in both.salesforce.dump("Lead")] == ["p0@only.example"]
    assert both.contact(made[0])["salesforceleadid"]
    assert "salesforceleadid" not in both.contact(made[1])


def test_what_salesforce_refuses_is_an_error_of_the_sync_and_not_of_the_api(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.hubspot.edit("contacts", contact, {"jobtitle": "x" * 300})
    both.tick()

    assert [(e["category"], e["id"]) for e in both.integration.errors] == [("Property values", lead)]
    assert Caller(both.hubspot)("GET", f"/crm/v3/objects/contacts/{contact}").status == 200


def test_a_deleted_lead_is_marked_and_companies_cannot_be_merged(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.salesforce.delete("Lead", lead)
    both.tick()

    assert both.contact(contact)["salesforcedeleted"] == "true"
    a, b = (both.hubspot.create("companies", {"name": n})["id"] for n in "AB")
    merge = {"primaryObjectId": a, "objectIdToMerge": b}
    assert Caller(both.hubspot)("POST", "/crm/v3/objects/companies/merge", merge).status == 400


@pytest.mark.parametrize(
    ("rule", "changed", "expected"),
    [
        (Rule.PREFER_SALESFORCE, (False, True), ("s", "s")),
        (Rule.ALWAYS_SALESFORCE, (False, True), ("s", "s")),
        (Rule.TWO_WAY, (False, True), ("h", "h")),
        (Rule.TWO_WAY, (True, False), ("s", "s")),
        (Rule.DONT_SYNC, (True, True), ("s", "h")),
        (Rule.PREFER_SALESFORCE, (False, False), ("s", "h")),
    ],
)
def test_rules_apply_to_changes_only(rule: Rule, changed: tuple[bool, bool], expected: tuple[str, str]) -> None:
    assert settle(rule, "s", "h", salesforce_changed=changed[0], hubspot_changed=changed[1]) == expected
    assert settle(Rule.PREFER_SALESFORCE, "", "h", salesforce_changed=True, hubspot_changed=False) == ("h", "h")
    assert settle(Rule.ALWAYS_SALESFORCE, "", "h", salesforce_changed=True, hubspot_changed=False) == ("", "")


def test_records_that_carried_each_others_ids_before_are_not_settled_backwards(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example", Phone="111")
    made = both.hubspot.create("contacts", {"email": "ann@acme.example", "phone": "222", "salesforceleadid": lead})
    both.tick()
    assert both.contact(made["id"])["phone"] == "222"

    both.salesforce.edit("Lead", lead, {"Phone": "333"})
    both.tick()

    assert both.contact(made["id"])["phone"] == "333"


def test_what_changes_in_hubspot_goes_over_at_once(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example", Phone="111")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.hubspot.edit("contacts", contact, {"jobtitle": "Buyer", "phone": "999"})
    both.clock.advance(1)
    both.hubspot.time_passes()

    there = both.salesforce.get("Lead", lead)
    assert there is not None
    # The blank is filled at once; the preferred side's value stays, and comes back with the tick.
    assert (there["Title"], there["Phone"]) == ("Buyer", "111")
    assert both.contact(contact)["phone"] == "999"
    both.tick()
    assert both.contact(contact)["phone"] == "111"


def test_it_writes_as_a_user_of_its_own(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example")
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.hubspot.edit("contacts", contact, {"jobtitle": "Buyer"})
    both.tick()

    there = both.salesforce.get("Lead", lead)
    assert there is not None
    names = {u["Id"]: u["Name"] for u in both.salesforce.dump("User")}
    assert names[there["LastModifiedById"]] == "HubSpot Integration"
    history = Caller(both.hubspot)(
        "GET", f"/crm/v3/objects/contacts/{contact}", propertiesWithHistory="salesforceleadid"
    ).json["propertiesWithHistory"]["salesforceleadid"]
    assert history[0]["sourceType"] == "SALESFORCE"


def test_owners_go_both_ways_and_users_become_owners(both: Both) -> None:
    both.hubspot.load("owners", [{"id": "51", "email": "bo@twin.example"}])
    bo, cy = (
        both.salesforce.create("User", {"Username": e, "Email": e, "LastName": e[:2], "Alias": e[:2],
                "CommunityNickname": e[:2], "IsActive": True,
                                        "TimeZoneSidKey": "UTC", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8",
                                        "LanguageLocaleKey": "en_US"})
        for e in ("bo@twin.example", "cy@twin.example")
    )  # fmt: skip
    lead = both.lead(Email="ann@acme.example", OwnerId=bo)
    both.tick()
    contact, shown = by_email(both, "ann@acme.example")
    owner = {o["email"]: o["id"] for o in both.hubspot.dump("owners")}
    assert shown["hubspot_owner_id"] == "51"

    both.hubspot.edit("contacts", contact, {"hubspot_owner_id": owner["cy@twin.example"]})
    both.hubspot.time_passes()
    assert both.salesforce.get("Lead", lead)["OwnerId"] == cy  # type: ignore[index]

    both.salesforce.edit("Lead", lead, {"OwnerId": bo})
    both.tick()
    assert both.contact(contact)["hubspot_owner_id"] == "51"


def test_an_opportunity_becomes_a_deal_with_its_company_its_people_and_its_stage(tmp_path: Any) -> None:
    both = Both(tmp_path, salesforce_stages={"Qualification": "qualifiedtobuy"})
    account = both.salesforce.create("Account", {"Name": "Acme", "Website": "acme.example"})
    person = both.salesforce.create("Contact", {"LastName": "Lee", "Email": "ann@acme.example", "AccountId": account})
    deal = {"Name": "Big", "StageName": "Qualification", "CloseDate": "2026-12-31", "Amount": 900, "AccountId": account}
    opportunity = both.salesforce.create("Opportunity", deal)
    both.salesforce.create("OpportunityContactRole", {"OpportunityId": opportunity, "ContactId": person})
    both.tick()

    (made,) = both.hubspot.dump("deals")
    shown = made["properties"]
    assert shown["hs_salesforceopportunityid"] == opportunity
    assert (shown["dealname"], shown["amount"], shown["dealstage"]) == ("Big", "900", "qualifiedtobuy")
    assert shown["closedate"].startswith("2026-12-31")
    ties = {(t["from_type"], t["to_type"]) for t in both.hubspot.dump("associations") if t["from_id"] == made["id"]}
    assert ties == {("deals", "companies"), ("deals", "contacts")}

    both.salesforce.edit("Opportunity", opportunity, {"StageName": "Closed Won"})
    both.tick()
    assert next(iter(both.hubspot.dump("deals")))["properties"]["dealstage"] == "closedwon"
    assert both.tick() == {"hubspot": 0, "salesforce": 0}
    both.hubspot.close()
    both.salesforce.close()


def test_activities_go_over_once_each_way(both: Both) -> None:
    lead = both.lead(Email="ann@acme.example")
    both.salesforce.create("Task", {"Subject": "Before", "WhoId": lead})
    both.clock.advance(1)
    both.tick()
    contact, _ = by_email(both, "ann@acme.example")

    both.salesforce.create("Task", {"Subject": "Rang", "WhoId": lead, "TaskSubtype": "Call", "Status": "Completed"})
    note = both.hubspot.create(
        "notes", {"hs_note_body": "<p>met at the fair</p>", "hs_timestamp": "2026-01-05T10:00:00Z"}
    )
    both.hubspot.associate("notes", note["id"], "contacts", contact, 202)
    both.tick()

    assert [r["properties"]["hs_call_title"] for r in both.hubspot.dump("calls")] == ["Rang"]
    assert [(t["Subject"], t["Status"]) for t in both.salesforce.dump("Task")][2:] == [("met at the fair", "Completed")]
    assert both.tick() == {"hubspot": 0, "salesforce": 0}
    assert list(both.hubspot.dump("tasks")) == []


def test_who_is_not_on_the_inclusion_list_is_not_changed_in_salesforce(both: Both) -> None:
    leads = [both.lead(Email=f"p{n}@acme.example") for n in range(2)]
    both.tick()
    contacts = [by_email(both, f"p{n}@acme.example")[0] for n in range(2)]
    lists = both.hubspot.portal.lists
    one = lists.create({"name": "in", "objectTypeId": "0-1", "processingType": "MANUAL"}, 1)
    lists.change(one, [contacts[0]], ())
    both.hubspot.set_switch("salesforce_inclusion_list", one["listId"])

    for contact in contacts:
        both.hubspot.edit("contacts", contact, {"jobtitle": "Buyer"})
    both.tick()

    titles = {r["Id"]: r["Title"] for r in both.salesforce.dump("Lead")}
    assert [titles[lead] for lead in leads] == ["Buyer", None]


def test_a_contact_role_moves_the_stage_once_and_not_what_was_before(both: Both) -> None:
    def person(n: int) -> str:
        return both.salesforce.create("Contact", {"LastName": f"L{n}", "Email": f"p{n}@acme.example"})

    def join(contact: str) -> None:
        deal = {"Name": "Big", "StageName": "Qualification", "CloseDate": "2026-12-31"}
        opportunity = both.salesforce.create("Opportunity", deal)
        both.salesforce.create("OpportunityContactRole", {"OpportunityId": opportunity, "ContactId": contact})

    before, later = person(1), person(2)
    join(before)
    both.tick()
    join(later)
    both.tick()

    stages = {r["properties"]["email"]: r["properties"]["lifecyclestage"] for r in both.hubspot.dump("contacts")}
    assert stages == {"p1@acme.example": "lead", "p2@acme.example": "opportunity"}


def test_its_ticks_run_by_the_twins_clock_whichever_side_is_asked() -> None:
    with running(people=8, seed=3, world={"hubspot": {"salesforce_integration": True}}) as twin:
        control = twin.control
        url, token = (twin.ready["salesforce"][name] for name in ("url", "access_token"))

        def ask() -> int:
            headers = {"Authorization": f"Bearer {token}"}
            query = {"q": "SELECT Id FROM User WHERE Username LIKE 'hubspot.integration@%'"}
            answer = requests.get(f"{url}/services/data/v62.0/query", headers=headers, params=query, timeout=30)
            return int(answer.json()["totalSize"])

        assert ask() == 1  # the first tick made its user before this very request
        assert control.call("GET", "/integration")["ticks"] == 1
        control.clock(advance=901)
        assert ask() == 1
        assert control.call("GET", "/integration")["ticks"] == 2
        control.switch("hubspot", "salesforce_integration", False)
        control.clock(advance=901)
        assert control.call("GET", "/integration") == {**control.call("GET", "/integration"), "on": False, "ticks": 2}
        assert all(write["seq"] is None for write in control.writes())
