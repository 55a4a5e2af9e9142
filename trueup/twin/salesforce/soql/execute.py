"""Runs compiled queries against the store, page by page, and keeps the cursors of those that go on.

A cursor lives two days, there is no cap on open ones, and a page may be fetched twice. [reference 6.1]
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..errors import ApiError
from ..ids import ALPHABET
from ..store import Store
from .planner import ChildPlan, Plan
from .shape import build

_LIFE = timedelta(days=2)
_TIDY = 256
"""After so many new cursors the dead ones are let go."""


@dataclass(slots=True)
class Cursor:
    """The rest of a query: its plan, all matching row numbers, and when it dies."""

    plan: Plan
    rows: array[int]
    dies: datetime


class Cursors:
    """The open cursors, by an opaque name."""

    def __init__(self) -> None:
        self._open: dict[str, Cursor] = {}
        self.made = 0
        self.life = _LIFE
        self.on_keep: Callable[[str, Cursor], None] = lambda _name, _cursor: None
        self.on_miss: Callable[[str], Cursor | None] = lambda _name: None
        self.on_drop: Callable[[Sequence[str]], None] = lambda _names: None

    def keep(self, plan: Plan, rows: array[int], now: datetime) -> str:
        """Open a cursor and return its name, in the form of 2026 locators (`0r8...`)."""
        self.made += 1
        if self.made % _TIDY == 0:
            self.drop([name for name, cursor in self._open.items() if cursor.dies <= now])
        name, left = "", self.made * 7_919_000_081
        while left:
            left, digit = divmod(left, 62)
            name += ALPHABET[digit]
        name = "0r8" + name.rjust(15, "x")
        self._open[name] = Cursor(plan, rows, now + self.life)
        self.on_keep(name, self._open[name])
        return name

    def find(self, locator: str, now: datetime) -> tuple[Cursor, str, int]:
        """Find the cursor and the row at which a locator `name-2000` goes on."""
        name, _, start = locator.rpartition("-")
        cursor = self._open.get(name) or self._kept(name)
        if cursor is None or not start.isdigit() or int(start) > len(cursor.rows):
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        if cursor.dies <= now:
            self.drop([name])
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return cursor, name, int(start)

    def _kept(self, name: str) -> Cursor | None:
        """A cursor of before the start."""
        cursor = self.on_miss(name)
        if cursor is not None:
            self._open[name] = cursor
        return cursor

    def drop(self, names: Sequence[str]) -> None:
        """Forget some cursors."""
        for name in names:
            self._open.pop(name, None)
        if names:
            self.on_drop(names)

    def clear(self) -> None:
        """Forget all cursors."""
        self._open.clear()
        self.on_drop(())


class Executor:
    """Runs plans. `path` is `/services/data/vNN.0`, for the links in the answers."""

    def __init__(self, store: Store, cursors: Cursors, path: str, now: datetime) -> None:
        self.store = store
        self.cursors = cursors
        self.path = path
        self.now = now

    def run(self, plan: Plan, batch: int) -> dict[str, Any]:
        """Run a query and return its first page."""
        if plan.count_only:
            total = self.store.con.execute(plan.find_sql, plan.find_args).fetchone()[0]
            return {"totalSize": total, "done": True, "records": []}
        if plan.aggregate is not None:
            return self._aggregate(plan)
        found = self.store.con.execute(plan.find_sql, plan.find_args)
        rows = array("q", (row[0] for row in found))
        records = self._fitting(plan, rows, 0, batch)
        if len(records) == len(rows):
            return {"totalSize": len(rows), "done": True, "records": records}
        name = self.cursors.keep(plan, rows, self.now)
        return self._page(rows, records, name, 0)

    def more(self, locator: str, batch: int) -> dict[str, Any]:
        """Return the page that a locator points at."""
        cursor, name, start = self.cursors.find(locator, self.now)
        records = self._fitting(cursor.plan, cursor.rows, start, batch)
        return self._page(cursor.rows, records, name, start)

    def _fitting(self, plan: Plan, rows: array[int], start: int, batch: int) -> list[dict[str, Any]]:
        """The records of one page: the rows of child subqueries count towards it. [reference 6.2]"""
        records = self.records(plan, rows[start : start + batch])
        if not plan.children:
            return records
        room = batch
        for k, record in enumerate(records):
            room -= _weight(record)
            if room < 0 and k:
                return records[:k]
        return records

    def _page(self, rows: array[int], records: list[dict[str, Any]], name: str, start: int) -> dict[str, Any]:
        end = start + len(records)
        out: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows)}
        if end < len(rows):
            out["nextRecordsUrl"] = f"{self.path}/query/{name}-{end}"
        out["records"] = records
        return out

    def records(self, plan: Plan, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Read rows by their numbers, in that order."""
        assert plan.shape is not None
        got = self.store.con.execute(plan.page_sql, (json.dumps(list(rows)),)).fetchall()
        parents = [row[plan.shape.id_index] for row in got]
        children = [self._children(child, parents) for child in plan.children]
        return build(plan.shape, got, f"{self.path}/sobjects/", children)

    def _children(self, child: ChildPlan, parents: list[str]) -> dict[str, dict[str, Any]]:
        by_parent: dict[str, array[int]] = {}
        # the list of parents stands first in the SQL of the child
        for parent, row in self.store.con.execute(child.plan.find_sql, [json.dumps(parents), *child.plan.find_args]):
            by_parent.setdefault(parent, array("q")).append(row)
        for parent, rows in by_parent.items():
            end = None if child.limit is None else child.offset + child.limit
            by_parent[parent] = rows[child.offset : end]
        flat = [row for rows in by_parent.values() for row in rows[:2000]]
        records = iter(self.records(child.plan, flat)) if flat else iter(())
        out: dict[str, dict[str, Any]] = {}
        for parent, rows in by_parent.items():
            if not rows:
                continue
            shown = [next(records) for _ in rows[:2000]]
            out[parent] = {"totalSize": len(rows), "done": len(rows) <= 2000}
            if len(rows) > 2000:
                name = self.cursors.keep(child.plan, rows, self.now)
                out[parent]["nextRecordsUrl"] = f"{self.path}/query/{name}-2000"
            out[parent]["records"] = shown
        return out

    def _aggregate(self, plan: Plan) -> dict[str, Any]:
        assert plan.aggregate is not None
        rows = self.store.con.execute(plan.find_sql, plan.find_args).fetchmany(2001)
        if len(rows) > 2000:
            raise ApiError(
                "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
            )
        records = []
        for row in rows:
            record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
            for (key, convert), value in zip(plan.aggregate, row, strict=True):
                record[key] = None if value is None else convert(value)
            records.append(record)
        return {"totalSize": len(records), "done": True, "records": records}


def _weight(record: dict[str, Any]) -> int:
    """A record and all records below it."""
    below = [v["records"] for v in record.values() if isinstance(v, dict) and "records" in v]
    return 1 + sum(_weight(child) for children in below for child in children)
