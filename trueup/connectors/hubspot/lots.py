"""Changed records on their way to pages: those with associations wait until they fill a batch of associations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trueup.connectors.hubspot import records
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.fetch import Fetcher
from trueup.connectors.hubspot.history import may_have_moved, told_by
from trueup.connectors.hubspot.pages import page
from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.ties import BATCH, TieReader, Ties
from trueup.connectors.hubspot.types import HISTORY, TIED_TO
from trueup.connectors.kit.base import Mirror
from trueup.model.records import Page
from trueup.model.refs import Ref

_STAGE = {object_: property_ for object_, property_, _ in HISTORY.values()}


@dataclass
class Lot:
    """The records of one incremental pull. `merged` are the ids that live on in them, `moved` whose stage may have."""

    client: Client
    fetch: Fetcher
    ties: TieReader
    properties: Properties
    begin: datetime
    waiting: list[Json] = field(default_factory=list)
    merged: set[int] = field(default_factory=set)
    moved: list[str] = field(default_factory=list)

    @property
    def wanted(self) -> list[str]:
        """The properties to ask for: the pull's own, and what tells of moved stages."""
        names = set(self.properties.wanted())
        if stage := _STAGE.get(self.properties.object):
            names |= {name for name in told_by(stage) if name in self.properties.definitions}
        return sorted(names)

    def add(self, rows: Sequence[Json]) -> None:
        """Take a page of the search."""
        object_, stage = self.properties.object, _STAGE.get(self.properties.object)
        for row in rows:
            self.merged |= {int(r.ref.id) for r in records.merged_away(self.client.system, object_, row)}
            if stage and may_have_moved(self.properties, row, stage, self.begin):
                self.moved.append(str(row["id"]))
        self.waiting += rows

    def pages(self) -> Iterator[Page]:
        """What need not wait any longer."""
        size = BATCH if TIED_TO.get(self.properties.object) else max(1, len(self.waiting))
        while len(self.waiting) >= size:
            rows, self.waiting = self.waiting[:size], self.waiting[size:]
            yield self._page(rows, [])

    def rest(self, again: Sequence[str], mirror: Mirror | None) -> Iterator[Page]:
        """The last page, and beside it the associations of records that have not changed themselves."""
        if self.waiting or again:
            rows, self.waiting = self.waiting, []
            yield self._page(rows, again, mirror)

    def _page(self, rows: Sequence[Json], again: Sequence[str], mirror: Mirror | None = None) -> Page:
        object_ = self.properties.object
        if not TIED_TO.get(object_):
            return page(self.client, self.properties, rows, Ties())
        ties = self.ties.of_ids(object_, [*(str(row["id"]) for row in rows), *again])
        moved = self._companies_moved(again, ties, mirror) if object_ == "deals" and mirror is not None else []
        return page(self.client, self.properties, [*rows, *moved], ties)

    def _companies_moved(self, ids: Sequence[str], ties: Ties, mirror: Mirror) -> list[Json]:
        """A deal's company is one of its fields here: those whose company changed alone are records that changed."""
        refs = [Ref(self.client.system, "deals", id_) for id_ in ids]
        held = mirror.records(refs)
        differ = []
        for ref in refs:
            company = ties.company.get(ref.id)
            if ref in held and held[ref].fields.get("company_id") != (f"companies/{company}" if company else None):
                differ.append(ref.id)
        return self.fetch.batch_read("deals", differ, properties=self.wanted) if differ else []
