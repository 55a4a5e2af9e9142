"""What a campaign did, counted as it goes: seeds, examples, outcomes. The end of a test run prints one line for each."""

from __future__ import annotations

import os
from collections import Counter

SHARE = float(os.environ.get("TRUEUP_CAMPAIGN_SHARE", "0.02"))
"""How much of a heavy campaign to run: 0.02 in everyday tests, 1.0 in `make campaign`."""

_figures: Counter[str] = Counter()


def part(full: int, least: int = 1) -> int:
    """How many of a campaign's full number to run at this share."""
    return max(least, round(full * SHARE))


def count(what: str, n: int = 1) -> None:
    """Add to a figure of the campaign that is running."""
    _figures[what] += n


def begin() -> None:
    """Forget the figures of the campaign before."""
    _figures.clear()


def figures() -> dict[str, int]:
    """The figures so far, in the order in which they came up."""
    return dict(_figures)
