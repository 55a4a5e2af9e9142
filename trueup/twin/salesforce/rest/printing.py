"""JSON as the service prints it: compact, or with `X-PrettyPrint: 1` in the style seen in recordings.

Pretty means two blanks of indent, ` : ` after keys, `[ {` for lists of objects and `[ ]` for empty ones.
[rec cumulusci/*]
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any

import orjson


def dump(data: Any, pretty: bool) -> bytes:
    """Print a body."""
    return _pretty(data, "\n").encode() if pretty else orjson.dumps(data)


def _pretty(data: Any, newline: str) -> str:
    kind = type(data)
    if kind is str:
        return encode_basestring(data)
    if kind is dict:
        if not data:
            return "{ }"
        inner = newline + "  "
        parts = []
        for key, value in data.items():
            shown = (
                encode_basestring(value) if type(value) is str else "null" if value is None else _pretty(value, inner)
            )
            parts.append(f"{inner}{encode_basestring(key)} : {shown}")
        return "{" + ",".join(parts) + newline + "}"
    if kind is list or kind is tuple:
        if not data:
            return "[ ]"
        return "[ " + ", ".join([_pretty(value, newline) for value in data]) + " ]"
    return orjson.dumps(data).decode()
