"""What the questions of list filters have in common: what they are asked about, and how one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot.errors import ApiError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What a record says of one property: its value, the values it ever had, when it last changed, its other values."""

    value: str
    ever: Sequence[str]
    changed: int | None
    others: Mapping[str, str]
    now: int


Test = Callable[[Held], bool]


def bad(message: str) -> ApiError:
    """The refusal of a filter that cannot be understood."""
    return ApiError(400, f"Invalid filterBranch: {message}", sub_category="ILS.INVALID_FILTER")


def as_number(raw: Any) -> float | None:
    """A number from what callers send for one."""
    try:
        return float(raw) if raw not in (None, "") and not isinstance(raw, bool) else None
    except (TypeError, ValueError):
        return None


def between(low: float, high: float, operator: str, read: Callable[[str], float | None]) -> Test | None:
    """Both ends belong to it."""

    def inside(held: Held) -> bool:
        value = read(held.value)
        return value is not None and low <= value <= high

    return {"IS_BETWEEN": inside, "IS_NOT_BETWEEN": lambda held: not inside(held)}.get(operator)
