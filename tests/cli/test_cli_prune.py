"""`trueup db prune`: says what it forgets, refuses nonsense, and undo then says why it cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from csv_workspace import CsvWorkspace


@pytest.fixture
def used(tmp_path: Path) -> CsvWorkspace:
    """A workspace with one plan that was applied (run r3), and a newer one."""
    workspace = CsvWorkspace(tmp_path / "w")
    for verb in ("pull", "plan", "apply", "pull", "plan"):
        workspace.run(verb)
    return workspace


@pytest.fixture
def in_summer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred days later."""
    monkeypatch.setattr("trueup.commands.prune.utcnow", lambda: datetime.now(UTC) + timedelta(days=100))


@pytest.mark.usefixtures("in_summer")
def test_a_dry_run_says_what_would_go_and_keeps_the_way_back(used: CsvWorkspace) -> None:
    said = used.run("db", "prune", "--before", "90 days", "--dry-run").stdout

    assert said.startswith("Would forget 1 plan older than ")
    assert "Not to be taken back any more: r3." in said
    assert used.run("undo", "r3", "--look").stdout.endswith(
        "trueup undo " + used.json("undo", "r3", "--look")["undoes"] + "\n"
    )


@pytest.mark.usefixtures("in_summer")
def test_what_was_forgotten_cannot_be_taken_back_and_undo_says_so(used: CsvWorkspace) -> None:
    said = used.run("db", "prune", "--before", "90 days").stdout

    assert said.startswith("Forgot 1 plan older than ")
    assert "The store took " in said
    for which in (["r3"], []):
        refused = used.run("undo", *which, exit_code=2)
        assert "Run r3 can no longer be taken back" in refused.stderr
        assert "trueup db prune" in refused.stderr
    again = used.run("db", "prune", "--before", "90 days").stdout
    assert again.startswith("Nothing is older than ")
    assert [run["verb"] for run in used.json("runs")["runs"]][:2] == ["prune", "prune"]


def test_the_day_and_the_age_are_understood_and_all_else_is_refused(used: CsvWorkspace) -> None:
    for before in ("2020-01-31", "90 days", "12 weeks"):
        assert used.json("db", "prune", "--before", before, "--dry-run")["plans"] == 0
    for before, why in (("yesterday", "neither a day nor an age"), ("2999-01-01", "lies in the future")):
        assert why in used.run("db", "prune", "--before", before, exit_code=2).stderr
    assert "--before" in used.run("db", "prune", exit_code=2).stderr


@pytest.mark.usefixtures("in_summer")
def test_the_next_plan_after_pruning_is_the_one_it_would_have_been(used: CsvWorkspace) -> None:
    def changes() -> list[str]:
        return sorted(change["id"] for change in used.json("plan")["changes"])

    before = changes()

    used.run("db", "prune", "--before", "90 days")

    assert changes() == before
