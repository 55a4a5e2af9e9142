"""Custom objects: a schema makes a type of its own, with properties, associations and records like any other.

Schemas live in the store and come back on opening it (reference 9.4).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from trueup.twin.hubspot.association_types import USER_DEFINED, Kind
from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.catalogue import Catalogue, from_json
from trueup.twin.hubspot.errors import ApiError, not_found
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

_FIRST_NUMBER = 10_000
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,49}$", re.I)


class Schemas:
    """The custom objects of one portal."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        associations: Associations,
        portal_id: int,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._associations = associations
        self._portal_id = portal_id
        self._now = now
        for row in sorted(store.kv_all("schema").values(), key=lambda r: r["number"]):
            self._know(row)

    def all(self, *, archived: bool = False) -> list[Json]:
        """Every custom schema, as the API lists it."""
        rows = sorted(self._store.kv_all("schema").values(), key=lambda r: r["number"])
        return [self.shown(r) for r in rows if r["archived"] == archived]

    def find(self, segment: str) -> Json:
        """The schema of a name, a type id or a full name; 404 for none and for the standard types."""
        for row in self._store.kv_all("schema").values():
            if segment.lower() in {row["name"].lower(), row["type_id"], self._full(row["name"]).lower()}:
                return dict(row)
        raise not_found()

    def create(self, body: Json) -> Json:
        """Makes a custom object."""
        name, labels = str(body.get("name") or ""), body.get("labels") or {}
        if not _NAME.match(name) or not isinstance(labels, dict):
            raise ApiError(400, f"Object name '{name}' is invalid")
        properties = body.get("properties") or []
        names = {str(p.get("name")) for p in properties if isinstance(p, dict)}
        shown = body.get("primaryDisplayProperty")
        if not properties or len(names) != len(properties) or (shown and shown not in names):
            raise ApiError(400, "Invalid input: properties with different names, one of them the primary one")
        wanted = [*(body.get("requiredProperties") or ()), *(body.get("searchableProperties") or ())]
        if bad := [n for n in wanted if n not in names]:
            raise ApiError(400, f"Properties {bad} are not defined in the schema")
        if self._types.get(name) is not None:
            raise ApiError(409, f"An object type named '{name}' already exists", category="OBJECT_ALREADY_EXISTS")
        number = 1 + max((r["number"] for r in self._store.kv_all("schema").values()), default=_FIRST_NUMBER)
        at = iso(self._now())
        row: Json = {
            "name": name,
            "number": number,
            "type_id": f"2-{number}",
            "labels": {"singular": str(labels.get("singular") or name), "plural": str(labels.get("plural") or name)},
            "primary": str(shown or next(iter(names))),
            "secondary": [str(n) for n in body.get("secondaryDisplayProperties") or ()],
            "required": [str(n) for n in body.get("requiredProperties") or ()],
            "searchable": [str(n) for n in body.get("searchableProperties") or ()],
            "description": body.get("description"),
            "associations": [],
            "created": at,
            "updated": at,
            "archived": False,
        }
        object_type = self._know(row)
        for definition in properties:
            made = {**definition, "groupName": f"{name}_information", "createdAt": at, "updatedAt": at}
            self._catalogue.put(object_type.name, from_json(made))
        for other in body.get("associatedObjects") or ():
            self._tie(row, self._types.resolve(str(other)), None)
        self._store.kv_put("schema", name, row)
        return self.shown(row)

    def change(self, row: Json, body: Json) -> Json:
        """Changes labels, display and required properties."""
        names = {d.name for d in self._catalogue.all(row["name"])}
        keys = {
            "requiredProperties": "required",
            "searchableProperties": "searchable",
            "secondaryDisplayProperties": "secondary",
        }
        for sent, own in keys.items():
            if sent in body:
                if bad := [n for n in body[sent] or () if n not in names]:
                    raise ApiError(400, f"Properties {bad} are not defined in the schema")
                row[own] = list(body[sent] or ())
        if body.get("primaryDisplayProperty"):
            if body["primaryDisplayProperty"] not in names:
                raise ApiError(400, f"Property {body['primaryDisplayProperty']} is not defined in the schema")
            row["primary"] = body["primaryDisplayProperty"]
        row["labels"] |= {k: str(v) for k, v in (body.get("labels") or {}).items() if k in row["labels"] and v}
        if body.get("description") is not None:
            row["description"] = str(body["description"])
        row["updated"] = iso(self._now())
        self._store.kv_put("schema", row["name"], row)
        return self.shown(row)

    def archive(self, row: Json) -> None:
        """Deletes a schema that no live record is left of."""
        object_type = self._types.resolve(row["name"])
        if self._store.page(object_type, 0, 1, archived=False):
            raise ApiError(400, f"Unable to delete object type {row['type_id']} because instances exist")
        row["archived"] = True
        self._store.kv_put("schema", row["name"], row)

    def associate(self, row: Json, body: Json) -> Json:
        """Lets the records of a custom object be tied to another type's."""
        other = self._types.resolve(str(body.get("toObjectTypeId") or ""))
        self._types.resolve(str(body.get("fromObjectTypeId") or ""))
        made = self._tie(row, other, body.get("name"))
        self._store.kv_put("schema", row["name"], row)
        return made

    def dissociate(self, row: Json, identifier: str) -> None:
        """Takes an association definition away."""
        kept = [a for a in row["associations"] if identifier not in {a["id"], a["name"]}]
        if len(kept) == len(row["associations"]):
            raise not_found()
        row["associations"] = kept
        self._store.kv_put("schema", row["name"], row)

    def required(self, object_type: ObjectType) -> list[str]:
        """The properties that a new record of a custom type needs."""
        found: Json | None = self._store.kv_get("schema", object_type.name)
        return list(found["required"]) if found else []

    def shown(self, row: Json) -> Json:
        """A schema as the API answers it."""
        return {
            "labels": row["labels"],
            "requiredProperties": row["required"],
            "searchableProperties": row["searchable"],
            "primaryDisplayProperty": row["primary"],
            "secondaryDisplayProperties": row["secondary"],
            **({"description": row["description"]} if row["description"] else {}),
            "archived": row["archived"],
            "createdAt": row["created"],
            "updatedAt": row["updated"],
            "metaType": "PORTAL_SPECIFIC",
            "id": row["type_id"],
            "fullyQualifiedName": self._full(row["name"]),
            "objectTypeId": row["type_id"],
            "name": row["name"],
            "properties": [d.to_json() for d in self._catalogue.all(row["name"])],
            "associations": row["associations"],
        }

    def _full(self, name: str) -> str:
        return f"p{self._portal_id}_{name}"

    def _know(self, row: Json) -> ObjectType:
        name = row["name"]
        object_type = ObjectType(
            name,
            name,
            row["type_id"],
            row["number"],
            "crm.objects.custom",
            created="hs_createdate",
            mergeable=True,
            aliases=(self._full(name), f"p_{name}"),
        )
        self._types.add(object_type)
        self._store.make_tables(object_type)
        self._catalogue.know(name, f"{name}_information", row["labels"]["singular"])
        for association in row["associations"]:
            self._associations.know(self._kinds(object_type, association))
        return object_type

    def _tie(self, row: Json, other: ObjectType, name: Any) -> Json:
        mine = self._types.resolve(row["name"])
        count = sum(len(r["associations"]) for r in self._store.kv_all("schema").values()) + len(row["associations"])
        made: Json = {
            "id": str(20 + row["number"] * 10 + 2 * count),
            "fromObjectTypeId": mine.type_id,
            "toObjectTypeId": other.type_id,
            "name": str(name or f"{row['name']}_to_{other.singular}"),
            "createdAt": iso(self._now()),
            "updatedAt": iso(self._now()),
        }
        row["associations"].append(made)
        if not any(k.label is None for k in self._associations.kinds(mine, other)):
            self._associations.know(self._kinds(mine, made))
        return made

    def _kinds(self, mine: ObjectType, association: Json) -> list[Kind]:
        other, there = self._types.resolve(association["toObjectTypeId"]), int(association["id"])
        category = USER_DEFINED
        return [
            Kind(mine.name, other.name, there, there + 1, None, association["name"], category),
            Kind(other.name, mine.name, there + 1, there, None, f"{other.singular}_to_{mine.name}", category),
        ]
