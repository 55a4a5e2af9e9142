"""What the terminal's texts are written on: a console that obeys the reader's settings, and a few shapes of line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trueup.report.words import clean

GOOD, WARN, BAD, QUIET, STRONG = "green", "yellow", "red", "dim", "bold"
WIDTH_WITHOUT_TERMINAL = 100


def paper(file: TextIO | None = None) -> Console:
    """Standard output: colour only on a terminal (and never with NO_COLOR), no markup, so that values stay values.

    In a file a sentence, the verdict above all, stays on one line, so that `head -1` and `grep` see it whole.
    """
    out = file or sys.stdout
    narrow = None if out.isatty() or os.environ.get("COLUMNS") else WIDTH_WITHOUT_TERMINAL
    return Console(file=out, markup=False, highlight=False, emoji=False, soft_wrap=not out.isatty(), width=narrow)


def document(value: Any) -> None:
    """One JSON document on standard output, keys sorted."""
    import orjson

    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.write(data.decode())
    sys.stdout.flush()


def heading(console: Console, text: str) -> None:
    """A line that begins a part."""
    console.print()
    console.print(Text(text, style=STRONG))


def entry(console: Console, *parts: str | tuple[str, str], indent: int = 2) -> None:
    """One line of text parts, each plain or with a style; continued lines keep the indent."""
    text = Text.assemble(*(part if isinstance(part, tuple) else (part, "") for part in parts))
    for line in text.wrap(console, max(20, console.width - indent), overflow="fold"):
        line.rstrip()
        console.print(Text(" " * indent) + line)


def table(
    console: Console,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[str | Text]],
    *,
    indent: int = 2,
    flexible: int = -1,
) -> None:
    """Columns (title, `left` or `right`) without rules; the `flexible` one gives way when the paper is narrow."""
    shown = Table(box=None, show_header=any(title for title, _ in columns), padding=(0, 2, 0, 0), pad_edge=False)
    flexible %= len(columns)
    for place, (title, side) in enumerate(columns):
        shown.add_column(
            Text(title, style=QUIET),
            justify="right" if side == "right" else "left",
            no_wrap=place != flexible,
            overflow="fold",
        )
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row))
    from rich.padding import Padding

    with console.capture() as captured:
        console.print(Padding(shown, (0, 0, 0, indent), expand=False), soft_wrap=False)
    # A table fills its columns with blanks to the right; they would be noise in a file or a diff.
    lines = captured.get().splitlines() if not console.is_terminal else [captured.get().rstrip("\n")]
    console.out("\n".join(line.rstrip() for line in lines), highlight=False)


def more(console: Console, left: int, noun: str, how: str, *, indent: int = 2) -> None:
    """Say how many were not shown, and how to see them."""
    if left > 0:
        entry(console, (f"… {left:,} more {noun}. All of them: {how}", QUIET), indent=indent)


def onward(console: Console, *steps: str) -> None:
    """What to do next."""
    console.print()
    console.print(Text.assemble(("Next  ", QUIET), "   ".join(steps)))


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return cell_len(text)
