"""What a list's filter asks of one property's value: every operation type of the lists API, as a pure question.

`includeObjectsWithNoValueSet` answers for blanks. [S lists.yaml]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trueup.twin.hubspot import list_dates
from trueup.twin.hubspot.list_questions import Held, Json, Test, as_number, bad, between


def asks(operation: Any) -> Callable[[Held], bool]:
    """The question that an operation asks; 400 for one that there is not."""
    if not isinstance(operation, Mapping):
        raise bad("a property filter has an operation")
    operator = str(operation.get("operator") or "")
    if operator in {"IS_KNOWN", "HAS_PROPERTY"}:
        return lambda held: bool(held.value)
    if operator in {"IS_UNKNOWN", "NOT_HAS_PROPERTY", "IS_BLANK"}:
        return lambda held: not held.value
    kind = str(operation.get("operationType") or _guess(operation))
    maker = _KINDS.get(kind)
    if maker is None:
        raise bad(f"unknown operationType {kind}; there are: {', '.join(sorted(_KINDS))}")
    test = maker(operation, operator)
    if test is None:
        raise bad(f"unknown operator {operator} for operationType {kind}")
    blank = bool(operation.get("includeObjectsWithNoValueSet", operator in _NEGATIVE))

    def question(held: Held) -> bool:
        if not held.value and not operator.startswith(("HAS_", "IS_UPDATED", "UPDATED", "NOT_UPDATED")):
            return blank
        return test(held)

    return question


_NEGATIVE = frozenset({"IS_NOT_EQUAL_TO", "IS_NONE_OF", "DOES_NOT_CONTAIN", "IS_NOT", "IS_NOT_EXACTLY"})


def _guess(operation: Json) -> str:
    """Callers leave the type out where it is plain."""
    if "values" in operation:
        return "MULTISTRING"
    value = operation.get("value")
    return "BOOL" if isinstance(value, bool) else "NUMBER" if isinstance(value, int | float) else "STRING"


def _text(operation: Json, operator: str) -> Test | None:
    given = operation.get("values")
    wanted = [str(v).casefold() for v in (given if isinstance(given, list) else [operation.get("value", "")])]

    def equal(one: str) -> bool:
        return one.casefold() in wanted

    def inside(one: str) -> bool:
        return any(w in one.casefold() for w in wanted)

    tests: dict[str, Test] = {
        "IS_EQUAL_TO": lambda held: equal(held.value),
        "IS_NOT_EQUAL_TO": lambda held: not equal(held.value),
        "CONTAINS": lambda held: inside(held.value),
        "DOES_NOT_CONTAIN": lambda held: not inside(held.value),
        "STARTS_WITH": lambda held: held.value.casefold().startswith(tuple(wanted)),
        "ENDS_WITH": lambda held: held.value.casefold().endswith(tuple(wanted)),
        "HAS_EVER_BEEN_EQUAL_TO": lambda held: any(map(equal, held.ever)),
        "HAS_NEVER_BEEN_EQUAL_TO": lambda held: not any(map(equal, held.ever)),
        "HAS_EVER_CONTAINED": lambda held: any(map(inside, held.ever)),
        "HAS_NEVER_CONTAINED": lambda held: not any(map(inside, held.ever)),
    }
    same = {"IS_EXACTLY": "IS_EQUAL_TO", "IS": "IS_EQUAL_TO", "IS_ANY_OF": "IS_EQUAL_TO", "IS_NOT": "IS_NOT_EQUAL_TO"}
    return tests.get(
        {**same, "IS_NONE_OF": "IS_NOT_EQUAL_TO", "IS_NOT_EXACTLY": "IS_NOT_EQUAL_TO"}.get(operator, operator)
    )


def _choices(operation: Json, operator: str) -> Test | None:
    """Options compare with case; one of several chosen is enough, exactly means no other."""
    given = operation.get("values")
    wanted = {str(v) for v in (given if isinstance(given, list) else [operation.get("value", "")])}

    def chosen(value: str) -> set[str]:
        return {part for part in value.split(";") if part}

    tests: dict[str, Test] = {
        "IS_ANY_OF": lambda held: bool(chosen(held.value) & wanted),
        "IS_NONE_OF": lambda held: not chosen(held.value) & wanted,
        "IS_EXACTLY": lambda held: chosen(held.value) == wanted,
        "IS_NOT_EXACTLY": lambda held: chosen(held.value) != wanted,
        "CONTAINS_ALL": lambda held: wanted <= chosen(held.value),
        "DOES_NOT_CONTAIN_ALL": lambda held: not wanted <= chosen(held.value),
        "HAS_EVER_BEEN_ANY_OF": lambda held: any(chosen(v) & wanted for v in held.ever),
        "HAS_NEVER_BEEN_ANY_OF": lambda held: not any(chosen(v) & wanted for v in held.ever),
        "HAS_EVER_BEEN_EXACTLY": lambda held: any(chosen(v) == wanted for v in held.ever),
        "HAS_NEVER_BEEN_EXACTLY": lambda held: not any(chosen(v) == wanted for v in held.ever),
        "HAS_EVER_CONTAINED_ALL": lambda held: any(wanted <= chosen(v) for v in held.ever),
        "HAS_NEVER_CONTAINED_ALL": lambda held: not any(wanted <= chosen(v) for v in held.ever),
    }
    return tests.get({"IS_EQUAL_TO": "IS_EXACTLY", "IS_NOT_EQUAL_TO": "IS_NOT_EXACTLY"}.get(operator, operator))


def _truth(operation: Json, operator: str) -> Test | None:
    wanted = str(operation.get("value")).lower()
    tests: dict[str, Test] = {
        "IS_EQUAL_TO": lambda held: held.value.lower() == wanted,
        "IS_NOT_EQUAL_TO": lambda held: held.value.lower() != wanted,
        "HAS_EVER_BEEN_EQUAL_TO": lambda held: any(v.lower() == wanted for v in held.ever),
        "HAS_NEVER_BEEN_EQUAL_TO": lambda held: all(v.lower() != wanted for v in held.ever),
    }
    return tests.get(operator)


def _number(operation: Json, operator: str) -> Test | None:
    bound = as_number(operation.get("value"))
    if bound is None:
        raise bad("a NUMBER operation has a value")

    def test(compare: Callable[[float], bool], *, ever: bool = False) -> Test:
        def asked(held: Held) -> bool:
            numbers = [n for v in (held.ever if ever else [held.value]) if (n := as_number(v)) is not None]
            return any(map(compare, numbers))

        return asked

    tests: dict[str, Test] = {
        "IS_EQUAL_TO": test(lambda n: n == bound),
        "IS_NOT_EQUAL_TO": test(lambda n: n != bound),
        "IS_GREATER_THAN": test(lambda n: n > bound),
        "IS_GREATER_THAN_OR_EQUAL_TO": test(lambda n: n >= bound),
        "IS_LESS_THAN": test(lambda n: n < bound),
        "IS_LESS_THAN_OR_EQUAL_TO": test(lambda n: n <= bound),
        "HAS_EVER_BEEN_EQUAL_TO": test(lambda n: n == bound, ever=True),
        "HAS_NEVER_BEEN_EQUAL_TO": lambda held: not test(lambda n: n == bound, ever=True)(held),
    }
    return tests.get(operator)


def _number_range(operation: Json, operator: str) -> Test | None:
    low, high = as_number(operation.get("lowerBound")), as_number(operation.get("upperBound"))
    return None if low is None or high is None else between(low, high, operator, as_number)


_KINDS: Mapping[str, Callable[[Json, str], Test | None]] = {
    "STRING": _text,
    "MULTISTRING": _text,
    "ENUMERATION": _choices,
    "BOOL": _truth,
    "NUMBER": _number,
    "NUMBER_RANGED": _number_range,
    "DATE": list_dates.date,
    "DATETIME": list_dates.instant,
    "RANGED_DATE": list_dates.date_range,
    "ROLLING_DATE_RANGE": list_dates.rolling,
    "ROLLING_PROPERTY_UPDATED": list_dates.updated,
    "CALENDAR_DATE": list_dates.calendar,
    "COMPARATIVE_DATE": list_dates.against,
    "COMPARATIVE_PROPERTY_UPDATED": list_dates.against,
    "TIME_POINT": list_dates.point,
    "TIME_RANGED": list_dates.point_range,
    "ALL_PROPERTY": lambda _operation, _operator: None,
}
