"""Filters of contact lists v1 as branches of today's: the inner lists all hold, of the outer one any does.

The outer and inner lists are HubSpot's ("Create a new contact list", legacy reference); which operators each type of
property has is inferred from today's [U].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.timetext import parse_ms

Json = dict[str, Any]

_KNOWN = {"IS_NOT_EMPTY": "IS_KNOWN", "HAS_PROPERTY": "IS_KNOWN", "IS_EMPTY": "IS_UNKNOWN",
          "NOT_HAS_PROPERTY": "IS_UNKNOWN"}  # fmt: skip
_EQUAL = {"EQ": "IS_EQUAL_TO", "NEQ": "IS_NOT_EQUAL_TO"}
_TEXT = _EQUAL | {
    "CONTAINS": "CONTAINS",
    "NOT_CONTAINS": "DOES_NOT_CONTAIN",
    "STR_STARTS_WITH": "STARTS_WITH",
    "STR_ENDS_WITH": "ENDS_WITH",
}
_NUMBER = _EQUAL | {
    "GT": "IS_GREATER_THAN",
    "GTE": "IS_GREATER_THAN_OR_EQUAL_TO",
    "LT": "IS_LESS_THAN",
    "LTE": "IS_LESS_THAN_OR_EQUAL_TO",
}
_TIME = {"EQ": "IS_EQUAL_TO", "GT": "IS_AFTER", "LT": "IS_BEFORE"}
_CHOICE = {
    "EQ": "IS_EXACTLY",
    "NEQ": "IS_NONE_OF",
    "SET_ANY": "IS_ANY_OF",
    "SET_NOT_ANY": "IS_NONE_OF",
    "SET_EQ": "IS_EXACTLY",
    "SET_NEQ": "IS_NOT_EXACTLY",
    "SET_ALL": "CONTAINS_ALL",
    "SET_NOT_ALL": "DOES_NOT_CONTAIN_ALL",
}
_OPERATORS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "string": ("MULTISTRING", _TEXT | {"SET_ANY": "IS_EQUAL_TO", "SET_NOT_ANY": "IS_NOT_EQUAL_TO"}),
    "number": ("NUMBER", _NUMBER),
    "bool": ("BOOL", _EQUAL),
    "date": ("DATETIME", _TIME),
    "datetime": ("DATETIME", _TIME),
    "enumeration": ("ENUMERATION", _CHOICE),
}


def branch_of(filters: Any, type_of: Callable[[str], str | None]) -> Json:
    """The branch that v1 filters mean; `type_of` says what type a property has, None when there is none."""
    if not isinstance(filters, list) or not all(isinstance(group, list) for group in filters):
        raise ApiError(400, "filters must be a list of lists of filters", category=None)
    groups = [
        {"filterBranchType": "AND", "filterBranches": [], "filters": [_filter(one, type_of) for one in group]}
        for group in filters
    ]
    return {"filterBranchType": "OR", "filterBranches": groups, "filters": []}


def _filter(one: Any, type_of: Callable[[str], str | None]) -> Json:
    name = one.get("property") if isinstance(one, dict) else None
    if not isinstance(name, str):
        raise ApiError(400, "Only filters on contact properties are supported here: property, operator, value",
                       category=None)  # fmt: skip
    kind = type_of(name)
    if kind is None:
        raise ApiError(400, f"Property '{name}' does not exist", category=None)
    return {"filterType": "PROPERTY", "property": name, "operation": _operation(kind, one)}


def _operation(kind: str, one: Json) -> Json:
    asked, value = str(one.get("operator") or "EQ"), one.get("value")
    if asked in _KNOWN:
        return {"operationType": "ALL_PROPERTY", "operator": _KNOWN[asked]}
    operation, names = _OPERATORS.get(kind, _OPERATORS["string"])
    if asked not in names:
        raise ApiError(400, f"Operator {asked} is not known for a property of type {kind}; there are: "
                       + ", ".join(sorted({*names, *_KNOWN})), category=None)  # fmt: skip
    out: Json = {"operationType": operation, "operator": names[asked]}
    if operation in {"ENUMERATION", "MULTISTRING"}:
        many = operation == "ENUMERATION" or asked.startswith("SET_")
        given = value if isinstance(value, list) else str(value).split(";") if many else [value]
        return out | {"values": [str(v) for v in given]}
    if operation == "DATETIME":
        moment = parse_ms(value)
        if moment is None:
            raise ApiError(400, f"'{value}' is not a time in milliseconds", category=None)
        return out | {"timestamp": moment}
    return out | {"value": value}
