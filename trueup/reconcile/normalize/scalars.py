"""Numbers, booleans, dates and lists in their canonical spelling (see `trueup.model.kinds`)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from trueup.reconcile.normalize.text import clean, plain

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,3})?", re.IGNORECASE)
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_RANGE = re.compile(r"([\d.]+)\s*(?:-|–|to)\s*([\d.]+)")
_TRUE = frozenset({"true", "1", "yes", "y", "t", "on"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "off"})
_SLASHED = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")


def _decimal(text: str) -> str | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if value == 0:
        return "0"
    spelled = format(value, "f")
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled


def number(text: str | None) -> str | None:
    """A plain decimal; a range such as `1,001 to 5,000` or `10,000+` keeps its ends (`1001-5000`, `10000+`)."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    bare = _GROUPED.sub("", cleaned.strip("$€£ ")).strip()
    if (single := _decimal(bare)) is not None:
        return single
    if found := _RANGE.fullmatch(bare):
        low, high = _decimal(found.group(1)), _decimal(found.group(2))
        return f"{low}-{high}" if low is not None and high is not None else None
    if bare.endswith("+") and (low := _decimal(bare[:-1].strip())) is not None:
        return f"{low}+"
    return None


def boolean(text: str | None) -> str | None:
    """`true` or `false`."""
    word = plain(text)
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def day(text: str | None) -> str | None:
    """An ISO date; of a date with time, the day in UTC."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    if found := _SLASHED.fullmatch(cleaned):
        cleaned = f"{int(found[1]):04}-{int(found[2]):02}-{int(found[3]):02}"
    try:
        if len(cleaned) == 10:
            return date.fromisoformat(cleaned).isoformat()
        moment = datetime.fromisoformat(cleaned)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError):
        return None


def instant(text: str | None) -> str | None:
    """An instant in UTC, `2026-05-06T12:00:00Z`, with a fraction only where it is not zero."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    try:
        moment = datetime.fromisoformat(cleaned)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    spelled = (
        moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else moment.replace(tzinfo=None).isoformat()[:19]
    )
    if not moment.microsecond:
        return spelled + "Z"
    fraction = f"{moment.microsecond:06}"
    return f"{spelled}.{fraction[:3] if fraction.endswith('000') else fraction}Z"


def parts(text: str | None) -> str | None:
    """A list joined by `;`: each part for comparing, each once, sorted."""
    if text is None:
        return None
    found = sorted({part for raw in text.split(";") if (part := plain(raw))})
    return ";".join(found) or None


def refs(text: str | None) -> str | None:
    """A list of refs: ids keep their case, each once, sorted."""
    if text is None:
        return None
    return ";".join(sorted({part for raw in text.split(";") if (part := raw.strip())})) or None
