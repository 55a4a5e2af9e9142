"""`--json`: one document on standard output, and exactly the keys that docs/scripting.md promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from csv_workspace import CsvWorkspace

SCRIPTING = Path(__file__).resolve().parents[2] / "docs" / "scripting.md"
OPEN = {"values", "counts", "observed", "codes", "findings", "open_findings", "by_rule"}
"""Keys whose own keys are data (codes, refs, fields), not promises."""


def documented() -> dict[str, Any]:
    """Command → example document, from the page."""
    page = SCRIPTING.read_text(encoding="utf-8")
    found = re.findall(r"^### `trueup ([^`]+)`\n.*?```json\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    return {command: json.loads(example) for command, example in found}


def shape(value: Any, path: str = "") -> set[str]:
    """Every key of a document with its place; those of a list are its items' together."""
    if isinstance(value, list):
        return set().union(*(shape(item, f"{path}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    keys = set()
    for key, inner in value.items():
        keys.add(f"{path}.{key}")
        if not (key in OPEN and isinstance(inner, dict)):
            keys |= shape(inner, f"{path}.{key}")
    return keys


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every documented command really prints, in the order of a working day."""
    workspace = CsvWorkspace(tmp_path_factory.mktemp("scripting") / "w")
    given: dict[str, Any] = {}
    for command in ("doctor", "pull", "check", "plan", "apply", "verify"):
        given[f"{command} --json"] = workspace.json(command)
    workspace.run("approve", "--all")
    given["report --format json"] = json.loads(workspace.run("report", "--format", "json").stdout)
    given["undo --look --json"] = workspace.json("undo", "--look")
    given["run --json"] = workspace.json("run")
    with pytest.MonkeyPatch.context() as later:
        later.setattr("trueup.commands.prune.utcnow", lambda: datetime.now(UTC) + timedelta(days=100))
        given["db prune --json"] = workspace.json("db", "prune", "--before", "90 days", "--dry-run")
    for command in ("status", "runs", "links", "connectors"):
        given[f"{command} --json"] = workspace.json(command)
    given |= matching_answers(workspace)
    return given


def matching_answers(workspace: CsvWorkspace) -> dict[str, Any]:
    """The documents of the verbs about matching, on the same workspace and on a table beside it."""
    folder = workspace.folder
    labels, table, columns = folder / "labels.csv", folder / "table.csv", folder / "columns.yaml"
    labels.write_text("left,right,same\nsales:people/s1,mail:people/m1,yes\nsales:people/s1,mail:people/m5,yes\n")
    table.write_text(
        (folder / "sales" / "people.csv").read_text("utf-8") + "s9,Anna,Kovacs,anna.kovacs@acme.example,,,,,,,\n"
    )
    columns.write_text("id: id\nfirst name: first_name\nlast name: last_name\ne-mail: email\n")
    one, other = "sales:people/s1", "mail:people/m5"
    given = {
        "match table --json": workspace.json(
            "match", "table", str(table), "--columns", str(columns), "--out", str(folder / "clusters.csv")
        ),
        "match explain --json": workspace.json("match", "explain", one, "mail:people/m1"),
        "match evaluate --json": workspace.json("match", "evaluate", str(labels)),
    }
    of_table = workspace.json("match", "explain", "s1", "s9", "--table", str(table), "--columns", str(columns))
    assert shape(of_table) == shape(given["match explain --json"]), "one document for both"
    given["match different --json"] = workspace.json("match", "different", one, other, "--why", "not her")
    given["match same --json"] = workspace.json("match", "same", one, other, "--why", "the same after all")
    given["match decisions --json"] = workspace.json("match", "decisions")
    given["match tune --json"] = workspace.json("match", "tune")
    given["match forget --json"] = workspace.json("match", "forget", one, other, "--why", "a mistake")
    return given


def test_every_document_is_documented_and_no_other(answers: dict[str, Any]) -> None:
    assert sorted(documented()) == sorted(answers)


@pytest.mark.parametrize("command", sorted(documented()))
def test_a_document_has_the_keys_that_are_promised(command: str, answers: dict[str, Any]) -> None:
    promised, real = shape(documented()[command]), shape(answers[command])

    assert real - promised == set(), "add the new keys to docs/scripting.md"
    assert promised - real == set(), "a key that was promised is gone"


def test_every_json_option_has_a_document(answers: dict[str, Any]) -> None:
    from test_cli_help import LEAVES

    able = {" ".join(path) for path, command in LEAVES if any("--json" in p.opts for p in command.params)}

    assert able == {name.split(" --")[0] for name in answers if name.endswith("--json")}


def test_the_keys_are_sorted(tmp_path: Path) -> None:
    text = CsvWorkspace(tmp_path / "w").run("pull", "--json").stdout

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_outcomes_add_up_to_planned(answers: dict[str, Any]) -> None:
    for command in ("apply --json", "run --json"):
        counts = dict(answers[command]["counts"])
        assert counts.pop("planned") == sum(counts.values()) > 0


def test_the_exit_code_tells_that_something_waits(tmp_path: Path) -> None:
    workspace = CsvWorkspace(tmp_path / "w")
    workspace.run("pull")

    workspace.run("check", "--exit-code", exit_code=3)
    workspace.run("plan", "--exit-code", exit_code=3)
    workspace.run("check", exit_code=0)


def lines_of(text: str) -> Iterator[str]:
    yield from text.splitlines()


def test_results_go_to_standard_output_and_errors_to_standard_error(tmp_path: Path) -> None:
    workspace = CsvWorkspace(tmp_path / "w")

    result = workspace.run("apply", exit_code=2)

    assert result.stdout == ""
    assert next(lines_of(result.stderr)) == "Error: There is no plan yet."
