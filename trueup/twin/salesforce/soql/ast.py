"""The tree of a SOQL query."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps reached through relationships: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function over a field: COUNT(Id), toLabel(Status), CALENDAR_YEAR(CreatedDate)."""

    name: str
    argument: Path | Call | None
    at: int


@dataclass(frozen=True, slots=True)
class FieldSet:
    """FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""

    which: str
    at: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    """TYPEOF Who WHEN Contact THEN Email ELSE Name END."""

    relationship: str
    cases: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written. Kinds: string, number, date, datetime, time, boolean, null, dateliteral, currency."""

    kind: str
    text: str
    at: int
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """One condition: field operator value. `values` holds several for IN, INCLUDES and their opposites."""

    left: Path | Call
    operator: str
    values: tuple[Literal, ...]
    subquery: Query | None
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """NOT condition."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions joined by AND (`every`) or OR."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Compare | Not | Both


@dataclass(frozen=True, slots=True)
class Order:
    """One ORDER BY item."""

    expression: Path | Call
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Selected:
    """One item of the SELECT list, with its alias."""

    expression: Path | Call | FieldSet | TypeOf | Query
    alias: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or a subquery."""

    text: str
    selected: tuple[Selected, ...]
    source: str
    source_at: int
    alias: str | None = None
    scope: str | None = None
    where: Condition | None = None
    group: tuple[Path | Call, ...] = ()
    subtotals: str = ""
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False
    at: int = 0
    notes: tuple[str, ...] = field(default=())
    purposes: tuple[str, ...] = field(default=())
