"""The SELECT list: which columns a page reads, and the shape of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..values import to_json
from . import ast
from .errors import at as error_at
from .errors import malformed
from .scope import Column, Hop, Scope
from .shape import Address, Children, Nested, Plain, Shape, Typed

if TYPE_CHECKING:  # child subqueries are planned by the planner, which selects by this
    from .planner import ChildPlan, Planner

_ADDRESS_KEYS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")


class Selection:
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
        if found.field.type == "base64" and self.planner.path:
            base = f"{self.planner.path}/sobjects/{found.sobject.name}/"
            sql = f"('{base}' || {found.sql.split('.', 1)[0]}.\"Id\" || '/{found.field.name}')"
            level.items.append((found.field.name, Plain(self.add(sql))))
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
