"""The old definitions, pipelines and owners, and the small lists that taps ask for beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.pipelines import is_closed, probability
from trueup.twin.hubspot.rest import pipelines, scopes
from trueup.twin.hubspot.rest.legacy import gone, typed
from trueup.twin.hubspot.timetext import parse_ms

Json = dict[str, Any]


def _type_of(call: Call) -> str:
    return call.params.get("type") or call.path.split("/")[1]


def list_properties(call: Call) -> Reply:
    """`GET /properties/v1/{type}/properties` and its like: a bare list of definitions."""
    object_type = typed(call, _type_of(call))
    return Reply(200, [old_definition(d.to_json()) for d in call.portal.catalogue.all(object_type.name)])


def form_properties(call: Call) -> Reply:
    """`GET /properties/v2/form/properties`: a form is no record here, but has a name and an id [U: which ones]."""
    found = {d.name: d for d in call.portal.catalogue.all("companies")}
    return Reply(200, [old_definition(found[name].to_json()) for name in ("createdate", "hs_object_id", "name")])


def old_definition(definition: Json) -> Json:
    """A definition as the old calls showed it: times in milliseconds, what is read-only as plain flags."""
    meta = definition.pop("modificationMetadata")
    return {
        **definition,
        "createdAt": parse_ms(definition["createdAt"]),
        "updatedAt": parse_ms(definition["updatedAt"]),
        "readOnlyValue": meta["readOnlyValue"],
        "readOnlyDefinition": meta["readOnlyDefinition"],
        "deleted": False,
    }


def get_property(call: Call) -> Reply:
    """`GET /properties/v1/{type}/properties/named/{name}`."""
    found = call.portal.catalogue.get(typed(call, _type_of(call)).name, call.params["name"])
    if found is None:
        raise gone()
    return Reply(200, old_definition(found.to_json()))


def list_groups(call: Call) -> Reply:
    """`GET /properties/v1/{type}/groups`."""
    catalogue, name = call.portal.catalogue, typed(call, _type_of(call)).name
    groups = [g for g in catalogue.groups(name).values() if not g["archived"]]
    members: dict[str, list[Json]] = {}
    if call.flag("includeProperties"):
        for definition in catalogue.all(name):
            members.setdefault(definition.group, []).append(old_definition(definition.to_json()))
    shown = [
        old_group(g) | ({"properties": members.get(g["name"], [])} if call.flag("includeProperties") else {})
        for g in groups
    ]
    return Reply(200, shown)


def old_group(group: Json) -> Json:
    """A property group as the old calls showed it."""
    return {"name": group["name"], "displayName": group["label"], "displayOrder": group["displayOrder"]}


def deal_pipelines(call: Call) -> Reply:
    """`GET /deals/v1/pipelines`: a bare list; metadata are numbers and booleans here (recorded 2018)."""
    return Reply(200, [_old_pipeline(p) for p in call.portal.catalogue.pipelines.all("deals") if not p["archived"]])


def deal_pipeline(call: Call) -> Reply:
    """`GET /deals/v1/pipelines/{id}`."""
    return Reply(200, _old_pipeline(call.portal.catalogue.pipelines.get("deals", call.params["id"])))


def _old_pipeline(pipeline: Json) -> Json:
    stages = [
        {
            "stageId": s["id"],
            "label": s["label"],
            "probability": probability(s),
            "active": not s["archived"],
            "displayOrder": s["displayOrder"],
            "closedWon": is_closed(s) and probability(s) == 1.0,
        }
        for s in pipeline["stages"]
    ]
    return {
        "pipelineId": pipeline["id"],
        "stages": stages,
        "label": pipeline["label"],
        "active": not pipeline["archived"],
        "displayOrder": pipeline["displayOrder"],
        "staticDefault": pipeline["id"] == "default",
    }


_DISPOSITIONS = (
    ("9d9162e7-6cf3-4944-bf63-4dff82258764", "Busy"),
    ("f240bbac-87c9-4f6e-bf70-924b57d47db7", "Connected"),
    ("a4c4c377-d246-4b32-a13b-75a56a4cd0ff", "Left live message"),
    ("b2cf5968-551e-4856-9783-52b3da59a7d0", "Left voicemail"),
    ("73a0d17f-1163-4015-bdd5-ec830791da20", "No answer"),
    ("17b47fee-58de-441e-a44c-c6300d46f273", "Wrong number"),
)


def dispositions(_call: Call) -> Reply:
    """`GET /calling/v1/dispositions`: the outcomes of calls by their ids (reference 11; the address is unverified)."""
    return Reply(200, [{"id": i, "label": label, "deleted": False} for i, label in _DISPOSITIONS])


def crm_pipelines(call: Call) -> Reply:
    """`GET /crm-pipelines/v1/pipelines/{type}`."""
    found = call.portal.catalogue.pipelines.all(call.object_type.name)
    return Reply(200, {"results": [crm_pipeline(call, p) for p in found]})


def crm_pipeline(call: Call, pipeline: Json) -> Json:
    """A pipeline as pipelines v1 show it."""
    stages = [
        {
            "stageId": s["id"],
            "label": s["label"],
            "displayOrder": s["displayOrder"],
            "metadata": s["metadata"],
            "active": not s["archived"],
            "createdAt": parse_ms(s["createdAt"]),
            "updatedAt": parse_ms(s["updatedAt"]),
        }
        for s in pipeline["stages"]
    ]
    return {
        "pipelineId": pipeline["id"],
        "label": pipeline["label"],
        "objectType": call.object_type.internal,
        "objectTypeId": call.object_type.type_id,
        "displayOrder": pipeline["displayOrder"],
        "active": not pipeline["archived"],
        "default": pipeline["id"] == "default",
        "stages": stages,
        "createdAt": parse_ms(pipeline["createdAt"]),
        "updatedAt": parse_ms(pipeline["updatedAt"]),
    }


def make_pipeline(call: Call) -> Reply:
    """`POST /crm-pipelines/v1/pipelines/{type}`: 200 with the pipeline [U: the status]."""
    return Reply(200, crm_pipeline(call, pipelines.create_pipeline(call).body))


def change_pipeline(call: Call) -> Reply:
    """`PUT /crm-pipelines/v1/pipelines/{type}/{pipeline}`: the whole of it, stages too."""
    return Reply(200, crm_pipeline(call, pipelines.change_pipeline(call).body))


def owners(call: Call) -> Reply:
    """`GET /owners/v2/owners`: a bare list."""
    rows = call.portal.owners.all(email=call.one("email") or None)
    if call.flag("includeInactive"):
        rows = [*rows, *call.portal.owners.all(archived=True)]
    return Reply(200, [_old_owner(call, o) for o in rows])


def owner(call: Call) -> Reply:
    """`GET /owners/v2/owners/{id}`."""
    found = call.portal.owners.get(call.params["id"])
    if found is None:
        raise gone()
    return Reply(200, _old_owner(call, found))


def _old_owner(call: Call, row: Json) -> Json:
    return {
        "portalId": call.portal.portal_id,
        "ownerId": int(row["id"]),
        "type": row["type"],
        "firstName": row["firstName"],
        "lastName": row["lastName"],
        "email": row["email"],
        "createdAt": parse_ms(row["createdAt"]),
        "updatedAt": parse_ms(row["updatedAt"]),
        "remoteList": [],
        "hasContactsAccess": True,
        "isActive": not row["archived"],
    }


def _empty(**body: Any) -> Any:
    def handler(_call: Call) -> Reply:
        return Reply(200, body)

    return handler


def _bare(_call: Call) -> Reply:
    return Reply(200, [])


def _schemas(call: Call) -> Sequence[str]:
    return scopes.of_schema(typed(call, _type_of(call)))


RULES = (
    Rule("GET", "/properties/v2/form/properties", form_properties),
    Rule("GET", "/properties/v1/{type}/properties", list_properties, _schemas, family="properties"),
    Rule("GET", "/properties/v2/{type}/properties", list_properties, _schemas, family="properties"),
    Rule("GET", "/properties/v1/{type}/properties/named/{name}", get_property, _schemas, family="properties"),
    Rule("GET", "/properties/v2/{type}/properties/named/{name}", get_property, _schemas, family="properties"),
    Rule("GET", "/properties/v1/{type}/groups", list_groups, _schemas, family="properties"),
    Rule("GET", "/properties/v2/{type}/groups", list_groups, _schemas, family="properties"),
    Rule("GET", "/companies/v2/properties", list_properties, _schemas, family="properties"),
    Rule("GET", "/contacts/v2/properties", list_properties, _schemas, family="properties"),
    Rule("GET", "/deals/v1/properties", list_properties, _schemas, family="properties"),
    Rule("GET", "/deals/v1/pipelines", deal_pipelines, _schemas),
    Rule("GET", "/deals/v1/pipelines/{id}", deal_pipeline, _schemas),
    Rule("GET", "/crm-pipelines/v1/pipelines/{type}", crm_pipelines),
    Rule("POST", "/crm-pipelines/v1/pipelines/{type}", make_pipeline, scopes.write),
    Rule("PUT", "/crm-pipelines/v1/pipelines/{type}/{pipeline}", change_pipeline, scopes.write),
    Rule("DELETE", "/crm-pipelines/v1/pipelines/{type}/{pipeline}", pipelines.delete_pipeline, scopes.write),
    Rule("GET", "/calling/v1/dispositions", dispositions),
    Rule("GET", "/owners/v2/owners", owners, scopes.owners_read),
    Rule("GET", "/owners/v2/owners/{id}", owner, scopes.owners_read),
    # An account without marketing: what lists these things answers that there are none.
    Rule("GET", "/email/public/v1/subscriptions", _empty(subscriptionDefinitions=[])),
    Rule("GET", "/email/public/v1/subscriptions/timeline", _empty(timeline=[], hasMore=False, offset="")),
    Rule("GET", "/email/public/v1/events", _empty(events=[], hasMore=False, offset="")),
    Rule("GET", "/email/public/v1/campaigns/by-id", _empty(campaigns=[], hasMore=False, offset="")),
    Rule("GET", "/email/public/v1/campaigns", _empty(campaigns=[], hasMore=False, offset="")),
    Rule("GET", "/marketing-emails/v1/emails/with-statistics", _empty(objects=[], total=0, totalCount=0)),
    Rule("GET", "/forms/v2/forms", _bare),
    Rule("GET", "/automation/v3/workflows", _empty(workflows=[])),
    Rule("GET", "/automation/v4/flows", _empty(results=[])),
    Rule("GET", "/marketing/v3/forms", _empty(results=[])),
    Rule("GET", "/marketing/v3/emails", _empty(total=0, results=[])),
    Rule("GET", "/marketing/v3/campaigns", _empty(total=0, results=[])),
)
