"""Imports: files whose rows become records and ties, carried out row by row when the task's time has come.

Three run at once, others wait as DEFERRED. A bad row is an error of its own and stops nothing (reference 15).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.checking import Checker
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.import_files import UnreadableFileError, table
from trueup.twin.hubspot.import_rows import ImportRows, types_of
from trueup.twin.hubspot.links import Links
from trueup.twin.hubspot.records import Records
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

_AT_ONCE = 3
_DAY_MS = 86_400_000
_ERRORS = {
    "INVALID_OPTION": "INVALID_ENUMERATION_OPTION",
    "INVALID_INTEGER": "COULD_NOT_PARSE_NUMBER",
    "INVALID_DATE": "COULD_NOT_PARSE_DATE",
    "INVALID_LONG": "COULD_NOT_PARSE_DATE",
    "INVALID_OWNER_ID": "COULD_NOT_FIND_OWNER",
    "PROPERTY_DOESNT_EXIST": "PROPERTY_DEFINITION_NOT_FOUND",
    "INVALID_EMAIL": "INVALID_EMAIL",
}


class Imports:
    """The imports of one portal."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        checker: Checker,
        records: Records,
        links: Links,
        switches: Switches,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._checker = checker
        self._records = records
        self._links = links
        self._switches = switches
        self._now = now

    def start(
        self, request: Json, files: Mapping[str, bytes], may_write: Callable[[ObjectType, Sequence[str]], None]
    ) -> Json:
        """Takes an import on; the rows are read now and written when it runs. `may_write` refuses columns by name."""
        pages = self._pages(request, files)
        for page in pages:
            for kind in page["types"]:
                mine = [m for m in page["mappings"] if self._of(m, page) == kind]
                may_write(self._types.resolve(kind), [str(m["propertyName"]) for m in mine if m.get("propertyName")])
        if not request.get("name"):
            raise ApiError(400, "Invalid input: name is required")
        number = 1 + max((int(k) for k in self._store.kv_all("import")), default=9_000_000)
        now = self._now()
        self._refuse_too_much(pages, files, now)
        row: Json = {
            "id": str(number),
            "name": str(request["name"]),
            "created": now,
            "updated": now,
            "due": None,
            "state": "DEFERRED",
            "types": sorted({kind for p in pages for kind in p["types"]}),
            "files": [str(number * 10 + n) for n in range(len(pages))],
            "request": request,
            "pages": pages,
            "counters": {},
            "size": sum(len(page["rows"]) for page in pages),
            "errors": [],
        }
        self._store.kv_put("import", row["id"], row)
        self.run()
        return self.shown(row["id"])

    def _of(self, mapping: Json, page: Json) -> str:
        """The id of the type that a column is about."""
        return self._types.resolve(str(mapping.get("columnObjectTypeId") or page["type"])).type_id

    def _refuse_too_much(self, pages: list[Json], files: Mapping[str, bytes], now: int) -> None:
        """429 for a file over the limit of rows or bytes, and for more rows in a day than an account has."""
        if not self._switches["limits"]:
            return
        most, heaviest = int(self._switches["import_rows_a_file"]), int(self._switches["import_bytes_a_file"])
        if any(len(page["rows"]) > most for page in pages) or any(len(f) > heaviest for f in files.values()):
            raise _too_much(f"An import file may have up to {most} rows and {heaviest} bytes.")
        today = [r for r in self._store.kv_all("import").values() if r["created"] > now - _DAY_MS]
        rows = sum(len(page["rows"]) for page in pages) + sum(r.get("size", 0) for r in today)
        if rows > int(self._switches["import_rows_a_day"]):
            raise _too_much(f"Up to {self._switches['import_rows_a_day']} rows may be imported in a day.")

    def run(self) -> None:
        """Lets time pass: starts what may start, carries out what is due."""
        now = self._now()
        rows = sorted(self._store.kv_all("import").values(), key=lambda r: int(r["id"]))
        for row in rows:
            if row["state"] in {"STARTED", "PROCESSING"} and now >= row["due"]:
                self._carry_out(row)
        running = sum(r["state"] in {"STARTED", "PROCESSING"} for r in rows)
        for row in rows:
            if row["state"] == "DEFERRED" and running < _AT_ONCE:
                running += 1
                row["state"], row["due"] = "STARTED", now + int(float(self._switches["import_seconds"]) * 1000)
                self._store.kv_put("import", row["id"], row)
            elif row["state"] == "STARTED" and now > row["created"]:
                row["state"] = "PROCESSING"
                self._store.kv_put("import", row["id"], row)

    def cancel(self, import_id: str) -> Json:
        """Stops an import that has not been carried out."""
        row = self._get(import_id)
        if row["state"] in {"DONE", "FAILED", "CANCELED"}:
            raise ApiError(400, f"Import {import_id} cannot be canceled in state {row['state']}")
        row["state"], row["updated"] = "CANCELED", self._now()
        self._store.kv_put("import", import_id, row)
        at = iso(self._now())
        return {"status": "COMPLETE", "startedAt": at, "completedAt": at}

    def all(self) -> list[Json]:
        """Every import as the API lists it, by id."""
        self.run()
        return [self.shown(key) for key in sorted(self._store.kv_all("import"), key=int)]

    def shown(self, import_id: str) -> Json:
        """One import as the API answers it."""
        row = self._get(import_id)
        return {
            "id": row["id"],
            "importName": row["name"],
            "importSource": "API",
            "state": row["state"],
            "optOutImport": False,
            "createdAt": iso(row["created"]),
            "updatedAt": iso(row["updated"]),
            "mappedObjectTypeIds": row["types"],
            "importRequestJson": row["request"],
            "metadata": {"counters": row["counters"], "fileIds": row["files"], "objectLists": []},
        }

    def errors(self, import_id: str) -> list[Json]:
        """The bad rows of an import."""
        return list(self._get(import_id)["errors"])

    def _get(self, import_id: str) -> Json:
        found: Json | None = self._store.kv_get("import", import_id)
        if found is None:
            raise ApiError(404, "resource not found", category="OBJECT_NOT_FOUND")
        return found

    def _pages(self, request: Json, files: Mapping[str, bytes]) -> list[Json]:
        listed = request.get("files")
        if not isinstance(listed, list) or not listed:
            raise ApiError(400, "Invalid input: importRequest.files is required")
        pages: list[Json] = []
        for one in listed:
            page = one.get("fileImportPage") or {}
            # The column's type had another name once, and operations may stand beside the file (both still sent).
            mappings = [
                {**m, "columnType": m.get("columnType") or m.get("idColumnType")}
                for m in page.get("columnMappings") or []
                if not m.get("ignored")
            ]
            name = str(one.get("fileName", ""))
            if name not in files:
                raise ApiError(400, f"File {name} was not uploaded", context={"fileName": [name]})
            if not mappings:
                raise ApiError(400, "Invalid input: columnMappings are required")
            kinds = types_of(self._types, page, mappings)
            unreadable, rows = "", []
            try:
                rows = table(files[name], str(one.get("fileFormat") or "CSV"))
            except UnreadableFileError as error:
                unreadable = str(error)
            header = bool(page.get("hasHeader", True))
            pages.append(
                {
                    "type": kinds[0],
                    "types": kinds,
                    "mappings": mappings,
                    "rows": rows[1:] if header else rows,
                    "first": 2 if header else 1,
                    "operations": request.get("importOperations") or one.get("importOperations") or {},
                    "unreadable": unreadable,
                }
            )
        return pages

    def _carry_out(self, row: Json) -> None:
        counters: dict[str, int] = {}
        problems: list[Json] = []
        unreadable = next(((n, p["unreadable"]) for n, p in enumerate(row["pages"]) if p["unreadable"]), None)
        if unreadable is not None:
            refusal = ApiError(400, unreadable[1], extra={"type": "INVALID_SPREADSHEET"})
            problems = self._problems(row, unreadable[0], 0, [], refusal, 0)
            row.update(state="FAILED", errors=problems, updated=self._now(), pages=[])
            self._store.kv_put("import", row["id"], row)
            return
        date_format = str(row["request"].get("dateFormat") or "")
        rows = ImportRows(
            self._types, self._catalogue, self._checker, self._records, self._links, row["id"], date_format
        )
        with self._store.transaction():
            for n, page in enumerate(row["pages"]):
                for line, values in enumerate(page["rows"], start=page["first"]):
                    counters["TOTAL_ROWS"] = counters.get("TOTAL_ROWS", 0) + 1
                    try:
                        outcomes = rows.carry_out(page, line, values)
                    except ApiError as error:
                        outcomes = ["ERRORS"]
                        problems += self._problems(row, n, line, values, error, len(problems))
                    for outcome in outcomes:
                        counters[outcome] = counters.get(outcome, 0) + 1
            for page, line, values, refusal in rows.references():
                counters["ERRORS"] = counters.get("ERRORS", 0) + 1
                problems += self._problems(row, row["pages"].index(page), line, values, refusal, len(problems))
            row.update(state="DONE", counters=counters, errors=problems, updated=self._now(), pages=[])
            self._store.kv_put("import", row["id"], row)

    def _problems(self, row: Json, page: int, line: int, values: list[str], error: ApiError, count: int) -> list[Json]:
        found = error.errors or [{"message": error.message, "code": error.extra.get("type", "FAILED_VALIDATION")}]
        return [
            {
                "id": f"{row['id']}{count + n:06d}",
                "createdAt": self._now() % 2_147_483_647,
                "errorType": _ERRORS.get(one["code"], one["code"]),
                "errorMessage": one["message"],
                "objectTypeId": row["types"][0],
                "invalidValue": ",".join(values)[:200],
                "sourceData": {
                    "lineNumber": line,
                    "rowData": values,
                    "containsEncryptedProperties": False,
                    "fileId": int(row["files"][page]) % 2_147_483_647,
                },
            }
            for n, one in enumerate(found)
        ]


def _too_much(message: str) -> ApiError:
    return ApiError(429, message, category="RATE_LIMITS")
