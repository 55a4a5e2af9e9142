"""Between plan and apply somebody edits exactly fifty of the planned values: exactly those are stale."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from typing import Any

import pytest
from flow_desk import Desk, planned

pytestmark = pytest.mark.xdist_group("flows-prepared")

EDITS = 50

# What somebody might type, by the field's canonical name; each differs from before and after.
_TYPED = {
    "phone": "+1 212 555 01{:02}",
    "mobile": "+1 646 555 01{:02}",
    "amount": "77{:02}",
    "annual_revenue": "88{:02}000",
    "linkedin_url": "https://www.linkedin.com/in/somebody-{}",
    "postcode": "9{:04}",
    "street": "{} Somebody Street",
    "city": "Somewhere {}",
    "title": "Somebody {}",
}


def native_fields(desk: Desk) -> Mapping[tuple[str, str, str], str]:
    """(system, object, canonical field) → the CRM's field."""
    import json

    found = {}
    with sqlite3.connect(desk.store) as connection:
        for system, name, body in connection.execute("SELECT system, object, body FROM schemas"):
            for field in json.loads(body)["fields"]:
                if field.get("canonical"):
                    found.setdefault((system, name, field["canonical"]), field["name"])
    connection.close()
    return found


def edits(desk: Desk, changes: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str, str]]:
    """Fifty planned updates, each with the CRM's field and a value of somebody's own."""
    natives = native_fields(desk)
    able = []
    for change in changes:
        system, _, rest = change["target"].partition(":")
        name = rest.partition("/")[0]
        if change["action"] != "update" or change["needs"]:
            continue
        if change["field"] == "foreign_ids" and system == "salesforce":
            able.append((change, "HubSpot_Id__c", "8800{:03}"))
        elif change["field"] in _TYPED:
            able.append((change, natives[system, name, change["field"]], _TYPED[change["field"]]))
    one_each = list({change["target"]: (change, *rest) for change, *rest in able}.values())
    chosen = random.Random(50).sample(one_each, EDITS)
    return [(change, native, text.format(n)) for n, (change, native, text) in enumerate(chosen)]


def test_exactly_the_edited_values_are_stale_and_all_others_are_applied(desk: Desk) -> None:
    plan = planned(desk)
    rules = sorted({change["rule"] for change in plan["changes"]} - {"merge", "convert"})
    desk.trueup("approve", *(word for rule in rules for word in ("--rule", rule))).ok()
    chosen = edits(desk, plan["changes"])
    assert len({change["field"] for change, _, _ in chosen}) >= 5
    for change, native, value in chosen:
        system, _, rest = change["target"].partition(":")
        name, _, id_ = rest.partition("/")
        desk.twin.control.edit(system, name, id_, {native: value})
    edited = desk.photograph()

    applied = desk.trueup("apply", "--force", "--json").ok(4).json

    outcomes = {receipt["change"]: receipt["outcome"] for receipt in applied["receipts"]}
    stale = {change for change, outcome in outcomes.items() if outcome == "stale"}
    assert stale == {change["id"] for change, _, _ in chosen}
    unapproved = {change["id"] for change in plan["changes"] if change["rule"] not in rules}
    wanted = {c["id"] for c in plan["changes"] if c["rule"] in rules and unapproved.isdisjoint(c["needs"])}
    assert {outcomes[change] for change in wanted - stale} == {"applied"}
    assert {outcomes[change["id"]] for change in plan["changes"]} == {"applied", "stale", "skipped"}
    assert sum(n for outcome, n in applied["counts"].items() if outcome != "planned") == applied["counts"]["planned"]

    # What somebody typed is still there, and nothing has been sent to these fields.
    now = desk.photograph()
    for change, native, _ in chosen:
        system, _, rest = change["target"].partition(":")
        name, _, id_ = rest.partition("/")
        assert (
            now[system, name][id_].get(native) == edited[system, name][id_].get(native) not in (None, change["after"])
        )
    # What moved is said with each.
    said = {receipt["change"]: receipt for receipt in applied["receipts"]}
    for change, _, _ in chosen:
        assert said[change["id"]]["message"]
        assert change["field"] in said[change["id"]]["observed"]
