"""Reading all associations again, a few each night: an association that changes alone moves no date (reference 13.2).

Within so many days every record's associations are asked for once. What is asked with them is what changed, and a
batch costs the same whether it is full or not (reference 10.1): so batches that have to be sent anyway are filled up
first, and more are sent only when the round falls behind.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from trueup.connectors.hubspot.marks import Mark


def next_part(
    ids: Sequence[int], changed: int, mark: Mark, now: datetime, *, days: int, batch: int
) -> tuple[Sequence[int], Mark]:
    """Which of all `ids` (ascending) to ask for beside `changed` records, and the mark with the round moved on."""
    if not ids or days <= 0:
        return (), mark
    since = mark.round_since or now
    done = bisect_right(ids, mark.round_after)
    if done == len(ids):
        # Everything was asked: the next round begins when this one's time is over, or at no cost before.
        since, done = max(since, min(since + timedelta(days=days), now)), 0
    passed = (now - since) / timedelta(days=days)
    owed = max(0, min(len(ids), int(len(ids) * passed)) - done)
    free = -changed % batch
    size = free
    if owed > free:
        whole = (changed + owed) // batch * batch - changed
        size = owed if passed >= 1 else max(free, whole)
    part = ids[done : done + size]
    after = part[-1] if part else (ids[done - 1] if done else 0)
    return part, replace(mark, round_since=since, round_after=after)
