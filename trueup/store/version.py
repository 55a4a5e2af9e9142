"""The version of a store's schema: checked on opening, raised by migrations.

Opening reads one row; alembic is imported only when something is to be made or upgraded.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.errors import StoreVersionError, UsageError
from trueup.store.engine import Database
from trueup.store.tables import metadata

VERSION_TABLE = "trueup_version"
REVISIONS: tuple[str, ...] = ("0001", "0002")
"""Every schema version there has been, oldest first; the last is this program's."""

SCRIPTS = Path(__file__).parent / "migrations"


def ensure(database: Database, *, create: bool) -> None:
    """Make a fresh store if wanted; refuse one that is older or newer than this program, or no store at all."""
    with database.read() as connection:
        found, known = _found(connection), _tables(connection)
    if found is None:
        if known:
            raise UsageError(
                f"{database.name} holds tables of something else ({', '.join(known[:3])}), not a store.",
                hint="Give Trueup a database or a schema of its own.",
            )
        if not create:
            raise UsageError(f"There is no store in {database.name}.", hint="`trueup pull` makes one.")
        upgrade(database)
        return
    if found not in REVISIONS and found > REVISIONS[-1]:
        raise StoreVersionError(
            f"The store {database.name} was written by a newer Trueup (its schema is {found}, "
            f"this program knows up to {REVISIONS[-1]}). Nothing was touched.",
            hint="Upgrade Trueup: pip install --upgrade trueup",
        )
    if found != REVISIONS[-1]:
        raise StoreVersionError(
            f"The store {database.name} is older than this program (schema {found}, wanted {REVISIONS[-1]}).",
            hint="Run `trueup db upgrade`; make a copy of the store first.",
        )


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the schema to this program's version; give the version before and after.

    One transaction: it happens or it does not. Two programs that try at once do it one after the other. Raises
    StoreVersionError when the store is newer.
    """
    from alembic import command  # heavy, and hardly ever wanted
    from alembic.config import Config

    with database.write() as connection:
        if not database.sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('trueup schema'))"))
        before = _found(connection)
        if before is not None and before not in REVISIONS:
            raise StoreVersionError(
                f"The store {database.name} was written by a newer Trueup (schema {before}).",
                hint="Upgrade Trueup: pip install --upgrade trueup",
            )
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[-1])
    return before, REVISIONS[-1]


def _found(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if found is None else str(found)


def _tables(connection: Connection) -> list[str]:
    """Tables that stand in our way. In SQLite the file is ours alone; in PostgreSQL others may live beside us."""
    there = sa.inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite":
        return sorted(name for name in there if name != VERSION_TABLE)
    return sorted(set(there) & set(metadata.tables))
