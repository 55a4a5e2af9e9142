"""Reads the body of a search: groups of filters, a sort, a page; refuses what goes over a limit (reference 5.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot.bodies import objects, texts
from trueup.twin.hubspot.errors import ApiError

MAX_LIMIT = 200
MAX_RESULTS = 10_000
MAX_BODY = 3_000
_MAX_GROUPS, _MAX_FILTERS, _MAX_ALL = 5, 6, 18

_OPERATORS = {
    *("LT", "LTE", "GT", "GTE"),
    *("EQ", "NEQ", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"),
    *("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one property."""

    name: str
    operator: str
    value: Any = None
    high: Any = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A search as understood."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: tuple[str, bool] | None
    query: str
    properties: tuple[str, ...]
    limit: int
    after: int


def parse(body: Any, size: int, longest: int = MAX_BODY) -> Request:
    """Reads a search body; 400 for what goes over a limit or is not understood."""
    if not isinstance(body, dict):
        raise bad_request()
    # Clients that work send hundreds of names under `properties` (meltano-tap-hubspot does): only the rest counts.
    properties = texts(body.get("properties"), "properties")
    asked = sum(len(name) + 4 for name in properties)
    if size - asked > longest:
        raise ApiError(400, f"The request body may not be longer than {longest} characters; it has {size}.")
    raw_groups = body.get("filterGroups")
    if not raw_groups and body.get("filters"):
        raw_groups = [{"filters": body["filters"]}]
    groups = tuple(
        tuple(_filter(f) for f in objects(group.get("filters"), "filters"))
        for group in objects(raw_groups, "filterGroups")
    )
    if len(groups) > _MAX_GROUPS:
        raise ApiError(400, f"Too many filterGroups were provided: {len(groups)}. The maximum is {_MAX_GROUPS}.")
    if any(len(g) > _MAX_FILTERS for g in groups) or sum(map(len, groups)) > _MAX_ALL:
        raise ApiError(
            400, f"Too many filters were provided. The maximum is {_MAX_FILTERS} in a group, {_MAX_ALL} in all."
        )
    limit, after = _whole(body.get("limit"), 10, "limit"), _whole(body.get("after"), 0, "after")
    if not 0 <= limit <= MAX_LIMIT:
        raise ApiError(400, f"Invalid limit: {limit}. The limit must be between 0 and {MAX_LIMIT}.")
    if after + limit > MAX_RESULTS:
        raise ApiError(400, "The request is outside of the allowed range: only the first 10000 results can be paged.")
    return Request(
        groups,
        _sort(body.get("sorts")),
        str(body.get("query") or ""),
        tuple(properties),
        limit,
        after,
    )


def bad_request() -> ApiError:
    """HubSpot's plain 400 for a filter that it does not understand (recorded in 2020, later texts unverified)."""
    return ApiError(400, "There was a problem with the request.", category=None)


def _whole(raw: Any, default: int, name: str) -> int:
    if raw is None or raw == "":
        return default
    try:
        return int(raw)
    except (TypeError, ValueError):
        raise ApiError(400, f"Invalid {name}: {raw}") from None


def _filter(raw: Any) -> Filter:
    if not isinstance(raw, dict) or raw.get("operator") not in _OPERATORS or not raw.get("propertyName"):
        raise bad_request()
    operator = raw["operator"]
    listed = tuple(texts(raw.get("values"), "values"))
    if operator in {"IN", "NOT_IN"} and not listed:
        raise bad_request()
    if operator not in {"IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"} and raw.get("value") is None:
        raise bad_request()
    if operator == "BETWEEN" and raw.get("highValue") is None:
        raise bad_request()
    return Filter(str(raw["propertyName"]), operator, raw.get("value"), raw.get("highValue"), listed)


def _sort(raw: Any) -> tuple[str, bool] | None:
    if not raw:
        return None
    if not isinstance(raw, list):
        raise bad_request()
    if len(raw) > 1:
        raise ApiError(400, "Only one sort is supported")
    first = raw[0]
    if isinstance(first, str):
        return first.removeprefix("-"), first.startswith("-")
    if not isinstance(first, dict):
        raise bad_request()
    name = first.get("propertyName")
    if not name:
        raise bad_request()
    return str(name), str(first.get("direction", "ASCENDING")).upper() == "DESCENDING"
