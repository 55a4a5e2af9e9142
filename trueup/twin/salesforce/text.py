"""Text without case, beyond ASCII: `MÜLLER` is `müller`, and sorting goes by the capitals.

SOQL compares text without case and, in English locales, sorts by the UTF-8 values of the text in capitals
[doc soql-sosl/order by]. SQLite's own NOCASE knows A to Z only; so columns keep it (its indexes serve all plain
text) and what lies beyond goes through FOLD, or through the few spellings that a short text can have.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

_SPELLINGS = 64


def fold(text: Any) -> Any:
    """The form in which texts are compared and sorted: capitals, letter by letter; null stays null."""
    if text is None:
        return None
    if not isinstance(text, str):
        return str(text)
    return text.upper() if text.isascii() else "".join(map(_capital, text))


@lru_cache(maxsize=4096)
def _capital(char: str) -> str:
    """One letter's capital; letters whose capital is several (ß) stay."""
    upper = char.upper()
    return upper if len(upper) == 1 else char


def spellings(text: str) -> list[str] | None:
    """All texts that NOCASE must look for to find one without case; None when there are too many to list."""
    choices = [(c,) if c.isascii() else tuple(sorted({c, _capital(c), *_small(c)})) for c in text]
    total = 1
    for options in choices:
        total *= len(options)
        if total > _SPELLINGS:
            return None
    return ["".join(parts) for parts in product(*choices)]


def _small(char: str) -> set[str]:
    return {c for c in (char.lower(), char.title()) if len(c) == 1 and _capital(c) == _capital(char)}


def folded(column: str) -> str:
    """The SQL of a text as it is compared and sorted. A COLLATE within the column would come through FOLD otherwise."""
    return f"(FOLD({column}) COLLATE BINARY)"


def ordered(column: str) -> str:
    """The SQL of a text as ORDER BY sorts it, by the org's locale."""
    return f"(SORT_KEY({column}) COLLATE BINARY)"


def one_of(column: str, texts: Sequence[str], *, exact: bool = False) -> tuple[str, list[str]]:
    """The SQL that holds when a column equals one of some texts, and its arguments. Never true for null."""
    if exact or all(t.isascii() for t in texts):
        return f"{column} IN ({', '.join('?' * len(texts))})", list(texts)
    listed: list[str] = []
    for text in texts:
        found = spellings(text)
        if found is None or len(listed) + len(found) > 4 * _SPELLINGS:
            return f"{folded(column)} IN ({', '.join('?' * len(texts))})", [fold(t) for t in texts]
        listed += found
    return f"{column} IN ({', '.join('?' * len(listed))})", listed


def like(column: str, pattern: str) -> tuple[str, list[str]]:
    """The SQL of LIKE without case; the pattern's escapes are backslashes."""
    if pattern.isascii():
        return f"{column} LIKE ? ESCAPE '\\'", [pattern]
    return f"{folded(column)} LIKE ? ESCAPE '\\'", [fold(pattern)]


class _Least:
    """MIN over texts: the first one as they are sorted."""

    def __init__(self) -> None:
        self.best: tuple[str, str] | None = None

    def step(self, text: str | None) -> None:
        """Take one value."""
        if text is not None and (self.best is None or (fold(text), text) < self.best):
            self.best = (fold(text), text)

    def finalize(self) -> str | None:
        """The least of all."""
        return None if self.best is None else self.best[1]


class _Greatest(_Least):
    """MAX over texts."""

    def step(self, text: str | None) -> None:
        """Take one value."""
        if text is not None and (self.best is None or (fold(text), text) > self.best):
            self.best = (fold(text), text)


def teach(con: sqlite3.Connection, local: Callable[[Any], Any]) -> None:
    """Make FOLD, LEAST_TEXT, GREATEST_TEXT and LOCAL_TIME (the given function) known to a connection."""
    con.create_function("LOCAL_TIME", 1, local, deterministic=True)
    con.create_function("FOLD", 1, fold, deterministic=True)
    con.create_aggregate("LEAST_TEXT", 1, _Least)  # type: ignore[arg-type]
    con.create_aggregate("GREATEST_TEXT", 1, _Greatest)  # type: ignore[arg-type]
