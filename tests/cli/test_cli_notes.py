"""The report shows what was noted when the plan was made; nothing is worked out again, and what came later is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from csv_workspace import CsvWorkspace

from trueup.store import open_store


@pytest.fixture
def planned(tmp_path: Path) -> CsvWorkspace:
    workspace = CsvWorkspace(tmp_path / "w")
    workspace.run("pull")
    workspace.run("plan")
    return workspace


def report(workspace: CsvWorkspace, *options: str) -> Any:
    return json.loads(workspace.run("report", "--format", "json", *options).stdout)


def forget_notes(workspace: CsvWorkspace) -> None:
    """As if the plan had come from a file."""
    with open_store(f"sqlite:///{workspace.folder / 'trueup.db'}") as store, store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM plan_notes")


def test_the_report_runs_no_analysis_and_says_the_same_as_one_that_does(
    planned: CsvWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as now:
        now.setattr("trueup.commands.analysis.analysis", lambda *_, **__: pytest.fail("worked out again"))
        from_notes = report(planned)
        assert report(planned, "--quick") == from_notes
    forget_notes(planned)

    assert report(planned) == from_notes
    assert any(finding["reason"] for finding in from_notes["findings"])
    assert any(match["levels"] for change in from_notes["changes"] for match in change["matches"])


def test_a_plan_without_notes_says_less_when_it_should_be_quick(planned: CsvWorkspace) -> None:
    noted = report(planned)
    forget_notes(planned)

    quick = report(planned, "--quick")

    assert [row["id"] for row in quick["findings"]] == [row["id"] for row in noted["findings"]]
    assert not any(match["levels"] for change in quick["changes"] for match in change["matches"])


def test_a_finding_that_came_after_the_plan_is_said_to_wait_for_the_next(planned: CsvWorkspace) -> None:
    people = planned.folder / "mail" / "people.csv"
    people.write_text(people.read_text("utf-8").replace(",Energy,Riga,", ",Energy,Oslo,"), "utf-8")
    planned.run("pull")
    planned.run("check")

    late = [row for row in report(planned)["findings"] if row["reason"].startswith("It was found after this plan")]

    assert [(row["code"], row["field"]) for row in late] == [("FLD002", "city")]
    planned.run("plan")
    assert not any(row["reason"].startswith("It was found after") for row in report(planned)["findings"])


def test_the_report_of_an_undoing_names_no_finding_as_unknown_to_it(planned: CsvWorkspace) -> None:
    planned.run("apply")
    planned.run("undo")

    reasons = [row["reason"] for row in report(planned)["findings"] if row["state"] == "no fix"]

    assert reasons
    assert not any(reason.startswith("It was found after") for reason in reasons)
