"""Texts as numbers, so that joining two texts is arithmetic on whole columns.

A text's number is a polynomial in its letters, modulo 2**64: that of two texts put together follows from theirs and the
length of the second. Two different short texts have one number as seldom as one hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.encode import Bools, Codes, Ints
from trueup.reconcile.normalize import names

Numbers = NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
_AT_ONCE = 100_000
"""Texts worked out at once: this bounds the memory."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """The numbers of texts, of their first letters, and what shifts a text before each (one more element serves the
    empty text)."""

    number: Numbers
    first: Numbers
    shift: Numbers

    @classmethod
    def of(cls, texts: Sequence[str]) -> Spelled:
        """Worked out once for every distinct text."""
        parts = [_spelled(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
        number, first, shift = zip(*parts, _spelled([""]), strict=True)
        return cls(np.concatenate(number), np.concatenate(first), np.concatenate(shift))

    def take(self, codes: Codes | Ints) -> Spelled:
        """The texts with these codes (MISSING: the empty one)."""
        return Spelled(self.number[codes], self.first[codes], self.shift[codes])

    @property
    def initial(self) -> Spelled:
        """The first letters alone."""
        return Spelled(self.first, self.first, np.where(self.first == 0, np.uint64(1), _BASE))

    def before(self, other: Spelled) -> Numbers:
        """The numbers of these texts, each with another put behind it."""
        return self.number * other.shift + other.number


def _spelled(texts: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    powers = np.cumprod(np.concatenate([[np.uint64(1)], np.full(size.max(initial=0), _BASE)]), dtype=np.uint64)
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    letters = (letters + np.uint64(1)) * _SPREAD
    letters ^= letters >> np.uint64(31)
    end = np.cumsum(size)
    behind = np.repeat(end, size) - np.arange(len(letters)) - 1
    number, first = np.zeros(len(texts), dtype=np.uint64), np.zeros(len(texts), dtype=np.uint64)
    some = np.flatnonzero(size)
    if len(some):
        start = (end - size)[some]
        number[some] = np.add.reduceat(letters * powers[behind], start)
        first[some] = letters[start]
    return number, first, powers[size]


@dataclass(frozen=True, slots=True)
class Forms:
    """The short and foreign forms of the first names among some words, by the word's code."""

    start: Ints
    count: Ints
    spelled: Spelled

    @classmethod
    def of(cls, words: Sequence[str]) -> Forms:
        """Worked out once for all comparisons."""
        by_word = [names.forms(word) if names.is_common(word) else () for word in words]
        count = np.array([*map(len, by_word), 0], dtype=np.int64)
        found = Spelled.of([form.replace(" ", "") for forms in by_word for form in forms])
        return cls(np.cumsum(count) - count, count, found)


def from_name(local: Numbers, given: Codes, family: Codes, spelled: Spelled, forms: Forms) -> Bools:
    """Which texts follow from a person's name: first name, last name, both, or one with the other's initial.

    Jim's address is his name too when it says James. `given` and `family` are codes of words, `spelled` the words.
    """
    one, other = spelled.take(given), spelled.take(family)
    found = _either(local, one, other)
    for made in (one.initial.before(other), other.before(one.initial), one.before(other.initial), other.number):
        found |= local == made
    rest = np.flatnonzero(~found & (forms.count[given] > 0))
    count = forms.count[given[rest]]
    inside = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    form = np.repeat(forms.start[given[rest]], count) + inside
    pair = np.repeat(rest, count)
    found[pair[_either(local[pair], forms.spelled.take(form), spelled.take(family[pair]))]] = True
    return found


def _either(local: Numbers, given: Spelled, family: Spelled) -> Bools:
    """Which texts are the first name, or both names in either order."""
    return np.asarray(
        (local == given.number) | (local == given.before(family)) | (local == family.before(given)), dtype=np.bool_
    )
