"""Formula fields, roll-up summaries and triggers: which values they give, and which stamps they move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from salesforce_bench import NOW, Bench, make_side, served

FIELDS: dict[str, Any] = {
    "custom_fields": {
        "Account": [
            {"name": "Won__c", "type": "currency", "scale": 2,
             "rollup": {"object": "Opportunity", "link": "AccountId", "function": "sum", "field": "Amount", "where": {"IsWon": True}}},
            {"name": "Deals__c", "type": "number", "rollup": {"object": "Opportunity", "link": "AccountId"}},
            {"name": "Last_Close__c", "type": "date",
             "rollup": {"object": "Opportunity", "link": "AccountId", "function": "max", "field": "CloseDate"}},
            {"name": "Size__c", "type": "text", "formula": "IF(NumberOfEmployees > 100, 'Large', IF(ISBLANK(NumberOfEmployees), NULL, 'Small'))"},
        ],
        "Contact": [
            {"name": "Greeting__c", "type": "text", "formula": "'Dear ' & FirstName & \" of \" & Account.Name"},
            {"name": "Account_Size__c", "type": "text", "formula": "UPPER(Account.Size__c)"},
        ],
        "Opportunity": [
            {"name": "Weighted__c", "type": "currency", "scale": 2, "formula": "Amount * Probability"},
            {"name": "Days_Left__c", "type": "number", "formula": "CloseDate - TODAY()"},
            {"name": "Is_Big__c", "type": "checkbox", "formula": "Amount >= 1000 && !IsClosed"},
        ],
        "Lead": [
            {"name": "Status_Since__c", "type": "datetime"}, {"name": "Touched_By__c", "type": "text"},
            {"name": "Was__c", "type": "text"},
        ],
    },
}  # fmt: skip


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side(FIELDS)) as made:
        yield made


def later(bench: Bench, seconds: int) -> None:
    bench.side.org.clock.set(bench.side.org.now() + timedelta(seconds=seconds))


def deal(bench: Bench, account: str, amount: float, stage: str = "Prospecting", close: str = "2026-05-16") -> str:
    return bench.make("Opportunity", Name="D", AccountId=account, StageName=stage, CloseDate=close, Amount=amount)


def test_a_rollup_follows_its_children_and_moves_only_the_system_stamp(bench):
    account, other = bench.make("Account", Name="A"), bench.make("Account", Name="B")
    later(bench, 60)
    first = deal(bench, account, 100.0, "Closed Won")
    second = deal(bench, account, 40.0, close="2026-07-01")
    row = bench.row("Account", account)
    assert (row["Won__c"], row["Deals__c"], row["Last_Close__c"]) == (100.0, 2.0, "2026-07-01")
    assert row["LastModifiedDate"] == "2026-05-06T12:00:00.000+0000"
    assert row["SystemModstamp"] == "2026-05-06T12:01:00.000+0000"
    bench.call("PATCH", f"sobjects/Opportunity/{first}", json={"AccountId": other})
    assert [bench.row("Account", i)["Won__c"] for i in (account, other)] == [0.0, 100.0]
    bench.call("DELETE", f"sobjects/Opportunity/{second}")
    assert bench.row("Account", account)["Deals__c"] == 0.0
    bench.soap(f"<u:undelete><u:ids>{second}</u:ids></u:undelete>")
    assert bench.row("Account", account)["Deals__c"] == 1.0
    later(bench, 60)
    bench.call("PATCH", f"sobjects/Opportunity/{second}", json={"NextStep": "Call"})
    assert bench.row("Account", account)["SystemModstamp"] == "2026-05-06T12:01:00.000+0000"
    refused = bench.call("PATCH", f"sobjects/Account/{account}", json={"Won__c": 5})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_campaigns_count_their_members_and_deals(bench):
    campaign = bench.make("Campaign", Name="C")
    lead = bench.make("Lead", LastName="L", Company="C")
    bench.make("CampaignMember", CampaignId=campaign, LeadId=lead, Status="Responded")
    bench.make("Opportunity", Name="D", StageName="Closed Won", CloseDate="2026-05-06", Amount=7, CampaignId=campaign)
    row = bench.row("Campaign", campaign)
    names = (
        "NumberOfLeads",
        "NumberOfContacts",
        "NumberOfResponses",
        "NumberOfWonOpportunities",
        "AmountWonOpportunities",
    )
    assert [row[n] for n in names] == [1, 0, 1, 1, 7.0]


def test_what_is_counted_begins_with_nought_and_converted_leads_are_counted_too(bench):
    campaign, account = bench.make("Campaign", Name="C"), bench.make("Account", Name="A")
    row = bench.row("Campaign", campaign)
    assert [v for n, v in row.items() if n.startswith(("NumberOf", "Amount"))] == [0, 0, 0, 0, 0, 0, 0.0, 0.0]
    row = bench.row("Account", account)
    assert (row["Won__c"], row["Deals__c"], row["Last_Close__c"]) == (0.0, 0.0, None)
    lead = bench.make("Lead", LastName="L", Company="C")
    bench.make("CampaignMember", CampaignId=campaign, LeadId=lead)
    status = bench.query("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true")["records"][0]["MasterLabel"]
    wanted = f"<u:convertedStatus>{status}</u:convertedStatus><u:leadId>{lead}</u:leadId>"
    assert (
        "<success>true" in bench.soap(f"<u:convertLead><u:leadConverts>{wanted}</u:leadConverts></u:convertLead>").text
    )
    row = bench.row("Campaign", campaign)
    assert (row["NumberOfConvertedLeads"], row["NumberOfContacts"]) == (1, 1)


def test_a_formula_is_worked_out_when_read_and_moves_no_stamp(bench):
    account = bench.make("Account", Name="Ärger & Co", NumberOfEmployees=250)
    contact = bench.make("Contact", FirstName="Ann", LastName="X", AccountId=account)
    big = deal(bench, account, 2000.0, "Value Proposition")
    row = bench.call("GET", f"sobjects/Contact/{contact}").json()
    assert (row["Greeting__c"], row["Account_Size__c"]) == ("Dear Ann of Ärger & Co", "LARGE")
    found = bench.query("SELECT Weighted__c, Days_Left__c, Is_Big__c FROM Opportunity")["records"][0]
    assert (found["Weighted__c"], found["Days_Left__c"], found["Is_Big__c"]) == (1000.0, 10.0, True)
    later(bench, 86_400)
    bench.call("PATCH", f"sobjects/Account/{account}", json={"NumberOfEmployees": 5})
    found = bench.query("SELECT Account_Size__c, SystemModstamp FROM Contact")["records"][0]
    assert (found["Account_Size__c"], found["SystemModstamp"]) == ("SMALL", "2026-05-06T12:00:00.000+0000")
    assert bench.query("SELECT Days_Left__c FROM Opportunity")["records"][0]["Days_Left__c"] == 9.0
    assert bench.query(f"SELECT Id FROM Opportunity WHERE Weighted__c > 999 AND Id = '{big}'")["totalSize"] == 1
    assert bench.query("SELECT Id FROM Contact WHERE Account_Size__c = 'small' ORDER BY Greeting__c")["totalSize"] == 1
    assert bench.query("SELECT Account.Size__c FROM Contact")["records"][0]["Account"]["Size__c"] == "Small"


def test_describe_tells_calculated_fields(bench):
    fields = {f["name"]: f for f in bench.call("GET", "sobjects/Account/describe").json()["fields"]}
    assert (fields["Won__c"]["calculated"], fields["Won__c"]["calculatedFormula"]) == (True, None)
    assert fields["Size__c"]["calculatedFormula"].startswith("IF(")
    assert not any(fields[n][k] for n in ("Won__c", "Size__c") for k in ("createable", "updateable"))


def test_formulas_go_through_bulk(bench):
    bench.make("Account", Name="B", NumberOfEmployees=101)
    made = bench.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Size__c FROM Account"}).json()
    assert bench.call("GET", f"jobs/query/{made['id']}/results").text == '"Size__c"\n"Large"\n'


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"name": "X__c", "type": "number", "formula": "Nope + 1"}, "has no field Nope"),
        ({"name": "X__c", "type": "number", "formula": "VLOOKUP(1)"}, "does not know"),
        ({"name": "X__c", "type": "number", "formula": "X__c + 1"}, "refers to itself"),
        ({"name": "X__c", "type": "number", "formula": "1 +"}, "ends too early"),
        ({"name": "X__c", "type": "number", "rollup": {"object": "Task", "link": "Nope"}}, "no fields Nope"),
    ],
)
def test_a_bad_formula_or_rollup_is_told_when_the_org_is_made(field, words):
    with pytest.raises((ValueError, KeyError), match=words):
        make_side({"custom_fields": {"Account": [field]}})


def test_loaded_rows_have_their_rollups_without_a_moved_stamp():
    side = make_side(FIELDS)
    account = {
        "Id": "001000000000001AAA",
        "Name": "A",
        "CreatedDate": NOW,
        "LastModifiedDate": NOW,
        "SystemModstamp": NOW,
    }
    side.load("Account", [account])
    side.load("Opportunity", [{"Id": "006000000000001AAA", "Name": "D", "AccountId": "001000000000001AAA", "Amount": 3,
                               "StageName": "Closed Won", "IsWon": True, "CloseDate": "2026-05-01", "CreatedDate": NOW}])  # fmt: skip
    side.org.clock.set(NOW + timedelta(days=1))
    side.finish_loading()
    row = side.get("Account", "001000000000001AAA")
    assert row is not None
    assert (row["Won__c"], row["SystemModstamp"]) == (3.0, "2026-05-06T12:00:00.000+0000")
    side.close()


def test_triggers_stamp_fields_on_every_save(bench):
    rule = {
        "on": ["update"],
        "changed": "Status",
        "set": {"Status_Since__c": "{now}", "Touched_By__c": "{user}", "Was__c": "{old.Status}"},
    }
    bench.side.set_switch("triggers", {"Lead": [rule, {"when": {"LeadSource": "Web"}, "set": {"Rating": "Hot"}}]})
    lead = bench.make("Lead", LastName="L", Company="C", LeadSource="Web")
    later(bench, 30)
    bench.call("PATCH", f"sobjects/Lead/{lead}", json={"Status": "Working - Contacted"})
    row = bench.row("Lead", lead)
    assert (row["Rating"], row["Was__c"], row["Status_Since__c"]) == (
        "Hot",
        "Open - Not Contacted",
        "2026-05-06T12:00:30.000+0000",
    )
    assert row["Touched_By__c"] == row["LastModifiedById"]
    bench.side.set_switch("triggers", {"Lead": [{"on": ["update"], "refuse": "Flow says no."}]})
    answer = bench.call("PATCH", f"sobjects/Lead/{lead}", json={"Title": "x"})
    assert answer.json() == [{"message": "Flow says no.", "errorCode": "CANNOT_EXECUTE_FLOW_TRIGGER", "fields": []}]
