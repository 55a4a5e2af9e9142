"""Reading: full pulls by list, incremental ones by search, what was archived and merged, and records by id.

What each way of reading costs and misses is reference 13. A full pull is a list, which is consistent and has no cap. An
incremental one is a search between two fixed moments, looking back a little behind the mark because the index lags,
then the archived listing, because archiving moves no date. Merges show on the survivor.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from trueup.connectors.hubspot import records, search
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.schema import Definitions, Properties
from trueup.connectors.hubspot.ties import TieReader, Ties
from trueup.connectors.hubspot.types import HISTORY, OBJECTS, TIED_TO
from trueup.connectors.kit.values import format_datetime, parse_datetime
from trueup.errors import RefusedError, RemoteError
from trueup.model.kinds import Kind
from trueup.model.records import HighWater, Page, PullSummary, Record, StageEvent
from trueup.model.refs import Ref

Pull = Generator[Page, None, PullSummary]

BATCH = 100
HISTORY_BATCH = 50
"""With history, a page or a batch is half as large (reference 4.2)."""

URL_LIMIT = 12_000
"""Characters of a query beyond which properties are read by POST; HubSpot answers 414 near 16,200 (reference 5.1)."""

INDEX_LAG = timedelta(minutes=2)


class Reader:
    """Pulls and gets, for one connection."""

    def __init__(self, client: Client, definitions: Definitions) -> None:
        self.client = client
        self.system = client.system
        self.definitions = definitions
        self.ties = TieReader(client)

    # -- pulls -------------------------------------------------------------------------------------------------------

    def pull(self, object: str, since: HighWater | None) -> Pull:  # noqa: A002
        """See `Connector.pull`. What breaks off after the first page ends as incomplete, with the reason."""
        pages, seen = self._pages(object, since), 0
        while True:
            try:
                page = next(pages)
            except StopIteration as stop:
                summary: PullSummary = stop.value
                return summary
            except RemoteError as error:
                if not seen:
                    raise
                note = f"The pull of {object} broke off: {error.message}"
                return PullSummary(None, complete=False, full=since is None, seen=seen, notes=(note,))
            seen += max(1, len(page.records))
            yield page

    def _pages(self, object: str, since: HighWater | None) -> Pull:  # noqa: A002
        if object == "owners":
            return self._owners()
        if object in HISTORY:
            return self._full_history(object) if since is None else self._changed_history(object, since)
        return self._full(object) if since is None else self._changed(object, since)

    def _full(self, object: str) -> Pull:  # noqa: A002
        properties = self.definitions.of(object)
        started = self.client.now()
        seen: set[str] = set()
        query: dict[str, Any] = {"limit": self.client.options.page_size}
        if TIED_TO.get(object):
            query["associations"] = list(TIED_TO[object])
        wanted = properties.wanted()
        by_post = sum(len(name) + 3 for name in wanted) > URL_LIMIT
        if not by_post:
            query["properties"] = wanted
        for rows in self._list(object, query):
            fresh = [row for row in rows if str(row["id"]) not in seen]
            seen.update(str(row["id"]) for row in fresh)
            ties = self.ties.of_rows(object, fresh)
            if by_post:
                ids = [str(row["id"]) for row in fresh]
                fresh = self.batch_read(object, ids, properties=wanted)
            yield self._page(properties, fresh, ties)
        expected = search.total(self.client, object)
        notes: tuple[str, ...] = ()
        if len(seen) < expected:
            gone = self._archived_since(object, started - INDEX_LAG)
            notes = () if len(seen) + gone >= expected else (_short(object, len(seen), expected),)
        return PullSummary(_mark(started), not notes, full=True, seen=len(seen), expected=expected, notes=notes)

    def _changed(self, object: str, since: HighWater) -> Pull:  # noqa: A002
        """What was archived first, then the search: its upper end is read off an answer that has just come."""
        properties = self.definitions.of(object)
        begin = parse_datetime(since.mark) - timedelta(seconds=self.client.options.overlap_s)
        archived: list[datetime | None] = []
        query: dict[str, Any] = {"limit": self.client.options.page_size, "archived": True}
        if "hs_merged_object_ids" in properties.definitions:
            # A record may be merged and its survivor archived between two pulls: only this listing tells of both.
            query["properties"] = ["hs_merged_object_ids"]
        for rows in self._list(object, query):
            told = [(row, records.archived(self.system, object, row)) for row in rows]
            recent = [(row, r) for row, r in told if r.modified_at is None or r.modified_at >= begin]
            archived += [r.modified_at for _, r in recent]
            gone_with = [r for row, _ in recent for r in records.merged_away(self.system, object, row)]
            if recent:
                yield Page(records=(*(r for _, r in recent), *gone_with))
        started = self.client.now()
        window = search.Window(self.client, object, begin, started)
        for rows in window.pages(properties.wanted()):
            ties = self.ties.of_ids(object, [str(row["id"]) for row in rows])
            yield self._page(properties, rows, ties)
        gone = sum(at is None or at >= started - INDEX_LAG for at in archived)
        seen, expected = len(window.seen), window.total or 0
        notes = []
        # The index may count what was archived a moment ago, or what was edited after `until` and has left the window:
        # the archived listing has told the one, and the count itself goes down by the other.
        if not window.whole or (seen + gone < expected and seen + gone < window.count()):
            notes.append(_short(object, seen, expected))
        complete = not notes
        if TIED_TO.get(object):
            notes.append(f"Ties of {object} that changed without the record are seen by the next full pull.")
        return PullSummary(_mark(started), complete, full=False, seen=seen, expected=expected, notes=tuple(notes))

    def _page(self, properties: Properties, rows: Sequence[Json], ties: Ties) -> Page:
        object_, now = properties.object, self.client.now()
        made = [records.record(self.system, properties, row, now, ties.company.get(str(row["id"]))) for row in rows]
        made += [gone for row in rows for gone in records.merged_away(self.system, object_, row)]
        events = tuple(event for row in rows for event in records.stamps(self.system, properties, row))
        return Page(tuple(made), tuple(ties.associations), events, tuple(ties.replaces))

    def _owners(self) -> Pull:
        """All of them every time: they are few, and archiving moves no date."""
        properties = self.definitions.of("owners")
        found: dict[str, Record] = {}
        for archived in (True, False):
            for rows in self._list_path("/crm/v3/owners/", {"limit": 500, "archived": archived}):
                made = [records.owner(self.system, properties, row | {"archived": archived}) for row in rows]
                found |= {r.ref.id: r for r in made}
        started = self.client.now()
        yield Page(records=tuple(found[id_] for id_ in sorted(found)))
        return PullSummary(_mark(started), complete=True, full=True, seen=len(found), expected=len(found))

    # -- history -------------------------------------------------------------------------------------------------------

    def _full_history(self, tie: str) -> Pull:
        object_, property_, _ = HISTORY[tie]
        self.definitions.of(object_)
        started, seen = self.client.now(), 0
        query = {"limit": HISTORY_BATCH, "properties": ["hs_object_id"], "propertiesWithHistory": [property_]}
        for rows in self._list(object_, query):
            seen += len(rows)
            yield Page(stage_events=self._events(tie, rows))
        return PullSummary(_mark(started), complete=True, full=True, seen=seen)

    def _changed_history(self, tie: str, since: HighWater) -> Pull:
        """Of every record that changed: a merge brings two histories together without a stage moving."""
        object_, property_, _ = HISTORY[tie]
        self.definitions.of(object_)
        started = self.client.now()
        begin = parse_datetime(since.mark) - timedelta(seconds=self.client.options.overlap_s)
        window = search.Window(self.client, object_, begin, started)
        for rows in window.pages(["hs_object_id"]):
            ids = [str(row["id"]) for row in rows]
            for some in _lots(ids, HISTORY_BATCH):
                read = self.batch_read(object_, some, properties=["hs_object_id"], history=[property_])
                yield Page(stage_events=self._events(tie, read))
        notes = () if window.whole else (_short(object_, len(window.seen), window.total or 0),)
        return PullSummary(
            _mark(started), not notes, full=False, seen=len(window.seen), expected=window.total, notes=notes
        )

    def _events(self, tie: str, rows: Iterable[Json]) -> tuple[StageEvent, ...]:
        object_, property_, field = HISTORY[tie]
        return tuple(e for row in rows for e in records.history(self.system, object_, property_, field, row))

    # -- by id ---------------------------------------------------------------------------------------------------

    def get(self, refs: Sequence[Ref]) -> dict[Ref, Record | None]:
        """See `Connector.get`. Batch reads do not follow ids that were merged away; single reads do (reference 7)."""
        found: dict[Ref, Record | None] = dict.fromkeys(refs)
        for object_ in sorted({ref.object for ref in refs}):
            mine = [ref for ref in refs if ref.object == object_]
            read: Callable[[str, Sequence[str]], Mapping[str, Record]]
            read = self._get_owners if OBJECTS.get(object_) is Kind.OWNER else self._get
            by_id = read(object_, sorted({ref.id for ref in mine if ref.id.isascii() and ref.id.isdigit()}))
            found |= {ref: by_id.get(ref.id) for ref in mine}
        return found

    def _get(self, object: str, ids: Sequence[str]) -> Mapping[str, Record]:  # noqa: A002
        properties = self.definitions.of(object)
        wanted = properties.wanted()
        rows = {str(row["id"]): row for row in self.batch_read(object, ids, properties=wanted)}
        for id_ in ids:
            if id_ not in rows:
                row = self.single_read(object, id_, wanted)
                if row is not None:
                    rows[id_] = row
        live = sorted({str(row["id"]) for row in rows.values()})
        companies: dict[str, str] = {}
        if object == "deals" and live:
            companies = self.ties.of_ids("deals", live).company
        now = self.client.now()
        return {
            id_: records.record(self.system, properties, row, now, companies.get(str(row["id"])))
            for id_, row in rows.items()
        }

    def _get_owners(self, object: str, ids: Sequence[str]) -> Mapping[str, Record]:  # noqa: A002, ARG002
        pages = self._owners()
        return {r.ref.id: r for page in pages for r in page.records if r.ref.id in ids}

    def batch_read(
        self,
        object: str,  # noqa: A002
        ids: Sequence[str],
        *,
        properties: Sequence[str],
        history: Sequence[str] = (),
        id_property: str = "",
    ) -> list[Json]:
        """Records by id, in lots, in the order of the ids; what is not there is left out."""
        rows: list[Json] = []
        for some in _lots(ids, HISTORY_BATCH if history else BATCH):
            body: Json = {
                "properties": list(properties),
                "propertiesWithHistory": list(history),
                "inputs": [{"id": id_} for id_ in some],
            }
            if id_property:
                body["idProperty"] = id_property
            place = {id_: n for n, id_ in enumerate(some)}
            answer = self.client.read(f"/crm/v3/objects/{object}/batch/read", body)
            # Results come in any order (reference 6.1); pages must be the same every time.
            rows += sorted(answer.get("results") or (), key=lambda row: place.get(str(row["id"]), 0))
        return rows

    def single_read(
        self,
        object: str,  # noqa: A002
        id: str,  # noqa: A002
        properties: Sequence[str],
        id_property: str = "",
    ) -> Json | None:
        """One record; None when it is not there. A merged-away id gives the survivor, with the survivor's id."""
        query: dict[str, Any] = {"properties": list(properties), "idProperty": id_property}
        if sum(len(name) + 3 for name in properties) > URL_LIMIT:
            query["properties"] = ["hs_object_id"]
        try:
            row = self.client.get(f"/crm/v3/objects/{object}/{quote(id, safe='')}", query)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        if len(properties) > 1 and query["properties"] == ["hs_object_id"]:
            return next(iter(self.batch_read(object, [str(row["id"])], properties=properties)), None)
        return row

    # -- lists ---------------------------------------------------------------------------------------------------

    def _list(self, object: str, query: Mapping[str, Any]) -> Iterator[list[Json]]:  # noqa: A002
        return self._list_path(f"/crm/v3/objects/{object}", query)

    def _list_path(self, path: str, query: Mapping[str, Any]) -> Iterator[list[Json]]:
        """Pages of a list. The cursor is opaque, but one that stands still would never end."""
        after = ""
        while True:
            answer = self.client.get(path, {**query, "after": after})
            rows = list(answer.get("results") or ())
            if rows:
                yield rows
            more = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
            if not more:
                return
            if more == after:
                raise RemoteError(f"{self.system}: the list {path} does not get past {after}.", system=self.system)
            after = more

    def _archived_since(self, object: str, since: datetime) -> int:  # noqa: A002
        pages = self._list(object, {"limit": self.client.options.page_size, "archived": True})
        told = (records.archived(self.system, object, row) for rows in pages for row in rows)
        return sum(r.modified_at is not None and r.modified_at >= since for r in told)


def _mark(moment: datetime) -> HighWater:
    return HighWater(format_datetime(moment))


def _lots(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _short(object: str, seen: int, expected: int) -> str:  # noqa: A002
    return f"HubSpot counts {expected:,} {object}, and {seen:,} came: something was not seen."
