"""The property definitions that HubSpot ships, and the shape of any definition.

Each `*.txt` beside this file lists one object's properties, a line each, under the groups they belong to:

    [group_name] Group label
    name : type/fieldType : flags : Label : option ; option=Label ; ...

Flags: r read-only value, d read-only definition, c calculated, e external options, u unique value, h hidden,
f form field, - none. A lone `type` means that the field type has the same name; `@bool` stands for true and false,
`@timezones` for those of `timezones.txt`. Companies' `hs_keywords` and `web_technologies` have 1,583 and 712 options in
HubSpot of which hardly one is known: here they list none and take any value.
The properties of stages (a dozen for every stage) are not listed: `lifecycle.py` derives them from the stages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

_ENGAGEMENTS = {"calls", "emails", "meetings", "notes", "tasks", "communications", "postal_mail"}
_RECORDED = {"contacts", "companies"}
_SHIPPED_AT = "2020-06-30T15:57:37.277Z"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an enumeration."""

    value: str
    label: str
    order: int
    hidden: bool = False
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the API lists it."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True)
class Definition:
    """One property of one object type."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[Option, ...] = ()
    read_only: bool = False
    read_only_definition: bool = False
    calculated: bool = False
    external_options: bool = False
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    description: str = ""
    display_order: int = -1
    hubspot_defined: bool = False
    archived: bool = False
    created_at: str = _SHIPPED_AT
    updated_at: str = _SHIPPED_AT
    referenced: str = ""
    sensitivity: str = "non_sensitive"
    categories: tuple[str, ...] = ()
    formula: str = ""
    values: frozenset[str] = field(default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozenset(option.value for option in self.options))

    @property
    def multiple(self) -> bool:
        """Whether the value is a `;`-joined set."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def to_json(self) -> dict[str, Any]:
        """As the API answers it."""
        out: dict[str, Any] = {
            "updatedAt": self.updated_at,
            "createdAt": self.created_at,
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.to_json() for option in self.options],
        }
        if self.referenced:
            out["referencedObjectType"] = self.referenced
        out |= {
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
        }
        if self.hubspot_defined:
            out["hubspotDefined"] = True
        out |= {
            "modificationMetadata": {
                "archivable": not self.hubspot_defined or not self.read_only_definition,
                "readOnlyDefinition": self.read_only_definition,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": self.sensitivity,
        }
        if self.categories:
            out["sensitiveDataCategories"] = list(self.categories)
        if self.formula:
            out["calculationFormula"] = self.formula
        return out


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one object type has before anybody customises it."""

    definitions: tuple[Definition, ...]
    groups: dict[str, str]


@cache
def shipped(object_name: str) -> Shipped:
    """The HubSpot-defined properties and groups of an object type, in the files' order."""
    files = [] if object_name in _RECORDED else ["common"]
    if object_name in _ENGAGEMENTS:
        files.append("engagement")
    files.append(object_name)
    found: dict[str, Definition] = {}
    groups: dict[str, str] = {}
    for name in files:
        source = resources.files(__name__).joinpath(f"{name}.txt")
        if source.is_file():
            _read(source.read_text(encoding="utf-8"), found, groups)
    return Shipped(tuple(found.values()), groups)


def _read(text: str, found: dict[str, Definition], groups: dict[str, str]) -> None:
    group = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            group, _, label = line[1:].partition("] ")
            groups[group] = label
            continue
        definition = _definition(line, group)
        found[definition.name] = definition


def _definition(line: str, group: str) -> Definition:
    name, kind, flags, label, *rest = line.split(" : ")
    value_type, _, field_type = kind.partition("/")
    return Definition(
        name=name,
        label=label,
        type=value_type,
        field_type=field_type or value_type,
        group=group,
        options=_options(rest[0]) if rest else (),
        read_only="r" in flags,
        read_only_definition="d" in flags,
        calculated="c" in flags,
        external_options="e" in flags,
        unique="u" in flags,
        hidden="h" in flags,
        form_field="f" in flags,
        hubspot_defined=True,
        referenced=_REFERENCED.get(name, ""),
    )


_REFERENCED = {"hubspot_owner_id": "OWNER", "associatedcompanyid": "COMPANY", "hs_parent_company_id": "COMPANY"}


def _options(text: str) -> tuple[Option, ...]:
    if text == "@bool":
        return (Option("true", "True", 0), Option("false", "False", 1))
    if text == "@timezones":
        return _timezones()
    out = []
    for order, part in enumerate(text.split(" ; ")):
        value, _, label = part.partition("=")
        value = value.strip()
        out.append(Option(value, label or value.replace("_", " ").replace("-", " ").title(), order))
    return tuple(out)


def _timezones() -> tuple[Option, ...]:
    """Each zone under the name that IANA has for it, spelled as HubSpot spells values: `us_slash_eastern`."""
    lines = resources.files(__name__).joinpath("timezones.txt").read_text(encoding="utf-8").splitlines()
    zones = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return tuple(
        Option(
            name.lower().replace("/", "_slash_").replace("-", "_hyphen_"),
            f"UTC {offset} {name.replace('/', ' ').replace('_', ' ')}",
            order,
        )
        for order, (offset, _, name) in enumerate(zones)
    )
