"""The order of texts by the org's locale.

In English locales texts are sorted by the UTF-8 values of their capitals; in others linguistically: first by letters,
then by accents, then small before capital, with the letters that a language counts as its own. [doc soql-sosl/order by]
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from .text import fold

Key = Callable[[Any], Any]

_OWN_LETTERS = {
    "sv": "Z:ÅÄÖ",
    "fi": "Z:ÅÄÖ",
    "da": "Z:ÆØÅ",
    "no": "Z:ÆØÅ",
    "es": "N:Ñ",
    "pl": "A:Ą C:Ć E:Ę L:Ł N:Ń O:Ó S:Ś Z:ŹŻ",
    "cs": "C:Č R:Ř S:Š Z:Ž",
    "sk": "A:Ä C:Č O:Ô S:Š Z:Ž",
    "hu": "O:Ö U:Ü",
    "tr": "C:Ç G:Ğ H:I O:Ö S:Ş U:Ü",
    "lt": "C:Č S:Š Z:Ž",
    "lv": "C:Č G:Ģ K:Ķ L:Ļ N:Ņ S:Š Z:Ž",
}
"""Letters that stand after another one, by language: what follows `Z:` comes after all words with Z."""
_SAME = {"nb": "no", "nn": "no"}
_LIKE = {"da": {"Ä": "Æ", "Ö": "Ø"}, "no": {"Ä": "Æ", "Ö": "Ø"}, "sv": {"Æ": "Ä", "Ø": "Ö"}, "fi": {"Æ": "Ä", "Ø": "Ö"}}
_SPELLED = {"Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "ß": "SS", "ẞ": "SS"}
_AFTER = "\x7f"


@cache
def sort_key(locale: str) -> Key:
    """The function that turns a text into what it is sorted by, in a locale such as `de_DE`; null stays null."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    if language in {"", "en"}:
        return fold
    language = _SAME.get(language, language)
    own: dict[str, str] = {}
    for part in _OWN_LETTERS.get(language, "").split():
        base, _, letters = part.partition(":")
        own |= {letter: f"{base}{_AFTER}{k}" for k, letter in enumerate(letters, start=1)}
    own |= {letter: own[like] for letter, like in _LIKE.get(language, {}).items()}

    def key(text: Any) -> Any:
        return None if text is None else _linguistic(str(text), own, dotted=language == "tr")

    return key


def _linguistic(text: str, own: dict[str, str], *, dotted: bool) -> str:
    letters, accents, cases = [], [], []
    for char in unicodedata.normalize("NFC", text):
        upper = "İ" if dotted and char in "iİ" else "I" if dotted and char == "ı" else char.upper()
        if upper in own:
            base, accent = own[upper], ""
        else:
            plain = unicodedata.normalize("NFKD", _SPELLED.get(char, _SPELLED.get(upper, upper)))
            base = "".join(c for c in plain if not unicodedata.combining(c))
            accent = "".join(c for c in plain if unicodedata.combining(c))
        letters.append(_rank(base) + base)
        accents.append(accent + "\x01")
        cases.append("2" if char != char.lower() else "1")
    return "\x00".join(("".join(letters), "".join(accents), "".join(cases)))


def _rank(base: str) -> str:
    """Signs come before figures, figures before letters."""
    if not base or not base[0].isalnum():
        return "\x02"
    return "\x03" if base[0].isdigit() else "\x04"
