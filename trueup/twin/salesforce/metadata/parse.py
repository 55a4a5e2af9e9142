"""Reads the object definitions: one text file per standard object, one line per field.

    object Lead | Lead | Leads | 00Q | mergeable undeletable ...        name, label, plural, key prefix, flags
    scope mine | My leads
    Email | email(80) | cuLp | Email | compound=... , values=A;B*;C~    name, type, marks, label, extras

Marks: c createable, u updateable, ! not nillable, d defaulted on create, L idLookup, N name field, R restricted
picklist, p permissionable, P namePointing, Y polymorphic, S search-prefilterable, f not filterable. In value lists a
star marks the default, a tilde an inactive value, `value>label` a label of its own; `@industry` and its like name
lists shared by several objects.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from .model import Choice, Field, SObject

SHARED = {
    "@industry": "Agriculture;Apparel;Banking;Biotechnology;Chemicals;Communications;Construction;Consulting;Education;"
    "Electronics;Energy;Engineering;Entertainment;Environmental;Finance;Food & Beverage;Government;Healthcare;"
    "Hospitality;"
    "Insurance;Machinery;Manufacturing;Media;Not For Profit;Recreation;Retail;Shipping;Technology;Telecommunications;"
    "Transportation;Utilities;Other",
    "@source": "Web;Phone Inquiry;Partner Referral;Purchased List;Other",
    "@geocode": "Address;NearAddress;Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown",
}

_TYPE = re.compile(r"^(\w+)(?:\(([^)]*)\))?(?:\s+(\S+))?$")


def choices(text: str) -> tuple[Choice, ...]:
    """Read a value list."""
    out = []
    for part in SHARED.get(text, text).split(";"):
        bare = part.rstrip("*~")
        marks = part[len(bare) :]
        value, _, label = bare.partition(">")
        out.append(Choice(value, label or value, active="~" not in marks, default="*" in marks))
    return tuple(out)


def _extras(text: str) -> dict[str, str]:
    out = {}
    for part in text.split(" , "):
        key, _, value = part.strip().partition("=")
        out[key] = value
    return out


def field(line: str) -> Field:
    """Read one field line."""
    cells = [cell.strip() for cell in line.split("|")]
    name, type_text, marks, label = cells[:4]
    extras = _extras(cells[4]) if len(cells) > 4 else {}
    found = _TYPE.match(type_text)
    if not found:
        raise ValueError(f"cannot read the type in: {line}")
    kind, inner, relationship = found.groups()
    numbers = [int(n) for n in inner.split(",")] if inner and kind != "reference" else []
    child = extras.get("child", "")
    return Field(
        name=name,
        type=kind,
        label=label,
        length=numbers[0] if numbers and len(numbers) == 1 and kind != "int" else 0,
        precision=numbers[0] if len(numbers) == 2 else 0,
        scale=numbers[1] if len(numbers) == 2 else 0,
        digits=numbers[0] if kind == "int" and numbers else 0,
        createable="c" in marks,
        updateable="u" in marks,
        nillable="!" not in marks,
        defaulted="d" in marks,
        id_lookup="L" in marks,
        unique=extras.get("unique") == "yes",
        name_field="N" in marks,
        restricted="R" in marks,
        permissionable="p" in marks,
        name_pointing="P" in marks,
        polymorphic="Y" in marks,
        prefilterable="S" in marks,
        filterable="f" not in marks,
        compound=extras.get("compound"),
        extra=extras.get("extra"),
        refers_to=tuple(inner.split(",")) if kind == "reference" and inner else (),
        relationship=relationship if relationship not in {None, "-"} else None,
        byte_length=int(extras["bytes"]) if "bytes" in extras else None,
        child_name=child.split(" ")[0] or None,
        cascade=child.endswith(" cascade"),
        choices=choices(extras["values"]) if "values" in extras else (),
        default=False if kind == "boolean" else None,
    )


def sobject(text: str) -> SObject:
    """Read one definition file."""
    head: list[str] = []
    fields: list[Field] = []
    scopes: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if line.startswith("object "):
            head = [cell.strip() for cell in line[len("object ") :].split("|")]
        elif line.startswith("scope "):
            name, _, label = line[len("scope ") :].partition("|")
            scopes.append((name.strip(), label.strip()))
        else:
            fields.append(field(line))
    name, label, plural, prefix, flags = head
    return SObject(name, label, plural, prefix, frozenset(flags.split()), fields, scopes=scopes)


@cache
def _read(folder: str) -> tuple[SObject, ...]:
    return tuple(
        sobject(entry.read_text(encoding="utf-8"))
        for entry in sorted((resources.files(__package__) / folder).iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".def")
    )


def definitions(folder: str) -> dict[str, SObject]:
    """Read all objects that a folder defines, fresh copies each time."""
    return {made.name: _copied(made) for made in _read(folder)}


def standard() -> dict[str, SObject]:
    """The standard objects."""
    return definitions("objects")


def _copied(made: SObject) -> SObject:
    """A definition that can be changed without changing this one; fields are never changed, only replaced."""
    return SObject(
        made.name, made.label, made.plural, made.prefix, made.flags, list(made.fields), scopes=list(made.scopes)
    )
