"""Texts as numbers, so that joining two texts is arithmetic on whole columns.

A text's number is a polynomial in its letters, modulo 2**64: that of two texts put together follows from theirs and the
length of the second. Two different short texts have one number as seldom as one hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Codes, Ints
from trueup.reconcile.identity.ordering import spread
from trueup.reconcile.normalize import names

Numbers = NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_BACK = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
_AT_ONCE = 20_000
"""Texts worked out at once: this bounds the memory."""


def slices(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, so many at once that what is worked out of their letters stays small; at least one slice."""
    for start in range(0, max(1, len(texts)), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]


@cache
def _powers(most: int) -> tuple[Numbers, Numbers]:
    """The powers of the base up to a place, and those of its inverse."""
    one = np.ones(1, dtype=np.uint64)
    up, down = (np.concatenate([one, np.full(most, base)]) for base in (_BASE, _BACK))
    return np.cumprod(up, dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


def _spread(code: NDArray[np.unsignedinteger]) -> Numbers:
    """A number for each letter that fills all bits."""
    letters = (code.astype(np.uint64) + np.uint64(1)) * _SPREAD
    return letters ^ (letters >> np.uint64(31))


_ASCII = _spread(np.arange(128, dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class Line:
    """Texts one after another: the code of every letter, and where each text starts and ends.

    `sums` are those of the letters up to each place, each by its place: they give the number of any stretch at once.
    """

    code: NDArray[np.unsignedinteger]
    start: Ints
    end: Ints
    sums: Numbers

    @classmethod
    def of(cls, texts: Sequence[str]) -> Line:
        """Put texts into a line."""
        text = "".join(texts)
        if text.isascii():
            code: NDArray[np.unsignedinteger] = np.frombuffer(text.encode(), dtype=np.uint8)
        else:
            code = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return cls._of(code, np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))

    @classmethod
    def _of(cls, code: NDArray[np.unsignedinteger], size: Ints) -> Line:
        sums = np.zeros(len(code) + 1, dtype=np.uint64)
        letters = _ASCII[code] if code.dtype == np.uint8 else _spread(code)
        np.cumsum(letters * _powers(1 << len(code).bit_length())[1][: len(code)], out=sums[1:])
        end = np.cumsum(size)
        return cls(code, end - size, end, sums)

    def number(self, first: Ints, behind: Ints) -> Numbers:
        """The numbers of the stretches from a place up to another."""
        power = _powers(1 << len(self.code).bit_length())[0]
        return (self.sums[behind] - self.sums[first]) * power[np.maximum(behind - 1, 0)]

    def count(self, letters: Bools) -> Ints:
        """How many of each text's letters are marked."""
        counted = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(letters)])
        return np.asarray(counted[self.end] - counted[self.start])

    def last(self, letters: Bools, behind: Ints | None = None) -> Ints:
        """The place of each text's last marked letter (before the places `behind`); one before its first where none
        is."""
        last = np.concatenate([np.full(1, -1), np.maximum.accumulate(np.where(letters, np.arange(len(letters)), -1))])
        return np.asarray(np.maximum(last[self.end if behind is None else behind], self.start - 1))

    def only(self, letters: Bools) -> Line:
        """The texts without the letters that are not marked."""
        return Line._of(self.code[letters], self.count(letters))


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
        number, first, shift = zip(*map(_spelled, slices(texts)), _spelled([""]), strict=True)
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
    line = Line.of(texts)
    size = line.end - line.start
    first = line.number(line.start, np.minimum(line.start + 1, line.end))
    return line.number(line.start, line.end), first, _powers(1 << int(size.max(initial=0)).bit_length())[0][size]


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
    of, form = spread(forms.start[given[rest]], forms.count[given[rest]])
    pair = rest[of]
    found[pair[_either(local[pair], forms.spelled.take(form), spelled.take(family[pair]))]] = True
    return found


def _either(local: Numbers, given: Spelled, family: Spelled) -> Bools:
    """Which texts are the first name, or both names in either order."""
    return np.asarray(
        (local == given.number) | (local == given.before(family)) | (local == family.before(given)), dtype=np.bool_
    )
