"""The database under the store: how it is opened, and everything in which SQLite and PostgreSQL differ.

| matter              | SQLite                                           | PostgreSQL                                  |
|---------------------|--------------------------------------------------|---------------------------------------------|
| moments             | text, UTC, fixed width, so that text order is    | `timestamptz`                               |
|                     | time order                                       |                                             |
| keys                | compared byte by byte                            | `COLLATE "C"`, for the same order           |
| writing             | one writer: `BEGIN IMMEDIATE`, so that waiting   | row locks                                   |
|                     | happens at the start and not in the middle       |                                             |
| waiting             | `busy_timeout` 60 s                              | as the server says                          |
| durability          | WAL, `synchronous=FULL`: a journalled intent     | as the server says                          |
|                     | outlives a power cut                             |                                             |
| foreign keys        | switched on per connection                       | always                                      |
| lots of rows        | `executemany` on the driver                      | `COPY` into a temporary table, then upsert  |
| reading at one time | WAL gives every read transaction one view        | `REPEATABLE READ` for the read transactions |
| narrow tables       | `WITHOUT ROWID`: the key is the table            | heap and index                              |
| two first openings  | the write lock                                   | an advisory lock                            |
| changing a table    | alembic's batch mode (copy and swap)             | `ALTER TABLE`                               |
| `sqlite://`         | a private temporary file, removed on closing     | –                                           |

SQLite's WAL needs a local disk; a store on a network share belongs into PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from trueup.errors import UsageError

_WRITES = "trueup_writes"
_BUSY_TIMEOUT_S = 60


class Database:
    """An opened database: `read` and `write` give a transaction each, and nothing else opens one."""

    def __init__(self, engine: Engine, *, private: Path | None = None) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self._private = private
        if self.sqlite:
            self._reader: Engine = engine
            self._writer: Engine = engine.execution_options(**{_WRITES: True})
        else:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")
            self._writer = engine

    @property
    def private(self) -> bool:
        """Whether it is a temporary file that goes with this object."""
        return self._private is not None

    @property
    def name(self) -> str:
        """The URL for people: without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, undone by an exception."""
        with self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Release connections, and the file of a private database. Safe to call twice."""
        self.engine.dispose()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)


def open_database(url: str, *, create: bool) -> Database:
    """Open the database at `url` without looking inside.

    Raises UsageError, without the password, when there is nothing there (and `create` is off), when it cannot be
    reached, or when it is of a kind that is not supported.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, create=create)
    return _open_postgresql(parsed)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError(
            "The store's URL cannot be read.", hint="Write sqlite:///trueup.db or postgresql+psycopg://user@host/name."
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise UsageError(
            f"The store cannot live in {parsed.drivername!r}; there are: sqlite, postgresql+psycopg.",
            hint="Set `store:` in the policy file.",
        )
    return parsed


def _open_sqlite(url: URL, *, create: bool) -> Database:
    private: Path | None = None
    if not url.database or url.database == ":memory:":
        private = Path(tempfile.mkdtemp(prefix="trueup-store-"))
        url = url.set(database=str(private / "store.db"))
    path = Path(str(url.database))
    if not path.exists():
        if not (create or private):
            raise UsageError(f"There is no store at {path}.", hint="`trueup pull` makes one.")
        _make_private_file(path)
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False})
    sa.event.listen(engine, "connect", _sqlite_connected)
    sa.event.listen(engine, "begin", _sqlite_begin)
    database = Database(engine, private=private)
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except DatabaseError as error:
        database.close()
        raise UsageError(f"{path} cannot be opened as a store: {error.orig}.") from error
    return database


def _make_private_file(path: Path) -> None:
    """A store holds people's data: only its owner may read it, whatever the umask says."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UsageError(f"The store {path} cannot be made: {error.strerror}.") from error


def _sqlite_connected(connection: Any, _record: object) -> None:
    """Take transactions into our own hands (the driver would begin them late), and set what a connection forgets."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgresql(url: URL) -> Database:
    try:
        engine = sa.create_engine(url, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise UsageError(
            "A store in PostgreSQL needs the driver psycopg.", hint="pip install 'trueup[postgresql]'"
        ) from error
    database = Database(engine)
    try:
        with database.read():
            pass
    except DatabaseError as error:
        database.close()
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        raise UsageError(f"The store at {database.name} cannot be reached: {reason}") from error
    return database
