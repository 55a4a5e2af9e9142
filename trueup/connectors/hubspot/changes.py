"""Incremental pulls: the newest changes with a count of all, the rest by a search between two fixed moments, what is
gone, and a part of the associations.

Both searches look back a little behind the mark because the index lags. What is gone is found by comparing the count
with what is held (`existence`), or, when nothing is known of that, in the archived listing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from trueup.connectors.hubspot import newest, records, search
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.existence import Existence, cut_of
from trueup.connectors.hubspot.fetch import Fetcher
from trueup.connectors.hubspot.history import Changed, History
from trueup.connectors.hubspot.lots import Lot
from trueup.connectors.hubspot.marks import Mark
from trueup.connectors.hubspot.pulling import INDEX_LAG, Pull, began, short
from trueup.connectors.hubspot.schema import Definitions, Properties
from trueup.connectors.hubspot.tie_rounds import next_part
from trueup.connectors.hubspot.ties import BATCH, TieReader
from trueup.connectors.hubspot.types import TIED_TO
from trueup.connectors.kit.base import Mirror
from trueup.model.records import Page, PullSummary


class ChangesPull:
    """Pulls what has changed since a mark. `mirror` is what is held already, None when that is not known."""

    def __init__(
        self, client: Client, definitions: Definitions, fetch: Fetcher, ties: TieReader, history: History
    ) -> None:
        self._client = client
        self._definitions = definitions
        self._fetch = fetch
        self._ties = ties
        self._history = history
        self._existence = Existence(client, fetch)
        self.mirror: Mirror | None = None

    def pull(self, object: str, mark: Mark) -> Pull:  # noqa: A002
        """What changed, and the mark for the next time."""
        properties = self._definitions.of(object)
        begin = began(mark, self._client)
        mirror = self.mirror
        held = {int(i) for i in mirror.live_ids(object) if i.isdigit()} if mirror is not None else set()
        archived: list[datetime | None] = []
        lot = Lot(self._client, self._fetch, self._ties, properties, begin)
        # Something is asked before the walk, so that its upper end is read off an answer that has just come.
        if mirror is not None:
            first = newest.look(self._client, object, begin, lot.wanted)
        else:
            yield from self._archived(properties, begin, archived)
            now = self._client.now()
            first = newest.Newest(0, now, (), now)
        started, seen = first.started, {str(row["id"]) for row in first.rows}
        lot.add(first.rows)
        window = search.Window(self._client, object, begin, first.until or begin)
        for rows in window.pages(lot.wanted) if first.until is not None else ():
            lot.add([row for row in rows if str(row["id"]) not in seen])
            yield from lot.pages()
        expected = len(seen - window.seen) + (window.total or 0)
        seen |= window.seen
        mark = replace(mark, at=started)
        notes = []
        if mirror is not None:
            held = (held | {int(i) for i in seen}) - lot.merged
            merges = "hs_merged_object_ids" in properties.definitions
            found = self._existence.compare(
                object, held, first.total, unindexed=mark.unindexed, merges=merges, cut=cut_of(object, started)
            )
            if found.gone:
                yield Page(records=tuple(found.gone))
            lot.add(self._fetch.batch_read(object, found.unknown, properties=lot.wanted))
            held -= {int(r.ref.id) for r in found.gone}
            mark = replace(mark, unindexed=found.unindexed)
            if found.unsettled:
                notes.append(f"{found.unsettled:,} more {object} are gone; the next pull finds out how.")
        again: Sequence[int] = ()
        if TIED_TO.get(object) and held:
            days = self._client.options.sweep_days
            again, mark = next_part(sorted(held), len(lot.waiting), mark, started, days=days, batch=BATCH)
        yield from lot.rest([str(i) for i in again if str(i) not in seen], mirror)
        complete = True
        if self._fell_short(window, archived, started):
            if mirror is not None and window.whole:
                yield from self._archived(properties, begin, archived)
            if self._fell_short(window, archived, started):
                complete = False
                notes.append(short(object, len(seen), expected))
        self._history.changed[object] = Changed(begin, started, tuple(lot.moved))
        if TIED_TO.get(object) and not (mirror is not None and self._client.options.sweep_days > 0):
            notes.append(f"Ties of {object} that changed without the record are seen by the next full pull.")
        return PullSummary(mark.high_water, complete, full=False, seen=len(seen), expected=expected, notes=tuple(notes))

    def _archived(self, properties: Properties, begin: datetime, when: list[datetime | None]) -> Iterator[Page]:
        """What the archived listing tells since `begin`, merges included; the moments go to `when`."""
        object_, system = properties.object, self._client.system
        query: dict[str, Any] = {"limit": self._client.options.page_size, "archived": True}
        if "hs_merged_object_ids" in properties.definitions:
            # A record may be merged and its survivor archived between two pulls: only this listing tells of both.
            query["properties"] = ["hs_merged_object_ids"]
        for rows in self._fetch.listed(object_, query):
            told = [(row, records.archived(system, object_, row)) for row in rows]
            recent = [(row, r) for row, r in told if r.modified_at is None or r.modified_at >= begin]
            when += [r.modified_at for _, r in recent]
            gone_with = [r for row, _ in recent for r in records.merged_away(system, object_, row)]
            if recent:
                yield Page(records=(*(r for _, r in recent), *gone_with))

    @staticmethod
    def _fell_short(window: search.Window, archived: Sequence[datetime | None], started: datetime) -> bool:
        """Whether less came than the index counts.

        It may count what was archived a moment ago, or what was edited after the window's end and has left it: the
        archived listing has told the one, and the count itself goes down by the other.
        """
        if not window.whole:
            return True
        came = len(window.seen) + sum(at is None or at >= started - INDEX_LAG for at in archived)
        return came < (window.total or 0) and came < window.count()
