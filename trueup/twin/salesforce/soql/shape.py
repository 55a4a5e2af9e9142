"""How rows of SQL become records of JSON: which column goes under which key, at which depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Convert = Callable[[Any], Any]


@dataclass(slots=True)
class Shape:
    """One level of a record. Items keep the order asked for.

    `kind` is the object's name, or None when the id decides among `kinds` (polymorphic: attributes say `Name`).
    """

    kind: str | None
    id_index: int
    items: list[tuple[str, Item]] = field(default_factory=list)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def child(self, key: str) -> Shape | None:
        """The nested level under a key, if there is one already."""
        for name, item in self.items:
            if name.lower() == key.lower() and isinstance(item, Nested):
                return item.shape
        return None

    def has(self, key: str) -> bool:
        """Whether a key is taken."""
        return any(name.lower() == key.lower() for name, _ in self.items)


@dataclass(frozen=True, slots=True)
class Plain:
    """A value straight from a column, perhaps converted; `kind` is the field's type, for those who print otherwise."""

    index: int
    convert: Convert | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A compound address from its parts: (key, column index) pairs; null when all are empty."""

    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Nested:
    """A parent record."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Typed:
    """TYPEOF: one shape per object, chosen by the id in a column."""

    id_index: int
    by_prefix: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Children:
    """A child subquery; the rows are put in by the executor."""

    number: int


Item = Plain | Address | Nested | Typed | Children


def build(
    shape: Shape, rows: Sequence[Sequence[Any]], root: str, children: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Turn rows into records. `root` is the URL path of sobjects; `children` maps parent id to its subresult."""
    return [record(shape, row, root, children) for row in rows]


def record(shape: Shape, row: Sequence[Any], root: str, children: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Turn one row into a record."""
    record_id = row[shape.id_index]
    kind = shape.kind
    if kind is None:
        true_kind = shape.prefixes.get(record_id[:3], "Name")
        out: dict[str, Any] = {"attributes": {"type": "Name", "url": f"{root}{true_kind}/{record_id}"}}
    else:
        out = {"attributes": {"type": kind, "url": f"{root}{kind}/{record_id}"}}
    for key, item in shape.items:
        if type(item) is Plain:
            value = row[item.index]
            out[key] = value if item.convert is None or value is None else item.convert(value)
        elif type(item) is Nested:
            out[key] = None if row[item.shape.id_index] is None else record(item.shape, row, root, children)
        elif type(item) is Address:
            parts = {k: row[i] for k, i in item.parts}
            out[key] = parts if any(v is not None for v in parts.values()) else None
        elif type(item) is Typed:
            target = item.by_prefix.get((row[item.id_index] or "")[:3])
            out[key] = None if target is None else record(target, row, root, children)
        elif type(item) is Children:
            out[key] = children[item.number].get(record_id)
    return out
