"""Cases, notes and attachments: what hangs on people and companies beside activities."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

LOGO = bytes(range(256)) * 4


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_a_case_has_a_number_follows_its_contact_and_is_closed_by_its_status(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account, Email="c@a.example")
    case = bench.make("Case", Subject="Broken", ContactId=contact)
    row = bench.row("Case", case)
    assert (row["CaseNumber"], row["AccountId"], row["ContactEmail"]) == ("00001001", account, "c@a.example")
    assert (row["Status"], row["Priority"], row["IsClosed"], row["ClosedDate"]) == ("New", "Medium", False, None)
    bench.call("PATCH", f"sobjects/Case/{case}", json={"Status": "Closed"})
    assert bench.row("Case", case)["IsClosed"] is True
    assert bench.row("Case", case)["ClosedDate"] == "2026-05-06T12:00:00.000+0000"
    task = bench.make("Task", Subject="Call", WhatId=case)
    assert bench.row("Task", task)["AccountId"] == account
    found = bench.query("SELECT CaseNumber, (SELECT Subject FROM Tasks) FROM Case")["records"][0]
    assert found["Tasks"]["totalSize"] == 1


def test_accounts_and_contacts_with_cases_are_not_deleted(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    case = bench.make("Case", ContactId=contact)
    for sobject, record_id in (("Account", account), ("Contact", contact)):
        answer = bench.call("DELETE", f"sobjects/{sobject}/{record_id}")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "DELETE_FAILED")
        assert "associated with the following cases.: 00001001" in answer.json()[0]["message"]
    bench.call("DELETE", f"sobjects/Case/{case}")
    assert bench.call("DELETE", f"sobjects/Account/{account}").status_code == 204


def test_a_merge_moves_cases_notes_and_attachments(bench):
    kept, gone = bench.make("Contact", LastName="K"), bench.make("Contact", LastName="G")
    body = base64.b64encode(LOGO).decode()
    moved = {
        bench.make("Case", ContactId=gone),
        bench.make("Note", Title="N", ParentId=gone),
        bench.make("Attachment", Name="logo.png", ParentId=gone, Body=body),
    }
    master = f"<masterRecord><s:type>Contact</s:type><s:Id>{kept}</s:Id></masterRecord>"
    text = bench.soap(
        f"<u:merge><u:request>{master}<u:recordToMergeIds>{gone}</u:recordToMergeIds></u:request></u:merge>"
    ).text
    assert all(f"<updatedRelatedIds>{i}</updatedRelatedIds>" in text for i in moved)
    assert bench.query("SELECT ParentId FROM Note")["records"][0]["ParentId"] == kept


def test_an_attachment_is_fetched_at_its_address_and_told_by_soap(bench):
    account = bench.make("Account", Name="A")
    body = base64.b64encode(LOGO).decode()
    made = bench.make("Attachment", Name="logo.png", ParentId=account, Body=body, ContentType="image/png")
    shown = bench.call("GET", f"sobjects/Attachment/{made}").json()
    assert (shown["Body"], shown["BodyLength"]) == (f"/services/data/v59.0/sobjects/Attachment/{made}/Body", 1024)
    assert bench.query("SELECT Body FROM Attachment")["records"][0]["Body"] == shown["Body"]
    fetched = bench.call("GET", shown["Body"])
    assert (fetched.content, fetched.headers["Content-Type"]) == (LOGO, "image/png")
    read = "<u:retrieve><u:fieldList>Body</u:fieldList><u:sObjectType>Attachment</u:sObjectType>"
    assert f"<sf:Body>{body}</sf:Body>" in bench.soap(f"{read}<u:ids>{made}</u:ids></u:retrieve>").text
    wrong = bench.call("POST", "sobjects/Attachment", json={"Name": "x", "ParentId": account, "Body": "no base64!"})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert bench.error("SELECT Id FROM Attachment WHERE Body != null")["errorCode"] == "INVALID_FIELD"
    bench.call("DELETE", f"sobjects/Account/{account}")
    assert bench.query("SELECT COUNT() FROM Attachment")["totalSize"] == 0


def test_assignment_rules_run_for_cases(bench):
    queue = bench.make("Group", Name="Support", Type="Queue")
    bench.side.set_switch("assignment_rules", {"Case": [{"field": "Origin", "equals": "Web", "owner": queue}]})
    assert bench.row("Case", bench.make("Case", Origin="Web"))["OwnerId"] == queue
    assert bench.row("Case", bench.make("Case", Origin="Phone"))["OwnerId"] != queue


@pytest.mark.parametrize("kind", ["CSV", "JSON", "XML"])
def test_bulk_takes_attachments_in_a_zip(bench, kind):
    import io
    import json
    import zipfile

    account = bench.make("Account", Name="A")
    row = {"Name": "logo.png", "ParentId": account, "Body": "#files/logo.png"}
    cells = "".join(f"<{k}>{v}</{k}>" for k, v in row.items())
    request = {
        "CSV": ",".join(row) + "\n" + ",".join(row.values()) + "\n",
        "JSON": json.dumps([row]),
        "XML": f'<sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload"><sObject>{cells}</sObject></sObjects>',
    }[kind]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("request.txt", request)
        archive.writestr("files/logo.png", LOGO)
    session = {"X-SFDC-Session": bench.known["access_token"]}
    asked = {"operation": "insert", "object": "Attachment", "contentType": f"ZIP_{kind}"}
    job = bench.call("POST", "/services/async/59.0/job", json=asked, headers=session).json()["id"]
    headers = {**session, "Content-Type": f"zip/{kind.lower()}"}
    bench.call("POST", f"/services/async/59.0/job/{job}/batch", data=packed.getvalue(), headers=headers)
    made = bench.query("SELECT Id FROM Attachment")["records"][0]["Id"]
    assert bench.call("GET", f"sobjects/Attachment/{made}/Body").content == LOGO
    bad = bench.call("POST", f"/services/async/59.0/job/{job}/batch", data=b"no zip", headers=headers)
    assert bad.status_code == 201
    listed = bench.call("GET", f"/services/async/59.0/job/{job}/batch", headers=session).text
    assert "ClientInputError" in listed


def test_a_file_is_sent_beside_its_fields(bench):
    import json

    account = bench.make("Account", Name="A")
    fields = json.dumps({"Name": "logo.png", "ParentId": account, "ContentType": "image/png"})
    sent = {
        "entity_attachment": ("", fields, "application/json"),
        "Body": ("logo.png", LOGO, "image/png"),
    }
    made = bench.call("POST", "sobjects/Attachment", files=sent)
    assert made.status_code == 201, made.text
    assert bench.call("GET", f"sobjects/Attachment/{made.json()['id']}/Body").content == LOGO
    bare = bench.call("POST", "sobjects/Attachment", files={"Body": ("logo.png", LOGO, "image/png")})
    assert (bare.status_code, bare.json()[0]["errorCode"]) == (400, "INVALID_MULTIPART_REQUEST")
