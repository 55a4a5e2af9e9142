"""Every property of which the facts are known is defined as HubSpot defines it: all of the facts file, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hubspot_bench import Caller, account

FACTS = Path(__file__).parents[3] / "shared/reference/hubspot-properties.csv"
FLAGS = ("calculated", "externalOptions", "hasUniqueValue", "hidden", "formField")
MODIFYING = ("readOnlyValue", "readOnlyDefinition")
NOT_KNOWN = {"hs_keywords", "web_technologies"}
"""Of their options the facts name one in a thousand; they list none and take any value."""


@pytest.fixture(scope="module")
def defined() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    side = account(lifecycle_stages=[])
    call = Caller(side)
    found = {}
    for object_ in ("contacts", "companies"):
        for row in call("GET", f"/crm/v3/properties/{object_}").json["results"]:
            found[object_, row["name"]] = row
    side.close()
    return found


@pytest.mark.skipif(not FACTS.exists(), reason="the facts file is not there")
def test_every_property_is_defined_as_the_facts_say(defined: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
    rows = list(csv.DictReader(FACTS.read_text(encoding="utf-8").splitlines()))
    wrong: list[tuple[str, ...]] = []
    for row in rows:
        key = row["object"], row["name"]
        if key not in defined:
            wrong.append((*key, "is not defined"))
            continue
        found = defined[key]
        told = {name: found[name] for name in ("label", "type", "fieldType", "groupName")}
        told |= {name: "01"[bool(found[name])] for name in FLAGS}
        told |= {name: "01"[bool(found["modificationMetadata"][name])] for name in MODIFYING}
        wrong += [(*key, name, value, row[name]) for name, value in told.items() if value != row[name]]
        wrong += [(*key, *problem) for problem in _options(row, [o["value"] for o in found["options"]])]

    assert len(rows) > 590
    assert not wrong, "\n".join(map(str, wrong))


def _options(row: Mapping[str, str], values: list[str]) -> list[tuple[str, ...]]:
    many = re.match(r"\((\d+) values, first: (.*)\)", row["options"])
    if row["name"] in NOT_KNOWN:
        return []
    expected: tuple[str, ...]
    told: tuple[str, ...]
    if many:
        expected, told = (many[1], many[2]), (str(len(values)), values[0] if values else "")
    else:
        expected, told = tuple(row["options"].split("|")) if row["options"] else (), tuple(values)
    return [] if expected == told else [("options", str(told), str(expected))]


@pytest.mark.parametrize(("value", "status"), [("us_slash_eastern", 200), ("US/Eastern", 400)])
def test_a_time_zone_is_one_of_hubspots_names(value: str, status: int) -> None:
    side = account()
    call = Caller(side)
    made = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@zone.example"}}).json["id"]

    assert call("PATCH", f"/crm/v3/objects/contacts/{made}", {"properties": {"hs_timezone": value}}).status == status
    side.close()
