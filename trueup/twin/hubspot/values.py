"""Checks one value against its definition and turns it into the text that is stored.

Every value is text inside and out. A blank text clears. Each refusal carries HubSpot's code and message form
(reference 12.5); the caller gathers all of them before it says no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot.definitions import Definition
from trueup.twin.hubspot.timetext import day_text, is_midnight, iso, parse_ms

_EMAIL = re.compile(
    r"^[^@\s,;:<>()\[\]\"]+@(?:[^@\s.,;:<>()\[\]\"/_]+\.)+[^@\s.,;:<>()\[\]\"/_\d-][^@\s.,;:<>()\[\]\"/_]+$"
)
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
TEXT_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that HubSpot refuses."""

    name: str
    code: str
    message: str

    def to_json(self) -> dict[str, str]:
        """As the error builder wants it."""
        return {"name": self.name, "code": self.code, "message": self.message}


class BadValue(Exception):
    """A value that does not fit its property."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def unknown(name: str) -> Problem:
    """The problem of a property that is not defined."""
    return Problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')


def read_only(definition: Definition) -> Problem:
    """The problem of a property that callers may not set."""
    kind = "calculated" if definition.calculated else "read only"
    message = f'"{definition.name}" is a {kind} property; its value cannot be set.'
    return Problem(definition.name, "READ_ONLY_VALUE", message)


def as_text(raw: Any) -> str:
    """What JSON gave, as text: booleans in lower case, whole numbers without a fraction."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    return str(raw)


def clean(definition: Definition, raw: Any, *, present: str = "", trim: bool = True) -> str:
    """The text to store; "" clears. Raises BadValue.

    `present` is the stored value, to which `";A"` adds on a multiple choice.
    """
    text = as_text(raw)
    if trim or definition.type != "string":
        text = text.strip()
    if not text:
        return ""
    if len(text) > TEXT_LIMIT:
        raise BadValue("VALUE_TOO_LONG", f"{definition.name} is too long; the limit is {TEXT_LIMIT} characters")
    if definition.name == "email":
        return _email(text)
    check = _BY_TYPE.get(definition.type)
    if check is not None:
        return check(definition, text)
    if definition.type == "enumeration":
        return _enumeration(definition, text, present)
    return text


def _email(text: str) -> str:
    lowered = text.lower()
    if len(lowered) > 254 or not _EMAIL.match(lowered) or ".." in lowered:
        raise BadValue("INVALID_EMAIL", f"Email address {text} is invalid")
    return lowered


def _number(_definition: Definition, text: str) -> str:
    # Commas have been refused since May 2023 (reference 1).
    if not _NUMBER.match(text):
        raise BadValue("INVALID_INTEGER", f"{text} was not a valid number.")
    return text.removeprefix("+")


def _bool(definition: Definition, text: str) -> str:
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise _not_an_option(definition, text)
    return lowered


def _datetime(_definition: Definition, text: str) -> str:
    ms = parse_ms(text)
    if ms is None:
        raise BadValue("INVALID_LONG", f"{text} was not a valid long.")
    return iso(ms)


def _date(_definition: Definition, text: str) -> str:
    ms = parse_ms(text)
    if ms is None:
        raise BadValue("INVALID_DATE", f"{text} was not a valid date.")
    if not is_midnight(ms):
        raise BadValue("INVALID_DATE", f"{text} is at {iso(ms)[11:-1]} UTC, not midnight!")
    return day_text(ms)


def _enumeration(definition: Definition, text: str, present: str) -> str:
    if definition.field_type == "booleancheckbox" and text.lower() in {"true", "false"}:
        text = text.lower()
    if not definition.multiple:
        _allowed(definition, text, text)
        return text
    parts = [part.strip() for part in text.split(";") if part.strip()]
    for part in parts:
        _allowed(definition, part, text)
    if text.startswith(";"):
        parts = [*[p for p in present.split(";") if p], *parts]
    return ";".join(dict.fromkeys(parts))


def _allowed(definition: Definition, value: str, text: str) -> None:
    # Options kept elsewhere (owners, teams) and lists that this catalogue does not hold are not checked here.
    if definition.values and value not in definition.values:
        raise _not_an_option(definition, text)


def _not_an_option(definition: Definition, text: str) -> BadValue:
    listed = ", ".join(option.value for option in definition.options)
    return BadValue("INVALID_OPTION", f"{text} was not one of the allowed options: [{listed}]")


_BY_TYPE: Mapping[str, Callable[[Definition, str], str]] = {
    "number": _number,
    "bool": _bool,
    "datetime": _datetime,
    "date": _date,
}
