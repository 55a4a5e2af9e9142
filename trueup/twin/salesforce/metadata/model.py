"""Definitions of objects and fields, and how `describe` prints them.

The key sets are those of real describes. [rec cumulusci/GET_sobjects_*] [rec-h]
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..values import EXACT_TYPES, NUMBER_TYPES

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
    "anyType": "xsd:anyType",
    "base64": "xsd:base64Binary",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One picklist value. Inactive ones remain on records and can no longer be chosen in the user interface."""

    value: str
    label: str
    active: bool = True
    default: bool = False
    valid_for: str | None = None

    def describe(self) -> dict[str, Any]:
        """Print as an entry of picklistValues."""
        return {
            "active": self.active,
            "defaultValue": self.default,
            "label": self.label,
            "validFor": self.valid_for,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Rollup:
    """A roll-up summary: what it counts or adds up, of which children, through which lookup of theirs."""

    sobject: str
    link: str
    function: str
    field: str | None = None
    where: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, with everything that describe tells and the rules need."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    createable: bool = False
    updateable: bool = False
    nillable: bool = True
    defaulted: bool = False
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    name_field: bool = False
    restricted: bool = False
    permissionable: bool = False
    name_pointing: bool = False
    polymorphic: bool = False
    prefilterable: bool = False
    filterable: bool = True
    custom: bool = False
    auto_number: bool = False
    formula: str | None = None
    rollup: Rollup | None = None
    compound: str | None = None
    extra: str | None = None
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_name: str | None = None
    cascade: bool = False
    choices: tuple[Choice, ...] = ()
    controller: str | None = None
    default: Any = None
    help: str | None = None
    byte_length: int | None = None

    @property
    def long_text(self) -> bool:
        """A long text area: not filterable, sortable or groupable, and it makes query pages shorter."""
        return self.type == "textarea" and self.length > 255

    @property
    def stored(self) -> bool:
        """Whether the value has a column (addresses are put together, formulas worked out on the way out)."""
        return self.formula is None and not self.is_compound

    @property
    def is_compound(self) -> bool:
        """Whether it is made of other fields."""
        return self.type in {"address", "location"}

    @property
    def caseless(self) -> bool:
        """Whether its texts compare and sort without case."""
        return self.type not in EXACT_TYPES and not self.case_sensitive

    @property
    def required(self) -> bool:
        """Whether a create must give it. [reference 5.2: createable and not nillable and not defaultedOnCreate]"""
        return self.createable and not self.nillable and not self.defaulted and self.type != "boolean"

    @property
    def can_filter(self) -> bool:
        """Whether it may stand in WHERE."""
        return self.filterable and not self.long_text

    @property
    def can_sort(self) -> bool:
        """Whether it may stand in ORDER BY."""
        return self.can_filter and self.type not in {"address", "location", "multipicklist", "anyType"}

    @property
    def can_group(self) -> bool:
        """Whether it may stand in GROUP BY."""
        return (
            not self.long_text
            and self.type not in NUMBER_TYPES
            and self.type not in {"datetime", "address", "location", "anyType", "base64"}
        )

    def _bytes(self) -> int:
        if self.byte_length is not None:
            return self.byte_length
        return 18 if self.type in {"id", "reference"} else self.length * 3

    def default_choice(self) -> str | None:
        """The value a create gets when it names none."""
        return next((c.value for c in self.choices if c.default), None)

    def describe(self) -> dict[str, Any]:
        """Print as an entry of `fields`, keys in the real order."""
        plain = self.type in {"boolean", "address", "location", "anyType", "base64"} or self.long_text
        default = self.default if self.type == "boolean" else (self.default_choice() if self.choices else self.default)
        return {
            "aggregatable": not plain,
            "aiPredictionField": False,
            "autoNumber": self.auto_number,
            "byteLength": self._bytes(),
            "calculated": self.formula is not None or self.rollup is not None,
            "calculatedFormula": self.formula,
            "cascadeDelete": False,
            "caseSensitive": self.case_sensitive,
            "compoundFieldName": self.compound,
            "controllerName": self.controller,
            "createable": self.createable,
            "custom": self.custom,
            "defaultValue": default,
            "defaultValueFormula": None,
            "defaultedOnCreate": self.defaulted or self.type == "id",
            "dependentPicklist": self.controller is not None,
            "deprecatedAndHidden": False,
            "digits": self.digits,
            "displayLocationInDecimal": False,
            "encrypted": False,
            "externalId": self.external_id,
            "extraTypeInfo": self.extra,
            "filterable": self.can_filter,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": False,
            "groupable": self.can_group,
            "highScaleNumber": False,
            "htmlFormatted": False,
            "idLookup": self.id_lookup or self.external_id,
            "inlineHelpText": self.help,
            "label": self.label,
            "length": 18 if self.type in {"id", "reference"} else self.length,
            "mask": None,
            "maskType": None,
            "name": self.name,
            "nameField": self.name_field,
            "namePointing": self.name_pointing,
            "nillable": self.nillable,
            "permissionable": self.permissionable,
            "picklistValues": [c.describe() for c in self.choices],
            "polymorphicForeignKey": self.polymorphic,
            "precision": self.precision,
            "queryByDistance": self.type in {"address", "location"},
            "referenceTargetField": None,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship,
            "relationshipOrder": None,
            "restrictedDelete": False,
            "restrictedPicklist": self.restricted,
            "scale": self.scale,
            "searchPrefilterable": self.prefilterable,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.can_sort,
            "type": self.type,
            "unique": self.unique,
            "updateable": self.updateable,
            "writeRequiresMasterRead": False,
        }


@dataclass(frozen=True, slots=True)
class Child:
    """The other end of a lookup: which object points here, by which field, under which relationship name."""

    sobject: str
    field: str
    name: str | None
    cascade: bool

    def describe(self) -> dict[str, Any]:
        """Print as an entry of childRelationships."""
        return {
            "cascadeDelete": self.cascade,
            "childSObject": self.sobject,
            "deprecatedAndHidden": False,
            "field": self.field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": self.name,
            "restrictedDelete": False,
        }


@dataclass(slots=True)
class SObject:
    """One object type: its own facts, its fields in describe order, and who points at it."""

    name: str
    label: str
    plural: str
    prefix: str
    flags: frozenset[str]
    fields: list[Field]
    custom: bool = False
    scopes: list[tuple[str, str]] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    views: list[Child] = field(default_factory=list)
    record_types: list[dict[str, Any]] = field(default_factory=list)
    by_name: dict[str, Field] = field(default_factory=dict)
    by_relationship: dict[str, Field] = field(default_factory=dict)
    stored_fields: list[Field] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index()

    def index(self) -> None:
        """Rebuild the look-up tables after the fields changed."""
        self.by_name = {f.name.lower(): f for f in self.fields}
        self.by_relationship = {f.relationship.lower(): f for f in self.fields if f.relationship}
        self.stored_fields = [f for f in self.fields if f.stored]

    def get(self, name: str) -> Field | None:
        """Find a field by name, whatever the case."""
        return self.by_name.get(name.lower())

    @property
    def queryable(self) -> bool:
        """Whether it may stand in FROM."""
        return bool(self.prefix) or "queryable" in self.flags

    def child(self, relationship: str) -> Child | None:
        """Find a child relationship by its name, whatever the case."""
        wanted = relationship.lower()
        return next((c for c in (*self.children, *self.views) if c.name and c.name.lower() == wanted), None)

    def replace_field(self, name: str, **changes: Any) -> None:
        """Put a changed definition in a field's place."""
        self.fields = [replace(f, **changes) if f.name == name else f for f in self.fields]
        self.index()

    def parts_of(self, compound: str) -> list[Field]:
        """The fields that a compound field is made of."""
        return [f for f in self.fields if f.compound == compound]

    def name_of(self) -> Field | None:
        """The field that names a record of this type to people."""
        return next((f for f in self.fields if f.name_field), None)
