"""How full the account is of associations: the labels of a pair of types, the records near the limit of their ties."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.association_types import USER_DEFINED
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest.usage_limits import names_of, used
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

_LABELS = 10
_NEAR = 0.8
_SAMPLES = 10


def labels(call: Call) -> Reply:
    """`GET /crm/v3/limits/associations/labels?fromObjectTypeId=&toObjectTypeId=`: up to ten for a pair of types."""
    types = call.portal.types
    asked = [call.one(name) for name in ("fromObjectTypeId", "toObjectTypeId")]
    froms, tos = ([types.resolve(name)] if name else list(types) for name in asked)
    rows = []
    for a in froms:
        for b in tos:
            own = [k.label for k in call.portal.associations.kinds(a, b) if k.category == USER_DEFINED]
            if own or all(asked):
                pair = {"fromObjectType": names_of(a), "toObjectType": names_of(b), "allLabels": own}
                rows.append(pair | used(len(own), _LABELS))
    return Reply(200, {"results": rows})


def _crowded(call: Call, a: ObjectType, b: ObjectType) -> tuple[list[int], list[int]]:
    """The records of a type that are near their limit of ties to another type, and those that are at it."""
    most = int(call.portal.switches["association_limit"])
    sql = (
        "SELECT from_id, count(DISTINCT to_id) FROM association WHERE from_type = ? AND to_type = ?"
        " GROUP BY from_id HAVING count(DISTINCT to_id) >= ? ORDER BY from_id"
    )
    rows = call.portal.store.db.execute(sql, (a.number, b.number, int(most * _NEAR) or 1)).fetchall()
    return [i for i, n in rows if n < most], [i for i, n in rows if n >= most]


def _shown(object_type: ObjectType, near: list[int], at: list[int]) -> list[Json]:
    if not near and not at:
        return []
    return [names_of(object_type) | {"hasRecordsNearLimit": bool(near), "hasRecordsAtLimit": bool(at)}]


def from_types(call: Call) -> Reply:
    """`GET /crm/v3/limits/associations/records/from`: the types with records near a limit."""
    results: list[Json] = []
    for a in call.portal.types:
        found = [_crowded(call, a, b) for b in call.portal.types]
        results += _shown(a, [i for near, _ in found for i in near], [i for _, at in found for i in at])
    return Reply(200, {"results": results})


def to_types(call: Call) -> Reply:
    """`GET /crm/v3/limits/associations/records/{from}/to`: the types to which they are near it."""
    results = [row for b in call.portal.types for row in _shown(b, *_crowded(call, call.object_type, b))]
    return Reply(200, {"results": results})


def of_pair(call: Call) -> Reply:
    """`GET /crm/v3/limits/associations/records/{from}/{to}`: how many records are near, and some of them."""
    a, b = call.object_type, call.portal.types.resolve(call.params["to"])
    near, at = _crowded(call, a, b)
    body: Json = {
        "limit": int(call.portal.switches["association_limit"]),
        "totalRecordsNearLimit": len(near) + len(at),
        "totalRecordsAtLimit": len(at),
        "nearLimitFromRecordSamples": [{"id": str(i)} for i in near[:_SAMPLES]],
        "atLimitFromRecordSamples": [{"id": str(i)} for i in at[:_SAMPLES]],
    }
    return Reply(200, body)


def report(call: Call) -> Reply:
    """`POST /crm/v4/associations/usage/high-usage-report/{user}`: taken on; the report itself goes by e-mail."""
    user = call.portal.owners.by_user(call.params["user"], archived=False)
    if user is None:
        raise ApiError(404, f"User {call.params['user']} could not be found", category="OBJECT_NOT_FOUND")
    # Milliseconds, as the type that HubSpot's files call DateTime has them elsewhere; they name no unit.
    at = {"dateOnly": False, "timeZoneShift": 0, "value": call.portal.now()}
    return Reply(200, {"userId": user["userId"], "userEmail": user["email"], "enqueueTime": at})


_BASE = "/crm/v3/limits/associations"

RULES = (
    Rule("POST", "/crm/v4/associations/usage/high-usage-report/{user}", report),
    Rule("GET", f"{_BASE}/labels", labels),
    Rule("GET", f"{_BASE}/records/from", from_types),
    Rule("GET", f"{_BASE}/records/{{type}}/to", to_types),
    Rule("GET", f"{_BASE}/records/{{type}}/{{to}}", of_pair),
)
