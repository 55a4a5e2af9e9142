"""Requests that read: pages of a list, records by id. A page is asked for while the one before it is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from trueup.connectors.hubspot.client import Client, Json
from trueup.errors import RefusedError, RemoteError

Asked = Callable[[], Json]
"""A request under way; calling it waits for the answer."""

BATCH = 100
HISTORY_BATCH = 50
"""With history, a page or a batch is half as large (reference 4.2)."""

URL_LIMIT = 12_000
"""Characters of a query beyond which properties are read by POST; HubSpot answers 414 near 16,200 (reference 5.1)."""


class Fetcher:
    """Reads lists and single records of one connection. `ahead` off asks for a page only when it is wanted."""

    def __init__(self, client: Client, *, ahead: bool = True) -> None:
        self.client = client
        self.system = client.system
        self.ahead = ahead

    def batch_read(
        self,
        object: str,  # noqa: A002
        ids: Sequence[str],
        *,
        properties: Sequence[str],
        history: Sequence[str] = (),
        id_property: str = "",
        archived: bool = False,
    ) -> list[Json]:
        """Records by id, in lots, in the order of the ids; what is not there is left out."""
        rows: list[Json] = []
        for some in lots(ids, HISTORY_BATCH if history else BATCH):
            body: Json = {
                "properties": list(properties),
                "propertiesWithHistory": list(history),
                "inputs": [{"id": id_} for id_ in some],
            }
            if id_property:
                body["idProperty"] = id_property
            place = {id_: n for n, id_ in enumerate(some)}
            query = {"archived": True} if archived else None
            answer = self.client.read(f"/crm/v3/objects/{object}/batch/read", body, query)
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
        by_post = too_long(properties)
        if by_post:
            query["properties"] = ["hs_object_id"]
        try:
            row = self.client.get(f"/crm/v3/objects/{object}/{quote(id, safe='')}", query)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        if by_post:
            return next(iter(self.batch_read(object, [str(row["id"])], properties=properties)), None)
        return row

    def listed(self, object: str, query: Mapping[str, Any]) -> Iterator[list[Json]]:  # noqa: A002
        """Pages of an object's list."""
        return self.pages(f"/crm/v3/objects/{object}", query)

    def pages(
        self, path: str, query: Mapping[str, Any], *, after: int = 0, end: int | None = None
    ) -> Iterator[list[Json]]:
        """Pages of any list. The cursor is opaque, but one that stands still would never end.

        The first page is under way when this returns. `after` begins at an id, `end` asks for no page beyond one.
        """

        def ask(cursor: str) -> Asked:
            def get() -> Json:
                return self.client.get(path, {**query, "after": cursor})

            return _Ahead(get).result if self.ahead else get

        first = str(after) if after else ""
        return self._follow(path, ask, first, ask(first), end)

    def _follow(
        self,
        path: str,
        ask: Callable[[str], Callable[[], Json]],
        cursor: str,
        coming: Callable[[], Json],
        end: int | None,
    ) -> Iterator[list[Json]]:
        while True:
            answer = coming()
            rows = list(answer.get("results") or ())
            more = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
            stuck = bool(more) and more == cursor
            over = not more or (end is not None and bool(rows) and int(rows[-1]["id"]) >= end)
            if not over and not stuck:
                coming = ask(more)
            if rows:
                yield rows
            if stuck:
                raise RemoteError(f"{self.system}: the list {path} does not get past {cursor}.", system=self.system)
            if over:
                return
            cursor = more


class _Ahead:
    """A request under way in a thread of its own, which does not keep the process alive."""

    def __init__(self, ask: Callable[[], Json]) -> None:
        self._ask = ask
        self._answer: Json = {}
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="hubspot-page", daemon=True)
        self._thread.start()

    def result(self) -> Json:
        """The answer, or the error that came instead."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except BaseException as error:
            self._error = error


def lots(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The ids in slices."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def too_long(properties: Sequence[str]) -> bool:
    """Whether so many names do not fit into an address."""
    return sum(len(name) + 3 for name in properties) > URL_LIMIT
