"""The users of the account, who stand behind its owners: read, invited, changed, taken out; teams and roles.

Whoever is invited may own records, and whoever is taken out stays as a deactivated owner. The account has no roles.
"""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.auth import USER_ID
from trueup.twin.hubspot.bodies import texts
from trueup.twin.hubspot.errors import ApiError, not_found
from trueup.twin.hubspot.http import Call, Reply, Rule, path_text
from trueup.twin.hubspot.rest import scopes

Json = dict[str, Any]


def _shown(owner: Json) -> Json:
    return {
        "id": str(owner["userIdIncludingInactive"]),
        "email": owner["email"],
        "firstName": owner["firstName"],
        "lastName": owner["lastName"],
        "roleIds": [],
        "superAdmin": False,
        "primaryTeamId": next((t["id"] for t in owner["teams"] if t["primary"]), None),
        "secondaryTeamIds": [t["id"] for t in owner["teams"] if not t["primary"]],
    }


def list_users(call: Call) -> Reply:
    """`GET /settings/v3/users`: by the owner's id; `after` is the last one that was seen."""
    rows = call.portal.owners.all()
    limit, after = call.whole("limit", 100, 100), call.one("after")
    start = next((n + 1 for n, o in enumerate(rows) if _shown(o)["id"] == after), 0) if after else 0
    page = [_shown(owner) for owner in rows[start : start + limit]]
    body: Json = {"results": page}
    if start + limit < len(rows):
        last = page[-1]["id"]
        link = f"{call.base_url}{call.asked_path}?limit={limit}&after={last}"
        body["paging"] = {"next": {"after": last, "link": link}}
    return Reply(200, body)


def _owner(call: Call) -> Json:
    raw = path_text(call, "id")
    if call.one("idProperty", "USER_ID").upper() == "EMAIL":
        found = next(iter(call.portal.owners.all(email=raw)), None)
    else:
        found = call.portal.owners.by_user(raw, archived=False)
    if found is None:
        raise not_found()
    return found


def get_user(call: Call) -> Reply:
    """`GET /settings/v3/users/{id}`: by number, or by e-mail with `idProperty=EMAIL`."""
    return Reply(200, _shown(_owner(call)))


def invite(call: Call) -> Reply:
    """`POST /settings/v3/users`: 201; 409 for an e-mail that a user has."""
    body = call.document()
    email = str(body.get("email") or "").strip().lower()
    if "@" not in email:
        raise ApiError(400, f"Email address {email} is invalid")
    owners = call.portal.owners
    if owners.all(email=email):
        raise ApiError(409, f"User already exists: {email}", category="CONFLICT")
    everybody = list(owners.everybody())
    owner_id = 1 + max((int(o["id"]) for o in everybody), default=50)
    user_id = 1 + max((int(o["userIdIncludingInactive"]) for o in everybody), default=USER_ID)
    names = {name: str(body.get(name) or "") for name in ("firstName", "lastName")}
    owners.load([{"id": str(owner_id), "userId": user_id, "email": email, "teams": _teams(body), **names}])
    return Reply(201, _shown(owners.get(str(owner_id)) or {}))


def _teams(body: Json) -> list[Json]:
    primary = body.get("primaryTeamId")
    first = [{"id": str(primary), "name": str(primary), "primary": True}] if primary else []
    second = texts(body.get("secondaryTeamIds"), "secondaryTeamIds")
    return [*first, *({"id": team, "name": team, "primary": False} for team in second)]


def change(call: Call) -> Reply:
    """`PUT /settings/v3/users/{id}`: names and teams."""
    body, owner = call.document(), _owner(call)
    values: Json = {name: str(body[name]) for name in ("firstName", "lastName") if body.get(name)}
    if body.get("primaryTeamId") or body.get("secondaryTeamIds"):
        known = {team["id"]: team["name"] for o in call.portal.owners.everybody() for team in o["teams"]}
        values["teams"] = [team | {"name": known.get(team["id"], team["id"])} for team in _teams(body)]
    return Reply(200, _shown(call.portal.owners.change(owner["id"], values)))


def remove(call: Call) -> Reply:
    """`DELETE /settings/v3/users/{id}`: 204."""
    call.portal.owners.change(_owner(call)["id"], {"archived": True})
    return Reply(204)


def teams(call: Call) -> Reply:
    """`GET /settings/v3/users/teams`: every team that an owner is in, with its members."""
    found: dict[str, Json] = {}
    for row in call.portal.owners.all():
        for team in row["teams"]:
            new = {"id": team["id"], "name": team["name"], "userIds": [], "secondaryUserIds": []}
            entry = found.setdefault(team["id"], new)
            entry["userIds" if team["primary"] else "secondaryUserIds"].append(str(row["userId"]))
    return Reply(200, {"results": list(found.values())})


def roles(_call: Call) -> Reply:
    """`GET /settings/v3/users/roles`: none were made."""
    return Reply(200, {"results": []})


_reads = scopes.fixed("settings.users.read", "crm.objects.owners.read")
_writes = scopes.fixed("settings.users.write")
_BASE = "/settings/v3/users"

RULES = (
    Rule("GET", f"{_BASE}/teams", teams, lambda _call: ("settings.users.teams.read",)),
    Rule("GET", f"{_BASE}/roles", roles, _reads),
    Rule("GET", _BASE, list_users, _reads),
    Rule("POST", _BASE, invite, _writes),
    Rule("GET", f"{_BASE}/{{id}}", get_user, _reads),
    Rule("PUT", f"{_BASE}/{{id}}", change, _writes),
    Rule("DELETE", f"{_BASE}/{{id}}", remove, _writes),
)
