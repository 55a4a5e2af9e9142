"""The native Salesforce integration: a tick each quarter of an hour, its rules, its stamps, its inclusion list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.integration import Integration
from trueup.twin.hubspot.integration_rules import Rule, settle
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.recorder import Recorder
from trueup.twin.salesforce.side import SalesforceSide


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


def test_a_tick_runs_by_itself_every_quarter_of_an_hour(both: Both) -> None:
    call = Caller(both.hubspot)
    call("GET", "/crm/v3/objects/contacts")
    both.lead(Email="ann@acme.example")

    before = call("GET", "/crm/v3/objects/contacts").json["results"]
    both.clock.advance(901)
    after = call("GET", "/crm/v3/objects/contacts").json["results"]

    assert (len(before), len(after)) == (0, 1)


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
