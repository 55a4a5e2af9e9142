"""What all tests share: stores on both databases, the share of a campaign, a Hypothesis that does not watch the clock."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import campaigns
import pytest
from hypothesis import HealthCheck, settings

REPO = Path(__file__).resolve().parents[1]

# Everyday tests draw the same examples each time, so that a failure is of the change at hand and not of the dice;
# campaigns draw new ones. How fast the machine is never matters.
settings.register_profile(
    "trueup",
    deadline=None,
    print_blob=True,
    derandomize=campaigns.SHARE < 1,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("trueup")

_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put a campaign's figures into its report, which comes from whatever process ran it."""
    report = yield
    if call.when == "setup":
        campaigns.begin()
    if call.when == "call" and item.get_closest_marker("campaign") is not None:
        report.user_properties.append(("campaign", campaigns.figures()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each campaign, all its parameters together: how it ended, how long it took, what it counted."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    failed: set[str] = set()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for figures in (value for name, value in report.user_properties if name == "campaign"):
                campaign = report.nodeid.partition("[")[0].rpartition("/")[2]
                counted[campaign].update(figures)
                seconds[campaign] += round(report.duration)
                if report.failed:
                    failed.add(campaign)
    if counted:
        terminalreporter.section(f"campaigns, share {campaigns.SHARE:g}")
    for campaign, figures in sorted(counted.items()):
        told = ", ".join(f"{n:,} {what}" for what, n in figures.items()) or "nothing counted"
        verdict = "failed" if campaign in failed else "passed"
        terminalreporter.line(f"{verdict} {campaign} in {seconds[campaign]} s: {told}")


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
