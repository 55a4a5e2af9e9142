"""Person accounts: off, the org knows nothing of them; on, an account may be a person with a contact as its shadow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

SETTINGS = {
    "person_accounts": True,
    "custom_fields": {"Contact": [{"name": "Shoe_Size__c", "type": "number"}]},
}


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side(SETTINGS)) as made:
        yield made


def test_without_the_switch_there_are_no_person_accounts():
    with served(make_side()) as bench:
        assert bench.error("SELECT IsPersonAccount FROM Account")["errorCode"] == "INVALID_FIELD"
        names = {f["name"] for f in bench.call("GET", "sobjects/Account/describe").json()["fields"]}
        assert not names & {"PersonContactId", "LastName", "PersonEmail"}
        assert "<orgHasPersonAccounts>false<" in bench.soap("<u:getUserInfo/>").text


def test_an_account_with_a_last_name_is_a_person_and_has_a_contact(bench):
    body = {
        "FirstName": "Ann",
        "LastName": "Person",
        "PersonEmail": "ann@p.example",
        "Shoe_Size__pc": 38,
        "Phone": "12",
    }
    account = bench.make("Account", **body)
    row = bench.call("GET", f"sobjects/Account/{account}").json()
    assert (row["Name"], row["IsPersonAccount"], row["PersonEmail"]) == ("Ann Person", True, "ann@p.example")
    contact = bench.call("GET", f"sobjects/Contact/{row['PersonContactId']}").json()
    assert (contact["Email"], contact["AccountId"], contact["IsPersonAccount"]) == ("ann@p.example", account, True)
    assert (contact["Shoe_Size__c"], contact["Phone"], contact["Name"]) == (38.0, "12", "Ann Person")
    bench.call("PATCH", f"sobjects/Account/{account}", json={"PersonEmail": "new@p.example", "LastName": "Other"})
    contact = bench.row("Contact", row["PersonContactId"])
    assert (contact["Email"], contact["Name"]) == ("new@p.example", "Ann Other")
    assert bench.row("Account", account)["Name"] == "Ann Other"
    found = bench.query("SELECT PersonContact.Email FROM Account WHERE IsPersonAccount = true")["records"][0]
    assert found["PersonContact"]["Email"] == "new@p.example"
    assert "<orgHasPersonAccounts>true<" in bench.soap("<u:getUserInfo/>").text


def test_the_contact_of_a_person_is_written_through_the_account_only(bench):
    account = bench.make("Account", LastName="Person")
    contact = bench.row("Account", account)["PersonContactId"]
    answer = bench.call("PATCH", f"sobjects/Contact/{contact}", json={"Title": "x"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    bench.call("DELETE", f"sobjects/Account/{account}")
    assert bench.row("Contact", contact)["IsDeleted"] is True


def test_businesses_and_persons_keep_apart(bench):
    business = bench.make("Account", Name="Business Ltd")
    assert bench.row("Account", business)["IsPersonAccount"] is False
    assert bench.row("Account", business)["PersonContactId"] is None
    answer = bench.call("POST", "sobjects/Account", json={"Name": "B", "PersonEmail": "a@b.example"})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    missing = bench.call("POST", "sobjects/Account", json={"Phone": "1"})
    assert missing.json() == [
        {"message": "Required fields are missing: [Name]", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Name"]}
    ]
    child = bench.call("POST", "sobjects/Account", json={"LastName": "P", "ParentId": business})
    assert child.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    types = {t["developerName"] for t in bench.call("GET", "sobjects/Account/describe").json()["recordTypeInfos"]}
    assert types == {"PersonAccount", "Master"}


def test_two_persons_merge_and_leave_one_contact(bench):
    kept, gone = (bench.make("Account", LastName="Twin", PersonEmail=f"{n}@t.example") for n in (1, 2))
    shadow = bench.row("Account", gone)["PersonContactId"]
    master = f"<masterRecord><s:type>Account</s:type><s:Id>{kept}</s:Id></masterRecord>"
    answer = bench.soap(
        f"<u:merge><u:request>{master}<u:recordToMergeIds>{gone}</u:recordToMergeIds></u:request></u:merge>"
    )
    assert "<success>true</success>" in answer.text
    assert bench.row("Account", gone)["MasterRecordId"] == kept
    assert bench.row("Contact", shadow)["IsDeleted"] is True
    assert bench.query(f"SELECT Id FROM Contact WHERE AccountId = '{kept}'")["totalSize"] == 1
