"""The deleted and updated feeds. [reference 7]"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import ApiError
from ..values import parse_datetime, print_datetime
from .call import Answer, Call

OPEN_END = "openEnd"
"""Marks a SOAP call: there an end in the future is taken for now, as a live test-suite shows. [live-h]"""


def _window(call: Call, days: int) -> tuple[datetime, datetime, datetime]:
    out = []
    for name in ("start", "end"):
        moment = parse_datetime(call.query.get(name, "").replace(" ", "+"))
        if moment is None:
            raise ApiError("INVALID_REPLICATION_DATE", f"{name} is not a valid date: {call.query.get(name)}")
        out.append(moment.replace(second=0, microsecond=0))
    start, end = out
    now = call.org.now()
    earliest = (now - timedelta(days=days)).replace(second=0, microsecond=0)
    if start >= end:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate must be before endDate")
    if start < earliest:
        raise ApiError("INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago")
    if end > now + timedelta(minutes=1) and not call.query.get(OPEN_END):
        raise ApiError("INVALID_REPLICATION_DATE", "endDate cannot be in the future")
    lag = timedelta(seconds=int(call.org.switches["replication_lag_s"]))
    covered = min(end, (now - lag).replace(second=0, microsecond=0))
    if (open_since := call.org.late.oldest()) is not None:
        covered = min(covered, open_since.replace(second=0, microsecond=0))
    return start, max(covered, start), earliest


def _replicated(call: Call) -> str:
    made = call.sobject(call.args[0])
    if "replicateable" not in made.flags:
        raise ApiError("INVALID_TYPE_FOR_OPERATION", f"object type {made.name} is not replicateable", status=400)
    return made.name


def deleted(call: Call) -> Answer:
    """Ids deleted in a window, merged-away ones among them without any hint.

    Only records that the user had access to are told [doc api/getdeleted]; one that is no longer shared is not deleted.
    `earliestDateAvailable` lies before the oldest delete that is told, not at it: later than `start` it means that
    deletes were lost. [rec restforce/get_deleted_success_response.json, reference 7]
    """
    name = _replicated(call)
    start, covered, earliest = _window(call, int(call.org.switches["bin_days"]))
    rows = [
        (i, when)
        for i, when, owner in call.org.deletes.read(name, start, covered)
        if not call.access.allowed.hides(call.org.schema.objects[name], {"OwnerId": owner})
    ]
    _refuse_many(len(rows))
    return Answer(
        200,
        {
            "deletedRecords": [{"id": i, "deletedDate": when} for i, when in rows],
            "earliestDateAvailable": max(print_datetime(earliest), call.org.deletes.purged_until(name)),
            "latestDateCovered": print_datetime(covered),
        },
    )


def updated(call: Call) -> Answer:
    """Ids created or changed in a window, without deleted ones."""
    name = _replicated(call)
    start, covered, _ = _window(call, 30)
    live = '"IsDeleted" = 0 AND' if call.org.schema.objects[name].get("IsDeleted") else ""
    if shared := call.access.shared(call.org.schema.objects[name], f'"{name}"'):
        live += f" {shared} AND"
    window = '"SystemModstamp" >= ? AND "SystemModstamp" < ? ORDER BY "SystemModstamp", "Id"'
    sql = f'SELECT "Id" FROM "{name}" WHERE {live} {window}'
    rows = call.org.store.con.execute(sql, (print_datetime(start), print_datetime(covered))).fetchall()
    _refuse_many(len(rows))
    return Answer(200, {"ids": [row[0] for row in rows], "latestDateCovered": print_datetime(covered)})


def _refuse_many(count: int) -> None:
    if count > 600_000:
        raise ApiError("EXCEEDED_ID_LIMIT", "more than 600,000 ids in the window: ask for a smaller one")
