"""From the tree to SQL: which rows (their row numbers, in order), then what of each row.

Two statements per query. The first finds the matching row numbers; a cursor keeps them, eight bytes each. The second
reads one page of them, with the joins that the SELECT list needs. So a page of a million-row query costs what a page
costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import ApiError
from ..metadata.model import Field, SObject
from ..text import ordered
from . import activities, ast
from .aggregates import plan_aggregate
from .errors import at as error_at
from .errors import malformed, no_child, no_object
from .scope import Access, Column, Scope, labelled
from .select import Selection
from .shape import Shape
from .where import Conditions, Moment
from .words import AGGREGATES

ONE_LEVEL, MANY_LEVELS = 1, 4
"""How far below the root child subqueries may go: before API version 58, and since. [reference 6.3]"""
_MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
"""What WITH may say: nobody sees more than the user may, whatever it is."""
_MOST_CHILDREN, _MOST_SEMI_JOINS = 20, 2


@dataclass(frozen=True, slots=True)
class Source:
    """What a plan was made from, so that it can be made again: the query, who asked, and the way to a subquery."""

    text: str
    deleted: bool
    version: str
    user_id: str
    way: tuple[int, ...] = ()


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
    purposes: tuple[str, ...] = ()
    source: Source | None = None

    def come_from(self, source: Source) -> None:
        """Note the source, for the subqueries too."""
        self.source = source
        for k, child in enumerate(self.children):
            child.plan.come_from(replace(source, way=(*source.way, k)))

    def below(self, way: Sequence[int]) -> Plan:
        """The plan of a subquery."""
        return self.children[way[0]].plan.below(way[1:]) if way else self


@dataclass(slots=True)
class ChildPlan:
    """A compiled child subquery. `find_sql` gives (parent id, row number) for a JSON list of parent ids."""

    plan: Plan
    limit: int | None
    offset: int


class Planner:
    """Compiles queries for one user at one moment."""

    def __init__(
        self, access: Access, moment: Moment, user_id: str, *, deleted: bool, depth: int = MANY_LEVELS, root: str = ""
    ) -> None:
        self.access = access
        self.moment = moment
        self.user_id = user_id
        self.deleted = deleted
        self.depth = depth
        self.path = root  # where the contents of files are fetched; without it they are shown themselves
        self.children = 0
        self.joins = 0
        self.root: SObject | None = None
        self.query: ast.Query | None = None

    def plan(self, query: ast.Query) -> Plan:
        """Compile a top-level query."""
        made = self.access.sobject(query.source)
        if made is None:
            raise no_object(query.source, query.text, query.source_at)
        self.root, self.query = made, query
        if not made.queryable:
            code = "INVALID_TYPE_FOR_OPERATION"
            raise error_at(code, f"entity type {made.name} does not support query", query.text, query.source_at)
        if query.offset > 2000:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        if wrong := [note for note in query.notes if note not in _MODES]:
            raise malformed(f"unexpected token: '{wrong[0]}'", query.text, query.at)
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
        if query.scope:
            self._scope(query, scope.root, parts, args)
        if query.where is not None:
            conditions = Conditions(scope, self.moment, lambda e: self.operand(scope, e), self._subselect)
            parts.append(conditions.sql(query.where))
            args.extend(conditions.args)
        return " AND ".join(parts) or "1", args

    def _scope(self, query: ast.Query, made: SObject, parts: list[str], args: list[Any]) -> None:
        """USING SCOPE: one of those that describe lists, of which `mine` and the owned ones leave records out."""
        wanted = str(query.scope).lower()
        if wanted not in {"everything", *(name.lower() for name, _ in made.scopes)}:
            raise malformed(f"{query.scope} is not a supported scope of {made.name}", query.text, query.at)
        if made.get("OwnerId") is None:
            return
        if wanted in {"mine", "user_owned", "team"}:
            parts.append('t0."OwnerId" = ?')
            args.append(self.user_id)
        if wanted == "queue_owned":
            parts.append("substr(t0.\"OwnerId\", 1, 3) = '00G'")

    def operand(self, scope: Scope, expression: ast.Path | ast.Call) -> Column:
        """Resolve the left side of a condition: a field, or a date function of one."""
        from .aggregates import date_function

        if isinstance(expression, ast.Path):
            return scope.column(expression)
        if expression.name == "TOLABEL" and isinstance(expression.argument, ast.Path):
            return labelled(scope.column(expression.argument))
        if expression.name in AGGREGATES:
            raise malformed("Aggregate functions are only allowed in HAVING", scope.text, expression.at)
        return date_function(scope, expression)

    def _subselect(self, query: ast.Query, outer: Field) -> tuple[str, list[Any]]:
        made = self.access.sobject(query.source)
        if made is None:
            raise no_object(query.source, query.text, query.source_at)
        self.joins += 1
        if self.joins > _MOST_SEMI_JOINS:
            text = f"maximum {_MOST_SEMI_JOINS} semi join sub-selects are allowed"
            raise malformed(text, query.text, query.at)
        if made is self.root:
            text = "The inner and outer selects should not be on the same object type"
            raise malformed(text, query.text, query.source_at)
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
            sql = ordered(column.sql) if column.field.caseless else column.sql
            out.append(sql + (" DESC" if item.descending else " ASC") + _nulls(item, column, scope))
        out.append(f'{scope.prefix}0."Id"')
        return ", ".join(out)

    # -- what of each row

    def _page(self, query: ast.Query, made: SObject, plan: Plan, level: int = 0) -> Plan:
        scope = Scope(self.access, made, query.text, query.alias, level=level)
        selection = Selection(self, scope, query)
        shape = Shape(made.name, selection.add('t0."Id"'))
        for item in query.selected:
            selection.select(shape, item)
        columns = ", ".join(selection.columns)
        plan.page_sql = f"SELECT {columns} FROM json_each(?) page CROSS JOIN {_from_page(scope)} ORDER BY page.key"
        plan.shape = shape
        plan.children = selection.children
        plan.long_text = selection.long_text
        plan.columns = selection.names
        plan.purposes = query.purposes
        return plan

    def child(self, query: ast.Query, parent: Scope) -> ChildPlan:
        """Compile a child subquery, and those within it."""
        level = parent.level + 1
        if level > self.depth:
            raise malformed(
                f"SOQL statements cannot query aggregate relationships more than {self.depth} level"
                f"{'s' if self.depth > 1 else ''} away from the root entity object.",
                query.text,
                query.at,
            )
        self.children += 1
        if self.children > _MOST_CHILDREN:
            raise malformed(
                f"no more than {_MOST_CHILDREN} parent-to-child relationships are allowed", query.text, query.at
            )
        link = parent.root.child(query.source.split(".")[-1])
        made = self.access.sobject(link.sobject) if link else None
        if link is None or made is None or self.access.field(made, link.field) is None:
            raise no_child(query.source, query.text, query.source_at)
        if not made.prefix and self.query is not None and not self.access.sees_all:
            activities.check(self.query, query)
        scope = Scope(self.access, made, query.text, query.alias, level=level)
        extra = f't0."{link.field}" IN (SELECT value FROM json_each(?))'
        sql, args = self._find(query, scope, f't0."{link.field}", t0.rowid', extra)
        plan = self._page(query, made, Plan(made, sql, args), level)
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
        sql, args, columns = plan_aggregate(query, scope, self.moment, where, args)
        return Plan(made, sql, args, aggregate=columns)


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
