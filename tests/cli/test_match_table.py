"""`trueup match table`: files in, clusters out, and clear words when something is wrong."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trueup.cli import main
from trueup.commands.match_table import opened

ROWS = [
    ("1", "Anna", "Schmidt", "anna.schmidt@firm.example", "Coburg"),
    ("2", "Ana", "Schmidt", "anna.schmidt@firm.example", "Coburg"),
    ("3", "Bruno", "Keller", "bruno@keller.example", "Gera"),
    ("4", "Carla", "Huber", "carla.huber@post.example", "Husum"),
    ("5", "Carla", "Huber", "carla.huber@post.example", ""),
    *((str(n), f"Nil{n}s", f"Otto{n * 7}", f"n{n}@otto.example", "Forst") for n in range(6, 60)),
]
COLUMNS = "id: no\nfirst name: given\nlast name: surname\ne-mail: mail\ncity: town\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "people.csv", ROWS)


def write(file: Path, rows: list[tuple[str, ...]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("no", "given", "surname", "mail", "town"), *rows])
    return file


def run(*arguments: object, columns: str = COLUMNS, folder: Path) -> Result:
    file = folder / "columns.yaml"
    file.write_text(columns, encoding="utf-8")
    words = ["match", "table", *map(str, arguments), "--columns", str(file), "--out", str(folder / "clusters.csv")]
    return CliRunner().invoke(main, words)


def clusters(folder: Path) -> dict[tuple[str, str], str]:
    with (folder / "clusters.csv").open(encoding="utf-8") as file:
        return {(row["table"], row["record_id"]): row["cluster_id"] for row in csv.DictReader(file)}


def test_duplicates_share_a_cluster_and_the_others_stand_alone(table: Path, tmp_path: Path) -> None:
    result = run(table, folder=tmp_path)

    assert result.exit_code == 0, result.output
    found = clusters(tmp_path)
    assert found["people", "1"] == found["people", "2"]
    assert found["people", "4"] == found["people", "5"]
    assert len(found) == len(ROWS)
    assert len(set(found.values())) == len(ROWS) - 2


def test_parquet_links_with_csv(table: Path, tmp_path: Path) -> None:
    import duckdb

    other = write(tmp_path / "crm.csv", [(f"x{no}", *rest) for no, *rest in ROWS[:40]])
    parquet = tmp_path / "crm.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{other}', all_varchar = true)) TO '{parquet}'")

    result = run(table, parquet, folder=tmp_path)

    assert result.exit_code == 0, result.output
    found = clusters(tmp_path)
    assert found["people", "10"] == found["crm", "x10"]


def test_the_same_bytes_whatever_the_order_of_rows(table: Path, tmp_path: Path) -> None:
    run(table, folder=tmp_path)
    before = (tmp_path / "clusters.csv").read_bytes()
    write(table, ROWS[::-1])

    run(table, folder=tmp_path)

    assert (tmp_path / "clusters.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("last name: surnam\n", "no column 'surnam' (perhaps surname)"),
        ("shoe size: given\n", "shoe size: no such role"),
        ("id: no\n", "no column to compare is named"),
        ("id: given\nlast name: surname\n", "rows share one"),
        ("last name: [surname\n", "not valid YAML"),
        ("", "must say which column is what"),
    ],
)
def test_bad_columns_are_told_and_nothing_is_written(columns: str, says: str, table: Path, tmp_path: Path) -> None:
    result = run(table, columns=columns, folder=tmp_path)

    assert result.exit_code == 2
    assert says in result.output
    assert not (tmp_path / "clusters.csv").exists()


def test_an_id_that_is_missing_is_told(tmp_path: Path) -> None:
    result = run(write(tmp_path / "a.csv", [("", "A", "B", "", "")]), folder=tmp_path)

    assert result.exit_code == 2
    assert "1 rows have no 'no', which is the id" in result.output


@pytest.mark.parametrize(
    ("name", "says"), [("a.xlsx", "read from .csv"), ("none.csv", "is not a file"), ("b.csv", "is empty")]
)
def test_bad_files_are_told(name: str, says: str, tmp_path: Path) -> None:
    if name != "none.csv":
        (tmp_path / name).touch()

    result = run(tmp_path / name, folder=tmp_path)

    assert result.exit_code == 2
    assert says in result.output


def test_three_tables_are_too_many(table: Path, tmp_path: Path) -> None:
    assert run(table, table, table, folder=tmp_path).exit_code == 2


def test_ids_with_commas_and_quotation_marks_are_written_as_csv_is_read(tmp_path: Path) -> None:
    odd = ["a,b", 'say "so"', "two\nlines", "plain", "o'neil", "'quoted'", "#7", "\ufeffx"]
    rows = [(odd[n], *rest) if n < len(odd) else (no, *rest) for n, (no, *rest) in enumerate(ROWS)]
    table = write(tmp_path / "people, all.csv", rows)

    result = run(table, folder=tmp_path)

    assert result.exit_code == 0, result.output
    found = clusters(tmp_path)
    assert {name for name, _ in found} == {"people, all"}
    assert {record for _, record in found} == {row[0] for row in rows}
    with (tmp_path / "clusters.csv").open(encoding="utf-8", newline="") as file:
        text = file.read()
        file.seek(0)
        written = list(csv.reader(file))
    again = tmp_path / "again.csv"
    with again.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(written)
    assert text == again.read_text(encoding="utf-8"), "quoted where a comma, a mark or a line's end is, nowhere else"


def test_a_disk_that_is_full_is_told_in_its_own_words(table: Path, tmp_path: Path) -> None:
    (tmp_path / "clusters.csv.part").symlink_to("/dev/full")

    result = run(table, folder=tmp_path)

    assert result.exit_code == 2
    assert "clusters.csv cannot be written: No space left on device." in " ".join(result.output.split())
    assert not (tmp_path / "clusters.csv").exists()


@pytest.mark.parametrize("marks", ['"', "'"])
def test_the_first_quotation_mark_may_stand_far_down(marks: str, tmp_path: Path) -> None:
    table = tmp_path / "long.csv"
    lines = ["no,given,surname,mail,town"]
    lines += [f"{n},Nil{n}s,Otto{n * 7},n{n}@otto.example,Forst" for n in range(30_000)]
    lines += [f"last,Carla,Huber,c@post.example,{marks}Husum, North{marks}"]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file = tmp_path / "columns.yaml"
    file.write_text(COLUMNS, encoding="utf-8")

    with opened([table], file) as (con, _):
        assert con.execute("SELECT town FROM long WHERE no = 'last'").fetchall() == [("Husum, North",)]


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("no,given,town\n1,Anna,Gera\n2,Bo,Husum\n", "Husum"),
        ("no;given;town\r\n1;Anna;Gera\r\n2;Bo;Husum, North\r\n", "Husum, North"),
        ("\ufeffno\tgiven\ttown\n1\tAnna\tGera\n2\tBo\tHusum\n", "Husum"),
        ("no|given|town\n1|Anna|'Gera'\n2|'Bo|B'|'Husum|North'\n", "Husum|North"),
        ('no,given,town\n1,Anna,"Gera"\n2,"B ""o""","Husum\nNorth"\n', "Husum\nNorth"),
        ("# all of them\nno,given,town\n1,Anna,Gera\n2,Bo,Husum\n", "Husum"),
        ("# all of them\nno,given,town\n1,'Anna',Gera\n2,Bo,'Husum, North'\n", "Husum, North"),
        ('no,"town",town_1,given\n1,Gera,x,Anna\n2,"Husum, North",y,Bo\n', "Husum, North"),
    ],
    ids=[
        "commas",
        "semicolons",
        "tabs",
        "single marks",
        "lines within",
        "a comment",
        "a comment and marks",
        "a header",
    ],
)
def test_text_files_are_read_with_the_marks_that_they_have(text: str, town: str, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(text, encoding="utf-8", newline="")
    (tmp_path / "columns.yaml").write_text("id: no\nfirst name: given\ncity: town\n", encoding="utf-8")

    with opened([table], tmp_path / "columns.yaml") as (con, _):
        assert con.execute("SELECT no, town FROM a ORDER BY no").fetchall() == [("1", "Gera"), ("2", town)]


def test_what_was_left_out_is_told_by_rule(tmp_path: Path) -> None:
    rows = "\n".join(f"{n},name{n:04} of {n % 7},{4000 if n % 2 else 5000 + n}" for n in range(900))
    (tmp_path / "places.csv").write_text(f"id,called,zip\n{rows}\n", encoding="utf-8")
    (tmp_path / "columns.yaml").write_text("id: id\nother text: called\npostcode: zip\n", encoding="utf-8")
    words = ["match", "table", str(tmp_path / "places.csv"), "--columns", str(tmp_path / "columns.yaml")]

    told = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "out.csv")])
    document = json.loads(CliRunner().invoke(main, [*words, "--out", str(tmp_path / "out.csv"), "--json"]).stdout)

    assert document["left_out_by"]["postcode"] == 450 * 449 // 2
    assert sum(document["left_out_by"].values()) == document["left_out"]
    assert "postcode 101,025" in " ".join(told.stdout.split())
