"""Pulls objects: everything, or what changed since a mark, with deletes and merges, and a proof of completeness.

Rows come through queryAll, ordered by (SystemModstamp, Id): it also shows what lies in the recycle bin (deleted and
merged-away records, for about 15 days) and archived activities, which vanish from query without being deleted
(reference 7, 11.1). The next pull looks back a little behind the mark, because rows that commit late carry an earlier
stamp (reference 7.1).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta

from trueup.connectors.kit.values import parse_datetime
from trueup.connectors.salesforce import rows as rows_
from trueup.connectors.salesforce import soql, ties
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Cursor, Mark, Row, count
from trueup.connectors.salesforce.schema import TIES, Catalogue, Described
from trueup.model.records import HighWater, Page, PullSummary

ALWAYS: dict[str, tuple[str, ...]] = {
    # Invitees' copies of a group event are not meetings of their own (reference 11.1).
    "Event": ("IsChild = false",),
    "Group": ("Type = 'Queue'",),
}
BIN_REACHES_BACK = timedelta(days=14)
"""Deletes are visible for 15 days; a mark older than this (a day kept for safety) needs a full pull."""
_ROUNDS = 3


class Reader:
    """Pulls for one connection."""

    def __init__(self, client: Client, catalogue: Catalogue, system: str) -> None:
        self._client, self._catalogue, self._system = client, catalogue, system

    def pull(self, object_: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:
        """Yield pages and return what the pull may claim; see `Connector.pull`."""
        described = self._catalogue.describe(object_)
        if object_ in TIES:
            return (yield from ties.pull(self._client, self._system, described, since))
        notes: tuple[str, ...] = ()
        if since is not None and self._client.now() - parse_datetime(since.mark) > BIN_REACHES_BACK:
            notes = (f"{object_}: the last pull is older than the recycle bin reaches back, so everything was read.",)
            since = None
        if since is None:
            return (yield from self._full(described, notes))
        return (yield from self._changed(described, since))

    def _full(self, described: Described, notes: tuple[str, ...]) -> Generator[Page, None, PullSummary]:
        """Everything, compared with the server's own count of live rows; what moved meanwhile is read again.

        A row created while pages are read may be in the count and not in the pages, and one deleted the other way
        round. So a count that differs is followed by reading what changed since the pull began, and counting again.
        """
        live: set[str] = set()
        mark = Mark(self._client, None)
        where: list[str] = []
        resumed = 0
        expected: int | None = None
        for round_ in range(_ROUNDS):
            cursor = self._cursor(described, where)
            for page in cursor.pages():
                mark.see(_note(page, live))
                yield self._page(described, page)
            mark.begin()
            resumed += cursor.resumed
            expected = count(self._client, described.object, self._live(described), deleted=self._all(described))
            if expected == len(live) or round_ == _ROUNDS - 1 or mark.high_water is None:
                break
            where = [self._from(mark.high_water)]
        if resumed:
            notes += (f"{described.object}: the server lost its place {resumed} times; reading went on by key.",)
        complete = expected == len(live)
        if not complete:
            notes += (
                f"{described.object}: {len(live):,} live records were read, but Salesforce counts {expected:,}; "
                "nothing is concluded from what is absent.",
            )
        return PullSummary(
            high_water=mark.high_water,
            complete=complete,
            full=True,
            seen=len(live),
            expected=expected,
            notes=notes + self._unseen(described),
        )

    def _changed(self, described: Described, since: HighWater) -> Generator[Page, None, PullSummary]:
        """What changed since the mark; complete when as many rows came as the server said there are."""
        after = self._from(since)
        if described.object == "Event" and described.has("EndDateTime"):
            # A meeting takes place without anybody touching its record.
            now, then = soql.moment(self._client.now()), soql.moment(parse_datetime(since.mark))
            after = f"{after} OR (EndDateTime >= {then} AND EndDateTime <= {now})"
        seen: set[str] = set()
        cursor = self._cursor(described, [after])
        mark, read = Mark(self._client, since), 0
        for page in cursor.pages():
            read += len(page)
            mark.see(_note(page, seen))
            yield self._page(described, page)
        mark.begin()
        notes: tuple[str, ...] = ()
        if not cursor.whole:
            notes = (f"{described.object}: {read:,} changed records were read of {cursor.total:,} announced.",)
        return PullSummary(
            high_water=mark.high_water,
            complete=cursor.whole,
            full=False,
            seen=read,
            expected=cursor.total,
            notes=notes + self._unseen(described),
        )

    def _page(self, described: Described, rows: Sequence[Row]) -> Page:
        return rows_.to_page(described, rows, self._catalogue, self._system, self._client.now())

    def _cursor(self, described: Described, where: Sequence[str]) -> Cursor:
        return Cursor(
            self._client,
            described.object,
            rows_.natives(described),
            where=[*ALWAYS.get(described.object, ()), *where],
            order=("SystemModstamp", "Id") if described.has("SystemModstamp") else ("Id",),
            deleted=self._all(described),
        )

    def _all(self, described: Described) -> bool:
        """Users and groups are never deleted, only switched off."""
        return described.has("IsDeleted")

    def _live(self, described: Described) -> list[str]:
        live = ["IsDeleted = false"] if self._all(described) else []
        return [*ALWAYS.get(described.object, ()), *live]

    def _from(self, mark: HighWater) -> str:
        back = timedelta(seconds=self._client.options.overlap_s)
        return f"SystemModstamp >= {soql.moment(parse_datetime(mark.mark) - back)}"

    def _unseen(self, described: Described) -> tuple[str, ...]:
        missing = described.schema.missing
        if not missing:
            return ()
        return (f"{described.object}: not visible to this user or not there: {', '.join(missing)}.",)


def _note(page: Sequence[Row], live: set[str]) -> Iterator[str | None]:
    """Note which rows are alive; gives the stamps, each spelling once."""
    for row in page:
        if row.get("IsDeleted"):
            live.discard(row["Id"])
        else:
            live.add(row["Id"])
    yield from {row.get("SystemModstamp") for row in page}
