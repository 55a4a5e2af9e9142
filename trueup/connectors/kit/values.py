"""Between a CRM's spelling of a value and the canonical one (`trueup.model.kinds`), one function per field type.

To canonical never fails: what cannot be read as its type is kept as the text that the CRM holds, so that a check can
say so. To native is strict: what is not of its type must not reach a CRM and raises ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from trueup.model.kinds import FieldType

ToCanonical = Callable[[object], str | None]
ToNative = Callable[[str | None], object]

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MILLIS = re.compile(r"^-?\d{11,}$")


def text(value: object) -> str | None:
    """Text as the CRM has it, without white space around it; blank is None."""
    if value is None:
        return None
    return str(value).strip() or None


@lru_cache(maxsize=65536)
def _decimal(value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def number(value: object) -> str | None:
    """A plain decimal without exponent or trailing zeros."""
    if value is None or value == "":
        return None
    # A float prints its shortest spelling, which is what the CRM sent; through Decimal(float) it would grow digits.
    return _decimal(str(value).strip()) or None


def boolean(value: object) -> str | None:
    """`true` or `false`, from a JSON boolean, its text, or 1 and 0."""
    if value is None or value == "":
        return None
    if value is True:
        return "true"
    if value is False:
        return "false"
    word = str(value).strip().lower()
    return {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}.get(word, word)


@lru_cache(maxsize=65536)
def _datetime(value: str) -> str:
    if len(value) == 28 and value.endswith(".000+0000") and value[10] == "T":
        return value[:19] + "Z"
    moment: datetime
    try:
        if _MILLIS.match(value):
            moment = datetime.fromtimestamp(int(value) / 1000, UTC)
        else:
            moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return format_datetime(moment)


def datetime_(value: object) -> str | None:
    """UTC to the second, with milliseconds only when they are not zero; from ISO 8601, or milliseconds since 1970."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return format_datetime(value if value.tzinfo else value.replace(tzinfo=UTC))
    return _datetime(str(value).strip()) or None


@lru_cache(maxsize=65536)
def _date(value: str) -> str:
    if _DATE.match(value):
        return value
    moment = _datetime(value)
    return moment[:10] if len(moment) > 10 and moment[10] == "T" else value


def date_(value: object) -> str | None:
    """The day, as `2026-05-06`; of a point in time, its day in UTC."""
    if value is None or value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, datetime):
        value = format_datetime(value if value.tzinfo else value.replace(tzinfo=UTC))
    return _date(str(value).strip()) or None


def choices(value: object) -> str | None:
    """Parts joined by `;`, sorted, without blanks or repeats."""
    if value is None or value == "":
        return None
    parts = {str(p).strip() for p in (value if isinstance(value, list | tuple) else str(value).split(";"))}
    return ";".join(sorted(p for p in parts if p)) or None


def format_datetime(moment: datetime) -> str:
    """The canonical spelling of an aware point in time."""
    moment = moment.astimezone(UTC)
    millis = moment.microsecond // 1000
    # isoformat, because strftime does not pad a year of fewer than four digits.
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if millis else "seconds") + "Z"


def parse_datetime(value: str) -> datetime:
    """A canonical datetime (or anything `datetime_` reads) as an aware point in time; raises ValueError."""
    return datetime.fromisoformat(_datetime(value.strip()))


TO_CANONICAL: dict[FieldType, ToCanonical] = {
    FieldType.TEXT: text,
    FieldType.EMAIL: text,
    FieldType.PHONE: text,
    FieldType.URL: text,
    FieldType.CHOICE: text,
    FieldType.REF: text,
    FieldType.NUMBER: number,
    FieldType.BOOLEAN: boolean,
    FieldType.DATE: date_,
    FieldType.DATETIME: datetime_,
    FieldType.CHOICES: choices,
    FieldType.REFS: choices,
}
"""One converter per type. REF and REFS get their object from the field map (`MappedField`)."""


def to_number(value: str | None) -> int | float | None:
    """A JSON number: whole when it is whole. Raises ValueError for anything else."""
    if value is None:
        return None
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not exact.is_finite():
        raise ValueError(f"not a number: {value!r}")
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def to_boolean(value: str | None) -> bool | None:
    """True or False; raises ValueError for anything but the canonical words."""
    if value is None:
        return None
    if value not in ("true", "false"):
        raise ValueError(f"neither true nor false: {value!r}")
    return value == "true"


def to_date(value: str | None) -> str | None:
    """A checked date; raises ValueError for a day that is not in the calendar."""
    return None if value is None else date.fromisoformat(value).isoformat()


def to_datetime(value: str | None) -> str | None:
    """A checked point in time in the canonical spelling, which both CRMs read."""
    return None if value is None else format_datetime(parse_datetime(value))


def to_text(value: str | None) -> str | None:
    """The text unchanged; blank is None."""
    return value or None


TO_NATIVE: dict[FieldType, ToNative] = {
    FieldType.NUMBER: to_number,
    FieldType.BOOLEAN: to_boolean,
    FieldType.DATE: to_date,
    FieldType.DATETIME: to_datetime,
}
"""Converters for types whose JSON is not the canonical text; all others go as text (`to_text`)."""
