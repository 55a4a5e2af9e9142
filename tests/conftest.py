"""What all tests share: stores on both databases, the share of a campaign, a Hypothesis that does not watch the clock."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

REPO = Path(__file__).resolve().parents[1]

settings.register_profile("trueup", deadline=None, print_blob=True)
settings.load_profile("trueup")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def campaign_share() -> float:
    """How much of a heavy campaign to run: 0.02 in everyday tests, 1.0 in `make campaign`."""
    return float(os.environ.get("TRUEUP_CAMPAIGN_SHARE", "0.02"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a private PostgreSQL server. Without PostgreSQL here the tests skip, except in CI, where they fail."""
    # Not below pytest's own temporary folder: the server runs as another user, who may not enter it.
    folder = Path(tempfile.mkdtemp(prefix="trueup-pg-"))
    script = str(REPO / "tools" / "postgresql.sh")
    try:
        started = subprocess.run([script, "start", str(folder)], capture_output=True, text=True, timeout=300)
        if started.returncode:
            reason = started.stderr.strip() or f"exit code {started.returncode}"
            if os.environ.get("CI") == "true":
                pytest.fail(f"no PostgreSQL in CI: {reason}", pytrace=False)
            pytest.skip(f"no PostgreSQL: {reason}")
        yield started.stdout.strip()
    finally:
        subprocess.run([script, "stop", str(folder)], capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgresql_url(postgresql_server: str) -> Callable[[], str]:
    """A function that gives the URL of a fresh, empty schema."""
    import sqlalchemy as sa

    def make() -> str:
        name = f"t{next(_numbers)}"
        engine = sa.create_engine(postgresql_server)
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA {name}"))
        engine.dispose()
        url = sa.make_url(postgresql_server).update_query_dict({"options": f"-csearch_path={name}"})
        return url.render_as_string(hide_password=False)

    return make


@pytest.fixture
def postgresql_url(new_postgresql_url: Callable[[], str]) -> str:
    """The URL of a schema of this test's own."""
    return new_postgresql_url()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty place for a store, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("postgresql_url"))
