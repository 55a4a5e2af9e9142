"""Descriptions that REST prints as JSON, as elements."""

from __future__ import annotations

from typing import Any

from .envelope import NIL

_NILLABLE = frozenset({"keyPrefix"})
"""What the WSDL has always there, nil when there is none; the rest is left out."""
_ONLY_REST = frozenset({"urls", "layoutUrl"})


def tree(given: dict[str, Any]) -> list[tuple[str, Any]]:
    """A description as elements: lists are repeated, what is null is left out."""
    out: list[tuple[str, Any]] = []
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if one is None and name in _NILLABLE:
                out.append((name, NIL))
            elif one is not None and name not in _ONLY_REST:
                out.append((name, tree(one) if isinstance(one, dict) else one))
    return out
