"""How alike two different values are, by sort of value. Every judge gives the number of a step of its own list.

What a judge asks of each value is worked out when it is made, once for all pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Codes
from trueup.reconcile.identity.encode import coded
from trueup.reconcile.identity.letters import Letters, sorted_words
from trueup.reconcile.identity.scoring import Levels
from trueup.reconcile.linkage.features import Step
from trueup.reconcile.linkage.words import Words

TEXT = (
    Step("alike1", "all but the same words", 0.06),
    Step("alike2", "most words agree", 0.05),
    Step("alike3", "half of the words agree", 0.04),
    Step("alike4", "some words agree", 0.03),
    Step("other", "different", 0.05),
)
CODE = (
    Step("near", "one character apart", 0.08),
    Step("near2", "two characters apart", 0.02),
    Step("other", "different", 0.08),
)
PLAIN = (Step("other", "different", 0.10),)
CITY = (
    Step("near", "spelled alike", 0.08),
    Step("part", "one is part of the other", 0.03),
    Step("other", "different", 0.12),
)
POSTCODE = (
    Step("near", "one character apart", 0.08),
    Step("area", "the same area", 0.04),
    Step("other", "different", 0.10),
)
DATE = (
    Step("near", "one digit apart, or two digits swapped", 0.08),
    Step("turned", "day and month swapped", 0.01),
    Step("year_month", "same year and month or same year and day", 0.04),
    Step("day", "same day and month, another year", 0.02),
    Step("year", "same year", 0.03),
    Step("other", "different", 0.05),
)
STREET = (
    Step("near", "spelled alike", 0.12),
    Step("number", "same number, streets alike", 0.06),
    Step("words", "streets alike, a number missing or misspelled", 0.05),
    Step("another", "same street, another number", 0.03),
    Step("only_number", "same number, another street", 0.04),
    Step("other", "different", 0.10),
)
EMAIL = (
    Step("local", "same name before the @", 0.10),
    Step("near", "a slip apart", 0.08),
    Step("alike", "spelled alike", 0.05),
    Step("domain", "same domain", 0.04),
    Step("other", "different", 0.10),
)

Judge = Callable[[Codes, Codes], Levels]
"""The step of each pair of different values."""


def texts(values: tuple[str, ...], words: Words) -> Judge:
    """Words by rarity, or the spelling of the whole: whichever is more alike."""
    spelled = sorted_words(values)

    def judge(left: Codes, right: Codes) -> Levels:
        jaccard, within = words.overlap(left, right)
        ratio = spelled.ratio(left, right, 70)
        return np.select(
            [
                (jaccard >= 0.85) | (ratio >= 93),
                (jaccard >= 0.6) | (ratio >= 86) | (within >= 0.98),
                (jaccard >= 0.4) | (ratio >= 78) | (within >= 0.75),
                (jaccard >= 0.2) | (ratio >= 70) | (within >= 0.5),
            ],
            [0, 1, 2, 3],
            4,
        ).astype(np.int8)

    return judge


def codes(values: tuple[str, ...]) -> Judge:
    """Numbers and other codes: slips of one or two characters in those that are long enough."""
    spelled = Letters(values)

    def judge(left: Codes, right: Codes) -> Levels:
        shorter = np.minimum(spelled.length[left], spelled.length[right])
        slips = spelled.slips(left, right, 2)
        return np.select([(slips <= 1) & (shorter >= 4), (slips <= 2) & (shorter >= 6)], [0, 1], 2).astype(np.int8)

    return judge


def cities(values: tuple[str, ...]) -> Judge:
    """Places: slips, or one name within the other."""
    spelled = Letters(values)
    parts = [frozenset(value.split()) for value in values]
    several = np.array([len(words) != 1 for words in parts], dtype=np.bool_)

    def judge(left: Codes, right: Codes) -> Levels:
        winkler = spelled.winkler(left, right, 0.92)
        slips = spelled.slips(left, right, 2)
        shorter = np.minimum(spelled.length[left], spelled.length[right])
        # Of two different single words neither is a part of the other.
        maybe = np.flatnonzero((several[left] | several[right]) & spelled.within(left, right))
        pairs = ((parts[a], parts[b]) for a, b in zip(left[maybe].tolist(), right[maybe].tolist(), strict=True))
        part = np.zeros(len(left), dtype=np.bool_)
        part[maybe] = [a <= b or b <= a for a, b in pairs]
        near = (winkler >= 0.92) | ((slips <= 1) & (shorter >= 4)) | ((slips <= 2) & (shorter >= 8))
        return np.select([near, part], [0, 1], 2).astype(np.int8)

    return judge


def postcodes(values: tuple[str, ...]) -> Judge:
    """Postal codes: one slip, or the same beginning."""
    spelled = Letters(values)
    head = np.array([hash_of(value[: max(2, len(value) - 3)]) for value in values] + [0], dtype=np.int64)

    def judge(left: Codes, right: Codes) -> Levels:
        slips = spelled.slips(left, right, 1)
        return np.select([slips <= 1, head[left] == head[right]], [0, 1], 2).astype(np.int8)

    return judge


def hash_of(text: str) -> int:
    """A number for a short text, the same in every run (Python's own hash is not)."""
    return int.from_bytes(text.encode()[:7], "big")


def dates(values: tuple[str, ...]) -> Judge:
    """Dates as eight digits: slips, swapped parts, parts that agree."""
    spelled = Letters(values)
    year, month, day = (
        np.array([hash_of(value[part]) for value in values] + [0], dtype=np.int64)
        for part in (slice(0, 4), slice(4, 6), slice(6, 8))
    )

    def judge(left: Codes, right: Codes) -> Levels:
        slips = spelled.slips(left, right, 1)
        # Of a year alone month and day are not known, so that they cannot agree.
        same_year, same_month, same_day = ((x[left] == x[right]) & (x[left] > 0) for x in (year, month, day))
        turned = same_year & (month[left] == day[right]) & (day[left] == month[right])
        return np.select(
            [slips <= 1, turned, same_year & (same_month | same_day), same_month & same_day, same_year],
            [0, 1, 2, 3, 4],
            5,
        ).astype(np.int8)

    return judge


_SHORT = {
    "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "rd": "road", "blvd": "boulevard", "dr": "drive",
    "ln": "lane", "pl": "place", "ct": "court", "sq": "square", "hwy": "highway", "pkwy": "parkway", "ter": "terrace",
    "cres": "crescent", "crt": "court", "cct": "circuit", "pde": "parade", "north": "n", "south": "s", "east": "e",
    "west": "w", "ste": "suite", "apt": "apartment", "fl": "floor", "strasse": "street", "straße": "street",
}  # fmt: skip
_NUMBER = re.compile(r"\d+[a-z]?\b")


def street(text: str) -> str:
    """A folded street with its usual short words written out."""
    return " ".join(_SHORT.get(word, word) for word in text.split())


def streets(values: tuple[str, ...], words: Words) -> Judge:
    """Streets: the number and the words are judged apart."""
    number = [(_NUMBER.search(value) or [""])[0] for value in values]
    named = [" ".join(w for w in value.split() if w != n) for value, n in zip(values, number, strict=True)]
    marks = np.array([hash_of(n) for n in number] + [0])
    whole, bare = sorted_words(values), sorted_words(named)

    def judge(left: Codes, right: Codes) -> Levels:
        ratio = whole.ratio(left, right, 92)
        names = bare.ratio(left, right, 80)
        jaccard, within = words.overlap(left, right)
        a, b = marks[left], marks[right]
        same, known = (a == b) & (a > 0), (a > 0) & (b > 0)
        alike = (names >= 80) | (within >= 0.8) | (jaccard >= 0.6)
        return np.select(
            [
                (ratio >= 92) & ~(known & ~same),
                same & alike,
                (names >= 86) & (~known | (ratio >= 92)),
                alike & known,
                same,
            ],
            [0, 1, 2, 3, 4],
            5,
        ).astype(np.int8)

    return judge


def emails(values: tuple[str, ...]) -> Judge:
    """Addresses: the same name elsewhere, slips, the same domain."""
    spelled = Letters(values)
    split = [value.partition("@") for value in values]
    local, domain = (np.append(coded(x[n] for x in split).codes, np.int32(MISSING)) for n in (0, 2))
    # Numbers tell mailboxes of namesakes apart: another number is no slip.
    number = np.array([hash_of("".join(ch for ch in value if ch.isdigit())) for value in values] + [0])

    def judge(left: Codes, right: Codes) -> Levels:
        slips = spelled.slips(left, right, 2)
        winkler = spelled.winkler(left, right, 0.92)
        same = number[left] == number[right]
        return np.select(
            [local[left] == local[right], (slips <= 2) & same, (winkler >= 0.92) & same, domain[left] == domain[right]],
            [0, 1, 2, 3],
            4,
        ).astype(np.int8)

    return judge
