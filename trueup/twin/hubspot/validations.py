"""What an account's admins demand of values: rules per property, and properties that a new record must have.

The numbered paths ignore all of it; writes to the paths of 2026-09 and later are held to it (reference 1 and 9.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.types import ObjectType
from trueup.twin.hubspot.values import Problem

Json = dict[str, Any]

RULE_TYPES = frozenset(
    {
        *("REGEX", "MIN_LENGTH", "MAX_LENGTH", "MIN_NUMBER", "MAX_NUMBER", "ALPHANUMERIC", "SPECIAL_CHARACTERS"),
        *(
            "EMAIL_BLOCKED_DOMAINS",
            "EMAIL_ALLOWED_DOMAINS",
            "WHITESPACE",
            "BEFORE_DATE",
            "AFTER_DATE",
            "CAPITAL_LETTER",
        ),
    }
)
"""The rules that can be set; those of them that are not checked here only show (dates, letters)."""


class Validations:
    """The rules of one portal: those of the world's settings, and those that callers put."""

    def __init__(self, store: Store, catalogue: Catalogue, switches: Switches, settings: Mapping[str, Any]) -> None:
        self._store = store
        self._catalogue = catalogue
        self._switches = switches
        self._required: Mapping[str, list[str]] = dict(settings.get("required_on_create") or {})
        for name, by_property in dict(settings.get("validations") or {}).items():
            for prop, rules in by_property.items():
                if store.kv_get("validation", f"{name}/{prop}") is None:
                    store.kv_put("validation", f"{name}/{prop}", rules)

    def of(self, object_type: ObjectType) -> dict[str, list[Json]]:
        """The rules of a type's properties, by name."""
        out: dict[str, list[Json]] = {}
        for key, rules in self._store.kv_all("validation").items():
            name, _, prop = key.partition("/")
            if name == object_type.name and rules:
                out[prop] = [
                    {"ruleType": r["ruleType"], "ruleArguments": [str(a) for a in r["ruleArguments"]]} for r in rules
                ]
        return out

    def put(self, object_type: ObjectType, prop: str, rule: str, arguments: list[Any]) -> None:
        """Sets one rule of a property; no arguments takes it away, but for rules that have none."""
        if rule not in RULE_TYPES:
            raise ApiError(400, f"Unknown rule type {rule}")
        if self._catalogue.get(object_type.name, prop) is None:
            raise ApiError(404, f"Property '{prop}' does not exist", category="OBJECT_NOT_FOUND")
        kept = [r for r in self.of(object_type).get(prop, []) if r["ruleType"] != rule]
        put = {"ruleType": rule, "ruleArguments": arguments}
        self._store.kv_put("validation", f"{object_type.name}/{prop}", [*kept, put])

    def enforced(self, asked_path: str) -> bool:
        """Whether a write to that address is held to the rules."""
        found = re.search(r"/(\d{4}-\d{2})/", asked_path)
        return found is not None and found.group(1) >= str(self._switches["rules_enforced_from"])

    def problems(self, object_type: ObjectType, values: Mapping[str, Any]) -> list[Problem]:
        """The values that break a rule."""
        rules = self.of(object_type)
        out = []
        for name, raw in values.items():
            text = "" if raw is None else str(raw)
            for rule in rules.get(name, ()):
                if text and not _holds(rule["ruleType"], rule["ruleArguments"], text):
                    message = f"{text} does not satisfy the validation rule {rule['ruleType']} of {name}"
                    out.append(Problem(name, "INVALID_VALUE", message))
        return out

    def refuse_missing(self, object_type: ObjectType, values: Mapping[str, Any]) -> None:
        """400 naming the properties that a new record must have and does not."""
        missing = [n for n in self._required.get(object_type.name, ()) if not values.get(n)]
        if missing:
            raise ApiError(
                400,
                f"Error creating {object_type.internal}. Some required properties were missing: [{', '.join(missing)}]",
                context={"properties": missing},
            )


def _holds(kind: str, arguments: list[str], text: str) -> bool:
    first = arguments[0] if arguments else ""
    if kind == "REGEX":
        try:
            return re.search(first, text) is not None
        except re.error:
            return True
    if kind in {"MIN_LENGTH", "MAX_LENGTH", "MIN_NUMBER", "MAX_NUMBER"}:
        try:
            size = float(len(text)) if kind.endswith("LENGTH") else float(text)
            return size >= float(first) if kind.startswith("MIN") else size <= float(first)
        except ValueError:
            return True
    if kind in {"EMAIL_BLOCKED_DOMAINS", "EMAIL_ALLOWED_DOMAINS"}:
        listed = {part.strip().lower() for a in arguments for part in a.split(",")}
        return (text.lower().rpartition("@")[2] in listed) == (kind == "EMAIL_ALLOWED_DOMAINS")
    if kind == "ALPHANUMERIC":
        return text.isalnum()
    if kind == "WHITESPACE":
        return not any(c.isspace() for c in text)
    return True
