"""What an org tells of itself as records: its objects, its fields, and what its users looked at last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    thing = {"label": "Thing", "fields": [{"name": "Size__c", "type": "number", "precision": 6, "scale": 2}]}
    with served(make_side(settings={**SETTINGS, "custom_objects": {"Thing__c": thing}})) as made:
        yield made


def test_objects_and_fields_are_records_of_their_definitions(bench):
    names = {r["QualifiedApiName"] for r in bench.query("SELECT QualifiedApiName FROM EntityDefinition")["records"]}
    listed = {r["name"] for r in bench.call("GET", "sobjects").json()["sobjects"]}
    assert names == listed - {"EntityDefinition", "FieldDefinition", "RecentlyViewed"}
    asked = "SELECT DurableId, KeyPrefix, Label, IsEverCreatable FROM EntityDefinition WHERE QualifiedApiName = 'lead'"
    (lead,) = bench.query(asked)["records"]
    assert [lead[n] for n in ("DurableId", "KeyPrefix", "Label", "IsEverCreatable")] == ["Lead", "00Q", "Lead", True]
    asked = (
        "SELECT QualifiedApiName, DataType, EntityDefinition.Label FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = '{}' AND QualifiedApiName = '{}'"
    )
    for entity, name, kind in (
        ("Account", "Name", "Text(255)"), ("Account", "OwnerId", "Lookup(User)"), ("Thing__c", "Size__c", "Number(4, 2)"),
        ("Contact", "Email", "Email"), ("Opportunity", "Amount", "Currency(16, 2)"),
    ):  # fmt: skip
        (row,) = bench.query(asked.format(entity, name))["records"]
        assert (row["DataType"], row["EntityDefinition"]["Label"]) == (kind, entity.removesuffix("__c"))


def test_every_field_that_describe_has_is_a_field_definition(bench):
    for sobject in ("Account", "PricebookEntry", "Thing__c"):
        described = {f["name"] for f in bench.call("GET", f"sobjects/{sobject}/describe").json()["fields"]}
        asked = f"SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = '{sobject}'"
        assert {r["QualifiedApiName"] for r in bench.query(asked)["records"]} == described


def test_what_a_user_may_not_see_is_not_told(bench):
    bench.side.set_switch("hidden_objects", ["Lead"])
    bench.side.set_switch("hidden_fields", {"Account": ["Fax"]})
    assert bench.query("SELECT Id FROM EntityDefinition WHERE QualifiedApiName = 'Lead'")["totalSize"] == 0
    asked = "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinitionId = '{}'"
    assert bench.query(asked.format("Lead"))["totalSize"] == 0
    shown = {r["QualifiedApiName"] for r in bench.query(asked.format("Account"))["records"]}
    assert ("Fax" in shown, "Phone" in shown) == (False, True)


def test_recently_viewed_lists_what_the_user_looked_at_and_is_still_there(bench):
    seen = {
        "Account": bench.make("Account", Name="Seen"),
        "Contact": bench.make("Contact", LastName="Seen"),
        "Thing__c": bench.make("Thing__c", Name="Seen"),
    }
    bench.make("Account", Name="Unseen")
    for sobject in seen:
        bench.query(f"SELECT Id FROM {sobject} WHERE Id = '{seen[sobject]}' FOR VIEW")
    asked = "SELECT Id, Name, Type FROM RecentlyViewed WHERE LastViewedDate != null ORDER BY LastViewedDate DESC"
    assert {(r["Id"], r["Name"], r["Type"]) for r in bench.query(asked)["records"]} == {
        (record_id, "Seen", sobject) for sobject, record_id in seen.items()
    }
    bench.call("DELETE", f"sobjects/Account/{seen['Account']}")
    of_type = "SELECT Id FROM RecentlyViewed WHERE Type IN ('account', 'contact')"
    assert [r["Id"] for r in bench.query(of_type)["records"]] == [seen["Contact"]]


@pytest.mark.parametrize("sobject", ["EntityDefinition", "FieldDefinition", "RecentlyViewed"])
def test_they_are_queried_and_not_written(bench, sobject):
    described = bench.call("GET", f"sobjects/{sobject}/describe").json()
    assert (described["queryable"], described["createable"], described["deletable"]) == (True, False, False)
    assert bench.call("POST", f"sobjects/{sobject}", json={}).status_code == 400


def test_a_parent_is_joined_once_however_often_it_is_named(bench):
    from trueup.twin.salesforce.org import Actor, UserAccess
    from trueup.twin.salesforce.soql import ast
    from trueup.twin.salesforce.soql.scope import Scope

    org = bench.side.org
    scope = Scope(UserAccess(org, Actor("005000000000000AAA")), org.schema.objects["Contact"], "", None)
    columns = {scope.column(ast.Path(("Account", name), 0)).sql for name in ("Name", "Name", "Phone")}
    assert (len(columns), len(scope.joins)) == (2, 1)
