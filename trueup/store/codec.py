"""Frozen types to JSON text and back: the one place where the store's JSON is made.

Keys are sorted, so that equal values are equal text. Text that is no Unicode (a lone surrogate, which some CRMs let
through) cannot be stored by either database: it becomes U+FFFD on the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any, TypeVar, cast

import orjson

T = TypeVar("T")

_OPTIONS = orjson.OPT_SORT_KEYS


def dumps(value: object) -> str:
    """JSON text of plain values, mappings and the model's types."""
    try:
        return orjson.dumps(value, _plain, _OPTIONS).decode()
    except TypeError as error:
        if "surrogate" not in str(error) and "UTF-8" not in str(error):
            raise
        return orjson.dumps(_clean(value), _plain, _OPTIONS).decode()


def dumps_in_order(value: object) -> str:
    """JSON text that keeps the order of mappings; their keys may be enums."""
    return orjson.dumps(value, _plain, orjson.OPT_NON_STR_KEYS).decode()


def loads(text: str | bytes) -> Any:
    """Plain values from JSON text."""
    return orjson.loads(text)


def decode(type_: type[T], text: str | bytes) -> T:
    """One of the model's types from its JSON text. Raises ValueError when the text does not fit."""
    return cast(T, _adapter(cast(Any, type_)).validate_json(text))


def fields_of(text: str) -> dict[str, str | None]:
    """A record's fields: NULL, blank and absent stay three different things."""
    return cast("dict[str, str | None]", orjson.loads(text))


@cache
def _adapter(type_: type[Any]) -> Any:
    from pydantic import TypeAdapter  # heavy, and most commands read no plan

    return TypeAdapter(type_)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"cannot be stored as JSON: {type(value).__name__}")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if is_dataclass(value) and not isinstance(value, type):
        return _clean(asdict(value))
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
