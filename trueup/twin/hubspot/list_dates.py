"""What a list's filter asks of a date: days, calendar units, days from now, other dates. All in epoch milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trueup.twin.hubspot.list_questions import Held, Json, Test, as_number, bad, between
from trueup.twin.hubspot.timetext import parse_ms

_DAY = 86_400_000


def date_range(operation: Json, operator: str) -> Test | None:
    """From one day to another."""
    low, high = parse_ms(operation.get("lowerBound")), parse_ms(operation.get("upperBound"))
    return None if low is None or high is None else between(low, high, operator, parse_ms)


def _moment(at: int | None, operator: str, *, whole_day: bool) -> Test | None:
    if at is None:
        return None
    size = _DAY if whole_day else 1

    def test(compare: Callable[[int], bool]) -> Test:
        return lambda held: (value := parse_ms(held.value)) is not None and compare(value)

    tests: dict[str, Test] = {
        "IS_EQUAL_TO": test(lambda v: at <= v < at + size),
        "IS_BEFORE": test(lambda v: v < at),
        "IS_BEFORE_DATE": test(lambda v: v < at),
        "IS_AFTER": test(lambda v: v >= at + size),
        "IS_AFTER_DATE": test(lambda v: v >= at + size),
    }
    tests |= {
        "IS_EXACTLY": tests["IS_EQUAL_TO"],
        "IS_LESS_THAN": tests["IS_BEFORE"],
        "IS_GREATER_THAN": tests["IS_AFTER"],
    }
    return tests.get(operator)


def date(operation: Json, operator: str) -> Test | None:
    """A day that is named."""
    months = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER",
              "NOVEMBER", "DECEMBER")  # fmt: skip
    month = str(operation.get("month") or "").upper()
    try:
        number = months.index(month) + 1 if month in months else int(month)
        day = datetime(int(operation["year"]), number, int(operation["day"]), tzinfo=UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise bad("a DATE operation has year, month and day") from error
    return _moment(int(day.timestamp() * 1000), operator, whole_day=True)


def instant(operation: Json, operator: str) -> Test | None:
    """A moment that is named."""
    return _moment(parse_ms(operation.get("timestamp")), operator, whole_day=False)


def rolling(operation: Json, operator: str) -> Test | None:
    """Days from now, in either direction."""
    days = as_number(operation.get("numberOfDays"))
    if days is None:
        return None
    span = int(min(abs(days), 1e6) * _DAY)

    def test(compare: Callable[[int], bool]) -> Test:
        """`compare` gets the time from the value until now."""
        return lambda held: (value := parse_ms(held.value)) is not None and compare(held.now - value)

    tests: dict[str, Test] = {
        "IS_LESS_THAN_X_DAYS_AGO": test(lambda ago: 0 <= ago < span),
        "IS_MORE_THAN_X_DAYS_AGO": test(lambda ago: ago > span),
        "IS_LESS_THAN_X_DAYS_FROM_NOW": test(lambda ago: 0 <= -ago < span),
        "IS_MORE_THAN_X_DAYS_FROM_NOW": test(lambda ago: -ago > span),
    }
    tests |= {name.replace("_X_", "_"): one for name, one in tests.items()}
    return tests.get(operator)


def updated(operation: Json, operator: str) -> Test | None:
    """When the property last changed."""
    days = as_number(operation.get("numberOfDays"))
    if days is None:
        return None
    span = int(min(abs(days), 1e6) * _DAY)

    def lately(held: Held) -> bool:
        return held.changed is not None and held.now - held.changed < span

    return {
        "IS_UPDATED_IN_LAST_X_DAYS": lately,
        "UPDATED_IN_LAST_X_DAYS": lately,
        "IS_UPDATED_IN_LAST_DAYS": lately,
        "NOT_UPDATED_IN_LAST_X_DAYS": lambda held: not lately(held),
        "IS_NOT_UPDATED_IN_LAST_X_DAYS": lambda held: not lately(held),
    }.get(operator)


_UNITS = {"DAY": 1, "WEEK": 7, "MONTH": 30, "QUARTER": 91, "YEAR": 365}


def calendar(operation: Json, operator: str) -> Test | None:
    """This, the last or the next day, week, month, quarter or year."""
    unit, count = (
        str(operation.get("timeUnit") or "").upper().removesuffix("S"),
        int(operation.get("timeUnitCount") or 1),
    )
    if unit not in _UNITS:
        raise bad(f"unknown timeUnit {operation.get('timeUnit')}; there are: {', '.join(_UNITS)}")
    if not 1 <= count <= 1_000:
        raise bad("timeUnitCount is from 1 to 1,000")

    def test(first: int, last: int) -> Test:
        def asked(held: Held) -> bool:
            value = parse_ms(held.value)
            return value is not None and _begin(unit, held.now, first) <= value < _begin(unit, held.now, last + 1)

        return asked

    return {
        "IN_THIS_TIME_UNIT": test(0, 0),
        "IN_THIS_TIME_UNIT_SO_FAR": test(0, 0),
        "IN_LAST_TIME_UNIT": test(-count, -1),
        "IN_NEXT_TIME_UNIT": test(1, count),
    }.get(operator)


def _begin(unit: str, now: int, step: int) -> int:
    """When the unit begins that lies so many steps from the present one."""
    day = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in {"DAY", "WEEK"}:
        day -= timedelta(days=day.weekday() if unit == "WEEK" else 0)
        return int((day + timedelta(days=step * _UNITS[unit])).timestamp() * 1000)
    size = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    month = (day.year * 12 + day.month - 1) // size * size + step * size
    return int(datetime(max(1, month // 12), month % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000)


def against(operation: Json, operator: str) -> Test | None:
    """One date property beside another."""
    name, default = (
        str(operation.get("comparisonPropertyName") or ""),
        parse_ms(operation.get("defaultComparisonValue")),
    )

    def test(compare: Callable[[int, int], bool]) -> Test:
        def asked(held: Held) -> bool:
            mine = parse_ms(held.value)
            other = parse_ms(held.others.get(name)) if held.others.get(name) else default
            return mine is not None and other is not None and compare(mine, other)

        return asked

    return {"IS_BEFORE": test(lambda a, b: a < b), "IS_AFTER": test(lambda a, b: a > b)}.get(operator)


def point(operation: Json, operator: str) -> Test | None:
    """Before or after a time point."""
    point = operation.get("timePoint")
    if not isinstance(point, Mapping):
        raise bad("a TIME_POINT operation has a timePoint")

    def test(compare: Callable[[int, int], bool]) -> Test:
        def asked(held: Held) -> bool:
            value, at = parse_ms(held.value), moment_of(point, held)
            return value is not None and at is not None and compare(value, at)

        return asked

    return {"IS_BEFORE": test(lambda a, b: a < b), "IS_AFTER": test(lambda a, b: a > b)}.get(operator)


def point_range(operation: Json, operator: str) -> Test | None:
    """Between two time points."""
    low, high = operation.get("lowerBoundTimePoint"), operation.get("upperBoundTimePoint")
    if not isinstance(low, Mapping) or not isinstance(high, Mapping):
        raise bad("a TIME_RANGED operation has two time points")

    def inside(held: Held) -> bool:
        value, first, last = parse_ms(held.value), moment_of(low, held), moment_of(high, held)
        return value is not None and first is not None and last is not None and first <= value <= last

    return {"IS_BETWEEN": inside, "IS_NOT_BETWEEN": lambda held: not inside(held)}.get(operator)


def moment_of(point: Json, held: Held) -> int | None:
    """The instant that a time point names: a date, an offset from a calendar mark, or another property's."""
    kind = str(point.get("timeType") or "")
    try:
        zone = ZoneInfo(str(point.get("zoneId") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    try:
        if kind == "DATE":
            clock = timedelta(**{f"{n}s": int(point.get(n) or 0) for n in ("hour", "minute", "second")})
            day = datetime(int(point["year"]), int(point["month"]), int(point["day"]), tzinfo=zone) + clock
            return int(day.timestamp() * 1000)
        if kind == "INDEXED":
            mark = str((point.get("indexReference") or {}).get("referenceType") or "NOW").removeprefix("FISCAL_")
            at = held.now if mark == "NOW" else _begin({"TODAY": "DAY"}.get(mark, mark), held.now, 0)
            offset = point.get("offset") or {}
            steps = {"days": 1, "weeks": 7, "months": 30, "quarters": 91, "years": 365}
            days = sum(int(offset.get(n) or 0) * size for n, size in steps.items())
            return (
                at + days * _DAY + int(offset.get("hours") or 0) * 3_600_000 + int(offset.get("minutes") or 0) * 60_000
            )
        if kind == "PROPERTY_REFERENCED":
            return parse_ms(held.others.get(str(point.get("property") or "")))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return None
