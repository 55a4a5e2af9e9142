"""Two records of a table explained; a trained model exported; engines that are not installed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner, Result

from trueup.cli import main
from trueup.commands import match_spark
from trueup.commands.match_table import match_table, opened
from trueup.reconcile import normalize
from trueup.reconcile.linkage import portable, splink

PEOPLE = [
    ("1", "Anna", "Kovacs", "anna.kovacs@acme.example", "Acme Ltd", "1040"),
    ("2", "Ana", "Kovács", "a.kovacs@acme.example", "Acme", "1040"),
    ("3", "Ben", "Osei", "ben@osei.example", "Osei & Co", "2000"),
    ("4", "Osei", "Ben", "ben@osei.example", "Osei", "2000"),
    ("5", "Chloe", "Martin", "chloe@martin.example", "", "3000"),
    ("6", "Dmitri", "Orlov", "", "Orlov", "3001"),
    ("7", "Dmitry", "Orlov", "dmitri@orlov.example", "Orlov AG", "3001"),
    ("8", "Elif", "Kaya", "elif@kaya.example", "", ""),
    ("9", "Gita", "Rao", "gita.rao@acme.example", "Rao Works", "4000"),
]
COLUMNS = "id: id\nfirst name: first\nlast name: last\ne-mail: mail\norganisation: org\npostcode: zip\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([("id", "first", "last", "mail", "org", "zip"), *PEOPLE])
    (tmp_path / "columns.yaml").write_text(COLUMNS, encoding="utf-8")
    (tmp_path / "places.yaml").write_text("id: id\nlast name: last\npostcode: zip\n", encoding="utf-8")
    return file


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["match", *map(str, words)])


@pytest.mark.parametrize("columns", ["columns.yaml", "places.yaml"], ids=["business contacts", "any table"])
def test_the_parts_of_a_tables_pair_add_up_to_its_probability(columns: str, table: Path) -> None:
    told = run("explain", "3", "4", "--table", table, "--columns", table.parent / columns, "--json")

    assert told.exit_code == 0, told.output
    pair = json.loads(told.stdout)
    assert (pair["left"], pair["right"]) == ("people:3", "people:4")
    total = pair["prior"] + sum(level["weight"] for level in pair["levels"])
    assert total == pytest.approx(pair["total"], abs=0.01)
    assert 1 / (1 + 2.0**-total) == pytest.approx(pair["probability"], abs=0.01)
    values = {level["comparison"]: (level["left"], level["right"]) for level in pair["levels"]}
    assert values.get("last name", values.get("name")) == ("Osei", "Ben")


def test_two_people_of_a_table_are_told_apart_with_what_spoke_against(table: Path) -> None:
    told = run("explain", "people:1", "5", "--table", table, "--columns", table.parent / "columns.yaml")

    assert told.exit_code == 0, told.output
    assert ": apart (0.0000" in told.stdout.splitlines()[0]
    assert "last name" in told.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1", "99"), "there is no record '99'"),
        (("1", "1"), "always the same as itself"),
    ],
)
def test_records_that_are_not_there_are_told(words: tuple[str, str], said: str, table: Path) -> None:
    told = run("explain", *words, "--table", table, "--columns", table.parent / "columns.yaml")

    assert told.exit_code == 2
    assert said in told.output


def test_tables_and_columns_go_together(table: Path) -> None:
    assert "go together" in run("explain", "1", "2", "--table", table).output


def test_an_exported_model_is_whole_and_weighs_as_it_was_trained(table: Path, tmp_path: Path) -> None:
    told = run("export", table, "--columns", table.parent / "columns.yaml", "--to", tmp_path / "out")

    assert told.exit_code == 0, told.output
    settings = json.loads((tmp_path / "out" / "settings.json").read_text(encoding="utf-8"))
    rows = duckdb.sql(f"FROM '{tmp_path}/out/records.parquet' ORDER BY record")
    assert (settings["link_type"], settings["sql_dialect"]) == ("dedupe_only", "spark")
    assert len(rows.fetchall()) == len(PEOPLE)
    spoken = {c["output_column_name"] for c in settings["comparisons"]}
    assert spoken == {"given_name", "family_name", "email", "organisation", "postcode"} <= set(rows.columns)
    for rule in settings["blocking_rules_to_generate_predictions"]:
        assert rule["blocking_rule"].split(" = ")[0].removeprefix("l.") in rows.columns
    for comparison in settings["comparisons"]:
        null, *levels = comparison["comparison_levels"]
        assert null["is_null_level"]
        assert levels[-1]["sql_condition"] == "ELSE"
        assert all(0 < level["m_probability"] <= 1 and 0 < level["u_probability"] <= 1 for level in levels)
    again = run("export", table, "--columns", table.parent / "columns.yaml", "--to", tmp_path / "again")
    assert again.exit_code == 0
    for name in ("settings.json", "records.parquet"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_records_are_written_in_their_order_however_many_threads_there_are(tmp_path: Path) -> None:
    rows = 400_000  # beyond what one thread takes at once
    con = duckdb.connect(config={"threads": "2"})
    con.register("held", {"record": np.arange(rows), "name": np.array([f"x{n}" for n in range(rows)], dtype=object)})
    normalize.install_junk(con)  # work enough for the second thread to come in between
    con.execute("CREATE TEMP VIEW told AS SELECT record, norm_junk(name) AS junk FROM held")
    match_spark._to_parquet(con, "told", tmp_path / "records.parquet")
    got = duckdb.sql(f"SELECT record FROM '{tmp_path}/records.parquet'").fetchnumpy()["record"]
    assert np.array_equal(got, np.arange(rows))
    assert con.execute("SELECT current_setting('threads')").fetchall() == [(2,)]


def test_the_sql_of_every_level_says_what_the_code_says(table: Path) -> None:
    """Every pair of records, level by level: the settings' conditions run in DuckDB against the comparison in memory."""
    with opened([table], table.parent / "columns.yaml") as (con, tables):
        made = portable.build(con, tables, "US")
        trained = portable.train(made)
        splink.records(con, made)
        pairs = [(a, b) for a in range(len(PEOPLE)) for b in range(a + 1, len(PEOPLE))]
        left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
        known = splink.settings(made, trained, "duckdb")
        met = set()
        for plain, feature, comparison in zip(made.plain, made.prepared.features, known["comparisons"], strict=True):
            cases = " ".join(
                f"WHEN {level['sql_condition']} THEN {number}"
                for number, level in enumerate(comparison["comparison_levels"][:-1])
            )
            columns = [row[0] for row in con.execute("DESCRIBE portable_records").fetchall()]
            sides = ", ".join(f"{s}.{c} AS {c}_{s}" for s in "lr" for c in columns)
            got = con.execute(
                f"SELECT CASE {cases} ELSE {len(comparison['comparison_levels']) - 1} END FROM (SELECT {sides} "
                "FROM portable_records l JOIN portable_records r ON l.record < r.record) ORDER BY record_l, record_r"
            ).fetchnumpy()
            said = next(iter(got.values())).tolist()
            order = [0, *([len(plain.exact) + 1] if plain.swap else []), *range(1, len(plain.exact) + 1)]
            order += range(len(order), len(plain.steps) + 1)
            assert [order[number] for number in said] == feature.compare(left, right).tolist(), plain.name
            met |= {plain.steps[order[n] - 1].key.rstrip("0123456789") for n in said if n}
        assert {"swapped", "near", "exact", "other", "domain"} <= met


def test_plain_ladders_find_the_same_people_whatever_the_order_of_rows(table: Path, tmp_path: Path) -> None:
    match_table([table], table.parent / "columns.yaml", tmp_path / "one.csv", predict=portable.predict)
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    match_table([table], table.parent / "columns.yaml", tmp_path / "two.csv", predict=portable.predict)

    found = {
        row["record_id"]: row["cluster_id"]
        for row in csv.DictReader((tmp_path / "one.csv").read_text(encoding="utf-8").splitlines())
    }
    assert found["3"] == found["4"]
    assert found["1"] != found["5"] != found["8"]
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_an_engine_that_is_not_installed_says_how_to_get_it(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_spark, "_there", lambda package: False)

    told = run(
        "table", table, "--columns", table.parent / "columns.yaml", "--out", tmp_path / "c.csv", "--engine", "spark"
    )

    assert told.exit_code == 2
    assert "needs splink and pyspark" in told.output
    assert "trueup[spark]" in told.output
    assert not (tmp_path / "c.csv").exists()
