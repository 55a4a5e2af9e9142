"""What the numbered APIs of old have in common: every value with its versions, times as epoch milliseconds.

The v1 and v2 paths are still called by Singer taps and by libraries of that age. They answer the same records in the
shapes that were recorded between 2013 and 2019 (recordings `hubspot-ruby-legacy-v1`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call
from trueup.twin.hubspot.records import Written
from trueup.twin.hubspot.rest.objects import create, update
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import parse_ms
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


def typed(call: Call, name: str) -> ObjectType:
    """An object type by its name."""
    return call.portal.types.resolve(name)


def old_text(object_type: ObjectType, call: Call, name: str, value: str) -> str:
    """A value as the old APIs wrote it: instants and days as epoch milliseconds."""
    definition = call.portal.catalogue.get(object_type.name, name)
    if definition is not None and definition.type in {"datetime", "date"} and (ms := parse_ms(value)) is not None:
        return str(ms)
    return value


def values_of(object_type: ObjectType, row: Row) -> Mapping[str, str]:
    """Every property of a row, those that are columns too, as epoch milliseconds where they are times."""
    always = {
        object_type.created: str(row.created),
        object_type.modified: str(row.updated),
        "hs_object_id": str(row.id),
    }
    return {**row.props, **always}


def chosen_of(call: Call, object_type: ObjectType, values: Mapping[str, str], names: Iterable[str] | None) -> list[str]:
    """The names to show: those asked for that have a value, all when none are; sensitive ones are left out."""
    asked = values if names is None else [name for name in names if name in values]
    return call.portal.sensitivity.visible(object_type, asked)


def versioned(call: Call, object_type: ObjectType, row: Row, names: Iterable[str] | None, *, versions: bool) -> Json:
    """The `properties` of a company or a deal: value, time and source, and the versions when asked for."""
    values = values_of(object_type, row)
    chosen = sorted(chosen_of(call, object_type, values, names))
    found = call.portal.history.of(object_type, [row], chosen)[row.id] if versions else {}
    out: Json = {}
    for name in chosen:
        text = old_text(object_type, call, name, values[name])
        at, source, source_id = row.updated, "CALCULATED", None
        listed = found.get(name) or []
        if listed:
            at = parse_ms(listed[0]["timestamp"]) or at
            source, source_id = listed[0]["sourceType"], listed[0].get("sourceId")
        if name == object_type.modified:
            at = row.updated
        elif name == object_type.created:
            at = row.created
        entry: Json = {"value": text, "timestamp": at, "source": source, "sourceId": source_id}
        entry["versions"] = [
            {
                "name": name,
                "value": old_text(object_type, call, name, v["value"]),
                "timestamp": parse_ms(v["timestamp"]),
                "source": v["sourceType"],
                "sourceId": v.get("sourceId"),
                "sourceVid": [],
            }
            for v in listed
        ] or [{"name": name, "value": text, "timestamp": at, "source": source, "sourceVid": []}]
        out[name] = entry
    return out


def sent(body: Json, key: str) -> Json:
    """The properties of an old body: a list of names and values."""
    listed = body.get("properties") or []
    if not isinstance(listed, list) or not all(isinstance(p, dict) and key in p for p in listed):
        raise errors.invalid_json("line 1, column 1: properties must be a list of names and values")
    # The old APIs cleared a value by null as well as by an empty text.
    return {str(p[key]): "" if p.get("value") is None else p["value"] for p in listed}


def live(call: Call, object_type: ObjectType, raw: str) -> Row:
    """The live record of an id; the old plain 404 for anything else, zero too."""
    if not raw.isdigit() or int(raw) == 0:
        raise gone()
    row = call.portal.records.find(object_type, raw)
    if row is None or row.archived:
        raise gone()
    return row


def gone() -> ApiError:
    """404 in JSON, whatever the caller accepts (recorded 2019)."""
    return ApiError(404, "resource not found", category=None)


def make(call: Call, object_type: ObjectType, properties: Json) -> Written:
    """Creates a record by an old body, refusing in the old words; sensitive values are not taken."""
    properties = _taken(call, object_type, properties)
    with call.portal.store.transaction(), _old_refusals():
        return create(call.portal, object_type, {"properties": properties}, call.origin)


def change(call: Call, object_type: ObjectType, row: Row, properties: Json) -> Written:
    """Changes a record by an old body; sensitive values are not taken."""
    properties = _taken(call, object_type, properties)
    with call.portal.store.transaction(), _old_refusals():
        return update(call.portal, object_type, row, {"properties": properties}, call.origin)


def _taken(call: Call, object_type: ObjectType, properties: Json) -> Json:
    return {name: properties[name] for name in call.portal.sensitivity.visible(object_type, properties)}


class _old_refusals:  # noqa: N801
    """Turns the envelope of bad values into the old one, with `validationResults`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ApiError) and error.errors and error.message.startswith("Property values were not valid"):
            results = [
                {"isValid": False, "message": e["message"], "error": e["code"], "name": e["context"]["propertyName"][0]}
                for e in error.errors
            ]
            extra = {"validationResults": results}
            raise ApiError(400, "Property values were not valid", category=None, extra=extra) from error


def page_of(call: Call, object_type: ObjectType, limit: int, offset: str) -> tuple[list[Row], bool]:
    """A page by ascending id from an offset, and whether there is more."""
    if offset and (not offset.isascii() or not offset.isdigit() or len(offset) > 18):
        raise ApiError(400, f"Invalid offset: {offset}")
    rows = call.portal.store.page(object_type, int(offset or 0), limit + 1, archived=False)
    return rows[:limit], len(rows) > limit


def recent(call: Call, object_type: ObjectType, column: str, since: int, limit: int, offset: int) -> tuple[Any, int]:
    """The newest records by a column, newest first, and how many there are in all."""
    store, table = call.portal.store, object_type.table
    where = f"NOT archived AND {column} >= ?"
    total = int(store.db.execute(f"SELECT count(*) FROM {table} WHERE {where}", (since,)).fetchone()[0])
    ids = [
        i
        for (i,) in store.db.execute(
            f"SELECT id FROM {table} WHERE {where} ORDER BY {column} DESC, id DESC LIMIT ? OFFSET ?",
            (since, limit, offset),
        )
    ]
    rows = store.get_many(object_type, ids)
    return [rows[i] for i in ids], total


def tied(call: Call, a: ObjectType, ids: Sequence[int], b: ObjectType) -> dict[int, list[int]]:
    """The ids of the records of a type that each record is tied to, once each."""
    found = call.portal.associations.of(a, ids, b)
    return {i: list(dict.fromkeys(to for to, _, _ in found.get(i, ()))) for i in ids}
