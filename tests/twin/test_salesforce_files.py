"""Files: a version makes its document, the document shows its latest version, links tell where it hangs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side(settings={**SETTINGS, "custom_objects": {"Thing__c": {}}})) as made:
        yield made


def upload(bench: Bench, content: bytes = b"abc\n", **values: Any) -> dict[str, Any]:
    body = {"PathOnClient": "notes.txt", "VersionData": base64.b64encode(content).decode(), **values}
    return bench.row("ContentVersion", bench.make("ContentVersion", **body))


def test_a_first_version_makes_its_document_and_a_link_to_its_owner(bench):
    row = upload(bench, Title="Minutes")
    assert (row["VersionNumber"], row["IsLatest"], row["FileType"], row["FileExtension"]) == ("1", True, "TEXT", "txt")
    assert (row["ContentSize"], row["Checksum"]) == (4, "0bee89b07a248e27c83fc3d5951213c1")
    document = bench.row("ContentDocument", row["ContentDocumentId"])
    assert (document["Title"], document["LatestPublishedVersionId"]) == ("Minutes", row["Id"])
    asked = f"SELECT LinkedEntityId, ShareType FROM ContentDocumentLink WHERE ContentDocumentId = '{document['Id']}'"
    (link,) = bench.query(asked)["records"]
    assert bench.call("GET", link["attributes"]["url"]).json()["ContentDocumentId"] == document["Id"]
    assert (link["LinkedEntityId"], link["ShareType"]) == (row["OwnerId"], "I")
    assert upload(bench)["Title"] == "notes"


def test_the_contents_are_fetched_at_their_address_and_sent_beside_the_fields(bench):
    sent = {
        "entity_content": ("", json.dumps({"PathOnClient": "a.bin"}), "application/json"),
        "VersionData": ("a.bin", b"\x00\x01\xff", "application/octet-stream"),
    }
    made = bench.call("POST", "sobjects/ContentVersion", files=sent).json()["id"]
    address = bench.call("GET", f"sobjects/ContentVersion/{made}").json()["VersionData"]
    assert address == f"/services/data/v59.0/sobjects/ContentVersion/{made}/VersionData"
    fetched = bench.call("GET", address)
    assert (fetched.content, fetched.headers["Content-Type"]) == (b"\x00\x01\xff", "application/octet-stream")


def test_a_later_version_is_the_latest_and_the_document_shows_it(bench):
    first = upload(bench, Title="Draft")
    second = upload(bench, b"longer", Title="Final", ContentDocumentId=first["ContentDocumentId"])
    assert (second["VersionNumber"], bench.row("ContentVersion", first["Id"])["IsLatest"]) == ("2", False)
    document = bench.row("ContentDocument", first["ContentDocumentId"])
    assert (document["Title"], document["ContentSize"], document["LatestPublishedVersionId"]) == (
        "Final", 6, second["Id"],
    )  # fmt: skip
    bench.call("PATCH", f"sobjects/ContentDocument/{document['Id']}", json={"Title": "Signed"})
    assert bench.row("ContentVersion", second["Id"])["Title"] == "Signed"


def test_a_file_hangs_on_records_once_each_and_goes_with_its_document(bench):
    account = bench.make("Account", Name="A")
    row = upload(bench, FirstPublishLocationId=account)
    document = row["ContentDocumentId"]
    found = f"SELECT Id, (SELECT ContentDocument.Title FROM ContentDocumentLinks) FROM Account WHERE Id = '{account}'"
    assert bench.query(found)["records"][0]["ContentDocumentLinks"]["totalSize"] == 1
    again = {"ContentDocumentId": document, "LinkedEntityId": account}
    assert bench.call("POST", "sobjects/ContentDocumentLink", json=again).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    thing = bench.make("Thing__c", Name="T")
    bench.make("ContentDocumentLink", ContentDocumentId=document, LinkedEntityId=thing, ShareType="V")
    bench.make("Attachment", Name="empty", ParentId=thing, Body="")
    bench.call("DELETE", f"sobjects/ContentDocument/{document}")
    assert bench.query(found)["records"][0]["ContentDocumentLinks"] is None
    versions = f"SELECT Id FROM ContentVersion WHERE ContentDocumentId = '{document}'"
    assert (bench.query(versions)["totalSize"], bench.query(versions, all_rows=True)["totalSize"]) == (0, 1)


def test_links_are_asked_for_by_a_document_or_a_place(bench):
    refusal = bench.error("SELECT Id FROM ContentDocumentLink")
    assert (refusal["errorCode"], "requires a filter by a single Id" in refusal["message"]) == ("MALFORMED_QUERY", True)
    bench.error("SELECT Id FROM ContentDocumentLink WHERE ShareType = 'I' OR ContentDocumentId = '069000000000001'")
    for condition in (
        "ContentDocumentId = '069000000000001' AND ShareType = 'V'",
        "LinkedEntityId IN ('001000000000001', '001000000000002')",
        "ContentDocumentId IN (SELECT Id FROM ContentDocument WHERE Title = 'none')",
    ):
        assert bench.query(f"SELECT Id FROM ContentDocumentLink WHERE {condition}")["totalSize"] == 0


@pytest.mark.parametrize(
    ("body", "missing"),
    [({}, ["PathOnClient", "VersionData"]), ({"VersionData": "YQ=="}, ["PathOnClient"])],
)
def test_a_version_without_contents_or_path_is_refused(bench, body, missing):
    answer = bench.call("POST", "sobjects/ContentVersion", json=body)
    assert (answer.status_code, answer.json()[0]["fields"]) == (400, missing)


def test_a_link_is_a_version_with_an_address(bench):
    made = bench.make("ContentVersion", Title="Site", ContentUrl="https://acme.example/")
    row = bench.row("ContentVersion", made)
    assert (row["FileType"], row["ContentLocation"], row["ContentSize"]) == ("LINK", "E", 0)


def test_documents_are_made_by_versions_alone_and_versions_are_not_deleted(bench):
    row = upload(bench)
    made = bench.call("POST", "sobjects/ContentDocument", json={"Title": "x"})
    assert made.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    gone = bench.call("DELETE", f"sobjects/ContentVersion/{row['Id']}")
    assert gone.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
