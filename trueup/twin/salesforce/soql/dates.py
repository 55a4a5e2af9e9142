"""Relative date literals as spans of days, in the user's time zone, on the clock that is handed in.

`LAST_N_DAYS:n` begins n days back and includes today; weeks begin on Sunday (the default locale). [reference 6.3]
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def month(day: date, step: int) -> date:
    """The first day of the month so many months on."""
    index = day.year * 12 + day.month - 1 + step
    return date(index // 12, index % 12 + 1, 1)


def _quarter(day: date, step: int) -> date:
    return month(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3 * step)


def _week(day: date, step: int) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7) + timedelta(weeks=step)


def _year(day: date, step: int) -> date:
    return date(day.year + step, 1, 1)


_UNITS = {"WEEK": _week, "MONTH": month, "QUARTER": _quarter, "YEAR": _year}


def span(word: str, n: int | None, today: date) -> tuple[date, date]:
    """Return the first day and the day after the last of a literal."""
    one = timedelta(days=1)
    plain = {
        "YESTERDAY": (today - one, today),
        "TODAY": (today, today + one),
        "TOMORROW": (today + one, today + 2 * one),
        "LAST_90_DAYS": (today - 90 * one, today + one),
        "NEXT_90_DAYS": (today + one, today + 91 * one),
    }
    if word in plain:
        return plain[word]
    count = n or 0
    word = word.replace("FISCAL_", "")
    if word == "LAST_N_DAYS":
        return today - count * one, today + one
    if word == "NEXT_N_DAYS":
        return today + one, today + (count + 1) * one
    if word == "N_DAYS_AGO":
        return today - count * one, today - (count - 1) * one
    when, _, rest = word.partition("_")
    if word.endswith("_AGO"):
        unit = _UNITS[word.removeprefix("N_").removesuffix("_AGO").removesuffix("S")]
        return unit(_start(unit, today), -count), unit(_start(unit, today), -count + 1)
    counted = rest.startswith("N_")
    unit = _UNITS[rest.removeprefix("N_").removesuffix("S")]
    here = _start(unit, today)
    if when == "THIS":
        return here, unit(here, 1)
    if when == "LAST":
        return unit(here, -(count if counted else 1)), here
    return unit(here, 1), unit(here, 1 + (count if counted else 1))


def _start(unit: object, today: date) -> date:
    if unit is month:
        return today.replace(day=1)
    if unit is _quarter:
        return _quarter(today, 0)
    if unit is _year:
        return _year(today, 0)
    return _week(today, 0)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
