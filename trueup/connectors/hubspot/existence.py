"""What is gone, without listing everything: the index's count is compared with ours, and where they differ, looked.

Archiving, merging and GDPR deletes move no date, and the archived listing has no time filter and grows for ninety days
(reference 5.7). A count is one call: when it agrees, nothing has come or gone that we do not know of. When it does
not, the archived listing is tried for as long as it is the cheaper way; then ranges of ids are counted, halved where
they differ, and listed when they are small. For one record gone among 100,000 that is about ten calls, where a sweep
through all ids would be five hundred.

One archived and one restored leave the count as it was. So every few nights an object is also counted up to some id,
another one each time: such a pair is found as soon as the id lies between the two.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from trueup.connectors.hubspot import records, search
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.fetch import Fetcher
from trueup.connectors.hubspot.types import ACTIVITIES, OBJECTS, TYPE_IDS
from trueup.model.records import Record
from trueup.model.refs import Ref

HIGHEST = 2**53 - 1
"""No id is higher: it would not survive JavaScript."""

ONE_BY_ONE = 300
"""At most so many records are asked for singly in one pull; what is left over is found by the next."""


@dataclass
class Found:
    """What a comparison found out.

    `gone`: records archived, merged or deleted. `unknown`: ids there that we did not know. `unindexed`: how many are
    there although the index does not count them. `unsettled`: how many are gone, and not yet known how.
    """

    gone: list[Record] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unindexed: int = 0
    unsettled: int = 0


class Existence:
    """Compares the records of an object that we hold to be there with those that are."""

    def __init__(self, client: Client, fetch: Fetcher) -> None:
        self._client = client
        self._fetch = fetch
        self._system = client.system

    def compare(
        self,
        object: str,  # noqa: A002
        held: Iterable[int],
        total: int,
        *,
        unindexed: int = 0,
        merges: bool = False,
        cut: float | None = None,
    ) -> Found:
        """`held` are the ids held to be there after this pull, `total` the index's count of all just before it.

        `merges` says whether the object tells merged ids; `cut` at which share of the ids to count once more.
        """
        found = Found(unindexed=unindexed)
        ids = array("q", sorted(held))
        whole = [(0, HIGHEST, total)]
        if total + unindexed == len(ids):
            if cut is None or unindexed or not ids:
                return found
            middle = ids[int(cut * len(ids))]
            left = search.total(self._client, object, 0, middle - 1)
            whole = [(middle, HIGHEST, total - left), (0, middle - 1, left)]
        if total < len(ids):
            listed = self._listed_as_archived(object, ids, len(ids) - total, merges=merges)
            found.gone += listed
            gone = {int(r.ref.id) for r in listed}
            ids = array("q", (i for i in ids if i not in gone))
        if total == len(ids) and len(whole) == 1:
            return Found(found.gone)
        missing, unknown = self._differences(object, ids, whole)
        lost, found.unsettled = self._lost(object, missing)
        found.gone += lost
        found.unknown = [str(i) for i in unknown]
        found.unindexed = len(missing) - len(lost) - found.unsettled
        return found

    # -- the cheaper way first -----------------------------------------------------------------------------------------

    def _listed_as_archived(self, object: str, ids: array[int], fewer: int, *, merges: bool) -> list[Record]:  # noqa: A002
        """Those of `ids` that the archived listing names, as long as halving would not be cheaper."""
        query: dict[str, Any] = {"limit": self._client.options.page_size, "archived": True}
        if merges:
            # A record may be merged and its survivor archived between two pulls: only this listing tells of both.
            query["properties"] = ["hs_merged_object_ids"]
        gone: list[Record] = []
        for number, rows in enumerate(self._fetch.listed(object, query), 1):
            for row in rows:
                told = [records.archived(self._system, object, row), *records.merged_away(self._system, object, row)]
                # A survivor that we never held is told for the sake of those that live on in it.
                mine = [_among(int(r.ref.id), ids) for r in told]
                gone += told if any(mine[1:]) else told[:1] if mine[0] else []
            known = sum(_among(int(r.ref.id), ids) for r in gone)
            if known >= fewer or number >= self._halving_cost(len(ids), fewer - known):
                break
        return gone

    def _halving_cost(self, held: int, differ: int) -> int:
        """About how many calls it takes to find so many among so many."""
        leaves = max(1, held // self._client.options.search_page_size)
        return min(differ * (leaves.bit_length() + 1), 2 * leaves)

    # -- halving -------------------------------------------------------------------------------------------------------

    def _differences(
        self,
        object: str,  # noqa: A002
        ids: array[int],
        ranges: list[tuple[int, int, int]],
    ) -> tuple[list[int], list[int]]:
        """Ids that only we have, and ids that only HubSpot has; `ranges` with the index's count of each."""
        missing: list[int] = []
        unknown: list[int] = []
        size = self._client.options.search_page_size
        while ranges:
            low, high, count = ranges.pop()
            start, end = bisect_left(ids, low), bisect_right(ids, high)
            if count == end - start:
                continue
            if end - start <= size:
                there = {int(row["id"]) for rows in self._between(object, low, high) for row in rows}
                mine = set(ids[start:end])
                missing += sorted(mine - there)
                unknown += sorted(there - mine)
                continue
            middle = ids[(start + end) // 2]
            left = search.total(self._client, object, low, middle - 1)
            ranges += [(middle, high, count - left), (low, middle - 1, left)]
        return missing, unknown

    def _between(self, object: str, low: int, high: int) -> Iterator[list[Json]]:  # noqa: A002
        return search.walk(self._client, object, low, high)

    # -- what became of them -------------------------------------------------------------------------------------------

    def _lost(self, object: str, ids: list[int]) -> tuple[list[Record], int]:  # noqa: A002
        """What became of ids that the index does not have, by reads that do not lag; and how many were not asked for.

        Those that are still there are in neither.
        """
        names = [str(i) for i in ids]
        there = {str(r["id"]) for r in self._fetch.batch_read(object, names, properties=["hs_object_id"])}
        names = [name for name in names if name not in there]
        rows = self._fetch.batch_read(object, names, properties=["hs_object_id"], archived=True)
        lost = [records.archived(self._system, object, row) for row in rows]
        rest = sorted(set(names) - {r.ref.id for r in lost}, key=int)
        for name in rest[:ONE_BY_ONE]:
            survivor = self._fetch.single_read(object, name, ["hs_object_id"])
            ref, kind = Ref(self._system, object, name), OBJECTS[object]
            if survivor is None:
                lost.append(Record(ref, kind, {}, deleted=True))
            elif str(survivor["id"]) != name:
                lost.append(Record(ref, kind, {}, merged_into=Ref(self._system, object, str(survivor["id"]))))
        return lost, len(rest[ONE_BY_ONE:])


def cut_of(object: str, now: datetime) -> float | None:  # noqa: A002
    """Whether it is an object's turn to be counted once more tonight, and at which share of its ids.

    Records that people are made of have their turn every third night, activities every fifth. The shares are those of
    the golden ratio, which come near to every place soonest.
    """
    names = list(TYPE_IDS)
    group = [n for n in names if (n in ACTIVITIES) is (object in ACTIVITIES)]
    day = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(days=1)
    if day % len(group) != group.index(object):
        return None
    return day // len(group) * 0.6180339887498949 % 1


def _among(id: int, ids: array[int]) -> bool:  # noqa: A002
    place = bisect_left(ids, id)
    return place < len(ids) and ids[place] == id
