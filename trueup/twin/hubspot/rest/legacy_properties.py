"""The old calls that change property definitions and groups: the rules of today's, in the old shape and verbs.

The groups' calls are HubSpot's ("Create a contact property group", 2023); those of the definitions are [U].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trueup.twin.hubspot.bodies import whole
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import properties, scopes
from trueup.twin.hubspot.rest.legacy_settings import old_definition, old_group

Json = dict[str, Any]


def create_property(call: Call) -> Reply:
    """`POST /properties/v1/{type}/properties`: 200 and the definition; 409 when the name is taken."""
    return _old(properties.create_property(call))


def change_property(call: Call) -> Reply:
    """`PUT /properties/v1/{type}/properties/named/{name}`."""
    return _old(properties.change_property(call))


def create_group(call: Call) -> Reply:
    """`POST /properties/v1/{type}/groups`: 200 and the group; 409 when the name is taken.

    A group without `displayName`, which node-hubspot's live tests make, is shown by its name [U].
    """
    body = call.document()
    name = str(body.get("name") or "")
    made = properties.make_group(call, name, _label(body) or name, whole(body, "displayOrder", -1))
    return Reply(200, old_group(made))


def change_group(call: Call) -> Reply:
    """`PUT /properties/v1/{type}/groups/named/{group}`."""
    body = call.document()
    group = dict(properties.group_of(call))
    if _label(body):
        group["label"] = _label(body)
    group["displayOrder"] = whole(body, "displayOrder", group["displayOrder"])
    call.portal.catalogue.put_group(call.object_type.name, group)
    return Reply(200, old_group(group))


def get_group(call: Call) -> Reply:
    """`GET /properties/v1/{type}/groups/named/{group}`."""
    return Reply(200, old_group(properties.group_of(call)))


def _label(body: Json) -> str:
    return str(body.get("displayName") or "")


def _old(answer: Reply) -> Reply:
    return Reply(200, old_definition(answer.body))


def _rules(method: str, path: str, handler: Callable[[Call], Reply]) -> tuple[Rule, ...]:
    needs = scopes.schema_read if method == "GET" else scopes.schema_write
    bases = ("/properties/v1/{type}", "/properties/v2/{type}")
    return tuple(Rule(method, base + path, handler, needs, family="properties") for base in bases)


RULES = (
    *_rules("POST", "/properties", create_property),
    *_rules("PUT", "/properties/named/{name}", change_property),
    *_rules("DELETE", "/properties/named/{name}", properties.archive_property),
    *_rules("POST", "/groups", create_group),
    *_rules("GET", "/groups/named/{group}", get_group),
    *_rules("PUT", "/groups/named/{group}", change_group),
    *_rules("DELETE", "/groups/named/{group}", properties.archive_group),
)
