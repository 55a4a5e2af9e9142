"""One search that counts all records of an object and brings the last changes with the count.

A search without a filter, the newest change first, tells how many live records there are and shows those that changed
last. When it reaches back behind the mark, nothing else has to be asked; when more has changed than a page holds, a
walk goes on from the earliest date that it shows.

A hit's place is by what the index believed, and the date shown with it is read fresh (reference 5.8): it is that date
or a later one. So what is not on the page is in the index with a date not later than the earliest that is shown.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trueup.connectors.hubspot import records
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.types import modified_property


@dataclass(frozen=True, slots=True)
class Newest:
    """What the search told.

    `total`: the index's count of all live records. `started`: HubSpot's clock when it was asked. `rows`: what has
    changed since, as far as the page shows it. `until`: up to which moment there may be more, None when that is all.
    """

    total: int
    started: datetime
    rows: Sequence[Json]
    until: datetime | None


def look(client: Client, object: str, since: datetime, properties: Sequence[str]) -> Newest:  # noqa: A002
    """Ask, and see how far it reaches."""
    sent = time.monotonic()
    size = client.options.search_page_size
    answer = client.search(
        object,
        {
            "filterGroups": [],
            "sorts": [{"propertyName": modified_property(object), "direction": "DESCENDING"}],
            "properties": list(properties),
            "limit": size,
        },
    )
    started = client.now() - timedelta(seconds=time.monotonic() - sent)
    rows, total = list(answer.get("results") or ()), int(answer.get("total") or 0)
    return judge(rows, total, size, since, started)


def judge(rows: Sequence[Json], total: int, size: int, since: datetime, started: datetime) -> Newest:
    """What a page of the newest changes is worth.

    A page with fewer hits than were counted for it (the index lags behind what is gone), or with one that tells no
    date, proves nothing: then everything since the mark is still to be walked.
    """
    shown = [records.moment(row.get("updatedAt")) for row in rows]
    known = [at for at in shown if at is not None]
    if len(rows) < min(size, total) or len(known) < len(shown):
        return Newest(total, started, (), started)
    changed = [row for row, at in zip(rows, known, strict=True) if at >= since]
    if len(rows) >= total or min(known) < since:
        return Newest(total, started, changed, None)
    return Newest(total, started, changed, min(known))
