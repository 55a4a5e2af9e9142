"""Progress on standard error: one line that moves on a terminal, with the time each part took left behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from trueup.report.words import clean, clip

HZ = 10
"""How often the line is drawn at most; a pull gives thousands of pages."""


class LiveProgress:
    """Draws what the work is at. Prints nothing anywhere but on the given terminal."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stderr
        self._clock = clock
        self._step = ""
        self._began = clock()
        self._drawn = 0.0
        self._rows: dict[tuple[str, str], int] = {}

    def step(self, text: str) -> None:
        """A new part of the work begins; the one before is left standing with its time."""
        self._leave()
        self._step, self._began, self._rows = text, self._clock(), {}
        self._draw(text + " …")

    def pulled(self, system: str, object_: str, rows: int) -> None:
        """So many rows of an object have come."""
        self._rows[system, object_] = rows
        if self._due():
            self._draw(f"{self._step} … {sum(self._rows.values()):,} rows; {system}:{object_} {rows:,}")

    def applied(self, done: int, total: int) -> None:
        """So many of the approved changes have their receipt."""
        if done == total or self._due():
            self._draw(f"{self._step} … {done:,} of {total:,}")

    def close(self) -> None:
        """The work is over: the last part is left standing."""
        self._leave()
        self._step = ""

    def _due(self) -> bool:
        return self._clock() - self._drawn >= 1 / HZ

    def _draw(self, line: str) -> None:
        self._drawn = self._clock()
        self._out.write(f"\r\x1b[2K{clip(clean(line), 79)}")
        self._out.flush()

    def _leave(self) -> None:
        if not self._step:
            return
        rows = f", {sum(self._rows.values()):,} rows" if self._rows else ""
        self._out.write(f"\r\x1b[2K{clip(clean(self._step), 60)}{rows} ({self._clock() - self._began:.1f} s)\n")
        self._out.flush()
