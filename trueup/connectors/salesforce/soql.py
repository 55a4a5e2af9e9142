"""Query texts: escaping, and lists of ids cut to what a URL can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from trueup.connectors.kit.values import format_datetime

LONGEST_IN_URL = 12_000
"""Characters of a percent-encoded query that we put into a URL. The URI may hold 16,384 bytes, and so may URI and
headers together (reference 6.3): the rest is left for the session id and the host."""

_ENCODED_ID = len("%2C%27") + 18 + len("%27")


def quote(text: str) -> str:
    """A string literal. Backslash and quote must be escaped; line breaks have escapes of their own (reference 6.3)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def moment(at: datetime) -> str:
    """A datetime literal: never in quotes, and with Z, which needs no encoding."""
    return format_datetime(at)


def select(
    fields: Iterable[str],
    object: str,  # noqa: A002  (the field's word)
    *,
    where: Iterable[str] = (),
    order: Sequence[str] = (),
) -> str:
    """A query; conditions are joined by AND, each in parentheses because AND and OR may not mix without."""
    conditions = [c for c in where if c]
    text = f"SELECT {', '.join(fields)} FROM {object}"
    if len(conditions) == 1:
        text += f" WHERE {conditions[0]}"
    elif conditions:
        text += " WHERE " + " AND ".join(f"({c})" for c in conditions)
    return text + (f" ORDER BY {', '.join(order)}" if order else "")


def in_lots(ids: Sequence[str], spent: int) -> Iterator[Sequence[str]]:
    """Ids in lots that fit a URL beside `spent` characters of query; never fewer than 50 a lot."""
    size = max(50, (LONGEST_IN_URL - spent * 5 // 4) // _ENCODED_ID)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def id_list(ids: Iterable[str]) -> str:
    """A parenthesised list for IN."""
    return "(" + ",".join(quote(i) for i in ids) + ")"
