"""What the org does by itself: rules, stages, histories, closing, merging, converting, deleting, permissions."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.ids import canonical, checksum, make_id

NS = "{urn:partner.soap.sforce.com}"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def refusal(bench: Bench, sobject: str, body: dict, record_id: str = "") -> dict:
    answer = bench.call("PATCH" if record_id else "POST", f"sobjects/{sobject}/{record_id}", json=body)
    assert answer.status_code >= 400, answer.text
    return answer.json()[0]


@pytest.mark.parametrize(
    ("id15", "check"), [("0014S000007NxgW", "QAS"), ("00Q4S000002sSac", "UAE"), ("006dM00000Mw7Vt", "QAJ")]
)
def test_recorded_ids_have_the_computed_checksum(id15, check):
    assert checksum(id15) == check
    assert canonical(id15) == id15 + check == canonical(id15 + check) == canonical((id15 + check).upper())


@pytest.mark.parametrize(
    ("sobject", "body", "error"),
    [
        ("Lead", {"FirstName": "x"}, {"message": "Required fields are missing: [LastName, Company]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName", "Company"]}),
        ("Lead", {"LastName": "x" * 81, "Company": "c"}, {"message": f"Last Name: data value too large: {'x' * 81} (max length=80)", "errorCode": "STRING_TOO_LONG", "fields": ["LastName"]}),
        ("Lead", {"LastName": "x", "Company": "c", "Email": "badone"}, {"message": "Email: invalid email address: badone", "errorCode": "INVALID_EMAIL_ADDRESS", "fields": ["Email"]}),
        ("Bar__c", {}, {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}),
        ("Lead", {"foo": 1}, {"message": "No such column 'foo' on sobject of type Lead", "errorCode": "INVALID_FIELD"}),
        ("Lead", {"Id": make_id("00Q", 1)}, {"message": "The Id field should not be specified in the sobject data.", "errorCode": "INVALID_FIELD"}),
        ("Contact", {"LastName": "x", "AccountId": make_id("003", 1)}, {"message": f"Account ID: id value of incorrect type: {make_id('003', 1)}", "errorCode": "FIELD_INTEGRITY_EXCEPTION", "fields": ["AccountId"]}),
        ("Contact", {"LastName": "x", "AccountId": "zzz"}, {"message": "Account ID: id value of incorrect type: zzz", "errorCode": "MALFORMED_ID", "fields": ["AccountId"]}),
    ],
)  # fmt: skip
def test_bad_writes_are_refused_in_the_real_words(bench, sobject, body, error):
    assert refusal(bench, sobject, body) == error


def test_read_only_fields_restricted_picklists_and_unique_keys(bench):
    error = refusal(bench, "Opportunity", {"Name": "n", "StageName": "x", "CloseDate": "2026-05-06", "IsClosed": True})
    assert (error["errorCode"], error["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["IsClosed"])
    body = {"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-05-06", "ForecastCategoryName": "X"}
    assert refusal(bench, "Opportunity", body) == {
        "message": "Forecast Category: bad value for restricted picklist field: X",
        "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "fields": ["ForecastCategoryName"],
    }  # fmt: skip
    first = bench.make("Lead", LastName="a", Company="c", Status="An unknown status", HubSpot_Id__c="9")
    assert bench.row("Lead", first)["Status"] == "An unknown status"
    assert refusal(bench, "Lead", {"LastName": "b", "Company": "c", "HubSpot_Id__c": "9"}) == {
        "message": f"duplicate value found: HubSpot_Id__c duplicates value on record with id: {first[:15]}",
        "errorCode": "DUPLICATE_VALUE", "fields": [],
    }  # fmt: skip
    bench.make("Lead", LastName="a", Company="c", Trueup_Key__c="K")
    bench.make("Lead", LastName="a", Company="c", Trueup_Key__c="k")


def test_a_stage_drives_probability_forecast_and_flags_and_leaves_history(bench):
    deal = bench.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-20", Amount=200)
    row = bench.row("Opportunity", deal)
    assert (row["Probability"], row["ForecastCategoryName"], row["ExpectedRevenue"], row["IsClosed"]) == (
        10.0,
        "Pipeline",
        20.0,
        False,
    )
    bench.side.org.clock.advance(60)
    bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"StageName": "Closed Won"})
    row = bench.row("Opportunity", deal)
    assert (row["Probability"], row["ForecastCategory"], row["IsClosed"], row["IsWon"]) == (100.0, "Closed", True, True)
    assert row["LastStageChangeDate"] == "2026-05-06T12:01:00.000+0000"
    bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"StageName": "Negotiation/Review", "Probability": 33})
    assert bench.row("Opportunity", deal)["Probability"] == 33.0
    bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"NextStep": "call"})
    rows = bench.query(
        f"SELECT StageName, Amount, PrevAmount FROM OpportunityHistory WHERE OpportunityId = '{deal}' ORDER BY Id"
    )["records"]
    assert [r["StageName"] for r in rows] == ["Prospecting", "Closed Won", "Negotiation/Review"]
    moves = bench.query("SELECT Field, OldValue, NewValue FROM OpportunityFieldHistory ORDER BY Id")["records"]
    assert [(r["Field"], r["OldValue"], r["NewValue"]) for r in moves] == [
        ("created", None, None), ("StageName", "Prospecting", "Closed Won"), ("StageName", "Closed Won", "Negotiation/Review"),
    ]  # fmt: skip


def test_status_changes_leave_lead_history_with_the_clock_and_the_user(bench):
    lead = bench.make("Lead", LastName="L", Company="C")
    bench.side.org.clock.advance(3600)
    bench.side.edit("Lead", lead, {"Status": "Working - Contacted"})
    rows = bench.query("SELECT LeadId, Field, OldValue, NewValue, CreatedDate FROM LeadHistory WHERE Field = 'Status'")[
        "records"
    ]
    assert [(r["LeadId"], r["OldValue"], r["NewValue"], r["CreatedDate"]) for r in rows] == [
        (lead, "Open - Not Contacted", "Working - Contacted", "2026-05-06T13:00:00.000+0000"),
    ]  # fmt: skip


def test_tasks_close_and_reopen_and_know_their_account(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    lead = bench.make("Lead", LastName="L", Company="C")
    task = bench.make("Task", WhoId=contact, Subject="Call", Status="Completed", TaskSubtype="Call", Priority="High")
    row = bench.row("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"], row["AccountId"], row["IsHighPriority"]) == (
        True, "2026-05-06T12:00:00.000+0000", account, True,
    )  # fmt: skip
    bench.call("PATCH", f"sobjects/Task/{task}", json={"Status": "In Progress"})
    assert bench.row("Task", task)["CompletedDateTime"] is None
    error = refusal(bench, "Task", {"WhoId": lead, "WhatId": account, "Subject": "x"})
    assert (error["errorCode"], error["fields"]) == ("FIELD_INTEGRITY_EXCEPTION", ["WhatId"])
    event = bench.make("Event", WhoId=contact, Subject="M", StartDateTime="2026-05-07T09:00:00Z", DurationInMinutes=30)
    assert bench.row("Event", event)["EndDateTime"] == "2026-05-07T09:30:00.000+0000"
    assert refusal(bench, "Event", {"Subject": "no time"})["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_one_contact_role_is_primary(bench):
    deal = bench.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-20")
    people = [bench.make("Contact", LastName=n) for n in "ab"]
    roles = [bench.make("OpportunityContactRole", OpportunityId=deal, ContactId=p, IsPrimary=True) for p in people]
    assert [bench.row("OpportunityContactRole", r)["IsPrimary"] for r in roles] == [False, True]


def results(answer) -> list[ET.Element]:
    root = ET.fromstring(answer.content)
    return list(root.iter(f"{NS}result"))


def test_merge_moves_children_and_buries_losers(bench):
    account = bench.make("Account", Name="A")
    keep = bench.make("Contact", LastName="Keep", Email="k@a.example", AccountId=account)
    lose = bench.make("Contact", LastName="Lose", Phone="1", HubSpot_Id__c="55")
    task = bench.make("Task", WhoId=lose, Subject="t")
    deal = bench.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-20")
    role = bench.make("OpportunityContactRole", OpportunityId=deal, ContactId=lose)
    campaign = bench.make("Campaign", Name="C")
    member = bench.make("CampaignMember", CampaignId=campaign, ContactId=lose)
    bench.side.org.clock.advance(60)
    answer = bench.soap(
        f'<u:merge><u:request><u:masterRecord xsi:type="s:sObject"><s:type>Contact</s:type><s:Id>{keep}</s:Id><s:Phone>1</s:Phone>'
        f"<s:HubSpot_Id__c>55</s:HubSpot_Id__c></u:masterRecord><u:recordToMergeIds>{lose}</u:recordToMergeIds></u:request></u:merge>"
    )
    assert answer.status_code == 200, answer.text
    (result,) = results(answer)
    got = [(c.tag.removeprefix(NS), c.text) for c in result]
    assert got[:3] == [("id", keep), ("mergedRecordIds", lose), ("success", "true")]
    assert {task, role} <= {text for name, text in got if name == "updatedRelatedIds"}
    assert "LimitInfoHeader" in answer.text
    row = bench.row("Contact", keep)
    assert (row["Phone"], row["HubSpot_Id__c"], row["LastName"]) == ("1", "55", "Keep")
    gone = bench.query("SELECT Id, MasterRecordId, Phone FROM Contact WHERE IsDeleted = true", all_rows=True)["records"]
    assert [(r["Id"], r["MasterRecordId"], r["Phone"]) for r in gone] == [(lose, keep, "1")]
    assert bench.row("Task", task)["WhoId"] == keep
    assert bench.row("Task", task)["LastModifiedDate"] < bench.row("Task", task)["SystemModstamp"]
    assert bench.row("OpportunityContactRole", role)["ContactId"] == keep
    members = bench.query("SELECT Id, ContactId FROM CampaignMember")["records"]
    assert [m["ContactId"] for m in members] == [keep]
    assert members[0]["Id"] != member
    assert ("Contact", lose, "merge") in bench.heard.writes
    again = bench.soap(
        f'<u:merge><u:request><u:masterRecord xsi:type="Contact"><Id>{keep}</Id></u:masterRecord>'
        f"<u:recordToMergeIds>{lose}</u:recordToMergeIds></u:request></u:merge>"
    )
    (result,) = results(again)
    assert [c.tag.removeprefix(NS) for c in result] == ["errors", "id", "success"]
    assert "ENTITY_IS_DELETED" in again.text
    fault = bench.soap(
        f"<u:merge><x><u:masterRecord><u:type>Opportunity</u:type><u:Id>{deal}</u:Id></u:masterRecord></x></u:merge>"
    )
    assert fault.status_code == 500
    assert "INVALID_TYPE_FOR_OPERATION: entity type does not support merge" in fault.text


def convert(bench: Bench, lead: str, *more: str) -> ET.Element:
    answer = bench.soap(
        f"<u:convertLead><u:leadConverts><u:leadId>{lead}</u:leadId><u:convertedStatus>Closed - Converted</u:convertedStatus>"
        f"{''.join(more)}</u:leadConverts></u:convertLead>"
    )
    assert answer.status_code == 200, answer.text
    return results(answer)[0]


def text(result: ET.Element, name: str) -> str | None:
    found = result.find(NS + name)
    assert found is not None
    return found.text


def test_a_converted_lead_becomes_three_records_and_is_closed_to_updates(bench):
    lead = bench.make(
        "Lead",
        LastName="Doe",
        FirstName="Jo",
        Company="Co",
        Email="jo@co.example",
        LeadSource="Web",
        Industry="Banking",
    )
    task = bench.make("Task", WhoId=lead, Subject="t")
    result = convert(bench, lead)
    assert [c.tag.removeprefix(NS) for c in result] == ["accountId", "contactId", "leadId", "opportunityId", "success"]
    account, contact, deal = text(result, "accountId"), text(result, "contactId"), text(result, "opportunityId")
    assert bench.row("Account", account)["Industry"] == "Banking"
    assert (bench.row("Contact", contact)["Email"], bench.row("Contact", contact)["AccountId"]) == (
        "jo@co.example",
        account,
    )
    opportunity = bench.row("Opportunity", deal)
    assert (opportunity["StageName"], opportunity["CloseDate"], opportunity["LeadSource"]) == (
        "Prospecting",
        "2026-06-30",
        "Web",
    )
    row = bench.row("Lead", lead)
    assert (row["IsConverted"], row["Status"], row["ConvertedDate"], row["ConvertedContactId"]) == (
        True, "Closed - Converted", "2026-05-06", contact,
    )  # fmt: skip
    assert bench.row("Task", task)["WhoId"] == contact
    roles = bench.query("SELECT ContactId, OpportunityId FROM OpportunityContactRole")["records"]
    assert [(r["ContactId"], r["OpportunityId"]) for r in roles] == [(contact, deal)]
    assert refusal(bench, "Lead", {"Title": "x"}, lead) == {
        "message": "cannot reference converted lead", "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD", "fields": [],
    }  # fmt: skip
    assert text(convert(bench, lead), "success") == "false"


def test_conversion_into_existing_records_fills_only_blanks(bench):
    account = bench.make("Account", Name="Given", Industry="Retail")
    contact = bench.make("Contact", LastName="There", AccountId=account)
    lead = bench.make("Lead", LastName="Doe", Company="Co", Email="jo@co.example", Industry="Banking")
    result = convert(
        bench, lead, f"<u:accountId>{account}</u:accountId><u:contactId>{contact}</u:contactId>",
        "<u:doNotCreateOpportunity>true</u:doNotCreateOpportunity>",
    )  # fmt: skip
    assert result.find(NS + "opportunityId").get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert bench.row("Account", account)["Industry"] == "Retail"
    assert (bench.row("Contact", contact)["LastName"], bench.row("Contact", contact)["Email"]) == (
        "There",
        "jo@co.example",
    )


def test_deleting_an_account_takes_its_people_along_and_undelete_brings_them_back(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    deal = bench.make("Opportunity", Name="D", AccountId=account, StageName="Prospecting", CloseDate="2026-05-20")
    assert bench.call("DELETE", f"sobjects/Account/{account}").status_code == 204
    assert bench.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
    assert bench.row("Opportunity", deal)["IsDeleted"]
    answer = bench.soap(f"<u:undelete><u:ids>{account}</u:ids></u:undelete>")
    assert "<success>true</success>" in answer.text
    assert not bench.row("Contact", contact)["IsDeleted"]
    bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"StageName": "Closed Won"})
    answer = bench.call("DELETE", f"sobjects/Account/{account}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "DELETE_FAILED")


def test_undelete_is_refused_while_another_holds_the_unique_value(bench):
    first = bench.make("Lead", LastName="L", Company="C", Trueup_Key__c="K")
    bench.call("DELETE", f"sobjects/Lead/{first}")
    second = bench.make("Lead", LastName="M", Company="C", Trueup_Key__c="K")
    answer = bench.soap(f"<u:undelete><u:ids>{first}</u:ids></u:undelete>").text
    assert "<statusCode>DUPLICATE_VALUE</statusCode>" in answer
    assert second[:15] in answer
    assert bench.row("Lead", first)["IsDeleted"]


def test_permission_switches_refuse_writes_and_show_in_describe(bench):
    lead = bench.make("Lead", LastName="L", Company="C")
    bench.side.set_switch("no_update", ["Lead"])
    assert refusal(bench, "Lead", {"Title": "x"}, lead)["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    bench.side.edit("Lead", lead, {"Title": "by a person"})
    describe = bench.call("GET", "sobjects/Lead/describe").json()
    assert (describe["createable"], describe["updateable"]) == (True, False)
    bench.side.set_switch("read_only_user", True)
    assert refusal(bench, "Lead", {"LastName": "x", "Company": "y"})["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    with pytest.raises(KeyError, match="no switch named"):
        bench.side.set_switch("nonsense", 1)


def test_inactive_owners_and_dangling_references_are_refused(bench):
    user = bench.make(
        "User",
        Username="u@x.example",
        LastName="U",
        Email="u@x.example",
        Alias="u",
        CommunityNickname="u",
        IsActive=False,
    )
    lead = bench.make("Lead", LastName="L", Company="C")
    error = refusal(bench, "Lead", {"OwnerId": user}, lead)
    assert error["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert f"[{user[:15]}]" in error["message"]
    assert (
        refusal(bench, "Contact", {"LastName": "x", "AccountId": make_id("001", 77)})["errorCode"]
        == "INVALID_CROSS_REFERENCE_KEY"
    )
    account = bench.make("Account", Name="A", Ext__c="A-1")
    contact = bench.make("Contact", LastName="x", Account={"Ext__c": "A-1"})
    assert bench.row("Contact", contact)["AccountId"] == account


def test_preconditions_hold_to_the_second(bench):
    lead = bench.make("Lead", LastName="L", Company="C")
    stamp = bench.call("GET", f"sobjects/Lead/{lead}").headers["Last-Modified"]
    assert stamp == "Wed, 06 May 2026 12:00:00 GMT"
    assert bench.call("GET", f"sobjects/Lead/{lead}", headers={"If-Modified-Since": stamp}).status_code == 304
    bench.side.org.clock.advance(5)
    bench.side.edit("Lead", lead, {"Title": "moved"})
    old = {"If-Unmodified-Since": stamp}
    assert bench.call("PATCH", f"sobjects/Lead/{lead}", json={"Title": "x"}, headers=old).status_code == 412
    assert bench.call("GET", f"sobjects/Lead/{lead}", headers={"If-Modified-Since": stamp}).status_code == 200
    account = bench.make("Account", Name="A")
    tag = bench.call("GET", f"sobjects/Account/{account}").headers["ETag"]
    assert tag.endswith('=--gzip"')
    assert bench.call("GET", f"sobjects/Account/{account}", headers={"If-None-Match": tag}).status_code == 304
    assert (
        bench.call("PATCH", f"sobjects/Account/{account}", json={"Name": "B"}, headers={"If-Match": tag}).status_code
        == 204
    )


def test_duplicate_rules_alert_and_block(bench):
    bench.make("Contact", LastName="A", Email="a@a.example")
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": True}})
    twin = {"LastName": "B", "Email": "A@a.example"}
    error = refusal(bench, "Contact", twin)
    assert list(error) == ["duplicateResut", "errorCode", "message"]
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    assert (
        bench.call(
            "POST", "sobjects/Contact", json=twin, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        ).status_code
        == 201
    )
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": False}})
    assert (
        bench.call(
            "POST", "sobjects/Contact", json=twin, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        ).status_code
        == 400
    )


def test_composite_batch_tree_and_graph(bench):
    root = "/services/data/v59.0"
    body = {"allOrNone": True, "compositeRequest": [
        {"method": "POST", "url": f"{root}/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
        {"method": "POST", "url": f"{root}/sobjects/Contact", "referenceId": "c", "body": {"LastName": "C", "AccountId": "@{a.id}"}},
        {"method": "GET", "url": f"{root}/query/?q=SELECT Id FROM Contact WHERE AccountId = '@{{a.id}}'", "referenceId": "q"},
    ]}  # fmt: skip
    rows = bench.call("POST", "composite", json=body).json()["compositeResponse"]
    assert [r["httpStatusCode"] for r in rows] == [201, 201, 200]
    assert rows[2]["body"]["records"][0]["Id"] == rows[1]["body"]["id"]
    assert rows[0]["httpHeaders"] == {"Location": f"{root}/sobjects/Account/{rows[0]['body']['id']}"}
    body["compositeRequest"][1]["body"] = {}
    rows = bench.call("POST", "composite", json=body).json()["compositeResponse"]
    assert [r["body"][0]["errorCode"] for r in rows] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert bench.query("SELECT COUNT() FROM Account")["totalSize"] == 1
    batch = {
        "batchRequests": [{"method": "GET", "url": "v59.0/limits"}, {"method": "GET", "url": "v59.0/sobjects/Nope"}]
    }
    got = bench.call("POST", "composite/batch", json=batch).json()
    assert (got["hasErrors"], [r["statusCode"] for r in got["results"]]) == (True, [200, 404])
    tree = {"records": [{"attributes": {"type": "Account", "referenceId": "r1"}, "Name": "T", "Contacts": {"records": [
        {"attributes": {"type": "Contact", "referenceId": "r2"}, "LastName": "K"}]}}]}  # fmt: skip
    got = bench.call("POST", "composite/tree/Account", json=tree)
    assert (got.status_code, [r["referenceId"] for r in got.json()["results"]]) == (201, ["r1", "r2"])
    tree["records"][0]["Contacts"]["records"][0].pop("LastName")
    got = bench.call("POST", "composite/tree/Account", json=tree)
    assert (got.status_code, got.json()["hasErrors"]) == (400, True)
    graph = {"graphs": [{"graphId": "g1", "compositeRequest": body["compositeRequest"]}, {"graphId": "g2", "compositeRequest": [
        {"method": "POST", "url": f"{root}/sobjects/Account", "referenceId": "z", "body": {"Name": "Z"}}]}]}  # fmt: skip
    got = bench.call("POST", "composite/graph", json=graph).json()["graphs"]
    assert [g["isSuccessful"] for g in got] == [False, True]


def test_http_manners(bench):
    assert bench.http.get(bench.url + "/services/data", headers={"Authorization": None}).json()[0]["version"] == "31.0"
    assert bench.call("GET", "/services/data/v20.0/limits").status_code == 410
    assert bench.call("GET", "/services/data/v99.0/limits").status_code == 404
    wrong = bench.call("PATCH", "sobjects/Account")
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert (
        bench.call("POST", "sobjects/Account", data=b"{", headers={"Content-Type": "application/json"}).json()[0][
            "errorCode"
        ]
        == "JSON_PARSER_ERROR"
    )
    assert bench.call("POST", "sobjects/Account", data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    account = bench.make("Account", Name="A")
    assert bench.call("POST", f"sobjects/Account/{account}?_HttpMethod=PATCH", json={"Name": "B"}).status_code == 204
    long = bench.call("GET", "query", params={"q": "SELECT Id FROM Lead WHERE Name = '" + "x" * 17000 + "'"})
    assert (long.status_code, "URI Too Long" in long.text) == (414, True)
    pretty = bench.call("GET", "query?q=SELECT Name FROM Account", headers={"X-PrettyPrint": "1"}).text
    assert pretty.startswith(
        '{\n  "totalSize" : 1,\n  "done" : true,\n  "records" : [ {\n    "attributes" : {\n      "type" : "Account",'
    )
    assert bench.call("GET", "limits/recordCount?sObjects=Account,Nope").json() == {
        "sObjects": [{"count": 1, "name": "Account"}]
    }
    assert bench.soap("<u:getUserInfo/>").status_code == 200
    fault = bench.soap("<u:getUserInfo/>", token="bad")
    assert fault.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in fault.text


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "composite", {"compositeRequest": ["x"]}, "JSON_PARSER_ERROR"),
        ("POST", "composite/batch", {"batchRequests": [1]}, "JSON_PARSER_ERROR"),
        ("POST", "composite/graph", {"graphs": [{"compositeRequest": [None]}]}, "JSON_PARSER_ERROR"),
        ("POST", "composite/tree/Account", {"records": ["x"]}, "INVALID_INPUT"),
        ("POST", "composite/sobjects", [], "JSON_PARSER_ERROR"),
        ("GET", "query?q=SELECT Id FROM Lead WHERE Address = 'x'", None, "INVALID_FIELD"),
        ("GET", "query/nothing-2000", None, "INVALID_QUERY_LOCATOR"),
        ("GET", "sobjects/Lead/abc", None, "NOT_FOUND"),
        ("POST", "sobjects/Lead", {"LastName": {"a": 1}, "Company": "c"}, "JSON_PARSER_ERROR"),
    ],
)
def test_nonsense_is_refused_in_the_shape_of_the_api(bench, method, path, body, code):
    answer = bench.call(method, path, **({} if body is None else {"json": body}))
    assert 400 <= answer.status_code < 500
    assert answer.json()[0]["errorCode"] == code
