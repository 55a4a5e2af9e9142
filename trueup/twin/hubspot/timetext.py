"""Turns HubSpot's times into text and back: milliseconds inside, ISO 8601 with `Z` outside.

Times are written with three digits of milliseconds, and with no fraction at all when it is zero.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY_MS = 86_400_000


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // _MS


def iso(ms: int) -> str:
    """`2024-10-23T22:42:36.650Z`, or without the fraction on a full second."""
    text = (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text[:-6] + "Z"


def day_text(ms: int) -> str:
    """The UTC day as `YYYY-MM-DD`."""
    return (_EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%d")


def is_midnight(ms: int) -> bool:
    """Whether an instant is midnight UTC, the only instant that a `date` property takes."""
    return ms % _DAY_MS == 0


def parse_ms(raw: object) -> int | None:
    """Milliseconds from epoch milliseconds (text or number) or ISO 8601 text; None when it is neither."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int):
        return raw if _in_range(raw) else None
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() and _in_range(int(raw)) else None
    text = str(raw).strip()
    if text.lstrip("-").isdigit():
        # Eight digits or fewer would be a day in 1970: HubSpot takes them as milliseconds all the same.
        return int(text) if len(text) < 17 and _in_range(int(text)) else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return ms_of(moment)


def _in_range(ms: int) -> bool:
    return -62_135_596_800_000 <= ms <= 253_402_300_799_999
