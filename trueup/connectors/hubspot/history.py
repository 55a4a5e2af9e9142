"""Stage history: read together with the records in a full pull, and only where a stage can have moved otherwise.

A page with history holds 50 records instead of 100 (reference 4.2). Where a full pull wants both, one list of halved
pages gives them together, for two thirds of the calls; the histories wait in a file until they are asked for. Of what
changed, only records whose stage may have moved are read: HubSpot dates the last move (reference 13.2).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from trueup.connectors.hubspot import records, search
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.fetch import HISTORY_BATCH, Fetcher, lots
from trueup.connectors.hubspot.marks import Mark
from trueup.connectors.hubspot.pulling import Pull, began, short
from trueup.connectors.hubspot.schema import Definitions, Properties
from trueup.connectors.hubspot.types import HISTORY
from trueup.model.records import Page, PullSummary, StageEvent

LAST_MOVE = "hs_v2_date_entered_current_stage"

_IN_MEMORY = 16_000_000
"""Bytes of waiting histories beyond which they go to a file."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What an incremental pull of the records has found: since when it looked, and whose stage may have moved."""

    begin: datetime
    started: datetime
    ids: Sequence[str]


class Spool:
    """Histories that came with the records, until the pull of the history asks for them."""

    def __init__(self, property: str) -> None:  # noqa: A002
        self._property = property
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="trueup-history-")  # noqa: SIM115
        self.started: datetime | None = None
        self.seen = 0
        self.whole = True
        """Whether the list that they came with was seen whole."""

    def add(self, rows: Iterable[Json]) -> None:
        """Keep one page's histories: ids, stages and times, nothing else."""
        kept = []
        for row in rows:
            versions = (row.get("propertiesWithHistory") or {}).get(self._property) or ()
            told = [{"value": v.get("value"), "timestamp": v.get("timestamp")} for v in versions]
            kept.append({"id": row["id"], "propertiesWithHistory": {self._property: told}})
        self.seen += len(kept)
        self._file.write(orjson.dumps(kept) + b"\n")

    def end(self, started: datetime) -> None:
        """All of them have come."""
        self.started = started

    def pages(self) -> Iterator[list[Json]]:
        """Give them back, page by page, once."""
        self._file.seek(0)
        for line in self._file:
            yield orjson.loads(line)
        self.close()

    def close(self) -> None:
        """Forget them."""
        self._file.close()

    def __del__(self) -> None:
        """Close the file of histories that nobody asked for."""
        self._file.close()


class History:
    """Pulls stage histories. `spools` and `changed` are left here by the pulls of the records themselves."""

    def __init__(self, client: Client, definitions: Definitions, fetch: Fetcher) -> None:
        self._client = client
        self._definitions = definitions
        self._fetch = fetch
        self.spools: dict[str, Spool] = {}
        self.changed: dict[str, Changed] = {}

    def forget(self) -> None:
        """Drop what waits: another pull begins."""
        for spool in self.spools.values():
            spool.close()
        self.spools.clear()
        self.changed.clear()

    def full(self, tie: str) -> Pull:
        """Everybody's history, from the spool where there is a whole one."""
        object_, property_, _ = HISTORY[tie]
        spool = self.spools.pop(object_, None)
        if spool is not None and spool.started is not None:
            for rows in spool.pages():
                yield Page(stage_events=self._events(tie, rows))
            notes = (
                () if spool.whole else (f"The list of {object_}, with which the histories came, was not seen whole.",)
            )
            mark = Mark(spool.started).high_water
            return PullSummary(mark, complete=spool.whole, full=True, seen=spool.seen, notes=notes)
        self._definitions.of(object_)
        started, seen = self._client.now(), 0
        query = {"limit": HISTORY_BATCH, "properties": ["hs_object_id"], "propertiesWithHistory": [property_]}
        for rows in self._fetch.listed(object_, query):
            seen += len(rows)
            yield Page(stage_events=self._events(tie, rows))
        return PullSummary(Mark(started).high_water, complete=True, full=True, seen=seen)

    def since(self, tie: str, mark: Mark) -> Pull:
        """Of records that changed: a merge, too, brings two histories together."""
        object_, property_, _ = HISTORY[tie]
        begin = began(mark, self._client)
        known = self.changed.get(object_)
        notes: tuple[str, ...] = ()
        expected: int | None
        if known is not None and known.begin <= begin:
            ids, started, expected = known.ids, known.started, len(known.ids)
        else:
            properties = self._definitions.of(object_)
            started = self._client.now()
            window = search.Window(self._client, object_, begin, started)
            wanted = [n for n in told_by(property_) if n in properties.definitions]
            rows = [row for page in window.pages(wanted) for row in page]
            ids = [str(row["id"]) for row in rows if may_have_moved(properties, row, property_, begin)]
            expected = window.total
            notes = () if window.whole else (short(object_, len(window.seen), window.total or 0),)
        for some in lots(ids, HISTORY_BATCH):
            read = self._fetch.batch_read(object_, some, properties=["hs_object_id"], history=[property_])
            yield Page(stage_events=self._events(tie, read))
        return PullSummary(
            Mark(started).high_water, not notes, full=False, seen=len(ids), expected=expected, notes=notes
        )

    def _events(self, tie: str, rows: Iterable[Json]) -> tuple[StageEvent, ...]:
        object_, property_, field = HISTORY[tie]
        return tuple(e for row in rows for e in records.history(self._client.system, object_, property_, field, row))


def told_by(property: str) -> tuple[str, ...]:  # noqa: A002
    """The properties that tell whether a stage may have moved."""
    return (property, LAST_MOVE, "createdate", "hs_merged_object_ids")


def may_have_moved(properties: Properties, row: Json, property: str, begin: datetime) -> bool:  # noqa: A002
    """Whether a changed record's history can hold more than it did at `begin`.

    Without the date of the last move in the account, or in the record, every change may have been one.
    """
    native: Mapping[str, Any] = row.get("properties") or {}
    if LAST_MOVE not in properties.definitions or native.get("hs_merged_object_ids") or not native.get(property):
        return True
    moved = records.moment(native.get(LAST_MOVE))
    made = records.moment(row.get("createdAt") or native.get("createdate"))
    return moved is None or moved >= begin or made is None or made >= begin
