"""What a Task or Event is in our words: type, time, direction and whether it took place follow from several fields.

Salesforce keeps calls, e-mails and to-dos in one object and meetings in another (reference 11.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from trueup.connectors.kit.values import boolean, datetime_, format_datetime, number, text

EXTRA: Mapping[str, tuple[str, ...]] = {
    "Task": (
        "TaskSubtype",
        "Type",
        "CallType",
        "CallDurationInSeconds",
        "CompletedDateTime",
        "ActivityDate",
        "IsClosed",
        "WhoId",
        "WhatId",
    ),
    "Event": ("StartDateTime", "ActivityDate", "EndDateTime", "DurationInMinutes", "WhoId", "WhatId"),
}
"""Native fields to read beside the mapped ones."""

_SUBTYPE = {"Call": "call", "Email": "email", "ListEmail": "email"}
_TYPE = {"call": "call", "email": "email", "meeting": "meeting"}
_DIRECTION = {"Inbound": "inbound", "Outbound": "outbound"}

Row = Mapping[str, Any]


def task_type(row: Row) -> str:
    """The subtype when it says more than "task", else what Type or a call's fields hint at."""
    if found := _SUBTYPE.get(row.get("TaskSubtype") or ""):
        return found
    if found := _TYPE.get(str(row.get("Type") or "").lower()):
        return found
    return "call" if row.get("CallType") or row.get("CallDurationInSeconds") else "task"


def task_time(row: Row) -> str | None:
    """When it was completed, else its due day at midnight UTC: a date has no zone to shift it by."""
    done = row.get("CompletedDateTime")
    return datetime_(done if done else row.get("ActivityDate"))


def task_direction(row: Row) -> str | None:
    """Of a call what the call says; an e-mail logged as a task was sent, since Salesforce keeps received ones apart."""
    if found := _DIRECTION.get(row.get("CallType") or ""):
        return found
    return "outbound" if task_type(row) == "email" else None


def event_time(row: Row) -> str | None:
    """Its start; an all-day event has only a day."""
    start = row.get("StartDateTime")
    return datetime_(start if start else row.get("ActivityDate"))


def event_done(row: Row, now: str) -> str:
    """Whether it lies in the past; `now` is the org's clock in canonical spelling, which compares as text."""
    end = datetime_(row.get("EndDateTime")) or event_time(row)
    return "true" if end is not None and end <= now else "false"


def columns(object_: str, rows: Sequence[Row], now: datetime) -> dict[str, list[str | None]]:
    """The derived canonical columns of a page of rows; a field that we cannot see leaves its column out."""
    if not rows:
        return {}
    seen = rows[0].keys()
    found: dict[str, list[str | None]] = {}
    if object_ == "Task":
        _derive(found, "activity_type", rows, task_type)
        _derive(found, "direction", rows, task_direction)
        if "IsClosed" in seen:
            _derive(found, "done", rows, lambda row: boolean(row["IsClosed"]))
        if "CompletedDateTime" in seen or "ActivityDate" in seen:
            _derive(found, "occurred_at", rows, task_time)
    elif object_ == "Event":
        at = format_datetime(now)
        _derive(found, "activity_type", rows, lambda _: "meeting")
        _derive(found, "direction", rows, lambda _: "outbound")
        _derive(found, "occurred_at", rows, event_time)
        _derive(found, "done", rows, lambda row: event_done(row, at))
    return found


def _derive(
    found: dict[str, list[str | None]], name: str, rows: Sequence[Row], derive: Callable[[Row], str | None]
) -> None:
    found[name] = [derive(row) for row in rows]


def to_native(object_: str, values: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, object]]:
    """Split canonical values for writing: those the field map can write, and native ones derived here.

    Raises ValueError for what cannot be said in Salesforce, such as a meeting as a Task.
    """
    rest = dict(values)
    native: dict[str, object] = {}
    kind = rest.pop("activity_type", None)
    when, done = rest.pop("occurred_at", None), rest.pop("done", None)
    direction = rest.pop("direction", None)
    if object_ == "Event":
        if kind not in (None, "meeting"):
            raise ValueError(f"an Event is a meeting, not a {kind}")
        if when is not None:
            native["StartDateTime"] = datetime_(when)
        if "duration_s" in rest:
            seconds = number(rest.pop("duration_s"))
            native["DurationInMinutes"] = round(float(seconds) / 60) if seconds else 0
        return rest, native
    if kind == "meeting":
        raise ValueError("a meeting is an Event, not a Task")
    if kind is not None:
        native["TaskSubtype"] = {"call": "Call", "email": "Email"}.get(kind, "Task")
    if when is not None:
        native["ActivityDate"] = when[:10]
    if done == "true" and text(rest.get("status")) is None:
        # IsClosed follows the status and cannot be written (reference 11.1).
        rest["status"] = "Completed"
    if kind == "call" and direction is not None:
        native["CallType"] = direction.capitalize()
    return rest, native
