"""Lists v3: made, found, filled by hand or by filters; memberships; folders; `offset` and `hasMore` in the search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.auth import USER_ID
from trueup.twin.hubspot.bodies import texts
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule, path_text
from trueup.twin.hubspot.list_names import named
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.batches import complete, inputs_of
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


def _shown(call: Call, row: Json) -> Json:
    out = {k: v for k, v in row.items() if k not in {"filterBranch", "folderId"}}
    out["size"] = call.portal.lists.size(row)
    if call.flag("includeFilters") and row.get("filterBranch"):
        out["filterBranch"] = row["filterBranch"]
    return out


def may_ask(call: Call, object_type: ObjectType, branch: Any) -> None:
    """403 for a filter on a sensitive property without its scope: who is in the list would tell (inferred)."""
    for kind, name in named(call.portal.types, object_type, branch):
        call.portal.sensitivity.refuse(call.grant, kind, [name], "read")


def _of(call: Call) -> Json:
    return call.portal.lists.get(call.params["list"])


def create(call: Call) -> Reply:
    """`POST /crm/v3/lists`."""
    body = call.document()
    object_type = call.portal.types.get(str(body.get("objectTypeId") or ""))
    if object_type is not None:
        may_ask(call, object_type, body.get("filterBranch"))
    with call.portal.store.transaction():
        made = call.portal.lists.create(body, USER_ID)
    return Reply(200, {"list": _shown(call, made)})


def get_one(call: Call) -> Reply:
    """`GET /crm/v3/lists/{list}`."""
    return Reply(200, {"list": _shown(call, _of(call))})


def get_many(call: Call) -> Reply:
    """`GET /crm/v3/lists?listIds=`."""
    wanted = set(call.many("listIds"))
    return Reply(200, {"lists": [_shown(call, r) for r in call.portal.lists.all() if r["listId"] in wanted]})


def by_name(call: Call) -> Reply:
    """`GET /crm/v3/lists/object-type-id/{type}/name/{name}`."""
    name, type_id = path_text(call, "name"), call.object_type.type_id
    for row in call.portal.lists.all():
        if row["name"] == name and row["objectTypeId"] == type_id:
            return Reply(200, {"list": _shown(call, row)})
    raise ApiError(404, f"List does not exist with name {name}.", category="OBJECT_NOT_FOUND",
                   sub_category="ILS.LIST_NOT_FOUND")  # fmt: skip


def search(call: Call) -> Reply:
    """`POST /crm/v3/lists/search`: `offset`, `hasMore`, `total`; additional properties are text.

    How many may be asked for at once is not documented; programs in wide use ask for 1,000 [U].
    """
    body = call.document()
    query = str(body.get("query") or "").lower()
    ids = set(texts(body.get("listIds"), "listIds"))
    kinds = set(texts(body.get("processingTypes"), "processingTypes"))
    object_type = str(body.get("objectTypeId") or "")
    found = [
        r
        for r in call.portal.lists.all()
        if query in r["name"].lower()
        and (not ids or r["listId"] in ids)
        and (not kinds or r["processingType"] in kinds)
        and (not object_type or r["objectTypeId"] == object_type)
    ]
    offset, count = _count(body, "offset", 0, 10_000), _count(body, "count", 20, 1_000)
    page = found[offset : offset + count]
    rows = []
    for row in page:
        whole = _shown(call, row)
        size = whole.pop("size")
        extra = {"hs_list_size": str(size), "hs_list_reference_count": "0"}
        asked = set(texts(body.get("additionalProperties"), "additionalProperties")) | {
            "hs_list_reference_count",
            "hs_list_size",
        }
        if "hs_last_record_added_at" in asked and size:
            extra["hs_last_record_added_at"] = str(max(at for _, at in call.portal.lists.members(row)))
        rows.append(whole | {"additionalProperties": {k: v for k, v in extra.items() if k in asked}})
    following = offset + len(page)
    more = following < len(found)
    return Reply(200, {"offset": following, "hasMore": more, "lists": rows, "total": len(found)})


def _count(body: Json, name: str, default: int, most: int) -> int:
    raw = body.get(name)
    if raw is None:
        return default
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= most:
        raise ApiError(400, f"Invalid {name}: {raw}")
    return raw


def delete(call: Call) -> Reply:
    """`DELETE /crm/v3/lists/{list}`."""
    call.portal.lists.delete(_of(call))
    return Reply(204)


def restore(call: Call) -> Reply:
    """`PUT /crm/v3/lists/{list}/restore`."""
    call.portal.lists.restore(call.portal.lists.get(call.params["list"], deleted=True))
    return Reply(204)


def rename(call: Call) -> Reply:
    """`PUT /crm/v3/lists/{list}/update-list-name?listName=`."""
    changed = call.portal.lists.rename(_of(call), call.one("listName"))
    return Reply(200, {"updatedList": _shown(call, changed)})


def refilter(call: Call) -> Reply:
    """`PUT /crm/v3/lists/{list}/update-list-filters`."""
    branch, row = call.document().get("filterBranch") or {}, _of(call)
    may_ask(call, call.portal.types.resolve(row["objectTypeId"]), branch)
    return Reply(200, {"updatedList": _shown(call, call.portal.lists.refilter(row, branch))})


def memberships(call: Call) -> Reply:
    """`GET /crm/v3/lists/{list}/memberships` and `/join-order`: by id, or by the time they came in."""
    members = call.portal.lists.members(_of(call))
    if call.path.endswith("join-order"):
        members.sort(key=lambda m: (m[1], m[0]))
    limit, after = call.whole("limit", 100, 250), call.one("after")
    start = 0
    if after:
        start = next((n + 1 for n, (i, _) in enumerate(members) if str(i) == after), len(members))
    page = members[start : start + limit]
    body: Json = {"results": [{"recordId": str(i), "membershipTimestamp": iso(at)} for i, at in page]}
    body["total"] = len(members)
    if start + limit < len(members):
        last = str(page[-1][0])
        body["paging"] = {"next": {"after": last, "link": f"{call.base_url}{call.asked_path}?after={last}"}}
    return Reply(200, body)


def _ids(call: Call) -> Sequence[str]:
    found = call.json()
    if not isinstance(found, list):
        raise errors.invalid_json("line 1, column 1: expected a list of record ids")
    return [str(i) for i in found]


def add(call: Call) -> Reply:
    """`PUT .../memberships/add`."""
    return Reply(200, call.portal.lists.change(_of(call), _ids(call), ()))


def remove(call: Call) -> Reply:
    """`PUT .../memberships/remove`."""
    return Reply(200, call.portal.lists.change(_of(call), (), _ids(call)))


def add_and_remove(call: Call) -> Reply:
    """`PUT .../memberships/add-and-remove`."""
    body = call.document()
    added, removed = (texts(body.get(key), key) for key in ("recordIdsToAdd", "recordIdsToRemove"))
    out = call.portal.lists.change(_of(call), added, removed)
    return Reply(200, out)


def add_from(call: Call) -> Reply:
    """`PUT .../memberships/add-from/{source}`: 204."""
    source = call.portal.lists.get(call.params["source"])
    call.portal.lists.change(_of(call), [str(i) for i, _ in call.portal.lists.members(source)], ())
    return Reply(204)


def clear(call: Call) -> Reply:
    """`DELETE .../memberships`: 204."""
    row = _of(call)
    call.portal.lists.change(row, (), [str(i) for i, _ in call.portal.lists.members(row)])
    return Reply(204)


def _memberships(call: Call, object_type: ObjectType, record_id: int) -> list[Json]:
    return [
        {
            "listId": row["listId"],
            "listVersion": row["listVersion"],
            "firstAddedTimestamp": iso(at),
            "lastAddedTimestamp": iso(at),
        }
        for row, at in call.portal.lists.of_record(object_type, record_id)
    ]


def of_record(call: Call) -> Reply:
    """`GET /crm/v3/lists/records/{type}/{id}/memberships`."""
    rows = _memberships(call, call.object_type, number(call.params["id"]))
    return Reply(200, {"results": rows, "total": len(rows)})


def of_records(call: Call) -> Reply:
    """`POST /crm/v3/lists/records/memberships/batch/read`: `objectTypeId` and `recordId` of each."""
    results = []
    for one in inputs_of(call):
        object_type = call.portal.types.resolve(str(one.get("objectTypeId") or ""))
        record_id = number(one.get("recordId", ""))
        shown = {"objectTypeId": object_type.type_id, "recordId": str(record_id)}
        results.append(shown | {"recordListMemberships": _memberships(call, object_type, record_id)})
    return complete(call, results)


def id_mapping(call: Call) -> Reply:
    """`GET` and `POST /crm/v3/lists/idmapping`: a legacy list's id and its new one are the same here."""
    if call.method == "GET":
        row = call.portal.lists.get(call.one("legacyListId"))
        return Reply(200, {"listId": row["listId"], "legacyListId": row["listId"]})
    known = {row["listId"] for row in call.portal.lists.all()}
    ids = _ids(call)
    mapped = [{"listId": i, "legacyListId": i} for i in ids if i in known]
    return Reply(200, {"legacyListIdsToIdsMapping": mapped, "missingLegacyListIds": [i for i in ids if i not in known]})


_reads = scopes.fixed("crm.lists.read")
_writes = scopes.fixed("crm.lists.write")
_BASE = "/crm/v3/lists"
_ONE = f"{_BASE}/{{list}}"

RULES = (
    Rule("POST", f"{_BASE}/search", search, _reads),
    Rule("GET", f"{_BASE}/idmapping", id_mapping, _reads),
    Rule("POST", f"{_BASE}/idmapping", id_mapping, _reads),
    Rule("GET", f"{_BASE}/object-type-id/{{type}}/name/{{name}}", by_name, _reads),
    Rule("GET", f"{_BASE}/records/{{type}}/{{id}}/memberships", of_record, _reads),
    Rule("POST", f"{_BASE}/records/memberships/batch/read", of_records, _reads),
    Rule("POST", _BASE, create, _writes),
    Rule("GET", _BASE, get_many, _reads),
    Rule("PUT", f"{_ONE}/restore", restore, _writes),
    Rule("PUT", f"{_ONE}/update-list-name", rename, _writes),
    Rule("PUT", f"{_ONE}/update-list-filters", refilter, _writes),
    Rule("GET", f"{_ONE}/memberships", memberships, _reads),
    Rule("DELETE", f"{_ONE}/memberships", clear, _writes),
    Rule("GET", f"{_ONE}/memberships/join-order", memberships, _reads),
    Rule("PUT", f"{_ONE}/memberships/add", add, _writes),
    Rule("PUT", f"{_ONE}/memberships/remove", remove, _writes),
    Rule("PUT", f"{_ONE}/memberships/add-and-remove", add_and_remove, _writes),
    Rule("PUT", f"{_ONE}/memberships/add-from/{{source}}", add_from, _writes),
    Rule("GET", _ONE, get_one, _reads),
    Rule("DELETE", _ONE, delete, _writes),
)
