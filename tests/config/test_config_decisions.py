"""Decisions about pairs and learned weights as text: read strictly, written so that a review shows just what changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.config.decisions import entry_text, parse, whole_text, with_decision, without_decision
from trueup.config.weights import read_weights, weights_text
from trueup.model.policy import PairDecision

HAND = """\
# looked through with Dana
version: 1
decisions:
  # the Kovacs family
  - different: [crm:people/7, crm:people/8]
    by: dana
    why: father and son   # they share the mailbox
    until: 2027-06-30
  - same: ["mail:people/1", "crm:people/1"]
    by: ben
    why: 'married: was Osei'
"""
ONE = PairDecision("crm:people/7", "crm:people/8", "not_same", "dana", "father and son", None, date(2027, 6, 30))
TWO = PairDecision("crm:people/1", "mail:people/1", "same", "ben", "married: was Osei")


def test_a_file_written_by_hand_is_read() -> None:
    found, problems = parse(HAND, "d.yaml")

    assert problems == []
    assert found == (ONE, TWO)


def test_adding_a_decision_keeps_every_line_that_was_there() -> None:
    new = PairDecision("a:b/1", "a:b/2", "same", "eve", "one desk, one phone: #7", date(2026, 1, 2))

    text = with_decision(HAND, new, "d.yaml")

    assert text.startswith(HAND)
    assert parse(text, "d.yaml") == ((ONE, TWO, new), [])


def test_deciding_again_replaces_the_old_entry_and_touches_no_other() -> None:
    new = PairDecision("crm:people/7", "crm:people/8", "same", "eve", "one man after all")

    text = with_decision(HAND, new, "d.yaml")

    assert "# looked through with Dana" in text
    assert "father and son" not in text
    assert parse(text, "d.yaml") == ((TWO, new), [])


def test_taking_a_decision_out_leaves_the_rest() -> None:
    text = without_decision(HAND, ONE, "d.yaml")

    assert parse(text, "d.yaml") == ((TWO,), [])
    assert parse(without_decision(text, TWO, "d.yaml"), "d.yaml") == ((), [])


@pytest.mark.parametrize(
    "text", ["", "version: 1\n", "version: 1\ndecisions: []\n", "{version: 1, decisions: []}", whole_text([])]
)
def test_the_first_decision_goes_into_any_empty_file(text: str) -> None:
    assert parse(with_decision(text, ONE, "d.yaml"), "d.yaml") == ((ONE,), [])


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).filter(
    str.strip
)


@settings(max_examples=40, deadline=None)
@given(
    _WORDS,
    _WORDS,
    st.text("abc-_.~0123456789äß", min_size=1, max_size=8),
    st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_whatever_was_written_is_read_back(by: str, why: str, name: str, until: date | None) -> None:
    one = PairDecision(f"a:b/{name}", f"a:c/{name}", "same", by, why, None, until)

    assert parse(whole_text([one, TWO]), "d.yaml") == ((one, TWO), [])
    assert entry_text(one).count("\n  - ") == 0


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        ("  - same: [crm:people/1]\n    by: x\n    why: y", (3, 5), "must list two records"),
        ("  - same: [crm:people/1, nonsense]\n    by: x\n    why: y", (3, 26), "'nonsense' is no record"),
        ("  - same: [crm:people/1, crm:people/1]\n    by: x\n    why: y", (3, 5), "always the same as itself"),
        ("  - sames: [a:b/1, a:b/2]\n    by: x\n    why: y", (3, 5), "unknown key 'sames'"),
        ("  - same: [a:b/1, a:b/2]\n    by: x", (3, 5), "'why' is missing"),
        ("  - same: [a:b/1, a:b/2]\n    by: x\n    why: y\n    until: soon", (6, 5), "'soon' is not a date"),
        ("  - same: [a:b/1, a:b/2]\n    different: [a:b/1, a:b/2]\n    by: x\n    why: y", (3, 5), "either `same` or `different`"),
        ("  - same: [a:b/1, a:b/2]\n    by: x\n    why: y\n  - different: [a:b/2, a:b/1]\n    by: x\n    why: y", (6, 5), "decided already, on line 3"),
        ("  - just words", (3, 5), "must be a mapping"),
        ("  - same: [a:b/1, a:b/2]\n    by: x\n    why: y\n    on: 2026-05-01\n    until: 2026-04-01", (7, 5), "ends before it begins"),
    ],
)  # fmt: skip
def test_every_mistake_is_told_at_its_place(lines: str, place: tuple[int, int], said: str) -> None:
    _, problems = parse(f"version: 1\ndecisions:\n{lines}\n", "d.yaml")

    assert any((p.line, p.column) == place and said in p.message for p in problems), problems


# -- weights -----------------------------------------------------------------------------------------------------------

LADDERS = {"person": {"email": {"exact": False, "other": True}}, "company": {"name": {"exact": False}}}
GOOD = {
    "person": {
        "learned_from": {"records": 9, "pairs": 4},
        "weights": {"email": {"exact": {"m": 0.84}, "other": {"m": 0.0000003, "u": 0.5}}},
    },
    "company": {"learned_from": {"records": 0}, "weights": {}},
}


def test_weights_are_written_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "weights.yaml"
    file.write_text(weights_text(GOOD, lambda kind, comparison, level: "a remark: with signs # {}"), encoding="utf-8")

    found, problems = read_weights(file, lambda: LADDERS)

    assert problems == []
    assert found == {"person": GOOD["person"]["weights"]}


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("version: 2\n", (1, 1), "'version' must be 1"),
        ("version: 1\nperson:\n  weights:\n    mail: {exact: {m: 0.5}}\n", (4, 5), "unknown key 'mail'"),
        ("version: 1\nperson:\n  weights:\n    email:\n      exactly: {m: 0.5}\n", (5, 7), "unknown key 'exactly'"),
        ("version: 1\nperson:\n  weights:\n    email:\n      exact: {u: 0.5}\n", (5, 15), "has no u"),
        ("version: 1\nperson:\n  weights:\n    email:\n      other: {m: 1.5}\n", (5, 15), "above 0 and up to 1"),
        ("version: 1\nperson:\n  weights:\n    email:\n      other: {m: no}\n", (5, 15), "above 0 and up to 1"),
        ("version: 1\nperson: 7\n", (2, 1), "must be a mapping"),
        ("version: [\n", (2, 1), "not valid YAML"),
    ],
)
def test_a_wrong_weight_is_told_at_its_place(text: str, place: tuple[int, int], said: str, tmp_path: Path) -> None:
    file = tmp_path / "weights.yaml"
    file.write_text(text, encoding="utf-8")

    _, problems = read_weights(file, lambda: LADDERS)

    assert any((p.line, p.column) == place and said in p.message for p in problems), problems


def test_a_file_of_weights_that_is_not_there_is_told(tmp_path: Path) -> None:
    _, problems = read_weights(tmp_path / "weights.yaml", None)

    assert [p.message for p in problems] == ["there is no such file"]
