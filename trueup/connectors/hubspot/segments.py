"""One long list, read in several places at once: each page waits for the one before it, so one reader is slow.

A page of a hundred records takes HubSpot a few tenths of a second, which is three or four calls a second where an
account may make nineteen. The cursor of a list is the id of the next record (reference 5.1), so a list can be begun at
any id; a few searches find ids that lie evenly. The places are read in turn, a page of each, so that the order of
records is the same every time. Should the cursor ever mean something else, that is noticed, and one reader reads all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trueup.connectors.hubspot import search
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.fetch import Fetcher

PARTS = 6
"""Pages under way at once: with three tenths of a second each, that is an account's nineteen calls a second."""

WORTH_IT = 20_000
"""Records from which on the searches for places to begin at cost less than a hundredth of the pages."""

REACH = 9_999
"""How far into a search's results one may look: offset and limit together end at 10,000 (reference 5.8)."""


class OutOfOrderError(Exception):
    """A list that was begun at an id did not go on from there in ascending order."""


def cost(records: int) -> int:
    """The calls beyond the pages themselves: looking for the places, and a half-used page at each."""
    if records < WORTH_IT:
        return 0
    step = records // PARTS
    return (PARTS - 1) * (-(-step // REACH) + 1)


def starts(client: Client, object: str, records: int) -> list[int]:  # noqa: A002
    """The ids at which the second and later parts begin; fewer when the index does not know enough."""
    if records < WORTH_IT:
        return []
    found: list[int] = []
    last = 0
    for _ in range(PARTS - 1):
        left = records // PARTS
        while left:
            hop = min(left, REACH)
            id_ = search.nth_after(client, object, last, hop)
            if id_ is None:
                return found
            last, left = id_, left - hop
        found.append(last)
    return found


def pages(fetch: Fetcher, object: str, query: Mapping[str, Any], places: list[int]) -> Iterator[list[Json]]:  # noqa: A002
    """The pages of a list, a page of each part in turn. Raises OutOfOrderError as soon as ids do not ascend."""
    path = f"/crm/v3/objects/{object}"
    bounds = zip([0, *places], [*places, None], strict=True)
    # Begun one id earlier, a part is whole whether the cursor itself counts in or not.
    parts = [_part(fetch.pages(path, query, after=max(0, low - 1), end=high), low, high) for low, high in bounds]
    while parts:
        going = []
        for part in parts:
            rows = next(part, None)
            if rows is not None:
                going.append(part)
                if rows:
                    yield rows
        parts = going


def _part(pages: Iterator[list[Json]], low: int, high: int | None) -> Iterator[list[Json]]:
    """The rows from `low` up to, but not with, `high`."""
    last = low - 2
    for rows in pages:
        ids = [int(row["id"]) for row in rows]
        if any(a >= b for a, b in zip([last, *ids], ids, strict=False)):
            raise OutOfOrderError
        last = ids[-1]
        yield [row for row, id_ in zip(rows, ids, strict=True) if id_ >= low and (high is None or id_ < high)]
