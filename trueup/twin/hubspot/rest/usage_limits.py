"""How full the account is: records, properties, pipelines, labels and custom objects against what it may have.

The paths are HubSpot's; the names inside the answers and the figures are unverified [U], but for labels (10.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.association_types import USER_DEFINED
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

_RECORDS, _PROPERTIES, _LABELS, _CUSTOM_OBJECTS = 15_000_000, 1_000, 10, 10
_PIPELINES: Mapping[str, int] = {"free": 1, "starter": 2, "professional": 15, "enterprise": 100, "addon": 15}
_CALCULATED: Mapping[str, int] = {"free": 0, "starter": 0, "professional": 25, "enterprise": 200, "addon": 25}


def _row(object_type: ObjectType, used: int, most: int) -> Json:
    name = object_type.singular.replace("_", " ").capitalize()
    plural = object_type.name.replace("_", " ").capitalize()
    about = {"objectTypeId": object_type.type_id, "singularLabel": name, "pluralLabel": plural}
    return about | _used(used, most)


def _used(used: int, most: int) -> Json:
    return {"usage": used, "limit": most, "percentage": round(100 * used / most, 2) if most else 0.0}


def records(call: Call) -> Reply:
    """`GET /crm/v3/limits/records`."""
    store = call.portal.store
    rows = [(t, _row(t, store.count(t), _RECORDS)) for t in call.portal.types]
    own = [row for t, row in rows if t.type_id.startswith("2-")]
    overall = sum(row["usage"] for row in own)
    custom = {"overallLimit": _RECORDS, "overallUsage": overall, "byObjectType": own}
    standard = [row for t, row in rows if not t.type_id.startswith("2-")]
    return Reply(200, {"hubspotDefinedObjectTypes": standard, "customObjectTypes": custom})


def properties(call: Call) -> Reply:
    """`GET /crm/v3/limits/custom-properties`."""
    known = call.portal.catalogue
    rows = [_row(t, sum(not d.hubspot_defined for d in known.all(t.name)), _PROPERTIES) for t in call.portal.types]
    return Reply(200, {"byObjectType": rows})


def calculated(call: Call) -> Reply:
    """`GET /crm/v3/limits/calculated-properties`: those that the account made itself."""
    known = call.portal.catalogue
    made = sum(d.calculated and not d.hubspot_defined for t in call.portal.types for d in known.all(t.name))
    return Reply(200, _used(made, _CALCULATED.get(str(call.portal.switches["plan"]), 25)))


def pipelines(call: Call) -> Reply:
    """`GET /crm/v3/limits/pipelines`."""
    most = _PIPELINES.get(str(call.portal.switches["plan"]), 15)
    found = call.portal.catalogue.pipelines
    about = [t for t in call.portal.types if t.name in {"deals", "tickets", "leads"}]
    return Reply(200, {"byObjectType": [_row(t, len(found.all(t.name)), most) for t in about]})


def custom_objects(call: Call) -> Reply:
    """`GET /crm/v3/limits/custom-object-types`."""
    made = sum(t.type_id.startswith("2-") for t in call.portal.types)
    return Reply(200, _used(made, _CUSTOM_OBJECTS))


def labels(call: Call) -> Reply:
    """`GET /crm/v3/limits/associations/labels?fromObjectTypeId=&toObjectTypeId=`: up to ten for a pair of types."""
    types = call.portal.types
    ends = []
    for name in ("fromObjectTypeId", "toObjectTypeId"):
        asked = call.one(name)
        if asked and types.get(asked) is None:
            raise ApiError(400, f"Unable to infer object type from: {asked}", category=None)
        ends.append([types.resolve(asked)] if asked else list(types))
    rows = []
    for a in ends[0]:
        for b in ends[1]:
            used = sum(k.category == USER_DEFINED for k in call.portal.associations.kinds(a, b))
            if used or (len(ends[0]) == 1 and len(ends[1]) == 1):
                pair = {"fromObjectTypeId": a.type_id, "toObjectTypeId": b.type_id}
                rows.append(pair | _used(used, _LABELS))
    return Reply(200, {"results": rows})


_BASE = "/crm/v3/limits"

RULES = (
    Rule("GET", f"{_BASE}/records", records),
    Rule("GET", f"{_BASE}/custom-properties", properties),
    Rule("GET", f"{_BASE}/calculated-properties", calculated),
    Rule("GET", f"{_BASE}/pipelines", pipelines),
    Rule("GET", f"{_BASE}/custom-object-types", custom_objects),
    Rule("GET", f"{_BASE}/associations/labels", labels),
)
