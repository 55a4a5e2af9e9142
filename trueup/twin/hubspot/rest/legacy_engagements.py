"""Engagements v1: calls, e-mails, meetings, notes and tasks in one list, with their associations and metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trueup.twin.hubspot.bodies import section
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import change, gone, make, tied, typed
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

_TYPES = {"CALL": "calls", "EMAIL": "emails", "MEETING": "meetings", "NOTE": "notes", "TASK": "tasks"}
_METADATA: Mapping[str, Mapping[str, str]] = {
    "CALL": {
        "body": "hs_call_body",
        "title": "hs_call_title",
        "status": "hs_call_status",
        "durationMilliseconds": "hs_call_duration",
        "disposition": "hs_call_disposition",
        "toNumber": "hs_call_to_number",
        "fromNumber": "hs_call_from_number",
    },
    "EMAIL": {"subject": "hs_email_subject", "text": "hs_email_text", "html": "hs_email_html"},
    "MEETING": {
        "title": "hs_meeting_title",
        "body": "hs_meeting_body",
        "startTime": "hs_meeting_start_time",
        "endTime": "hs_meeting_end_time",
        "meetingOutcome": "hs_meeting_outcome",
    },
    "NOTE": {"body": "hs_note_body"},
    "TASK": {
        "subject": "hs_task_subject",
        "body": "hs_task_body",
        "status": "hs_task_status",
        "taskType": "hs_task_type",
        "priority": "hs_task_priority",
    },
}
_TIES = (("contacts", "contactIds"), ("companies", "companyIds"), ("deals", "dealIds"), ("tickets", "ticketIds"))
_NUMBERS = {"durationMilliseconds"}
_TIMES = {"startTime", "endTime"}


def shown(call: Call, kind: str, rows: Sequence[Row]) -> list[Json]:
    """Engagements of one kind as v1 shows them."""
    object_type = typed(call, _TYPES[kind])
    ids = [row.id for row in rows]
    found = {key: tied(call, object_type, ids, typed(call, other)) for other, key in _TIES}
    out = []
    for row in rows:
        get = row.props.get
        metadata: Json = {}
        for name, own in _METADATA[kind].items():
            if (value := get(own)) is not None:
                metadata[name] = int(float(value)) if name in _NUMBERS else parse_ms(value) if name in _TIMES else value
        engagement: Json = {
            "id": row.id,
            "portalId": call.portal.portal_id,
            "active": not row.archived,
            "createdAt": row.created,
            "lastUpdated": row.updated,
            "type": kind,
            "timestamp": parse_ms(get("hs_timestamp")) or row.created,
        }
        if owner := get("hubspot_owner_id"):
            engagement["ownerId"] = int(owner)
        associations: Json = {key: by_id[row.id] for key, by_id in found.items()}
        associations |= {"ownerIds": [], "workflowIds": []}
        out.append({"engagement": engagement, "associations": associations, "attachments": [], "metadata": metadata})
    return out


def _everything(call: Call, *, by_update: bool) -> list[tuple[tuple[int, int], str, int]]:
    """The order of all live engagements: by the time of their last change, or by id."""
    found = []
    for kind, name in _TYPES.items():
        column = "updated" if by_update else "id"
        sql = f"SELECT {column}, id FROM o_{name} WHERE NOT archived"
        found += [((at, i), kind, i) for at, i in call.portal.store.db.execute(sql)]
    return sorted(found)


def _page(call: Call, chosen: Sequence[tuple[tuple[int, int], str, int]]) -> list[Json]:
    by_id: dict[tuple[str, int], Json] = {}
    for kind, name in _TYPES.items():
        ids = [i for _, k, i in chosen if k == kind]
        rows = call.portal.store.get_many(typed(call, name), ids)
        for i, record in zip(ids, shown(call, kind, [rows[i] for i in ids]), strict=True):
            by_id[(kind, i)] = record
    return [by_id[(kind, i)] for _, kind, i in chosen]


def list_paged(call: Call) -> Reply:
    """`GET /engagements/v1/engagements/paged`: by id."""
    limit, offset = call.whole("limit", 100, 250), call.offset("offset")
    rest = [e for e in _everything(call, by_update=False) if e[2] > offset]
    page = rest[:limit]
    following = page[-1][2] if page else offset
    return Reply(200, {"results": _page(call, page), "hasMore": len(rest) > limit, "offset": following})


def list_recent(call: Call) -> Reply:
    """`GET /engagements/v1/engagements/recent/modified?since=`: newest first, by a plain offset."""
    count, offset, since = call.whole("count", 20, 100), call.offset("offset"), call.offset("since")
    newest = [e for e in reversed(_everything(call, by_update=True)) if e[0][0] >= since]
    page = newest[offset : offset + count]
    more = offset + len(page) < len(newest)
    body = {"results": _page(call, page), "hasMore": more, "offset": offset + len(page), "total": len(newest)}
    return Reply(200, body)


def list_after(call: Call) -> Reply:
    """`GET /engagements/v1/engagements/modified/after?after=`: oldest change first, from a cursor in milliseconds."""
    limit, after = call.whole("limit", 100, 250), call.one("after") or "0"
    start, _, last = after.partition("-")
    if not start.isdigit():
        raise ApiError(400, f"Invalid after: '{after}'")
    floor = (int(start), int(last) if last.isdigit() else -1)
    rest = [e for e in _everything(call, by_update=True) if e[0] > floor]
    page = rest[:limit]
    cursor = f"{page[-1][0][0]}-{page[-1][0][1]}" if page else after
    return Reply(200, {"results": _page(call, page), "hasMore": len(rest) > limit, "after": cursor})


def _find(call: Call) -> tuple[str, ObjectType, Row]:
    record_id = number(call.params["id"])
    for kind, name in _TYPES.items():
        object_type = typed(call, name)
        row = call.portal.store.get(object_type, record_id)
        if row is not None and not row.archived:
            return kind, object_type, row
    raise gone()


def get_one(call: Call) -> Reply:
    """`GET /engagements/v1/engagements/{id}`."""
    kind, _, row = _find(call)
    return Reply(200, shown(call, kind, [row])[0])


def _properties(kind: str, body: Json) -> Iterator[tuple[str, Any]]:
    engagement, metadata = section(body, "engagement"), section(body, "metadata")
    if "timestamp" in engagement:
        yield "hs_timestamp", engagement["timestamp"]
    if engagement.get("ownerId"):
        yield "hubspot_owner_id", engagement["ownerId"]
    for name, own in _METADATA[kind].items():
        if name in metadata and metadata[name] is not None:
            yield own, metadata[name]
    if kind == "EMAIL":
        yield "hs_email_direction", "EMAIL"


def create_one(call: Call) -> Reply:
    """`POST /engagements/v1/engagements`: 200; blank associations are passed over (recorded 2016)."""
    body = call.document()
    kind = str(section(body, "engagement").get("type", ""))
    if kind not in _TYPES:
        raise ApiError(400, f"Engagement type {kind} is not supported", category=None)
    object_type = typed(call, _TYPES[kind])
    row = make(call, object_type, {"hs_timestamp": iso(call.portal.now()), **dict(_properties(kind, body))}).row
    _tie_all(call, object_type, row, body)
    return Reply(200, shown(call, kind, [row])[0])


def _tie_all(call: Call, object_type: ObjectType, row: Row, body: Json) -> None:
    for other, key in _TIES:
        listed = section(body, "associations").get(key) or []
        for raw in listed if isinstance(listed, list) else [listed]:
            if raw is not None:
                call.portal.links.tie(object_type, row.id, typed(call, other), number(raw))


def update_one(call: Call) -> Reply:
    """`PATCH /engagements/v1/engagements/{id}`; `PUT` is what it was called before."""
    kind, object_type, row = _find(call)
    body = call.document()
    written = change(call, object_type, row, dict(_properties(kind, body)))
    # Those that are named are added; that others stay is inferred: assistants send the empty lists of the rest [U].
    _tie_all(call, object_type, row, body)
    return Reply(200, shown(call, kind, [written.row])[0])


def delete_one(call: Call) -> Reply:
    """`DELETE /engagements/v1/engagements/{id}`: 204."""
    _, object_type, row = _find(call)
    call.portal.records.archive(object_type, row.id)
    return Reply(204)


def tie_one(call: Call) -> Reply:
    """`PUT` and `DELETE /engagements/v1/engagements/{id}/associations/{type}/{other}`: 204."""
    _, object_type, row = _find(call)
    other, to_id = typed(call, call.params["type"]), number(call.params["other"])
    if call.method == "DELETE":
        call.portal.links.cut(object_type, row.id, other, to_id)
    else:
        call.portal.links.tie(object_type, row.id, other, to_id)
    return Reply(204)


def associated(call: Call) -> Reply:
    """`GET /engagements/v1/engagements/associated/{type}/{id}/paged`."""
    other, record_id = typed(call, call.params["type"]), number(call.params["id"])
    mine = [
        (i, kind) for kind, name in _TYPES.items() for i in tied(call, other, [record_id], typed(call, name))[record_id]
    ]
    limit, offset = call.whole("limit", 100, 100), call.offset("offset")
    rest = [((0, i), kind, i) for i, kind in sorted(mine) if i > offset]
    page = rest[:limit]
    following = page[-1][2] if page else offset
    return Reply(200, {"results": _page(call, page), "hasMore": len(rest) > limit, "offset": following})


_reads = scopes.fixed("crm.objects.contacts.read")
_writes = scopes.fixed("crm.objects.contacts.write")
_BASE = "/engagements/v1/engagements"

RULES = (
    Rule("GET", f"{_BASE}/paged", list_paged, _reads),
    Rule("GET", f"{_BASE}/recent/modified", list_recent, _reads),
    Rule("GET", f"{_BASE}/modified/after", list_after, _reads),
    Rule("GET", f"{_BASE}/associated/{{type}}/{{id}}/paged", associated, _reads),
    Rule("POST", _BASE, create_one, _writes),
    Rule("GET", f"{_BASE}/{{id}}", get_one, _reads),
    Rule("PATCH", f"{_BASE}/{{id}}", update_one, _writes),
    Rule("PUT", f"{_BASE}/{{id}}", update_one, _writes),
    Rule("PUT", f"{_BASE}/{{id}}/associations/{{type}}/{{other}}", tie_one, _writes),
    Rule("DELETE", f"{_BASE}/{{id}}/associations/{{type}}/{{other}}", tie_one, _writes),
    Rule("DELETE", f"{_BASE}/{{id}}", delete_one, _writes),
)
