"""CSV and JSON: the same rows as the page, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_facts import facts, hostile

from trueup.report import tabular
from trueup.report.view import build


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+31 20 123", "-12", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", '=HYPERLINK("http://x")']
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert tabular.harmless(cell) == "'" + cell


@given(st.text())
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    made = tabular.harmless(cell)

    assert not made.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made in (cell, "'" + cell)


def test_every_change_has_a_row_in_the_order_of_need() -> None:
    view = build(facts())
    found = rows(tabular.changes_csv(view))

    assert [row["change_id"] for row in found] == [row.id for row in view.changes]
    first, move = found[0], found[1]
    assert (first["state"], first["risk"], first["class"]) == ("waiting", "high", "merge")
    assert (move["before"], move["after"], move["winner"]) == (
        "marketingqualifiedlead",
        "salesqualifiedlead",
        "salesforce",
    )
    assert move["other_records"] == "salesforce:Lead/00Q1"


def test_every_finding_has_a_row_with_its_reason() -> None:
    found = {row["code"]: row for row in rows(tabular.findings_csv(build(facts())))}

    assert len(found) == 4
    assert found["ACT003"]["reason"] == "Activities are not made up."
    assert found["STG001"]["values"] == "hubspot:contacts/51: mql; salesforce:Lead/00Q1: sql"
    assert found["STG001"]["first_seen"] == "2026-05-23T12:00:00+00:00"


def test_hostile_values_survive_the_way_through_a_reader() -> None:
    view = build(hostile())
    found = {row["change_id"]: row for row in rows(tabular.changes_csv(view))}

    for row in view.changes:
        assert found[row.id]["before"].removeprefix("'") == row.before
        assert not found[row.id]["before"].startswith(("=", "+", "-", "@"))


def test_the_document_holds_every_row_and_is_plain_json() -> None:
    view = build(facts())
    document = json.loads(json.dumps(tabular.document(view)))

    assert [c["id"] for c in document["changes"]] == [row.id for row in view.changes]
    assert [f["id"] for f in document["findings"]] == [row.id for row in view.findings]
    assert document["counts"]["waiting"] == 2
    assert document["lifecycle"]["cells"] == [[1]]
    assert document["verdict"] == view.verdict
