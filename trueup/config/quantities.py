"""Durations and shares as people write them: `30 days`, `24 h`, `20%`."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "m": "minutes",
    "min": "minutes",
    "minute": "minutes",
    "h": "hours",
    "hour": "hours",
    "d": "days",
    "day": "days",
    "w": "weeks",
    "week": "weeks",
}


def duration(value: object) -> timedelta:
    """`3 days` → timedelta. Raises ValueError with the accepted forms."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*", str(value).lower())
    if not match or match[2] not in _UNITS:
        raise ValueError(f"{value!r} is not a duration; write for example 30 days, 24 hours or 15 minutes")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def share(value: object) -> float:
    """`20%` or `0.2` → 0.2. Raises ValueError when it is not between 0 and 100 %."""
    text = str(value).strip()
    try:
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ValueError(f"{value!r} is not a share; write for example 20%") from None
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r} is not between 0% and 100%")
    return number
