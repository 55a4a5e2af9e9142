"""The world's calendar: days of work counted from the epoch, so that lives lie in working hours and in order."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

DAY = 86_400
_EPOCH = date(1970, 1, 1)
_MONDAY = 4  # 1970-01-05 was the first Monday


def workday_of(day: date) -> int:
    """The number of the working day; a weekend counts as the Friday before it."""
    days = (day - _EPOCH).days - _MONDAY
    weeks, weekday = divmod(days, 7)
    return weeks * 5 + min(weekday, 4)


def instant(workday: int, second: int, tz_hours: int = 0) -> int:
    """Epoch seconds of a second after 09:00 local time on a working day."""
    weeks, weekday = divmod(workday, 5)
    return (weeks * 7 + weekday + _MONDAY) * DAY + 9 * 3600 + second - tz_hours * 3600


def salesforce_time(at: int) -> str:
    """As Salesforce's REST API spells an instant."""
    return f"{_to_the_second(at)}.000+0000"


def hubspot_time(at: int) -> str:
    """As HubSpot spells an instant."""
    return f"{_to_the_second(at)}.000Z"


def iso_date(at: int) -> str:
    """The date, in UTC."""
    return _day(at // DAY)


def _to_the_second(at: int) -> str:
    # Millions of instants fall on a few thousand days: the day is spelled once.
    days, second = divmod(at, DAY)
    minutes, second = divmod(second, 60)
    return f"{_day(days)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


@cache
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).isoformat()
