"""The twin's memory of what happened: every request received and every write committed.

A history checker that knows nothing of Trueup reads these two lists to prove "nothing lost, nothing twice". Rows go to
SQLite in lots, so that memory stays bounded however long a rehearsal runs; a commit carries the number of the request
that caused it, taken from `current_request` unless it is given.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import orjson

from trueup.twin.kit.clock import Clock

current_request: ContextVar[int | None] = ContextVar("current_request", default=None)
"""The number of the request being handled here, or None outside of one (a control edit, for example)."""

_LOT = 512
_BODY_LIMIT = 262_144

_TABLES = """
CREATE TABLE IF NOT EXISTS request (
  seq INTEGER PRIMARY KEY, at TEXT, side TEXT, method TEXT, path TEXT, query TEXT, headers BLOB, body TEXT);
CREATE TABLE IF NOT EXISTS answer (seq INTEGER PRIMARY KEY, at TEXT, status INTEGER, size INTEGER, note TEXT);
CREATE TABLE IF NOT EXISTS written (
  n INTEGER PRIMARY KEY, seq INTEGER, at TEXT, side TEXT, object TEXT, id TEXT, action TEXT, before BLOB, after BLOB);
"""


class Recorder:
    """Keeps the two lists. `path` None keeps them in memory (tests)."""

    def __init__(self, path: Path | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_TABLES)
        self._seq: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM request").fetchone()[0]
        self._n: int = self._db.execute("SELECT coalesce(max(n), 0) FROM written").fetchone()[0]
        self._requests: list[tuple[object, ...]] = []
        self._answers: list[tuple[object, ...]] = []
        self._writes: list[tuple[object, ...]] = []

    def request(
        self, side: str, method: str, path: str, query: str, headers: Mapping[str, str], body: str | bytes
    ) -> int:
        """Note a request (secrets already masked) and give it its number, counting from 1."""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        if len(text) > _BODY_LIMIT:
            text = text[:_BODY_LIMIT] + f"… ({len(text)} characters)"
        with self._lock:
            self._seq += 1
            row = (self._seq, self._at(), side, method, path, query, orjson.dumps(dict(headers)), text)
            self._requests.append(row)
            self._spill()
            return self._seq

    def respond(self, seq: int, status: int, size: int, note: str = "") -> None:
        """Note how request `seq` was answered; `note` says what a fault did to it. Status 0: it got no answer."""
        with self._lock:
            self._answers.append((seq, self._at(), status, size, note))
            self._spill()

    def commit(
        self,
        side: str,
        object: str,  # noqa: A002  (the field's word)
        id: str,  # noqa: A002
        action: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        seq: int | None = None,
    ) -> None:
        """Note a committed write. Call it once per record and only after the store really holds it."""
        if seq is None:
            seq = current_request.get()
        with self._lock:
            self._n += 1
            row = (self._n, seq, self._at(), side, object, id, action, _blob(before), _blob(after))
            self._writes.append(row)
            self._spill()

    def requests(
        self, side: str | None = None, since: int = 0, limit: int | None = None, method: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Requests numbered above `since`, oldest first, each with its answer (status None: not answered yet)."""
        sql = (
            "SELECT r.seq, r.at, r.side, r.method, r.path, r.query, r.headers, r.body, a.status, a.size, a.note "
            "FROM request r LEFT JOIN answer a USING (seq) WHERE r.seq > ? AND (? IS NULL OR r.side = ?) "
            "AND (? IS NULL OR r.method = ?) ORDER BY r.seq LIMIT ?"
        )
        for row in self._read(sql, (since, side, side, method, method, -1 if limit is None else limit)):
            yield {
                "seq": row[0], "at": row[1], "side": row[2], "method": row[3], "path": row[4], "query": row[5],
                "headers": orjson.loads(row[6]), "body": row[7], "status": row[8], "size": row[9],
                "note": row[10] or "",
            }  # fmt: skip

    def writes(self, side: str | None = None, since: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Committed writes numbered above `since`, oldest first."""
        sql = (
            "SELECT n, seq, at, side, object, id, action, before, after FROM written "
            "WHERE n > ? AND (? IS NULL OR side = ?) ORDER BY n LIMIT ?"
        )
        for row in self._read(sql, (since, side, side, -1 if limit is None else limit)):
            yield {
                "n": row[0], "seq": row[1], "at": row[2], "side": row[3], "object": row[4], "id": row[5],
                "action": row[6], "before": _unblob(row[7]), "after": _unblob(row[8]),
            }  # fmt: skip

    @property
    def counts(self) -> dict[str, int]:
        """How many requests and writes there have been."""
        return {"requests": self._seq, "writes": self._n}

    def close(self) -> None:
        """Write what is left and close the file. Safe to call twice."""
        with self._lock:
            try:
                self._flush()
            except sqlite3.ProgrammingError:
                return
            self._db.close()

    def _at(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _spill(self) -> None:
        if len(self._requests) + len(self._answers) + len(self._writes) >= _LOT:
            self._flush()

    def _flush(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO request VALUES (?,?,?,?,?,?,?,?)", self._requests)
        self._db.executemany("INSERT OR REPLACE INTO answer VALUES (?,?,?,?,?)", self._answers)
        self._db.executemany("INSERT INTO written VALUES (?,?,?,?,?,?,?,?,?)", self._writes)
        self._db.execute("COMMIT")
        self._requests.clear()
        self._answers.clear()
        self._writes.clear()

    def _read(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            self._flush()
            return self._db.execute(sql, values).fetchall()


def _blob(values: Mapping[str, Any] | None) -> bytes | None:
    return None if values is None else orjson.dumps(dict(values), default=str)


def _unblob(data: bytes | None) -> Any:
    return None if data is None else orjson.loads(data)
