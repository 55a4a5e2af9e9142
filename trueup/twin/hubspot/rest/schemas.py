"""Custom object schemas: an account without custom objects answers an empty list."""

from __future__ import annotations

from trueup.twin.hubspot.errors import not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes


def list_schemas(_call: Call) -> Reply:
    """`GET /crm/v3/schemas`."""
    return Reply(200, {"results": []})


def get_schema(call: Call) -> Reply:
    """`GET /crm/v3/schemas/{type}`: standard types have no schema of their own to change, but are known."""
    object_type = call.portal.types.get(call.params["type"])
    if object_type is None:
        raise not_found()
    catalogue = call.portal.catalogue
    labels = {"singular": object_type.singular.capitalize(), "plural": object_type.name.capitalize()}
    return Reply(
        200,
        {
            "labels": labels,
            "requiredProperties": [],
            "searchableProperties": list(object_type.defaults),
            "primaryDisplayProperty": object_type.defaults[0] if object_type.defaults else "hs_object_id",
            "secondaryDisplayProperties": [],
            "metaType": "HUBSPOT",
            "id": object_type.type_id,
            "fullyQualifiedName": object_type.internal,
            "objectTypeId": object_type.type_id,
            "name": object_type.internal,
            "archived": False,
            "properties": [d.to_json() for d in catalogue.all(object_type.name)],
            "associations": [
                {
                    "fromObjectTypeId": object_type.type_id,
                    "toObjectTypeId": other.type_id,
                    "name": kind.name.upper(),
                    "id": str(kind.type_id),
                }
                for other in call.portal.types
                for kind in call.portal.associations.kinds(object_type, other)
            ],
        },
    )


RULES = (
    Rule("GET", "/crm/v3/schemas", list_schemas, scopes.custom_read, family="schemas"),
    Rule("GET", "/crm/v3/schemas/{type}", get_schema, scopes.custom_read, family="schemas"),
)
