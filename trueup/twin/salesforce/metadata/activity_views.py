"""ActivityHistory and OpenActivity: tasks and events in one list, to be read below a record only. [reference 11.1]

Done tasks and past events are history, the rest is open. Both are views in SQL; no row of theirs is ever written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .model import Child, Field, SObject

VIEWS = {"ActivityHistory": "ActivityHistories", "OpenActivity": "OpenActivities"}
_PARENTS = {"Account": "AccountId", "Contact": "WhoId", "Lead": "WhoId", "Opportunity": "WhatId", "Campaign": "WhatId"}
_BOTH: tuple[str, ...] = (
    "Id",
    "AccountId",
    "WhoId",
    "WhatId",
    "Subject",
    "ActivityDate",
    "OwnerId",
    "Description",
    "IsDeleted",
)
_BOTH += ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp", "IsArchived")
_TASK: tuple[str, ...] = (
    "Status",
    "Priority",
    "IsHighPriority",
    "IsClosed",
    "CallDurationInSeconds",
    "CallType",
    "CallDisposition",
)
_TASK += ("CallObject", "ReminderDateTime", "IsReminderSet", "CompletedDateTime")
_EVENT = ("Location", "IsAllDayEvent", "DurationInMinutes", "StartDateTime", "EndDateTime", "ActivityDateTime")
_ALWAYS = {"IsHighPriority": "0", "IsClosed": "1", "IsAllDayEvent": "0", "IsReminderSet": "0"}


def objects(known: Mapping[str, SObject]) -> dict[str, SObject]:
    """The definitions of both, made from those of Task and Event."""
    task, event = known["Task"], known["Event"]
    fields = [_own(task.by_name[n.lower()]) for n in (*_BOTH, *_TASK)]
    fields += [_own(event.by_name[n.lower()]) for n in _EVENT]
    fields += [
        Field("ActivityType", "picklist", "Activity Type", choices=task.by_name["type"].choices),
        Field("ActivitySubtype", "picklist", "Activity Subtype", choices=task.by_name["tasksubtype"].choices),
        Field("IsTask", "boolean", "Task", nillable=False, defaulted=True, default=False),
    ]
    return {
        "ActivityHistory": SObject("ActivityHistory", "Activity History", "Activity History", "", frozenset(), fields),
        "OpenActivity": SObject("OpenActivity", "Open Activity", "Open Activities", "", frozenset(), list(fields)),
    }


def _own(found: Field) -> Field:
    return replace(found, createable=False, updateable=False, child_name=None, cascade=False)


def children() -> dict[str, list[Child]]:
    """The relationships by which records lead to them."""
    return {
        parent: [Child(view, link, name, cascade=False) for view, name in VIEWS.items()]
        for parent, link in _PARENTS.items()
    }


def view_sql(name: str) -> str:
    """The SQL that makes one of the views. Row numbers of both tables are told apart by their parity."""
    past = name == "ActivityHistory"
    tasks = [*(f'"{n}"' for n in (*_BOTH, *_TASK)), *(f'{_ALWAYS.get(n, "NULL")} AS "{n}"' for n in _EVENT)]
    events = [*(f'"{n}"' for n in _BOTH), *(f'{_ALWAYS.get(n, "NULL")} AS "{n}"' for n in _TASK)]
    events += [f'"{n}"' for n in _EVENT]
    tasks += ['"Type" AS "ActivityType"', '"TaskSubtype" AS "ActivitySubtype"', '1 AS "IsTask"']
    events += ['"Type"', '"EventSubtype"', "0"]
    over = 'IFNULL("EndDateTime", "StartDateTime") < ORG_NOW()'
    of_events = over if past else f"NOT ({over})"
    return (
        f'CREATE TEMP VIEW "{name}" AS '
        f'SELECT rowid * 2 AS rowid, {", ".join(tasks)} FROM main."Task" WHERE "IsClosed" = {int(past)} '
        f'UNION ALL SELECT rowid * 2 + 1, {", ".join(events)} FROM main."Event" WHERE {of_events}'
    )
