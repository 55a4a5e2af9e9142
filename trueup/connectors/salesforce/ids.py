"""Salesforce record ids: 15 case-sensitive characters, and 18 with a checksum that survives case-insensitive stores."""

from __future__ import annotations

import re

_ID = re.compile(r"^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def is_id(text: str) -> bool:
    """Whether the text has the form of a record id, and so may stand in a query."""
    return _ID.match(text) is not None


def to_18(text: str) -> str:
    """The 18-character spelling; anything that has not the form of an id is left as it is.

    In each group of five characters the upper-case ones set bits, which index the checksum's alphabet (reference 1.1).
    The checksum is made anew for 18 characters too: a tool that lowered or raised it has not changed the id.
    """
    if not is_id(text):
        return text
    base = text[:15]
    suffix = "".join(_CHECK[sum(1 << k for k, c in enumerate(base[i : i + 5]) if "A" <= c <= "Z")] for i in (0, 5, 10))
    return base + suffix
