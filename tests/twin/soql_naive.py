"""A second understanding of SOQL, written without the first: queries as plain data, printed as text, answered by loops.

Slow on purpose, and nothing is taken from the twin. A query is a dict; a condition is a tuple whose first item says its
kind. Rows are dicts of JSON values; parents hang in them under the relationship's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]


# -- printing


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def spell(kind: str, value: Any) -> str:
    """A literal of a field's kind."""
    if value is None:
        return "null"
    if kind == "literal":
        return value
    if kind == "text":
        return quoted(value)
    if kind == "boolean":
        return "TRUE" if value else "false"
    return str(value)


def condition_text(node: tuple[Any, ...]) -> str:
    match node:
        case ("and" | "or" as word, parts):
            return "(" + f" {word.upper()} ".join(condition_text(p) for p in parts) + ")"
        case ("not", inner):
            return f"NOT ({condition_text(inner)})"
        case ("cmp", field, kind, operator, value):
            return f"{field} {operator} {spell(kind, value)}"
        case ("like", field, pattern):
            return f"{field} LIKE '{pattern}'"
        case ("in" | "not in" as word, field, kind, values):
            return f"{field} {word.upper()} ({', '.join(spell(kind, v) for v in values)})"
        case ("includes" | "excludes" as word, field, values):
            return f"{field} {word.upper()} ({', '.join(quoted(v) for v in values)})"
        case ("date", field, operator, literal):
            return f"{field} {operator} {literal}"
        case ("day", function, field, operator, value):
            return f"{function}({field}) {operator} {value}"
        case ("semi" | "anti" as word, field, inner):
            return f"{field} {'IN' if word == 'semi' else 'NOT IN'} ({text_of(inner)})"
    raise AssertionError(node)


def typeof_text(link: str, cases: dict[str, list[str]], otherwise: list[str]) -> str:
    whens = " ".join(f"WHEN {kind} THEN {', '.join(fields)}" for kind, fields in cases.items())
    return f"TYPEOF {link} {whens}{' ELSE ' + ', '.join(otherwise) if otherwise else ''} END"


def text_of(query: Row) -> str:
    typed = [typeof_text(*query["typeof"])] if query.get("typeof") else []
    parts = [f"SELECT {', '.join([*query['select'], *typed, *(f'({text_of(c)})' for c in query.get('children', ()))])}"]
    parts.append(f"FROM {query['from']}")
    if query.get("where"):
        where = condition_text(query["where"])
        parts.append(f"WHERE {where}")
    if query.get("group"):
        parts.append(f"GROUP BY {', '.join(query['group'])}")
    if query.get("having"):
        parts.append(f"HAVING {query['having'][0]} {query['having'][1]} {query['having'][2]}")
    if query.get("order"):
        parts.append("ORDER BY " + ", ".join(" ".join(part for part in o if part) for o in query["order"]))
    if query.get("limit") is not None:
        parts.append(f"LIMIT {query['limit']}")
    if query.get("offset"):
        parts.append(f"OFFSET {query['offset']}")
    return " ".join(parts)


# -- answering


def get(row: Row | None, path: str) -> Any:
    for step in path.split("."):
        if row is None:
            return None
        row = row.get(step)
    return row


def plain(value: Any) -> Any:
    """Text compares without case and sorts by its capitals, ids as they are."""
    if not isinstance(value, str) or re.fullmatch(r"0[0-9A-Za-z]{17}", value):
        return value
    return "".join(c if len(c.upper()) > 1 else c.upper() for c in value)


def part_of_time(function: str, value: str | None) -> Any:
    """What a date function makes of a date or datetime, in UTC."""
    if value is None:
        return None
    at = datetime.fromisoformat(value[:19])
    first = date(at.year, 1, 1)
    return {
        "CALENDAR_YEAR": at.year,
        "CALENDAR_MONTH": at.month,
        "CALENDAR_QUARTER": (at.month + 2) // 3,
        "DAY_IN_MONTH": at.day,
        "DAY_IN_WEEK": at.isoweekday() % 7 + 1,
        "DAY_IN_YEAR": (at.date() - first).days + 1,
        "HOUR_IN_DAY": at.hour,
        "DAY_ONLY": at.date().isoformat(),
    }[function]


def _days(literal: str, today: date) -> Callable[[date], bool]:
    """Which days a literal means, said day by day."""
    word, _, count = literal.partition(":")
    n = int(count or 0)

    def week(d: date) -> int:
        return (d.toordinal()) // 7  # ordinal 0 modulo 7 is a Sunday

    def month(d: date) -> int:
        return d.year * 12 + d.month

    def quarter(d: date) -> int:
        return d.year * 4 + (d.month - 1) // 3

    units = {"WEEK": week, "MONTH": month, "QUARTER": quarter, "YEAR": lambda d: d.year}
    gap = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
    if word in gap:
        return lambda d: (d - today).days == gap[word]
    if word == "LAST_N_DAYS":
        return lambda d: -n <= (d - today).days <= 0
    if word == "NEXT_N_DAYS":
        return lambda d: 1 <= (d - today).days <= n
    if word == "N_DAYS_AGO":
        return lambda d: (today - d).days == n
    side, _, rest = word.partition("_")
    many = rest.startswith("N_")
    unit = units[rest.removeprefix("N_").removesuffix("S")]
    step = {"THIS": (0, 0), "LAST": (-n, -1) if many else (-1, -1), "NEXT": (1, n) if many else (1, 1)}[side]
    return lambda d: step[0] <= unit(d) - unit(today) <= step[1]


def day_of(value: str) -> date:
    return date.fromisoformat(value[:10])


def compare(left: Any, operator: str, right: Any) -> bool:
    left, right = plain(left), plain(right)
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    if left is None or right is None:
        return False
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def like(value: str | None, pattern: str) -> bool:
    if value is None:
        return False
    out, k, pattern = "", 0, plain(pattern)
    while k < len(pattern):
        char = pattern[k]
        if char == "\\":
            k += 1
            out += re.escape(pattern[k])
        else:
            out += ".*" if char == "%" else "." if char == "_" else re.escape(char)
        k += 1
    return re.fullmatch(out, plain(value), re.DOTALL) is not None


class Naive:
    """Answers queries over tables of rows, at one moment."""

    def __init__(self, tables: dict[str, list[Row]], now: datetime) -> None:
        self.tables = tables
        self.now = now

    def true(self, node: tuple[Any, ...], row: Row) -> bool:
        match node:
            case ("and", parts):
                return all(self.true(p, row) for p in parts)
            case ("or", parts):
                return any(self.true(p, row) for p in parts)
            case ("not", inner):
                return not self.true(inner, row)
            case ("cmp", field, kind, operator, value):
                return compare(get(row, field), operator, moment(value) if kind == "datetime" else value)
            case ("like", field, pattern):
                return like(get(row, field), pattern)
            case ("in", field, _, values):
                return plain(get(row, field)) in [plain(v) for v in values]
            case ("not in", field, _, values):
                return plain(get(row, field)) not in [plain(v) for v in values]
            case ("includes", field, values):
                have = {plain(p) for p in (get(row, field) or "").split(";")}
                return any(all(plain(p) in have for p in v.split(";")) for v in values)
            case ("excludes", field, values):
                return not self.true(("includes", field, values), row)
            case ("date", field, operator, literal):
                return self.dated(get(row, field), operator, literal)
            case ("day", function, field, operator, value):
                return compare(part_of_time(function, get(row, field)), operator, value)
            case ("semi", field, inner):
                return get(row, field) is not None and get(row, field) in self.column(inner)
            case ("anti", field, inner):
                return get(row, field) is None or get(row, field) not in self.column(inner)
        raise AssertionError(node)

    def dated(self, value: str | None, operator: str, literal: str) -> bool:
        today = self.now.date()
        inside = _days(literal, today)
        if value is None:
            return operator == "!="
        if operator in {"=", "!="}:
            return inside(day_of(value)) == (operator == "=")
        span = [d for k in range(-1200, 1200) if inside(d := today + timedelta(days=k))]
        first, last, day = span[0], span[-1], day_of(value)
        return {"<": day < first, "<=": day <= last, ">": day > last, ">=": day >= first}[operator]

    def column(self, query: Row) -> set[Any]:
        return {get(r, query["select"][0]) for r in self.rows(query)} - {None}

    def rows(self, query: Row) -> list[Row]:
        return [r for r in self.tables[query["from"]] if query.get("where") is None or self.true(query["where"], r)]

    def answer(self, query: Row) -> list[Row]:
        """The records of a query without aggregates, as nested dicts without attributes."""
        rows = sorted(self.rows(query), key=lambda r: r["Id"])
        return self.shaped(query, rows)

    def shaped(self, query: Row, rows: list[Row]) -> list[Row]:
        for field, direction, nulls in reversed(query.get("order", ())):
            first = nulls != "NULLS LAST"

            def key(row: Row, field: str = field) -> tuple[bool, Any]:
                value = plain(get(row, field))
                return (value is not None, 0 if value is None else value)

            empty = [r for r in rows if get(r, field) is None]
            full = [r for r in rows if get(r, field) is not None]
            full = sorted(full, key=key, reverse=direction == "DESC") if direction != "DESC" else _down(full, key)
            rows = [*empty, *full] if first else [*full, *empty]
        start = query.get("offset") or 0
        limit = query.get("limit")
        return [self.record(query, r) for r in (rows[start:] if limit is None else rows[start : start + limit])]

    def record(self, query: Row, row: Row) -> Row:
        out: Row = {}
        for path in query["select"]:
            here, at = out, row
            *up, last = path.split(".")
            for step in up:
                at = None if at is None else at.get(step)
                if at is None:
                    here[step] = None
                    break
                here = here.setdefault(step, {})
            else:
                here[last] = at.get(last)
        if query.get("typeof"):
            link, cases, otherwise = query["typeof"]
            there = row.get(link)
            wanted = otherwise if there is None else cases.get(there["Type"], otherwise)
            out[link] = None if there is None else {name: there.get(name) for name in wanted}
        for child in query.get("children", ()):
            name, field, table = child["from"], child["link"], child["table"]
            mine = [r for r in self.tables[table] if r[field] == row["Id"]]
            mine = [r for r in mine if child.get("where") is None or self.true(child["where"], r)]
            found = self.shaped(child, sorted(mine, key=lambda r: r["Id"]))
            out[name] = found or None
        return out

    def groups(self, query: Row) -> list[tuple[Any, ...]]:
        """The rows of an aggregate query: group keys without case, then the aggregates, unsorted."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows(query):
            found.setdefault(tuple(grouped(row, g) for g in query["group"]), []).append(row)
        if not query["group"]:
            found = {(): [r for rows in found.values() for r in rows]}
        out = []
        for key, rows in found.items():
            if query.get("having"):
                call, operator, value = query["having"]
                if not compare(aggregate(call, rows), operator, value.strip("'") if isinstance(value, str) else value):
                    continue
            out.append((*key, *(aggregate(c, rows) for c in query["select"] if c not in query["group"])))
        return out


def _down(rows: list[Row], key: Callable[[Row], Any]) -> list[Row]:
    """Sort downwards, equal ones staying in their order."""
    return sorted(rows, key=key, reverse=True)


def moment(text: str | None) -> str | None:
    """A datetime literal in the form in which rows hold datetimes."""
    if text is None:
        return None
    read = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    return read.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def aggregate(call: str, rows: list[Row]) -> Any:
    name, _, field = call.rstrip(")").partition("(")
    values = [plain(v) for r in rows if (v := get(r, field)) is not None]
    if name == "COUNT":
        return len(values)
    if name == "COUNT_DISTINCT":
        return len(set(values))
    if not values:
        return None
    if name == "SUM":
        return float(sum(values))
    if name == "AVG":
        return sum(values) / len(values)
    return (min if name == "MIN" else max)(values)  # without case: which spelling is shown is open


def grouped(row: Row, by: str) -> Any:
    """What a row is grouped under: a field without case, or a date function of one."""
    function, mark, field = by.rstrip(")").partition("(")
    return part_of_time(function, get(row, field)) if mark else plain(get(row, by))
