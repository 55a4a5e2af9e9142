"""Walking a search: everything between two moments, beyond the cap of 10,000 and through ties on one instant.

Pages are cut by id, not by offset and not by time: bulk edits give tens of thousands of records one timestamp, and a
walk that restarts at the last timestamp never ends (reference 13.2). Ids are no ages, but they do not move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.types import modified_property


class Window:
    """One walk over the records of an object that were changed between `since` and `until`, both included.

    After it: `total` is the index's own count at the start, `seen` what came, and `whole` is False when the index
    broke off although it counted more.
    """

    def __init__(self, client: Client, object: str, since: datetime, until: datetime) -> None:  # noqa: A002
        self._client = client
        self._object = object
        self._since, self._until = _millis(since), _millis(until)
        self.total: int | None = None
        self.seen: set[str] = set()
        self.whole = True

    def pages(self, properties: Sequence[str]) -> Iterator[list[Json]]:
        """Pages of records, each record once."""
        last, after = "0", ""
        while True:
            answer = self._client.search(self._object, self._body(properties, last, after))
            rows = [r for r in answer.get("results") or () if str(r["id"]) not in self.seen]
            count = int(answer.get("total") or 0)
            if self.total is None:
                self.total = count
            if rows:
                self.seen.update(str(r["id"]) for r in rows)
                yield rows
            more = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if not more:
                # The last page: everything that is left must have fitted into it.
                self.whole = count <= self._client.options.search_page_size
                return
            if rows:
                last, after = str(max(int(r["id"]) for r in rows)), ""
            else:
                # A page of entries whose records are gone: the index lags. Step over them.
                after = str(more)

    def count(self) -> int:
        """The index's count now."""
        return int(self._client.search(self._object, self._body((), "0", "") | {"limit": 1}).get("total") or 0)

    def _body(self, properties: Sequence[str], last: str, after: str) -> Json:
        filters: list[Json] = [
            {
                "propertyName": modified_property(self._object),
                "operator": "BETWEEN",
                "value": self._since,
                "highValue": self._until,
            }
        ]
        if last != "0":
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": last})
        body: Json = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": self._client.options.search_page_size,
        }
        return body | ({"after": after} if after else {})


def total(client: Client, object: str, low: int = 0, high: int | None = None) -> int:  # noqa: A002
    """How many live records the index counts, in all or with ids from `low` to `high`."""
    groups = [] if high is None else [{"filters": [_ids(low, high)]}]
    body = {"filterGroups": groups, "properties": ["hs_object_id"], "limit": 1}
    return int(client.search(object, body).get("total") or 0)


def nth_after(client: Client, object: str, low: int, n: int) -> int | None:  # noqa: A002
    """The id of the n-th live record above an id, n at most 9,999; None when there are not so many."""
    body = {
        "filterGroups": [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": str(low)}]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": 1,
    }
    rows = client.search(object, body | ({"after": str(n - 1)} if n > 1 else {})).get("results") or ()
    return int(rows[0]["id"]) if rows else None


def walk(client: Client, object: str, low: int, high: int) -> Iterator[list[Json]]:  # noqa: A002
    """The live records that the index knows with ids from `low` to `high`, without their properties."""
    size = client.options.search_page_size
    after = ""
    while True:
        body = {
            "filterGroups": [{"filters": [_ids(low, high)]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": size,
        }
        answer = client.search(object, body | ({"after": after} if after else {}))
        rows = answer.get("results") or ()
        if rows:
            yield list(rows)
        more = ((answer.get("paging") or {}).get("next") or {}).get("after")
        if not more:
            return
        if rows:
            low, after = max(int(r["id"]) for r in rows) + 1, ""
        else:
            after = str(more)


def _ids(low: int, high: int) -> Json:
    return {"propertyName": "hs_object_id", "operator": "BETWEEN", "value": str(low), "highValue": str(high)}


def _millis(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
