"""What the org says about its objects: describe, and the field map narrowed to what this user may see."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trueup.connectors.kit.fieldmap import ObjectMap, stored_ids_of
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.composite import MOST, Ask, ask
from trueup.errors import PermissionDeniedError, RefusedError
from trueup.model.kinds import FieldType, Kind
from trueup.model.policy import StoredId
from trueup.model.schema import Choice, FieldDef, Schema

FIELD_TYPES: Mapping[str, FieldType] = {
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "url": FieldType.URL,
    "int": FieldType.NUMBER,
    "long": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "picklist": FieldType.CHOICE,
    "combobox": FieldType.CHOICE,
    "multipicklist": FieldType.CHOICES,
    "reference": FieldType.REF,
}
"""Native types that are not plain text for us."""

TIES: Mapping[str, Kind] = {
    "OpportunityContactRole": Kind.DEAL,
    "LeadHistory": Kind.PERSON,
    "OpportunityHistory": Kind.DEAL,
    "CampaignMember": Kind.CAMPAIGN,
}
"""Objects that give only associations or stage events, with the kind they hang on."""

LONG_TEXTS = frozenset({"body"})
"""Canonical fields that no check needs and that make pages half as long (reference 6.2); read with `--all-fields`."""

MERGEABLE = frozenset({"Lead", "Contact", "Account"})
"""The SOAP API's list (reference 10.1); describe's own flag must agree."""


@dataclass(frozen=True)
class Described:
    """One object of the org as this user sees it."""

    object: str
    raw: Mapping[str, Any]
    fields: Mapping[str, Mapping[str, Any]]
    map: ObjectMap | None
    stored_ids: tuple[StoredId, ...]
    schema: Schema

    def has(self, field: str) -> bool:
        """Whether the field is there for us."""
        return field in self.fields

    @property
    def extras(self) -> tuple[str, ...]:
        """Fields that are read only when everything is to be kept."""
        mapped = self.map.fields if self.map else ()
        return tuple(f.native for f in mapped if f.canonical in LONG_TEXTS)

    @property
    def formulas(self) -> tuple[str, ...]:
        """Mapped fields that are worked out when they are read: they change without the record's stamp moving."""
        mapped = self.map.fields if self.map else ()
        return tuple(f.native for f in mapped if self.fields[f.native].get("calculated"))


class Catalogue:
    """The org's objects, described once per connection: a describe is one metered call."""

    def __init__(
        self,
        client: Client,
        maps: Mapping[str, ObjectMap],
        stored_ids: Sequence[StoredId],
        *,
        all_fields: bool = False,
    ) -> None:
        self._client, self._maps, self._stored_ids = client, maps, tuple(stored_ids)
        self.all_fields = all_fields
        self._described: dict[str, Described] = {}
        self._refused: dict[str, RefusedError] = {}
        self._loaded = False
        self.counts: dict[str, int] = {}
        """Rows of each object as the org's own statistics have them: good for choosing a way, not for proving."""
        self._global: dict[str, Mapping[str, Any]] | None = None
        self._prefixes: dict[str, str] | None = None
        self._lock = threading.RLock()

    def load(self) -> None:
        """All that is to be known before anything else, in one call: which objects there are, how large they are, and
        what they hold.

        Where the org does not take it so, each is asked for when it is needed.
        """
        with self._lock:
            if self._loaded:
                return
            self._loaded = True
            wanted = (*self._maps, *TIES)
            asks = [Ask("objects", "sobjects"), Ask("counts", f"limits/recordCount?sObjects={','.join(wanted)}")]
            describes = wanted[: MOST - len(asks)]
            asks += [Ask(f"d{k}", f"sobjects/{name}/describe") for k, name in enumerate(describes)]
            try:
                objects, counts, *parts = ask(self._client, asks)
            except PermissionDeniedError:
                return
            except RefusedError:
                if not self._client.settle_version():
                    return
                objects, counts, *parts = ask(self._client, asks)
            if objects.good:
                self._global = {o["name"]: o for o in objects.body["sobjects"]}
            if counts.good:
                self.counts = {entry["name"]: int(entry["count"]) for entry in counts.body["sObjects"]}
            for name, part in zip(describes, parts, strict=True):
                if part.good:
                    self._described[name] = self._read(name, part.body)
                elif isinstance(error := part.error(self._client.system), RefusedError):
                    self._refused[name] = error

    def names(self) -> Mapping[str, Mapping[str, Any]]:
        """Every object that the org shows this user, with what the describe of all objects says of it."""
        with self._lock:
            self.load()
            if self._global is None:
                answer = self._client.get("sobjects")
                self._global = {o["name"]: o for o in answer["sobjects"]}
            return self._global

    def object_of(self, id_: str | None) -> str:
        """The object an id belongs to, by its key prefix, which describe tells; "" when no object claims it."""
        if not id_:
            return ""
        if self._prefixes is None:
            # Several objects may share a prefix's row (shares, feeds); the first one listed with it is the object.
            found: dict[str, str] = {}
            for name, entry in self.names().items():
                if entry.get("keyPrefix"):
                    found.setdefault(entry["keyPrefix"], name)
            self._prefixes = found
        return self._prefixes.get(id_[:3], "")

    def describe(self, object_: str) -> Described:
        """Describe one object. Raises RefusedError when the org does not show it to this user."""
        with self._lock:
            self.load()
            known = self._described.get(object_)
            if known is None:
                known = self._described[object_] = self._describe(object_)
            return known

    def _describe(self, object_: str) -> Described:
        try:
            if object_ in self._refused:
                raise self._refused[object_]
            return self._read(object_, self._client.get(f"sobjects/{object_}/describe"))
        except RefusedError as error:
            if object_ in self._refused:
                raise self._hidden(object_, error) from None
            raise self._hidden(object_, error) from None

    def _hidden(self, object_: str, error: RefusedError) -> RefusedError:
        return RefusedError(
            f"{self._client.system}: {object_} is not there, or not visible to this user.",
            system=error.system,
            status=error.status,
            code=error.code,
            hint=f"Give the user's profile or permission set read access to {object_}.",
        )

    def _read(self, object_: str, raw: Mapping[str, Any]) -> Described:
        fields = {f["name"]: f for f in raw["fields"]}
        mapped = self._maps.get(object_)
        missing: tuple[str, ...] = ()
        if mapped is not None:
            mapped, missing = mapped.narrowed(fields.keys())
        stored = stored_ids_of(object_, self._stored_ids)
        missing += tuple(s.field for s in stored if s.field not in fields)
        stored = tuple(s for s in stored if s.field in fields)
        if mapped is not None and not self.all_fields:
            mapped = replace(mapped, fields=tuple(f for f in mapped.fields if f.canonical not in LONG_TEXTS))
        canonical = {f.native: f.canonical for f in mapped.fields} if mapped else {}
        canonical |= {s.field: "foreign_ids" for s in stored}
        kind = mapped.kind if mapped else TIES.get(object_, Kind.ACTIVITY)
        schema = Schema(
            system=self._client.system,
            object=object_,
            kind=kind,
            label=raw.get("label") or object_,
            fields=tuple(_field(f, canonical.get(name, "")) for name, f in fields.items()),
            creatable=bool(raw.get("createable")),
            updatable=bool(raw.get("updateable")),
            deletable=bool(raw.get("deletable")),
            mergeable=object_ in MERGEABLE and bool(raw.get("mergeable")),
            missing=missing,
        )
        return Described(object_, raw, fields, mapped, stored, schema)


def _field(raw: Mapping[str, Any], canonical: str) -> FieldDef:
    """`required` is createable, not nillable and not defaulted (reference 5.2): not nillable alone does not mean it."""
    return FieldDef(
        name=raw["name"],
        canonical=canonical,
        label=raw.get("label") or raw["name"],
        type=FIELD_TYPES.get(raw.get("type", ""), FieldType.TEXT),
        native_type=raw.get("type", ""),
        required=bool(raw.get("createable")) and not raw.get("nillable") and not raw.get("defaultedOnCreate"),
        writable=bool(raw.get("updateable")),
        length=raw.get("length") or None,
        choices=tuple(
            Choice(value=c["value"], label=c.get("label") or c["value"], active=bool(c.get("active", True)))
            for c in raw.get("picklistValues") or ()
        ),
        restricted=bool(raw.get("restrictedPicklist")),
        unique=bool(raw.get("unique")),
    )
