"""What each user looked at last: by FOR VIEW, FOR REFERENCE and the header Sforce-Mru. [doc soql-sosl/for view]

`LastViewedDate` and `LastReferencedDate` are the user's own in a real org; here the last look of anybody shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..metadata.model import SObject

if TYPE_CHECKING:  # the org holds this, and this knows the org
    from ..org import Org

_DATES = {"VIEW": ("LastViewedDate", "LastReferencedDate"), "REFERENCE": ("LastReferencedDate",)}


class Viewed:
    """The records that were looked at, by user."""

    def __init__(self, org: Org) -> None:
        self.org = org
        columns = "user TEXT, sobject TEXT, id TEXT, at TEXT, n INTEGER, PRIMARY KEY (user, id)"
        org.store.con.execute(f"CREATE TABLE IF NOT EXISTS _viewed ({columns})")

    def mark(self, user_id: str, made: SObject, ids: Sequence[str], purpose: str = "VIEW") -> None:
        """Note that a user looked at records now; no stamp of theirs moves."""
        con, at = self.org.store.con, self.org.stamp()
        names = [name for name in _DATES[purpose] if made.get(name)]
        if names and ids:
            sets = ", ".join(f'"{name}" = ?' for name in names)
            con.executemany(f'UPDATE "{made.name}" SET {sets} WHERE "Id" = ?', [(*[at] * len(names), i) for i in ids])
        n = con.execute("SELECT IFNULL(max(n), 0) FROM _viewed").fetchone()[0]
        rows = [(user_id, made.name, i, at, n + k) for k, i in enumerate(reversed(ids), start=1)]
        con.executemany("INSERT OR REPLACE INTO _viewed VALUES (?, ?, ?, ?, ?)", rows)

    def latest(self, user_id: str, sobject: str | None, limit: int) -> list[tuple[str, str]]:
        """Object and id of what a user looked at last, the latest first."""
        one = " AND sobject = ?" if sobject else ""
        sql = f"SELECT sobject, id FROM _viewed WHERE user = ?{one} ORDER BY at DESC, n DESC LIMIT ?"
        given = (user_id, *([sobject] if sobject else []), limit)
        return [(str(a), str(b)) for a, b in self.org.store.con.execute(sql, given)]
