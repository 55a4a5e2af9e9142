"""Contact lists v1, written: made, changed and deleted, with filters in their old form.

A static list with filters is filled once, when it is made; a dynamic one without any has nobody. 200 with the list is
HubSpot's answer to making one ("Create a new contact list", 2025).
"""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.auth import USER_ID
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.old_list_filters import branch_of
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import typed
from trueup.twin.hubspot.rest.legacy_lists import FILTERS, of, shown
from trueup.twin.hubspot.rest.lists import may_ask

Json = dict[str, Any]


def _branch(call: Call, filters: Any) -> Json:
    contacts = typed(call, "contacts")

    def type_of(name: str) -> str | None:
        found = call.portal.catalogue.get(contacts.name, name)
        return found.type if found else None

    branch = branch_of(filters, type_of)
    may_ask(call, contacts, branch)
    return branch


def create(call: Call) -> Reply:
    """`POST /contacts/v1/lists`: `name`, `dynamic`, `filters`."""
    body = call.document()
    filters, dynamic = body.get("filters") or [], body.get("dynamic") is True
    new: Json = {
        "name": body.get("name"),
        "objectTypeId": typed(call, "contacts").type_id,
        "processingType": "DYNAMIC" if dynamic else "SNAPSHOT" if filters else "MANUAL",
    }
    if dynamic or filters:
        new["filterBranch"] = _branch(call, filters)
    with call.portal.store.transaction():
        made = call.portal.lists.create(new, USER_ID)
        call.portal.store.kv_put(FILTERS, made["listId"], filters)
    return Reply(200, shown(call, made))


def change(call: Call) -> Reply:
    """`POST /contacts/v1/lists/{list}`: another name, other filters."""
    body, row = call.document(), of(call)
    with call.portal.store.transaction():
        if body.get("name") and body["name"] != row["name"]:
            row = call.portal.lists.rename(row, str(body["name"]))
        if body.get("filters") is not None:
            row = call.portal.lists.refilter(row, _branch(call, body["filters"]))
            call.portal.store.kv_put(FILTERS, row["listId"], body["filters"])
    return Reply(200, shown(call, row))


def delete(call: Call) -> Reply:
    """`DELETE /contacts/v1/lists/{list}`: 204."""
    call.portal.lists.delete(of(call))
    return Reply(204)


_writes = scopes.fixed("crm.lists.write")
_BASE = "/contacts/v1/lists"

RULES = (
    Rule("POST", _BASE, create, _writes),
    Rule("POST", f"{_BASE}/{{list}}", change, _writes),
    Rule("DELETE", f"{_BASE}/{{list}}", delete, _writes),
)
