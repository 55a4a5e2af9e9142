"""Decisions about pairs from the command line: text and rows, honoured by grouping, through merges, pulls and time."""

from __future__ import annotations

from pathlib import Path

import pytest
from csv_workspace import CsvWorkspace

from trueup.commands.analysis import frame
from trueup.commands.workspace import Workspace

S1, M1, M2, S2, M5 = "sales:people/s1", "mail:people/m1", "mail:people/m2", "sales:people/s2", "mail:people/m5"


@pytest.fixture
def here(tmp_path: Path) -> CsvWorkspace:
    workspace = CsvWorkspace(tmp_path / "w")
    workspace.run("pull")
    return workspace


def with_files(workspace: CsvWorkspace, **files: str) -> CsvWorkspace:
    """The policy names files: `decisions="decisions.yaml"`."""
    text = workspace.policy.read_text(encoding="utf-8")
    inner = ", ".join(f"{key}: {name}" for key, name in files.items())
    workspace.policy.write_text(text + f"match: {{{inner}}}\n", encoding="utf-8")
    return workspace


def together(workspace: CsvWorkspace, *refs: str) -> bool:
    with Workspace.from_file(workspace.policy) as opened, frame(opened) as con:
        found = con.execute(
            "SELECT count(DISTINCT entity), count(*) FROM same WHERE ref IN (SELECT unnest(?))", [list(refs)]
        )
        groups, there = found.fetchall()[0]
    assert there == len(refs)
    return bool(groups == 1)


@pytest.mark.parametrize("named", [False, True], ids=["rows", "a file"])
def test_a_decision_stands_over_the_data_until_it_is_withdrawn(named: bool, here: CsvWorkspace) -> None:
    if named:
        with_files(here, decisions="decisions.yaml")
    assert together(here, S1, M1)

    here.run("match", "different", S1, M1, "--why", "two Annas")
    here.run("match", "same", S2, M5, "--why", "her married name")

    assert not together(here, S1, M1)
    assert together(here, S2, M5)
    assert "no (" in here.run("match", "explain", S1, M1).stdout.splitlines()[0]
    assert (here.folder / "decisions.yaml").is_file() == named
    listed = here.json("match", "decisions")
    assert [(d["verdict"], d["why"], d["state"]) for d in listed["decisions"]] == [
        ("not_same", "two Annas", "in force"),
        ("same", "her married name", "in force"),
    ]
    assert {d["kept"] for d in listed["decisions"]} == {"file and store" if named else "store"}

    here.run("match", "forget", S1, M1, "--why", "it was she")
    assert together(here, S1, M1)
    assert here.json("match", "decisions")["in_force"] == 1


def test_what_the_file_says_counts_and_rows_beside_it_are_told(here: CsvWorkspace) -> None:
    here.run("match", "different", S1, M1, "--why", "two Annas")
    with_files(here, decisions="decisions.yaml")

    gone = here.run("check", exit_code=2)
    assert "decisions.yaml is not there, but the store remembers 1 decision about pairs" in gone.stderr
    here.run("match", "decisions", "--export", str(here.folder / "decisions.yaml"))
    assert not together(here, S1, M1)

    (here.folder / "decisions.yaml").write_text("version: 1\ndecisions: []\n", encoding="utf-8")
    assert together(here, S1, M1), "taken out of the file, it no longer holds"
    assert "[not in the file]" in here.run("match", "decisions").stdout


def test_decisions_survive_a_full_pull_and_follow_merges(here: CsvWorkspace) -> None:
    """m2 is decided to be nobody's; then s2 is merged into s9 in the CRM."""
    here.run("match", "different", S2, M2, "--why", "another Ben")
    here.run("pull", "--full")
    assert not together(here, S2, M2)

    with Workspace.from_file(here.policy) as opened:
        from dataclasses import replace

        from trueup.model.refs import Ref

        old, new = Ref.parse(S2), Ref("sales", "people", "s9")
        record = opened.store.records([old])[old]
        opened.store.put_records([replace(record, ref=new), replace(record, merged_into=new)])

    assert not together(here, "sales:people/s9", M2)
    listed = here.json("match", "decisions")["decisions"][0]
    assert listed["now"] == [M2, "sales:people/s9"]
    assert "today mail:people/m2 and sales:people/s9" in here.run("match", "decisions").stdout


def test_a_decision_holds_until_its_day_and_no_longer(here: CsvWorkspace) -> None:
    with_files(here, decisions="decisions.yaml")
    (here.folder / "decisions.yaml").write_text(
        f"version: 1\ndecisions:\n  - different: [{M1}, {S1}]\n    by: dana\n    why: for the audit\n    until: 2020-05-31\n",
        encoding="utf-8",
    )

    assert together(here, S1, M1)
    assert here.json("match", "decisions")["decisions"][0]["state"] == "expired"
    late = here.run("match", "different", S1, M1, "--why", "x", "--until", "2020-01-01", exit_code=2)
    assert "in the past" in late.stderr


def test_decisions_travel_as_text_and_are_taken_once(here: CsvWorkspace, tmp_path: Path) -> None:
    here.run("match", "different", S1, M1, "--why", "two Annas", "--until", "2099-12-31")
    text = here.run("match", "decisions", "--export", "-").stdout
    file = tmp_path / "taken.yaml"
    file.write_text(text, encoding="utf-8")
    other = CsvWorkspace(tmp_path / "other")
    other.run("pull")

    first = other.run("match", "decisions", "--import", str(file))
    again = other.run("match", "decisions", "--import", str(file))

    assert "New or changed decisions taken" in first.stderr
    assert first.stderr.strip().endswith(": 1.")
    assert again.stderr.strip().endswith(": 0.")
    assert not together(other, S1, M1)
    assert other.run("match", "decisions", "--export", "-").stdout == text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("same", S1, S1, "--why", "x"), "always the same as itself"),
        (("same", S1, "mail:people/none", "--why", "x"), "is not known"),
        (("same", S1, "nonsense", "--why", "x"), "is no record"),
        (("same", S1, M1, "--why", "  "), "needs a reason"),
        (("same", "sales:owners/o1", "mail:owners/o1", "--why", "x"), "matched by its key"),
        (("same", S1, "mail:owners/o1", "--why", "x"), "of two kinds"),
        (("forget", S1, M1, "--why", "x"), "Nothing was decided"),
    ],
)
def test_what_cannot_be_decided_is_refused(words: tuple[str, ...], said: str, here: CsvWorkspace) -> None:
    assert said in here.run("match", *words, exit_code=2).stderr


def test_a_mistake_in_the_file_stops_everything_at_its_line_and_column(here: CsvWorkspace) -> None:
    with_files(here, decisions="decisions.yaml", weights="weights.yaml")
    (here.folder / "decisions.yaml").write_text("version: 1\ndecisions:\n  - same: [a, b]\n", encoding="utf-8")
    (here.folder / "weights.yaml").write_text("version: 1\nperson: {weights: {mail: {}}}\n", encoding="utf-8")

    said = here.run("config", "check", exit_code=2).stderr

    assert "decisions.yaml:3:12" in said
    assert "weights.yaml:2:20" in said
    assert "did you mean 'email'" in said


def test_weights_are_written_only_when_told_and_used_only_when_named(here: CsvWorkspace) -> None:
    here.run("match", "different", S1, M1, "--why", "two Annas")
    before = here.run("match", "explain", S2, M2).stdout
    here.run("match", "tune")
    assert not (here.folder / "weights.yaml").exists()

    told = here.run("match", "tune", "--write")

    text = (here.folder / "weights.yaml").read_text(encoding="utf-8")
    assert "Use it: match: {weights: weights.yaml}" in told.stdout
    assert "decided not the same: the weights alone agree with 0 of 1 now" in told.stdout
    assert here.run("match", "explain", S2, M2).stdout == before
    here.run("match", "tune", "--write")
    assert (here.folder / "weights.yaml").read_text(encoding="utf-8") == text, "the same data, the same file"

    digest = here.run("config", "check").stdout
    with_files(here, weights="weights.yaml")
    assert here.run("match", "explain", S2, M2).stdout != before
    assert here.run("config", "check").stdout != digest, "other weights are another policy"
    assert "Nothing to change" in here.run("match", "tune").stdout
