"""Every command that a paper shows is run, in order, against a twin; what it is said to print is what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_docs_true import REPO, tool

console = tool("console")


@pytest.mark.parametrize("page", console.pages(), ids=lambda page: str(page.relative_to(REPO)))
def test_the_commands_of_a_paper_do_what_it_says(page: Path) -> None:
    assert [outcome.problem for outcome in console.run(page) if outcome.problem] == []


def test_a_page_that_lies_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "lies.md"
    page.write_text(
        "```console\n$ echo one && echo two\none\n…\n$ echo one && echo two\none\n$ echo 5 of 9\n6 of 7\n"
        "$ echo yes\nno\n$ false\n$ false # exit 1\n```\n",
        encoding="utf-8",
    )

    problems = [outcome.problem.split(": ", 1)[-1] for outcome in console.run(page)]

    assert problems == [
        "",
        "$ echo one && echo two: is said to print \"(the end), but goes on with 'two'\"",
        "",
        "$ echo yes: is said to print 'no'",
        "$ false: exit 1, not 0",
        "",
    ]


def test_renewing_puts_in_what_is_printed_and_keeps_what_was_cut_short(tmp_path: Path) -> None:
    page = tmp_path / "old.md"
    page.write_text("```console\n$ seq 5\nx\nx\n…\n\n$ echo new\nold\n$ true\n```\n", encoding="utf-8")

    console.renew(page)

    assert page.read_text(encoding="utf-8") == "```console\n$ seq 5\n1\n2\n…\n\n$ echo new\nnew\n$ true\n```\n"
