"""What a saved org remembers beside its records: sessions, query cursors, the calls of a day, the log-ins of an hour.

The clients of a twin that is stopped and started again notice nothing: their tokens and next pages are good, their
calls are counted. What had ended stays ended: an access or refresh token that was revoked is not issued again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson

from .limits import Usage
from .oauth import OAuth
from .org import Actor, Org
from .rest.call import Call
from .rest.query import compile_query
from .sessions import Session, Sessions
from .soql.execute import Cursor
from .soql.planner import Plan, Source
from .store import Store

_USE = timedelta(minutes=1)
_CALLS, _TIDY = 25, 256
"""The last use of a session is written down once a minute, the calls once in so many and at the end. After so many new
cursors the dead ones go."""


class KeptSessions:
    """Writes the open sessions down and brings them back."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self.store, self.sessions = store, sessions
        self._written: dict[str, datetime] = {}
        store.con.execute("CREATE TABLE IF NOT EXISTS _session (token TEXT PRIMARY KEY, user TEXT, used TEXT)")
        sessions.made = int(store.meta("sessions-made") or 0)
        for token, user, used in store.con.execute("SELECT token, user, used FROM _session").fetchall():
            sessions.add(token, user, datetime.fromisoformat(used))
        sessions.on_use, sessions.on_end = self._used, self._ended

    def _used(self, session: Session) -> None:
        if session.preset:
            return
        at = self._written.get(session.token)
        if at is None or session.used - at >= _USE:
            values = (session.token, session.user_id, session.used.isoformat())
            self.store.con.execute("INSERT OR REPLACE INTO _session VALUES (?, ?, ?)", values)
            self.store.remember("sessions-made", str(self.sessions.made))
            self._written[session.token] = session.used

    def _ended(self, session: Session) -> None:
        self._written.pop(session.token, None)
        self.store.con.execute("DELETE FROM _session WHERE token = ?", (session.token,))
        if session.preset:
            end(self.store, session.token)


def end(store: Store, token: str) -> None:
    """Never issue this token again."""
    store.remember(f"ended:{token}", "1")


def ended(store: Store, token: str) -> bool:
    """Whether a token was revoked or expired for good."""
    return store.meta(f"ended:{token}") is not None


class KeptUsage:
    """Writes the counters down and brings them back."""

    def __init__(self, store: Store, usage: Usage) -> None:
        self.store, self.usage = store, usage
        self._unwritten = 0
        state = store.meta("usage")
        if state is not None:
            usage.resume(orjson.loads(state))
        usage.on_count = self._counted

    def _counted(self) -> None:
        self._unwritten += 1
        if self._unwritten >= _CALLS:
            self.write()

    def write(self) -> None:
        """Write the counters down."""
        self.store.remember("usage", orjson.dumps(self.usage.state()).decode())
        self._unwritten = 0


class KeptCursors:
    """Writes the open cursors down; one of before the start is planned again when it is asked for."""

    def __init__(self, org: Org, usage: Usage) -> None:
        self.org, self.usage = org, usage
        org.store.con.execute(
            "CREATE TABLE IF NOT EXISTS _cursor (name TEXT PRIMARY KEY, source BLOB, rows BLOB, dies TEXT)"
        )
        cursors = org.cursors
        cursors.made = int(org.store.meta("cursors-made") or 0)
        cursors.on_keep, cursors.on_miss, cursors.on_drop = self._keep, self._find, self._drop

    def _keep(self, name: str, cursor: Cursor) -> None:
        if cursor.plan.source is None:
            return
        values = (name, orjson.dumps(asdict(cursor.plan.source)), cursor.rows.tobytes(), cursor.dies.isoformat())
        self.org.store.con.execute("INSERT OR REPLACE INTO _cursor VALUES (?, ?, ?, ?)", values)
        self.org.store.remember("cursors-made", str(self.org.cursors.made))
        if self.org.cursors.made % _TIDY == 0:
            self.org.store.con.execute("DELETE FROM _cursor WHERE dies <= ?", (self.org.now().isoformat(),))

    def _find(self, name: str) -> Cursor | None:
        found = self.org.store.con.execute("SELECT source, rows, dies FROM _cursor WHERE name = ?", (name,)).fetchone()
        if found is None:
            return None
        facts = orjson.loads(found[0])
        source = Source(**{**facts, "way": tuple(facts["way"])})
        rows = array("q")
        rows.frombytes(found[1])
        return Cursor(self._plan(source), rows, datetime.fromisoformat(found[2]))

    def _plan(self, source: Source) -> Plan:
        call = Call(self.org, self.usage, Actor(source.user_id), "GET", "", {}, {}, b"", source.version, "")
        return compile_query(call, source.text, source.deleted).below(source.way)

    def _drop(self, names: Sequence[str]) -> None:
        con = self.org.store.con
        if not names:
            con.execute("DELETE FROM _cursor")
        con.executemany("DELETE FROM _cursor WHERE name = ?", [(name,) for name in names])


class KeptLogins:
    """Writes the log-ins of the last hour down and brings them back."""

    def __init__(self, org: Org, oauth: OAuth) -> None:
        self.con = org.store.con
        self.con.execute("CREATE TABLE IF NOT EXISTS _login (user TEXT, at TEXT)")
        self.con.execute("DELETE FROM _login WHERE at <= ?", ((org.now() - timedelta(hours=1)).isoformat(),))
        for user, at in self.con.execute("SELECT user, at FROM _login ORDER BY at").fetchall():
            oauth.resume(user, datetime.fromisoformat(at))
        oauth.on_login = self._made

    def _made(self, user_id: str, at: datetime) -> None:
        self.con.execute("INSERT INTO _login VALUES (?, ?)", (user_id, at.isoformat()))


def keep(org: Org, sessions: Sessions, usage: Usage, oauth: OAuth) -> Callable[[], None]:
    """Have an org remember all this; returns what is to be done at the end."""
    KeptSessions(org.store, sessions)
    KeptCursors(org, usage)
    KeptLogins(org, oauth)
    oauth.on_revoke = lambda token: end(org.store, token)
    return KeptUsage(org.store, usage).write
