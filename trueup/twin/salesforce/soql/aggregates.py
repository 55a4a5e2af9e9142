"""GROUP BY with its subtotals, HAVING and the functions: COUNT, SUM, ..., CALENDAR_YEAR and its kin.

SUM and AVG print as double, COUNT as int; unnamed expressions are expr0, expr1, ... [reference 6.3]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..metadata.model import Field
from ..text import folded as folded_sql
from ..text import ordered
from ..values import NUMBER_TYPES
from . import ast, subtotals
from .errors import at as error_at
from .errors import malformed
from .scope import Column, Scope
from .where import Conditions, Moment
from .words import AGGREGATES

Convert = Callable[[Any], Any]

_DATE_SQL = {
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "FISCAL_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "FISCAL_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "CALENDAR_QUARTER": "((CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3)",
    "FISCAL_QUARTER": "((CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3)",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "(CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1)",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "WEEK_IN_MONTH": "((CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7)",
    "WEEK_IN_YEAR": "((CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER) + 6) / 7)",
}


def date_function(scope: Scope, call: ast.Call) -> Column:
    """Compile a date function over a date or datetime field (in UTC, or in the user's zone by convertTimezone)."""
    pattern = _DATE_SQL.get(call.name)
    argument = call.argument
    local = isinstance(argument, ast.Call) and argument.name == "CONVERTTIMEZONE"
    if isinstance(argument, ast.Call) and local:
        argument = argument.argument
    if pattern is None or not isinstance(argument, ast.Path):
        raise malformed(f"unexpected token: '{call.name}'", scope.text, call.at)
    inner = scope.column(argument)
    if inner.field.type not in {"date", "datetime"}:
        raise error_at("INVALID_FIELD", f"{call.name} needs a date field", scope.text, call.at)
    kind = "date" if call.name == "DAY_ONLY" else "int"
    sql = f"LOCAL_TIME({inner.sql})" if local and inner.field.type == "datetime" else inner.sql
    return Column(pattern.format(sql), Field(inner.field.name, kind, inner.field.label), inner.sobject)


def aggregate(scope: Scope, call: ast.Call) -> tuple[Column, Convert]:
    """Compile an aggregate function; returns its column and how its value prints."""
    if call.argument is None:
        return Column("count(*)", Field("count", "int", "count"), scope.root), _same
    if not isinstance(call.argument, ast.Path):
        raise malformed(f"unexpected token: '{call.name}'", scope.text, call.at)
    inner = scope.column(call.argument)
    kind = inner.field.type
    if call.name in {"COUNT", "COUNT_DISTINCT"}:
        distinct = "DISTINCT " if call.name == "COUNT_DISTINCT" else ""
        counted = _folded(inner) if distinct else inner.sql
        return Column(f"count({distinct}{counted})", Field("count", "int", "count"), scope.root), _same
    numeric = kind in NUMBER_TYPES or kind == "int"
    if (call.name in {"SUM", "AVG"} and not numeric) or kind == "boolean" or inner.field.long_text:
        raise malformed(
            f"field {inner.field.name} does not support aggregate operator {call.name}", scope.text, call.at
        )
    sql = f"{call.name.lower()}({inner.sql})"
    if inner.field.caseless:
        sql = f"({_TEXT_SQL[call.name]}({inner.sql}) COLLATE NOCASE)"
    if call.name in {"SUM", "AVG"}:
        return Column(sql, Field(inner.field.name, "double", inner.field.label), inner.sobject), _double
    return Column(sql, inner.field, inner.sobject), _double if kind in NUMBER_TYPES else _same


_TEXT_SQL = {"MIN": "LEAST_TEXT", "MAX": "GREATEST_TEXT"}


def _folded(column: Column) -> str:
    """A column as it is grouped."""
    return folded_sql(column.sql) if column.field.caseless else column.sql


def _sorted(column: Column) -> str:
    """A column as ORDER BY sorts it."""
    return ordered(column.sql) if column.field.caseless else column.sql


def _same(value: Any) -> Any:
    return value


def _flag(value: Any) -> Any:
    return None if value is None else bool(value)


def _double(value: Any) -> Any:
    return None if value is None else float(value)


@dataclass(slots=True)
class _Rows:
    """One level of a grouped query: all its groups, or those of a subtotal."""

    columns: list[str]
    groups: list[str]
    having: str
    args: list[Any]
    orders: list[str]


def plan_aggregate(
    query: ast.Query, scope: Scope, moment: Moment, where: str, args: list[Any]
) -> tuple[str, list[Any], list[tuple[str, Convert]]]:
    """Compile an aggregate query; returns SQL, all its arguments, and (key, convert) per column."""
    groups = [_group(query, scope, part) for part in query.group]
    keys: list[tuple[str, Convert]] = []
    levels: list[_Rows] = []
    for kept in subtotals.levels(query.subtotals, len(groups)):
        level, keys = _level(query, scope, moment, groups, kept)
        levels.append(level)
    # the joins of HAVING and ORDER BY may have come late: the FROM is spelled only now
    source = f"FROM {scope.from_sql} WHERE {where}"
    orders = [f"{'DESC' if o.descending else 'ASC'} NULLS {'FIRST' if o.nulls_first else 'LAST'}" for o in query.order]
    limit = ""
    if query.limit is not None or query.offset:
        limit = f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
    if not query.subtotals:
        (level,) = levels
        by = [f"{target} {way}" for target, way in zip(level.orders, orders, strict=True)]
        tail = f" ORDER BY {', '.join(by)}" if by else ""
        sql = f"SELECT {', '.join(level.columns)} {source}{_grouped(level)}{tail}{limit}"
        return sql, [*args, *level.args], keys
    rows = [(level.columns, level.orders, f"{source}{_grouped(level)}") for level in levels]
    return subtotals.together(rows, orders) + limit, [a for level in levels for a in (*args, *level.args)], keys


def _grouped(level: _Rows) -> str:
    return (f" GROUP BY {', '.join(level.groups)}" if level.groups else "") + level.having


def _group(query: ast.Query, scope: Scope, part: ast.Path | ast.Call) -> Column:
    column = scope.column(part) if isinstance(part, ast.Path) else date_function(scope, part)
    if not column.field.can_group:
        raise error_at(
            "INVALID_FIELD", f"field '{column.field.name}' can not be grouped in a query call", query.text, part.at
        )
    return column


def _level(
    query: ast.Query, scope: Scope, moment: Moment, groups: list[Column], kept: tuple[int, ...]
) -> tuple[_Rows, list[tuple[str, Convert]]]:
    """Compile one level; a field that it is not grouped by is null in its rows."""
    place = {column.sql: k for k, column in reversed(list(enumerate(groups)))}

    def shown(column: Column) -> Column:
        k = place.get(column.sql)
        return column if k is None or k in kept else Column("NULL", column.field, column.sobject)

    def grouping(call: ast.Call) -> Column:
        column = scope.column(call.argument) if isinstance(call.argument, ast.Path) else None
        if column is None or column.sql not in place or not query.subtotals:
            raise malformed(f"unexpected token: '{call.name}'", query.text, call.at)
        return Column("0" if place[column.sql] in kept else "1", Field("grouping", "int", "grouping"), scope.root)

    def operand(expression: ast.Path | ast.Call) -> Column:
        if isinstance(expression, ast.Path):
            return shown(scope.column(expression))
        if expression.name == "GROUPING":
            return grouping(expression)
        if expression.name in AGGREGATES:
            return aggregate(scope, expression)[0]
        return shown(date_function(scope, expression))

    columns: list[str] = []
    sorts: list[str] = []
    keys: list[tuple[str, Convert]] = []
    unnamed = 0
    for item in query.selected:
        expression = item.expression
        if isinstance(expression, ast.Call):
            if expression.name in AGGREGATES:
                column, convert = aggregate(scope, expression)
            elif expression.name == "GROUPING":
                column, convert = grouping(expression), _same
            elif expression.name == "TOLABEL" and isinstance(expression.argument, ast.Path):
                column, convert = shown(scope.column(expression.argument)), _same
            else:
                column, convert = date_function(scope, expression), _same
                if column.sql not in place:
                    raise malformed(
                        f"Field must be grouped or aggregated: {column.field.name}", query.text, expression.at
                    )
                column = shown(column)
            key = item.alias
            if key is None:
                key = f"expr{unnamed}"
                unnamed += 1
        elif isinstance(expression, ast.Path):
            column = scope.column(expression)
            if column.sql not in place:
                raise malformed(f"Field must be grouped or aggregated: {expression}", query.text, expression.at)
            column = shown(column)
            key = item.alias or column.field.name
            convert = _flag if column.field.type == "boolean" else _same
        else:
            at = getattr(expression, "at", 0)
            raise malformed("Grouped query cannot use child relationships in the SELECT list", query.text, at)
        columns.append(column.sql)
        sorts.append(_sorted(column))
        keys.append((key, convert))
    having, args = "", []
    if query.having is not None:
        conditions = Conditions(scope, moment, operand, None)
        having, args = f" HAVING {conditions.sql(query.having)}", conditions.args
    orders = []
    for order in query.order:
        at_key = _alias_of(order.expression, keys) if isinstance(order.expression, ast.Path) else None
        orders.append(sorts[at_key] if at_key is not None else _sorted(operand(order.expression)))
    if query.subtotals and not orders:
        orders = [sql for k, column in enumerate(groups) for sql in (str(int(k not in kept)), _sorted(shown(column)))]
    folded = [_folded(groups[k]) for k in kept] or (["(SELECT 1)"] if groups else [])
    return _Rows(columns, folded, having, args, orders), keys


def _alias_of(path: ast.Path, keys: list[tuple[str, Convert]]) -> int | None:
    """The position of a column that ORDER BY names by its alias."""
    if len(path.parts) != 1:
        return None
    wanted = path.parts[0].lower()
    return next((k for k, (key, _) in enumerate(keys) if key.lower() == wanted), None)
