"""Search without SOSL: parameters in the address or in a JSON body.

[doc rest-api/search-with-parameters-in-the-uri, search-with-parameters-in-the-request-body]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from .call import Answer, Call
from .search import answered, everywhere, hits, searchable

_MOST = 2000
_NULLS = re.compile(r"\bNULLS_(FIRST|LAST)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one object: its fields and clauses, empty where the request says nothing of its own."""

    name: str
    fields: str = ""
    where: str = ""
    order: str = ""
    limit: int | None = None


def parameterized(call: Call) -> Answer:
    """GET and POST parameterizedSearch."""
    given: Mapping[str, Any] = call.json_object() if call.method == "POST" else call.query
    term = str(given.get("q") or "")
    if not term:
        raise ApiError("MALFORMED_SEARCH", "q is required")
    wanted = _of_body(given) if call.method == "POST" else _of_address(call.query)
    overall = whole(given, "overallLimit", whole(given, "limit", _MOST))
    each, offset = whole(given, "defaultLimit", _MOST), whole(given, "offset", 0)
    if offset and len(wanted) != 1:
        raise ApiError("MALFORMED_SEARCH", "Only one sobject can be specified with offset")
    group = str(given.get("in") or "ALL").upper().removesuffix(" FIELDS")
    everything = given.get("fields") or "Id"
    general = everything if isinstance(everything, str) else ",".join(map(str, everything))
    records: list[Any] = []
    for one in wanted or [Wanted(name) for name in everywhere(call)]:
        room = min(overall - len(records), each if one.limit is None else one.limit)
        inner = one.fields or general
        inner += f" WHERE {one.where}" if one.where else ""
        inner += " ORDER BY " + _NULLS.sub(r"NULLS \1", one.order) if one.order else ""
        found = hits(call, searchable(call, one.name), term, group, inner, room + offset)
        records += found[offset:]
    return answered(call, records)


def whole(given: Mapping[str, Any], name: str, default: int) -> int:
    """A number among the parameters, from 0 to 2,000; 400 for anything else."""
    raw = given.get(name)
    if raw is None or raw == "":
        return default
    text = str(raw).strip()
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or int(text) > _MOST:
        raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", f"{name} must be a number from 0 to {_MOST}: {text}")
    return int(text)


def _of_address(query: Mapping[str, str]) -> list[Wanted]:
    plain = {key.lower(): value for key, value in query.items()}
    names = [n.strip() for n in plain.get("sobject", "").split(",") if n.strip()]

    def own(name: str, what: str) -> str:
        return plain.get(f"{name.lower()}.{what}", "")

    return [
        Wanted(n, own(n, "fields"), own(n, "where"), own(n, "orderby"), _limit({"limit": own(n, "limit")}))
        for n in names
    ]


def _of_body(body: Mapping[str, Any]) -> list[Wanted]:
    listed = next((value for key, value in body.items() if key.lower() == "sobjects"), None) or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("name") for one in listed):
        raise ApiError("JSON_PARSER_ERROR", "sobjects must be a list of objects with a name")
    return [
        Wanted(
            str(one["name"]),
            _joined(one.get("fields")),
            str(one.get("where") or ""),
            str(one.get("orderBy") or ""),
            _limit(one),
        )
        for one in listed
    ]


def _limit(given: Mapping[str, Any]) -> int | None:
    return whole(given, "limit", _MOST) if given.get("limit") not in (None, "") else None


def _joined(fields: str | Iterable[Any] | None) -> str:
    return fields if isinstance(fields, str) else ",".join(map(str, fields or []))
