"""Contact lists v1 over the lists of v3: found, read member by member, filled by hand.

What a list shows is HubSpot's ("Get contact lists", legacy reference); how members are paged is recorded of the list
of everybody only.
"""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.bodies import texts
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import typed
from trueup.twin.hubspot.rest.legacy_contacts import LISTED, names_of, profile
from trueup.twin.hubspot.timetext import parse_ms

Json = dict[str, Any]


FILTERS = "old_list_filters"
"""Where the filters of lists that v1 made are kept as they were sent."""


def shown(call: Call, row: Json) -> Json:
    """A list as v1 shows it."""
    dynamic = row["processingType"] == "DYNAMIC"
    changed = parse_ms(row["updatedAt"])
    return {
        "portalId": call.portal.portal_id,
        "listId": int(row["listId"]),
        "internalListId": int(row["listId"]),
        "parentId": row["folderId"],
        "name": row["name"],
        "listType": "DYNAMIC" if dynamic else "STATIC",
        "dynamic": dynamic,
        "archived": False,
        "deleteable": True,
        "readOnly": False,
        "internal": False,
        "createdAt": parse_ms(row["createdAt"]),
        "updatedAt": changed,
        "metaData": {
            "size": call.portal.lists.size(row),
            "processing": "DONE",
            "error": "",
            "lastProcessingStateChangeAt": changed,
            "lastSizeChangeAt": changed,
        },
        "filters": call.portal.store.kv_get(FILTERS, row["listId"]) or [],
    }


def _own(call: Call) -> list[Json]:
    """The lists of contacts; the old API knew no others."""
    return [row for row in call.portal.lists.all() if row["objectTypeId"] == "0-1"]


def of(call: Call) -> Json:
    """The list that the path names."""
    return call.portal.lists.get(call.params["list"])


def _count(call: Call, most: int) -> int:
    """How many are asked for; of more than there may be, as many as there may be come."""
    return min(call.whole("count", 20, 1_000_000), most)


def list_all(call: Call) -> Reply:
    """`GET /contacts/v1/lists`, `/static` and `/dynamic`: by offset."""
    kind = call.path.rpartition("/")[2]
    rows = [r for r in _own(call) if kind == "lists" or (r["processingType"] == "DYNAMIC") == (kind == "dynamic")]
    count, offset = _count(call, 250), call.offset("offset")
    page = rows[offset : offset + count]
    following = offset + len(page)
    return Reply(200, {"lists": [shown(call, r) for r in page], "has-more": following < len(rows), "offset": following})


def get_many(call: Call) -> Reply:
    """`GET /contacts/v1/lists/batch?listId=&listId=`: ids that no list has are passed over."""
    wanted = set(call.many("listId"))
    return Reply(200, {"lists": [shown(call, row) for row in _own(call) if row["listId"] in wanted]})


def get_one(call: Call) -> Reply:
    """`GET /contacts/v1/lists/{list}`."""
    return Reply(200, shown(call, of(call)))


def members(call: Call) -> Reply:
    """`GET /contacts/v1/lists/{list}/contacts/all`: by vid; `vid-offset` is where the next page begins."""
    contacts, found = typed(call, "contacts"), call.portal.lists.members(of(call))
    count, offset = _count(call, 100), call.offset("vidOffset")
    rest = [(i, at) for i, at in found if i >= offset]
    rows = call.portal.store.get_many(contacts, [i for i, _ in rest[:count]])
    names = names_of(call) or LISTED
    shown = [profile(call, rows[i], names, versions=False) | {"addedAt": at} for i, at in rest[:count]]
    following = rest[count][0] if len(rest) > count else (rest[-1][0] if rest else 0)
    return Reply(200, {"contacts": shown, "has-more": len(rest) > count, "vid-offset": following})


def recent(call: Call) -> Reply:
    """`GET /contacts/v1/lists/{list}/contacts/recent`: the last to come in first, by time and vid offset."""
    contacts, count = typed(call, "contacts"), _count(call, 100)
    before = (call.offset("timeOffset") or 1 << 60, call.offset("vidOffset") or 1 << 60)
    rest = sorted(((at, i) for i, at in call.portal.lists.members(of(call)) if (at, i) < before), reverse=True)
    rows = call.portal.store.get_many(contacts, [i for _, i in rest[:count]])
    names = names_of(call) or LISTED
    page = [profile(call, rows[i], names, versions=False) | {"addedAt": at} for at, i in rest[:count]]
    at, vid = rest[:count][-1] if page else (0, 0)
    body = {"contacts": page, "has-more": len(rest) > count, "vid-offset": vid, "time-offset": at}
    return Reply(200, body)


def _change(call: Call, *, add: bool) -> Reply:
    body = call.document()
    vids = texts(body.get("vids"), "vids")
    contacts = typed(call, "contacts")
    unknown = []
    for email in texts(body.get("emails"), "emails"):
        row = call.portal.records.find(contacts, email, "email")
        if row is None or row.archived:
            unknown.append(email)
        else:
            vids.append(str(row.id))
    done = call.portal.lists.change(of(call), vids if add else (), () if add else vids)
    touched = [int(i) for i in done["recordsIdsAdded" if add else "recordIdsRemoved"]]
    missing = [int(i) for i in done["recordIdsMissing"]]
    return Reply(200, {"updated": touched, "discarded": [], "invalidVids": missing, "invalidEmails": unknown})


def add(call: Call) -> Reply:
    """`POST /contacts/v1/lists/{list}/add`: by `vids` and by `emails`."""
    return _change(call, add=True)


def remove(call: Call) -> Reply:
    """`POST /contacts/v1/lists/{list}/remove`."""
    return _change(call, add=False)


_reads = scopes.fixed("crm.lists.read", "crm.objects.contacts.read")
_writes = scopes.fixed("crm.lists.write")
_BASE = "/contacts/v1/lists"

RULES = (
    Rule("GET", _BASE, list_all, _reads),
    Rule("GET", f"{_BASE}/static", list_all, _reads),
    Rule("GET", f"{_BASE}/dynamic", list_all, _reads),
    Rule("GET", f"{_BASE}/batch", get_many, _reads),
    Rule("GET", f"{_BASE}/{{list}}/contacts/all", members, _reads),
    Rule("GET", f"{_BASE}/{{list}}/contacts/recent", recent, _reads),
    Rule("POST", f"{_BASE}/{{list}}/add", add, _writes),
    Rule("POST", f"{_BASE}/{{list}}/remove", remove, _writes),
    Rule("GET", f"{_BASE}/{{list}}", get_one, _reads),
)
