"""Names to columns: resolves field paths against the schema and gathers the joins that they need.

Lookups become LEFT JOINs. A polymorphic lookup (Who, What, Owner) offers only the fields of the `Name` pseudo-object;
anything more takes TYPEOF. [reference 6.3]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..metadata.model import Field, SObject
from . import ast
from .calculated import formula_sql
from .errors import at as error_at
from .errors import no_column, no_relationship
from .passing import PASSING

NAME_FIELDS = {
    f.lower(): f
    for f in [
        "Id",
        "Name",
        "Type",
        "FirstName",
        "LastName",
        "Email",
        "Phone",
        "Title",
        "Username",
        "Alias",
        "IsActive",
        "UserRoleId",
        "ProfileId",
    ]
}
_MAX_UP = 5
_MOST_PARENTS = 55


class Access(Protocol):
    """What the asking user may see."""

    @property
    def sees_all(self) -> bool:
        """Whether the user has the permission View All Data."""

    def sobject(self, name: str) -> SObject | None:
        """Find an object that the user may read."""

    def any(self, name: str) -> SObject:
        """An object that exists, whoever asks."""

    def field(self, made: SObject, name: str) -> Field | None:
        """Find a field that the user may read."""

    def shared(self, made: SObject, alias: str) -> str:
        """The SQL that leaves out records which are not shared with the user."""


@dataclass(frozen=True, slots=True)
class Column:
    """A resolved field: its SQL, its definition, the object that holds it."""

    sql: str
    field: Field
    sobject: SObject


def labelled(column: Column) -> Column:
    """A picklist by its labels, as toLabel() compares it."""
    changed = [(c.value, c.label) for c in column.field.choices if c.value != c.label]
    if not changed:
        return column
    quoted = [(value.replace("'", "''"), label.replace("'", "''")) for value, label in changed]
    cases = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in quoted)
    return Column(f"((CASE {column.sql} {cases} ELSE {column.sql} END) COLLATE NOCASE)", column.field, column.sobject)


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a relationship path ends: the alias and object, or one alias per possible object."""

    targets: tuple[tuple[str, SObject], ...]
    id_sql: str
    polymorphic: bool


class Scope:
    """One FROM clause: the root object under its alias, and the joins made so far."""

    def __init__(
        self, access: Access, root: SObject, text: str, alias: str | None, prefix: str = "t", level: int = 0
    ) -> None:
        self.access = access
        self.level = level
        self.root = root
        self.text = text
        self.alias = (alias or "").lower()
        self.prefix = prefix
        self.joins: list[str] = []
        self._links: dict[tuple[str, str], tuple[str, SObject]] = {}
        self._hops: dict[tuple[str, ...], Hop] = {(): Hop(((f"{prefix}0", root),), f'{prefix}0."Id"', False)}

    @property
    def from_sql(self) -> str:
        """FROM and its joins."""
        return f'"{self.root.name}" {self.prefix}0 {" ".join(self.joins)}'

    def strip(self, path: ast.Path) -> tuple[str, ...]:
        """Drop a leading alias or object name."""
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() in {self.alias, self.root.name.lower()}:
            own = self.root.by_relationship.get(parts[0].lower())
            if parts[0].lower() == self.alias or own is None:
                return parts[1:]
        return parts

    def hop(self, path: tuple[str, ...], at: int) -> Hop:
        """Follow relationships from the root, joining as needed."""
        key = tuple(p.lower() for p in path)
        if key in self._hops:
            return self._hops[key]
        if len(path) > _MAX_UP:
            raise error_at("INVALID_FIELD", f"Relationship path too deep: {'.'.join(path)}", self.text, at)
        if len(self._hops) > _MOST_PARENTS:
            raise error_at("MALFORMED_QUERY", f"more than {_MOST_PARENTS} parent relationships", self.text, at)
        before = self.hop(path[:-1], at)
        if before.polymorphic:
            raise no_relationship(path[-1], self.text, at)
        alias, made = before.targets[0]
        link = made.by_relationship.get(key[-1])
        if link is None or self.access.field(made, link.name) is None:
            raise no_relationship(path[-1], self.text, at)
        targets = []
        for name in link.refers_to:
            target = self.access.sobject(name)
            if target is None:
                continue
            new = f"{self.prefix}{len(self.joins) + 1}"
            shared = self.access.shared(target, new)
            only = f" AND {shared}" if shared else ""
            target_key = "DurableId" if target.get("DurableId") else "Id"
            self.joins.append(f'LEFT JOIN "{target.name}" {new} ON {new}."{target_key}" = {alias}."{link.name}"{only}')
            targets.append((new, target))
        if not targets:
            raise no_relationship(path[-1], self.text, at)
        made_hop = Hop(tuple(targets), f'{alias}."{link.name}"', len(link.refers_to) > 1)
        self._hops[key] = made_hop
        return made_hop

    def column(self, path: ast.Path) -> Column:
        """Resolve a path to a column."""
        parts = self.strip(path)
        hop = self.hop(parts[:-1], path.at)
        return self.on_hop(hop, parts[-1], path)

    def field_column(self, alias: str, made: SObject, found: Field) -> Column:
        """A field of the object under an alias; a formula is worked out there."""
        if (made.name, found.name) in PASSING:
            return Column(PASSING[made.name, found.name].format(alias), found, made)
        if found.formula is None:
            return Column(f'{alias}."{found.name}"', found, made)
        sql = formula_sql(made, found, alias, self._formula_join)
        return Column(f"({sql} COLLATE NOCASE)" if found.caseless else sql, found, made)

    def _formula_join(self, alias: str, link: Field) -> tuple[str, SObject] | None:
        """Join a parent for a formula, which sees all records."""
        if len(link.refers_to) != 1:
            return None
        key = (alias, link.name)
        if key not in self._links:
            target = self.access.any(link.refers_to[0])
            new = f"{self.prefix}{len(self.joins) + 1}"
            self.joins.append(f'LEFT JOIN "{target.name}" {new} ON {new}."Id" = {alias}."{link.name}"')
            self._links[key] = (new, target)
        return self._links[key]

    def on_hop(self, hop: Hop, name: str, path: ast.Path) -> Column:
        """Resolve a field name at the end of a relationship path."""
        if not hop.polymorphic:
            alias, made = hop.targets[0]
            found = self.access.field(made, name)
            if found is None:
                raise no_column(name, made.name, self.text, path.at)
            return self.field_column(alias, made, found)
        plain = NAME_FIELDS.get(name.lower())
        if plain is None:
            raise no_column(name, "Name", self.text, path.at)
        first = hop.targets[0][1]
        if plain == "Id":
            return Column(hop.id_sql, Field("Id", "id", "Id"), first)
        if plain == "Type":
            cases = " ".join(f"WHEN '{made.prefix}' THEN '{made.name}'" for _, made in hop.targets)
            return Column(f"(CASE substr({hop.id_sql}, 1, 3) {cases} END)", Field("Type", "string", "Type"), first)
        having = [(alias, made.get(plain)) for alias, made in hop.targets if made.get(plain)]
        if not having:
            return Column("NULL", Field(plain, "string", plain), first)
        choices = ", ".join(f'{alias}."{plain}"' for alias, _ in having)
        sql = f"COALESCE({choices})" if len(having) > 1 else choices
        definition = having[0][1]
        assert definition is not None
        if definition.type not in {"boolean", "reference", "id"}:
            sql += " COLLATE NOCASE"
            definition = Field(plain, "string", plain)
        return Column(f"({sql})", definition, first)
