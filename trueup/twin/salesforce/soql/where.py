"""Conditions to SQL.

SOQL conditions are true or false, never unknown: `Name != 'x'` and `NOT Name = 'x'` are true for empty names. So `!=`
becomes IS NOT, and under NOT every condition is closed with IFNULL. Literals are checked against the field's type with
the messages of the real service. [reference 6.3, 6.4]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from .. import text as words
from ..ids import canonical
from ..metadata.model import Field
from ..values import NUMBER_TYPES, parse_datetime, print_datetime, reader
from . import ast, dates
from .errors import at as error_at
from .errors import malformed, wrong_type
from .lexer import unquote
from .scope import Column, Scope

_RANGE = {"<", "<=", ">", ">="}
_NOT_LIKE = NUMBER_TYPES | {"int", "boolean", "date", "datetime", "time", "id", "reference", "multipicklist"}


@dataclass(frozen=True, slots=True)
class Moment:
    """The clock and the zone by which relative dates are understood."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The user's present day."""
        return self.now.astimezone(self.zone).date()


class Conditions:
    """Compiles the WHERE (or HAVING) of one query; gathers the arguments."""

    def __init__(
        self,
        scope: Scope,
        moment: Moment,
        column: Callable[[ast.Path | ast.Call], Column],
        subselect: Callable[[ast.Query, Field], tuple[str, list[Any]]] | None,
    ) -> None:
        self.scope = scope
        self.text = scope.text
        self.moment = moment
        self.column = column
        self.subselect = subselect
        self.args: list[Any] = []

    def sql(self, node: ast.Condition, closed: bool = False, in_or: bool = False) -> str:
        """Compile one condition."""
        if isinstance(node, ast.Not):
            return f"(NOT {self.sql(node.inner, True, in_or)})"
        if isinstance(node, ast.Both):
            joined = " AND " if node.every else " OR "
            return "(" + joined.join(self.sql(p, closed, in_or or not node.every) for p in node.parts) + ")"
        leaf = self.compare(node, in_or)
        return f"IFNULL({leaf}, 0)" if closed else leaf

    def compare(self, node: ast.Compare, in_or: bool) -> str:
        """Compile one comparison."""
        column = self.column(node.left)
        if not column.field.can_filter or column.field.is_compound:
            raise error_at(
                "INVALID_FIELD", f"field '{column.field.name}' can not be filtered in a query call", self.text, node.at
            )
        if node.subquery is not None:
            if in_or:
                raise malformed("Semi join sub-selects are not allowed with the 'OR' operator", self.text, node.at)
            if self.subselect is None:
                raise malformed("Nesting of semi join sub-selects is not supported", self.text, node.at)
            inner, args = self.subselect(node.subquery, column.field)
            self.args.extend(args)
            return f"({column.sql} {node.operator} ({inner}))" if node.operator == "IN" else self._not_in(column, inner)
        if node.operator in {"IN", "NOT IN"}:
            return self._in(column, node)
        if node.operator in {"INCLUDES", "EXCLUDES"}:
            return self._includes(column, node)
        literal = node.values[0]
        if node.operator == "LIKE":
            return self._like(column, literal, node)
        if literal.kind == "dateliteral":
            return self._relative(column, literal, node)
        value = self.value(column.field, literal, node)
        if value is None:
            if node.operator in _RANGE:
                return self._beside_nothing(column, literal, node.operator)
            return f"({column.sql} {'IS NULL' if node.operator == '=' else 'IS NOT NULL'})"
        if node.operator in _RANGE and column.field.type in {"id", "boolean"} and column.field.type == "boolean":
            raise _bad_operator(column.field, self.text, node.at)
        if column.field.caseless and node.operator in _RANGE:
            self.args.append(words.fold(value))
            return f"({words.folded(column.sql)} {node.operator} ?)"
        if column.field.caseless and not value.isascii():
            listed, args = words.one_of(column.sql, [value])
            self.args.extend(args)
            return f"({listed})" if node.operator == "=" else f"({column.sql} IS NULL OR NOT {listed})"
        self.args.append(value)
        operator = "IS NOT" if node.operator == "!=" else node.operator
        return f"({column.sql} {operator} ?)"

    def _beside_nothing(self, column: Column, literal: ast.Literal, operator: str) -> str:
        """Empty text is null and comes before all others, so `Name > ''` means every name; nothing is beyond null."""
        if literal.kind == "null" or operator == "<":
            return "0"
        return {">": f"({column.sql} IS NOT NULL)", ">=": "1", "<=": f"({column.sql} IS NULL)"}[operator]

    def _not_in(self, column: Column, inner: str) -> str:
        return f"({column.sql} IS NULL OR {column.sql} NOT IN ({inner}))"

    def _in(self, column: Column, node: ast.Compare) -> str:
        values = [v for literal in node.values for v in [self.value(column.field, literal, node)]]
        known = [v for v in values if v is not None]
        has_null = len(known) < len(values)
        found, args = words.one_of(column.sql, known, exact=not column.field.caseless)
        self.args.extend(args)
        if node.operator == "IN":
            listed = found if known else "0"
            return f"({listed} OR {column.sql} IS NULL)" if has_null else f"({listed})"
        listed = f"NOT {found}" if known else "1"
        return f"({listed} AND {column.sql} IS NOT NULL)" if has_null else f"({column.sql} IS NULL OR {listed})"

    def _includes(self, column: Column, node: ast.Compare) -> str:
        if column.field.type != "multipicklist":
            raise error_at(
                "INVALID_FIELD",
                f"includes or excludes operator only valid on multipicklist field: {column.field.name}",
                self.text,
                node.at,
            )
        anyone = []
        for literal in node.values:
            every = []
            for part in str(self.value(column.field, literal, node) or "").split(";"):
                escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
                found, args = words.like(f"(';' || {column.sql} || ';')", f"%;{escaped};%")
                self.args.extend(args)
                every.append(found)
            anyone.append("(" + " AND ".join(every) + ")")
        inside = f"IFNULL({' OR '.join(anyone)}, 0)"
        return f"({inside})" if node.operator == "INCLUDES" else f"(NOT {inside})"

    def _like(self, column: Column, literal: ast.Literal, node: ast.Compare) -> str:
        if column.field.type in _NOT_LIKE:
            raise _bad_operator(column.field, self.text, node.at)
        if literal.kind == "null":
            return f"({column.sql} IS NULL)"
        if literal.kind != "string":
            raise wrong_type(column.field.name, "string", False, self.text, literal.at)
        found, args = words.like(column.sql, unquote(literal.text, self.text, literal.at, pattern=True))
        self.args.extend(args)
        return f"({found})"

    def _relative(self, column: Column, literal: ast.Literal, node: ast.Compare) -> str:
        if column.field.type not in {"date", "datetime"}:
            raise wrong_type(
                column.field.name, _named(column.field), column.field.type not in _QUOTED, self.text, literal.at
            )
        first, after = dates.span(literal.text, literal.n, self.moment.today)
        if column.field.type == "datetime":
            zone = self.moment.zone
            low, high = print_datetime(dates.midnight(first, zone)), print_datetime(dates.midnight(after, zone))
        else:
            low, high = first.isoformat(), after.isoformat()
        single = {"<": ("<", low), "<=": ("<", high), ">": (">=", high), ">=": (">=", low)}
        if node.operator in single:
            operator, edge = single[node.operator]
            self.args.append(edge)
            return f"({column.sql} {operator} ?)"
        self.args.extend((low, high))
        if node.operator == "=":
            return f"({column.sql} >= ? AND {column.sql} < ?)"
        return f"IFNULL({column.sql} < ? OR {column.sql} >= ?, 1)"

    def value(self, field: Field, literal: ast.Literal, node: ast.Compare) -> Any:
        """Check a literal against the field's type and bring it to stored form. Empty text is null."""
        kind, text = field.type, literal.text
        if literal.kind == "null":
            return None
        if kind in {"id", "reference"}:
            if literal.kind != "string":
                raise wrong_type(field.name, "string", False, self.text, literal.at)
            plain = unquote(text, self.text, literal.at)
            if not plain:
                return None
            full = canonical(plain)
            if full is None:
                raise error_at("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {plain}", self.text, node.at)
            return full
        if kind == "boolean":
            if literal.kind != "boolean":
                raise wrong_type(field.name, "boolean", True, self.text, literal.at)
            return int(text == "TRUE")
        if kind in NUMBER_TYPES or kind == "int":
            if literal.kind == "currency":
                return float(text[3:])
            if literal.kind != "number":
                raise wrong_type(field.name, _named(field), True, self.text, literal.at)
            return float(text)
        if kind == "date":
            if literal.kind != "date":
                raise wrong_type(field.name, "date", True, self.text, literal.at)
            return text
        if kind == "datetime":
            moment = parse_datetime(text) if literal.kind == "datetime" else None
            if moment is None:
                raise wrong_type(field.name, "dateTime", True, self.text, literal.at)
            return print_datetime(moment)
        if kind == "time":
            if literal.kind != "time":
                raise wrong_type(field.name, "time", True, self.text, literal.at)
            return reader("time")(text)
        if literal.kind != "string":
            raise wrong_type(field.name, "string", False, self.text, literal.at)
        plain = unquote(text, self.text, literal.at)
        if len(plain) > 4000:
            raise error_at("MALFORMED_QUERY", "string literal in WHERE exceeds 4000 characters", self.text, literal.at)
        return plain.strip() or None


_QUOTED = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "id", "reference"}
)


def _bad_operator(field: Field, text: str, at: int) -> Exception:
    """[issue simple-salesforce/simple-salesforce#73: the code, and "multipicklist"; "id" is quoted from many orgs]"""
    kind = "id" if field.type == "reference" else field.type
    return error_at("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {kind} field", text, at)


def _named(field: Field) -> str:
    if field.type == "datetime":
        return "dateTime"
    if field.type in NUMBER_TYPES:
        return "double"
    return "string" if field.type in _QUOTED else field.type
