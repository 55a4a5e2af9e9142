"""The SQL of single filters, by the kind of property: numbers and times, options, text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any

from trueup.twin.hubspot.definitions import Definition
from trueup.twin.hubspot.search_request import Filter, bad_request
from trueup.twin.hubspot.timetext import day_text, iso, parse_ms

_COMPARE = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


def typed_test(column: str, f: Filter, values: list[Any], read: Any, *, missing: str, guard: str = "") -> str:
    """A comparison of numbers, instants or days, with `read` turning the caller's value into the column's."""
    if f.operator == "BETWEEN":
        values.extend((read(f.value), read(f.high)))
        return f"{column} BETWEEN ? AND ?"
    if f.operator in _COMPARE:
        values.append(read(f.value))
        test = f"{column} {_COMPARE[f.operator]} ?"
        return f"({guard} AND {test})" if guard else test
    if f.operator in {"IN", "NOT_IN"}:
        values.extend(read(v) for v in f.values)
        test = f"{column} IN ({','.join('?' * len(f.values))})"
        return test if f.operator == "IN" else f"(NOT {test} OR {missing})"
    if f.operator in {"EQ", "NEQ"}:
        values.append(read(f.value))
        return f"{column} = ?" if f.operator == "EQ" else f"({column} <> ? OR {missing})"
    raise bad_request()


def enumeration_test(path: str, definition: Definition, f: Filter, values: list[Any], missing: str) -> str:
    """Options compare with their case; a multiple choice holds each of its parts."""
    if f.operator in {"EQ", "NEQ"}:
        chosen: Sequence[Any] = [f.value]
    elif f.operator in {"IN", "NOT_IN"}:
        chosen = f.values
    else:
        return text_test(path, f, values, missing)
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in chosen]
    if definition.multiple:
        values.extend(f";{t};" for t in texts)
        test = "(" + " OR ".join([f"instr(';' || {path} || ';', ?) > 0"] * len(texts)) + ")"
    else:
        values.extend(texts)
        test = f"{path} IN ({','.join('?' * len(texts))})"
    return test if f.operator in {"EQ", "IN"} else f"(NOT coalesce({test}, 0) AND ({path} IS NOT NULL OR {missing}))"


def text_test(path: str, f: Filter, values: list[Any], missing: str) -> str:
    """Text compares without case; `IN` wants its values in lower case, and finds nothing otherwise."""
    if f.operator in {"EQ", "NEQ"}:
        text = str(f.value).lower() if isinstance(f.value, bool) else str(f.value)
        if text.isascii():
            # The same expression as the index's, so that SQLite uses it.
            values.append(text)
            test = f"{path} COLLATE NOCASE = ?"
        else:
            values.append(text.casefold())
            test = f"folded({path}) = ?"
        return test if f.operator == "EQ" else f"(NOT {test} OR {missing})"
    if f.operator in {"IN", "NOT_IN"}:
        texts = [str(v) for v in f.values if str(v) == str(v).lower()]
        if not texts:
            return "0" if f.operator == "IN" else "1"
        values.extend(texts)
        test = f"{path} COLLATE NOCASE IN ({','.join('?' * len(texts))})"
        return test if f.operator == "IN" else f"(NOT {test} OR {missing})"
    if f.operator == "BETWEEN":
        values.extend((str(f.value).casefold(), str(f.high).casefold()))
        return f"folded({path}) BETWEEN ? AND ?"
    values.append(str(f.value).casefold())
    return f"folded({path}) {_COMPARE[f.operator]} ?"


def as_ms(raw: Any) -> int:
    found = parse_ms(raw)
    if found is None:
        raise bad_request()
    return found


def as_instant(raw: Any) -> str:
    return iso(as_ms(raw)).rstrip("Z")


def as_day(raw: Any) -> str:
    return day_text(as_ms(raw))


def as_number(raw: Any) -> float | int:
    try:
        text = str(raw).strip()
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        raise bad_request() from None


def folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


_WORD = re.compile(r"\w+", re.UNICODE)


@lru_cache(maxsize=512)
def _pattern(token: str) -> re.Pattern[str]:
    return re.compile(translate(token))


def has_token(text: str | None, token: str) -> int:
    """Whether a text contains a token: a whole word, or a pattern when there is a `*`."""
    if text is None:
        return 0
    low, wanted = text.casefold(), token.casefold().strip()
    if "*" in wanted:
        match = _pattern(wanted).match
        return int(any(match(part) for part in (low, *low.split(), *_WORD.findall(low))))
    words = _WORD.findall(low)
    sought = _WORD.findall(wanted)
    n = len(sought)
    return int(bool(n) and any(words[i : i + n] == sought for i in range(len(words) - n + 1)))


def rough_pattern(token: str) -> str:
    """A LIKE pattern that every row with the token matches: SQLite sorts out most rows before Python sees any."""
    pieces = re.findall(r"[a-z0-9]+", token.lower()) if token.isascii() else []
    return f"%{'%'.join(pieces)}%" if pieces else "%"
