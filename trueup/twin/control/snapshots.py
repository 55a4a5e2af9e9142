"""Photographs of both sides' state, and what has changed since one was taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson


class Snapshots:
    """Keeps photographs in one SQLite file, so that large worlds need no memory for them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS photo (n INTEGER, side TEXT, object TEXT, key TEXT, row BLOB,"
            " PRIMARY KEY (n, side, object, key)) WITHOUT ROWID"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS taken (n INTEGER PRIMARY KEY)")

    def take(self, sides: Mapping[str, Any]) -> int:
        """Photograph everything; gives the photograph's number."""
        number: int = self._db.execute("INSERT INTO taken DEFAULT VALUES RETURNING n").fetchall()[0][0]
        self._db.execute("BEGIN")
        for side, object_name, key, row in _everything(sides):
            self._db.execute("INSERT OR REPLACE INTO photo VALUES (?,?,?,?,?)", (number, side, object_name, key, row))
        self._db.execute("COMMIT")
        return number

    def has(self, number: int) -> bool:
        """Whether there is a photograph of that number."""
        return bool(self._db.execute("SELECT 1 FROM taken WHERE n = ?", (number,)).fetchall())

    def diff(self, number: int, sides: Mapping[str, Any], ignore: frozenset[str]) -> Iterator[dict[str, Any]]:
        """Rows that are not as they were, `ignore` left aside; before (or after) is null for what is new (or gone)."""
        seen: set[tuple[str, str, str]] = set()
        for side, object_name, key, row in _everything(sides):
            seen.add((side, object_name, key))
            found = self._db.execute(
                "SELECT row FROM photo WHERE n = ? AND side = ? AND object = ? AND key = ?",
                (number, side, object_name, key),
            ).fetchall()
            if found and found[0][0] == row:
                continue
            before = _without(orjson.loads(found[0][0]), ignore) if found else None
            after = _without(orjson.loads(row), ignore)
            if before != after:
                yield {"side": side, "object": object_name, "id": key, "before": before, "after": after}
        for side, object_name, key, row in self._db.execute(
            "SELECT side, object, key, row FROM photo WHERE n = ? ORDER BY side, object, key", (number,)
        ).fetchall():
            if (side, object_name, key) not in seen:
                before = _without(orjson.loads(row), ignore)
                yield {"side": side, "object": object_name, "id": key, "before": before, "after": None}

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _everything(sides: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bytes]]:
    for name, side in sides.items():
        for object_name in side.objects():
            for row in side.dump(object_name):
                data = orjson.dumps(row, option=orjson.OPT_SORT_KEYS, default=str)
                key = row.get("id") or row.get("Id")
                yield name, object_name, str(key) if key else data.decode(), data


def _without(row: dict[str, Any], ignore: frozenset[str]) -> dict[str, Any]:
    out = {k: v for k, v in row.items() if k not in ignore}
    if isinstance(out.get("properties"), dict):
        out["properties"] = {k: v for k, v in out["properties"].items() if k not in ignore}
    return out
