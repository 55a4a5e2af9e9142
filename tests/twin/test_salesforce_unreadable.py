"""A value that is none of its field's type, and a field that cannot address records: each reader has its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_json_refuses_the_record_soap_the_whole_call_and_csv_the_row(bench):
    in_json = bench.call("POST", "sobjects/Contact", json={"LastName": "L", "Birthdate": "6/15/19"})
    assert in_json.json()[0]["errorCode"] == "JSON_PARSER_ERROR"

    one = "<u:sObjects><s:type>Contact</s:type><s:LastName>{}</s:LastName>{}</u:sObjects>"
    bad = "<s:Birthdate>6/15/19</s:Birthdate>"
    answer = bench.soap(f"<u:create>{one.format('Good', '')}{one.format('Bad', bad)}</u:create>")
    assert answer.status_code == 500
    assert "<faultcode>soapenv:Client</faultcode>" in answer.text
    assert "<faultstring>&apos;6/15/19&apos; is not a valid value for the type xsd:date</faultstring>" in answer.text
    assert bench.query("SELECT COUNT() FROM Contact")["totalSize"] == 0  # the good one is not saved either

    job = bench.call("POST", "jobs/ingest", json={"object": "Opportunity", "operation": "insert"}).json()["id"]
    rows = "Name,StageName,Amount,CloseDate\nA,Prospecting,1,6/15/19\nB,Prospecting,much,2026-06-15\n"
    bench.call("PUT", f"jobs/ingest/{job}/batches", data=rows, headers={"Content-Type": "text/csv"})
    bench.call("PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"})
    bench.side.org.clock.advance(60)
    failed = bench.call("GET", f"jobs/ingest/{job}/failedResults").text
    said = (
        "INVALID_FIELD:Failed to deserialize field at col {}. Due to, '{}' is not a valid value for the type xsd:{} --"
    )
    assert re.findall('"(INVALID_FIELD:[^"]+)"', failed) == [
        said.format(3, "6/15/19", "date:CloseDate"), said.format(2, "much", "double:Amount")]  # fmt: skip


def test_a_field_that_cannot_address_records_is_refused_where_it_is_named(bench):
    text = "Field name provided, {} does not match an External ID"
    body = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "Title"}
    job = bench.call("POST", "jobs/ingest", json=body)
    assert job.json() == [{"message": f"InvalidJob : {text.format('Title')} for Contact", "errorCode": "INVALIDJOB"}]
    old = bench.http.post(f"{bench.url}/services/async/59.0/job", json={**body, "contentType": "CSV"})
    assert (old.status_code, old.json()["exceptionMessage"]) == (400, f"{text.format('Title')} for Contact")
    parent = bench.call("POST", "sobjects/Contact", json={"LastName": "L", "Account": {"Name": "A"}}).json()[0]
    assert parent["message"] == f"{text.format('Name')}, Salesforce Id, or indexed field for Account"


@pytest.mark.parametrize(
    ("where", "kind"),
    [("Id LIKE 'x%'", "id"), ("AccountId LIKE 'x%'", "id"), ("Birthdate LIKE 'x%'", "date"),
     ("IsDeleted > false", "boolean")],
)  # fmt: skip
def test_an_operator_that_a_type_does_not_know_is_an_operator_error(bench, where, kind):
    error = bench.error(f"SELECT Id FROM Contact WHERE {where}")
    assert error["errorCode"] == "INVALID_QUERY_FILTER_OPERATOR"
    assert error["message"].endswith(f"invalid operator on {kind} field")
    multi = bench.error("SELECT Id FROM Lead WHERE Tags__c LIKE 'A%'")
    assert multi["message"].endswith("invalid operator on multipicklist field")


def test_users_and_groups_are_found_by_what_the_object_reference_says(bench):
    for name, wanted in (("User", ["Id", "Username", "Email", "FederationIdentifier"]), ("Group", ["Id", "Name"])):
        fields = bench.call("GET", f"sobjects/{name}/describe").json()["fields"]
        assert [f["name"] for f in fields if f["idLookup"]] == wanted
    owner_second = [f["name"] for f in bench.call("GET", "sobjects/Thing__c/describe").json()["fields"]][:4]
    assert owner_second == ["Id", "OwnerId", "IsDeleted", "Name"]


def test_a_query_that_does_not_begin_as_one_is_refused_without_a_picture(bench):
    for text, word in (("invalid", "invalid"), ("invalid-query", "invalid"), ("SELEC Id FROM Contact", "SELEC")):
        assert bench.error(text) == {"message": f"unexpected token: '{word}'", "errorCode": "MALFORMED_QUERY"}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_has_no_ids_form_in_a_path_is_read_as_an_external_id_field(bench, method):
    answer = bench.call(method, "sobjects/Account/no-id-here", json={} if method == "PATCH" else None)
    text = "Provided external ID field does not exist or is not accessible: no-id-here"
    assert (answer.status_code, answer.json()) == (404, [{"message": text, "errorCode": "NOT_FOUND"}])
    below = bench.call("GET", "sobjects/Account/describe/nothing")
    assert below.json() == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_soap_escapes_quotes_and_its_500_is_a_server_error(bench):
    wrong = "<u:create><u:sObjects><s:type>Unknown</s:type></u:sObjects></u:create>"
    answer = bench.soap(wrong)
    assert (answer.status_code, answer.reason) == (500, "Server Error")
    assert "INVALID_TYPE: sObject type &apos;Unknown&apos; is not supported." in answer.text
    bench.make("Account", Name='The "O\'Neil" & Sons')
    found = bench.soap("<u:query><u:queryString>SELECT Name FROM Account</u:queryString></u:query>").text
    assert "<sf:Name>The &quot;O&apos;Neil&quot; &amp; Sons</sf:Name>" in found
