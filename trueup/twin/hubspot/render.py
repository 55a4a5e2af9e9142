"""Turns stored rows into the records of answers.

The hot path: a page of a hundred records is made here a thousand times in a full pull, so the names to show are worked
out once a request and the rest is dictionary look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.history import History
from trueup.twin.hubspot.records import Written
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asked to see of each record."""

    object_type: ObjectType
    names: tuple[str, ...]
    history: tuple[str, ...] = ()


_TIME_IN = "hs_time_in_"
_STAGE_DATES = re.compile(r"hs_(v2_)?(date_(entered|exited)|latest_time_in|cumulative_time_in)_(?!current_stage)")
"""The dates of single stages, which write answers leave out; those of the present stage they show."""


class Renderer:
    """Makes the JSON of records."""

    def __init__(
        self, catalogue: Catalogue, history: History, portal_id: int, app_host: str, now: Callable[[], int]
    ) -> None:
        self._now = now
        self._catalogue = catalogue
        self._history = history
        self._record_url = f"{app_host}/contacts/{portal_id}/record"

    def wanted(self, object_type: ObjectType, properties: Sequence[str], history: Sequence[str] = ()) -> Wanted:
        """The names to show: those asked for that exist, or the type's defaults, and three always there."""
        names = set(object_type.always)
        if properties:
            names.update(self._catalogue.known(object_type.name, properties))
        else:
            names.update(object_type.defaults)
        shown = self._catalogue.known(object_type.name, history) if history else []
        names.update(shown)
        return Wanted(object_type, tuple(sorted(names)), tuple(shown))

    def many(self, rows: Sequence[Row], wanted: Wanted) -> list[Json]:
        """The records of a page."""
        object_type = wanted.object_type
        virtual = virtual_properties(object_type) | self._times(wanted.names)
        plain = [name for name in wanted.names if name not in virtual]
        computed = [(name, virtual[name]) for name in wanted.names if name in virtual]
        versions = self._history.of(object_type, rows, wanted.history) if wanted.history else {}
        prefix = f"{self._record_url}/{object_type.type_id}/"
        out = []
        for row in rows:
            get = row.props.get
            properties = {name: get(name) for name in plain}
            for name, make in computed:
                properties[name] = make(row)
            record: Json = {"id": str(row.id), "properties": dict(sorted(properties.items()))}
            if wanted.history:
                record["propertiesWithHistory"] = versions[row.id]
            record["createdAt"] = iso(row.created)
            record["updatedAt"] = iso(row.updated)
            record["archived"] = row.archived
            if row.archived and row.archived_at is not None:
                record["archivedAt"] = iso(row.archived_at)
            record["url"] = prefix + str(row.id)
            out.append(record)
        return out

    def _times(self, names: Sequence[str]) -> dict[str, Callable[[Row], str | None]]:
        """The older "time in stage" properties, which are worked out when they are read."""
        now = self._now
        return {n: partial(time_in, n.removeprefix(_TIME_IN), now) for n in names if n.startswith(_TIME_IN)}

    def one(self, row: Row, wanted: Wanted) -> Json:
        """One record."""
        return self.many([row], wanted)[0]

    def written(self, object_type: ObjectType, written: Written) -> Json:
        """The answer to a write: not the whole record, only what was written or follows from it (reference 5.3)."""
        row = written.row
        names = {n for n in written.touched if n in row.props and not _STAGE_DATES.match(n)} | set(object_type.always)
        names |= {name for name in written.touched if self._cleared(object_type, row, name)}
        shown = Wanted(object_type, tuple(sorted(n for n in names if self._catalogue.get(object_type.name, n))))
        record = self.one(row, shown)
        if written.new:
            # A create answers the computed stage dates as they are kept inside: epoch milliseconds (recorded 2025).
            for name, value in record["properties"].items():
                if name.startswith("hs_lifecyclestage_") and (ms := parse_ms(value)) is not None:
                    record["properties"][name] = str(ms)
        return record

    def _cleared(self, object_type: ObjectType, row: Row, name: str) -> bool:
        # A property that was just cleared shows as null; one that never had a value stays out.
        definition = self._catalogue.get(object_type.name, name)
        return definition is not None and name not in row.props and not definition.read_only


def time_in(stage: str, now: Callable[[], int], row: Row) -> str | None:
    """Milliseconds from entering a stage to leaving it, or to now; None when the record never stood there."""
    entered = parse_ms(row.props.get(f"hs_date_entered_{stage}"))
    if entered is None:
        return None
    left = parse_ms(row.props.get(f"hs_date_exited_{stage}"))
    return str(max((left if left is not None and left >= entered else now()) - entered, 0))


def virtual_properties(object_type: ObjectType) -> dict[str, Callable[[Row], str | None]]:
    """The properties that are columns of the table and not part of the JSON."""
    return {
        "hs_object_id": lambda row: str(row.id),
        object_type.created: lambda row: iso(row.created),
        object_type.modified: lambda row: iso(row.updated),
    }


def comma_list(values: Iterable[str]) -> list[str]:
    """Names from repeated parameters and comma lists alike."""
    return [name for value in values for part in value.split(",") if (name := part.strip())]
