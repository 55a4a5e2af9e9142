"""From the tree to SQL: which rows (their row numbers, in order), then what of each row.

Two statements per query. The first finds the matching row numbers; a cursor keeps them, eight bytes each. The second
reads one page of them, with the joins that the SELECT list needs. So a page of a million-row query costs what a page
costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ApiError
from ..metadata.model import Field, SObject
from ..values import to_json
from . import ast
from .aggregates import plan_aggregate
from .errors import at as error_at
from .errors import malformed, no_child, no_object
from .parser import AGGREGATES
from .scope import Access, Column, Hop, Scope
from .shape import Address, Children, Nested, Plain, Shape, Typed
from .where import Conditions, Moment

_ADDRESS_KEYS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")


@dataclass(slots=True)
class Plan:
    """A compiled query."""

    sobject: SObject
    find_sql: str
    find_args: list[Any]
    page_sql: str = ""
    shape: Shape | None = None
    children: list[ChildPlan] = field(default_factory=list)
    long_text: bool = False
    count_only: bool = False
    aggregate: list[tuple[str, Callable[[Any], Any]]] | None = None
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ChildPlan:
    """A compiled child subquery. `find_sql` gives (parent id, row number) for a JSON list of parent ids."""

    plan: Plan
    limit: int | None
    offset: int


class Planner:
    """Compiles queries for one user at one moment."""

    def __init__(self, access: Access, moment: Moment, user_id: str, *, deleted: bool) -> None:
        self.access = access
        self.moment = moment
        self.user_id = user_id
        self.deleted = deleted

    def plan(self, query: ast.Query) -> Plan:
        """Compile a top-level query."""
        made = self.access.sobject(query.source)
        if made is None:
            raise no_object(query.source, query.text, query.source_at)
        if query.offset > 2000:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        scope = Scope(self.access, made, query.text, query.alias)
        calls = [s.expression for s in query.selected if isinstance(s.expression, ast.Call)]
        if query.group or any(c.name in AGGREGATES for c in calls):
            return self._aggregate(query, made, scope)
        if query.having is not None:
            raise malformed("HAVING needs GROUP BY", query.text, query.at)
        find_sql, args = self._find(query, scope, f"{scope.prefix}0.rowid")
        return self._page(query, made, Plan(made, find_sql, args))

    # -- which rows

    def _find(self, query: ast.Query, scope: Scope, wanted: str, extra: str = "") -> tuple[str, list[Any]]:
        where, args = self.where(query, scope)
        if extra:
            where = f"{extra} AND {where}"
        order = self._order(query, scope)
        sql = f"SELECT {wanted} FROM {scope.from_sql} WHERE {where} ORDER BY {order}"
        if not extra and (query.limit is not None or query.offset):
            sql += f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
        return sql, args

    def where(self, query: ast.Query, scope: Scope) -> tuple[str, list[Any]]:
        """Compile WHERE, with what the org adds by itself: no deleted rows, no archived activities, the scope."""
        root = f"{scope.prefix}0"
        parts: list[str] = []
        args: list[Any] = []
        if not (self.deleted or query.all_rows):
            if scope.root.get("IsDeleted"):
                parts.append(f'{root}."IsDeleted" = 0')
            if scope.root.get("IsArchived"):
                parts.append(f'{root}."IsArchived" = 0')
        if shared := self.access.shared(scope.root, root):
            parts.append(shared)
        if query.scope and query.scope.lower() == "mine" and scope.root.get("OwnerId"):
            parts.append(f'{root}."OwnerId" = ?')
            args.append(self.user_id)
        if query.where is not None:
            conditions = Conditions(scope, self.moment, lambda e: self.operand(scope, e), self._subselect)
            parts.append(conditions.sql(query.where))
            args.extend(conditions.args)
        return " AND ".join(parts) or "1", args

    def operand(self, scope: Scope, expression: ast.Path | ast.Call) -> Column:
        """Resolve the left side of a condition: a field, or a date function of one."""
        from .aggregates import date_function

        if isinstance(expression, ast.Path):
            return scope.column(expression)
        if expression.name in AGGREGATES:
            raise malformed("Aggregate functions are only allowed in HAVING", scope.text, expression.at)
        return date_function(scope, expression)

    def _subselect(self, query: ast.Query, outer: Field) -> tuple[str, list[Any]]:
        made = self.access.sobject(query.source)
        if made is None:
            raise no_object(query.source, query.text, query.source_at)
        scope = Scope(self.access, made, query.text, query.alias, prefix="s")
        if len(query.selected) != 1 or not isinstance(query.selected[0].expression, ast.Path):
            raise malformed("Semi join sub-selects can only query one field", query.text, query.at)
        column = scope.column(query.selected[0].expression)
        if column.field.type not in {"id", "reference"} or outer.type not in {"id", "reference"}:
            raise error_at(
                "INVALID_FIELD",
                f"Semi join sub-selects can only query id fields, cannot use: '{column.field.name}'",
                query.text,
                query.selected[0].expression.at,
            )
        nested = Planner(self.access, self.moment, self.user_id, deleted=self.deleted)
        nested._subselect = None  # type: ignore[method-assign, assignment]
        where, args = nested.where(query, scope)
        return f"SELECT {column.sql} FROM {scope.from_sql} WHERE {where} AND {column.sql} IS NOT NULL", args

    def _order(self, query: ast.Query, scope: Scope) -> str:
        out = []
        for item in query.order:
            column = self.operand(scope, item.expression)
            if not column.field.can_sort:
                raise error_at(
                    "INVALID_FIELD",
                    f"field '{column.field.name}' can not be sorted in a query call",
                    query.text,
                    item.expression.at,
                )
            out.append(column.sql + (" DESC" if item.descending else " ASC") + _nulls(item, column, scope))
        out.append(f'{scope.prefix}0."Id"')
        return ", ".join(out)

    # -- what of each row

    def _page(self, query: ast.Query, made: SObject, plan: Plan) -> Plan:
        scope = Scope(self.access, made, query.text, query.alias)
        selection = _Selection(self, scope, query)
        shape = Shape(made.name, selection.add('t0."Id"'))
        for item in query.selected:
            selection.select(shape, item)
        columns = ", ".join(selection.columns)
        plan.page_sql = f"SELECT {columns} FROM json_each(?) page CROSS JOIN {_from_page(scope)} ORDER BY page.key"
        plan.shape = shape
        plan.children = selection.children
        plan.long_text = selection.long_text
        plan.columns = selection.names
        return plan

    def child(self, query: ast.Query, parent: Scope) -> ChildPlan:
        """Compile a child subquery."""
        link = parent.root.child(query.source.split(".")[-1])
        made = self.access.sobject(link.sobject) if link else None
        if link is None or made is None or self.access.field(made, link.field) is None:
            raise no_child(query.source, query.text, query.source_at)
        scope = Scope(self.access, made, query.text, query.alias)
        extra = f't0."{link.field}" IN (SELECT value FROM json_each(?))'
        sql, args = self._find(query, scope, f't0."{link.field}", t0.rowid', extra)
        plan = self._page(query, made, Plan(made, sql, args))
        return ChildPlan(plan, query.limit, query.offset)

    def _aggregate(self, query: ast.Query, made: SObject, scope: Scope) -> Plan:
        only = query.selected[0].expression
        if len(query.selected) == 1 and isinstance(only, ast.Call) and only.name == "COUNT" and only.argument is None:
            if query.group:
                raise malformed("COUNT() cannot be used with GROUP BY", query.text, only.at)
            where, args = self.where(query, scope)
            sql = f"SELECT 1 FROM {scope.from_sql} WHERE {where}"
            if query.limit is not None:
                sql += f" LIMIT {query.limit}"
            return Plan(made, f"SELECT count(*) FROM ({sql})", args, count_only=True)
        where, args = self.where(query, scope)
        sql, more, columns = plan_aggregate(query, scope, self.moment, where)
        return Plan(made, sql, [*args, *more], aggregate=columns)


def _nulls(item: ast.Order, column: Column, scope: Scope) -> str:
    """Spell NULLS only where SQLite's own default differs, so that indexes can be used.

    A required field of a parent is empty all the same where there is no parent.
    """
    own = column.sql.startswith(f"{scope.prefix}0.")
    if own and (column.field.type == "id" or not column.field.nillable):
        return ""
    default_first = not item.descending
    return "" if item.nulls_first == default_first else (" NULLS FIRST" if item.nulls_first else " NULLS LAST")


def _from_page(scope: Scope) -> str:
    root, joins = f'"{scope.root.name}" t0', " ".join(scope.joins)
    return f"{root} ON t0.rowid = page.value {joins}"


class _Selection:
    """Gathers the columns of the SELECT list and the shape of the records."""

    def __init__(self, planner: Planner, scope: Scope, query: ast.Query) -> None:
        self.planner = planner
        self.scope = scope
        self.query = query
        self.columns: list[str] = []
        self.names: list[str] = []
        self._index: dict[str, int] = {}
        self.children: list[ChildPlan] = []
        self.long_text = False

    def add(self, sql: str) -> int:
        """Add an SQL column; the same one is read once."""
        if sql not in self._index:
            self._index[sql] = len(self.columns)
            self.columns.append(sql)
        return self._index[sql]

    def select(self, shape: Shape, item: ast.Selected) -> None:
        """Add one item of the SELECT list."""
        expression = item.expression
        if isinstance(expression, ast.Query):
            child = self.planner.child(expression, self.scope)
            link = self.scope.root.child(expression.source.split(".")[-1])
            assert link is not None
            shape.items.append((str(link.name), Children(len(self.children))))
            self.children.append(child)
        elif isinstance(expression, ast.FieldSet):
            self._field_set(shape, expression)
        elif isinstance(expression, ast.TypeOf):
            self._type_of(shape, expression)
        elif isinstance(expression, ast.Call):
            self._call(shape, expression, item.alias)
        else:
            if item.alias:
                raise malformed("only aggregate expressions use field aliasing", self.scope.text, expression.at)
            self._path(shape, expression)

    def _path(self, shape: Shape, path: ast.Path, column: Column | None = None) -> None:
        parts = self.scope.strip(path)
        level = shape
        for depth in range(1, len(parts)):
            hop = self.scope.hop(parts[:depth], path.at)
            level = self._down(level, self._relationship_key(parts[:depth], path.at), hop)
        found = column or self.scope.column(path)
        if level.has(found.field.name) and column is None:
            raise error_at("INVALID_FIELD", f"duplicate field selected: {path}", self.scope.text, path.at)
        self.names.append(".".join(parts))
        self._put(level, found)

    def _relationship_key(self, parts: tuple[str, ...], at: int) -> str:
        owner = self.scope.hop(parts[:-1], at).targets[0][1]
        link = owner.by_relationship[parts[-1].lower()]
        return str(link.relationship)

    def _down(self, level: Shape, key: str, hop: Hop) -> Shape:
        there = level.child(key)
        if there is not None:
            return there
        if hop.polymorphic:
            new = Shape(None, self.add(hop.id_sql), prefixes={m.prefix: m.name for _, m in hop.targets})
        else:
            alias, made = hop.targets[0]
            new = Shape(made.name, self.add(f'{alias}."Id"'))
        level.items.append((key, Nested(new)))
        return new

    def _put(self, level: Shape, found: Column) -> None:
        self.long_text = self.long_text or found.field.long_text
        if found.field.type == "address":
            alias = found.sql.split(".", 1)[0]
            parts = {_address_key(f.name): f.name for f in found.sobject.parts_of(found.field.name)}
            columns = tuple((k, self.add(f'{alias}."{parts[k]}"')) for k in _ADDRESS_KEYS if k in parts)
            level.items.append((found.field.name, Address(columns)))
            return
        convert = bool if found.field.type == "boolean" else None
        level.items.append((found.field.name, Plain(self.add(found.sql), convert, found.field.type)))

    def _field_set(self, shape: Shape, wanted: ast.FieldSet) -> None:
        limit = self.query.limit
        if wanted.which in {"ALL", "CUSTOM"} and (limit is None or limit > 200):
            raise malformed("The SOQL FIELDS function must have a LIMIT of at most 200", self.scope.text, wanted.at)
        made = self.scope.root
        for f in made.fields:
            if self.planner.access.field(made, f.name) is None or shape.has(f.name):
                continue
            if wanted.which == "ALL" or f.custom == (wanted.which == "CUSTOM"):
                self._path(shape, ast.Path((f.name,), wanted.at))

    def _type_of(self, shape: Shape, wanted: ast.TypeOf) -> None:
        hop = self.scope.hop((wanted.relationship,), wanted.at)
        if not hop.polymorphic:
            raise malformed(f"{wanted.relationship} is not polymorphic", self.scope.text, wanted.at)
        cases = {kind.lower(): paths for kind, paths in wanted.cases}
        shapes: dict[str, Shape] = {}
        for alias, made in hop.targets:
            paths = cases.get(made.name.lower(), wanted.otherwise)
            level = Shape(made.name, self.add(f'{alias}."Id"'))
            one = Hop(((alias, made),), hop.id_sql, False)
            for path in paths:
                self._put(level, self.scope.on_hop(one, path.parts[-1], path))
            shapes[made.prefix] = level
        key = str(self.scope.root.by_relationship[wanted.relationship.lower()].relationship)
        shape.items.append((key, Typed(self.add(hop.id_sql), shapes)))

    def _call(self, shape: Shape, call: ast.Call, alias: str | None) -> None:
        if call.name not in {"TOLABEL", "FORMAT", "CONVERTCURRENCY"} or not isinstance(call.argument, ast.Path):
            raise malformed(f"{call.name} needs GROUP BY", self.scope.text, call.at)
        found = self.scope.column(call.argument)
        key = alias or found.field.name
        labels = {c.value: c.label for c in found.field.choices}
        index = self.add(found.sql)
        if call.name == "TOLABEL":
            shape.items.append((key, Plain(index, lambda v: labels.get(v, v))))
        elif call.name == "FORMAT":
            kind = found.field.type
            shape.items.append((key, Plain(index, lambda v: str(to_json(kind, v)))))
        else:
            shape.items.append((key, Plain(index)))


def _address_key(name: str) -> str:
    """Map a part such as `BillingPostalCode` to its key in the compound, `postalCode`."""
    for key in ("GeocodeAccuracy", "PostalCode", "Latitude", "Longitude", "Country", "Street", "State", "City"):
        if name.endswith(key):
            return key[0].lower() + key[1:]
    return name
