"""The people of the CRMs leave as Splink settings with the weights in use; how much the model covers is said."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from csv_workspace import CsvWorkspace

HEAD = "id,first_name,last_name,email,phone,title,industry,city,lifecycle_stage,owner_id"
FIRST = ["Ana", "Boris", "Clara", "Dario", "Edit", "Filip", "Gina", "Hana", "Igor", "Jana", "Kaja", "Luka"]
SYLLABLES = ["ba", "del", "fen", "gor", "hul", "kam", "lin", "mor", "nas", "pel", "ros", "sta", "tov", "ver"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CsvWorkspace:
    """A hundred and twenty people in both systems, some without an address, some misspelled."""
    workspace = CsvWorkspace(tmp_path_factory.mktemp("export") / "w")
    rng = random.Random(4)
    sales, mail = [HEAD + ",mail_id"], [HEAD]
    for n in range(120):
        first, last = rng.choice(FIRST), "".join(rng.choice(SYLLABLES) for _ in range(3)).title()
        address, number = f"{first}.{last}@x{n % 30}.example".lower(), f"+44 20 79{n:02}{rng.randrange(10):01} {n:04}"
        other = last[:-1] if n % 9 == 0 else last
        sales.append(f"s{n},{first},{last},{address},{number},Buyer,,Leeds,Working,owners/o1,")
        mail.append(f"m{n},{first},{other},{'' if n % 7 == 0 else address},{number},,,Leeds,sql,owners/o1")
    (workspace.folder / "sales" / "people.csv").write_text("\n".join(sales) + "\n", encoding="utf-8")
    (workspace.folder / "mail" / "people.csv").write_text("\n".join(mail) + "\n", encoding="utf-8")
    workspace.run("pull")
    return workspace


def exported(workspace: CsvWorkspace, folder: Path) -> tuple[str, dict[str, Any]]:
    told = workspace.run("match", "export", "--to", str(folder), "--dialect", "duckdb").stdout
    return " ".join(told.split()), json.loads((folder / "settings.json").read_text(encoding="utf-8"))


def shares(settings: dict[str, Any], column: str) -> float:
    """How often true pairs have one value in the column: the m of its levels of equality together."""
    found = next(c for c in settings["comparisons"] if c["output_column_name"] == column)
    equal = [
        level
        for level in found["comparison_levels"][1:]
        if re.search(rf'"?{column}"?_l"? = "?{column}"?_r', level["sql_condition"])
    ]
    assert equal
    return float(sum(level["m_probability"] for level in equal))


def test_the_people_that_were_pulled_are_exported_with_what_the_model_covers(
    here: CsvWorkspace, tmp_path: Path
) -> None:
    told, settings = exported(here, tmp_path / "out")

    spoken = {c["output_column_name"] for c in settings["comparisons"]}
    assert {"given_name", "family_name", "email", "phone"} <= spoken
    count = f"SELECT count(*) FROM '{tmp_path}/out/records.parquet'"
    rows = duckdb.connect().execute(count).fetchall()[0][0]
    assert rows == 240
    held, found = (int(x) for x in re.search(r"of (\d+) pairs that are one person here it finds (\d+)", told).groups())  # type: ignore[union-attr]
    assert held >= 95
    assert held >= found >= 0.95 * held


def test_the_weights_that_were_learned_leave_with_it(here: CsvWorkspace, tmp_path: Path) -> None:
    before = exported(here, tmp_path / "before")[1]
    (here.folder / "weights.yaml").write_text(
        "version: 1\nperson:\n  weights:\n    email:\n      exact: {m: 0.2}\n    family:\n      exact: {m: 0.5}\n",
        encoding="utf-8",
    )
    policy = here.policy.read_text(encoding="utf-8")
    here.policy.write_text(policy + "match: {weights: weights.yaml}\n", encoding="utf-8")
    try:
        after = exported(here, tmp_path / "after")[1]
    finally:
        here.policy.write_text(policy, encoding="utf-8")

    for column in ("email", "family_name"):
        assert shares(after, column) < shares(before, column) - 0.05
    assert shares(after, "phone") == pytest.approx(shares(before, "phone"), abs=0.05)


def test_tables_and_their_columns_go_together(here: CsvWorkspace, tmp_path: Path) -> None:
    told = here.run("match", "export", str(here.folder / "sales" / "people.csv"), "--to", str(tmp_path), exit_code=2)

    assert "go together" in told.output
