"""Which properties a filter names, wherever in it: a list's branches, or the groups of a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trueup.twin.hubspot.types import ObjectType, Types

_NAMES = ("property", "propertyName", "comparisonPropertyName", "propertyWithObjectId")
_ELSEWHERE = frozenset({"ASSOCIATION", "PROPERTY_ASSOCIATION"})


_DEEPEST = 60
"""Deeper than any filter that is understood."""


def named(types: Types, object_type: ObjectType, filter_: Any, depth: int = 0) -> Iterator[tuple[ObjectType, str]]:
    """Each property with the type that it is asked of; a branch about associated records asks of theirs."""
    if depth > _DEEPEST:
        return
    if isinstance(filter_, list):
        for one in filter_:
            yield from named(types, object_type, one, depth + 1)
    elif isinstance(filter_, Mapping):
        yield from ((object_type, filter_[key]) for key in _NAMES if isinstance(filter_.get(key), str))
        there = None
        if filter_.get("filterBranchType") in _ELSEWHERE:
            there = types.get(str(filter_.get("objectTypeId") or ""))
        for value in filter_.values():
            yield from named(types, there or object_type, value, depth + 1)
