"""Reading: which way of pulling an object is asked for, and records by id.

What each way costs and misses is reference 13. A full pull is a list (`full`), an incremental one a search (`changes`),
stage histories come beside them (`history`); owners are few and read whole every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from trueup.connectors.hubspot import records
from trueup.connectors.hubspot.changes import ChangesPull
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.fetch import Fetcher
from trueup.connectors.hubspot.full import FullPull
from trueup.connectors.hubspot.history import History
from trueup.connectors.hubspot.marks import Mark
from trueup.connectors.hubspot.pulling import Pull
from trueup.connectors.hubspot.schema import Definitions
from trueup.connectors.hubspot.ties import TieReader
from trueup.connectors.hubspot.types import HISTORY, OBJECTS
from trueup.connectors.kit.base import Coming
from trueup.errors import PermissionDeniedError, RefusedError, RemoteError
from trueup.model.kinds import Kind
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref


class Reader:
    """Pulls and gets, for one connection."""

    def __init__(self, client: Client, definitions: Definitions) -> None:
        self.client = client
        self.system = client.system
        self.definitions = definitions
        self.ties = TieReader(client)
        self.fetch = Fetcher(client)
        self._history = History(client, definitions, self.fetch)
        self._full = FullPull(client, definitions, self.fetch, self.ties, self._history)
        self._changes = ChangesPull(client, definitions, self.fetch, self.ties, self._history)
        self._coming: Coming | None = None
        self._announced = False

    # -- pulls -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Forget what waits to be asked for."""
        self.prepare(None)

    def prepare(self, coming: Coming | None) -> None:
        """See `Connector.prepare`: a history that is pulled like its records is read with them."""
        self._history.forget()
        self._full.forget()
        self._coming, self._announced = coming, False
        self._changes.mirror = coming.mirror if coming else None

    def pull(self, object: str, since: HighWater | None) -> Pull:  # noqa: A002
        """See `Connector.pull`. What breaks off after the first page ends as incomplete, with the reason."""
        self._announce(object)
        pages, seen, unsearched = self._pages(object, since), 0, ""
        while True:
            try:
                page = next(pages)
            except StopIteration as stop:
                summary: PullSummary = stop.value
                return replace(summary, notes=(*summary.notes, unsearched)) if unsearched else summary
            except RemoteError as error:
                if not seen and not unsearched and since is not None and self._cannot_search(object, error):
                    pages = self._history.full(object) if object in HISTORY else self._full.pull(object)
                    unsearched = f"{error.message} So all {object} were listed."
                    continue
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
            return self._history.full(object) if since is None else self._history.since(object, Mark.of(since))
        return (
            self._full.pull(object, self._history_of(object))
            if since is None
            else self._changes.pull(object, Mark.of(since))
        )

    @staticmethod
    def _cannot_search(object: str, error: RemoteError) -> bool:  # noqa: A002
        """Whether a list may succeed where a search did not: some types and tiers have no search."""
        return object != "owners" and isinstance(error, RefusedError | PermissionDeniedError)

    def _announce(self, object: str) -> None:  # noqa: A002
        """Before the first full pull, say how many calls all of them will take: what is counted now is not later."""
        marks = self._coming.marks if self._coming else {}
        full = [o for o, mark in marks.items() if mark is None and o in OBJECTS and o != "owners"]
        if self._announced or self._coming is None or object not in full:
            return
        self._announced = True
        try:
            calls = sum(self._full.planned(o, self._history_of(o)) for o in full)
        except RemoteError:
            return  # the pull itself says so
        seconds = max(0, calls - self.client.pace.calls) / self.client.pace.calls * self.client.pace.window_s
        left = self.client.budget.left
        self._coming.say(
            f"{self.system}: {calls:,} calls planned for everything"
            + (f", at least {seconds / 60:,.0f} min at the account's pace" if seconds >= 60 else "")
            + (f"; {left:,} are left today" if left is not None else "")
        )

    def _history_of(self, object: str) -> str:  # noqa: A002
        """The property whose history is going to be pulled in full after this object; "" when none is."""
        marks = self._coming.marks if self._coming else {}
        for tie, (of, property_, _) in HISTORY.items():
            if of == object and tie in marks and marks[tie] is None:
                return property_
        return ""

    def _owners(self) -> Pull:
        """All of them every time: they are few, and archiving moves no date."""
        properties = self.definitions.of("owners")
        found: dict[str, Record] = {}
        for archived in (True, False):
            for rows in self.fetch.pages("/crm/v3/owners/", {"limit": 500, "archived": archived}):
                made = [records.owner(self.system, properties, row | {"archived": archived}) for row in rows]
                found |= {r.ref.id: r for r in made}
        started = self.client.now()
        yield Page(records=tuple(found[id_] for id_ in sorted(found)))
        return PullSummary(Mark(started).high_water, complete=True, full=True, seen=len(found), expected=len(found))

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
        rows = {str(row["id"]): row for row in self.fetch.batch_read(object, ids, properties=wanted)}
        for id_ in ids:
            if id_ not in rows:
                row = self.fetch.single_read(object, id_, wanted)
                if row is not None:
                    rows[id_] = row
        live = sorted({str(row["id"]) for row in rows.values()})
        companies: dict[str, str] = {}
        if object == "deals" and live:
            companies = self.ties.companies(live)
        now = self.client.now()
        return {
            id_: records.record(self.system, properties, row, now, companies.get(str(row["id"])))
            for id_, row in rows.items()
        }

    def _get_owners(self, object: str, ids: Sequence[str]) -> Mapping[str, Record]:  # noqa: A002, ARG002
        pages = self._owners()
        return {r.ref.id: r for page in pages for r in page.records if r.ref.id in ids}
