"""Keeps the records in SQLite: one table a type, the properties as JSON, indexes where callers search.

One connection serves every thread under one lock: a handler takes the lock, does all its work and lets go, so that
each request sees and leaves a whole state. Writes happen in `transaction`; what they committed is told to the recorder
only after SQLite has it. `stale` holds what the search index still believes: the row as it was before each write of
the last few seconds (reference 5.8).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from trueup.twin.hubspot.types import ObjectType, Types

COLUMNS = "id, created, updated, archived, archived_at, props"

_TABLES = """
CREATE TABLE IF NOT EXISTS kv (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS merged (type INTEGER, old_id INTEGER, new_id INTEGER, PRIMARY KEY (type, old_id))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unique_value (type INTEGER, property TEXT, value TEXT, id INTEGER,
  PRIMARY KEY (type, property, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stale (type INTEGER, id INTEGER, seq INTEGER, due INTEGER, existed INTEGER,
  created INTEGER, updated INTEGER, archived INTEGER, archived_at INTEGER, props TEXT, PRIMARY KEY (type, id, seq))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS association (from_type INTEGER, from_id INTEGER, to_type INTEGER, to_id INTEGER,
  category INTEGER, type_id INTEGER, PRIMARY KEY (from_type, from_id, to_type, to_id, category, type_id))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocked_email (email TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_INDEXED = {
    "contacts": ("email", "hs_additional_emails", "salesforcecontactid", "salesforceleadid", "associatedcompanyid"),
    "companies": ("domain", "name", "salesforceaccountid"),
    "deals": ("dealname", "dealstage", "hs_salesforceopportunityid"),
}

_IDS_AT_ONCE = 500


@dataclass(slots=True)
class Row:
    """One stored record. Times are epoch milliseconds; blank properties are absent from `props`."""

    id: int
    created: int
    updated: int
    archived: bool = False
    archived_at: int | None = None
    props: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Row:
        """A copy whose properties may be changed."""
        return Row(self.id, self.created, self.updated, self.archived, self.archived_at, dict(self.props))

    def values(self) -> tuple[int, int, int, int, int | None, str]:
        """The row as its table holds it."""
        text = orjson.dumps(self.props).decode()
        return (self.id, self.created, self.updated, int(self.archived), self.archived_at, text)


def row_of(values: Sequence[Any]) -> Row:
    """A record from what `SELECT {COLUMNS}` gives."""
    return Row(values[0], values[1], values[2], bool(values[3]), values[4], orjson.loads(values[5]))


Event = tuple[str, str, str, dict[str, Any] | None, dict[str, Any] | None]


class Store:
    """The records of one portal. `path` None keeps them in memory."""

    def __init__(self, path: Path | None, types: Types, announce: Callable[[Event], None]) -> None:
        self.lock = threading.RLock()
        self._types = types
        self._announce = announce
        self._events: list[Event] = []
        self._depth = 0
        self._seq = 0
        self.db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA cache_size=-65536")
        self.db.executescript(_TABLES)
        for object_type in types:
            self.make_tables(object_type)
        self.has_stale = bool(self.db.execute("SELECT 1 FROM stale LIMIT 1").fetchone())
        if self.has_stale:
            self._seq = int(self.db.execute("SELECT max(seq) FROM stale").fetchone()[0])

    def make_tables(self, object_type: ObjectType) -> None:
        """Makes the tables of a type where they are missing."""
        name = object_type.table
        self.db.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
            " updated INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0, archived_at INTEGER, props TEXT NOT NULL)"
        )
        self.db.execute(
            f"CREATE TABLE IF NOT EXISTS h_{object_type.name} (id INTEGER NOT NULL, property TEXT NOT NULL,"
            " at INTEGER NOT NULL, value TEXT, source TEXT, source_id TEXT, label TEXT, user INTEGER)"
        )

    def make_indexes(self) -> None:
        """Makes what search needs; called when the bulk load is done, because indexing once is cheaper."""
        for object_type in self._types:
            name = object_type.table
            # With what a count asks for in them: the rows themselves are large.
            for column in ("updated", "created"):
                self.db.execute(f"CREATE INDEX IF NOT EXISTS {name}_by_{column} ON {name} ({column}, id, archived)")
            self.db.execute(f"DROP INDEX IF EXISTS {name}_updated")  # what older states have instead
            self.db.execute(f"CREATE INDEX IF NOT EXISTS {name}_archived ON {name} (id) WHERE archived")
            self.db.execute(
                f"CREATE INDEX IF NOT EXISTS h_{object_type.name}_of ON h_{object_type.name} (id, property, at)"
            )
            for prop in _INDEXED.get(object_type.name, ()):
                self.db.execute(
                    f"CREATE INDEX IF NOT EXISTS {name}_p_{prop} ON {name} ({json_path(prop)} COLLATE NOCASE)"
                )
        self.db.execute("PRAGMA analysis_limit=2000")
        self.db.execute("ANALYZE")

    # -- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer one. Events are announced after the commit."""
        with self.lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self.db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            self._events = []
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            else:
                self.db.execute("COMMIT")
                for event in self._events:
                    self._announce(event)
            finally:
                self._depth = 0
                self._events = []

    def event(
        self, object_name: str, record_id: str, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Notes a write, to be announced when the transaction is committed."""
        self._events.append((object_name, record_id, action, before, after))

    # -- records ---------------------------------------------------------------------------------------------------

    def get(self, object_type: ObjectType, record_id: int) -> Row | None:
        """The record of exactly that id, archived or not."""
        with self.lock:
            found = self.db.execute(f"SELECT {COLUMNS} FROM {object_type.table} WHERE id = ?", (record_id,)).fetchone()
        return row_of(found) if found else None

    def get_many(self, object_type: ObjectType, ids: Sequence[int]) -> dict[int, Row]:
        """The records of those ids, archived or not; missing ones are absent."""
        out: dict[int, Row] = {}
        with self.lock:
            for start in range(0, len(ids), _IDS_AT_ONCE):
                part = ids[start : start + _IDS_AT_ONCE]
                marks = ",".join("?" * len(part))
                sql = f"SELECT {COLUMNS} FROM {object_type.table} WHERE id IN ({marks})"
                out.update((values[0], row_of(values)) for values in self.db.execute(sql, part))
        return out

    def page(self, object_type: ObjectType, start: int, limit: int, *, archived: bool) -> list[Row]:
        """Up to `limit` records with an id of at least `start`, in ascending order of id."""
        state = "archived" if archived else "NOT archived"
        sql = f"SELECT {COLUMNS} FROM {object_type.table} WHERE id >= ? AND {state} ORDER BY id LIMIT ?"
        with self.lock:
            return [row_of(values) for values in self.db.execute(sql, (start, limit))]

    def count(self, object_type: ObjectType) -> int:
        """How many rows the type has, archived ones too."""
        return int(self.db.execute(f"SELECT count(*) FROM {object_type.table}").fetchone()[0])

    def rows(self, object_type: ObjectType) -> Iterator[Row]:
        """Every record in ascending order of id, read in lots so that writers may go on."""
        start = 0
        sql = f"SELECT {COLUMNS} FROM {object_type.table} WHERE id >= ? ORDER BY id LIMIT 1000"
        while True:
            with self.lock:
                lot = [row_of(values) for values in self.db.execute(sql, (start,))]
            yield from lot
            if len(lot) < 1000:
                return
            start = lot[-1].id + 1

    def put(self, object_type: ObjectType, row: Row) -> None:
        """Writes a record whole, new or changed."""
        self.db.execute(f"INSERT OR REPLACE INTO {object_type.table} VALUES (?,?,?,?,?,?)", row.values())

    def put_many(self, object_type: ObjectType, rows: Iterable[Row]) -> None:
        """Writes many records."""
        self.db.executemany(
            f"INSERT OR REPLACE INTO {object_type.table} VALUES (?,?,?,?,?,?)", (row.values() for row in rows)
        )

    def remove(self, object_type: ObjectType, record_id: int) -> None:
        """Takes a record away for good (merged or GDPR-deleted), without a trace in the archived list."""
        self.db.execute(f"DELETE FROM {object_type.table} WHERE id = ?", (record_id,))

    # -- what the search index still believes ----------------------------------------------------------------------

    def remember(self, object_type: ObjectType, record_id: int, before: Row | None, due: int) -> None:
        """Keeps the state before a write until `due`: that is what search goes on finding."""
        self._seq += 1
        shown = before or Row(record_id, 0, 0)
        values = (object_type.number, record_id, self._seq, due, int(before is not None), *shown.values()[1:])
        self.db.execute("INSERT INTO stale VALUES (?,?,?,?,?,?,?,?,?,?)", values)
        self.has_stale = True

    def forget(self, now: int) -> None:
        """Lets the index catch up with every write that is due."""
        if self.has_stale:
            with self.lock:
                self.db.execute("DELETE FROM stale WHERE due <= ?", (now,))
                self.has_stale = bool(self.db.execute("SELECT 1 FROM stale LIMIT 1").fetchone())

    # -- merged ids ------------------------------------------------------------------------------------------------

    def resolve(self, object_type: ObjectType, record_id: int) -> int:
        """The id under which a merged-away record lives on; the same id for any other."""
        found = self.db.execute(
            "SELECT new_id FROM merged WHERE type = ? AND old_id = ?", (object_type.number, record_id)
        ).fetchone()
        return int(found[0]) if found else record_id

    def merged_into(self, object_type: ObjectType, old_id: int, new_id: int) -> None:
        """Records that a record went into another; chains are kept one step long."""
        number = object_type.number
        self.db.execute("UPDATE merged SET new_id = ? WHERE type = ? AND new_id = ?", (new_id, number, old_id))
        self.db.execute("INSERT OR REPLACE INTO merged VALUES (?,?,?)", (number, old_id, new_id))

    # -- unique values ---------------------------------------------------------------------------------------------

    def holder(self, object_type: ObjectType, name: str, value: str) -> int | None:
        """The id of the record that holds a unique value, however it is capitalised."""
        found = self.db.execute(
            "SELECT id FROM unique_value WHERE type = ? AND property = ? AND value = ?",
            (object_type.number, name, value.strip().casefold()),
        ).fetchone()
        return int(found[0]) if found else None

    def claim(self, object_type: ObjectType, name: str, value: str, record_id: int) -> None:
        """Gives a unique value to a record."""
        self.db.execute(
            "INSERT OR REPLACE INTO unique_value VALUES (?,?,?,?)",
            (object_type.number, name, value.strip().casefold(), record_id),
        )

    def release(self, object_type: ObjectType, record_id: int, name: str, value: str) -> None:
        """Sets a unique value free, if that record holds it."""
        self.db.execute(
            "DELETE FROM unique_value WHERE type = ? AND property = ? AND value = ? AND id = ?",
            (object_type.number, name, value.strip().casefold(), record_id),
        )

    # -- small things ----------------------------------------------------------------------------------------------

    def kv_get(self, kind: str, key: str) -> Any:
        """A small stored document, or None."""
        found = self.db.execute("SELECT value FROM kv WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return orjson.loads(found[0]) if found else None

    def kv_put(self, kind: str, key: str, value: Any) -> None:
        """Stores a small document."""
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO kv VALUES (?,?,?)", (kind, key, orjson.dumps(value).decode()))

    def kv_delete(self, kind: str, key: str) -> None:
        """Removes a small document."""
        with self.lock:
            self.db.execute("DELETE FROM kv WHERE kind = ? AND key = ?", (kind, key))

    def kv_all(self, kind: str) -> dict[str, Any]:
        """Every small document of a kind, by key."""
        rows = self.db.execute("SELECT key, value FROM kv WHERE kind = ? ORDER BY key", (kind,))
        return {key: orjson.loads(value) for key, value in rows}

    def close(self) -> None:
        """Closes the file."""
        with self.lock:
            self.db.close()


def json_path(name: str) -> str:
    """The SQL that reads a property out of a row; the same text in index and query, so that SQLite matches them.

    `name` must be a defined property's name: letters, digits and underscores.
    """
    return f"json_extract(props, '$.{name}')"
