"""Dependent picklists: which of a field's values go with which value of the field that controls it.

`validFor` is a base64 bit map over the controlling field's picklistValues, the first bit the highest of the first byte;
a controlling checkbox counts as false, true. [doc api/sforce_api_calls_describesobjects_describesobjectresult,
DependentPicklist; length in whole groups of three bytes unverified] The API shows it and does not enforce it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .model import Field, SObject


def bit_map(positions: list[int]) -> str:
    """Print as validFor: the bits at these positions are set."""
    out = bytearray((max(positions, default=0) // 24 + 1) * 3)
    for position in positions:
        out[position >> 3] |= 0x80 >> (position & 7)
    return base64.b64encode(out).decode()


def declare(objects: Mapping[str, SObject], given: Mapping[str, Any]) -> None:
    """Lay `dependent_picklists` of the world file over the fields: `Object.Field: {controller, values}`."""
    for key, entry in given.items():
        sobject, _, name = str(key).partition(".")
        made = objects.get(sobject)
        found = made.get(name) if made is not None else None
        if made is None or found is None or not found.choices:
            raise KeyError(f"dependent_picklists: {key} is not a picklist")
        controller = made.get(str(entry.get("controller", "")))
        if controller is None or not (controller.type == "boolean" or controller.choices):
            text = f"dependent_picklists: {key} needs a controller, a picklist or checkbox of {sobject}"
            raise KeyError(f"{text}; {entry.get('controller')!r} is none")
        pairs = {str(value): [str(v) for v in going] for value, going in dict(entry.get("values") or {}).items()}
        _declare(made, found, controller, pairs, key)


def _declare(made: SObject, found: Field, controller: Field, pairs: dict[str, list[str]], key: str) -> None:
    boolean = controller.type == "boolean"
    order = ["false", "true"] if boolean else [c.value for c in controller.choices]
    pairs = {k.lower() if boolean else k: vs for k, vs in pairs.items()}
    known = {c.value for c in found.choices}
    for value in pairs:
        if value not in order:
            raise KeyError(f"dependent_picklists: {key}: {controller.name} has no value {value!r}; it has {order}")
    for value in (v for vs in pairs.values() for v in vs):
        if value not in known:
            raise KeyError(f"dependent_picklists: {key} has no value {value!r}; it has {sorted(known)}")
    choices = tuple(
        replace(c, valid_for=bit_map([k for k, value in enumerate(order) if c.value in pairs.get(value, ())]))
        for c in found.choices
    )
    made.replace_field(found.name, choices=choices, controller=controller.name)
