"""Folders of lists: made, renamed, moved, shown with what is in them."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.timetext import iso

Json = dict[str, Any]

ROOT = "0"


def _get(call: Call, folder_id: str) -> Json:
    if folder_id in {ROOT, ""}:
        return {"id": 0, "parentFolderId": 0, "name": "root"}
    found: Json | None = call.portal.store.kv_get("list_folder", folder_id)
    if found is None:
        raise ApiError(404, f"Folder does not exist with ID {folder_id}.", category="OBJECT_NOT_FOUND")
    return found


def _shown(call: Call, folder: Json) -> Json:
    children = [f for f in call.portal.store.kv_all("list_folder").values() if f["parentFolderId"] == folder["id"]]
    inside = [int(r["listId"]) for r in call.portal.lists.all() if r.get("folderId", 0) == folder["id"]]
    return {**folder, "childNodes": [_shown(call, c) for c in children], "childLists": inside}


def get(call: Call) -> Reply:
    """`GET /crm/v3/lists/folders?folderId=`: the root when none is named."""
    return Reply(200, {"folder": _shown(call, _get(call, call.one("folderId")))})


def create(call: Call) -> Reply:
    """`POST /crm/v3/lists/folders`."""
    body = call.document()
    if not body.get("name"):
        raise ApiError(400, "Invalid input: name is required")
    parent = _get(call, str(body.get("parentFolderId") or ROOT))
    number = 1 + max((int(k) for k in call.portal.store.kv_all("list_folder")), default=0)
    now = iso(call.portal.now())
    made = {"id": number, "parentFolderId": parent["id"], "name": str(body["name"]), "createdAt": now, "updatedAt": now}
    call.portal.store.kv_put("list_folder", str(number), made)
    return Reply(200, {"folder": _shown(call, made)})


def _changed(call: Call, folder: Json, **values: Any) -> Reply:
    if not folder["id"]:
        raise ApiError(400, "The root folder cannot be changed")
    changed = {**folder, **values, "updatedAt": iso(call.portal.now())}
    call.portal.store.kv_put("list_folder", str(folder["id"]), changed)
    return Reply(200, {"folder": _shown(call, changed)})


def rename(call: Call) -> Reply:
    """`PUT /crm/v3/lists/folders/{folder}/rename?newFolderName=`."""
    if not call.one("newFolderName"):
        raise ApiError(400, "Invalid input: newFolderName is required")
    return _changed(call, _get(call, call.params["folder"]), name=call.one("newFolderName"))


def move(call: Call) -> Reply:
    """`PUT /crm/v3/lists/folders/{folder}/move/{parent}`: never below itself."""
    folder, parent = _get(call, call.params["folder"]), _get(call, call.params["parent"])
    above = parent
    while above["id"]:
        if above["id"] == folder["id"]:
            raise ApiError(400, "A folder cannot be moved into itself")
        above = _get(call, str(above["parentFolderId"]))
    return _changed(call, folder, parentFolderId=parent["id"])


def move_list(call: Call) -> Reply:
    """`PUT /crm/v3/lists/folders/move-list`."""
    body = call.document()
    folder = _get(call, str(body.get("newFolderId") or ROOT))
    call.portal.lists.move(call.portal.lists.get(str(body.get("listId", ""))), folder["id"])
    return Reply(204)


def delete(call: Call) -> Reply:
    """`DELETE /crm/v3/lists/folders/{folder}`: an empty one only."""
    folder = _shown(call, _get(call, call.params["folder"]))
    if not folder["id"] or folder["childNodes"] or folder["childLists"]:
        raise ApiError(400, "Only an empty folder can be deleted")
    call.portal.store.kv_delete("list_folder", str(folder["id"]))
    return Reply(204)


_reads = scopes.fixed("crm.lists.read")
_writes = scopes.fixed("crm.lists.write")
_BASE = "/crm/v3/lists/folders"

RULES = (
    Rule("GET", _BASE, get, _reads),
    Rule("POST", _BASE, create, _writes),
    Rule("PUT", f"{_BASE}/move-list", move_list, _writes),
    Rule("PUT", f"{_BASE}/{{folder}}/rename", rename, _writes),
    Rule("PUT", f"{_BASE}/{{folder}}/move/{{parent}}", move, _writes),
    Rule("DELETE", f"{_BASE}/{{folder}}", delete, _writes),
)
