"""Countries: any usual spelling to ISO 3166-1 alpha-2."""

from __future__ import annotations

from functools import cache, lru_cache

from trueup.reconcile.normalize.resources import lines
from trueup.reconcile.normalize.text import clean, fold


@cache
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines("countries.tsv"):
        alpha2, alpha3, title, *rest = line.split("\t")
        for spelling in (alpha2, alpha3, title, *(rest[0].split("|") if rest else ())):
            found.setdefault(fold(spelling), alpha2)
            found.setdefault(fold(spelling).replace(" ", ""), alpha2)
    return found


@lru_cache(maxsize=4_096)
def country(text: str | None) -> str | None:
    """The ISO code of a country written as code or name, or None when it is not known."""
    key = fold(text).removeprefix("the ")
    return _codes().get(key) or _codes().get(key.replace(" ", ""))


def country_malformed(text: str | None) -> str | None:
    """Why the text is not a country, or None."""
    if clean(text) is None or country(text) is not None:
        return None
    return "no country that ISO 3166 knows"


def spellings() -> list[tuple[str, str]]:
    """Every known folded spelling with its code, for a lookup table."""
    return sorted(_codes().items())
