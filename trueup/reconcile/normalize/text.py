"""Text as people type it: white space, case, accents, and words that mean "I don't know"."""

from __future__ import annotations

import re
import unicodedata

JUNK = frozenset(
    {
        "",
        "n/a",
        "na",
        "none",
        "null",
        "unknown",
        "-",
        ".",
        "x",
        "xx",
        "xxx",
        "test",
        "tbd",
        "not provided",
        "no data",
    }
)
"""Texts that count as missing, casefolded. The policy's own list, when given, takes their place."""

# Letters that carry their mark inside the shape, so that Unicode decomposition leaves them alone.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ŋ": "ng",
    }
)
_SPACE = re.compile(r"\s+")
_APOSTROPHES = re.compile(r"[’'`´‘ʼ]")
_NOT_WORD = re.compile(r"[\W_]+")


def clean(text: str | None) -> str | None:
    """Composed Unicode, runs of white space made one blank, ends trimmed; None when nothing is left."""
    if text is None:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "")
    return " ".join(text.split()) or None


def is_junk(text: str | None, junk: frozenset[str] = JUNK) -> bool:
    """Whether the text says nothing: blank, or a word such as "n/a"."""
    cleaned = clean(text)
    return cleaned is None or cleaned.casefold() in junk


def plain(text: str | None) -> str | None:
    """Text for comparing: cleaned and casefolded, accents kept (a missing accent is a difference one may want to see).

    Casefolding can undo composition (and the other way round), so composing comes last too.
    """
    cleaned = clean(text)
    if cleaned is None or cleaned.isascii():
        return cleaned.lower() if cleaned else None
    return clean(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cleaned.casefold()).casefold()))


def fold(text: str | None) -> str:
    """Words for matching: lower case, without accents, apostrophes closed up, everything else a blank.

    `O'Brien-Müller` gives `obrien muller`. Other scripts are kept as they are.
    """
    if not text:
        return ""
    if text.isascii() and "  " not in text and text.replace(" ", "").isalnum():
        return text.lower().strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS))
        text = "".join(ch for ch in text if not unicodedata.combining(ch))
        text = unicodedata.normalize("NFC", text)
    text = _APOSTROPHES.sub("", text.lower())
    return _NOT_WORD.sub(" ", text).strip()
