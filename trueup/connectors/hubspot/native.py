"""From canonical values to properties to write. Raises ValueError, naming what cannot be written and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.types import ACTIVITIES
from trueup.connectors.kit.fieldmap import foreign_ids_to_native
from trueup.connectors.kit.values import format_datetime, parse_datetime

_DONE: Mapping[str, tuple[str, str, str]] = {
    "calls": ("hs_call_status", "COMPLETED", "QUEUED"),
    "emails": ("hs_email_status", "SENT", "SCHEDULED"),
    "meetings": ("hs_meeting_outcome", "COMPLETED", "SCHEDULED"),
    "tasks": ("hs_task_status", "COMPLETED", "NOT_STARTED"),
}
"""Object → the property that says whether it took place, its word for yes and for no."""


def for_update(
    properties: Properties,
    field: str,
    before: str | None,
    after: str | None,
) -> dict[str, str]:
    """The properties of one changed field. Of stored ids only those that differ: the others may be news by now."""
    if field == "foreign_ids":
        old = foreign_ids_to_native(before, properties.stored)
        new = foreign_ids_to_native(after, properties.stored)
        return {name: _text(value) for name, value in new.items() if value != old[name]}
    return _native(properties, {field: after})


def for_create(properties: Properties, values: Mapping[str, str | None]) -> dict[str, str]:
    """The properties of a new record; blanks are left out. A deal's company is no property: see `creates`."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    given.pop("company_id" if properties.object == "deals" else "", None)
    row: dict[str, str] = {}
    if "foreign_ids" in given:
        stored = foreign_ids_to_native(given.pop("foreign_ids"), properties.stored)
        row |= {name: str(value) for name, value in stored.items() if value is not None}
    return _native(properties, given) | row


def _native(properties: Properties, values: Mapping[str, str | None]) -> dict[str, str]:
    row: dict[str, str] = {}
    rest = dict(values)
    if properties.object in ACTIVITIES:
        row |= _activity(properties.object, rest)
    for name, value in rest.items():
        mapped = properties.map.by_canonical.get(name)
        native = mapped.native if mapped is not None else name
        if native not in properties.definitions:
            raise ValueError(f"{properties.object} has no property for {name}")
        if not properties.is_writable(native) or (mapped is not None and not mapped.write):
            raise ValueError(f"{name} of {properties.object} ({native}) cannot be written")
        known = value is not None and value in properties.choices(native)
        # A value of the property's own picklist goes as it is, also where the canonical field is no picklist.
        row[native] = _text(value if known or mapped is None else mapped.to_native(value))
    return row


def _activity(object: str, values: dict[str, str | None]) -> dict[str, str]:  # noqa: A002
    """Take out of `values` what no single property holds, and give the properties that say it."""
    row: dict[str, str] = {}
    kind = values.pop("activity_type", None)
    if kind not in (None, ACTIVITIES[object]):
        raise ValueError(f"a {kind} does not belong into {object}")
    done = values.pop("done", None)
    if done is not None and object in _DONE and not values.get("status"):
        name, yes, no = _DONE[object]
        row[name] = yes if done == "true" else no
    if object == "meetings":
        values.pop("direction", None)
        seconds = values.pop("duration_s", None)
        if seconds and values.get("occurred_at"):
            end = parse_datetime(str(values["occurred_at"])) + timedelta(seconds=float(seconds))
            row["hs_meeting_end_time"] = format_datetime(end)
    return row


def _text(value: Any) -> str:
    """Everything is text there, and an empty text clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
