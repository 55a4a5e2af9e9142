"""CRM objects v1: tickets, products and line items as programs before v3 asked for them.

The shapes are HubSpot's ("Create a group of tickets", legacy reference); how many one batch takes, and that one bad
entry stops them all, is taken from today's batches [U].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot.bodies import objects
from trueup.twin.hubspot.errors import ApiError, invalid_json
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import change, live, make, page_of, sent, versioned
from trueup.twin.hubspot.store import Row

Json = dict[str, Any]

_PAGE = 100


def _names(call: Call) -> list[str]:
    return [*call.many("properties"), *call.many("propertiesWithHistory")]


def _shown(call: Call, row: Row, names: Sequence[str] | None, *, versions: bool = False) -> Json:
    object_type = call.object_type
    return {
        "objectType": object_type.internal,
        "portalId": call.portal.portal_id,
        "objectId": row.id,
        "properties": versioned(call, object_type, row, names, versions=versions),
        "version": 1,
        "isDeleted": row.archived,
    }


def list_paged(call: Call) -> Reply:
    """`GET /crm-objects/v1/objects/{type}/paged`: by id; only what is asked for has values."""
    count = call.whole("count", _PAGE, _PAGE) if call.one("count") else call.whole("limit", _PAGE, _PAGE)
    rows, more = page_of(call, call.object_type, count, call.one("offset"))
    versions = bool(call.many("propertiesWithHistory"))
    objects = [_shown(call, row, _names(call), versions=versions) for row in rows]
    return Reply(200, {"objects": objects, "hasMore": more, "offset": rows[-1].id + 1 if rows else 0})


def get_one(call: Call) -> Reply:
    """`GET /crm-objects/v1/objects/{type}/{id}`."""
    row = live(call, call.object_type, call.params["id"])
    versions = bool(call.many("propertiesWithHistory"))
    return Reply(200, _shown(call, row, _names(call) or None, versions=versions))


def create_one(call: Call) -> Reply:
    """`POST /crm-objects/v1/objects/{type}`: a bare list of names and values; 200 with the record."""
    properties = _sent(call)
    row = make(call, call.object_type, properties).row
    return Reply(200, _shown(call, row, sorted(properties)))


def update_one(call: Call) -> Reply:
    """`PUT /crm-objects/v1/objects/{type}/{id}`."""
    properties = _sent(call)
    row = live(call, call.object_type, call.params["id"])
    return Reply(200, _shown(call, change(call, call.object_type, row, properties).row, sorted(properties)))


def _sent(call: Call) -> Json:
    body = call.json()
    return sent(body if isinstance(body, dict) else {"properties": body}, "name")


def delete_one(call: Call) -> Reply:
    """`DELETE /crm-objects/v1/objects/{type}/{id}`: 204."""
    row = live(call, call.object_type, call.params["id"])
    call.portal.records.archive(call.object_type, row.id)
    return Reply(204)


def read_batch(call: Call) -> Reply:
    """`POST /crm-objects/v1/objects/{type}/batch-read`: a map by id; unknown ones are left out."""
    rows = call.portal.store.get_many(call.object_type, _ids(call))
    return Reply(200, {str(i): _shown(call, row, _names(call)) for i, row in rows.items() if not row.archived})


def create_batch(call: Call) -> Reply:
    """`POST /crm-objects/v1/objects/{type}/batch-create`: a list of lists of names and values; the records in order."""
    new = [sent({"properties": one}, "name") for one in _entries(call.json())]
    with call.portal.store.transaction():
        rows = [make(call, call.object_type, properties).row for properties in new]
    return Reply(200, [_shown(call, row, sorted(p)) for row, p in zip(rows, new, strict=True)])


def update_batch(call: Call) -> Reply:
    """`POST /crm-objects/v1/objects/{type}/batch-update`: `objectId` and `properties` of each; the records in order."""
    new = [(str(one.get("objectId")), sent(one, "name")) for one in objects(_entries(call.json()), "the body")]
    with call.portal.store.transaction():
        rows = [change(call, call.object_type, live(call, call.object_type, i), p).row for i, p in new]
    return Reply(200, [_shown(call, row, sorted(p)) for row, (_, p) in zip(rows, new, strict=True)])


def delete_batch(call: Call) -> Reply:
    """`POST /crm-objects/v1/objects/{type}/batch-delete`: 204, also for ids that no record has."""
    for record_id in _ids(call):
        call.portal.records.archive(call.object_type, record_id)
    return Reply(204)


def _entries(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise invalid_json("line 1, column 1: expected a list")
    if len(body) > _PAGE:
        raise ApiError(400, f"No more than {_PAGE} objects may be written at once", category=None)
    return body


def _ids(call: Call) -> list[int]:
    ids = call.document().get("ids") or []
    if not isinstance(ids, list) or not all(str(i).isdigit() for i in ids):
        raise ApiError(400, "Invalid input: ids must be a list of record ids")
    return [int(i) for i in ids]


_BASE = "/crm-objects/v1/objects/{type}"

RULES = (
    Rule("GET", f"{_BASE}/paged", list_paged, scopes.read),
    Rule("POST", f"{_BASE}/batch-read", read_batch, scopes.read),
    Rule("POST", f"{_BASE}/batch-create", create_batch, scopes.write),
    Rule("POST", f"{_BASE}/batch-update", update_batch, scopes.write),
    Rule("POST", f"{_BASE}/batch-delete", delete_batch, scopes.write),
    Rule("POST", _BASE, create_one, scopes.write),
    Rule("GET", f"{_BASE}/{{id}}", get_one, scopes.read),
    Rule("PUT", f"{_BASE}/{{id}}", update_one, scopes.write),
    Rule("DELETE", f"{_BASE}/{{id}}", delete_one, scopes.write),
)
