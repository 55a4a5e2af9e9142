"""Record ids: 15 case-sensitive characters, or 18 with a checksum that survives case-insensitive stores.

[doc object-reference/id field type] [rec grouparoo/*] for the checksum, checked on twelve recorded ids.
"""

from __future__ import annotations

import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_VALID = frozenset(ALPHABET)
_POD = "Hn0"
_DIGITS = 9

MASTER_RECORD_TYPE = "012000000000000AAA"
"""What a record without a record type shows. [rec cumulusci/GET_sobjects_Lead_describe.yaml]"""

FIRST_OWN = 62**5
"""The first number that the org gives to records made through its APIs; loaded records stay below it."""


def checksum(id15: str) -> str:
    """Return the three check characters of a 15-character id."""
    out = []
    for start in (0, 5, 10):
        bits = 0
        for k in range(5):
            if "A" <= id15[start + k] <= "Z":
                bits |= 1 << k
        out.append(_CHECK[bits])
    return "".join(out)


def make_id(prefix: str, n: int) -> str:
    """Return the 18-character id number `n` under a three-character key prefix."""
    if len(prefix) != 3 or n < 0:
        raise ValueError(f"not an id: prefix {prefix!r}, number {n}")
    digits = []
    left = n
    for _ in range(_DIGITS):
        left, r = divmod(left, 62)
        digits.append(ALPHABET[r])
    if left:
        raise ValueError(f"number {n} does not fit an id")
    id15 = prefix + _POD + "".join(reversed(digits))
    return id15 + checksum(id15)


def canonical(text: str) -> str | None:
    """Return the 18-character form of an id given with 15 or 18 characters, or None when it is no id at all.

    A wrong checksum is mended when the letters allow it: the API compares the first 15 characters only.
    """
    if len(text) == 15 and _VALID.issuperset(text):
        return text + checksum(text)
    if len(text) == 18 and _VALID.issuperset(text):
        return _from_18(text)
    return None


def _from_18(text: str) -> str:
    """Rebuild the letter case from the checksum, so an id that was upper- or lower-cased on its way is understood."""
    body, check = text[:15], text[15:].upper()
    if checksum(body) == check:
        return body + check
    out = []
    for group, mark in enumerate(check):
        bits = _CHECK.find(mark)
        if bits < 0:
            return body + checksum(body)
        for k in range(5):
            char = body[group * 5 + k]
            out.append(char.upper() if bits >> k & 1 else char.lower())
    mended = "".join(out)
    return mended + checksum(mended)


def is_id(text: object) -> bool:
    """Say whether a value has the form of a record id."""
    return isinstance(text, str) and canonical(text) is not None
