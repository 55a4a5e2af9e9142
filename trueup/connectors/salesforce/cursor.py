"""Reads a query to its end, page by page, and goes on by key where a cursor is lost."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any

from trueup.connectors.kit.transport import Effect
from trueup.connectors.kit.values import datetime_, format_datetime
from trueup.connectors.salesforce import soql
from trueup.connectors.salesforce.client import Client
from trueup.errors import RefusedError
from trueup.model.records import HighWater

Row = dict[str, Any]
_LOST_CURSOR = "INVALID_QUERY_LOCATOR"
_RESUMES = 5


class Cursor:
    """One query in a stable order. `total` is the server's own count of the result, known after the first page;
    `whole`, at the end, says that as many rows came as the server announced.

    `order` is one or two fields that put the rows into an order which a later query can be begun from. When the server
    has lost its place, the query starts again at the last row's first order field (equal values are read again and
    dropped by id, so that ten thousand rows on one stamp lose nothing).
    """

    def __init__(
        self,
        client: Client,
        object_: str,
        fields: Sequence[str],
        *,
        where: Sequence[str] = (),
        order: Sequence[str] = ("SystemModstamp", "Id"),
        deleted: bool = True,
    ) -> None:
        self._client = client
        self._object, self._fields, self._where, self._order = object_, tuple(fields), tuple(where), tuple(order)
        self._path = "queryAll/" if deleted else "query/"
        # A hint that each request gives anew; following pages fall back to the server's choice without it.
        self._headers = {"Sforce-Query-Options": f"batchSize={client.options.page_size}"}
        self.total: int | None = None
        self.resumed = 0
        self.whole = False
        self._announced = self._got = 0

    def pages(self) -> Generator[list[Row], None, None]:
        """The rows, each once, as the pages of the answers."""
        last: Any = None
        at_last: set[str] = set()
        answer = self._start(None)
        self.total = answer["totalSize"]
        while True:
            rows: list[Row] = answer["records"]
            self._got += len(rows)
            if self.resumed:
                rows = [row for row in rows if row["Id"] not in at_last]
            if rows:
                key = rows[-1].get(self._order[0])
                fresh = {row["Id"] for row in rows if row.get(self._order[0]) == key}
                at_last = at_last | fresh if key == last else fresh
                last = key
                yield rows
            if answer.get("done", True):
                self.whole = self._got == self._announced
                return
            answer = self._more(answer["nextRecordsUrl"], last)

    def _start(self, after: Any) -> Any:
        where = list(self._where)
        if after is not None:
            literal = soql.quote(after) if self._order[0].endswith("Id") else _utc(after)
            where.append(f"{self._order[0]} >= {literal}")
        query = soql.select(self._fields, self._object, where=where, order=self._order)
        answer = self._client.get(self._path, {"q": query}, headers=self._headers)
        self._announced, self._got = answer["totalSize"], 0
        return answer

    def _more(self, url: str, last: Any) -> Any:
        try:
            return self._client.call(
                lambda sf: sf.query_more(url, identifier_is_url=True, headers=dict(self._headers)), Effect.READ
            )
        except RefusedError as error:
            if error.code != _LOST_CURSOR or self.resumed >= _RESUMES or last is None:
                raise
            self.resumed += 1
            return self._start(last)


class Mark:
    """Where the next pull begins: the org's clock when it answered this one's first request.

    Whatever commits later carries a stamp not much earlier than that (the overlap is for "not much"). The newest stamp
    seen would not do: a row may change after its page was read, while a later page shows stamps that are later still;
    and after a load of many rows on one stamp it would have all of them read again, every night. It serves only where
    no answer told the time.
    """

    def __init__(self, client: Client, since: HighWater | None) -> None:
        self._client = client
        self._newest = since.mark if since else ""
        self._began: str | None = None

    def see(self, stamps: Iterable[str | None]) -> None:
        """Take in the stamps of a page."""
        self.begin()
        self._newest = max([self._newest, *(datetime_(stamp) or "" for stamp in stamps)])

    def begin(self) -> None:
        """Note the time, if it is not noted yet: after the first answer, which is the freshest word of the clock."""
        if self._began is None and self._client.knows_time:
            self._began = format_datetime(self._client.now().replace(microsecond=0))

    @property
    def high_water(self) -> HighWater | None:
        """The mark; None when neither a clock nor a record told any time."""
        mark = self._began or self._newest
        return HighWater(mark) if mark else None


def _utc(stamp: str) -> str:
    """A row's stamp as a literal; `+0000` becomes Z, which a URL carries without encoding."""
    return stamp.replace("+0000", "Z")


def count(client: Client, object_: str, where: Sequence[str], *, deleted: bool) -> int:
    """The server's own count; one call."""
    path = "queryAll/" if deleted else "query/"
    return int(client.get(path, {"q": soql.select(("COUNT()",), object_, where=where)})["totalSize"])
