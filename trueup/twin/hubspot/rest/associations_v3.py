"""Associations, v3: the older forms, by type names, still in use (reference 10.2)."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.errors import not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.associations_v4 import PAGE, each_input, error_entry, next_page, pair
from trueup.twin.hubspot.rest.batches import complete, inputs_of

Json = dict[str, Any]


def _names(call: Call, record_id: int) -> list[Json]:
    a, b = pair(call)
    associations = call.portal.associations
    ties = associations.of(a, [record_id], b).get(record_id, ())
    return [{"id": str(to_id), "type": associations.v3_name(a, b, category, t)} for to_id, category, t in ties]


def list_associations(call: Call) -> Reply:
    """`GET /crm/v3/objects/{type}/{id}/associations/{to}`: five hundred at once; `after` is where the next begins."""
    limit, after = call.whole("limit", PAGE, PAGE), call.one("after")
    start = int(after) if after.isdigit() else 0
    rest = [entry for entry in _names(call, number(call.params["id"])) if int(entry["id"]) >= start]
    body: Json = {"results": rest[:limit]}
    if len(rest) > limit:
        body["paging"] = next_page(call, rest[limit]["id"])
    return Reply(200, body)


def associate(call: Call) -> Reply:
    """`PUT .../associations/{to}/{toId}/{kind}`: 200 with the record."""
    a, b = pair(call)
    a_id = number(call.params["id"])
    kind = call.portal.associations.named(a, b, call.params["kind"])
    call.portal.links.tie(a, a_id, b, number(call.params["toId"]), [kind])
    row = call.portal.store.get(a, a_id)
    if row is None:
        raise not_found()
    record = call.portal.renderer.one(row, call.portal.renderer.wanted(a, ()))
    record["associations"] = {b.name: {"results": _names(call, a_id)}}
    return Reply(200, record)


def dissociate(call: Call) -> Reply:
    """`DELETE .../associations/{to}/{toId}/{kind}`."""
    a, b = pair(call)
    kind = call.portal.associations.named(a, b, call.params["kind"])
    call.portal.links.cut(a, number(call.params["id"]), b, number(call.params["toId"]), [kind])
    return Reply(204)


def read_batch(call: Call) -> Reply:
    """`POST /crm/v3/associations/{type}/{to}/batch/read`."""
    a, b = pair(call)
    results: list[Json] = []
    bad: list[Json] = []
    for one in inputs_of(call, 1_000):
        record_id = number(one.get("id", ""))
        found = _names(call, record_id)
        if found:
            results.append({"from": {"id": str(record_id)}, "to": found})
        else:
            message = f"No {b.singular} is associated with {a.singular} {record_id}."
            bad.append(error_entry("NO_ASSOCIATIONS_FOUND", message, {"fromObjectId": [str(record_id)]}))
    return complete(call, results, bad)


def create_batch(call: Call) -> Reply:
    """`POST .../batch/create`: both directions are listed; the status is 200 since August 2025 (a switch)."""
    a, b = pair(call)
    associations = call.portal.associations

    def write(one: Json, a_id: int, b_id: int) -> list[Json]:
        kind = associations.named(a, b, str(one.get("type", "")))
        call.portal.links.tie(a, a_id, b, b_id, [kind])
        back = associations.v3_name(b, a, kind.category, kind.inverse_id)
        return [
            {"from": {"id": str(a_id)}, "to": {"id": str(b_id)}, "type": kind.name},
            {"from": {"id": str(b_id)}, "to": {"id": str(a_id)}, "type": back},
        ]

    with call.portal.store.transaction():
        done, bad = each_input(call, 100, write)
    status = int(call.portal.switches["v3_assoc_create_status"])
    return complete(call, [row for rows in done for row in rows], bad, status=status)


def archive_batch(call: Call) -> Reply:
    """`POST .../batch/archive`."""
    a, b = pair(call)

    def write(one: Json, a_id: int, b_id: int) -> None:
        kinds = [call.portal.associations.named(a, b, str(one["type"]))] if one.get("type") else []
        call.portal.links.cut(a, a_id, b, b_id, kinds)

    with call.portal.store.transaction():
        each_input(call, 100, write)
    return Reply(204)


def list_types(call: Call) -> Reply:
    """`GET /crm/v3/associations/{type}/{to}/types`."""
    a, b = pair(call)
    kinds = call.portal.associations.kinds(a, b)
    return Reply(200, {"results": [{"id": str(kind.type_id), "name": kind.name} for kind in kinds]})


_RECORD = "/crm/v3/objects/{type}/{id}/associations/{to}"
_PAIR = "/crm/v3/associations/{type}/{to}"

RULES = (
    Rule("GET", _RECORD, list_associations, scopes.from_read, ties=True),
    Rule("PUT", f"{_RECORD}/{{toId}}/{{kind}}", associate, scopes.from_write, ties=True),
    Rule("DELETE", f"{_RECORD}/{{toId}}/{{kind}}", dissociate, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/read", read_batch, scopes.from_read, ties=True),
    Rule("POST", f"{_PAIR}/batch/create", create_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/archive", archive_batch, scopes.from_write, ties=True),
    Rule("GET", f"{_PAIR}/types", list_types, scopes.from_read, ties=True),
)
