"""Whole records by id, compound fields included: what record GET and collections retrieve have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..soql.execute import Executor
from ..soql.parser import parse
from ..soql.planner import Planner
from ..soql.where import Moment
from .call import Call


def read_records(
    call: Call, made: SObject, ids: Sequence[str], names: Sequence[str] | None, *, files: bool = False
) -> list[Any]:
    """Read records by 18-character ids in the order given; None in place of a missing or deleted one.

    The contents of files are shown as the address where they are fetched, or themselves (SOAP).
    """
    access = call.access
    if names is None:
        names = [f.name for f in access.fields(made)]
    for name in names:
        if "." not in name and access.field(made, name) is None:
            raise ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {made.name}")
    listed = list(dict.fromkeys(names))
    query = parse(f"SELECT {', '.join(listed)} FROM {made.name}")
    moment = Moment(call.org.now(), call.org.zone)
    plan = Planner(access, moment, call.actor.user_id, deleted=True, root="" if files else call.root).plan(query)
    live = 'AND "IsDeleted" = 0' if made.get("IsDeleted") else ""
    if shared := access.shared(made, f'"{made.name}"'):
        live += f" AND {shared}"
    wanted = list(dict.fromkeys(ids))
    marks = ", ".join("?" * len(wanted))
    rows = call.org.store.con.execute(f'SELECT rowid, "Id" FROM "{made.name}" WHERE "Id" IN ({marks}) {live}', wanted)
    by_row: dict[int, str] = dict(rows)
    run = Executor(call.org.store, call.org.cursors, call.root, call.org.now())
    records = dict(zip(by_row.values(), run.records(plan, list(by_row)), strict=True))
    return [records.get(one) for one in ids]
