"""Lists (segments): members put in by hand, taken once, or found anew at every reading by filters (reference 15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import History
from trueup.twin.hubspot.list_filters import ListFilters
from trueup.twin.hubspot.list_questions import bad
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

PROCESSING = ("MANUAL", "SNAPSHOT", "DYNAMIC")


class Lists:
    """The lists of one portal."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        history: History,
        associations: Associations,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._filters = ListFilters(store, types, catalogue, history, associations, self._ids_of, now)
        self._now = now
        self._asked: list[str] = []
        store.db.execute(
            "CREATE TABLE IF NOT EXISTS list_member (list INTEGER, id INTEGER, at INTEGER, PRIMARY KEY (list, id))"
            " WITHOUT ROWID"
        )

    def all(self) -> list[Json]:
        """Every list that was not deleted, by id."""
        rows = self._store.kv_all("list").values()
        return sorted((r for r in rows if not r.get("deletedAt")), key=lambda r: int(r["listId"]))

    def get(self, list_id: str, *, deleted: bool = False) -> Json:
        """One list; 404 when there is none."""
        found: Json | None = self._store.kv_get("list", list_id)
        if found is None or (found.get("deletedAt") and not deleted):
            raise ApiError(
                404, f"List does not exist with ID {list_id}.", category="OBJECT_NOT_FOUND",
                sub_category="ILS.LIST_NOT_FOUND",
            )  # fmt: skip
        return found

    def create(self, body: Json, user: int) -> Json:
        """Makes a list of a type, with filters when it is not filled by hand."""
        name, kind = str(body.get("name") or ""), str(body.get("processingType") or "")
        object_type = self._types.get(str(body.get("objectTypeId") or ""))
        if not name or object_type is None:
            raise ApiError(400, "Invalid input: name and a known objectTypeId are required")
        if kind not in PROCESSING:
            raise ApiError(400, f"Invalid processingType: {kind}", context={"processingType": [kind]})
        branch = body.get("filterBranch")
        if kind == "DYNAMIC" and not branch:
            raise ApiError(400, "A filterBranch is required for a DYNAMIC list")
        self._refuse_name(object_type, name, None)
        number = 1 + max((int(key) for key in self._store.kv_all("list")), default=0)
        now = iso(self._now())
        made: Json = {
            "listId": str(number),
            "listVersion": 1,
            "createdAt": now,
            "updatedAt": now,
            "filtersUpdatedAt": now,
            "processingStatus": "COMPLETE",
            "createdById": str(user),
            "updatedById": str(user),
            "processingType": kind,
            "objectTypeId": object_type.type_id,
            "name": name,
            "folderId": int(body.get("listFolderId") or 0),
            "filterBranch": branch,
        }
        if branch:
            matching = self._matching(object_type, branch)
            if kind == "SNAPSHOT":
                self.add(made, matching)
        self._put(made)
        return made

    def rename(self, row: Json, name: str) -> Json:
        """Gives a list another name."""
        object_type = self._types.resolve(row["objectTypeId"])
        if not name:
            raise ApiError(400, "Invalid input: listName is required")
        self._refuse_name(object_type, name, row["listId"])
        return self._changed(row, name=name)

    def refilter(self, row: Json, branch: Json) -> Json:
        """Gives a dynamic list other filters."""
        if row["processingType"] != "DYNAMIC":
            raise ApiError(400, "Filters can only be updated on DYNAMIC lists")
        self._matching(self._types.resolve(row["objectTypeId"]), branch)
        return self._changed(row, filterBranch=branch, filtersUpdatedAt=iso(self._now()))

    def delete(self, row: Json) -> None:
        """Deletes a list; it may be restored."""
        self._changed(row, deletedAt=iso(self._now()))

    def restore(self, row: Json) -> None:
        """Brings a deleted list back."""
        row.pop("deletedAt", None)
        self._put(row)

    def move(self, row: Json, folder: int) -> None:
        """Puts a list into a folder."""
        self._changed(row, folderId=folder)

    # -- members ---------------------------------------------------------------------------------------------------

    def members(self, row: Json) -> list[tuple[int, int]]:
        """The live members with the time they came in, by id."""
        object_type = self._types.resolve(row["objectTypeId"])
        if row["processingType"] == "DYNAMIC":
            found = self._matching(object_type, row["filterBranch"])
            rows = self._store.get_many(object_type, found)
            return [(i, rows[i].updated) for i in sorted(found)]
        sql = (
            f"SELECT m.id, m.at FROM list_member m JOIN {object_type.table} r ON r.id = m.id AND NOT r.archived"
            " WHERE m.list = ? ORDER BY m.id"
        )
        return list(self._store.db.execute(sql, (int(row["listId"]),)))

    def size(self, row: Json) -> int:
        """How many members a list has."""
        return len(self.members(row))

    def change(self, row: Json, add: Iterable[str], remove: Iterable[str]) -> Json:
        """Puts records in and takes records out; says which were there, which were not."""
        if row["processingType"] == "DYNAMIC":
            raise ApiError(
                400, "Memberships cannot be changed on a DYNAMIC list", sub_category="ILS.INVALID_PROCESSING_TYPE"
            )
        object_type = self._types.resolve(row["objectTypeId"])
        present = {i for i, _ in self.members(row)}
        wanted, unwanted = _ids(add), _ids(remove)
        known = {i for i, r in self._store.get_many(object_type, wanted).items() if not r.archived}
        new = [i for i in wanted if i in known and i not in present]
        gone = [i for i in unwanted if i in present]
        self.add(row, new)
        self._store.db.executemany(
            "DELETE FROM list_member WHERE list = ? AND id = ?", ((int(row["listId"]), i) for i in gone)
        )
        return {
            "recordsIdsAdded": [str(i) for i in new],
            "recordIdsRemoved": [str(i) for i in gone],
            "recordIdsMissing": [str(i) for i in wanted if i not in known],
        }

    def add(self, row: Json, ids: Iterable[int]) -> None:
        """Puts records in without asking."""
        now = self._now()
        self._store.db.executemany(
            "INSERT OR IGNORE INTO list_member VALUES (?,?,?)", ((int(row["listId"]), i, now) for i in ids)
        )

    def of_record(self, object_type: ObjectType, record_id: int) -> list[tuple[Json, int]]:
        """The lists that a record is in."""
        out = []
        for row in self.all():
            if row["objectTypeId"] == object_type.type_id:
                out += [(row, at) for i, at in self.members(row) if i == record_id]
        return out

    def _matching(self, object_type: ObjectType, branch: Json) -> list[int]:
        return self._filters.matching(object_type, branch)

    def _ids_of(self, list_id: str) -> list[int]:
        """The members of a list that a filter names; lists may not ask each other in a circle."""
        if list_id in self._asked:
            raise bad(f"list {list_id} depends on itself")
        self._asked.append(list_id)
        try:
            return [i for i, _ in self.members(self.get(list_id))]
        finally:
            self._asked.pop()

    def _refuse_name(self, object_type: ObjectType, name: str, own: str | None) -> None:
        for row in self.all():
            if row["name"] == name and row["objectTypeId"] == object_type.type_id and row["listId"] != own:
                raise ApiError(
                    400, f"List name '{name}' is already in use.", sub_category="ILS.DUPLICATE_LIST_NAMES"
                )  # fmt: skip

    def _changed(self, row: Json, **values: Any) -> Json:
        changed = {**row, **values, "updatedAt": iso(self._now()), "listVersion": row["listVersion"] + 1}
        self._put(changed)
        return changed

    def _put(self, row: Json) -> None:
        self._store.kv_put("list", row["listId"], row)


def _ids(raw: Iterable[str]) -> list[int]:
    out = []
    for one in raw:
        if not str(one).isdigit():
            raise ApiError(400, f"Invalid record id: {one}")
        out.append(int(one))
    return list(dict.fromkeys(out))
