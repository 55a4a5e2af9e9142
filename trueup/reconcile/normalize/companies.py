"""Company names: legal forms, articles, punctuation and usual short forms taken away."""

from __future__ import annotations

from functools import cache, lru_cache

from trueup.reconcile.normalize.resources import lines, words
from trueup.reconcile.normalize.text import JUNK, fold

_ARTICLES = frozenset({"the", "a", "an", "la", "le", "les", "el", "il", "der", "die", "das", "de", "het"})
_MAX_FORM = 5


@cache
def _forms() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(part for part in form.split("_") if part) for form in words("legal_forms.txt"))


@cache
def _abbreviations() -> dict[str, str]:
    return {short: line.split()[0] for line in lines("abbreviations.txt") for short in line.split()[1:]}


@lru_cache(maxsize=65_536)
def company(text: str | None) -> str | None:
    """The name without legal forms, a leading article and punctuation, usual abbreviations written out:
    `The Acme Intl. Corp.` gives `acme international`. Never nothing, when there was something; idempotent."""
    if not text:
        return None
    tokens = fold(text.replace("&", " and ").replace("+", " and ")).split()
    if _said_otherwise().isdisjoint(tokens):
        name = " ".join(tokens)
        return (fold(text) if name in JUNK else name) or None
    if len(tokens) > 1 and tokens[-1] in _single_forms() and _telling().isdisjoint(tokens[:-1]):
        name = " ".join(tokens[:-1])  # nothing but a legal form of one word behind the name
        return fold(text) if name in JUNK else name
    while True:
        before = tokens
        if len(tokens) > 1 and tokens[0] in _ARTICLES:
            tokens = tokens[1:]
        tokens = _without_form(tokens)
        if len(tokens) > 1 and tokens[-1] == "and":
            tokens = tokens[:-1]
        short = _abbreviations()
        tokens = [short.get(token, token) for token in tokens]
        if tokens == before:
            name = " ".join(tokens)
            # "NA Inc." is a name; without its legal form it would read as junk.
            return (fold(text) if name in JUNK else name) or None


@cache
def _said_otherwise() -> frozenset[str]:
    """Every word that may go or be written out: a name without any of them stays as it is."""
    return _ARTICLES | _last_words() | _abbreviations().keys() | {"and"}


@cache
def _single_forms() -> frozenset[str]:
    return frozenset(form[0] for form in _forms() if len(form) == 1)


@cache
def _telling() -> frozenset[str]:
    """Every word that may go, be written out or be part of a longer legal form."""
    return _said_otherwise() | {word for form in _forms() for word in form}


@cache
def _last_words() -> frozenset[str]:
    return frozenset(form[-1] for form in _forms())


def _without_form(tokens: list[str]) -> list[str]:
    if tokens[-1:] and tokens[-1] not in _last_words():
        return tokens
    for size in range(min(_MAX_FORM, len(tokens) - 1), 0, -1):
        if tuple(tokens[-size:]) in _forms():
            return tokens[:-size]
    return tokens
