"""Exports leave real files after some seconds; imports make records of real files, row by row."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hubspot_bench import Caller, account

EXPORT = "/crm/v3/exports/export/async"


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"limits": True})
    side.clock.freeze()  # type: ignore[attr-defined]
    yield Caller(side)
    side.close()


def wait(call: Caller, seconds: float) -> None:
    call.side.clock.advance(seconds)  # type: ignore[attr-defined]


def people(call: Caller) -> None:
    for n, stage in enumerate(("lead", "customer", "lead")):
        call(
            "POST", "/crm/v3/objects/contacts", {"properties": {"email": f"x{n}@file.example", "lifecyclestage": stage}}
        )


def exported(call: Caller, **body: Any) -> tuple[dict[str, Any], Any]:
    asked = {"exportType": "VIEW", "exportName": "all", "format": "CSV", "language": "EN", "objectType": "CONTACT",
             "objectProperties": ["email", "lifecyclestage"], **body}  # fmt: skip
    started = call("POST", EXPORT, asked)
    assert started.status == 202
    wait(call, 3)
    status = call("GET", f"{EXPORT}/tasks/{started.json['id']}/status").json
    assert status["status"] == "COMPLETE"
    answer = Caller(call.side, "")("GET", status["result"].removeprefix("http://twin.test"))
    return status, answer


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_an_export_gives_labels_unless_values_are_asked_for(call: Caller) -> None:
    people(call)

    _, labels = exported(call)
    _, values = exported(call, exportInternalValuesOptions=["NAMES", "VALUES"])

    assert table(labels.content)[0] == ["Record ID", "Email", "Lifecycle Stage"]
    assert [row[2] for row in table(labels.content)[1:]] == ["Lead", "Customer", "Lead"]
    assert table(values.content)[0] == ["Record ID", "email", "lifecyclestage"]
    assert [row[2] for row in table(values.content)[1:]] == ["lead", "customer", "lead"]


def test_an_export_of_a_search_is_a_workbook_when_asked(call: Caller) -> None:
    people(call)
    search = {
        "filters": [{"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"}],
        "sorts": [],
        "query": "",
    }

    _, answer = exported(call, format="XLSX", publicCrmSearchRequest=search)

    sheet = zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/worksheets/sheet1.xml").decode()
    assert "x1@file.example" in sheet
    assert "x0@file.example" not in sheet


def test_exports_run_one_at_a_time_and_their_address_expires(call: Caller) -> None:
    people(call)
    body = {"exportType": "VIEW", "format": "CSV", "objectType": "CONTACT", "objectProperties": ["email"]}
    call("POST", EXPORT, body)

    assert call("POST", EXPORT, body).status == 429
    wait(call, 3)
    status, _ = exported(call)
    wait(call, 301)
    assert call("GET", status["result"].removeprefix("http://twin.test")).status == 403


def upload(call: Caller, text: str, operation: str = "UPSERT") -> str:
    columns = ("Email", "email"), ("First", "firstname"), ("Stage", "lifecyclestage")
    mappings = [{"columnObjectTypeId": "0-1", "columnName": c, "propertyName": p} for c, p in columns]
    page = {"hasHeader": True, "columnMappings": mappings}
    request = {"name": "in", "importOperations": {"0-1": operation}, "dateFormat": "DAY_MONTH_YEAR",
               "files": [{"fileName": "a.csv", "fileFormat": "CSV", "fileImportPage": page}]}  # fmt: skip
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n' + orjson.dumps(request),
        b'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + text.encode() + b"\r\n--b--\r\n",
    )
    answer = call("POST", "/crm/v3/imports/", raw=b"".join(parts), content_type="multipart/form-data; boundary=b")
    assert answer.status == 200, answer.content
    return str(answer.json["id"])


def test_an_import_makes_changes_and_tells_bad_rows(call: Caller) -> None:
    people(call)
    text = "Email,First,Stage\nx0@file.example,Changed,\nnew@file.example,New,lead\nbad@file.example,Bad,nosuchstage\n"

    one = upload(call, text)
    begun = call("GET", f"/crm/v3/imports/{one}").json["state"]
    wait(call, 3)
    done = call("GET", f"/crm/v3/imports/{one}").json
    errors = call("GET", f"/crm/v3/imports/{one}/errors").json["results"]

    assert begun in {"STARTED", "PROCESSING"}
    assert (done["state"], done["mappedObjectTypeIds"]) == ("DONE", ["0-1"])
    assert done["metadata"]["counters"] == {"TOTAL_ROWS": 3, "UPDATED_OBJECTS": 1, "CREATED_OBJECTS": 1, "ERRORS": 1}
    assert [(e["errorType"], e["sourceData"]["lineNumber"]) for e in errors] == [("INVALID_ENUMERATION_OPTION", 4)]
    made = call(
        "GET", "/crm/v3/objects/contacts/new@file.example", idProperty="email", properties="hs_object_source"
    ).json
    assert made["properties"]["hs_object_source"] == "IMPORT"


def test_a_fourth_import_waits_for_the_three_before_it(call: Caller) -> None:
    four = [upload(call, f"Email,First,Stage\nn{n}@file.example,N,\n") for n in range(4)]

    assert call("GET", f"/crm/v3/imports/{four[3]}").json["state"] == "DEFERRED"
    assert call("POST", f"/crm/v3/imports/{four[0]}/cancel").json["status"] == "COMPLETE"
    wait(call, 3)
    call("GET", f"/crm/v3/imports/{four[1]}")
    wait(call, 3)
    states = [call("GET", f"/crm/v3/imports/{i}").json["state"] for i in four]
    assert states == ["CANCELED", "DONE", "DONE", "DONE"]


def start(call: Caller, files: dict[str, bytes], pages: list[dict[str, Any]], **more: Any) -> str:
    """An import of several files; each page names its file, its format and its columns."""
    listed = [
        {
            "fileName": page["file"],
            "fileFormat": page.get("format", "CSV"),
            "fileImportPage": {"hasHeader": True, "columnMappings": page["columns"]},
        }
        for page in pages
    ]
    request = {"name": "in", "importOperations": {}, "dateFormat": "DAY_MONTH_YEAR", "files": listed, **more}
    parts = [b'--b\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n' + orjson.dumps(request)]
    for name, content in files.items():
        head = f'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + content)
    body = b"".join(parts) + b"\r\n--b--\r\n"
    answer = call("POST", "/crm/v3/imports/", raw=body, content_type="multipart/form-data; boundary=b")
    assert answer.status == 200, answer.content
    return str(answer.json["id"])


def finished(call: Caller, import_id: str) -> dict[str, Any]:
    wait(call, 3)
    done: dict[str, Any] = call("GET", f"/crm/v3/imports/{import_id}").json
    return done


def column(kind: str, prop: str | None, **more: Any) -> dict[str, Any]:
    return {"columnObjectTypeId": kind, "columnName": prop or "x", "propertyName": prop, **more}


def ties(call: Caller, to: str, email: str) -> list[int]:
    contact = call("GET", f"/crm/v3/objects/contacts/{email}", idProperty="email").json["id"]
    return [
        r["toObjectId"] for r in call("GET", f"/crm/v4/objects/contacts/{contact}/associations/{to}").json["results"]
    ]


def test_a_workbook_is_imported_as_it_was_exported(call: Caller) -> None:
    people(call)
    _, answer = exported(call, format="XLSX", exportInternalValuesOptions=["NAMES", "VALUES"])
    for row in call("GET", "/crm/v3/objects/contacts").json["results"]:
        call("DELETE", f"/crm/v3/objects/contacts/{row['id']}")
    columns = [column("0-1", None), column("0-1", "email"), column("0-1", "lifecyclestage")]

    one = start(call, {"a.xlsx": answer.content}, [{"file": "a.xlsx", "format": "SPREADSHEET", "columns": columns}])

    assert finished(call, one)["metadata"]["counters"] == {"TOTAL_ROWS": 3, "CREATED_OBJECTS": 3}
    back = call("GET", "/crm/v3/objects/contacts/x1@file.example", idProperty="email", properties="lifecyclestage").json
    assert back["properties"]["lifecyclestage"] == "customer"


def test_a_file_that_is_no_workbook_fails_the_import(call: Caller) -> None:
    page = {"file": "a.xlsx", "format": "SPREADSHEET", "columns": [column("0-1", "email")]}

    one = start(call, {"a.xlsx": b"PK\x03\x04 not really"}, [page])

    assert finished(call, one)["state"] == "FAILED"
    errors = call("GET", f"/crm/v3/imports/{one}/errors").json["results"]
    assert [e["errorType"] for e in errors] == ["INVALID_SPREADSHEET"]


def test_a_row_of_two_types_makes_two_records_and_ties_them_by_the_label_it_names(call: Caller) -> None:
    label = {"label": "Adviser", "name": "adviser"}
    call("POST", "/crm/v4/associations/contacts/companies/labels", label)
    columns = [
        column("0-1", "email"), column("0-2", "name"),
        column("0-2", "domain", columnType="HUBSPOT_ALTERNATE_ID"),
        column("0-1", None, toColumnObjectTypeId="0-2", columnType="FLEXIBLE_ASSOCIATION_LABEL"),
    ]  # fmt: skip
    text = b"E,N,D,L\na@one.example,One,one.example,Adviser\nb@one.example,One,one.example,\nc@x.example,X,x.example,Nope\n"

    one = start(call, {"a.csv": text}, [{"file": "a.csv", "columns": columns}])

    done = finished(call, one)
    assert done["mappedObjectTypeIds"] == ["0-1", "0-2"]
    # The company is found by its domain the second time; a row whose label is not there is an error.
    assert done["metadata"]["counters"] == {"TOTAL_ROWS": 3, "CREATED_OBJECTS": 3, "UPDATED_OBJECTS": 1, "ERRORS": 1}
    errors = call("GET", f"/crm/v3/imports/{one}/errors").json["results"]
    assert [(e["errorType"], e["sourceData"]["lineNumber"]) for e in errors] == [("ASSOCIATION_LABEL_NOT_FOUND", 4)]
    assert ties(call, "companies", "a@one.example") == ties(call, "companies", "b@one.example")
    contact = call("GET", "/crm/v3/objects/contacts/a@one.example", idProperty="email").json["id"]
    (tie,) = call("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").json["results"]
    assert "Adviser" in [t["label"] for t in tie["associationTypes"]]


def test_two_files_are_tied_through_a_common_column_and_days_are_read_in_the_files_format(call: Caller) -> None:
    deals = [column("0-3", "dealname", associationIdentifierColumn=True), column("0-3", "closedate")]
    refers = {"associationTypeId": 4, "associationCategory": "HUBSPOT_DEFINED"}
    contacts = [column("0-1", "email"), column("0-1", None, toColumnObjectTypeId="0-3", foreignKeyType=refers)]
    files = {
        "c.csv": b"Email,Deal\na@one.example,Big\nb@one.example,Nowhere\n",
        "d.csv": b"Name,Close\nBig,31/12/2026\n",
    }

    one = start(call, files, [{"file": "c.csv", "columns": contacts}, {"file": "d.csv", "columns": deals}])

    assert finished(call, one)["metadata"]["counters"] == {"TOTAL_ROWS": 3, "CREATED_OBJECTS": 3, "ERRORS": 1}
    errors = call("GET", f"/crm/v3/imports/{one}/errors").json["results"]
    said = [(e["errorType"], e["sourceData"]["rowData"]) for e in errors]
    assert said == [("NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER", ["b@one.example", "Nowhere"])]
    (deal,) = ties(call, "deals", "a@one.example")
    shown = call("GET", f"/crm/v3/objects/deals/{deal}").json["properties"]
    assert (shown["dealname"], shown["closedate"]) == ("Big", "2026-12-31T00:00:00Z")
