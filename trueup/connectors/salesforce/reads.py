"""The queries of a pull, read with as few calls as they need: up to five pages of one or of several go in one call.

A query's next page has an address that only the page before tells. Within one composite call a later sub-request can
take it from the answer of an earlier one (`@{a.nextRecordsUrl}`), so that one call brings five pages of 2,000 rows.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from trueup.connectors.salesforce import composite
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.composite import MOST, MOST_QUERIES, Ask, Part
from trueup.connectors.salesforce.cursor import Query, Row, clock
from trueup.errors import PermissionDeniedError, RefusedError, TrueupError


@dataclass(slots=True)
class Light:
    """A read that is no query (a feed): it travels with others, at no price while there is room."""

    path: str
    part: Part | None = None


class Reads:
    """The open queries of one connection. A query that is fetched takes others along while there is room."""

    def __init__(self, client: Client, *, packs: bool = True) -> None:
        self._client = client
        self.packs = packs
        """Whether this org takes composite calls."""
        self._open: list[Query] = []
        self._lights: list[Light] = []

    def expect(self, *queries: Query) -> None:
        """Queries that will be wanted, in this order: they travel with others before they are asked for."""
        self._open += queries

    def expect_light(self, *lights: Light) -> None:
        """The same for reads that are no queries."""
        self._lights += lights

    def forget(self) -> None:
        """Nothing of what was expected will be wanted any more."""
        self._open.clear()
        self._lights.clear()

    def pages(self, query: Query) -> Generator[list[Row], None, None]:
        """The rows, each once, as pages, to the last."""
        while True:
            while query.ready:
                yield query.ready.popleft()
            if query.finished:
                break
            self._fetch(query)
        self._close(query)

    def total(self, query: Query) -> int:
        """The server's count of a query's rows."""
        while query.total is None:
            self._fetch(query)
        self._close(query)
        return query.total

    def light(self, light: Light) -> Part:
        """The answer to a read that is no query; an error is an answer too."""
        if light.part is None:
            try:
                light.part = Part(200, self._client.get(light.path))
            except RefusedError as error:
                light.part = Part(error.status or 400, [{"errorCode": error.code, "message": error.message}])
        if light in self._lights:
            self._lights.remove(light)
        return light.part

    def _close(self, query: Query) -> None:
        if query in self._open:
            self._open.remove(query)

    # -- one call ------------------------------------------------------------------------------------------------------

    def _fetch(self, query: Query) -> None:
        """One call for this query's next page, and for whatever else has room in it."""
        batch = self._batch(query)
        lights = [light for light in self._lights if light.part is None]
        packed = self.packs and not query.alone and (len(batch) > 1 or batch[0][1] > 1 or lights)
        if not packed or not self._together(query, batch, lights[: MOST - sum(n for _, n in batch)]):
            self._single(query)

    def _batch(self, query: Query) -> list[tuple[Query, int]]:
        """This query, and others that can be read to their end in the room that it leaves."""
        size = self._client.options.page_size
        batch = [(query, min(MOST_QUERIES, query.pages_left(size)))]
        for other in self._open:
            room = MOST_QUERIES - sum(n for _, n in batch)
            if room == 0:
                break
            if other is query or other.finished or other.alone:
                continue
            need = other.pages_left(size)
            if need <= room:
                batch.append((other, need))
        return batch

    def _together(self, query: Query, batch: Sequence[tuple[Query, int]], lights: Sequence[Light]) -> bool:
        """Send a batch as one call. False: this org does not take composite calls, or not this query in one."""
        asks: list[Ask] = []
        for k, (one, n) in enumerate(batch):
            asks += [
                Ask(f"q{k}p{i}", one.path if i == 0 else f"@{{q{k}p{i - 1}.nextRecordsUrl}}", self._headers)
                for i in range(n)
            ]
        asks += [Ask(f"x{k}", light.path) for k, light in enumerate(lights)]
        started = time.monotonic()
        wanted: list[TrueupError] = []

        def judge(parts: Sequence[Part]) -> None:
            wanted.clear()
            if not parts[0].good:
                wanted.append(parts[0].error(self._client.system))
                raise wanted[0]

        try:
            parts = composite.ask(self._client, asks, judge)
        except (RefusedError, PermissionDeniedError) as error:
            if wanted and wanted[0] is error:
                if query.lose(error):
                    return True
                query.alone = True
                return False
            self.packs = False
            return False
        place = 0
        for one, n in batch:
            one.began = one.began or clock(self._client, started=started)
            one.calls += 1
            self._take(one, parts[place : place + n])
            place += n
        for light, part in zip(lights, parts[place:], strict=True):
            if part.good or part.status == 400:
                light.part = part
            self._lights.remove(light)
        return True

    def _take(self, query: Query, parts: Sequence[Part]) -> None:
        """Pages up to the first that did not come; what follows from a page that did not come says nothing."""
        for part in parts:
            if query.finished:
                return
            if part.good:
                query.take(part.body)
            elif not query.lose(part.error(self._client.system)):
                # Its next fetch is its own, and meets the error itself.
                query.alone = True
                return
            else:
                return

    @property
    def _headers(self) -> dict[str, str]:
        # A hint that each request gives anew; following pages fall back to the server's choice without it.
        return {"Sforce-Query-Options": f"batchSize={self._client.options.page_size}"}

    def _single(self, query: Query) -> None:
        started = time.monotonic()
        try:
            answer = self._client.page(query.path, self._headers)
        except RefusedError as error:
            if not query.lose(error):
                raise
            return
        query.began = query.began or clock(self._client, started=started)
        query.calls += 1
        query.take(answer)
