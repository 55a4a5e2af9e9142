"""What the account says about its properties: definitions as a schema, and the field maps narrowed to what is there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.types import ACTIVITIES, MERGEABLE, OBJECTS
from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.fieldmap import ObjectMap, load, stored_ids_of
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import StoredId
from trueup.model.schema import Choice, FieldDef, Schema

_TYPES: Mapping[str, FieldType] = {
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "bool": FieldType.BOOLEAN,
    "enumeration": FieldType.CHOICE,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "phone_number": FieldType.PHONE,
}

COMPUTED: Mapping[Kind, tuple[str, ...]] = {
    Kind.ACTIVITY: ("activity_type", "done"),
    Kind.DEAL: ("company_id",),
}
"""Canonical fields that no property holds: they follow from several, or from associations."""


@dataclass(frozen=True)
class Properties:
    """One object's definitions, by name, with the map narrowed to them."""

    object: str
    definitions: Mapping[str, Json]
    map: ObjectMap
    missing: tuple[str, ...]
    stored: tuple[StoredId, ...]

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The lifecycle stages' internal values, in the account's order."""
        return ordered_options(self.definitions.get("lifecyclestage", {}))

    @cached_property
    def stamps(self) -> Mapping[str, tuple[str, ...]]:
        """Stage → the properties that hold when it was entered, the one that is set once first (reference 8.3)."""
        if self.object != "contacts":
            return {}
        found = {}
        for stage in self.stages:
            names = (f"hs_lifecyclestage_{stage}_date", f"hs_v2_date_entered_{stage}")
            found[stage] = tuple(n for n in names if n in self.definitions)
        return {stage: names for stage, names in found.items() if names}

    def wanted(self) -> list[str]:
        """The properties that a pull needs, sorted."""
        names: set[str] = {f.native for f in self.map.fields} | {s.field for s in self.stored}
        names |= {name for stamps in self.stamps.values() for name in stamps}
        names |= {"hs_meeting_end_time"} if self.object == "meetings" else set()
        names |= {"hs_merged_object_ids"} if "hs_merged_object_ids" in self.definitions else set()
        return sorted(names)

    def choices(self, name: str) -> frozenset[str]:
        """The allowed values of an enumeration; empty for anything else."""
        return frozenset(ordered_options(self.definitions.get(name, {})))

    def is_unique(self, name: str) -> bool:
        """Whether the property makes an upsert possible."""
        return bool(self.definitions.get(name, {}).get("hasUniqueValue"))

    def is_writable(self, name: str) -> bool:
        """Whether a value can be set at all."""
        return name in self.definitions and _writable(self.definitions[name])


class Definitions:
    """Asks for each object's properties once."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._maps = load("trueup.connectors.hubspot", settings.fields)
        self._known: dict[str, Properties] = {}
        self._lock = threading.RLock()

    def of(self, object: str) -> Properties:  # noqa: A002
        """The object's properties; asks HubSpot when they are not known yet."""
        with self._lock:
            if object not in self._known:
                self._known[object] = self._read(object)
            return self._known[object]

    def map(self, object: str) -> ObjectMap:  # noqa: A002
        """The object's map as the policy has it, without asking."""
        return self._maps[object]

    def schema(self, object: str) -> Schema:  # noqa: A002
        """All properties, mapped or not, and the computed fields."""
        properties, kind = self.of(object), OBJECTS[object]
        by_native = properties.map.by_native
        fields = [
            _field_def(definition, by_native[name].canonical if name in by_native else "", kind)
            for name, definition in sorted(properties.definitions.items())
        ]
        computed = COMPUTED.get(kind, ()) + (("direction", "duration_s") if object == "meetings" else ())
        fields += [_computed(name, kind, writable=name == "company_id") for name in computed]
        if properties.stored:
            fields.append(_computed("foreign_ids", kind, writable=True))
        read_only = object == "owners"
        return Schema(
            self._settings.system,
            object,
            kind,
            object.capitalize(),
            tuple(fields),
            creatable=not read_only,
            updatable=not read_only,
            deletable=not read_only,
            mergeable=object in MERGEABLE,
            missing=properties.missing,
        )

    def _read(self, object: str) -> Properties:  # noqa: A002
        map_ = self._maps[object]
        if object == "owners":
            definitions = {f.native: _owner_property(f.native) for f in map_.fields}
        else:
            answer = self._client.get(f"/crm/v3/properties/{object}")
            definitions = {str(d["name"]): d for d in answer.get("results") or ()}
        narrowed, missing = map_.narrowed(definitions)
        stored = stored_ids_of(object, self._settings.stored_ids)
        lacking = tuple(s.field for s in stored if s.field not in definitions)
        there = tuple(s for s in stored if s.field in definitions)
        return Properties(object, definitions, narrowed, missing + lacking, there)


def ordered_options(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """An enumeration's internal values in display order, which is the order of lifecycle stages."""
    options: Iterable[Mapping[str, Any]] = definition.get("options") or ()
    return tuple(str(o["value"]) for o in sorted(options, key=lambda o: int(o.get("displayOrder") or 0)))


def _field_def(definition: Json, canonical: str, kind: Kind) -> FieldDef:
    native = str(definition.get("type") or "string")
    type_ = FIELDS[kind][canonical].type if canonical else _TYPES.get(native, FieldType.TEXT)
    if not canonical and native == "enumeration" and definition.get("fieldType") == "checkbox":
        type_ = FieldType.CHOICES
    options: Sequence[Mapping[str, Any]] = definition.get("options") or ()
    return FieldDef(
        name=str(definition["name"]),
        canonical=canonical,
        label=str(definition.get("label") or definition["name"]),
        type=type_,
        native_type=f"{native}/{definition.get('fieldType') or ''}".rstrip("/"),
        writable=_writable(definition),
        length=65536 if native == "string" else None,
        choices=tuple(
            Choice(str(o["value"]), str(o.get("label") or o["value"]), active=not o.get("hidden")) for o in options
        ),
        restricted=native in ("enumeration", "bool") and bool(options),
        # Contacts are told apart by their e-mail although its definition does not say so (reference 5.4, 8.1).
        unique=bool(definition.get("hasUniqueValue")) or (kind is Kind.PERSON and definition["name"] == "email"),
    )


def _computed(name: str, kind: Kind, *, writable: bool) -> FieldDef:
    known = FIELDS[kind][name]
    choices = tuple(Choice(a, a) for a in ACTIVITIES.values()) if name == "activity_type" else ()
    return FieldDef(name, name, known.label, known.type, "computed", writable=writable, choices=choices)


def _owner_property(name: str) -> Json:
    return {"name": name, "type": "string", "modificationMetadata": {"readOnlyValue": True}}


def _writable(definition: Mapping[str, Any]) -> bool:
    metadata = definition.get("modificationMetadata") or {}
    return not metadata.get("readOnlyValue") and not definition.get("calculated")
