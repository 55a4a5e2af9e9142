"""Bulk jobs outlive a restart, and Bulk 1.0 speaks XML in its batches too."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from salesforce_bench import Bench, make_side, served

NS = "{http://www.force.com/2009/06/asyncapi/dataload}"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def v1(
    bench: Bench, method: str, path: str, body: str = "", kind: str = "application/xml", status: int = 200
) -> requests.Response:
    headers = {"X-SFDC-Session": bench.known["access_token"], "Content-Type": kind}
    answer = requests.request(method, f"{bench.url}/services/async/59.0/{path}", data=body.encode(), headers=headers)
    assert answer.status_code == status, answer.text
    return answer


def text(root: ET.Element, path: str) -> str:
    return root.findtext("/".join(NS + step for step in path.split("/"))) or ""


def job(bench: Bench, operation: str, sobject: str, kind: str = "XML") -> str:
    body = f"<jobInfo xmlns='{NS[1:-1]}'><operation>{operation}</operation><object>{sobject}</object><contentType>{kind}</contentType></jobInfo>"
    return text(ET.fromstring(v1(bench, "POST", "job", body, status=201).content), "id")


def test_bulk1_takes_and_gives_xml(bench):
    bench.make("Account", Name="P & Q", Ext__c="P-1")
    made = job(bench, "insert", "Contact")
    rows = (
        f"<sObjects xmlns='{NS[1:-1]}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
        "<sObject><LastName>Xml</LastName><Title>a &lt; b</Title><Account><sObject><Ext__c>P-1</Ext__c></sObject></Account></sObject>"
        "<sObject><FirstName>No last name</FirstName></sObject></sObjects>"
    )
    batch = text(ET.fromstring(v1(bench, "POST", f"job/{made}/batch", rows, status=201).content), "id")
    assert text(ET.fromstring(v1(bench, "GET", f"job/{made}/batch/{batch}").content), "state") == "Completed"
    first, second = ET.fromstring(v1(bench, "GET", f"job/{made}/batch/{batch}/result").content)
    assert (text(first, "success"), text(first, "created"), text(second, "success")) == ("true", "true", "false")
    assert text(second, "errors/statusCode") == "REQUIRED_FIELD_MISSING"
    assert text(second, "errors/fields") == "LastName"
    row = bench.row("Contact", text(first, "id"))
    assert (row["Title"], row["AccountId"] is not None) == ("a < b", True)
    asked = job(bench, "query", "Contact")
    query = "SELECT Id, LastName, Title, Email, CreatedDate, Account.Name FROM Contact"
    batch = text(ET.fromstring(v1(bench, "POST", f"job/{asked}/batch", query, status=201).content), "id")
    v1(bench, "GET", f"job/{asked}")
    (listed,) = ET.fromstring(v1(bench, "GET", f"job/{asked}/batch/{batch}/result").content)
    (record,) = ET.fromstring(v1(bench, "GET", f"job/{asked}/batch/{batch}/result/{listed.text}").content)
    assert [text(record, n) for n in ("type", "Id", "Title", "CreatedDate", "Account/Name")] == [
        "Contact", row["Id"], "a < b", "2026-05-06T12:00:00.000Z", "P & Q"]  # fmt: skip
    nil = record.find(f"{NS}Email")
    assert nil is not None
    assert nil.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}


def test_bulk1_empties_a_field_by_nil_and_refuses_what_is_no_xml(bench):
    contact = bench.make("Contact", LastName="A", Title="T", Department="D")
    made = job(bench, "update", "Contact")
    xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    rows = f"<sObjects {xsi}><sObject><Id>{contact}</Id><Title xsi:nil='true'/><Department></Department></sObject></sObjects>"
    v1(bench, "POST", f"job/{made}/batch", rows, status=201)
    v1(bench, "GET", f"job/{made}")
    row = bench.row("Contact", contact)
    assert (row["Title"], row["Department"]) == (None, "D")
    bad = text(ET.fromstring(v1(bench, "POST", f"job/{made}/batch", "Id,Title\n1,2", status=201).content), "id")
    info = ET.fromstring(v1(bench, "GET", f"job/{made}/batch/{bad}").content)
    assert (text(info, "state"), "Failed to parse XML" in text(info, "stateMessage")) == ("Failed", True)


def start(tmp_path: Path) -> Bench:
    return make_side(path=tmp_path / "salesforce.db")  # type: ignore[return-value]


def test_jobs_go_on_after_a_restart(tmp_path):
    csv = {"Content-Type": "text/csv"}
    with served(start(tmp_path)) as bench:  # type: ignore[arg-type]
        bench.make("Account", Name="Kept")
        made = bench.call(
            "POST", "jobs/ingest", json={"object": "Lead", "operation": "insert", "lineEnding": "LF"}
        ).json()["id"]
        bench.call("PUT", f"jobs/ingest/{made}/batches", data="LastName,Company\nA,C\n,C\n", headers=csv)
        bench.call("PATCH", f"jobs/ingest/{made}", json={"state": "UploadComplete"})
        assert bench.call("GET", f"jobs/ingest/{made}").json()["state"] == "JobComplete"
        failed = bench.call("GET", f"jobs/ingest/{made}/failedResults").text
        asked = bench.call(
            "POST", "jobs/query", json={"operation": "query", "query": "SELECT Name FROM Account"}
        ).json()["id"]
        assert bench.call("GET", f"jobs/query/{asked}").json()["state"] == "JobComplete"
        info = bench.call("GET", f"jobs/ingest/{made}").json()
        bench.side.set_switch("bulk_wait_s", 60)
        waiting = bench.call(
            "POST", "jobs/query", json={"operation": "query", "query": "SELECT LastName FROM Lead"}
        ).json()["id"]
        opened = bench.call(
            "POST", "jobs/ingest", json={"object": "Lead", "operation": "insert", "lineEnding": "LF"}
        ).json()["id"]
        bench.call("PUT", f"jobs/ingest/{opened}/batches", data="LastName,Company\nB,C\n", headers=csv)
        old = job(bench, "insert", "Lead", "CSV")
        v1(bench, "POST", f"job/{old}/batch", "LastName,Company\nV,C\n", "text/csv", 201)
        dropped = bench.call(
            "POST", "jobs/ingest", json={"object": "Lead", "operation": "insert", "lineEnding": "LF"}
        ).json()["id"]
        bench.call("PATCH", f"jobs/ingest/{dropped}", json={"state": "Aborted"})
        bench.call("DELETE", f"jobs/ingest/{dropped}")
    with served(start(tmp_path)) as bench:  # type: ignore[arg-type]
        bench.side.org.clock.advance(120)
        assert bench.call("GET", f"jobs/ingest/{made}").json() == info
        assert bench.call("GET", f"jobs/ingest/{made}/failedResults").text == failed
        assert bench.call("GET", f"jobs/query/{asked}/results").text == '"Name"\n"Kept"\n'
        assert bench.call("GET", f"jobs/query/{waiting}").json()["state"] == "JobComplete"
        assert set(bench.call("GET", f"jobs/query/{waiting}/results").text.split()) >= {'"LastName"', '"A"'}
        assert bench.call("GET", f"jobs/ingest/{opened}").json()["state"] == "Open"
        bench.call("PATCH", f"jobs/ingest/{opened}", json={"state": "UploadComplete"})
        assert bench.call("GET", f"jobs/ingest/{opened}").json()["numberRecordsProcessed"] == 1
        assert text(ET.fromstring(v1(bench, "GET", f"job/{old}").content), "numberBatchesCompleted") == "1"
        assert bench.call("GET", f"jobs/ingest/{dropped}").status_code == 404
        again = bench.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id FROM Lead"}).json()[
            "id"
        ]
        assert again not in {made, asked, waiting, opened, old, dropped}
        for one in (asked, again):
            bench.call("GET", f"jobs/query/{one}")
            assert bench.call("DELETE", f"jobs/query/{one}").status_code == 204
        assert not list((tmp_path / "salesforce.bulk").glob(f"{asked}*"))
