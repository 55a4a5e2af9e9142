"""Search: the body becomes filters, the filters become SQL over what the index believes.

The index trails behind writes, but the rows that a hit shows are read fresh: a hit may no longer match its own filter,
and `total` may be larger than what comes (reference 5.8).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.definitions import Definition
from trueup.twin.hubspot.search_request import Filter, Request, bad_request
from trueup.twin.hubspot.search_sql import (
    as_day,
    as_instant,
    as_ms,
    as_number,
    enumeration_test,
    folded,
    has_token,
    rough_pattern,
    text_test,
    typed_test,
)
from trueup.twin.hubspot.store import Row, Store, json_path
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.types import ObjectType, Types

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

_FEW = 50_000
"""Hits that are sooner sorted by id than met while walking by id."""


class Searcher:
    """Runs searches against one portal's store."""

    def __init__(self, store: Store, types: Types, catalogue: Catalogue, switches: Switches) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._switches = switches
        store.db.create_function("has_token", 2, has_token, deterministic=True)
        store.db.create_function("folded", 1, folded, deterministic=True)

    def run(self, object_type: ObjectType, request: Request, now: int) -> tuple[int, list[Row], bool]:
        """The total, the rows of the page (read fresh), and whether there are more."""
        where, values = self._where(object_type, request)
        store = self._store
        with store.lock:
            store.forget(now)
            source, source_values = self._source(object_type)
            try:
                total = store.db.execute(
                    f"SELECT count(*) FROM {source} WHERE {where}", (*source_values, *values)
                ).fetchone()[0]
                order = self._order(object_type, request.sort, few=total <= _FEW)
                ids = [
                    i
                    for (i,) in store.db.execute(
                        f"SELECT id FROM {source} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
                        (*source_values, *values, request.limit, request.after),
                    )
                ]
            except sqlite3.OperationalError as error:
                raise bad_request() from error
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

    def _order(self, object_type: ObjectType, sort: tuple[str, bool] | None, *, few: bool) -> str:
        if sort is None:
            return "created, id"
        name, descending = sort
        definition = self._definition(object_type, name)
        way = " DESC" if descending else ""
        column = self._column(object_type, name)
        if column == "id":
            # Few hits are found by their filter's index and sorted. Walking the table in the order of ids until a page
            # is full would read nearly all of it; for many hits it reads little.
            return f"{'+' if few else ''}id{way}"
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
            names = self._searched(object_type)
            for word in request.query.split():
                rough = rough_pattern(word)
                tests = [f"has_token({json_path(name)}, ?)" for name in names]
                parts.append("(props LIKE ? AND (" + (" OR ".join(tests) or "0") + "))")
                values.extend([rough, *[f"*{word}*"] * len(names)])
        return " AND ".join(parts) or "1", values

    def _searched(self, object_type: ObjectType) -> tuple[str, ...]:
        """Where a `query` looks: in a custom object, in what its schema calls searchable."""
        if not object_type.type_id.startswith("2-"):
            return QUERY_PROPERTIES.get(object_type.name, ())
        schema = self._store.kv_get("schema", object_type.name) or {}
        return tuple(n for n in schema.get("searchable", ()) if self._catalogue.get(object_type.name, n) is not None)

    def _definition(self, object_type: ObjectType, name: str) -> Definition:
        found = self._catalogue.get(object_type.name, name)
        if found is None:
            raise bad_request()
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
            return typed_test(column, f, values, as_ms if column != "id" else as_number, missing="0")
        path = json_path(f.name)
        missing = f"{path} IS NULL" if self._switches["negation_matches_missing"] else "0"
        if f.operator == "CONTAINS_TOKEN":
            values.extend((rough_pattern(str(f.value)), str(f.value)))
            return f"(props LIKE ? AND has_token({path}, ?))"
        if f.operator == "NOT_CONTAINS_TOKEN":
            values.append(str(f.value))
            return f"NOT coalesce(has_token({path}, ?), 0)"
        if definition.type == "number":
            return typed_test(
                f"CAST({path} AS REAL)", f, values, as_number, missing=missing, guard=f"{path} IS NOT NULL"
            )
        if definition.type == "datetime":
            # Without the Z a full second sorts before its own fractions, as text must.
            return typed_test(f"rtrim({path}, 'Z')", f, values, as_instant, missing=missing)
        if definition.type == "date":
            return typed_test(path, f, values, as_day, missing=missing)
        if definition.type == "enumeration":
            return enumeration_test(path, definition, f, values, missing)
        return text_test(path, f, values, missing)

    def _associated(self, object_type: ObjectType, f: Filter, values: list[Any]) -> str:
        other = self._types.get(f.name.removeprefix("associations."))
        custom = [t for t in (object_type, other) if t is not None and t.type_id.startswith("2-")]
        if other is None or custom:
            raise bad_request()
        chosen = list(f.values) if f.operator in {"IN", "NOT_IN"} else [f.value]
        sql = "id IN (SELECT to_id FROM association WHERE from_type = ? AND to_type = ?"
        if f.operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
            sql = "id IN (SELECT from_id FROM association WHERE from_type = ? AND to_type = ?)"
            values.extend((object_type.number, other.number))
            return sql if f.operator == "HAS_PROPERTY" else f"NOT {sql}"
        try:
            ids = [int(v) for v in chosen]
        except (TypeError, ValueError):
            raise bad_request() from None
        if f.operator not in {"EQ", "NEQ", "IN", "NOT_IN"}:
            raise bad_request()
        values.extend((other.number, object_type.number, *ids))
        sql += f" AND from_id IN ({','.join('?' * len(ids))}))"
        return sql if f.operator in {"EQ", "IN"} else f"NOT {sql}"
