"""`trueup match evaluate` and `explain`: shares with intervals, the worst mistakes first, a waterfall that adds up."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from csv_workspace import CsvWorkspace

from trueup.cli import main
from trueup.commands.match_evaluate import Share, evaluate, read_clusters, read_labels
from trueup.errors import UsageError
from trueup.model.kinds import Kind
from trueup.model.matching import Grade, Level, Match
from trueup.model.refs import Ref
from trueup.report.terminal import matching

GROUPS = {"1": ("a", 0.99), "2": ("a", 0.9), "3": ("b", 0.7), "4": ("b", 0.7), "5": ("c", 1.0)}
LABELS = [("1", "2", True), ("3", "4", False), ("4", "5", True), ("1", "5", False), ("1", "9", True)]


def test_shares_and_mistakes_are_counted() -> None:
    found = evaluate(LABELS, GROUPS)

    assert (found.precision.right, found.precision.of) == (1, 2)
    assert (found.recall.right, found.recall.of) == (1, 2)
    assert found.f1 == pytest.approx(0.5)
    assert found.unknown == 1
    assert [(m.left, m.right, m.joined) for m in found.mistakes] == [("3", "4", True), ("4", "5", False)]


def test_the_interval_is_wilsons() -> None:
    low, high = Share(9, 10).interval

    assert (round(low, 4), round(high, 4)) == (0.5958, 0.9821)
    assert Share(0, 0).interval == (0.0, 1.0)


@pytest.mark.parametrize(("least", "code"), [("0.4", 0), ("0.9", 1)])
def test_low_precision_fails_a_build(least: str, code: int, tmp_path: Path) -> None:
    labels, clusters = tmp_path / "labels.csv", tmp_path / "clusters.csv"
    labels.write_text("left,right,same\n1,2,yes\n3,4,no\n", encoding="utf-8")
    rows = "".join(f"t,{ref},{group},{p}\n" for ref, (group, p) in GROUPS.items())
    clusters.write_text("table,record_id,cluster_id,probability\n" + rows, encoding="utf-8")

    words = ["match", "evaluate", str(labels), "--clusters", str(clusters), "--min-precision", least]
    result = CliRunner().invoke(main, words)

    assert result.exit_code == code, result.output
    assert "joined, but different  3  4" in result.output


def test_an_id_that_two_tables_have_must_be_named_with_its_table(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("table,record_id,cluster_id,probability\na,1,1,1\nb,1,2,1\n", encoding="utf-8")

    assert set(read_clusters(file)) == {"a:1", "b:1"}


@pytest.mark.parametrize("text", ["", "a,b\n", "l,r,same\n", "l,r,same\n1,2,perhaps\n"])
def test_labels_that_say_nothing_are_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError):
        read_labels(file)


def test_the_waterfall_adds_up_and_names_what_spoke_against(capsys: pytest.CaptureFixture[str]) -> None:
    pair = Ref("s", "Contact", "1"), Ref("h", "contacts", "2")
    levels = (Level("email", "same address", 12.0, "a@x.test", "a@x.test"), Level("given", "different", -5.0, "A", "B"))

    matching.print_match(Match(*pair, Kind.PERSON, 0.12, Grade.POSSIBLE, levels, -10.0, "different first names"))

    said = capsys.readouterr().out
    assert "s:Contact/1 and h:contacts/2: possible (0.1200)." in said
    assert re.search(r"-3\.0  .*  total, in bits", said)
    assert "spoke against: given" in said
    assert "held down: different first names" in said


def test_a_pair_of_the_crms_is_explained_and_measured(tmp_path: Path) -> None:
    here = CsvWorkspace(tmp_path)
    assert here.run("pull").exit_code == 0

    said = here.run("match", "explain", "sales:people/s1", "mail:people/m1")
    other = here.run("match", "explain", "sales:people/s1", "mail:people/m5")

    assert said.exit_code == other.exit_code == 0, said.output + other.output
    assert "certain" in said.output.splitlines()[0]
    assert "e-mail: same address" in said.output
    assert ": no (" in other.output.splitlines()[0]
    here.run("match", "explain", "sales:people/s1", "mail:people/none", exit_code=2)
    here.run("match", "explain", "nonsense", "mail:people/m1", exit_code=2)

    labels = tmp_path / "labels.csv"
    labels.write_text(
        "left,right,same\nsales:people/s1,mail:people/m1,yes\nsales:people/s1,mail:people/m5,no\n", encoding="utf-8"
    )
    measured = here.run("match", "evaluate", str(labels), "--min-precision", "1")
    assert measured.exit_code == 0, measured.output
    assert "F1 1.000 over 2 labelled pairs." in measured.output
