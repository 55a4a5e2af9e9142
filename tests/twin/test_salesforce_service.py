"""Contracts, assets, documents, comments on cases and permission sets: what the org keeps of them by itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_a_contract_is_numbered_ends_with_its_term_and_is_activated_later(bench):
    account = bench.make("Account", Name="A")
    contract = bench.make("Contract", AccountId=account, StartDate="2026-01-31", ContractTerm=13)
    row = bench.row("Contract", contract)
    assert (row["ContractNumber"], row["Status"], row["StatusCode"]) == ("00000100", "Draft", "Draft")
    assert row["EndDate"] == "2027-02-27"
    bench.call("PATCH", f"sobjects/Contract/{contract}", json={"Status": "Activated"})
    assert bench.row("Contract", contract)["ActivatedDate"] == "2026-05-06T12:00:00.000+0000"
    hasty = bench.call("POST", "sobjects/Contract", json={"AccountId": account, "Status": "Activated"})
    assert hasty.json()[0]["errorCode"] == "FAILED_ACTIVATION"


def test_an_asset_belongs_to_somebody_and_goes_with_its_account(bench):
    lonely = bench.call("POST", "sobjects/Asset", json={"Name": "Pump"}).json()[0]
    assert lonely["message"] == "Every asset needs an account, a contact, or both."
    account, product = bench.make("Account", Name="A"), bench.make("Product2", Name="Pump", ProductCode="P-1")
    asset = bench.make("Asset", Name="Pump", AccountId=account, Product2Id=product)
    assert bench.row("Asset", asset)["ProductCode"] == "P-1"
    bench.call("DELETE", f"sobjects/Account/{account}")
    assert bench.row("Asset", asset)["IsDeleted"] is True


def test_a_document_lies_in_a_folder_or_with_a_user(bench):
    user = bench.query("SELECT Id FROM User")["records"][0]["Id"]
    body = base64.b64encode(b"%PDF").decode()
    made = bench.make("Document", Name="Price list 2026", FolderId=user, Body=body, ContentType="application/pdf")
    row = bench.row("Document", made)
    assert (row["DeveloperName"], row["BodyLength"], row["AuthorId"]) == ("Price_list_2026", 4, user)
    fetched = bench.call("GET", f"sobjects/Document/{made}/Body")
    assert (fetched.content, fetched.headers["Content-Type"]) == (b"%PDF", "application/pdf")
    folder = bench.make("Folder", Name="Lists", AccessType="Public", Type="Document")
    bench.call("PATCH", f"sobjects/Document/{made}", json={"FolderId": folder})
    assert bench.query("SELECT Folder.Name FROM Document")["records"][0]["Folder"]["Name"] == "Lists"


def test_comments_hang_on_their_case(bench):
    case = bench.make("Case", Subject="Broken")
    bench.make("CaseComment", ParentId=case, CommentBody="Seen", IsPublished=True)
    found = bench.query(f"SELECT (SELECT CommentBody FROM CaseComments) FROM Case WHERE Id = '{case}'")["records"][0]
    assert found["CaseComments"]["records"][0]["CommentBody"] == "Seen"
    bench.call("DELETE", f"sobjects/Case/{case}")
    assert bench.query("SELECT COUNT() FROM CaseComment")["totalSize"] == 0


def test_the_user_of_the_interface_has_what_its_profile_permits_and_a_set_once(bench):
    asked = "SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSet.PermissionsModifyAllData = true"
    (own,) = bench.query(asked)["records"]
    made = bench.make("PermissionSet", Name="Loader", Label="Loader", PermissionsApiEnabled=True)
    pair = {"PermissionSetId": made, "AssigneeId": own["AssigneeId"]}
    bench.make("PermissionSetAssignment", **pair)
    again = bench.call("POST", "sobjects/PermissionSetAssignment", json=pair).json()[0]
    assert again["errorCode"] == "DUPLICATE_VALUE"
