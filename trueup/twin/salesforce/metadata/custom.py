"""Custom fields and objects, as the world file declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .model import Choice, Field, Rollup, SObject
from .parse import standard

_TYPES = {"text": "string", "checkbox": "boolean", "number": "double", "lookup": "reference", "autonumber": "string"}
_LENGTHS = {
    "string": 255,
    "url": 255,
    "email": 80,
    "phone": 40,
    "picklist": 255,
    "multipicklist": 4099,
    "textarea": 255,
}


def choice(given: Any) -> Choice:
    """Make a picklist value from a word, or from its value, label, active and default."""
    if isinstance(given, Mapping):
        value = str(given.get("value", given.get("name", given.get("label", ""))))
        return Choice(
            value, str(given.get("label", value)), bool(given.get("active", True)), bool(given.get("default", False))
        )
    return Choice(str(given), str(given))


def custom_field(given: Mapping[str, Any]) -> Field:
    """Make a field definition from one entry of the world's custom_fields."""
    name = str(given["name"])
    kind = _TYPES.get(str(given.get("type", "string")).lower(), str(given.get("type", "string")).lower())
    numeric = kind in {"double", "currency", "percent"}
    values = tuple(choice(v) for v in given.get("values") or ())
    length = int(given.get("length", _LENGTHS.get(kind, 0)))
    label = str(given.get("label", name.removesuffix("__c").replace("_", " ")))
    auto = str(given.get("type", "")).lower() == "autonumber"
    formula = given.get("formula")
    rolled = given.get("rollup")
    writable = not auto and formula is None and rolled is None
    return Field(
        name=name,
        type=kind,
        label=label,
        length=0 if numeric or kind in {"boolean", "reference"} else length,
        precision=int(given.get("precision", 18)) if numeric else 0,
        scale=int(given.get("scale", 0)) if numeric else 0,
        digits=9 if kind == "int" else 0,
        createable=writable,
        updateable=writable,
        nillable=not given.get("required", False) and kind != "boolean",
        defaulted=kind == "boolean" or "default" in given,
        external_id=bool(given.get("external_id", False)),
        unique=bool(given.get("unique", False)),
        case_sensitive=bool(given.get("case_sensitive", False)),
        restricted=bool(given.get("restricted", False)),
        permissionable=not given.get("required", False),
        custom=name.endswith("__c"),
        auto_number=auto,
        formula=formula,
        rollup=None if rolled is None else _rollup(name, rolled),
        extra="plaintextarea" if kind == "textarea" else None,
        refers_to=tuple(_names(given.get("refers_to", given.get("reference_to")))) if kind == "reference" else (),
        relationship=name.removesuffix("__c") + "__r" if kind == "reference" else None,
        child_name=given.get("child_relationship"),
        cascade=bool(given.get("cascade", False)),
        choices=values,
        default=given.get("default", False if kind == "boolean" else None),
    )


def _rollup(name: str, given: Mapping[str, Any]) -> Rollup:
    function = str(given.get("function", "count")).upper()
    if function not in {"COUNT", "SUM", "MIN", "MAX"}:
        raise KeyError(f"custom_fields: {name} rolls up by {function}; it can COUNT, SUM, MIN or MAX")
    if "object" not in given or "link" not in given or (function != "COUNT" and "field" not in given):
        raise KeyError(f"custom_fields: the rollup of {name} needs object, link (its lookup) and, but to COUNT, field")
    where = tuple((str(k), v) for k, v in dict(given.get("where") or {}).items())
    return Rollup(str(given["object"]), str(given["link"]), function, given.get("field"), where)


def _names(given: Any) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else [str(n) for n in given]


def custom_object(name: str, given: Mapping[str, Any], number: int) -> SObject:
    """Make an object definition from one entry of the world's custom_objects."""
    label = str(given.get("label", name.removesuffix("__c").replace("_", " ")))
    audit = standard()["Campaign"]
    wanted = {
        "Id",
        "IsDeleted",
        "OwnerId",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    }
    own = [f for f in audit.fields if f.name in wanted]
    auto = str(given.get("name_field", "text")).lower() == "autonumber"
    title = Field(
        "Name",
        "string",
        f"{label} Name",
        length=80,
        createable=not auto,
        updateable=not auto,
        nillable=True,
        defaulted=True,
        id_lookup=True,
        name_field=True,
        auto_number=auto,
    )
    first = [next(f for f in own if f.name == name) for name in ("Id", "OwnerId", "IsDeleted")]
    rest = [f for f in own if f not in first]
    fields = [*first, title, *rest, *(custom_field(f) for f in given.get("fields") or ())]
    flags = frozenset(
        [
            "undeletable",
            "layoutable",
            "searchable",
            "replicateable",
            "triggerable",
            "createable",
            "updateable",
            "deletable",
        ]
    )
    prefix = str(given.get("prefix", f"a{number:02d}"))
    made = SObject(name, label, str(given.get("plural", label + "s")), prefix, flags, fields, custom=True)
    made.scopes = [("everything", f"All {label.lower()}s")]
    return made


def history_of(name: str) -> str:
    """The name of a custom object's history: `Thing__c` has `Thing__History`."""
    return name.removesuffix("__c") + "__History"


def is_history(name: str) -> bool:
    """Whether this is the history of a custom object."""
    return name.endswith("__History")


def history_object(made: SObject, number: int) -> SObject:
    """The field history of a custom object. [reference 11.2]"""
    like = standard()["AccountHistory"]
    fields = [
        replace(f, name="ParentId", label=f"{made.label} ID", refers_to=(made.name,), relationship="Parent")
        if f.name == "AccountId"
        else f
        for f in like.fields
    ]
    label = f"History: {made.label}"
    return SObject(history_of(made.name), label, label, f"h{number:02d}", like.flags, fields)
