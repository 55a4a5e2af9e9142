"""Edges of the reference: references in bodies, versions in batches, histories of custom objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_an_id_that_names_nothing_is_404_in_the_path_and_400_in_a_value(bench):
    nobody = "001000000000009AAA"
    in_path = bench.call("PATCH", f"sobjects/Account/{nobody}", json={"Name": "x"})
    in_value = bench.call("POST", "sobjects/Contact", json={"LastName": "x", "AccountId": nobody})
    for answer, status in ((in_path, 404), (in_value, 400)):
        assert answer.status_code == status
        assert answer.json() == [
            {"message": "invalid cross reference id", "errorCode": "INVALID_CROSS_REFERENCE_KEY", "fields": []}
        ]


@pytest.mark.parametrize(("version", "fine"), [("59.0", True), ("34.0", True), ("33.0", False), ("60.0", False)])
def test_calls_in_a_batch_are_of_its_version_or_earlier(bench, version, fine):
    body = {"batchRequests": [{"method": "GET", "url": f"v{version}/limits"}]}
    answer = bench.call("POST", "composite/batch", json=body)
    assert answer.status_code == (200 if fine else 400)
    if fine:
        assert answer.json()["hasErrors"] is False


def test_a_custom_object_has_its_history_below_it(bench):
    bench.side.set_switch("history_tracking", {"Thing__c": ["Name"]})
    thing = bench.make("Thing__c", Name="Before")
    bench.call("PATCH", f"sobjects/Thing__c/{thing}", json={"Name": "After"})
    rows = bench.query("SELECT ParentId, Field, OldValue, NewValue FROM Thing__History ORDER BY Id")["records"]
    assert [(r["ParentId"], r["Field"], r["OldValue"], r["NewValue"]) for r in rows] == [
        (thing, "created", None, None), (thing, "Name", "Before", "After")]  # fmt: skip
    below = bench.query("SELECT Id, (SELECT Field FROM Histories) FROM Thing__c")["records"][0]
    assert below["Histories"]["totalSize"] == 2
    bench.call("DELETE", f"sobjects/Thing__c/{thing}")
    assert bench.query("SELECT COUNT() FROM Thing__History", all_rows=True)["totalSize"] == 2


def test_a_value_with_a_slash_is_written_in_a_body_not_in_a_path(bench):
    for method in ("PATCH", "GET", "DELETE"):
        answer = bench.call(method, "sobjects/Account/Ext__c/a%2Fb", json={"Name": "x"} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    records = [{"attributes": {"type": "Account"}, "Ext__c": "a/b", "Name": "x"}]
    upserted = bench.call("PATCH", "composite/sobjects/Account/Ext__c", json={"records": records}).json()
    assert (upserted[0]["success"], upserted[0]["created"]) == (True, True)


def test_pushes_of_the_close_date_into_a_later_month_are_counted(bench):
    deal = bench.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-06-10")
    for day, count in (("2026-06-20", 0), ("2026-07-01", 1), ("2026-06-30", 1), ("2026-09-01", 2)):
        bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"CloseDate": day})
        assert bench.row("Opportunity", deal)["PushCount"] == count
    refused = bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"PushCount": 0}).json()[0]
    assert refused["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.mark.parametrize("version", ["20.0", "30.0", "68.0", "v59.0", "59.5"])
def test_a_version_that_is_retired_or_unknown_is_refused_by_every_api_in_its_way(bench, version):
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com"><e:Body>'
        f"<u:login><u:username>{bench.known['username']}</u:username><u:password>{bench.known['password']}</u:password>"
        "</u:login></e:Body></e:Envelope>"
    )
    how = {"Content-Type": "text/xml", "SOAPAction": '""'}
    soap = bench.call("POST", f"/services/Soap/u/{version}", data=envelope, headers=how)
    assert soap.status_code == 500
    assert "<faultcode>sf:UNSUPPORTED_API_VERSION</faultcode>" in soap.text
    assert "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL" in soap.text
    assert bench.call("POST", "/services/Soap/u/31.0", data=envelope, headers=how).status_code == 200
    job = {"operation": "query", "object": "Lead", "contentType": "CSV"}
    session = {"X-SFDC-Session": bench.known["access_token"]}
    old = bench.call("POST", f"/services/async/{version}/job", json=job, headers=session)
    assert (old.status_code, old.json()["exceptionCode"]) == (400, "InvalidVersion")
    assert bench.call("POST", "/services/async/31.0/job", json=job, headers=session).status_code == 201
    rest = bench.call("POST", f"/services/data/v{version}/jobs/query", json={"operation": "query"})
    assert rest.status_code == (410 if version < "31" else 404)
