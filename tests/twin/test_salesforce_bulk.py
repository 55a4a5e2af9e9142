"""Bulk 2.0 and 1.0: whole lives of jobs, through simple-salesforce and by hand. [reference 9]"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_bench import NOW, Bench, make_side, served
from simple_salesforce.exceptions import SalesforceOperationError

from trueup.twin.salesforce.ids import make_id


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def table(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def ingest(bench: Bench, text: str, **job: Any) -> dict[str, Any]:
    """Create, upload, close; returns the job as it stands then."""
    made = bench.call("POST", "jobs/ingest", json={"object": "Contact", "operation": "insert", **job})
    assert made.status_code == 200, made.text
    url = f"jobs/ingest/{made.json()['id']}"
    up = bench.call("PUT", f"{url}/batches", data=text.encode(), headers={"Content-Type": "text/csv; charset=UTF-8"})
    assert (up.status_code, up.content) == (201, b"")
    closed = bench.call("PATCH", url, json={"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return bench.call("GET", url).json()


def test_a_query_job_goes_through_its_states_and_pages_by_locator(bench):
    bench.side.load(
        "Contact", ({"Id": make_id("003", n), "LastName": f'N"{n}', "SystemModstamp": NOW} for n in range(25))
    )
    bench.side.set_switch("bulk_wait_s", 10)
    made = bench.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id, LastName, Email, SystemModstamp, IsDeleted FROM Contact ORDER BY Id"})  # fmt: skip
    body = made.json()
    assert made.status_code == 200
    assert list(body) == ["id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state",
                          "concurrencyMode", "contentType", "apiVersion", "lineEnding", "columnDelimiter"]  # fmt: skip
    assert (body["state"], body["object"], body["apiVersion"], body["id"][:3]) == (
        "UploadComplete",
        "Contact",
        59.0,
        "750",
    )
    url = f"jobs/query/{body['id']}"
    early = bench.call("GET", f"{url}/results")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    states = []
    for _ in range(3):
        states.append(bench.call("GET", url).json()["state"])
        bench.side.org.clock.advance(5)
    assert states == ["UploadComplete", "InProgress", "JobComplete"]
    info = bench.call("GET", url).json()
    assert (info["jobType"], info["numberRecordsProcessed"]) == ("V2Query", 25)
    bench.side.edit("Contact", make_id("003", 20), {"LastName": "late"})
    locator, seen = "", []
    for size in (10, 10, 5):
        page = bench.call("GET", f"{url}/results", params={"maxRecords": 10, "locator": locator})
        assert page.headers["Sforce-NumberOfRecords"] == str(size)
        assert page.headers["Content-Type"] == "text/csv"
        assert page.text.startswith('"Id","LastName","Email","SystemModstamp","IsDeleted"\n')
        seen += table(page.text)
        locator = page.headers["Sforce-Locator"]
    assert locator == "null"
    assert [r["LastName"] for r in seen] == [f'N"{n}' for n in range(25)]
    assert (seen[0]["Email"], seen[0]["SystemModstamp"], seen[0]["IsDeleted"]) == (
        "",
        "2026-05-06T12:00:00.000Z",
        "false",
    )
    pages = bench.call("GET", f"{url}/resultPages").json()
    assert (len(pages["resultPages"]), pages["done"]) == (1, True)
    assert bench.http.get(bench.url + pages["resultPages"][0]["resultUrl"]).text.count("\n") == 26
    other = bench.call("GET", f"/services/data/v60.0/{url}")
    assert other.status_code == 409
    assert bench.call("GET", "jobs/query").json()["records"][0]["id"] == body["id"]
    assert bench.call("DELETE", url).status_code == 204
    assert bench.call("GET", url).status_code == 404


def test_a_query_job_can_be_aborted_and_bad_ones_are_refused_at_once(bench):
    bench.side.set_switch("bulk_wait_s", 10)
    made = bench.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id FROM Lead"}).json()
    url = f"jobs/query/{made['id']}"
    assert bench.call("DELETE", url).status_code == 400
    assert bench.call("PATCH", url, json={"state": "Aborted"}).json()["state"] == "Aborted"
    bench.side.org.clock.advance(60)
    assert bench.call("GET", url).json()["state"] == "Aborted"

    def refused(query: str) -> tuple[int, str, str]:
        answer = bench.call("POST", "jobs/query", json={"operation": "query", "query": query})
        return answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["message"]

    assert refused("SELECT BillingAddress FROM Account") == (400, "API_ERROR", "Selecting compound data not supported in Bulk Query")  # fmt: skip
    for query in ("SELECT COUNT(Id) FROM Lead", "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status",
                  "SELECT (SELECT Id FROM Contacts) FROM Account", "SELECT Id FROM Lead LIMIT 5 OFFSET 5",
                  "SELECT TYPEOF Who WHEN Lead THEN Name END FROM Task"):  # fmt: skip
        assert refused(query)[:2] == (400, "API_ERROR"), query
    assert refused("SELECT Id FROM Lead WHERE")[1] == "MALFORMED_QUERY"
    assert refused("SELECT Nope FROM Lead")[1] == "INVALID_FIELD"
    assert refused("SELECT Id FROM TaskStatus")[1] == "INVALIDENTITY"
    assert bench.call("POST", "jobs/query", json={"operation": "insert", "query": "x"}).status_code == 400


def test_an_ingest_job_tells_good_rows_from_bad_ones(bench):
    account = bench.make("Account", Name="Kawa", Ext__c="A-1")
    done = ingest(
        bench,
        "LastName,Email,Account.Ext__c\nIto,aya@kawa.example,A-1\n,no@name.example,\nBad,notmail,\nGhost,,A-9\n",
    )
    assert (done["state"], done["jobType"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (
        "JobComplete", "V2Ingest", 4, 3,
    )  # fmt: skip
    url = f"jobs/ingest/{done['id']}"
    good = bench.call("GET", f"{url}/successfulResults/")
    assert good.text.splitlines()[0] == '"sf__Id","sf__Created","LastName","Email","Account.Ext__c"'
    rows = table(good.text)
    assert [(r["LastName"], r["sf__Created"]) for r in rows] == [("Ito", "true")]
    assert bench.row("Contact", rows[0]["sf__Id"])["AccountId"] == account
    bad = table(bench.call("GET", f"{url}/failedResults/").text)
    assert {r["sf__Id"] for r in bad} == {""}
    assert bad[0]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert bad[1]["sf__Error"] == "INVALID_EMAIL_ADDRESS:Email: invalid email address: notmail:Email --"
    assert bad[2]["sf__Error"].startswith("INVALID_FIELD:Foreign key external ID: a-9 not found")
    assert bad[2]["sf__Error"].endswith(":--")
    for path in ("unprocessedrecords", "unprocessedRecords", "UNPROCESSEDRECORDS/"):
        assert bench.call("GET", f"{url}/{path}").text == '"LastName","Email","Account.Ext__c"\n'
    assert bench.call("DELETE", url).status_code == 204


def test_empty_leaves_a_field_alone_and_na_empties_it(bench):
    kept = bench.make("Contact", LastName="A", Title="CTO", Email="a@a.example", HubSpot_Id__c="7")
    done = ingest(bench, f"Id,title,Email,LastName\n{kept},,#N/A,B\n", operation="update")
    assert done["numberRecordsFailed"] == 0
    row = bench.row("Contact", kept)
    assert (row["Title"], row["Email"], row["LastName"]) == ("CTO", None, "B")
    text = "HubSpot_Id__c;LastName\r\n7;C\r\n8;D\r\n"
    done = ingest(bench, text, operation="upsert", externalIdFieldName="HubSpot_Id__c", columnDelimiter="SEMICOLON", lineEnding="CRLF")  # fmt: skip
    good = bench.call("GET", f"jobs/ingest/{done['id']}/successfulResults").text
    assert good.startswith('"sf__Id";"sf__Created";"HubSpot_Id__c";"LastName"\r\n')
    assert [(r["sf__Created"], r["LastName"]) for r in table(good, ";")] == [("false", "C"), ("true", "D")]
    done = ingest(bench, f"Id\n{kept}\n{make_id('003', 5)}\n", operation="delete")
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
    error = table(bench.call("GET", f"jobs/ingest/{done['id']}/failedResults").text)[0]["sf__Error"]
    assert error == "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"
    again = ingest(bench, f"Id\n{kept}\n", operation="hardDelete")
    assert again["numberRecordsFailed"] == 1  # it lies in the bin
    gone = bench.make("Contact", LastName="Z")
    ingest(bench, f"Id\n{gone}\n", operation="hardDelete")
    assert bench.side.get("Contact", gone) is None


def test_files_that_break_the_rules_fail_the_job_and_write_nothing(bench):
    def message(text: str, **job: Any) -> str:
        done = ingest(bench, text, **job)
        assert done["state"] == "Failed"
        url = f"jobs/ingest/{done['id']}"
        assert table(bench.call("GET", f"{url}/successfulResults").text) == []
        return done["errorMessage"]

    wrong = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
    assert message("LastName\r\nA\r\n") == wrong + "LF"
    assert message("LastName\nA\n", lineEnding="CRLF") == wrong + "CRLF"
    assert message('LastName,Title\nA,"x\r\ny"\n') == wrong + "LF"
    assert message("LastName,Nope\nA,b\n").endswith("Field name not found : Nope")
    assert "Duplicate column" in message("LastName,lastname\nA,b\n")
    assert "record 1 has 1 fields" in message("LastName,Title\nA\n")
    assert bench.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
    done = ingest(bench, "LastName\n")
    assert (done["state"], done["numberRecordsProcessed"]) == ("JobComplete", 0)


def test_an_ingest_job_keeps_to_its_life_cycle(bench):
    made = bench.call("POST", "jobs/ingest", json={"object": "Lead", "operation": "insert", "lineEnding": "LF"}).json()
    assert made["contentUrl"] == f"services/data/v59.0/jobs/ingest/{made['id']}/batches"
    assert list(made)[-3:] == ["contentUrl", "lineEnding", "columnDelimiter"]
    url = f"jobs/ingest/{made['id']}"
    assert bench.call("DELETE", url).status_code == 400
    headers = {"Content-Type": "text/csv"}
    assert bench.call("PUT", f"{url}/batches", data=b"LastName,Company\nL,C\n", headers=headers).status_code == 201
    assert bench.call("PUT", f"{url}/batches", data=b"LastName\nx\n", headers=headers).status_code == 400
    aborted = bench.call("PATCH", url, json={"state": "Aborted"}).json()
    assert "jobType" not in aborted
    assert "lineEnding" not in aborted
    assert bench.call("PATCH", url, json={"state": "UploadComplete"}).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert bench.call("GET", f"{url}/unprocessedrecords").text == '"LastName","Company"\n"L","C"\n'
    assert bench.call("DELETE", url).status_code == 204
    refused = bench.call(
        "POST", "jobs/ingest", json={"object": "Lead", "operation": "upsert", "externalIdFieldName": "No__c"}
    )
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALIDJOB")
    assert bench.call("POST", "jobs/ingest", json={"object": "Nope", "operation": "insert"}).json()[0]["errorCode"] == "INVALIDENTITY"  # fmt: skip
    whole = {"job": (None, '{"object":"Lead","operation":"insert"}', "application/json"),
             "content": ("content", "LastName,Company\nM,C\n", "text/csv")}  # fmt: skip
    straight = bench.call("POST", "jobs/ingest", files=whole)
    assert straight.json()["state"] == "UploadComplete"
    assert bench.query("SELECT COUNT() FROM Lead WHERE LastName = 'M'")["totalSize"] == 1
    used = bench.call("GET", "limits").json()["DailyBulkApiBatches"]
    assert used["Max"] - used["Remaining"] == 1


def test_simple_salesforce_does_its_bulk2_work(bench, tmp_path):
    sf = bench.client()
    handler = sf.bulk2.Contact
    result = handler.insert(records=[{"LastName": f"L{n}", "Email": f"l{n}@x.example"} for n in range(450)], batch_size=200, wait=0.01)  # fmt: skip
    assert sum(r["numberRecordsTotal"] for r in result) == 450
    assert len(table(handler.get_successful_records(result[0]["job_id"]))) == 200
    assert handler.get_unprocessed_records(result[0]["job_id"]).count("\n") == 1
    texts = list(handler.query("SELECT Id, LastName FROM Contact ORDER BY Id", max_records=200, wait=0.01))
    rows = [row for text in texts for row in table(text)]
    assert len(texts) == 3
    assert len({r["Id"] for r in rows}) == 450
    updated = handler.update(records=[{"Id": r["Id"], "Title": "T"} for r in rows[:3]], wait=0.01)
    assert updated[0]["numberRecordsFailed"] == 0
    handler.upsert(records=[{"HubSpot_Id__c": "1", "LastName": "U"}], external_id_field="HubSpot_Id__c", wait=0.01)
    handler.delete(records=[{"Id": rows[0]["Id"]}], wait=0.01)
    assert bench.query("SELECT COUNT() FROM Contact")["totalSize"] == 450
    assert bench.query("SELECT COUNT() FROM Contact WHERE Title = 'T'")["totalSize"] == 2
    handler.download("SELECT Id FROM Contact", path=str(tmp_path), wait=0.01)
    with pytest.raises(SalesforceOperationError, match="Field name not found"):
        handler.insert(records=[{"Nope": "x"}], wait=0.01)


def test_simple_salesforce_does_its_bulk1_work(bench):
    sf = bench.client()
    made = sf.bulk.Contact.insert([{"LastName": "A"}, {"LastName": None}], batch_size=10_000, use_serial=True)
    assert [r["success"] for r in made] == [True, False]
    assert made[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    rows = sf.bulk.Contact.query("SELECT Id, LastName FROM Contact")
    assert [r["LastName"] for r in rows] == ["A"]
    assert rows[0]["attributes"]["type"] == "Contact"
    changed = sf.bulk.Contact.update([{"Id": rows[0]["Id"], "Title": "CEO", "LastName": "B"}])
    assert changed == [{"success": True, "created": False, "id": rows[0]["Id"], "errors": []}]
    sf.bulk.Contact.delete([{"Id": rows[0]["Id"]}])
    left = sf.bulk.Contact.query_all("SELECT Id, IsDeleted FROM Contact")
    assert [r["IsDeleted"] for r in left] == [True]


def v1(bench: Bench, method: str, path: str, body: str = "", kind: str = "application/xml", **headers: str) -> Any:
    own = {"X-SFDC-Session": bench.known["access_token"], "Content-Type": kind, "Authorization": None, **headers}
    return bench.http.request(method, f"{bench.url}/services/async/59.0/{path}", data=body.encode(), headers=own)


_NS = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"'


def new_job(bench: Bench, operation: str = "query", sobject: str = "Contact", **headers: str) -> str:
    body = f"<jobInfo {_NS}><operation>{operation}</operation><object>{sobject}</object><contentType>CSV</contentType></jobInfo>"
    answer = v1(bench, "POST", "job", body, **headers)
    assert answer.status_code == 201, answer.text
    return answer.text.split("<id>")[1].split("</id>")[0]


def test_bulk1_speaks_xml_and_says_no_in_its_own_shape(bench):
    job = new_job(bench, "update")
    assert v1(bench, "POST", f"job/{job}/batch", "", "text/csv").text.count("ClientInputError") == 1
    batch = v1(bench, "POST", f"job/{job}/batch", 'Id,LastName\n"x","y"\n', "text/csv; charset=UTF-8")
    assert "<state>Queued</state>" in batch.text
    batch_id = batch.text.split("<id>")[1].split("</id>")[0]
    closed = v1(bench, "POST", f"job/{job}", f"<jobInfo {_NS}><state>Closed</state></jobInfo>")
    assert "<state>Closed</state>" in closed.text
    assert "<numberRecordsFailed>1</numberRecordsFailed>" in v1(bench, "GET", f"job/{job}").text
    result = v1(bench, "GET", f"job/{job}/batch/{batch_id}/result")
    assert result.text.splitlines()[0] == '"Id","Success","Created","Error"'
    assert result.text.splitlines()[1].startswith('"","false","false","MALFORMED_ID:')
    assert v1(bench, "GET", f"job/{job}/batch/{batch_id}/request").text == 'Id,LastName\n"x","y"\n'
    late = v1(bench, "POST", f"job/{job}/batch", "Id\n", "text/csv")
    assert (late.status_code, "InvalidJobState" in late.text) == (400, True)
    bad = v1(bench, "GET", f"job/{make_id('750', 1)}", kind="application/json")
    assert (bad.status_code, bad.json()["exceptionCode"]) == (400, "InvalidJob")
    out = v1(bench, "GET", f"job/{job}", **{"X-SFDC-Session": "no"})
    assert (out.status_code, "<exceptionCode>InvalidSessionId</exceptionCode>" in out.text) == (400, True)


def test_bulk1_chunks_a_query_by_primary_key(bench):
    bench.side.load("Contact", ({"Id": make_id("003", n), "LastName": f"N{n}"} for n in range(25)))
    job = new_job(bench, "queryAll", **{"Sforce-Enable-PKChunking": "chunkSize=10"})
    v1(bench, "POST", f"job/{job}/batch", "SELECT Id FROM Contact", "text/csv")
    listed = v1(bench, "GET", f"job/{job}/batch").text
    states = [part.split("<")[0] for part in listed.split("<state>")[1:]]
    assert states == ["NotProcessed", "Completed", "Completed", "Completed"]
    ids = [part.split("<")[0] for part in listed.split("<id>")[1:]][1:]
    rows = []
    for batch_id in ids:
        found = v1(bench, "GET", f"job/{job}/batch/{batch_id}/result").text
        result_id = found.split("<result>")[1].split("<")[0]
        rows += table(v1(bench, "GET", f"job/{job}/batch/{batch_id}/result/{result_id}").text)
    assert [r["Id"] for r in rows] == [make_id("003", n) for n in range(25)]


def test_bulk1_queries_without_rows_and_with_compounds_answer_as_recorded(bench):
    job = new_job(bench)
    for query, state in (("SELECT Id FROM Contact", "Completed"), ("SELECT MailingAddress FROM Contact", "Failed")):
        batch = v1(bench, "POST", f"job/{job}/batch", query, "text/csv").text.split("<id>")[1].split("<")[0]
        info = v1(bench, "GET", f"job/{job}/batch/{batch}").text
        assert f"<state>{state}</state>" in info
        if state == "Failed":
            text = "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query"
            assert f"<stateMessage>{text}</stateMessage>" in info
            continue
        result_id = v1(bench, "GET", f"job/{job}/batch/{batch}/result").text.split("<result>")[1].split("<")[0]
        assert (
            v1(bench, "GET", f"job/{job}/batch/{batch}/result/{result_id}").text == "Records not found for this query"
        )


def test_duplicate_rules_block_bulk_rows_even_when_they_only_alert(bench):
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": True}})
    bench.make("Contact", LastName="A", Email="a@a.example")
    done = ingest(bench, "LastName,Email\nB,a@a.example\n")
    error = table(bench.call("GET", f"jobs/ingest/{done['id']}/failedResults").text)[0]["sf__Error"]
    assert error.startswith("DUPLICATES_DETECTED:")
