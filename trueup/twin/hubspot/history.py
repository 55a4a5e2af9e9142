"""Keeps what each property was and when: the versions that `propertiesWithHistory` answers.

Nothing is written for values that never changed: their only version is made up on reading, from the record's creation.
A million loaded records would otherwise carry tens of millions of rows that say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot.store import Row, Store
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

_VERSIONS: Mapping[str, int] = {"contacts": 45, "others": 20}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes: HubSpot's source type and id, as they show in history and in `hs_object_source`."""

    source: str = "INTEGRATION"
    source_id: str = ""
    label: str = ""
    user: int | None = None

    @property
    def user_id(self) -> str:
        """The id as history spells it for a person."""
        return f"userId:{self.user}" if self.user is not None else self.source_id


class History:
    """The versions of every property, newest last in the table, newest first in answers."""

    def __init__(self, store: Store, kept: Callable[[], Mapping[str, int]] = lambda: _VERSIONS) -> None:
        self._store = store
        self._kept = kept

    def note(self, object_type: ObjectType, record_id: int, name: str, value: str, at: int, origin: Origin) -> None:
        """Adds a version."""
        self._store.db.execute(
            f"INSERT INTO h_{object_type.name} VALUES (?,?,?,?,?,?,?,?)",
            (record_id, name, at, value, origin.source, origin.user_id, origin.label or None, origin.user),
        )

    def change(
        self, object_type: ObjectType, before: Row, changed: Mapping[str, str | None], at: int, origin: Origin
    ) -> None:
        """Adds versions for changed properties, and first the version they had, where none was kept yet."""
        if not changed:
            return
        kept = self._known(object_type, before.id, list(changed))
        for name, value in changed.items():
            if name not in kept and name in before.props:
                self.note(object_type, before.id, name, before.props[name], before.created, _first(before))
            self.note(object_type, before.id, name, value or "", at, origin)

    def load(self, object_type: ObjectType, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds many versions as they are; times may be epoch milliseconds or ISO text."""
        self._store.db.executemany(
            f"INSERT INTO h_{object_type.name} VALUES (?,?,?,?,?,?,?,?)",
            (
                (
                    int(row["id"]),
                    row["property"],
                    parse_ms(row["timestamp"]),
                    row["value"],
                    row.get("source_type") or "CRM_UI",
                    row.get("source_id"),
                    row.get("source_label"),
                    row.get("user_id"),
                )
                for row in rows
            ),
        )

    def move(self, object_type: ObjectType, old_id: int, new_id: int) -> None:
        """Gives a record's versions to the record it was merged into."""
        self._store.db.execute(f"UPDATE h_{object_type.name} SET id = ? WHERE id = ?", (new_id, old_id))

    def remove(self, object_type: ObjectType, record_id: int) -> None:
        """Forgets a record's versions."""
        self._store.db.execute(f"DELETE FROM h_{object_type.name} WHERE id = ?", (record_id,))

    def of(
        self, object_type: ObjectType, rows: Sequence[Row], names: Sequence[str]
    ) -> dict[int, dict[str, list[dict[str, Any]]]]:
        """For each record, the kept versions of the properties asked for, newest first."""
        ids = [row.id for row in rows]
        found: dict[int, dict[str, list[dict[str, Any]]]] = {i: {n: [] for n in names} for i in ids}
        if not ids or not names:
            return found
        sql = (
            f"SELECT id, property, at, value, source, source_id, label, user FROM h_{object_type.name}"
            f" WHERE id IN ({','.join('?' * len(ids))}) AND property IN ({','.join('?' * len(names))})"
            " ORDER BY id, property, at DESC, rowid DESC"
        )
        kept = self._kept()
        most = int(kept.get(object_type.name, kept.get("others", _VERSIONS["others"])))
        for record_id, name, at, value, source, source_id, label, user in self._store.db.execute(sql, (*ids, *names)):
            versions = found[record_id][name]
            if len(versions) < most:
                versions.append(_version(value, at, source, source_id, label, user))
        for row in rows:
            for name in names:
                if not found[row.id][name] and (value := _current(object_type, row, name)) is not None:
                    origin = _first(row)
                    found[row.id][name] = [_version(value, row.created, origin.source, origin.source_id, None, None)]
        return found

    def _known(self, object_type: ObjectType, record_id: int, names: Sequence[str]) -> set[str]:
        marks = ",".join("?" * len(names))
        sql = f"SELECT DISTINCT property FROM h_{object_type.name} WHERE id = ? AND property IN ({marks})"
        return {name for (name,) in self._store.db.execute(sql, (record_id, *names))}


def _current(object_type: ObjectType, row: Row, name: str) -> str | None:
    if name == "hs_object_id":
        return str(row.id)
    if name == object_type.created:
        return iso(row.created)
    if name == object_type.modified:
        return iso(row.updated)
    return row.props.get(name)


def _first(row: Row) -> Origin:
    return Origin(row.props.get("hs_object_source", "CRM_UI"), row.props.get("hs_object_source_id", ""))


def _version(
    value: str | None, at: int, source: str, source_id: str | None, label: str | None, user: int | None
) -> dict[str, Any]:
    out: dict[str, Any] = {"value": value or "", "timestamp": iso(at), "sourceType": source}
    if source_id:
        out["sourceId"] = source_id
    if label:
        out["sourceLabel"] = label
    if user is not None:
        out["updatedByUserId"] = user
    return out
