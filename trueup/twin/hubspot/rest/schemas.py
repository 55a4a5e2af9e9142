"""Custom object schemas; an account below Enterprise has none and may make none (reference 9.4)."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.association_types import Kind
from trueup.twin.hubspot.bodies import texts
from trueup.twin.hubspot.errors import ApiError, missing_scopes, not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.limits import ENTERPRISE
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


def list_schemas(call: Call) -> Reply:
    """`GET /crm/v3/schemas`."""
    if call.portal.switches["schemas_below_enterprise"] == 403:
        _may(call, "read")
    return Reply(200, {"results": call.portal.schemas.all(archived=call.flag("archived"))})


def get_schema(call: Call) -> Reply:
    """`GET /crm/v3/schemas/{type}`: custom ones, and the standard ones with what is fixed about them."""
    object_type = call.portal.types.get(call.params["type"])
    if object_type is None:
        raise not_found()
    return Reply(200, _shown(call, object_type))


def read_batch(call: Call) -> Reply:
    """`POST /crm-object-schemas/v3/schemas/batch/read`: `inputs` are names or ids; unknown ones are left out."""
    body = call.document()
    asked = [call.portal.types.get(name) for name in texts(body.get("inputs"), "inputs")]
    results = [_shown(call, object_type) for object_type in asked if object_type is not None]
    for name, flag in (("properties", "includePropertyDefinitions"), ("associations", "includeAssociationDefinitions")):
        if body.get(flag) is False:
            results = [row | {name: []} for row in results]
    return Reply(200, {"results": results})


def _shown(call: Call, object_type: ObjectType) -> Json:
    if object_type.type_id.startswith("2-"):
        return call.portal.schemas.shown(call.portal.schemas.find(object_type.name))
    return _standard(call, object_type)


_DISPLAYED = {
    "contacts": "firstname",
    "companies": "name",
    "deals": "dealname",
    "tickets": "subject",
    "leads": "hs_lead_name",
}
_SENSITIVE = frozenset({"contacts", "companies", "deals", "tickets"})
_MOST = 10_000
_SINGLE = frozenset({1, 5, 26, 578, 580, 582, 930})
"""Kinds by which a record is tied to one other at most: the primary ones, and a company's billing contact."""


def _standard(call: Call, object_type: ObjectType) -> Json:
    """A type of HubSpot's own, in the shape recorded of contacts in 2025; keys that were null there are left out."""
    return {
        "labels": {"singular": object_type.singular.capitalize(), "plural": object_type.name.capitalize()},
        "requiredProperties": [],
        "searchableProperties": [],
        "primaryDisplayProperty": _DISPLAYED.get(object_type.name, "hs_object_id"),
        "secondaryDisplayProperties": [],
        "allowsSensitiveProperties": object_type.name in _SENSITIVE,
        "archived": False,
        "restorable": True,
        "metaType": "HUBSPOT",
        "id": object_type.type_id.partition("-")[2],
        "fullyQualifiedName": object_type.internal,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "2025-03-05T18:12:37.434Z",
        "objectTypeId": object_type.type_id,
        "name": object_type.internal,
        "properties": [d.to_json() for d in call.portal.catalogue.all(object_type.name)],
        "associations": [
            _tie(object_type, other, kind)
            for other in call.portal.types
            for kind in call.portal.associations.kinds(object_type, other)
        ],
    }


def _tie(object_type: ObjectType, other: ObjectType, kind: Kind) -> Json:
    to, of = (1 if number in _SINGLE else _MOST for number in (kind.type_id, kind.inverse_id))
    return {
        "fromObjectTypeId": object_type.type_id,
        "toObjectTypeId": other.type_id,
        "name": kind.name.upper(),
        "cardinality": "ONE_TO_ONE" if to == 1 else "ONE_TO_MANY",
        "inverseCardinality": "ONE_TO_ONE" if of == 1 else "ONE_TO_MANY",
        "hasUserEnforcedMaxToObjectIds": False,
        "hasUserEnforcedMaxFromObjectIds": False,
        "maxToObjectIds": to,
        "maxFromObjectIds": of,
        "id": str(kind.type_id),
    }


def _may(call: Call, verb: str = "write") -> None:
    if call.portal.switches["plan"] not in ENTERPRISE:
        raise missing_scopes("schemas", (f"crm.schemas.custom.{verb}",), "", call.portal.portal_id)


def create_schema(call: Call) -> Reply:
    """`POST /crm/v3/schemas`: 201."""
    _may(call)
    with call.portal.store.transaction():
        return Reply(201, call.portal.schemas.create(call.document()))


def change_schema(call: Call) -> Reply:
    """`PATCH /crm/v3/schemas/{type}`: the definition without its properties."""
    changed = call.portal.schemas.change(call.portal.schemas.find(call.params["type"]), call.document())
    return Reply(200, {k: v for k, v in changed.items() if k not in {"properties", "associations", "metaType"}})


def archive_schema(call: Call) -> Reply:
    """`DELETE /crm/v3/schemas/{type}`."""
    call.portal.schemas.archive(call.portal.schemas.find(call.params["type"]))
    return Reply(204)


def associate(call: Call) -> Reply:
    """`POST /crm/v3/schemas/{type}/associations`: 201."""
    row = call.portal.schemas.find(call.params["type"])
    return Reply(201, call.portal.schemas.associate(row, call.document()))


def dissociate(call: Call) -> Reply:
    """`DELETE /crm/v3/schemas/{type}/associations/{id}`."""
    call.portal.schemas.dissociate(call.portal.schemas.find(call.params["type"]), call.params["id"])
    return Reply(204)


def validations(call: Call) -> Reply:
    """`GET /crm/v3/property-validations/{type}`: the rules of every property that has some."""
    rules = call.portal.validations.of(call.object_type)
    results = [{"propertyName": name, "propertyValidationRules": listed} for name, listed in rules.items()]
    return Reply(200, {"results": results})


def validations_of(call: Call) -> Reply:
    """`GET /crm/v3/property-validations/{type}/{name}`."""
    name = call.params["name"]
    if call.portal.catalogue.get(call.object_type.name, name) is None:
        raise ApiError(404, f"Property '{name}' does not exist", category="OBJECT_NOT_FOUND")
    return Reply(200, {"results": call.portal.validations.of(call.object_type).get(name, [])})


def validate_by(call: Call) -> Reply:
    """`PUT /crm/v3/property-validations/{type}/{name}/rule-type/{rule}`: 204."""
    arguments = call.document().get("ruleArguments") or []
    call.portal.validations.put(call.object_type, call.params["name"], call.params["rule"], arguments)
    return Reply(204)


_writes = scopes.fixed("crm.schemas.custom.write")
_BASE = "/crm/v3/schemas"
_RULES = "/crm/v3/property-validations/{type}"

RULES = (
    Rule("GET", _BASE, list_schemas, scopes.custom_read, family="schemas"),
    Rule("POST", _BASE, create_schema, _writes, family="schemas"),
    Rule("POST", f"{_BASE}/batch/read", read_batch, scopes.custom_read, family="schemas"),
    Rule("GET", f"{_BASE}/{{type}}", get_schema, scopes.custom_read, family="schemas"),
    Rule("PATCH", f"{_BASE}/{{type}}", change_schema, _writes, family="schemas"),
    Rule("DELETE", f"{_BASE}/{{type}}", archive_schema, _writes, family="schemas"),
    Rule("POST", f"{_BASE}/{{type}}/associations", associate, _writes, family="schemas"),
    Rule("DELETE", f"{_BASE}/{{type}}/associations/{{id}}", dissociate, _writes, family="schemas"),
    Rule("GET", _RULES, validations, scopes.schema_read),
    Rule("GET", f"{_RULES}/{{name}}", validations_of, scopes.schema_read),
    Rule("PUT", f"{_RULES}/{{name}}/rule-type/{{rule}}", validate_by, scopes.schema_write),
)
