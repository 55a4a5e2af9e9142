"""The feed of deleted records: the only place that still names a record whose recycle bin was emptied (reference 7).

It covers 15 days, and tells how far it has come (`latestDateCovered`): the next reading begins there, since a long
transaction may still be open. Where it cannot answer for a stretch, deletes were lost, and only a full pull finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from trueup.connectors.kit.values import parse_datetime
from trueup.connectors.salesforce import errors
from trueup.connectors.salesforce.composite import Part
from trueup.connectors.salesforce.ids import to_18

REACHES_BACK = timedelta(days=14)
"""Deletes are kept for 15 days; a mark older than this (a day kept for safety) needs a full pull."""
NOT_MORE_OFTEN = timedelta(minutes=5)
"""The documented pause between two readings."""

_LOST = frozenset({"INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT"})


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in whole minutes as the feed cuts it."""

    start: datetime
    end: datetime

    def path(self, object_: str) -> str:
        """Where the feed of an object tells of it."""
        bounds = f"start={_text(self.start)}&end={_text(self.end)}"
        return f"sobjects/{object_}/deleted/?{bounds}"


def window(start: datetime, now: datetime) -> Window | None:
    """The stretch to ask about; None while it is too short to ask again."""
    first, last = (moment.replace(second=0, microsecond=0) for moment in (start, now))
    return Window(first, last) if last - first >= NOT_MORE_OFTEN else None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a feed told: when each record was deleted, and how far this is known. Merged-away ones are among them.

    `lost` says why nothing may be built on it; `silent` that this object has no feed for us.
    """

    ids: Mapping[str, str]
    covered: str = ""
    lost: str = ""
    silent: bool = False


def judge(part: Part, asked: Window) -> Deleted:
    """What an answer of the feed is worth."""
    if not part.good:
        code, message = errors.first_error(part.body)
        if code in _LOST:
            return Deleted({}, lost=message or code)
        return Deleted({}, silent=True)
    earliest = part.body.get("earliestDateAvailable")
    if earliest and parse_datetime(earliest) > asked.start:
        return Deleted({}, lost=f"deletes before {earliest} are not kept any more")
    ids = {to_18(entry["id"]): entry["deletedDate"] for entry in part.body.get("deletedRecords") or ()}
    return Deleted(ids, covered=str(part.body.get("latestDateCovered") or ""))


def _text(moment: datetime) -> str:
    return quote(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), safe="")
