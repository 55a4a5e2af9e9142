"""Associations v1: by definition number, one pair or a batch at a time."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.association_types import HUBSPOT_DEFINED, STANDARD, Kind
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import typed

_DEFINITIONS = {
    1: ("contacts", "companies"),
    2: ("companies", "contacts"),
    3: ("deals", "contacts"),
    4: ("contacts", "deals"),
    5: ("deals", "companies"),
    6: ("companies", "deals"),
    13: ("companies", "companies"),
    14: ("companies", "companies"),
    15: ("contacts", "tickets"),
    16: ("tickets", "contacts"),
    19: ("deals", "line_items"),
    20: ("line_items", "deals"),
    25: ("companies", "tickets"),
    26: ("tickets", "companies"),
    27: ("deals", "tickets"),
    28: ("tickets", "deals"),
}
"""The definition ids of the old associations; they are the type ids of today's primary or plain kinds."""


def _definition(raw: Any) -> Kind:
    pair = _DEFINITIONS.get(int(raw)) if str(raw).isdigit() else None
    if pair is None:
        raise ApiError(400, f"Invalid association definition: {raw}", category=None)
    return next(k for k in STANDARD[pair] if k.type_id == int(raw) and k.category == HUBSPOT_DEFINED)


def list_associations(call: Call) -> Reply:
    """`GET /crm-associations/v1/associations/{id}/HUBSPOT_DEFINED/{definition}`."""
    kind = _definition(call.params["definition"])
    a, b = typed(call, kind.from_type), typed(call, kind.to_type)
    record_id = number(call.params["id"])
    ids = sorted({to for to, _, _ in call.portal.associations.of(a, [record_id], b).get(record_id, ())})
    limit, offset = call.whole("limit", 20, 100), call.offset("offset")
    rest = [i for i in ids if i > offset]
    page = rest[:limit]
    return Reply(200, {"results": page, "hasMore": len(rest) > limit, "offset": page[-1] if page else 0})


def write_association(call: Call) -> Reply:
    """`PUT /crm-associations/v1/associations`, `/create-batch`, `/delete`, `/delete-batch`: 204."""
    body = call.json()
    rows = body if isinstance(body, list) else [body]
    delete = "delete" in call.path
    for row in rows:
        if not isinstance(row, dict):
            raise errors.invalid_json("line 1, column 1: expected an association")
        kind = _definition(row.get("definitionId"))
        a, b = typed(call, kind.from_type), typed(call, kind.to_type)
        ends = number(row.get("fromObjectId", "")), number(row.get("toObjectId", ""))
        if delete:
            call.portal.links.cut(a, ends[0], b, ends[1])
        else:
            call.portal.links.tie(a, ends[0], b, ends[1], [kind])
    return Reply(204)


_ties = scopes.fixed("crm.objects.contacts.read", "crm.objects.deals.read")
RULES = (
    Rule("GET", "/crm-associations/v1/associations/{id}/{category}/{definition}", list_associations, _ties, ties=True),
    Rule("PUT", "/crm-associations/v1/associations", write_association, _ties, ties=True),
    Rule("PUT", "/crm-associations/v1/associations/create-batch", write_association, _ties, ties=True),
    Rule("PUT", "/crm-associations/v1/associations/delete", write_association, _ties, ties=True),
    Rule("PUT", "/crm-associations/v1/associations/delete-batch", write_association, _ties, ties=True),
)
