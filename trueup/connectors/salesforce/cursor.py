"""One query on its way to its last page: what came, what is still to come, and where to go on when a place is lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from trueup.connectors.kit.values import format_datetime
from trueup.connectors.salesforce import chooser, composite, soql
from trueup.connectors.salesforce.client import Client
from trueup.errors import TrueupError

Row = dict[str, Any]
_LOST_CURSOR = "INVALID_QUERY_LOCATOR"
_RESUMES = 5


class Query:
    """A query in a stable order. `total` is the server's own count of the result, known after the first page; `whole`,
    at the end, says that as many rows came as the server announced.

    `order` is one or two fields that put the rows into an order which a later query can be begun from. When the server
    has lost its place, the query starts again at the last row's first order field (equal values are read again and
    dropped by id, so that ten thousand rows on one stamp lose nothing).
    """

    def __init__(
        self,
        object_: str,
        fields: Sequence[str],
        *,
        where: Sequence[str] = (),
        order: Sequence[str] = ("SystemModstamp", "Id"),
        deleted: bool = True,
        expected: int | None = None,
    ) -> None:
        self.object = object_
        self.fields, self.where, self.order, self.deleted = tuple(fields), tuple(where), tuple(order), deleted
        self.ready: deque[list[Row]] = deque()
        self.began: str | None = None
        self.total: int | None = None
        self.calls = 0
        self.resumed = 0
        self.finished = self.whole = False
        self.alone = False
        """Not to be packed with others any more, since it failed there."""
        self._next: str | None = None
        self._expected = expected
        self._announced = self._got = self._longest = 0
        self._last: Any = None
        self._at_last: set[str] = set()

    @property
    def text(self) -> str:
        """The query itself, from where it has to go on."""
        where = list(self.where)
        if self._last is not None:
            literal = soql.quote(self._last) if self.order[0].endswith("Id") else _utc(self._last)
            where.append(f"{self.order[0]} >= {literal}")
        return soql.select(self.fields, self.object, where=where, order=self.order)

    @property
    def path(self) -> str:
        """Where the next page is."""
        return self._next or composite.query_path(self.text, deleted=self.deleted)

    @property
    def got(self) -> int:
        """Rows that came since it was begun, or begun again."""
        return self._got

    @property
    def started(self) -> bool:
        """Whether a first page has come."""
        return self.total is not None

    def pages_left(self, page: int) -> int:
        """How many pages are still to come, as far as is known; at least one."""
        if self._next is None:
            return chooser.pages(self._expected, page)
        return chooser.pages(self._announced - self._got, self._longest or page)

    def take(self, answer: Any) -> None:
        """Take in a page."""
        rows: list[Row] = answer["records"]
        if self._next is None:
            self._announced, self._got = answer["totalSize"], 0
            if self.total is None:
                self.total = answer["totalSize"]
        self._got += len(rows)
        self._longest = max(self._longest, len(rows))
        if self.resumed:
            rows = [row for row in rows if row["Id"] not in self._at_last]
        if rows and self.order:
            key = rows[-1].get(self.order[0])
            fresh = {row["Id"] for row in rows if row.get(self.order[0]) == key}
            self._at_last = self._at_last | fresh if key == self._last else fresh
            self._last = key
        if rows:
            self.ready.append(rows)
        if answer.get("done", True):
            self.finished, self.whole = True, self._got == self._announced
        else:
            self._next = answer["nextRecordsUrl"]

    def lose(self, error: TrueupError) -> bool:
        """Whether the server has only lost its place, so that the query can be begun again where it was."""
        if getattr(error, "code", "") != _LOST_CURSOR or self.resumed >= _RESUMES or self._last is None:
            return False
        self.resumed += 1
        self._expected = max(0, self._announced - self._got)
        self._next = None
        return True


def count(object_: str, where: Sequence[str], *, deleted: bool) -> Query:
    """A query for the server's own count: its `total`."""
    return Query(object_, ("COUNT()",), where=where, order=(), deleted=deleted)


def clock(client: Client, *, started: float) -> str | None:
    """The org's clock, to the second, when a request was sent that has just been answered; None if it does not tell.

    `started` is our own monotonic clock at that moment: the answer's own date is the freshest word of theirs.
    """
    if not client.knows_time:
        return None
    back = timedelta(seconds=time.monotonic() - started)
    return format_datetime((client.now() - back).replace(microsecond=0))


def _utc(stamp: str) -> str:
    """A row's stamp as a literal; `+0000` becomes Z, which a URL carries without encoding."""
    return stamp.replace("+0000", "Z")
