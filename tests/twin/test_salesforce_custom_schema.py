"""Record types, custom objects and fields, as the world file declares them and clients use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served

from trueup.twin.salesforce.ids import MASTER_RECORD_TYPE, make_id

FIELDS = [
    {"name": "Parent__c", "type": "lookup", "refers_to": "Account", "child_relationship": "Things__r"},
    {"name": "Number__c", "type": "autonumber"},
    {"name": "Ext__c", "type": "text", "external_id": True, "unique": True},
    {"name": "Req__c", "type": "text", "required": True},
]


@pytest.fixture
def bench() -> Iterator[Bench]:
    settings = {
        **SETTINGS,
        "record_types": {"Account": ["Customer", {"name": "Big Partner", "default": True}], "Lead": ["Inbound"]},
        "custom_objects": {"Thing__c": {"fields": FIELDS}},
    }
    with served(make_side(settings)) as made:
        yield made


def test_a_record_has_the_type_it_was_given_or_the_default(bench):
    infos = bench.call("GET", "sobjects/Account/describe").json()["recordTypeInfos"]
    assert [(r["name"], r["developerName"], r["master"], r["defaultRecordTypeMapping"]) for r in infos] == [
        ("Customer", "Customer", False, False), ("Big Partner", "Big_Partner", False, True), ("Master", "Master", True, False),
    ]  # fmt: skip
    customer, partner, master = (r["recordTypeId"] for r in infos)
    assert master == MASTER_RECORD_TYPE
    given, left = bench.make("Account", Name="A", RecordTypeId=customer), bench.make("Account", Name="B")
    types = {r["Id"]: r["RecordTypeId"] for r in bench.query("SELECT Id, RecordTypeId FROM Account")["records"]}
    assert types == {given: customer, left: partner}
    found = bench.query("SELECT Id, RecordType.Name FROM Account WHERE RecordType.DeveloperName = 'Big_Partner'")
    assert [(r["Id"], r["RecordType"]["Name"]) for r in found["records"]] == [(left, "Big Partner")]
    assert bench.query("SELECT Id FROM RecordType WHERE SobjectType = 'Account'")["totalSize"] == 2
    bench.call("PATCH", f"sobjects/Account/{given}", json={"RecordTypeId": master})
    assert bench.row("Account", given)["RecordTypeId"] == MASTER_RECORD_TYPE
    no_default = bench.make("Lead", LastName="L", Company="C")
    assert bench.row("Lead", no_default)["RecordTypeId"] == MASTER_RECORD_TYPE
    wrong = bench.call("POST", "sobjects/Account", json={"Name": "x", "RecordTypeId": make_id("012", 999)})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_CROSS_REFERENCE_KEY")
    assert "RecordTypeId" not in bench.call("GET", f"sobjects/Contact/{bench.make('Contact', LastName='C')}").json()


def test_loaded_records_and_persons_have_a_type_too():
    side = make_side({"record_types": {"Account": ["Customer"]}, "person_accounts": True})
    side.load("Account", [{"Id": make_id("001", 5), "Name": "Loaded"}])
    side.finish_loading()
    with served(side) as bench:
        person = bench.make("Account", LastName="P")
        rows = bench.query("SELECT Id, RecordTypeId, RecordType.DeveloperName FROM Account ORDER BY Name")["records"]
        assert [(r["Id"], (r["RecordType"] or {}).get("DeveloperName")) for r in rows] == [
            (make_id("001", 5), None), (person, "PersonAccount"),
        ]  # fmt: skip
        assert rows[0]["RecordTypeId"] == MASTER_RECORD_TYPE


def test_a_custom_object_is_read_written_and_followed_both_ways(bench):
    account = bench.make("Account", Name="A")
    thing = bench.make("Thing__c", Name="T", Parent__c=account, Ext__c="k", Req__c="r")
    assert thing.startswith("a0")
    row = bench.call("GET", f"sobjects/Thing__c/{thing}").json()
    assert row["Number__c"].endswith("00001")
    assert bench.call("POST", "sobjects/Thing__c", json={"Name": "x"}).json() == [
        {
            "message": "Required fields are missing: [Req__c]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Req__c"],
        }
    ]
    below = bench.query("SELECT Name, (SELECT Name FROM Things__r) FROM Account")["records"][0]
    assert [r["Name"] for r in below["Things__r"]["records"]] == ["T"]
    assert bench.query("SELECT Parent__r.Name FROM Thing__c")["records"][0]["Parent__r"]["Name"] == "A"
    assert bench.call("PATCH", "sobjects/Thing__c/Ext__c/k", json={"Name": "U"}).json()["created"] is False
    assert bench.row("Thing__c", thing)["Name"] == "U"
