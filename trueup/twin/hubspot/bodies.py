"""Reads the parts of a JSON body that must be of one kind: HubSpot refuses the others as input that it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.errors import ApiError, invalid_json

Json = dict[str, Any]


def _refused(what: str, wanted: str) -> ApiError:
    return invalid_json(f"line 1, column 1: {what} must be {wanted}")


def objects(value: Any, what: str) -> list[Json]:
    """A list of objects; nothing counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _refused(what, "a list of objects")
    return value


def texts(value: Any, what: str) -> list[str]:
    """A list of texts or numbers, as texts; nothing counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str | int | float) for one in value):
        raise _refused(what, "a list of texts")
    return [str(one) for one in value]


def section(body: Mapping[str, Any], key: str) -> Json:
    """An object within a body; nothing counts as an empty one."""
    found = body.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _refused(key, "an object")
    return found


def whole(body: Mapping[str, Any], key: str, default: int) -> int:
    """A whole number within a body, also one that is written as a text."""
    raw = body.get(key, default)
    text = str(default if raw is None else raw).strip()
    if isinstance(raw, bool) or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise _refused(key, "a whole number")
    if abs(int(text)) > 2**53:
        raise _refused(key, "a smaller number")
    return int(text)
