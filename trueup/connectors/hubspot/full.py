"""Full pulls, by list: consistent, without a cap, and with the associations at no cost (reference 13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from trueup.connectors.hubspot import records, search, segments
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.fetch import HISTORY_BATCH, Fetcher, too_long
from trueup.connectors.hubspot.history import History, Spool
from trueup.connectors.hubspot.marks import Mark
from trueup.connectors.hubspot.pages import page
from trueup.connectors.hubspot.pulling import INDEX_LAG, SETTLING_S, Pull, short
from trueup.connectors.hubspot.schema import Definitions
from trueup.connectors.hubspot.ties import BATCH, TieReader
from trueup.connectors.hubspot.types import TIED_TO
from trueup.errors import PermissionDeniedError, RefusedError
from trueup.model.records import HighWater, Page, PullSummary


class FullPull:
    """Pulls all live records of an object."""

    def __init__(
        self, client: Client, definitions: Definitions, fetch: Fetcher, ties: TieReader, history: History
    ) -> None:
        self._client = client
        self._definitions = definitions
        self._fetch = fetch
        self._ties = ties
        self._history = history
        self._counted: dict[str, int | None] = {}

    def forget(self) -> None:
        """Drop what was counted: another pull begins."""
        self._counted.clear()

    def count(self, object: str) -> int | None:  # noqa: A002
        """How many records there are; None where the account does not let us search. A count serves once."""
        if object not in self._counted:
            try:
                self._counted[object] = search.total(self._client, object)
            except (RefusedError, PermissionDeniedError):
                self._counted[object] = None
        return self._counted[object]

    def planned(self, object: str, with_history: str = "") -> int:  # noqa: A002
        """How many calls a full pull will take; 0 when that cannot be known."""
        records_ = self.count(object)
        size = self._client.options.page_size
        size = min(size, HISTORY_BATCH) if with_history else size
        pages = 0 if records_ is None else max(1, -(-records_ // size))
        if too_long(self._definitions.of(object).wanted()):
            pages *= 2  # the list gives ids only, and each page of them is read
        return 0 if records_ is None else pages + segments.cost(records_)

    def pull(self, object: str, with_history: str = "") -> Pull:  # noqa: A002
        """Everything there is; `with_history` names a property whose versions come with the records."""
        properties = self._definitions.of(object)
        planned, expected = self.planned(object, with_history), self.count(object)
        self._counted.pop(object, None)
        if planned:
            self._client.budget.plan(planned, f"reading all {expected:,} {object}")
        started = self._client.now()
        made = self._client.budget.spent
        seen: set[str] = set()
        later: list[tuple[str, str]] = []
        query: dict[str, Any] = {"limit": self._client.options.page_size}
        if TIED_TO.get(object):
            query["associations"] = list(TIED_TO[object])
        wanted = properties.wanted()
        by_post = too_long(wanted)
        spool = Spool(with_history) if with_history and not by_post else None
        if not by_post:
            query["properties"] = wanted
        if spool is not None:
            query |= {"propertiesWithHistory": [with_history], "limit": min(query["limit"], HISTORY_BATCH)}
            self._history.spools[object] = spool
        for rows in self._rows(object, query, expected or 0):
            fresh = [row for row in rows if str(row["id"]) not in seen]
            seen.update(str(row["id"]) for row in fresh)
            ties = self._ties.of_rows(object, fresh)
            if spool is not None:
                spool.add(fresh)
            if by_post:
                ids = [str(row["id"]) for row in fresh]
                fresh = self._fetch.batch_read(object, ids, properties=wanted)
            yield page(self._client, properties, fresh, ties)
            later += ties.later
            if len(later) >= BATCH:
                yield self._ties_again(object, later)
        if later:
            yield self._ties_again(object, later)
        if spool is not None:
            spool.end(started)
        notes: tuple[str, ...] = ()
        if expected is None:
            why = f"{object.capitalize()} could not be counted: HubSpot does not let us search them."
            mark, way = self._mark(object, started), self._way(made, planned)
            return PullSummary(mark, complete=True, full=True, seen=len(seen), notes=(why,), way=way)
        if len(seen) < expected and not self._explained(object, len(seen), expected, started):
            notes = (short(object, len(seen), expected),)
            if spool is not None:
                spool.whole = False
        way = self._way(made, planned)
        mark = self._mark(object, started)
        return PullSummary(mark, not notes, full=True, seen=len(seen), expected=expected, notes=notes, way=way)

    def _ties_again(self, object: str, later: list[tuple[str, str]]) -> Page:  # noqa: A002
        """The associations that a list tells incompletely, by whole batches."""
        ties = self._ties.again(object, later)
        later.clear()
        return Page(associations=tuple(ties.associations), replaces=tuple(ties.replaces))

    def _rows(self, object: str, query: Mapping[str, Any], expected: int) -> Iterator[list[Json]]:  # noqa: A002
        """The list's pages, from several places at once where it is long; the caller leaves out what comes twice."""
        places = segments.starts(self._client, object, expected)
        try:
            yield from segments.pages(self._fetch, object, query, places)
        except segments.OutOfOrderError:
            yield from self._fetch.listed(object, query)

    def _way(self, made: int, planned: int) -> str:
        calls = self._client.budget.spent - made
        return f"list, {calls:,} calls" + (f" of {planned:,} planned" if planned else "")

    @staticmethod
    def _mark(object: str, started: datetime) -> HighWater:  # noqa: A002
        return Mark(started, round_since=started if TIED_TO.get(object) else None).high_water

    def _explained(self, object: str, seen: int, expected: int, started: datetime) -> bool:  # noqa: A002
        """Whether fewer came than were counted because records went meanwhile.

        The count is the index's, which lags: who was merged or deleted for good a moment ago is still in it, and is not
        in the list of what was archived. So before anything is called missing the index is given its time.
        """
        if seen >= search.total(self._client, object):
            return True
        if seen + self._archived_since(object, started) >= expected:
            return True
        for pause_s in SETTLING_S:
            self._client.sleep(pause_s)
            if seen >= search.total(self._client, object):
                return True
        return False

    def _archived_since(self, object: str, started: datetime) -> int:  # noqa: A002
        pages = self._fetch.listed(object, {"limit": self._client.options.page_size, "archived": True})
        told = (records.archived(self._client.system, object, row) for rows in pages for row in rows)
        return sum(r.modified_at is not None and r.modified_at >= started - INDEX_LAG for r in told)
