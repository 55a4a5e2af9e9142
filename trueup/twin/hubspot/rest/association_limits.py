"""Association configurations, v4: how many records of a kind one record may be tied to."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.association_types import CATEGORIES, Kind
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.associations_v4 import pair
from trueup.twin.hubspot.rest.batches import complete, inputs_of

Json = dict[str, Any]


def _kind(call: Call, one: Json) -> Kind:
    a, b = pair(call)
    try:
        return call.portal.associations.kind(a, b, CATEGORIES.index(one["category"]), int(one["typeId"]))
    except (KeyError, ValueError, TypeError):
        raise ApiError(400, "Invalid input: category and typeId are required") from None


def list_all(call: Call) -> Reply:
    """`GET /crm/v4/associations/definitions/configurations/all`."""
    limits, types = call.portal.tie_limits, list(call.portal.types)
    return Reply(200, {"results": [row for a in types for b in types for row in limits.shown(a, b)]})


def list_pair(call: Call) -> Reply:
    """`GET .../configurations/{from}/{to}`."""
    a, b = pair(call)
    return Reply(200, {"results": call.portal.tie_limits.shown(a, b)})


def put_batch(call: Call) -> Reply:
    """`POST .../batch/create` and `/batch/update`."""
    a, b = pair(call)
    results = []
    for one in inputs_of(call):
        kind, most = _kind(call, one), one.get("maxToObjectIds")
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 50_000:
            raise ApiError(400, "Invalid input: maxToObjectIds must be between 1 and 50000")
        call.portal.tie_limits.put(a, b, kind, most)
        row: Json = {"category": CATEGORIES[kind.category], "typeId": kind.type_id, "userEnforcedMaxToObjectIds": most}
        results.append(row | ({"label": kind.label} if kind.label and call.path.endswith("create") else {}))
    return complete(call, results, status=201 if call.path.endswith("create") else 200)


def purge_batch(call: Call) -> Reply:
    """`POST .../batch/purge`: 204."""
    a, b = pair(call)
    for one in inputs_of(call):
        call.portal.tie_limits.put(a, b, _kind(call, one), None)
    return Reply(204)


_ALL = "/crm/v4/associations/definitions/configurations"
_PAIR = f"{_ALL}/{{type}}/{{to}}"

RULES = (
    Rule("GET", f"{_ALL}/all", list_all, ties=True),
    Rule("GET", _PAIR, list_pair, scopes.from_read, ties=True),
    Rule("POST", f"{_PAIR}/batch/create", put_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/update", put_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/purge", purge_batch, scopes.from_write, ties=True),
)
