"""LastActivityDate: the latest event or closed task of a record; moves no stamp of it. [reference 11.1, unverified]"""

from __future__ import annotations

from ..org import Org
from ..store import Row

_HOLDERS = {"001": "Account", "003": "Contact", "00Q": "Lead", "006": "Opportunity"}
_LINKS = ("WhoId", "WhatId", "AccountId")


def moved(org: Org, *rows: Row | None) -> None:
    """An activity came, changed or went: everything that it was or is tied to looks again."""
    ids = {str(row[link]) for row in rows if row is not None for link in _LINKS if row.get(link)}
    for record_id in sorted(ids):
        holder = _HOLDERS.get(record_id[:3])
        if holder is None:
            continue
        links = ["AccountId", "WhatId"] if holder == "Account" else ["WhatId"] if holder == "Opportunity" else ["WhoId"]
        where = " OR ".join(f'"{link}" = ?1' for link in links)
        latest = (
            f'SELECT max(d) FROM (SELECT "ActivityDate" d FROM "Event" WHERE ({where}) AND "IsDeleted" = 0 '
            f'UNION ALL SELECT "ActivityDate" FROM "Task" WHERE ({where}) AND "IsDeleted" = 0 AND "IsClosed" = 1)'
        )
        org.store.con.execute(f'UPDATE "{holder}" SET "LastActivityDate" = ({latest}) WHERE "Id" = ?1', (record_id,))
