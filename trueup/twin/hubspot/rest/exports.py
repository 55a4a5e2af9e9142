"""Exports: start, status, and the file itself (whose address carries its own right and needs no token)."""

from __future__ import annotations

from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.list_names import named


def start(call: Call) -> Reply:
    """`POST /crm/v3/exports/export/async`: 202 with the task."""
    body = call.document()
    portal, names = call.portal, body.get("objectProperties")
    object_type = portal.types.get(str(body.get("objectType") or ""))
    if object_type is not None and isinstance(names, list):
        asked = [name for _, name in named(portal.types, object_type, body.get("publicCrmSearchRequest"))]
        portal.sensitivity.refuse(call.grant, object_type, [*map(str, names), *asked], "read")
    task_id = portal.exports.start(body)
    link = f"{call.base_url}/crm/v3/exports/export/async/tasks/{task_id}/status"
    return Reply(202, {"id": task_id, "links": {"status": link}})


def status(call: Call) -> Reply:
    """`GET /crm/v3/exports/export/async/tasks/{task}/status`."""
    return Reply(200, call.portal.exports.status(call.params["task"], call.base_url))


def told(call: Call) -> Reply:
    """`GET /crm/v3/exports/export/{task}`."""
    return Reply(200, call.portal.exports.told(call.params["task"]))


def download(call: Call) -> Reply:
    """`GET /exports-download/{key}/{name}`."""
    found = call.portal.exports.file(call.params["key"])
    headers = {"Content-Disposition": f'attachment; filename="{call.params["name"]}"'}
    return Reply(200, found.content, headers, found.content_type)


RULES = (
    Rule("POST", "/crm/v3/exports/export/async", start, lambda _call: ("crm.export",)),
    Rule("GET", "/crm/v3/exports/export/async/tasks/{task}/status", status, lambda _call: ("crm.export",)),
    Rule("GET", "/crm/v3/exports/export/{task}", told, lambda _call: ("crm.export",)),
    Rule("GET", "/exports-download/{key}/{name}", download, open=True),
)
