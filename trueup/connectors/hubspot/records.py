"""From HubSpot's JSON to records: one function per thing, no requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from trueup.connectors.hubspot.client import Json
from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.types import ACTIVITIES, OBJECTS, modified_property
from trueup.connectors.kit.fieldmap import foreign_ids
from trueup.connectors.kit.values import datetime_, parse_datetime
from trueup.model.kinds import Kind
from trueup.model.records import Record, StageEvent, StageSource
from trueup.model.refs import Ref

_DONE: Mapping[str, frozenset[str]] = {
    "calls": frozenset({"COMPLETED"}),
    "emails": frozenset({"SENT"}),
    "tasks": frozenset({"COMPLETED"}),
}

_NOT_HELD = frozenset({"NO_SHOW", "CANCELED", "RESCHEDULED"})


def record(system: str, properties: Properties, row: Json, now: datetime, company_id: str | None = None) -> Record:
    """One object of a list, batch read or search. `company_id` is a deal's company, None when there is none."""
    object_, kind = properties.object, OBJECTS[properties.object]
    native: Mapping[str, Any] = row.get("properties") or {}
    fields = properties.map.to_canonical(native)
    if properties.stored:
        fields["foreign_ids"] = foreign_ids(native, properties.stored)
    if kind is Kind.ACTIVITY:
        fields |= activity(object_, native, fields, now)
    elif kind is Kind.DEAL:
        fields["company_id"] = f"companies/{company_id}" if company_id else None
    stamp = str(row.get("updatedAt") or native.get(modified_property(object_)) or "")
    return Record(
        ref=Ref(system, object_, str(row["id"])),
        kind=kind,
        fields=fields,
        version=datetime_(stamp) or "",
        modified_at=moment(stamp),
    )


def activity(
    object: str,  # noqa: A002
    native: Mapping[str, Any],
    fields: Mapping[str, str | None],
    now: datetime,
) -> dict[str, str | None]:
    """What an activity's type, state and times say together."""
    made: dict[str, str | None] = {"activity_type": ACTIVITIES[object]}
    status = str(fields.get("status") or "").upper()
    if object in _DONE:
        done = status in _DONE[object]
    elif object == "meetings":
        start, end = moment(native.get("hs_meeting_start_time")), moment(native.get("hs_meeting_end_time"))
        over = (end or start) is not None and (end or start or now) < now
        done = status == "COMPLETED" or (over and status not in _NOT_HELD)
        made["direction"] = "outbound"
        made["duration_s"] = str(int((end - start).total_seconds())) if start and end and end >= start else None
    else:
        done = True
    made["done"] = "true" if done else "false"
    return made


def merged_away(system: str, object: str, row: Json) -> Iterable[Record]:  # noqa: A002
    """The records that live on in this one. `hs_calculated_merged_vids` would miss chains (reference 7)."""
    survivor = Ref(system, object, str(row["id"]))
    held = str((row.get("properties") or {}).get("hs_merged_object_ids") or "")
    for id_ in sorted({part.strip() for part in held.split(";")} - {"", survivor.id}):
        yield Record(Ref(system, object, id_), OBJECTS[object], {}, merged_into=survivor)


def archived(system: str, object: str, row: Json) -> Record:  # noqa: A002
    """An entry of the archived listing."""
    at = moment(row.get("archivedAt"))
    ref = Ref(system, object, str(row["id"]))
    return Record(ref, OBJECTS[object], {}, version=str(row.get("archivedAt") or ""), modified_at=at, deleted=True)


def stamps(system: str, properties: Properties, row: Json) -> Iterable[StageEvent]:
    """When each stage was entered, as the stamp properties say: one date per stage, the one set once before others."""
    native: Mapping[str, Any] = row.get("properties") or {}
    ref = Ref(system, properties.object, str(row["id"]))
    for stage, names in properties.stamps.items():
        for name in names:
            value = native.get(name)
            at = moment(value) if value else None
            if at is not None:
                yield StageEvent(ref, "lifecycle_stage", stage, at, StageSource.STAMP)
                break


def history(system: str, object: str, property: str, field: str, row: Json) -> Iterable[StageEvent]:  # noqa: A002
    """A property's versions as stages entered, oldest first. A version that repeats the one before is no entry."""
    versions = (row.get("propertiesWithHistory") or {}).get(property) or ()
    ref = Ref(system, object, str(row["id"]))
    before = ""
    dated = [(moment(v.get("timestamp")), str(v.get("value") or "")) for v in reversed(versions)]
    for at, stage in sorted(((at, stage) for at, stage in dated if at is not None), key=lambda v: v[0]):
        if stage and stage != before:
            yield StageEvent(ref, field, stage, at, StageSource.HISTORY)
        before = stage


def owner(system: str, properties: Properties, row: Json) -> Record:
    """An owner; one that is archived is a person who cannot log in any more."""
    teams = [t for t in row.get("teams") or () if isinstance(t, Mapping)]
    teams.sort(key=lambda t: not t.get("primary"))
    names = (str(row.get(n) or "").strip() for n in ("firstName", "lastName"))
    native = {
        "name": " ".join(n for n in names if n) or row.get("email"),
        "email": row.get("email"),
        "active": not row.get("archived"),
        "type": row.get("type") or "PERSON",
        "team": teams[0].get("name") if teams else None,
        "createdAt": row.get("createdAt"),
    }
    stamp = str(row.get("updatedAt") or "")
    fields = properties.map.to_canonical(native)
    version = f"{datetime_(stamp) or ''}{' archived' if row.get('archived') else ''}"
    return Record(Ref(system, "owners", str(row["id"])), Kind.OWNER, fields, version, moment(stamp))


def moment(value: Any) -> datetime | None:
    """A point in time in any of HubSpot's spellings: ISO 8601, or milliseconds since 1970 (reference 8.3)."""
    if value is None or value == "":
        return None
    try:
        return parse_datetime(str(value))
    except ValueError:
        return None
