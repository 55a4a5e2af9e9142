"""Picklists whose values depend on another field, as describe tells them and clients read them."""

from __future__ import annotations

import base64

import pytest
from salesforce_bench import SETTINGS, make_side, served

FIELDS = {
    "custom_fields": {
        "Account": [
            {"name": "Region__c", "type": "picklist", "values": [f"R{n:02d}" for n in range(30)]},
            {"name": "City__c", "type": "picklist", "values": ["Graz", "Linz", "Wien"]},
            {"name": "Paying__c", "type": "checkbox"},
            {"name": "Plan__c", "type": "picklist", "values": ["Free", "Pro"]},
        ]
    },
    "dependent_picklists": {
        "Account.City__c": {"controller": "Region__c", "values": {"R00": ["Graz", "Linz"], "R29": ["Wien", "Linz"]}},
        "Account.Plan__c": {"controller": "Paying__c", "values": {"true": ["Pro"], "false": ["Free"]}},
    },
}


def choices(valid_for: str) -> list[int]:
    """The positions of the controlling values, read as the documentation's own example reads them."""
    data = base64.b64decode(valid_for)
    return [n for n in range(len(data) * 8) if data[n >> 3] & (0x80 >> n % 8)]


def test_describe_tells_which_values_go_with_which():
    with served(make_side(FIELDS)) as bench:
        fields = {f["name"]: f for f in bench.call("GET", "sobjects/Account/describe").json()["fields"]}
        city = fields["City__c"]
        assert (city["dependentPicklist"], city["controllerName"]) == (True, "Region__c")
        valid = {c["value"]: c["validFor"] for c in city["picklistValues"]}
        assert {v: choices(bits) for v, bits in valid.items()} == {"Graz": [0], "Linz": [0, 29], "Wien": [29]}
        assert valid["Graz"] == "gAAA"
        plan = {c["value"]: choices(c["validFor"]) for c in fields["Plan__c"]["picklistValues"]}
        assert plan == {"Free": [0], "Pro": [1]}
        for name in ("Region__c", "Industry"):
            assert (fields[name]["dependentPicklist"], fields[name]["controllerName"]) == (False, None)
            assert {c["validFor"] for c in fields[name]["picklistValues"]} == {None}
        soap = bench.soap("<u:describeSObject><u:sObjectType>Account</u:sObjectType></u:describeSObject>").text
        assert "<controllerName>Region__c</controllerName>" in soap
        assert "<validFor>gAAA</validFor>" in soap
        # Describe tells, the API does not enforce.
        made = bench.make("Account", Name="A", Region__c="R01", City__c="Graz")
        assert bench.row("Account", made)["City__c"] == "Graz"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"Account.Nothing": {"controller": "Industry", "values": {}}}, "Account.Nothing is not a picklist"),
        ({"Account.Rating": {"controller": "Phone", "values": {}}}, "needs a controller, a picklist or checkbox"),
        ({"Account.Rating": {"controller": "Industry", "values": {"Nonsense": ["Hot"]}}}, "has no value 'Nonsense'"),
        ({"Account.Rating": {"controller": "Industry", "values": {"Banking": ["Tepid"]}}}, "has no value 'Tepid'"),
    ],
)
def test_a_dependency_that_cannot_be_is_told_when_the_org_is_made(entry, said):
    with pytest.raises(KeyError, match=said):
        make_side({**SETTINGS, "dependent_picklists": entry})
