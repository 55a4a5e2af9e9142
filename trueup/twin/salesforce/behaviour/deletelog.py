"""The log behind getDeleted: fifteen days at most, and no more rows than the licences allow. [reference 7]

About 5,000 rows per licence; every two hours older ones above that are purged, and a call that reaches into a purged
stretch is refused. The recycle bin is emptied after its own retention; rows that a world was loaded with lie in it for
ever, since nobody knows when they came there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import ApiError
from ..org import Org
from ..store import Row
from ..values import print_datetime

_EVERY = timedelta(hours=2)


class DeleteLog:
    """What was deleted when, by object."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._purged_at: datetime | None = None
        con = org.store.con
        con.execute(
            "CREATE TABLE IF NOT EXISTS _gone (sobject TEXT, id TEXT, at TEXT, own INTEGER, PRIMARY KEY (sobject, id))"
        )
        if "owner" not in {row[1] for row in con.execute("PRAGMA table_info(_gone)")}:
            con.execute("ALTER TABLE _gone ADD COLUMN owner TEXT")
        con.execute("CREATE INDEX IF NOT EXISTS _gone_at ON _gone (sobject, at)")

    def fill(self) -> None:
        """Note what lies deleted already, after a load."""
        for made in self.org.schema.objects.values():
            if made.get("IsDeleted") and made.get("SystemModstamp"):
                owner = '"OwnerId"' if made.get("OwnerId") else "NULL"
                self.org.store.con.execute(
                    f'INSERT OR IGNORE INTO _gone SELECT ?, "Id", "SystemModstamp", 0, {owner} FROM "{made.name}" '
                    'WHERE "IsDeleted" = 1',
                    (made.name,),
                )

    def moved(self, sobject: str, before: Row | None, after: Row | None) -> None:
        """A row was written: note that it went, or strike it out when it came back."""
        was = before is None or bool(before.get("IsDeleted"))
        gone = after is None or bool(after.get("IsDeleted"))
        row = after or before or {}
        con = self.org.store.con
        if gone and not was:
            values = (sobject, row["Id"], self.org.stamp(), row.get("OwnerId"))
            con.execute("INSERT OR REPLACE INTO _gone VALUES (?, ?, ?, 1, ?)", values)
        elif was and not gone and before is not None:
            con.execute("DELETE FROM _gone WHERE sobject = ? AND id = ?", (sobject, row["Id"]))

    def read(self, sobject: str, start: datetime, end: datetime) -> list[tuple[str, str, str | None]]:
        """Ids, dates and owners of what was deleted in a window; a window into a purged stretch is refused."""
        edge = self.purged_until(sobject)
        if print_datetime(start) < edge:
            raise ApiError("INVALID_REPLICATION_DATE", f"deletes before {edge} are no longer available")
        sql = "SELECT id, at, owner FROM _gone WHERE sobject = ? AND at >= ? AND at < ? ORDER BY at, id"
        return self.org.store.con.execute(sql, (sobject, print_datetime(start), print_datetime(end))).fetchall()

    def purged_until(self, sobject: str) -> str:
        """The moment up to which an object's log was purged before its time; empty when it never was."""
        return self.org.store.meta(f"gone-purged:{sobject}") or ""

    def tick(self, now: datetime) -> None:
        """Every two hours: let go what is too old, and the oldest of what is too much."""
        if self._purged_at is not None and now - self._purged_at < _EVERY:
            return
        self._purged_at = now
        con = self.org.store.con
        kept = timedelta(days=int(self.org.switches["bin_days"]))
        self._empty_bin(print_datetime(now - kept))
        con.execute("DELETE FROM _gone WHERE at < ?", (print_datetime(now - kept - timedelta(minutes=1)),))
        users = con.execute('SELECT count(*) FROM "User" WHERE "IsActive" = 1').fetchone()[0]
        room = int(self.org.switches["delete_log_rows_per_licence"]) * max(1, users)
        over = con.execute("SELECT count(*) FROM _gone").fetchone()[0] - room
        if over <= 0:
            return
        oldest = f"SELECT sobject, max(at) FROM (SELECT * FROM _gone ORDER BY at LIMIT {over}) GROUP BY sobject"
        for sobject, at in con.execute(oldest).fetchall():
            self.org.store.remember(f"gone-purged:{sobject}", str(at))
        con.execute(f"DELETE FROM _gone WHERE rowid IN (SELECT rowid FROM _gone ORDER BY at LIMIT {over})")

    def _empty_bin(self, edge: str) -> None:
        """Remove for good what was deleted here before a moment."""
        con = self.org.store.con
        old = con.execute("SELECT sobject, id FROM _gone WHERE own = 1 AND at < ?", (edge,)).fetchall()
        for sobject, record_id in old:
            con.execute(f'DELETE FROM "{sobject}" WHERE "Id" = ? AND "IsDeleted" = 1', (record_id,))
