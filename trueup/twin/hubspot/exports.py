"""Exports: a task that takes some seconds and leaves a real file, CSV or XLSX, behind an address that soon expires.

One runs at a time, thirty a rolling day; more rows than a file holds (a million) are split and zipped; the address of
the file is good for five minutes and every status call makes a new one (reference 15).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.export_files import ExportFile, ending, packed
from trueup.twin.hubspot.lists import Lists
from trueup.twin.hubspot.search import Searcher
from trueup.twin.hubspot.search_request import Request, parse
from trueup.twin.hubspot.store import Row, Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

_DAY_MS, _LINK_MS = 86_400_000, 300_000
_MOST_A_DAY = 30
_EVERYBODY = 1 << 40
_TIES_A_ROW = 1_000
FORMATS = frozenset({"CSV", "XLS", "XLSX"})


class Exports:
    """The exports of one portal."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        searcher: Searcher,
        lists: Lists,
        associations: Associations,
        switches: Switches,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._searcher = searcher
        self._lists = lists
        self._associations = associations
        self._switches = switches
        self._now = now
        self._links: dict[str, tuple[str, int]] = {}
        self._files: dict[str, ExportFile] = {}

    def start(self, body: Json) -> str:
        """Takes an export on; 429 while another one runs or when the day's share is used."""
        object_type = self._types.resolve(str(body.get("objectType") or ""))
        kind, form = body.get("exportType"), str(body.get("format") or "CSV").upper()
        names = body.get("objectProperties")
        if kind not in {"VIEW", "LIST"} or not isinstance(names, list) or not names or form not in FORMATS:
            raise ApiError(400, "Invalid input: exportType, format and objectProperties are required")
        if kind == "LIST":
            self._lists.get(str(body.get("listId")))
        now, tasks = self._now(), self._store.kv_all("export")
        if self._switches["limits"]:
            if any(t["ready"] > now for t in tasks.values()):
                raise _busy("Another export is running; only one runs at a time.")
            if sum(1 for t in tasks.values() if t["requested"] > now - _DAY_MS) >= _MOST_A_DAY:
                raise _busy(f"The limit of {_MOST_A_DAY} exports in 24 hours has been reached.")
        task_id = str(1 + max((int(k) for k in tasks), default=40_000_000))
        lasts = int(float(self._switches["export_seconds"]) * 1000)
        task = {"requested": now, "started": now + lasts // 4, "ready": now + lasts, "format": form, "body": body}
        self._file(task_id, task, object_type)
        self._store.kv_put("export", task_id, task)
        return task_id

    def status(self, task_id: str, base_url: str) -> Json:
        """How far an export is; with the address of its file, new at every asking."""
        task, now = self._task(task_id), self._now()
        state = "COMPLETE" if now >= task["ready"] else "PROCESSING" if now >= task["started"] else "PENDING"
        out: Json = {
            "status": state,
            "requestedAt": iso(task["requested"]),
            "startedAt": iso(task["started"]),
            "completedAt": iso(task["ready"]),
        }
        if state == "COMPLETE":
            key = secrets.token_urlsafe(24)
            self._links[key] = (task_id, now + _LINK_MS)
            out["result"] = f"{base_url}/exports-download/{key}/export.{task.get('ending', 'csv')}"
        return out

    def told(self, task_id: str) -> Json:
        """What an export was asked for and where it stands."""
        task = self._task(task_id)
        body, now = task["body"], self._now()
        state = "DONE" if now >= task["ready"] else "PROCESSING" if now >= task["started"] else "ENQUEUED"
        out: Json = {
            "id": task_id,
            "exportName": str(body.get("exportName") or ""),
            "exportType": body["exportType"],
            "exportState": state,
            "objectType": self._types.resolve(str(body["objectType"])).internal,
            "objectProperties": list(map(str, body["objectProperties"])),
            "createdAt": iso(task["requested"]),
            "updatedAt": iso(min(now, task["ready"])),
        }
        return out | ({"recordCount": task["rows"]} if state == "DONE" and "rows" in task else {})

    def _task(self, task_id: str) -> Json:
        task: Json | None = self._store.kv_get("export", task_id)
        if task is None:
            raise ApiError(404, "resource not found", category="OBJECT_NOT_FOUND")
        return task

    def file(self, key: str) -> ExportFile:
        """The file behind an address; 403 when the address has run out."""
        task_id, until = self._links.get(key, ("", 0))
        if not task_id or self._now() > until:
            raise ApiError(403, "Request has expired", category=None)
        task = self._store.kv_get("export", task_id)
        if task_id not in self._files:
            self._file(task_id, task, self._types.resolve(task["body"]["objectType"]))
        return self._files[task_id]

    def _file(self, task_id: str, task: Json, object_type: ObjectType) -> None:
        table = self._table(object_type, task["body"])
        most = int(self._switches["export_rows_a_file"])
        task["rows"] = len(table) - 1
        task["ending"] = ending(task["format"], len(table) - 1, most)
        self._files[task_id] = packed(table, task["format"], most)

    def _rows(self, object_type: ObjectType, body: Json) -> Sequence[Row]:
        if body["exportType"] == "LIST":
            ids = [i for i, _ in self._lists.members(self._lists.get(str(body["listId"])))]
            found = self._store.get_many(object_type, ids)
            return [found[i] for i in ids]
        raw = dict(body.get("publicCrmSearchRequest") or {})
        raw = {k: v for k, v in raw.items() if k in {"filters", "filterGroups", "sorts", "query"} and v}
        asked = parse({**raw, "limit": 1}, 0)
        request = Request(asked.groups, asked.sort, asked.query, (), _EVERYBODY, 0)
        return self._searcher.run(object_type, request, self._now())[1]

    def _table(self, object_type: ObjectType, body: Json) -> list[list[str]]:
        """Labels stand for options and headings unless VALUES and NAMES are asked for."""
        known = {d.name: d for d in self._catalogue.all(object_type.name)}
        chosen = [known[n] for n in map(str, body["objectProperties"]) if n in known]
        inside = set(body.get("exportInternalValuesOptions") or ())
        labels = {d.name: {o.value: o.label for o in d.options} for d in chosen}
        table = [["Record ID", *(d.name if "NAMES" in inside else d.label for d in chosen)]]
        rows = self._rows(object_type, body)
        associated = self._associated(object_type, rows, body)
        if associated is not None:
            table[0].append(f"Associated {associated[0].singular.capitalize()} IDs")
        for row in rows:
            always = {
                "hs_object_id": str(row.id),
                object_type.created: iso(row.created),
                object_type.modified: iso(row.updated),
            }
            values = [{**row.props, **always}.get(d.name, "") for d in chosen]
            if "VALUES" not in inside:
                values = [
                    ";".join(labels[d.name].get(part, part) for part in v.split(";")) if d.options else v
                    for d, v in zip(chosen, values, strict=True)
                ]
            table.append([str(row.id), *values])
            if associated is not None:
                table[-1].append(associated[1].get(row.id, ""))
        return table

    def _associated(
        self, object_type: ObjectType, rows: Sequence[Row], body: Json
    ) -> tuple[ObjectType, dict[int, str]] | None:
        """The ids of the records of another type that each row is tied to, at most a thousand unless more are asked."""
        if not body.get("associatedObjectType"):
            return None
        other = self._types.resolve(str(body["associatedObjectType"]))
        most = None if body.get("overrideAssociatedObjectsPerDefinitionPerRowLimit") else _TIES_A_ROW
        ties = self._associations.of(object_type, [row.id for row in rows], other)
        ids = {i: sorted({to for to, _, _ in of})[:most] for i, of in ties.items()}
        return other, {i: ";".join(map(str, there)) for i, there in ids.items()}


def _busy(message: str) -> ApiError:
    return ApiError(429, message, category="RATE_LIMITS", headers={"Retry-After": "10"})
