"""Opening: fresh, old, new, foreign, missing; and that migrations and tables agree."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from trueup.errors import StoreVersionError, UsageError
from trueup.store import Store, open_store, upgrade_store, version
from trueup.store.tables import metadata

NEXT = '''
"""A later schema."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{last}"
def upgrade() -> None:
    with op.batch_alter_table("records") as table:
        table.add_column(sa.Column("colour", sa.Text(), nullable=True))
'''


@pytest.fixture
def program_of_the_future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Trueup with one migration more."""
    scripts = tmp_path / "migrations"
    shutil.copytree(version.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_later.py").write_text(NEXT.format(last=version.REVISIONS[-1]))
    monkeypatch.setattr(version, "SCRIPTS", scripts)
    monkeypatch.setattr(version, "REVISIONS", (*version.REVISIONS, "9999"))


def test_a_fresh_store_is_made_and_opens_again(store_url: str) -> None:
    with open_store(store_url) as store:
        run = store.start_run("pull")
    with open_store(store_url, create=False) as store:
        assert store.run(run.id) == run


def test_an_old_store_is_refused_until_it_is_upgraded_and_keeps_its_rows(
    store_url: str, request: pytest.FixtureRequest
) -> None:
    with open_store(store_url) as store:
        run = store.start_run("pull")
    request.getfixturevalue("program_of_the_future")

    with pytest.raises(StoreVersionError, match="older than this program") as refused:
        open_store(store_url)
    assert "trueup db upgrade" in refused.value.hint

    assert upgrade_store(store_url) == (version.REVISIONS[-2], "9999")
    assert upgrade_store(store_url) == ("9999", "9999")
    with open_store(store_url) as store:
        assert store.run(run.id) == run
        assert "colour" in {column["name"] for column in sa.inspect(store.database.engine).get_columns("records")}


def test_a_store_from_the_future_is_refused_untouched(store_url: str) -> None:
    with open_store(store_url) as store, store.database.write() as connection:
        connection.execute(sa.text(f"UPDATE {version.VERSION_TABLE} SET version_num = '9999'"))

    for opening in (open_store, upgrade_store):
        with pytest.raises(StoreVersionError, match="newer Trueup") as refused:
            opening(store_url)
        assert "pip install --upgrade trueup" in refused.value.hint


def test_old_and_new_have_different_messages(store_url: str, request: pytest.FixtureRequest) -> None:
    open_store(store_url).close()
    with pytest.MonkeyPatch.context() as past:
        past.setattr(version, "REVISIONS", ("0000",))
        with pytest.raises(StoreVersionError) as new:
            open_store(store_url)
    request.getfixturevalue("program_of_the_future")
    with pytest.raises(StoreVersionError) as old:
        open_store(store_url)

    assert "newer" in new.value.message
    assert "older" in old.value.message
    assert old.value.hint != new.value.hint


def test_a_store_that_is_not_there_is_not_made_when_nobody_asked(store_url: str) -> None:
    with pytest.raises(UsageError, match="There is no store"):
        open_store(store_url, create=False)
    with pytest.raises(UsageError, match="There is no store"):
        open_store(store_url, create=False)


def test_somebody_elses_tables_are_not_taken_for_a_store(store_url: str) -> None:
    engine = sa.create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE records (x INTEGER)"))
    engine.dispose()

    with pytest.raises(UsageError, match="tables of something else"):
        open_store(store_url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 100)

    with pytest.raises(UsageError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear diary")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://root@127.0.0.1/x", "there are: sqlite, postgresql"),
        ("no url at all", "cannot be read"),
        ("postgresql+psycopg://me:hunter2@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_a_bad_url_is_one_clear_error_without_the_password(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        open_store(url)
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_a_store_in_memory_is_a_store_of_its_own() -> None:
    with open_store("sqlite://") as one, open_store("sqlite://") as other:
        one.start_run("pull")
        assert len(one.runs()) == 1
        assert other.runs() == []


def test_two_that_open_a_fresh_store_at_once_both_succeed(store_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        stores = list(pool.map(open_store, [store_url] * 2))
    for store in stores:
        store.start_run("pull")
    assert len(stores[0].runs()) == 2
    for store in stores:
        store.close()


def test_migrations_lead_to_the_tables_as_they_are_written_down(store: Store) -> None:
    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": version.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []
        inspector = sa.inspect(connection)
        for table in metadata.tables.values():
            key = inspector.get_pk_constraint(table.name)["name"]
            # SQLite has no name for the key of a counting table: it is part of the column
            assert key == f"pk_{table.name}" or table.dialect_kwargs.get("sqlite_autoincrement")
            assert all(key["name"] for key in inspector.get_foreign_keys(table.name))


def test_the_list_of_versions_is_that_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(version.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)

    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == list(version.REVISIONS)


def test_opening_an_existing_store_loads_no_migration_machinery(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    open_store(url).close()
    code = (
        f"import sys; from trueup.store import open_store; open_store({url!r}).close(); print('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_sqlite_is_set_to_outlive_a_power_cut_and_to_wait(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store, store.database.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}
    assert sqlite3.sqlite_version_info >= (3, 35)
