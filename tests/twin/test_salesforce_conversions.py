"""Conversion and ownership: person accounts, duplicate rules, owners who cannot own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served

PERSONS = {**SETTINGS, "person_accounts": True}
READER = {**SETTINGS, "users": [{"username": "reader@acme.example", "permissions": {"hidden_objects": ["Lead"]}}]}


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


@pytest.fixture
def persons() -> Iterator[Bench]:
    with served(make_side(PERSONS)) as made:
        yield made


def convert(bench: Bench, lead: str, **more: str) -> dict[str, str]:
    """Convert a lead; the answer's elements by name, nil ones left out."""
    import re

    asked = {"leadId": lead, "convertedStatus": "Closed - Converted", "doNotCreateOpportunity": "true", **more}
    inner = "".join(f"<u:{k}>{v}</u:{k}>" for k, v in asked.items())
    text = bench.soap(f"<u:convertLead><u:leadConverts>{inner}</u:leadConverts></u:convertLead>").text
    return dict(re.findall(r"<(\w+)>([^<]+)</", text))


def test_a_lead_without_a_company_becomes_a_person_account(persons):
    lead = persons.make("Lead", FirstName="Pat", LastName="Lee", Email="pat@lee.example", City="Riga")
    done = convert(persons, lead)
    account = persons.row("Account", done["accountId"])
    assert (account["IsPersonAccount"], account["Name"], account["PersonEmail"]) == (True, "Pat Lee", "pat@lee.example")
    assert account["PersonMailingCity"] == "Riga"
    assert done["contactId"] == account["PersonContactId"]


def test_a_person_account_named_as_the_account_is_the_contact_too_and_keeps_its_values(persons):
    there = persons.make("Account", LastName="Lee", PersonEmail="own@lee.example")
    lead = persons.make("Lead", FirstName="Pat", LastName="Other", Company="C", Email="lead@lee.example", Title="CEO")
    done = convert(persons, lead, accountId=there)
    row = persons.row("Account", there)
    assert (row["PersonEmail"], row["LastName"], row["PersonTitle"]) == ("own@lee.example", "Lee", "CEO")
    assert done["contactId"] == row["PersonContactId"]
    assert persons.query("SELECT COUNT() FROM Contact")["totalSize"] == 1


def test_the_related_person_account_stands_beside_the_business_where_the_org_allows_it(persons):
    person = persons.make("Account", LastName="Lee")
    business = persons.make("Account", Name="Business")
    lead = persons.make("Lead", LastName="Lee", Company="Business", Email="lee@lee.example")
    assert convert(persons, lead, relatedPersonAccountId=person)["statusCode"] == "INVALID_FIELD"
    persons.side.set_switch("contacts_to_multiple_accounts", True)
    wrong = convert(persons, lead, relatedPersonAccountId=business)
    assert wrong["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    done = convert(persons, lead, accountId=business, relatedPersonAccountId=person)
    assert (done["accountId"], done["relatedPersonAccountId"]) == (business, person)
    assert done["contactId"] == persons.row("Account", person)["PersonContactId"]
    assert persons.row("Account", person)["PersonEmail"] == "lee@lee.example"


def test_the_name_of_a_person_account_is_not_written(persons):
    made = persons.call("POST", "sobjects/Account", json={"LastName": "Lee", "Name": "X"})
    assert made.json() == [
        {"message": "Account: bad field names on insert/update call: Name",
         "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE", "fields": ["Name"]}
    ]  # fmt: skip
    person = persons.make("Account", LastName="Lee")
    assert persons.call("PATCH", f"sobjects/Account/{person}", json={"Name": "X"}).status_code == 400
    business = persons.make("Account", Name="B")
    assert persons.call("PATCH", f"sobjects/Account/{business}", json={"Name": "C"}).status_code == 204


def test_conversion_meets_the_duplicate_rules_and_may_pass_an_alert(bench):
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": True}})
    bench.make("Contact", LastName="There", Email="a@a.example")
    lead = bench.make("Lead", LastName="L", Company="C", Email="a@a.example")
    assert convert(bench, lead)["statusCode"] == "DUPLICATES_DETECTED"
    assert bench.row("Lead", lead)["IsConverted"] is False
    assert bench.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    bench.side.set_switch("duplicate_rules_on_conversion", False)
    assert "contactId" in convert(bench, lead)


def test_conversion_refuses_owners_who_cannot_own(bench):
    lead = bench.make("Lead", LastName="L", Company="C")
    assert convert(bench, lead, ownerId="005Hn0000999999")["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    queue = bench.make("Group", Name="Q", Type="Queue")
    bench.call("PATCH", f"sobjects/Lead/{lead}", json={"OwnerId": queue})
    assert convert(bench, lead)["statusCode"] == "REQUIRED_FIELD_MISSING"


def test_an_owner_must_be_able_to_read_the_object():
    with served(make_side(READER)) as bench:
        reader = bench.known["users"][0]["user_id"]
        lead = bench.make("Lead", LastName="L", Company="C")
        answer = bench.call("PATCH", f"sobjects/Lead/{lead}", json={"OwnerId": reader}).json()[0]
        assert (answer["errorCode"], answer["message"]) == (
            "TRANSFER_REQUIRES_READ", "The new owner must have read permission"
        )  # fmt: skip
        account = bench.make("Account", Name="A")
        assert bench.call("PATCH", f"sobjects/Account/{account}", json={"OwnerId": reader}).status_code == 204
        bench.side.edit("User", reader, {"IsActive": False})
        other = bench.call("POST", "sobjects/Account", json={"Name": "B", "OwnerId": reader}).json()[0]
        assert other["errorCode"] == "INACTIVE_OWNER_OR_USER"


def test_an_assignment_rule_gives_a_lead_to_a_queue_unless_told_not_to(bench):
    queue = bench.make("Group", Name="Inbound", Type="Queue")
    bench.side.set_switch("assignment_rules", {"Lead": [{"field": "LeadSource", "equals": "Web", "owner": queue}]})
    web = bench.make("Lead", LastName="Web", Company="C", LeadSource="Web")
    plain = bench.make("Lead", LastName="Plain", Company="C")
    body = {"LastName": "Kept", "Company": "C", "LeadSource": "Web"}
    kept = bench.call("POST", "sobjects/Lead", json=body, headers={"Sforce-Auto-Assign": "FALSE"}).json()["id"]
    owners = {r["Id"]: r["OwnerId"] for r in bench.query("SELECT Id, OwnerId FROM Lead")["records"]}
    assert [owners[web] == queue, owners[plain] == queue, owners[kept] == queue] == [True, False, False]
    named = bench.query(f"SELECT Owner.Name, Owner.Type FROM Lead WHERE Id = '{web}'")["records"][0]["Owner"]
    assert named["Name"] == "Inbound"


def test_a_queue_owns_the_objects_that_it_is_for(bench):
    queue = bench.make("Group", Name="Q", Type="Queue")
    bench.side.set_switch("queue_objects", {queue: ["Case"]})
    lead = bench.make("Lead", LastName="L", Company="C")
    answer = bench.call("PATCH", f"sobjects/Lead/{lead}", json={"OwnerId": queue}).json()[0]
    assert (answer["errorCode"], answer["message"]) == (
        "INVALID_OPERATION", "Queue not associated with this SObject type")  # fmt: skip
    bench.side.set_switch("queue_objects", {queue: ["Lead"]})
    assert bench.call("PATCH", f"sobjects/Lead/{lead}", json={"OwnerId": queue}).status_code == 204
