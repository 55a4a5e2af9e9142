"""Owners: the list, by e-mail, deactivated ones, one by its id or its user's."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.errors import ApiError, not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes


def list_owners(call: Call) -> Reply:
    """`GET /crm/v3/owners`."""
    limit = call.whole("limit", 100, 500)
    after = call.one("after")
    if after and not after.isdigit():
        raise ApiError(400, f"Invalid after: '{after}'")
    chosen = call.portal.owners.all(archived=call.flag("archived"), email=call.one("email") or None)
    rows = [owner for owner in chosen if int(owner["id"]) >= int(after or 0)]
    body: dict[str, Any] = {"results": rows[:limit]}
    if len(rows) > limit:
        following = rows[limit]["id"]
        link = f"{call.base_url}{call.asked_path}?limit={limit}&after={following}"
        body["paging"] = {"next": {"after": following, "link": link}}
    return Reply(200, body)


def get_owner(call: Call) -> Reply:
    """`GET /crm/v3/owners/{id}`: the id of the owner, or of its user with `idProperty=userId`."""
    owners, archived = call.portal.owners, call.flag("archived")
    if call.one("idProperty", "id").lower() == "userid":
        found = owners.by_user(call.params["id"], archived=archived)
    else:
        found = owners.get(call.params["id"])
    if found is None or found["archived"] != archived:
        raise not_found()
    return Reply(200, found)


RULES = (
    Rule("GET", "/crm/v3/owners", list_owners, scopes.owners_read),
    Rule("GET", "/crm/v3/owners/{id}", get_owner, scopes.owners_read),
)
