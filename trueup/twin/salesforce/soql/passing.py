"""Fields that turn as time passes, without a write to any record: worked out when they are read, they move no stamp.

An opportunity has an open activity as long as a task is not closed or an event not over, and an overdue task when an
open one was due before today. [doc object-reference/opportunity: HasOpenActivity, HasOverdueTask]
"""

from __future__ import annotations

_TASK = 'SELECT 1 FROM "Task" a WHERE a."WhatId" = {0}."Id" AND a."IsDeleted" = 0 AND a."IsClosed" = 0'
_EVENT = (
    'SELECT 1 FROM "Event" a WHERE a."WhatId" = {0}."Id" AND a."IsDeleted" = 0 '
    'AND NOT (IFNULL(a."EndDateTime", a."StartDateTime") < ORG_NOW())'
)

PASSING = {
    ("Opportunity", "HasOpenActivity"): f"(EXISTS ({_TASK}) OR EXISTS ({_EVENT}))",
    ("Opportunity", "HasOverdueTask"): f'EXISTS ({_TASK} AND a."ActivityDate" < ORG_TODAY())',
}
"""By object and field: the SQL over the alias under which the object is read."""
