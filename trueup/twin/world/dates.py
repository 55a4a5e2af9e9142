"""The world's calendar: days of work counted from the epoch, so that lives lie in working hours and in order."""

from __future__ import annotations

from datetime import UTC, date, datetime

DAY = 86_400
_MONDAY = 4  # 1970-01-05 was the first Monday


def workday_of(day: date) -> int:
    """The number of the working day; a weekend counts as the Friday before it."""
    days = (day - date(1970, 1, 1)).days - _MONDAY
    weeks, weekday = divmod(days, 7)
    return weeks * 5 + min(weekday, 4)


def instant(workday: int, second: int, tz_hours: int = 0) -> int:
    """Epoch seconds of a second after 09:00 local time on a working day."""
    weeks, weekday = divmod(workday, 5)
    return (weeks * 7 + weekday + _MONDAY) * DAY + 9 * 3600 + second - tz_hours * 3600


def salesforce_time(at: int) -> str:
    """As Salesforce's REST API spells an instant."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def hubspot_time(at: int) -> str:
    """As HubSpot spells an instant."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def iso_date(at: int) -> str:
    """The date, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
