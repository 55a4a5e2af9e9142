"""No body and no query makes the twin fail: what it cannot read is refused, as HubSpot refuses it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import campaigns
import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.rest import RULES

ODD = [
    None,
    [],
    {},
    "",
    0,
    -1,
    1.5,
    True,
    "x",
    [1],
    [None],
    ["a"],
    [[]],
    {"a": 1},
    [{}],
    {"id": None},
    "9" * 40,
    "ü\x00",
]
KEYS = re.findall(
    r"\w+",
    "inputs id properties associations to from types filterGroups filters propertyName operator value values highValue"
    " sorts limit after query name label type fieldType groupName options objectId primaryObjectId objectIdToMerge"
    " idProperty associationCategory associationTypeId stages metadata displayOrder listIds count offset processingType"
    " objectTypeId filterBranch exportType format objectType objectProperties publicCrmSearchRequest maxToObjectIds"
    " category typeId vids emails ids engagement hasUniqueValue dataSensitivity archived recordIdsToAdd"
    " recordIdsToRemove eventType active targetUrl throttling labels requiredProperties primaryDisplayProperty"
    " ruleArguments direction objectWriteTraceId propertiesWithHistory associatedObjectType property vid email listId"
    " additionalProperties requestOptions",
)
QUERY = re.findall(
    r"\w+",
    "limit after count offset vidOffset timeOffset since archived properties associations propertiesWithHistory"
    " idProperty property q includeFilters legacyListId email dataSensitivity fromObjectTypeId listName",
)
VALUES = ("1", "x", "-1", "", "true", "email", "companies", "0", "9" * 30, "1.5")


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"plan": "enterprise"})
    yield Caller(side)
    side.close()


class Dice:
    """Draws addresses and bodies, half of their parts sensible."""

    def __init__(self, seed: int, ids: list[str], app_id: int) -> None:
        self.roll = random.Random(seed)
        good = ["email", "contacts", "0-1", "EQ", "HUBSPOT_DEFINED", 279, "CONTACT", "VIEW", "LIST", "CSV", "MANUAL"]
        self.good: list[Any] = [*ids, *good, "string", "text", "contactinformation", "lead", "2026-01-01"]
        self.places = {
            "type": ["contacts", "deals", "companies", "tickets", "calls"],
            "to": ["companies", "contacts", "deals"],
            "id": [*ids, "abc", "0"],
            "name": ["email", "nosuch", "lifecyclestage"],
            "list": ["1", "99", "x"],
            "pipeline": ["default", "x", "contacts-lifecycle-pipeline"],
            "stage": ["closedwon", "x"],
            "app": [str(app_id)],
            "typeId": ["279", "x"],
            "kind": ["279", "contact_to_company", "zz"],
            "group": ["contactinformation", "x"],
        }

    def value(self, depth: int = 0) -> Any:
        draw = self.roll.random()
        if depth > 3 or draw < 0.35:
            return self.roll.choice(ODD)
        if draw < 0.6:
            return self.roll.choice(self.good)
        if draw < 0.8:
            return [self.value(depth + 1) for _ in range(self.roll.randint(0, 2))]
        return self.body(depth + 1)

    def body(self, depth: int = 0) -> dict[str, Any]:
        return {self.roll.choice(KEYS): self.value(depth + 1) for _ in range(self.roll.randint(0, 6))}

    def target(self, path: str) -> str:
        filled = re.sub(r"\{(\w+)\}", lambda m: self.roll.choice(self.places.get(m[1], ["1", "x", "0"])), path)
        pairs = [f"{self.roll.choice(QUERY)}={self.roll.choice(VALUES)}" for _ in range(self.roll.randint(0, 3))]
        return f"{filled}?{'&'.join(pairs)}"


@pytest.mark.campaign
def test_whatever_is_sent_is_answered_or_refused(call: Caller) -> None:
    records = (("contacts", {"email": "a@b.example"}), ("companies", {"name": "A"}), ("deals", {"dealname": "D"}))
    ids = [call("POST", f"/crm/v3/objects/{kind}", {"properties": new}).json["id"] for kind, new in records]
    call("POST", "/crm/v3/lists", {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"})
    rounds = campaigns.part(100, least=2)
    failed = []

    for seed in range(rounds):
        dice = Dice(seed, ids, call.side.portal.auth.app_id)
        for rule in RULES:
            body = dice.value() if dice.roll.random() < 0.3 else dice.body()
            target = dice.target(rule.path)
            status = call(rule.method, target, None if rule.method in {"GET", "DELETE"} else body).status
            campaigns.count("calls")
            if status == 500:
                failed.append((rule.method, target, body))

    assert not failed, failed[:5]
