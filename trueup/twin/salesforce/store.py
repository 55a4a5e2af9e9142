"""The object store: one wide SQLite table per object, a column per field, made from the definitions.

Text columns compare without case, as SOQL does [reference 6.3]; ids compare exactly. One connection, one lock: the org
does one thing at a time, which also makes every history of a test repeatable. Writes are collected in a journal that is
handed on only after the commit, so that a recorder never hears of something rolled back.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from .collation import sort_key
from .ids import FIRST_OWN, make_id
from .metadata.model import Field, SObject
from .metadata.schema import Schema
from .text import teach
from .values import parse_datetime, reader, sql_type

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """One write that was made durable."""

    sobject: str
    id: str
    action: str
    before: Row | None
    after: Row | None


_INDEXED = frozenset(
    [
        "AccountId",
        "ContactId",
        "LeadId",
        "OpportunityId",
        "CampaignId",
        "WhoId",
        "WhatId",
        "OwnerId",
        "ParentId",
        "LinkedEntityId",
        "ContentDocumentId",
        "Product2Id",
        "PricebookEntryId",
        "ReportsToId",
        "MasterRecordId",
        "ConvertedContactId",
        "ConvertedAccountId",
        "ConvertedOpportunityId",
        "Email",
        "Username",
        "Name",
    ]
)


class Store:
    """Tables, rows and transactions; knows nothing of rules."""

    def __init__(self, path: str | Path, schema: Schema) -> None:
        self.schema = schema
        self.zone: tzinfo = UTC
        self.lock = threading.RLock()
        self.con = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None, cached_statements=512)
        self.con.execute("PRAGMA journal_mode = WAL")
        self.con.execute("PRAGMA synchronous = NORMAL")
        self.con.execute("PRAGMA cache_size = -65536")
        self.con.execute("PRAGMA temp_store = MEMORY")
        self.con.execute("PRAGMA secure_delete = OFF")
        teach(self.con, self._local)
        self.sort_by("en_US")
        self.on_commit: Callable[[Commit], None] = lambda _commit: None
        self.on_write: Callable[[str, Row | None, Row | None], None] = lambda _sobject, _before, _after: None
        self.handed: list[str] | None = None  # ids given out in a rehearsal
        self.reserved: list[str] = []  # ids that belong to the write at work
        self._journal: list[Commit] = []
        self._depth = 0
        self.con.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT)")
        self._columns: dict[str, list[str]] = {}
        for made in schema.objects.values():
            self._create(made)

    def _local(self, stored: Any) -> Any:
        """A stored datetime in the user's zone, for the date functions."""
        moment = parse_datetime(stored) if stored else None
        return None if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%dT%H:%M:%S}"

    def sort_by(self, locale: str) -> None:
        """Have ORDER BY sort texts as this locale does."""
        self.con.create_function("SORT_KEY", 1, sort_key(locale), deterministic=True)

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self.con.close()

    def _create(self, made: SObject) -> None:
        columns = [_column(f) for f in made.stored_fields]
        self.con.execute(f'CREATE TABLE IF NOT EXISTS "{made.name}" ({", ".join(columns)})')
        there = {row[1] for row in self.con.execute(f'PRAGMA table_info("{made.name}")')}
        for f in made.stored_fields:
            if f.name not in there:
                self.con.execute(f'ALTER TABLE "{made.name}" ADD COLUMN {_column(f)}')
        self._columns[made.name] = [f.name for f in made.stored_fields]

    # -- settings that outlive the process

    def meta(self, key: str) -> str | None:
        """Read one remembered setting."""
        row = self.con.execute("SELECT value FROM _meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, key: str, value: str) -> None:
        """Write one remembered setting."""
        self.con.execute(
            "INSERT INTO _meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    # -- bulk load

    def load(self, made: SObject, rows: Iterable[Mapping[str, Any]]) -> int:
        """Put rows in as they are, in one transaction; only the form of values is brought to the stored one."""
        total = 0
        source = iter(rows)
        with self.lock:
            self.con.execute("PRAGMA synchronous = OFF")
            self.con.execute("BEGIN")
            try:
                while chunk := list(islice(source, 5000)):
                    self._load_chunk(made, chunk)
                    total += len(chunk)
                self.con.execute("COMMIT")
            except BaseException:
                self.con.execute("ROLLBACK")
                raise
            finally:
                self.con.execute("PRAGMA synchronous = NORMAL")
        return total

    def _load_chunk(self, made: SObject, chunk: Sequence[Mapping[str, Any]]) -> None:
        given: dict[str, None] = {}
        for row in chunk:
            given.update(dict.fromkeys(row))
        fields: list[tuple[str, Field]] = []
        for key in given:
            found = made.get(key)
            if found is None or not found.stored:
                raise KeyError(f"{made.name} has no stored field {key}")
            fields.append((key, found))
        have = {f.name for _, f in fields}
        columns = []
        for key, f in fields:
            columns.append(_read_column([row.get(key) for row in chunk], f))
        names = [f.name for _, f in fields]
        if made.get("Name") and "Name" not in have and "LastName" in have:
            names.append("Name")
            first = columns[names.index("FirstName")] if "FirstName" in have else [None] * len(chunk)
            columns.append([full_name(a, b) for a, b in zip(first, columns[names.index("LastName")], strict=True)])
        if made.get("SystemModstamp") and "SystemModstamp" not in have:
            stamp = next((n for n in ("LastModifiedDate", "CreatedDate") if n in names), None)
            if stamp:
                names.append("SystemModstamp")
                columns.append(columns[names.index(stamp)])
        quoted = ", ".join(f'"{n}"' for n in names)
        marks = ", ".join("?" * len(names))
        self.con.executemany(f'INSERT INTO "{made.name}" ({quoted}) VALUES ({marks})', zip(*columns, strict=True))

    def build_indexes(self) -> None:
        """Make all indexes (after a load: much faster than before it) and let the planner learn the sizes."""
        with self.lock:
            for made in self.schema.objects.values():
                table = made.name
                self.con.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS "{table}.Id" ON "{table}" ("Id")')
                if made.get("SystemModstamp"):
                    marks = "".join(f', "{n}"' for n in ("IsDeleted", "IsArchived") if made.get(n))
                    self.con.execute(
                        f'CREATE INDEX IF NOT EXISTS "{table}.stamp" ON "{table}" ("SystemModstamp", "Id"{marks})'
                    )
                    if made.get("IsDeleted"):
                        bin_of = f'"{table}" ("SystemModstamp") WHERE "IsDeleted" = 1'
                        self.con.execute(f'CREATE INDEX IF NOT EXISTS "{table}.bin" ON {bin_of}')
                for f in made.stored_fields:
                    if f.name in _INDEXED or f.external_id or f.unique or (f.custom and f.type == "reference"):
                        self.con.execute(f'CREATE INDEX IF NOT EXISTS "{table}.{f.name}" ON "{table}" ("{f.name}")')
            self.con.execute("PRAGMA analysis_limit = 400")
            self.con.execute("ANALYZE")

    # -- single rows

    def next_id(self, made: SObject) -> str:
        """Give out the next record id of an object's key prefix."""
        if self.reserved and self.reserved[0].startswith(made.prefix):
            return self.reserved.pop(0)
        key = f"next:{made.prefix}"
        number = int(self.meta(key) or FIRST_OWN)
        self.remember(key, str(number + 1))
        made_id = make_id(made.prefix, number)
        if self.handed is not None:
            self.handed.append(made_id)
        return made_id

    def skip(self, ids: Sequence[str]) -> None:
        """Never give these ids out: they belong to writes that are still to be committed."""
        for one in ids:
            key = f"next:{one[:3]}"
            self.remember(key, str(int(self.meta(key) or FIRST_OWN) + 1))

    def get(self, sobject: str, record_id: str) -> Row | None:
        """Read one row in stored form, deleted ones included."""
        found = self.con.execute(f'SELECT * FROM "{sobject}" WHERE "Id" = ?', (record_id,))
        row = found.fetchone()
        if row is None:
            return None
        return dict(zip([c[0] for c in found.description], row, strict=True))

    def find(self, sobject: str, where: str = "1", args: Sequence[Any] = (), *, order: str = '"Id"') -> list[Row]:
        """Read rows by an SQL condition (of this package's making)."""
        found = self.con.execute(f'SELECT * FROM "{sobject}" WHERE {where} ORDER BY {order}', tuple(args))
        names = [c[0] for c in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def count(self, sobject: str) -> int:
        """Count the rows that are not deleted."""
        where = 'WHERE "IsDeleted" = 0' if "IsDeleted" in self._columns[sobject] else ""
        return int(self.con.execute(f'SELECT count(*) FROM "{sobject}" {where}').fetchone()[0])

    def rows(self, sobject: str) -> Iterator[Row]:
        """Stream all rows of an object, deleted ones included, by id."""
        found = self.con.execute(f'SELECT * FROM "{sobject}" ORDER BY "Id"')
        names = [c[0] for c in found.description]
        while chunk := found.fetchmany(1000):
            for row in chunk:
                yield dict(zip(names, row, strict=True))

    def insert(self, made: SObject, row: Row, action: str = "create") -> None:
        """Put one row in and journal it. Booleans never stay null."""
        full = {name: row.get(name) for name in self._columns[made.name]}
        for f in made.stored_fields:
            if f.type == "boolean" and full[f.name] is None:
                full[f.name] = int(bool(f.default))
        names = ", ".join(f'"{n}"' for n in full)
        marks = ", ".join("?" * len(full))
        self.con.execute(f'INSERT INTO "{made.name}" ({names}) VALUES ({marks})', tuple(full.values()))
        self._journal.append(Commit(made.name, str(row["Id"]), action, None, full))
        self.on_write(made.name, None, full)

    def update(self, sobject: str, before: Row, changes: Mapping[str, Any], action: str = "update") -> Row:
        """Change one row and journal it; returns the row as it is now."""
        if changes:
            sets = ", ".join(f'"{n}" = ?' for n in changes)
            self.con.execute(f'UPDATE "{sobject}" SET {sets} WHERE "Id" = ?', (*changes.values(), before["Id"]))
        after = {**before, **changes}
        self._journal.append(Commit(sobject, str(before["Id"]), action, before, after))
        self.on_write(sobject, before, after)
        return after

    def purge(self, sobject: str, before: Row) -> None:
        """Remove one row for good (the bin was emptied, or the object has no bin)."""
        self.con.execute(f'DELETE FROM "{sobject}" WHERE "Id" = ?', (before["Id"],))
        self._journal.append(Commit(sobject, str(before["Id"]), "delete", before, None))
        self.on_write(sobject, before, None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nests by savepoints. The outermost commit hands the journal on."""
        with self.lock:
            depth, mark = self._depth, len(self._journal)
            name = f"s{depth}"
            self.con.execute("BEGIN IMMEDIATE" if depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                del self._journal[mark:]
                if depth == 0:
                    self.con.execute("ROLLBACK")
                else:
                    self.con.execute(f"ROLLBACK TO {name}")
                    self.con.execute(f"RELEASE {name}")
                raise
            self._depth -= 1
            if depth:
                self.con.execute(f"RELEASE {name}")
                return
            self.con.execute("COMMIT")
            journal, self._journal = self._journal, []
            for commit in journal:
                self.on_commit(commit)


def full_name(first: Any, last: Any) -> str | None:
    """Compose the Name of a person: first name, blank, last name, at most 121 characters."""
    text = " ".join(str(part) for part in (first, last) if part)
    return text[:121] or None


def _column(f: Field) -> str:
    kind = sql_type(f.type)
    if f.case_sensitive and kind.endswith("NOCASE"):
        kind = "TEXT"
    default = f" NOT NULL DEFAULT {int(bool(f.default))}" if f.type == "boolean" else ""
    return f'"{f.name}" {kind}{default}'


def _read_column(values: list[Any], f: Field) -> list[Any]:
    """Bring one column of loaded values to stored form; the common case is that it is so already."""
    read = reader(f.type)
    if f.type == "boolean":
        default = int(bool(f.default))
        return [default if v is None else int(v) if isinstance(v, bool) else read(v) for v in values]
    if f.type in {"id", "reference", "int", "double", "currency", "percent"}:
        return [v if v is None or not isinstance(v, str) or f.refers_to or f.type == "id" else read(v) for v in values]
    if f.type == "datetime":
        return [v if v is None or (isinstance(v, str) and v.endswith(".000+0000")) else read(v) for v in values]
    if f.type == "date":
        return [v if v is None or (isinstance(v, str) and len(v) == 10) else read(v) for v in values]
    return [None if v is None or v == "" else v if isinstance(v, str) else read(v) for v in values]
