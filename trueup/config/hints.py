"""What to suggest where a word is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(text: str, good: Iterable[str]) -> str:
    """A hint: the nearest good value, and all of them when there are few."""
    values = sorted(good)
    near = difflib.get_close_matches(text, values, n=1)
    listed = f"there are: {', '.join(values)}" if values and len(values) <= 30 else ""
    return "; ".join(part for part in (f"did you mean {near[0]!r}?" if near else "", listed) if part)
