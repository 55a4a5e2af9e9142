"""Connector options: nested mappings in the file, flat dotted names in the declaration."""

from __future__ import annotations

from collections.abc import Mapping


def flatten(given: Mapping[str, object], declared: frozenset[str], prefix: str = "") -> dict[str, object]:
    """`{auth: {flow: jwt}}` → `{auth.flow: jwt}`; a mapping that is itself a declared option stays whole."""
    flat: dict[str, object] = {}
    for key, value in given.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name not in declared:
            flat |= flatten(value, declared, f"{name}.")
        else:
            flat[name] = value
    return flat
