"""Values: how each field type is stored, read from JSON and printed.

Stored as SQLite likes it: booleans 0/1, numbers as numbers, dates and datetimes as the very text that REST prints
(`2026-05-06T12:00:00.000+0000`, always UTC, so text order is time order). Whole seconds only: milliseconds of stored
values are always .000. [rec, every datetime]
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .errors import Unreadable

TEXT_TYPES = frozenset(
    {
        "string",
        "textarea",
        "email",
        "phone",
        "url",
        "picklist",
        "multipicklist",
        "combobox",
        "encryptedstring",
        "anyType",
    }
)
NUMBER_TYPES = frozenset({"double", "currency", "percent"})
EXACT_TYPES = NUMBER_TYPES | {
    "id",
    "reference",
    "boolean",
    "int",
    "date",
    "datetime",
    "time",
    "address",
    "location",
    "base64",
}
"""Types whose values are no words: they compare as they stand."""

_DATETIME = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d|[+-]\d\d)?)?$", re.IGNORECASE
)
_TIME = re.compile(r"^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|[+]00:?00)?$", re.IGNORECASE)
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_EMAIL = re.compile(
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\uffff]+@(?:[A-Za-z0-9\u0080-\uffff](?:[A-Za-z0-9\-\u0080-\uffff]*[A-Za-z0-9\u0080-\uffff])?\.)+[A-Za-z\u0080-\uffff]{2,}$"
)


def print_datetime(moment: datetime) -> str:
    """Print an aware datetime as REST JSON does, cut to the second."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.000+0000"


def parse_datetime(text: str) -> datetime | None:
    """Read any ISO 8601 datetime that the API takes (`Z`, `+hh:mm`, `+hhmm`); a bare date is its midnight UTC."""
    found = _DATETIME.match(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    if zone and zone.upper() != "Z":
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "").ljust(4, "0")
        moment -= sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return moment


def parse_date(text: str) -> str | None:
    """Read a date; the date part of a datetime is taken. None when it is neither."""
    head = text.strip()[:10]
    if not _DATE.match(head) or parse_datetime(text) is None:
        return None
    return head


def is_email(text: str) -> bool:
    """Say whether Salesforce would save this as an e-mail address."""
    if not _EMAIL.match(text):
        return False
    local = text.rsplit("@", 1)[0]
    return ".." not in local and not local.startswith(".") and not local.endswith(".")


def _refuse(kind: str, value: Any) -> Unreadable:
    return Unreadable(kind, value)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise _refuse("string", value)
    return str(value).strip() or None


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in {"true", "1", "false", "0"}:
        return int(value.lower() in {"true", "1"})
    if value in (0, 1):
        return int(value)
    raise _refuse("boolean", value)


def _number(kind: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, bool | dict | list):
            raise _refuse(kind, value)
        try:
            number = float(value)
        except (TypeError, ValueError):
            if value == "":
                return None
            raise _refuse(kind, value) from None
        if number != number or number in (float("inf"), float("-inf")):
            raise _refuse(kind, value)
        return number

    return read


def _int(value: Any) -> Any:
    number = _number("int")(value)
    return None if number is None else int(number)


def _date(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    read = parse_date(value) if isinstance(value, str) else None
    if read is None:
        raise _refuse("date", value)
    return read


def _datetime(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, datetime):
        return print_datetime(value)
    moment = parse_datetime(value) if isinstance(value, str) else None
    if moment is None:
        raise _refuse("datetime", value)
    return print_datetime(moment)


def _time(value: Any) -> Any:
    found = _TIME.match(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        raise _refuse("time", value)
    return f"{found[1]}:{found[2]}:{found[3] or '00'}.{(found[4] or '')[:3]:0<3}Z"


def _base64(value: Any) -> Any:
    plain = "".join(value.split()) if isinstance(value, str) else None
    if plain == "":  # a file of no length
        return plain
    try:
        base64.b64decode(plain or "!", validate=True)
    except ValueError:
        raise _refuse("base64", value) from None
    return plain


_READERS: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "base64": _base64,
    "int": _int,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    **{kind: _number(kind) for kind in NUMBER_TYPES},
}


def reader(kind: str) -> Callable[[Any], Any]:
    """Return the function that turns a JSON value (not null) of this field type into its stored form."""
    return _READERS.get(kind, _text)


def to_json(kind: str, stored: Any) -> Any:
    """Turn a stored value into what JSON shows."""
    if stored is None:
        return None
    if kind == "boolean":
        return bool(stored)
    if kind in NUMBER_TYPES:
        return float(stored)
    return stored


def sql_type(kind: str) -> str:
    """Return the SQLite column type (and collation: text compares without case) for a field type."""
    if kind in {"boolean", "int"}:
        return "INTEGER"
    if kind in NUMBER_TYPES:
        return "REAL"
    if kind in {"id", "reference", "date", "datetime", "time", "base64"}:
        return "TEXT"
    return "TEXT COLLATE NOCASE"
