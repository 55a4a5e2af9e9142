"""The terminal's texts: the verdict first, both values, nothing cut without saying so, nothing obeyed that a value says."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from report_facts import (
    CHANGES,
    FILL,
    FINDINGS,
    HOSTILE,
    MERGE,
    MOVE,
    NAMES,
    NEVER,
    PLAN,
    TITLES,
    Blind,
    applied,
    facts,
    hostile,
    many,
)

from trueup.model.changes import Loss
from trueup.model.receipts import Outcome
from trueup.report import terminal
from trueup.report.terminal.live import LiveProgress
from trueup.report.view import build

GOLDEN = Path(__file__).parent / "golden_terminal.txt"
WIDTH = 80


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.delenv("FORCE_COLOR", raising=False)


class Left:
    """A finding without a proposal."""

    def __init__(self, finding: str, code: str, reason: str) -> None:
        self.finding, self.code, self.reason = finding, code, reason


def day(capsys: pytest.CaptureFixture[str]) -> str:
    """Everything that a day of work prints."""

    def names(refs: object) -> dict[object, str]:
        return {ref: NAMES[ref] for ref in refs}  # type: ignore[attr-defined, index]

    terminal.print_check(FINDINGS, [Blind("LNK001", "not seen whole")], titles=TITLES, names=names)  # type: ignore[arg-type]
    print("~" * 8)  # noqa: T201
    terminal.print_plan(PLAN, 1, [Left(NEVER.id, "ACT003", "Activities are not made up.")], names=names)  # type: ignore[arg-type]
    print("~" * 8)  # noqa: T201
    for number, change in enumerate(CHANGES, 1):
        terminal.print_change(change, position=f"{number} of 3", names=NAMES)
    print("~" * 8)  # noqa: T201
    receipts = {
        FILL.id: applied(FILL, Outcome.APPLIED),
        MOVE.id: applied(MOVE, Outcome.STALE, "It is now customer."),
        MERGE.id: applied(MERGE, Outcome.SKIPPED),
    }
    terminal.print_apply(PLAN, receipts)
    print("~" * 8)  # noqa: T201
    terminal.print_report(build(facts()))
    return capsys.readouterr().out


def test_the_text_is_the_kept_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Look at the difference; when it is meant, write the new text to the golden file."""
    text = day(capsys)

    assert text == GOLDEN.read_text(encoding="utf-8")


def test_no_line_is_wider_than_the_terminal_and_there_is_no_colour_in_a_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = day(capsys)

    wide = [line for line in text.splitlines() if len(line) > WIDTH]
    assert [line[:12] for line in wide] == ["Not in true:"] * 2  # a verdict stays on one line where it is a file
    assert "\x1b" not in text


def test_a_value_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    given = hostile()
    assert given.plan is not None
    terminal.print_check(given.findings, [], limit=0, names=lambda _: given.names)
    terminal.print_plan(given.plan, 0, [], limit=0, names=lambda _: given.names)
    terminal.print_report(build(given))
    for change in given.plan.changes:
        terminal.print_change(change, names=given.names)

    out = capsys.readouterr().out
    assert not set(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]", out))
    assert "\\u001b[31mred" in out
    assert HOSTILE["hebrew"] in out
    assert "[red]" not in out


def test_what_is_cut_says_how_many_more_and_how_to_see_them(capsys: pytest.CaptureFixture[str]) -> None:
    given = many(40)
    assert given.plan is not None
    terminal.print_check(given.findings, [], limit=3)
    assert "… 37 more of FLD002. All of them: trueup check --code FLD002 --limit 0" in capsys.readouterr().out

    terminal.print_plan(given.plan, 0, [], limit=10)
    assert "… 30 more waiting. All of them: trueup plan --limit 0, or trueup review" in capsys.readouterr().out

    terminal.print_plan(given.plan, 0, [], limit=0)
    assert "more waiting" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcomes", "first"),
    [
        ((), "Nothing was written: none of 3 planned changes is approved."),
        ((Outcome.APPLIED, Outcome.ALREADY), "Done: all 2 approved changes hold."),
        ((Outcome.APPLIED, Outcome.STALE), "Partly done: 1 of 2 approved changes; 1 stale."),
        (
            (Outcome.UNKNOWN, Outcome.REFUSED, Outcome.FAILED),
            "Partly done: 0 of 3 approved changes; 1 unknown, 1 failed, 1 refused.",
        ),
    ],
)
def test_the_first_line_of_an_apply_is_the_verdict(
    outcomes: tuple[Outcome, ...], first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts = {c.id: applied(c, o) for c, o in zip(CHANGES, outcomes, strict=False)}

    terminal.print_apply(PLAN, receipts)

    assert capsys.readouterr().out.splitlines()[0] == first


def test_a_json_document_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_apply(PLAN, {FILL.id: applied(FILL, Outcome.APPLIED)}, as_json=True)

    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["planned"] == 3
    assert document["counts"]["skipped"] == 2
    assert [r["change"] for r in document["receipts"]] == [FILL.id]


def test_progress_draws_seldom_and_leaves_the_time_of_each_part() -> None:
    now = [0.0]
    out = io.StringIO()
    live = LiveProgress(out, lambda: now[0])
    live.step("Pulling")
    for page in range(1_000):
        now[0] += 0.001
        live.pulled("hubspot", "contacts", page * 100)
    live.close()

    assert out.getvalue().count("\r") < 20
    assert out.getvalue().endswith("Pulling, 99,900 rows (1.0 s)\n")


def test_what_comes_back_in_part_says_what_does_and_what_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    losses = [Loss(MERGE, "its activities cannot be told afterwards", "2 is restored"), Loss(MOVE, "consent stays")]

    terminal.print_undo(PLAN, losses, None)

    said = capsys.readouterr().out
    assert said.startswith(
        f"{len(PLAN.changes)} changes would be undone. 1 change cannot come back. 1 change comes back in part."
    )
    apart = said.partition("Comes back in part · 1")
    assert "consent stays" in apart[0]
    assert "Cannot come back · 1" in apart[0]
    assert re.search(r"comes back +2 is restored", apart[2])
    assert re.search(r"stays away +its activities cannot be told afterwards", apart[2])
    terminal.print_undo(PLAN, losses, None, as_json=True)
    assert [row["comes_back"] for row in json.loads(capsys.readouterr().out)["cannot"]] == ["2 is restored", ""]
