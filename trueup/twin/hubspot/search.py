"""Search: the body becomes filters, the filters become SQL over what the index believes.

The index trails behind writes, but the rows that a hit shows are read fresh: a hit may no longer match its own filter,
and `total` may be larger than what comes (reference 5.8).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.definitions import Definition
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.store import Row, Store, json_path
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.timetext import day_text, iso, parse_ms
from trueup.twin.hubspot.types import ObjectType, Types

MAX_LIMIT = 200
MAX_RESULTS = 10_000
MAX_BODY = 3_000
_MAX_GROUPS, _MAX_FILTERS, _MAX_ALL = 5, 6, 18

_COMPARE = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_OPERATORS = {
    *_COMPARE,
    *("EQ", "NEQ", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"),
    *("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"),
}

QUERY_PROPERTIES = {
    "contacts": (
        *("firstname", "lastname", "email", "phone", "hs_additional_emails", "fax", "mobilephone", "company"),
        "hs_marketable_until_renewal",
    ),
    "companies": ("website", "phone", "name", "domain"),
    "deals": ("dealname", "pipeline", "dealstage", "description", "dealtype"),
    "tickets": ("subject", "content", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_id"),
    "calls": ("hs_call_title", "hs_body_preview"),
    "emails": ("hs_email_subject",),
    "meetings": ("hs_meeting_title", "hs_meeting_body"),
    "notes": ("hs_note_body",),
    "tasks": ("hs_task_body", "hs_task_subject"),
    "leads": ("hs_lead_name",),
}
"""Where `query` looks (reference 5.8)."""


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


def parse(body: Any, size: int) -> Request:
    """Reads a search body; 400 for what goes over a limit or is not understood."""
    if not isinstance(body, dict):
        raise _bad()
    if size > MAX_BODY and len(str(body.get("query") or "")) > MAX_BODY:
        raise ApiError(400, f"The query may not be longer than {MAX_BODY} characters")
    raw_groups = body.get("filterGroups")
    if not raw_groups and body.get("filters"):
        raw_groups = [{"filters": body["filters"]}]
    groups = tuple(tuple(_filter(f) for f in group.get("filters") or ()) for group in raw_groups or ())
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
        tuple(body.get("properties") or ()),
        limit,
        after,
    )


def _bad() -> ApiError:
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
        raise _bad()
    operator = raw["operator"]
    listed = tuple(raw.get("values") or ())
    if operator in {"IN", "NOT_IN"} and not listed:
        raise _bad()
    if operator not in {"IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"} and raw.get("value") is None:
        raise _bad()
    if operator == "BETWEEN" and raw.get("highValue") is None:
        raise _bad()
    return Filter(str(raw["propertyName"]), operator, raw.get("value"), raw.get("highValue"), listed)


def _sort(raw: Any) -> tuple[str, bool] | None:
    if not raw:
        return None
    if len(raw) > 1:
        raise ApiError(400, "Only one sort is supported")
    first = raw[0]
    if isinstance(first, str):
        return first.removeprefix("-"), first.startswith("-")
    name = first.get("propertyName")
    if not name:
        raise _bad()
    return str(name), str(first.get("direction", "ASCENDING")).upper() == "DESCENDING"


class Searcher:
    """Runs searches against one portal's store."""

    def __init__(self, store: Store, types: Types, catalogue: Catalogue, switches: Switches) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._switches = switches
        store.db.create_function("has_token", 2, _has_token, deterministic=True)
        store.db.create_function("folded", 1, _folded, deterministic=True)

    def run(self, object_type: ObjectType, request: Request, now: int) -> tuple[int, list[Row], bool]:
        """The total, the rows of the page (read fresh), and whether there are more."""
        where, values = self._where(object_type, request)
        store = self._store
        with store.lock:
            store.forget(now)
            source, source_values = self._source(object_type)
            order = self._order(object_type, request.sort)
            try:
                total = store.db.execute(
                    f"SELECT count(*) FROM {source} WHERE {where}", (*source_values, *values)
                ).fetchone()[0]
                ids = [
                    i
                    for (i,) in store.db.execute(
                        f"SELECT id FROM {source} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
                        (*source_values, *values, request.limit, request.after),
                    )
                ]
            except sqlite3.OperationalError as error:
                raise _bad() from error
            fresh = store.get_many(object_type, ids)
        rows = [fresh[i] for i in ids if i in fresh and not fresh[i].archived]
        return int(total), rows, request.after + len(ids) < total and bool(ids)

    def _source(self, object_type: ObjectType) -> tuple[str, tuple[int, ...]]:
        """What the index believes: the table, with the rows written of late replaced by what they were before."""
        table = object_type.table
        if not self._store.has_stale:
            return f"(SELECT * FROM {table} WHERE NOT archived)", ()
        n = object_type.number
        sql = (
            f"(SELECT id, created, updated, props FROM {table}"
            " WHERE NOT archived AND id NOT IN (SELECT id FROM stale WHERE type = ?)"
            " UNION ALL SELECT id, created, updated, props FROM stale AS s WHERE type = ? AND existed AND NOT archived"
            " AND seq = (SELECT min(seq) FROM stale AS o WHERE o.type = s.type AND o.id = s.id))"
        )
        return sql, (n, n)

    def _order(self, object_type: ObjectType, sort: tuple[str, bool] | None) -> str:
        if sort is None:
            return "created, id"
        name, descending = sort
        definition = self._definition(object_type, name)
        way = " DESC" if descending else ""
        column = self._column(object_type, name)
        if column == "id":
            return f"id{way}"
        if column is None:
            column = json_path(name)
            if definition.type == "number":
                column = f"CAST({column} AS REAL)"
            elif definition.type == "string":
                column = f"{column} COLLATE NOCASE"
        return f"{column}{way}, id"

    def _where(self, object_type: ObjectType, request: Request) -> tuple[str, list[Any]]:
        values: list[Any] = []
        parts = []
        if request.groups:
            alternatives = []
            for group in request.groups:
                conditions = [self._condition(object_type, f, values) for f in group]
                alternatives.append(" AND ".join(conditions) if conditions else "1")
            parts.append("(" + " OR ".join(f"({a})" for a in alternatives) + ")")
        if request.query:
            names = QUERY_PROPERTIES.get(object_type.name, ())
            for word in request.query.split():
                tests = [f"has_token({json_path(name)}, ?)" for name in names]
                parts.append("(" + (" OR ".join(tests) or "0") + ")")
                values.extend([f"*{word}*"] * len(names))
        return " AND ".join(parts) or "1", values

    def _definition(self, object_type: ObjectType, name: str) -> Definition:
        found = self._catalogue.get(object_type.name, name)
        if found is None:
            raise _bad()
        return found

    def _column(self, object_type: ObjectType, name: str) -> str | None:
        columns = {"hs_object_id": "id", object_type.created: "created", object_type.modified: "updated"}
        return columns.get(name)

    def _condition(self, object_type: ObjectType, f: Filter, values: list[Any]) -> str:
        if f.name.startswith("associations."):
            return self._associated(object_type, f, values)
        definition = self._definition(object_type, f.name)
        column = self._column(object_type, f.name)
        if f.operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
            if column:
                return "1" if f.operator == "HAS_PROPERTY" else "0"
            return f"{json_path(f.name)} IS {'NOT ' if f.operator == 'HAS_PROPERTY' else ''}NULL"
        if column:
            return _typed(column, f, values, _ms if column != "id" else _number, missing="0")
        path = json_path(f.name)
        missing = f"{path} IS NULL" if self._switches["negation_matches_missing"] else "0"
        if f.operator == "CONTAINS_TOKEN":
            values.append(str(f.value))
            return f"has_token({path}, ?)"
        if f.operator == "NOT_CONTAINS_TOKEN":
            values.append(str(f.value))
            return f"NOT coalesce(has_token({path}, ?), 0)"
        if definition.type == "number":
            return _typed(f"CAST({path} AS REAL)", f, values, _number, missing=missing, guard=f"{path} IS NOT NULL")
        if definition.type == "datetime":
            # Without the Z a full second sorts before its own fractions, as text must.
            return _typed(f"rtrim({path}, 'Z')", f, values, _instant, missing=missing)
        if definition.type == "date":
            return _typed(path, f, values, _day, missing=missing)
        if definition.type == "enumeration":
            return _enumeration(path, definition, f, values, missing)
        return _text(path, f, values, missing)

    def _associated(self, object_type: ObjectType, f: Filter, values: list[Any]) -> str:
        other = self._types.get(f.name.removeprefix("associations."))
        if other is None:
            raise _bad()
        chosen = list(f.values) if f.operator in {"IN", "NOT_IN"} else [f.value]
        sql = "id IN (SELECT to_id FROM association WHERE from_type = ? AND to_type = ?"
        if f.operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
            sql = "id IN (SELECT from_id FROM association WHERE from_type = ? AND to_type = ?)"
            values.extend((object_type.number, other.number))
            return sql if f.operator == "HAS_PROPERTY" else f"NOT {sql}"
        try:
            ids = [int(v) for v in chosen]
        except (TypeError, ValueError):
            raise _bad() from None
        if f.operator not in {"EQ", "NEQ", "IN", "NOT_IN"}:
            raise _bad()
        values.extend((other.number, object_type.number, *ids))
        sql += f" AND from_id IN ({','.join('?' * len(ids))}))"
        return sql if f.operator in {"EQ", "IN"} else f"NOT {sql}"


def _typed(column: str, f: Filter, values: list[Any], read: Any, *, missing: str, guard: str = "") -> str:
    """A comparison of numbers, instants or days, with `read` turning the caller's value into the column's."""
    if f.operator == "BETWEEN":
        values.extend((read(f.value), read(f.high)))
        return f"{column} BETWEEN ? AND ?"
    if f.operator in _COMPARE:
        values.append(read(f.value))
        test = f"{column} {_COMPARE[f.operator]} ?"
        return f"({guard} AND {test})" if guard else test
    if f.operator in {"IN", "NOT_IN"}:
        values.extend(read(v) for v in f.values)
        test = f"{column} IN ({','.join('?' * len(f.values))})"
        return test if f.operator == "IN" else f"(NOT {test} OR {missing})"
    if f.operator in {"EQ", "NEQ"}:
        values.append(read(f.value))
        return f"{column} = ?" if f.operator == "EQ" else f"({column} <> ? OR {missing})"
    raise _bad()


def _enumeration(path: str, definition: Definition, f: Filter, values: list[Any], missing: str) -> str:
    """Options compare with their case; a multiple choice holds each of its parts."""
    if f.operator in {"EQ", "NEQ"}:
        chosen: Sequence[Any] = [f.value]
    elif f.operator in {"IN", "NOT_IN"}:
        chosen = f.values
    else:
        return _text(path, f, values, missing)
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in chosen]
    if definition.multiple:
        values.extend(f";{t};" for t in texts)
        test = "(" + " OR ".join([f"instr(';' || {path} || ';', ?) > 0"] * len(texts)) + ")"
    else:
        values.extend(texts)
        test = f"{path} IN ({','.join('?' * len(texts))})"
    return test if f.operator in {"EQ", "IN"} else f"(NOT coalesce({test}, 0) AND ({path} IS NOT NULL OR {missing}))"


def _text(path: str, f: Filter, values: list[Any], missing: str) -> str:
    """Text compares without case; `IN` wants its values in lower case, and finds nothing otherwise."""
    if f.operator in {"EQ", "NEQ"}:
        text = str(f.value).lower() if isinstance(f.value, bool) else str(f.value)
        if text.isascii():
            # The same expression as the index's, so that SQLite uses it.
            values.append(text)
            test = f"{path} COLLATE NOCASE = ?"
        else:
            values.append(text.casefold())
            test = f"folded({path}) = ?"
        return test if f.operator == "EQ" else f"(NOT {test} OR {missing})"
    if f.operator in {"IN", "NOT_IN"}:
        texts = [str(v) for v in f.values if str(v) == str(v).lower()]
        if not texts:
            return "0" if f.operator == "IN" else "1"
        values.extend(texts)
        test = f"{path} COLLATE NOCASE IN ({','.join('?' * len(texts))})"
        return test if f.operator == "IN" else f"(NOT {test} OR {missing})"
    if f.operator == "BETWEEN":
        values.extend((str(f.value).casefold(), str(f.high).casefold()))
        return f"folded({path}) BETWEEN ? AND ?"
    values.append(str(f.value).casefold())
    return f"folded({path}) {_COMPARE[f.operator]} ?"


def _ms(raw: Any) -> int:
    found = parse_ms(raw)
    if found is None:
        raise _bad()
    return found


def _instant(raw: Any) -> str:
    return iso(_ms(raw)).rstrip("Z")


def _day(raw: Any) -> str:
    return day_text(_ms(raw))


def _number(raw: Any) -> float | int:
    try:
        text = str(raw).strip()
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        raise _bad() from None


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


_WORD = re.compile(r"\w+", re.UNICODE)


@lru_cache(maxsize=512)
def _pattern(token: str) -> re.Pattern[str]:
    return re.compile(translate(token))


def _has_token(text: str | None, token: str) -> int:
    """Whether a text contains a token: a whole word, or a pattern when there is a `*`."""
    if text is None:
        return 0
    low, wanted = text.casefold(), token.casefold().strip()
    if "*" in wanted:
        match = _pattern(wanted).match
        return int(any(match(part) for part in (low, *low.split(), *_WORD.findall(low))))
    words = _WORD.findall(low)
    sought = _WORD.findall(wanted)
    n = len(sought)
    return int(bool(n) and any(words[i : i + n] == sought for i in range(len(words) - n + 1)))
