"""Facts of jobs, merges, conversions, activities and refusals, as the reference tells them (sections 9 to 12)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.org import API_USER_ID


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def ingest(bench: Bench, text: str, **job: Any) -> tuple[str, dict[str, Any]]:
    """Create, upload, close; returns the job's path and the job as it stands then."""
    made = bench.call("POST", "jobs/ingest", json={"object": "Contact", "operation": "insert", **job}).json()
    path = f"jobs/ingest/{made['id']}"
    assert (
        bench.call("PUT", f"{path}/batches", data=text.encode(), headers={"Content-Type": "text/csv"}).status_code
        == 201
    )
    bench.call("PATCH", path, json={"state": "UploadComplete"})
    return path, bench.call("GET", path).json()


def refusal(bench: Bench, sobject: str, values: dict[str, Any], record_id: str = "") -> dict[str, Any]:
    method, path = ("PATCH", f"sobjects/{sobject}/{record_id}") if record_id else ("POST", f"sobjects/{sobject}")
    answer = bench.call(method, path, json=values)
    assert answer.status_code >= 400, answer.text
    found: dict[str, Any] = answer.json()[0]
    return found


def lead(bench: Bench, **values: str) -> str:
    return bench.make("Lead", **{"LastName": "x", "Company": "c", **values})


def test_a_query_job_keeps_its_delimiter_line_ending_and_keys(bench):
    bench.make("Contact", LastName="x")
    how = {"columnDelimiter": "PIPE", "lineEnding": "CRLF", "operation": "query"}
    query = {"query": "SELECT Id, Account.Name FROM Contact LIMIT 1", **how}
    made = bench.call("POST", "jobs/query", json=query, headers={"Accept": "text/csv"}).json()
    path = f"jobs/query/{made['id']}"
    job = bench.call("GET", path).json()
    assert {"jobType", "numberRecordsProcessed", "retries", "totalProcessingTime"} <= set(job)
    content = bench.call("GET", f"{path}/results").content
    assert content.startswith(b'"Id"|"Account.Name"\r\n')
    assert content.endswith(b'"|""\r\n')
    old = bench.call("POST", "/services/data/v57.0/jobs/query", json=query).json()
    assert bench.call("GET", f"/services/data/v57.0/jobs/query/{old['id']}/resultPages").status_code == 404
    for listing in ("jobs/query?jobType=V2Query", "jobs/ingest"):
        assert set(bench.call("GET", listing).json()) == {"done", "records", "nextRecordsUrl"}


def test_an_ingest_job_tells_each_row_how_it_went(bench):
    path, job = ingest(bench, "LastName,Email\nA,\n,b@b.example\n")
    assert {
        "jobType", "retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime",
        "numberRecordsProcessed", "numberRecordsFailed",
    } <= set(job)  # fmt: skip
    (failed,) = table(bench.call("GET", f"{path}/failedResults/").text)
    assert failed == {
        "sf__Id": "", "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
        "LastName": "", "Email": "b@b.example",
    }  # fmt: skip
    good = bench.call("GET", f"{path}/successfulResults/").text
    assert good.startswith('"sf__Id","sf__Created","LastName","Email"')
    for spelling in ("unprocessedRecords", "unprocessedrecords/"):
        assert bench.call("GET", f"{path}/{spelling}").status_code == 200
    made = table(good)[0]["sf__Id"]
    _, job = ingest(bench, f"Id;Title\n{made};x\n", operation="update", columnDelimiter="SEMICOLON")
    assert (job["numberRecordsFailed"], bench.row("Contact", made)["Title"]) == (0, "x")
    path, _ = ingest(bench, f"Id\n{make_id('003', 99999)}\n", operation="delete")
    error = table(bench.call("GET", f"{path}/failedResults").text)[0]["sf__Error"]
    assert error == "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"


def test_rows_name_their_parents_by_external_ids(bench):
    account = bench.make("Account", Name="A", Ext__c="E1")
    _, job = ingest(bench, "LastName,Account.Ext__c\nByKey,E1\n")
    assert job["numberRecordsFailed"] == 0
    assert bench.query("SELECT AccountId FROM Contact WHERE LastName = 'ByKey'")["records"][0]["AccountId"] == account
    person = lead(bench, HubSpot_Id__c="H1")
    _, job = ingest(bench, "Subject,Lead:Who.HubSpot_Id__c\nByKey,H1\n", object="Task")
    assert job["numberRecordsFailed"] == 0
    assert bench.query("SELECT WhoId FROM Task WHERE Subject = 'ByKey'")["records"][0]["WhoId"] == person


def test_a_bulk_1_job_counts_everything_and_a_batch_holds_ten_thousand_rows(bench):
    headers = {"X-SFDC-Session": bench.known["access_token"], "Content-Type": "application/json"}
    url = f"{bench.url}/services/async/59.0/job"
    job = requests.post(url, json={"operation": "insert", "object": "Contact", "contentType": "JSON"}, headers=headers)
    assert job.status_code == 201
    assert {
        "numberBatchesQueued", "numberBatchesInProgress", "numberBatchesCompleted", "numberBatchesFailed",
        "numberBatchesTotal", "numberRecordsProcessed", "numberRetries", "apiVersion", "numberRecordsFailed",
        "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime",
    } <= set(job.json())  # fmt: skip
    path = f"{url}/{job.json()['id']}/batch"
    batch = requests.post(path, data=json.dumps([{"LastName": "J"}] * 10_001), headers=headers).json()
    assert requests.get(f"{path}/{batch['id']}", headers=headers).json()["state"] == "Failed"


def merge(bench: Bench, kind: str, survivor: str, *losers: str, more: str = "") -> str:
    ids = "".join(f"<u:recordToMergeIds>{loser}</u:recordToMergeIds>" for loser in losers)
    master = f"<u:masterRecord><s:type>{kind}</s:type><s:Id>{survivor}</s:Id>{more}</u:masterRecord>"
    return bench.soap(f"<u:merge><u:request>{master}{ids}</u:request></u:merge>").text


def test_merges_keep_to_their_limits(bench):
    people = [bench.make("Contact", LastName=f"m{n}", Title="T") for n in range(6)]
    assert "<success>true" not in merge(bench, "Contact", *people[:4]), "two losers at most"
    assert "<success>true" not in merge(bench, "Contact", people[0], lead(bench)), "of one type"
    assert "<success>true" in merge(
        bench, "Contact", people[0], people[1], more="<s:fieldsToNull>Title</s:fieldsToNull>"
    )
    assert bench.row("Contact", people[0])["Title"] is None
    campaign = bench.make("Campaign", Name="C")
    for person in people[2:4]:
        bench.make("CampaignMember", CampaignId=campaign, ContactId=person)
    merge(bench, "Contact", people[2], people[3])
    assert bench.query("SELECT COUNT() FROM CampaignMember")["totalSize"] == 1
    below = bench.make("Contact", LastName="below", ReportsToId=people[4])
    assert "<statusCode>MERGE_FAILED</statusCode>" in merge(bench, "Contact", below, people[4])
    many = f"<u:request><u:masterRecord xsi:type='Contact'><Id>{people[5]}</Id></u:masterRecord></u:request>" * 201
    assert bench.soap(f"<u:merge>{many}</u:merge>").status_code == 500


def convert(bench: Bench, lead_id: str, more: str = "", status: str = "Closed - Converted") -> str:
    body = f"<u:leadId>{lead_id}</u:leadId><u:convertedStatus>{status}</u:convertedStatus>{more}"
    return bench.soap(f"<u:convertLead><u:leadConverts>{body}</u:leadConverts></u:convertLead>").text


def test_conversions_refuse_what_does_not_go_together(bench):
    odd = convert(bench, lead(bench), status="Open - Not Contacted")
    assert (
        "<message>invalid convertedStatus: Open - Not Contacted</message><statusCode>INVALID_STATUS</statusCode>" in odd
    )
    contact = bench.make("Contact", LastName="c")
    assert "<success>false" in convert(bench, lead(bench), f"<u:contactId>{contact}</u:contactId>"), (
        "only with an account"
    )
    none = "<u:doNotCreateOpportunity>true</u:doNotCreateOpportunity>"
    assert "<success>false" in convert(bench, lead(bench), f"<u:opportunityName>n</u:opportunityName>{none}")
    queue = make_id("00G", 5)
    bench.side.load("Group", [{"Id": queue, "Name": "Q", "Type": "Queue"}])
    owned = lead(bench)
    bench.side.edit("Lead", owned, {"OwnerId": queue})
    assert "<success>false" in convert(bench, owned), "a queue owns no contact"
    assert "<success>true" in convert(bench, owned, f"<u:ownerId>{API_USER_ID}</u:ownerId>")
    assert "<success>true" not in merge(bench, "Lead", lead(bench), owned), "converted leads are not merged"
    assert bench.call("DELETE", f"sobjects/Lead/{owned}").status_code == 204, "but can be deleted"
    assert refusal(bench, "Lead", {"Status": "Closed - Converted"}, lead(bench))["errorCode"] == "INVALID_STATUS"
    many = "<u:LeadConvert><u:leadId>00QHn0000100009MAA</u:leadId></u:LeadConvert>" * 101
    assert bench.soap(f"<u:convertLead>{many}</u:convertLead>").status_code == 500


def test_activities_have_their_rules(bench):
    account = bench.make("Account", Name="A")
    task = bench.make("Task", Subject="s")
    assert (bench.row("Task", task)["Status"], bench.row("Task", task)["Priority"]) == ("Not Started", "Normal")
    both = refusal(bench, "Task", {"Subject": "x", "WhoId": lead(bench), "WhatId": account})
    assert (both["errorCode"], both["fields"]) == ("FIELD_INTEGRITY_EXCEPTION", ["WhatId"])
    refusal(bench, "Event", {"Subject": "x", "StartDateTime": "2026-05-06T00:00:00Z", "DurationInMinutes": 20_161})
    bench.make("Event", Subject="x", IsAllDayEvent=True, ActivityDate="2026-05-06")
    assert bench.query("SELECT MasterLabel, IsClosed FROM TaskStatus")["totalSize"] == 5
    refusal(bench, "Task", {"TaskSubtype": "Call"}, task)
    call = refusal(bench, "Task", {"Subject": "x", "CallType": "Nope"})
    assert call["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    bench.side.load("Group", [{"Id": make_id("00G", 6), "Name": "Q6", "Type": "Queue"}])
    bench.make("Task", Subject="x", OwnerId=make_id("00G", 6))


def test_stages_and_statuses_are_read_and_an_own_probability_stays(bench):
    for name in ("LeadStatus", "OpportunityStage"):
        rows = bench.query(f"SELECT ApiName, MasterLabel, SortOrder FROM {name} ORDER BY SortOrder")["records"]
        assert [r["SortOrder"] for r in rows] == list(range(1, len(rows) + 1))
        refusal(bench, name, {"MasterLabel": "x"})
    assert bench.query("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true")["totalSize"] == 1
    deal = bench.make("Opportunity", Name="o", StageName="Prospecting", CloseDate="2026-09-30", Amount=100)
    for values in ({"StageName": "Qualification", "Probability": 33}, {"Amount": 5}):
        bench.call("PATCH", f"sobjects/Opportunity/{deal}", json=values)
        assert bench.row("Opportunity", deal)["Probability"] == 33.0
    fields = "StageName, Amount, PrevAmount, Probability"
    history = bench.query(f"SELECT {fields} FROM OpportunityHistory WHERE OpportunityId = '{deal}' ORDER BY Id")[
        "records"
    ]
    assert [(h["StageName"], h["Amount"], h["PrevAmount"]) for h in history][-1] == ("Qualification", 5.0, 100.0)
    assert len(history) == 3


def test_histories_name_a_lookup_twice_and_are_not_filtered_by_value(bench):
    bench.side.set_switch("history_tracking", {"Contact": ["AccountId"]})
    account = bench.make("Account", Name="New")
    contact = bench.make("Contact", LastName="h")
    bench.call("PATCH", f"sobjects/Contact/{contact}", json={"AccountId": account})
    fields = "SELECT Field, NewValue, DataType FROM ContactHistory"
    rows = bench.query(f"{fields} WHERE ContactId = '{contact}' ORDER BY Id")["records"]
    assert [(r["Field"], r["NewValue"], r["DataType"]) for r in rows][1:] == [
        ("Account", "New", "Text"), ("Account", account, "EntityId"),
    ]  # fmt: skip
    assert "can not be filtered" in bench.error(f"{fields} WHERE NewValue = 'x'")["message"]


def test_a_person_is_once_in_a_campaign_and_users_stay(bench):
    campaign, contact = bench.make("Campaign", Name="C"), bench.make("Contact", LastName="x")
    bench.make("CampaignMember", CampaignId=campaign, ContactId=contact)
    twice = refusal(bench, "CampaignMember", {"CampaignId": campaign, "ContactId": contact})
    assert (twice["errorCode"], twice["message"]) == ("DUPLICATE_VALUE", "Already a campaign member.")
    assert bench.call("DELETE", f"sobjects/User/{API_USER_ID}").status_code >= 400


def test_refusals_use_labels_in_their_texts_and_names_in_their_fields(bench):
    long = refusal(bench, "Contact", {"LastName": "y" * 81})
    assert (long["errorCode"], long["fields"]) == ("STRING_TOO_LONG", ["LastName"])
    assert long["message"] == f"Last Name: data value too large: {'y' * 81} (max length=80)"
    assert refusal(bench, "Contact", {"LastName": "y", "Email": "badone"}) == {
        "message": "Email: invalid email address: badone", "errorCode": "INVALID_EMAIL_ADDRESS", "fields": ["Email"],
    }  # fmt: skip
    date = refusal(bench, "Contact", {"LastName": "y", "Birthdate": "notadate"})
    assert date["errorCode"] == "JSON_PARSER_ERROR"
    assert date["message"].startswith("Cannot deserialize instance of date from VALUE_STRING value notadate")
    other = lead(bench)
    wrong = refusal(bench, "Contact", {"LastName": "y", "AccountId": other})
    assert (wrong["errorCode"], wrong["message"]) == (
        "FIELD_INTEGRITY_EXCEPTION", f"Account ID: id value of incorrect type: {other}",
    )  # fmt: skip
    first = bench.make("Contact", LastName="y", HubSpot_Id__c="d1")
    again = refusal(bench, "Contact", {"LastName": "y", "HubSpot_Id__c": "D1"})
    assert again["errorCode"] == "DUPLICATE_VALUE"
    assert again["message"].startswith(
        "duplicate value found: HubSpot_Id__c duplicates value on record with id: " + first[:15]
    )
    name = refusal(bench, "Contact", {"Name": "x y"}, first)
    assert name["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    bench.call("DELETE", f"sobjects/Contact/{first}")
    assert refusal(bench, "Contact", {"Title": "x"}, first)["errorCode"] == "ENTITY_IS_DELETED"


def test_a_validation_rule_speaks_its_own_text_on_every_way_of_writing(bench):
    rule = {"field": "Title", "operator": "=", "value": "Boss", "message": "No bosses."}
    bench.side.set_switch("validation_rules", {"Contact": [rule]})
    said = {"message": "No bosses.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Title"]}
    assert refusal(bench, "Contact", {"LastName": "x", "Title": "Boss"}) == said
    there = bench.make("Contact", LastName="x")
    assert refusal(bench, "Contact", {"Title": "Boss"}, there) == said
    path, _ = ingest(bench, f"Id,Title\n{there},Boss\n", operation="update")
    error = table(bench.call("GET", f"{path}/failedResults").text)[0]["sf__Error"]
    assert error == "FIELD_CUSTOM_VALIDATION_EXCEPTION:No bosses.:Title --"
    bench.side.set_switch("validation_rules", {})
    assert bench.row("Contact", there)["Title"] is None


def test_soap_creates_updates_upserts_reads_deletes_and_undeletes(bench):
    def said(verb: str, inner: str) -> str:
        answer = bench.soap(f"<u:{verb}>{inner}</u:{verb}>")
        assert answer.status_code == 200, answer.text
        return answer.text

    made = said(
        "create", "<u:sObjects><s:type>Lead</s:type><s:LastName>Soap</s:LastName><s:Company>C</s:Company></u:sObjects>"
    )
    key = made.partition("<id>")[2].partition("<")[0]
    assert key.startswith("00Q")
    change = f"<u:sObjects><s:type>Lead</s:type><s:fieldsToNull>Company</s:fieldsToNull><s:Id>{key}</s:Id></u:sObjects>"
    assert "<statusCode>REQUIRED_FIELD_MISSING</statusCode>" in said("update", change)
    change = f"<u:sObjects><s:type>Lead</s:type><s:Id>{key}</s:Id><s:Title>CFO</s:Title></u:sObjects>"
    assert "<success>true</success>" in said("update", change)
    assert bench.row("Lead", key)["Title"] == "CFO"
    body = "<s:LastName>Up</s:LastName><s:Company>C</s:Company><s:HubSpot_Id__c>soap-1</s:HubSpot_Id__c>"
    upsert = f"<u:externalIDFieldName>HubSpot_Id__c</u:externalIDFieldName><u:sObjects><s:type>Lead</s:type>{body}</u:sObjects>"
    assert ["<created>true<" in said("upsert", upsert), "<created>true<" in said("upsert", upsert)] == [True, False]
    found = said("query", f"<u:queryString>SELECT Id, Title FROM Lead WHERE Id = '{key}'</u:queryString>")
    assert "<sf:Title>CFO</sf:Title>" in found
    assert "<size>1</size>" in found
    assert f"<userId>{API_USER_ID}</userId>" in said("getUserInfo", "")
    assert "<success>true</success>" in said("delete", f"<u:ids>{key}</u:ids>")
    assert bench.row("Lead", key)["IsDeleted"] is True
    assert "<success>true</success>" in said("undelete", f"<u:ids>{key}</u:ids>")
    assert bench.row("Lead", key)["IsDeleted"] is False
