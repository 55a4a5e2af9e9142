"""The rows that the world loads and the dumps that the twin gives: to and from stored rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

_COLUMNS = {"createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id", "id"}
_ENVELOPE = {"archived", "archivedAt", "createdAt", "updatedAt"}


def row_of(object_type: ObjectType, raw: Mapping[str, Any]) -> Row:
    """A stored row from an API record or a flat dict of properties."""
    flat: Mapping[str, Any] = raw.get("properties") or {k: v for k, v in raw.items() if k not in _ENVELOPE}
    get = flat.get
    created = parse_ms(raw.get("createdAt") or get("createdate") or get("hs_createdate"))
    if created is None:
        raise ValueError(f"{object_type.name}: a row to load needs createdAt or {object_type.created}")
    updated = parse_ms(raw.get("updatedAt") or get(object_type.modified) or get("hs_lastmodifieddate"))
    archived = bool(raw.get("archived", False))
    props = {
        name: _text(value) for name, value in flat.items() if value is not None and value != "" and name not in _COLUMNS
    }
    return Row(
        int(raw.get("id") or flat["hs_object_id"]),
        created,
        created if updated is None else updated,
        archived,
        parse_ms(raw.get("archivedAt")) if archived else None,
        props,
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        # A full second is written without its fraction, or it would sort and compare wrongly.
        return value[:-5] + "Z" if len(value) == 24 and value.endswith(".000Z") else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        ms = parse_ms(value.isoformat())
        return value.isoformat() if ms is None or not hasattr(value, "hour") else iso(ms)
    return str(value)


def dumped(object_type: ObjectType, row: Row) -> dict[str, Any]:
    """A record as `dump` and the edits of the control port give it."""
    properties = {**row.props, "hs_object_id": str(row.id)}
    properties |= {object_type.created: iso(row.created), object_type.modified: iso(row.updated)}
    out: dict[str, Any] = {
        "id": str(row.id),
        "properties": dict(sorted(properties.items())),
        "createdAt": iso(row.created),
        "updatedAt": iso(row.updated),
        "archived": row.archived,
    }
    if row.archived and row.archived_at is not None:
        out["archivedAt"] = iso(row.archived_at)
    return out
