"""Field maps: which native field feeds which canonical one, per object, as data.

`fields.yaml` of a connector:

    Contact:
      kind: person
      fields:
        first_name: FirstName                                  # canonical: native
        company_id: {native: AccountId, object: Account}       # a REF names the object that its ids belong to
        probability: {native: Probability, scale: 0.01}        # canonical = native × scale
        linkedin_url: {native: LinkedIn_URL__c, optional: true} # absent without being reported
        created_at: {native: CreatedDate, write: false}
        direction: {native: CallType, values: {Inbound: inbound, Outbound: outbound}}

The policy overlays it (`systems.<name>.fields`): object → canonical → native; a blank native name takes a field out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from typing import Any

import yaml

from trueup.connectors.kit.values import TO_CANONICAL, TO_NATIVE, to_number, to_text
from trueup.connectors.kit.values import number as number_
from trueup.errors import ConfigError
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import StoredId
from trueup.model.refs import Ref


@dataclass(frozen=True, slots=True)
class MappedField:
    """One native field and the canonical one it feeds.

    `object` is the object of a REF's ids; empty for a reference whose object the connector tells by other means.
    `values` translates native to canonical words where a field's words are ours (a direction), not the policy's.
    """

    canonical: str
    native: str
    type: FieldType
    object: str = ""
    scale: float | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    write: bool = True
    optional: bool = False

    def to_canonical(self, value: Any) -> str | None:
        """The canonical text of a native value; see `values` for what is done with what cannot be read."""
        found = TO_CANONICAL[self.type](value)
        if found is None:
            return None
        if self.scale is not None:
            found = _scaled(found, self.scale)
        if self.values:
            found = self.values.get(found, found)
        if self.object and self.type is FieldType.REF:
            return f"{self.object}/{found}"
        if self.object and self.type is FieldType.REFS:
            return ";".join(f"{self.object}/{part}" for part in found.split(";"))
        return found

    def to_native(self, value: str | None) -> Any:
        """The JSON value to write; raises ValueError for what is not of the field's type."""
        if value is None or value == "":
            return None
        if self.type is FieldType.REF:
            object_, slash, id_ = value.partition("/")
            if not slash or (self.object and object_ != self.object):
                raise ValueError(f"{self.canonical} must be {self.object or 'an object'}/id, not {value!r}")
            return id_
        if self.type is FieldType.REFS:
            return ";".join(part.partition("/")[2] or part for part in value.split(";"))
        if self.values:
            value = next((native for native, ours in self.values.items() if ours == value), value)
        if self.scale is not None:
            value = _scaled(value, 1 / self.scale)
        return TO_NATIVE.get(self.type, to_text)(value)


@dataclass(frozen=True)
class ObjectMap:
    """The mapped fields of one object, in the file's order."""

    object: str
    kind: Kind
    fields: tuple[MappedField, ...]

    @cached_property
    def by_canonical(self) -> Mapping[str, MappedField]:
        """Fields by our name."""
        return {f.canonical: f for f in self.fields}

    @cached_property
    def by_native(self) -> Mapping[str, MappedField]:
        """Fields by the CRM's name; where one native field feeds two, the first."""
        found: dict[str, MappedField] = {}
        for f in self.fields:
            found.setdefault(f.native, f)
        return found

    def overlaid(self, overlay: Mapping[str, str]) -> ObjectMap:
        """The map with the policy's words laid over it. Raises ConfigError for a canonical field that is none."""
        known, fields = FIELDS[self.kind], dict(self.by_canonical)
        for canonical, native in overlay.items():
            if canonical not in known:
                raise ConfigError(
                    f"fields.{self.object}: {canonical!r} is not a field of {self.kind.value}.",
                    hint=f"Known: {', '.join(sorted(known))}.",
                )
            old = fields.pop(canonical, None)
            if native:
                fresh = MappedField(canonical, native, known[canonical].type)
                # What the native field holds is new; whose ids they are is a fact of the canonical one.
                fields[canonical] = replace(fresh, object=old.object) if old else fresh
        return replace(self, fields=tuple(fields.values()))

    def narrowed(self, natives: Collection[str]) -> tuple[ObjectMap, tuple[str, ...]]:
        """The map without fields that `describe` does not show, and the names of those that were expected."""
        there = tuple(f for f in self.fields if f.native in natives)
        missing = dict.fromkeys(f.native for f in self.fields if f.native not in natives and not f.optional)
        return replace(self, fields=there), tuple(missing)

    def to_canonical(self, row: Mapping[str, Any]) -> dict[str, str | None]:
        """A native row in canonical fields. Fields that the row does not have are absent, not blank."""
        return {f.canonical: f.to_canonical(row[f.native]) for f in self.fields if f.native in row}

    def to_native(self, values: Mapping[str, str | None]) -> dict[str, Any]:
        """Canonical values as a native row to write; raises ValueError naming what cannot be written."""
        row: dict[str, Any] = {}
        for canonical, value in values.items():
            mapped = self.by_canonical.get(canonical)
            if mapped is None:
                raise ValueError(f"{self.object} has no field for {canonical}")
            if not mapped.write:
                raise ValueError(f"{canonical} of {self.object} ({mapped.native}) cannot be written")
            row[mapped.native] = mapped.to_native(value)
        return row


def load(package: str, overlay: Mapping[str, Mapping[str, str]] | None = None) -> Mapping[str, ObjectMap]:
    """The field maps of a connector's `fields.yaml` (`package` is the connector's own), with the policy's overlay."""
    text = resources.files(package).joinpath("fields.yaml").read_text(encoding="utf-8")
    return parse(text, overlay)


def parse(text: str, overlay: Mapping[str, Mapping[str, str]] | None = None) -> Mapping[str, ObjectMap]:
    """The same from text. Raises ConfigError for an object or field in the overlay that the map does not know."""
    maps = {name: _object_map(name, entry) for name, entry in yaml.safe_load(text).items()}
    for name, fields in (overlay or {}).items():
        if name not in maps:
            raise ConfigError(
                f"fields: {name!r} is not an object of this connector.", hint=f"Known: {', '.join(maps)}."
            )
        maps[name] = maps[name].overlaid(fields)
    return maps


def _object_map(name: str, entry: Mapping[str, Any]) -> ObjectMap:
    kind = Kind(entry["kind"])
    fields = []
    for canonical, spec in entry["fields"].items():
        options = {"native": spec} if isinstance(spec, str) else dict(spec)
        known = FIELDS[kind].get(canonical)
        if known is None:
            raise ValueError(f"fields.yaml: {canonical} is not a field of {kind.value}")
        fields.append(MappedField(canonical=canonical, type=known.type, **options))
    return ObjectMap(name, kind, tuple(fields))


def _scaled(text: str, by: float) -> str:
    try:
        value = to_number(text)
    except ValueError:
        return text
    # Rounded, so that 10 × 0.01 is 0.1 and not 0.1000…05.
    return number_(round((value or 0) * by, 10)) or text


def stored_ids_of(object_: str, stored_ids: Iterable[StoredId]) -> tuple[StoredId, ...]:
    """The fields of one object in which ids of other systems are kept."""
    return tuple(s for s in stored_ids if s.object == object_)


def foreign_ids(row: Mapping[str, Any], stored_ids: Iterable[StoredId]) -> str | None:
    """The canonical `foreign_ids` of a native row: whole refs (`system:Object/id`), sorted and joined by `;`."""
    found = set()
    for stored in stored_ids:
        value = row.get(stored.field)
        if value is not None and (id_ := str(value).strip()):
            found.add(f"{stored.system}:{stored.target_object}/{id_}")
    return ";".join(sorted(found)) or None


def foreign_ids_to_native(value: str | None, stored_ids: Iterable[StoredId]) -> dict[str, Any]:
    """The native fields to write for a canonical `foreign_ids`: each stored id its own, None where there is none.

    Raises ValueError for a ref that no field can hold, and for two that would need the same one.
    """
    wanted = [Ref.parse(part) for part in value.split(";") if part] if value else []
    row: dict[str, Any] = {}
    for stored in stored_ids:
        mine = [r for r in wanted if r.system == stored.system and r.object == stored.target_object]
        if len(mine) > 1:
            raise ValueError(f"{stored.field} holds one id, not {len(mine)}")
        row[stored.field] = mine[0].id if mine else None
        wanted = [r for r in wanted if r not in mine]
    if wanted:
        raise ValueError(f"no field holds the id of {wanted[0]}")
    return row
