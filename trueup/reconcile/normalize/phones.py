"""Phone numbers in E.164. A fast path for what is plainly international, phonenumbers for the rest."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

_PLAIN = re.compile(r"(?:\+?|\()[0-9][0-9 .()/-]*")
_LOCAL = re.compile(r"[2-9][0-9]{2}[ .-]?[0-9]{4}")
"""A North American number without its area code."""
_PUNCTUATION = str.maketrans("", "", " .()/-+")
_CODE_LENGTHS = (1, 2, 3)
_ITALY = "39"


@cache
def _codes() -> dict[str, tuple[frozenset[int], str]]:
    """Calling code → the lengths a number may have nationally, and the national prefix of its main region."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    known: dict[str, tuple[frozenset[int], str]] = {}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        meta = (
            PhoneMetadata.metadata_for_nongeo_region(code)
            if regions[0] == "001"
            else PhoneMetadata.metadata_for_region(regions[0])
        )
        if meta is not None and meta.general_desc is not None:
            lengths = frozenset(n for n in meta.general_desc.possible_length if n > 0)
            known[str(code)] = (lengths, meta.national_prefix_for_parsing or "")
    return known


def _fast(digits: str) -> str | None:
    """E.164 of the digits after a plus, when nothing about them needs parsing rules."""
    for size in _CODE_LENGTHS:
        entry = _codes().get(digits[:size])
        if entry is None:
            continue
        lengths, prefix = entry
        rest = digits[size:]
        kept = digits[:size] == _ITALY and rest[1:2] not in ("", "0")  # where the zero is part of the number
        if len(rest) not in lengths or (rest[0] == "0" and not kept):
            return None
        if prefix and (digits[:size] != "1") and re.match(prefix, rest):
            return None
        return "+" + digits if digits[:size] != "1" or rest[0] not in "01" else None
    return None


def phone(text: str | None, country: str | None = "US") -> str | None:
    """The number in E.164 without its extension; None when it cannot be a number.

    `country` (an ISO code) is where a number without a country code is dialled.
    """
    return _parse(text, (country or "US"))[0] if text else None


def phone_malformed(text: str | None, country: str | None = "US") -> str | None:
    """Why the text cannot be a phone number, or None."""
    return _parse(text, (country or "US"))[1] if text and text.strip() else None


def extension(text: str | None, country: str | None = "US") -> str | None:
    """The extension behind a switchboard's number, if one is written."""
    if not text or text.strip().translate(_PUNCTUATION).isdigit():
        return None
    import phonenumbers

    try:
        return phonenumbers.parse(text, country or "US").extension or None
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=65_536)
def _parse(text: str, country: str) -> tuple[str | None, str | None]:
    text = text.strip()
    if _PLAIN.fullmatch(text):
        digits = text.translate(_PUNCTUATION)
        if len(set(digits)) <= 1:
            return None, "one digit over and over"
        if text[0] == "+" and "(0)" not in text and (known := _fast(digits)):
            return known, None
        if text[0] != "+" and country in ("US", "CA"):
            national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
            if len(national) == 10 and national[0] not in "01":
                return "+1" + national, None
            if _LOCAL.fullmatch(text):
                return None, "the area code is missing"
    return _slow(text, country)


def _slow(text: str, country: str) -> tuple[str | None, str | None]:
    import phonenumbers

    if text.startswith("00") and country not in ("US", "CA"):
        text = "+" + text[2:]
    try:
        number: Any = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        return None, {
            phonenumbers.NumberParseException.NOT_A_NUMBER: "not a number",
            phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "no such country code",
            phonenumbers.NumberParseException.TOO_SHORT_NSN: "too short",
            phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "too short",
            phonenumbers.NumberParseException.TOO_LONG: "too long",
        }.get(error.error_type, "not a number")
    verdict = phonenumbers.is_possible_number_with_reason(number)
    reasons = phonenumbers.ValidationResult
    if verdict != reasons.IS_POSSIBLE:
        return None, {
            reasons.TOO_SHORT: "too short",
            reasons.TOO_LONG: "too long",
            reasons.INVALID_COUNTRY_CODE: "no such country code",
            reasons.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
        }.get(verdict, "not a possible length")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(set(e164[2:])) <= 1:
        return None, "one digit over and over"
    # What was parsed must be read the same when it is written in E.164, or normalising twice would differ.
    again = phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.E164)
    return again, None
