"""What an admin can set: assignment rules, lookup filters, sharing, locks, duplicate rules; and what follows by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.org import API_USER_ID


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def other_user(bench: Bench) -> str:
    user = make_id("005", 7)
    bench.side.load("User", [{"Id": user, "LastName": "Rep", "Username": "rep@x.example", "IsActive": True}])
    return user


def test_assignment_rules_move_new_leads_unless_told_not_to(bench):
    rep = other_user(bench)
    bench.side.set_switch("assignment_rules", {"Lead": [{"field": "LeadSource", "equals": "Web", "owner": rep}]})
    body = {"LastName": "L", "Company": "C", "LeadSource": "Web"}
    owners = []
    for headers in ({}, {"Sforce-Auto-Assign": "FALSE"}, {"Sforce-Auto-Assign": "TRUE"}):
        made = bench.call("POST", "sobjects/Lead", json=body, headers=headers).json()["id"]
        owners.append(bench.row("Lead", made)["OwnerId"])
    assert owners == [rep, API_USER_ID, rep]
    assert bench.row("Lead", bench.make("Lead", LastName="L", Company="C"))["OwnerId"] == API_USER_ID


def test_a_lookup_filter_refuses_the_wrong_parent(bench):
    rule = {"field": "AccountId", "parent_field": "Type", "equals": "Prospect", "message": "Prospects only."}
    bench.side.set_switch("lookup_filters", {"Contact": [rule]})
    bad = bench.make("Account", Name="A")
    good = bench.make("Account", Name="B", Type="Prospect")
    answer = bench.call("POST", "sobjects/Contact", json={"LastName": "C", "AccountId": bad})
    assert (answer.status_code, answer.json()) == (
        400, [{"message": "Prospects only.", "errorCode": "FIELD_FILTER_VALIDATION_EXCEPTION", "fields": ["AccountId"]}],
    )  # fmt: skip
    bench.make("Contact", LastName="C", AccountId=good)


def test_a_record_that_is_not_shared_is_not_seen_and_is_not_deleted(bench):
    rep = other_user(bench)
    account = bench.make("Account", Name="Hidden", OwnerId=rep)
    contact = bench.make("Contact", LastName="Seen", AccountId=account)
    bench.side.set_switch("private_to_owners", {"Account": [rep]})
    assert bench.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    assert bench.query("SELECT COUNT() FROM Account", all_rows=True)["totalSize"] == 0
    row = bench.query("SELECT Id, AccountId, Account.Name FROM Contact")["records"][0]
    assert (row["Id"], row["AccountId"], row["Account"]) == (contact, account, None)
    assert bench.call("GET", f"sobjects/Account/{account}").status_code == 404
    assert bench.call("PATCH", f"sobjects/Account/{account}", json={"Name": "x"}).status_code == 404
    found = bench.call("POST", "composite/sobjects/Account", json={"ids": [account], "fields": ["Id"]}).json()
    assert found == [None]
    assert bench.row("Account", account)["IsDeleted"] is False
    bench.side.edit("Account", account, {"Name": "Still here"})


def test_locked_rows_say_so_and_let_go(bench):
    held = bench.make("Contact", LastName="A")
    bench.side.set_switch("locked_records", [held[:15]])
    answer = bench.call("PATCH", f"sobjects/Contact/{held}", json={"LastName": "B"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    assert held in answer.json()[0]["message"]
    bench.side.set_switch("locked_records", [])
    bench.side.set_switch("lock_every", 3)
    records = [{"attributes": {"type": "Lead"}, "LastName": f"L{n}", "Company": "C"} for n in range(6)]
    results = bench.call("POST", "composite/sobjects", json={"records": records}).json()
    assert [r["success"] for r in results] == [True, True, False] * 2


def test_find_duplicates_and_soap_saves_name_the_matches(bench):
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": False}})
    there = bench.make("Contact", LastName="A", Email="a@a.example")
    one = '<sObjects xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:type>Contact</s:type><s:LastName>B</s:LastName><s:Email>{}</s:Email></sObjects>'
    body = "<u:findDuplicates>" + one.format("A@a.example") + one.format("z@z.example") + "</u:findDuplicates>"
    text = bench.soap(body).text
    assert text.count("<duplicateResults>") == 1
    assert f"<sf:Id>{there}</sf:Id>" in text
    assert text.count("<success>true</success>") == 3  # two results and one match result
    saved = bench.soap("<u:create>" + one.format("a@a.example") + "</u:create>").text
    assert "<statusCode>DUPLICATES_DETECTED</statusCode>" in saved
    assert f"<sf:Id>{there}</sf:Id>" in saved
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    again = {"LastName": "B", "Email": "a@a.example"}
    assert bench.call("POST", "sobjects/Contact", json=again, headers=header).status_code == 400
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": True}})
    assert bench.call("POST", "sobjects/Contact", json=again, headers=header).status_code == 201


def test_the_metadata_api_tells_which_lead_statuses_mean_converted(bench):
    import requests

    token = bench.known["access_token"]
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://soap.sforce.com/2006/04/metadata">'
        f"<e:Header><m:SessionHeader><m:sessionId>{token}</m:sessionId></m:SessionHeader></e:Header><e:Body>"
        "<m:readMetadata><m:type>StandardValueSet</m:type><m:fullNames>LeadStatus</m:fullNames></m:readMetadata>"
        "</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    answer = requests.post(f"{bench.url}/services/Soap/m/59.0", data=body, headers=headers)
    assert answer.status_code == 200
    assert 'xmlns="http://soap.sforce.com/2006/04/metadata"' in answer.text
    converted = [part for part in answer.text.split("<standardValue>") if "<converted>true</converted>" in part]
    assert len(converted) == 1
    assert "<fullName>Closed - Converted</fullName>" in converted[0]


def test_activities_date_what_they_are_tied_to_without_moving_its_stamps(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    before = bench.row("Contact", contact)
    bench.side.org.clock.advance(60)
    bench.make("Task", Subject="Call", Status="Not Started", WhoId=contact, ActivityDate="2026-05-01")
    assert bench.row("Contact", contact)["LastActivityDate"] is None
    task = bench.make("Task", Subject="Call", Status="Completed", WhoId=contact, ActivityDate="2026-05-02")
    after = bench.row("Contact", contact)
    assert after["LastActivityDate"] == "2026-05-02"
    assert bench.row("Account", account)["LastActivityDate"] == "2026-05-02"
    assert {k for k in after if after[k] != before[k]} == {"LastActivityDate"}
    bench.call("DELETE", f"sobjects/Task/{task}")
    assert bench.row("Contact", contact)["LastActivityDate"] is None


def test_an_object_shows_its_recent_items(bench):
    made = bench.make("Account", Name="Fresh")
    basic = bench.call("GET", "sobjects/Account").json()
    assert [r["Id"] for r in basic["recentItems"]] == [made]
    assert isinstance(bench.call("GET", "sobjects/User").json()["recentItems"], list)


def test_graphs_have_limits_and_stop_after_many_failures(bench):
    bad = [{"graphId": f"g{n}", "compositeRequest": [{"method": "POST", "url": "/services/data/v59.0/sobjects/Account",
            "referenceId": "a", "body": {}}]} for n in range(16)]  # fmt: skip
    answer = bench.call("POST", "composite/graph", json={"graphs": bad}).json()["graphs"]
    codes = [g["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] for g in answer]
    assert codes == ["REQUIRED_FIELD_MISSING"] * 14 + ["PROCESSING_HALTED"] * 2
    chain = [{"method": "POST", "url": "/services/data/v59.0/sobjects/Account", "referenceId": f"a{n}",
              "body": {"Name": "x", **({"ParentId": f"@{{a{n - 1}.id}}"} if n else {})}} for n in range(16)]  # fmt: skip
    deep = bench.call("POST", "composite/graph", json={"graphs": [{"graphId": "g", "compositeRequest": chain}]})
    assert (deep.status_code, deep.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    fine = bench.call("POST", "composite/graph", json={"graphs": [{"graphId": "g", "compositeRequest": chain[:15]}]})
    assert fine.json()["graphs"][0]["isSuccessful"] is True


def test_the_version_decides_what_soql_knows(bench):
    bench.make("Account", Name="A")
    query = {"q": "SELECT FIELDS(STANDARD) FROM Account LIMIT 1"}
    assert bench.call("GET", "/services/data/v51.0/query", params=query).status_code == 200
    old = bench.call("GET", "/services/data/v50.0/query", params=query)
    assert (old.status_code, old.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_explain_tells_an_index_from_a_scan(bench):
    made = bench.make("Account", Name="A")
    bench.make("Account", Name="B")

    def plan(where: str) -> dict:
        answer = bench.call("GET", "query", params={"explain": f"SELECT Id FROM Account WHERE {where}"})
        return answer.json()["plans"][0]

    by_id, by_site = plan(f"Id = '{made}'"), plan("Site = 'x'")
    assert (by_id["leadingOperationType"], by_id["fields"], by_id["cardinality"]) == ("Index", ["Id"], 1)
    assert (by_site["leadingOperationType"], by_site["relativeCost"]) == ("TableScan", 1.0)
