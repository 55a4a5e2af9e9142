"""Property definitions and their groups: list, get, create, change, archive, in batches too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trueup.twin.hubspot import bodies
from trueup.twin.hubspot.catalogue import FIELD_TYPES, from_json, is_property_name
from trueup.twin.hubspot.definitions import Definition
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.limits import ENTERPRISE
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.batches import complete, inputs_of
from trueup.twin.hubspot.sensitivity import PLAIN, level_of
from trueup.twin.hubspot.timetext import iso

Json = dict[str, Any]

_MOST_UNIQUE = 10


def list_properties(call: Call) -> Reply:
    """`GET /crm/v3/properties/{type}`: all at once, no pages; sensitive ones only when their level is asked for."""
    archived = call.flag("archived")
    found = call.portal.catalogue.all(call.object_type.name, archived=archived)
    names, level = set(call.many("properties")), level_of({"dataSensitivity": call.one("dataSensitivity")})
    shown = [d.to_json() for d in found if d.sensitivity == level and (not names or d.name in names)]
    return Reply(200, {"results": shown})


def _find(call: Call, name: str, *, archived: bool = False) -> Definition:
    catalogue, object_name = call.portal.catalogue, call.object_type.name
    found = catalogue.archived(object_name, name) if archived else catalogue.get(object_name, name)
    if found is None:
        raise _missing(call, name)
    return found


def _missing(call: Call, name: str) -> ApiError:
    return ApiError(
        404,
        f"Property '{name}' does not exist for object type {call.object_type.internal}",
        category="OBJECT_NOT_FOUND",
        sub_category="Properties.PROPERTY_NOT_FOUND",
        context={"propertyName": [name]},
    )


def get_property(call: Call) -> Reply:
    """`GET /crm/v3/properties/{type}/{name}`."""
    return Reply(200, _find(call, call.params["name"], archived=call.flag("archived")).to_json())


def _new(call: Call, body: Json) -> Definition:
    """Checks a definition to be made."""
    catalogue, object_name = call.portal.catalogue, call.object_type.name
    for needed in ("name", "label", "type", "fieldType", "groupName"):
        if not body.get(needed):
            raise ApiError(400, f"Invalid input JSON: Some required fields were not set: [{needed}]")
    name = str(body["name"])
    if not is_property_name(name):
        raise ApiError(400, f"Property name '{name}' is invalid: only lower-case letters, digits and underscores")
    if catalogue.get(object_name, name):
        raise ApiError(
            409,
            f"A property named '{name}' already exists.",
            category="OBJECT_ALREADY_EXISTS",
            sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
            context={"name": [name]},
        )
    _check_kind(body)
    if body["groupName"] not in catalogue.groups(object_name):
        raise ApiError(
            400, f"Property group '{body['groupName']}' does not exist", context={"groupName": [body["groupName"]]}
        )
    if body.get("hasUniqueValue"):
        own = [d for d in catalogue.all(object_name) if d.unique and not d.hubspot_defined]
        if len(own) >= _MOST_UNIQUE:
            raise ApiError(400, f"The limit of {_MOST_UNIQUE} unique properties has been reached")
    _may_mark(call, level_of(body))
    now = iso(call.portal.now())
    made = {**body, "createdAt": now, "updatedAt": now, "hubspotDefined": False}
    made.pop("modificationMetadata", None)
    if str(body["fieldType"]).startswith("calculation"):
        made |= {"calculated": True, "modificationMetadata": {"readOnlyValue": True}}
    return from_json(made)


def _may_mark(call: Call, level: str) -> None:
    """Sensitive data is for Enterprise accounts, and its definitions want the scope of its values."""
    if level == PLAIN:
        return
    call.portal.sensitivity.refuse_level(call.grant, call.object_type, level, "write")
    if call.portal.switches["plan"] not in ENTERPRISE:
        raise ApiError(400, "Sensitive properties need an Enterprise account", context={"dataSensitivity": [level]})


def _check_kind(body: Json) -> None:
    kind, field_type = str(body["type"]), str(body["fieldType"])
    if kind not in FIELD_TYPES:
        raise ApiError(400, f"Invalid property type '{kind}'", context={"type": [kind]})
    if field_type not in FIELD_TYPES[kind]:
        raise ApiError(
            400,
            f"Field type '{field_type}' is not valid for a property of type '{kind}'",
            context={"fieldType": [field_type]},
        )


def create_property(call: Call) -> Reply:
    """`POST /crm/v3/properties/{type}`."""
    made = _new(call, call.document())
    call.portal.catalogue.put(call.object_type.name, made)
    return Reply(201, made.to_json())


def change_property(call: Call) -> Reply:
    """`PATCH /crm/v3/properties/{type}/{name}`: its name, whether it is unique and how sensitive never change."""
    found = _find(call, call.params["name"])
    body = call.document()
    if found.read_only_definition and not set(body) <= {"options", "displayOrder", "hidden", "formField"}:
        raise ApiError(400, f"Property '{found.name}' has a read-only definition", context={"name": [found.name]})
    _may_mark(call, found.sensitivity)
    fixed = {"name", "hasUniqueValue", "createdAt", "dataSensitivity"}
    kept = {key: value for key, value in body.items() if key not in fixed}
    merged: Json = {**found.to_json(), **kept, "updatedAt": iso(call.portal.now())}
    _check_kind(merged)
    changed = replace(from_json(merged), referenced=found.referenced)
    call.portal.catalogue.put(call.object_type.name, changed)
    return Reply(200, changed.to_json())


def archive_property(call: Call) -> Reply:
    """`DELETE /crm/v3/properties/{type}/{name}`."""
    _archive(call, _find(call, call.params["name"]))
    return Reply(204)


def _archive(call: Call, found: Definition) -> None:
    _may_mark(call, found.sensitivity)
    if found.hubspot_defined:
        raise ApiError(400, f"Property '{found.name}' is defined by HubSpot and cannot be archived")
    call.portal.catalogue.put(call.object_type.name, replace(found, archived=True))


def read_batch(call: Call) -> Reply:
    """`POST /crm/v3/properties/{type}/batch/read`."""
    results: list[Json] = []
    lost: list[Json] = []
    for one in inputs_of(call):
        name = str(one.get("name", ""))
        found = call.portal.catalogue.get(call.object_type.name, name)
        if found is not None:
            results.append(found.to_json())
        else:
            lost.append(_missing(call, name).body("") | {"correlationId": ""})
    for entry in lost:
        del entry["correlationId"]
    return complete(call, results, lost)


def create_batch(call: Call) -> Reply:
    """`POST /crm/v3/properties/{type}/batch/create`: an existing name is an error entry, the others are made."""
    results: list[Json] = []
    refused: list[Json] = []
    for one in inputs_of(call):
        try:
            made = _new(call, one)
        except ApiError as error:
            entry = error.body("")
            del entry["correlationId"]
            refused.append(entry)
            continue
        call.portal.catalogue.put(call.object_type.name, made)
        results.append(made.to_json())
    return complete(call, results, refused, status=201)


def archive_batch(call: Call) -> Reply:
    """`POST /crm/v3/properties/{type}/batch/archive`."""
    for one in inputs_of(call):
        found = call.portal.catalogue.get(call.object_type.name, str(one.get("name", "")))
        if found is not None:
            _archive(call, found)
    return Reply(204)


def list_groups(call: Call) -> Reply:
    """`GET /crm/v3/properties/{type}/groups`."""
    groups: Sequence[Json] = list(call.portal.catalogue.groups(call.object_type.name).values())
    return Reply(200, {"results": [g for g in groups if g["archived"] == call.flag("archived")]})


def group_of(call: Call) -> Json:
    """The live property group that the path names."""
    found = call.portal.catalogue.groups(call.object_type.name).get(call.params["group"])
    if found is None or found["archived"]:
        raise ApiError(404, f"Property group '{call.params['group']}' does not exist", category="OBJECT_NOT_FOUND")
    return found


def get_group(call: Call) -> Reply:
    """`GET /crm/v3/properties/{type}/groups/{group}`."""
    return Reply(200, group_of(call))


def create_group(call: Call) -> Reply:
    """`POST /crm/v3/properties/{type}/groups`."""
    body = call.document()
    order = bodies.whole(body, "displayOrder", len(call.portal.catalogue.groups(call.object_type.name)))
    return Reply(201, make_group(call, str(body.get("name") or ""), str(body.get("label") or ""), order))


def make_group(call: Call, name: str, label: str, order: int) -> Json:
    """Adds a property group; 409 when there is one of that name."""
    groups = call.portal.catalogue.groups(call.object_type.name)
    if not name or not label:
        raise ApiError(400, "Invalid input JSON: Some required fields were not set: [name, label]")
    if name in groups and not groups[name]["archived"]:
        raise ApiError(
            409,
            f"A property group named '{name}' already exists.",
            category="OBJECT_ALREADY_EXISTS",
            context={"name": [name]},
        )
    made = {"name": name, "label": label, "displayOrder": order, "archived": False}
    call.portal.catalogue.put_group(call.object_type.name, made)
    return made


def change_group(call: Call) -> Reply:
    """`PATCH /crm/v3/properties/{type}/groups/{group}`."""
    body = call.document()
    changed = dict(group_of(call))
    changed["label"] = str(body.get("label") or changed["label"])
    changed["displayOrder"] = bodies.whole(body, "displayOrder", changed["displayOrder"])
    call.portal.catalogue.put_group(call.object_type.name, changed)
    return Reply(200, changed)


def archive_group(call: Call) -> Reply:
    """`DELETE /crm/v3/properties/{type}/groups/{group}`."""
    call.portal.catalogue.put_group(call.object_type.name, {**group_of(call), "archived": True})
    return Reply(204)


_BASE = "/crm/v3/properties/{type}"


def _read(method: str, path: str, handler: Any) -> Rule:
    return Rule(method, f"{_BASE}{path}", handler, scopes.schema_read, family="properties")


def _write(method: str, path: str, handler: Any) -> Rule:
    return Rule(method, f"{_BASE}{path}", handler, scopes.schema_write, family="properties")


RULES = (
    _read("POST", "/batch/read", read_batch),
    _write("POST", "/batch/create", create_batch),
    _write("POST", "/batch/archive", archive_batch),
    _read("GET", "/groups", list_groups),
    _write("POST", "/groups", create_group),
    _read("GET", "/groups/{group}", get_group),
    _write("PATCH", "/groups/{group}", change_group),
    _write("DELETE", "/groups/{group}", archive_group),
    _read("GET", "", list_properties),
    _write("POST", "", create_property),
    _read("GET", "/{name}", get_property),
    _write("PATCH", "/{name}", change_property),
    _write("DELETE", "/{name}", archive_property),
)
