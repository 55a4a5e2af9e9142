"""How alike the spellings of two values are, asked only of those whose letters allow it.

Every measure counts letters that two values have in common. How many these are at most is told by a few bits a value,
on whole columns at once; of random pairs hardly any is left for the measure itself, and its result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.comparisons import distinct_pairs

_TIMES = 3
"""Up to so many times a letter is counted in a value."""
_BEGIN = 4
"""So many first letters count for more in Jaro and Winkler's measure."""
_MORE = 0.1
_SLACK = 1e-6
"""Results are of single precision, so what is a hair below the least counts too."""
_AT_ONCE = 50_000
"""Values whose letters are counted at once: this bounds the memory."""
_ALONE = 20_000
"""So many pairs are measured before a second thread is worth its start."""
_NO_GAP = ~np.packbits(np.arange(64) == ord(" ") % 64).view(np.uint64)[0]
"""Every letter but the space."""


class Letters:
    """Distinct values with their lengths and letters; one more element serves missing values."""

    def __init__(self, values: Sequence[str]) -> None:
        self.text = np.array([*values, ""], dtype=object)
        self.length = np.fromiter(map(len, self.text), dtype=np.int64, count=len(self.text))
        parts = [_held(self.text[start : start + _AT_ONCE].tolist()) for start in range(0, len(self.text), _AT_ONCE)]
        self.held = np.concatenate([held for held, _ in parts], axis=1)
        self.begin = np.concatenate([begin for _, begin in parts])

    def slips(self, left: Codes, right: Codes, most: int) -> Floats:
        """Edits and swaps of neighbours between two values; `most + 1` for more than `most`."""
        from rapidfuzz.distance import OSA

        few = self._few(left, right, most)
        return self._measured(left, right, few, OSA.distance, most, most + 1)

    def edits(self, left: Codes, right: Codes, most: int) -> Floats:
        """Edits between two values, a swap counting as two; `most + 1` for more than `most`."""
        from rapidfuzz.distance import Levenshtein

        few = self._few(left, right, most)
        return self._measured(left, right, few, Levenshtein.distance, most, most + 1)

    def winkler(self, left: Codes, right: Codes, least: float) -> Floats:
        """Jaro and Winkler's likeness of two values; 0 for less than `least`."""
        from rapidfuzz.distance import JaroWinkler

        least -= _SLACK

        def jaro(shared: Ints, a: Ints, b: Ints) -> Floats:
            return np.asarray((shared / np.maximum(a, 1) + shared / np.maximum(b, 1) + 1) / 3)

        # Whatever they begin with, first.
        enough = (least - _MORE * _BEGIN) / (1 - _MORE * _BEGIN)
        some = self._sieved(left, right, lambda shared, a, b: jaro(shared, a, b) >= enough)
        x, y = left[some], right[some]
        likely = jaro(self._shared(x, y), self.length[x], self.length[y])
        likely += _MORE * self._same_begin(x, y) * (1 - likely)
        return self._measured(left, right, some[likely >= least], JaroWinkler.similarity, least, 0.0)

    def ratio(self, left: Codes, right: Codes, least: float) -> Floats:
        """How much of two values is one text with gaps, of 100; 0 for less than `least`."""
        from rapidfuzz.fuzz import ratio

        least -= _SLACK
        likely = self._sieved(left, right, lambda shared, a, b: 200.0 * shared >= least * (a + b))
        return self._measured(left, right, likely, ratio, least, 0.0)

    def within(self, left: Codes, right: Codes) -> Bools:
        """Whether all sorts of letters of one value are in the other, as they are where its words are."""
        a, b = self.held[0][left] & _NO_GAP, self.held[0][right] & _NO_GAP
        both = a & b
        return np.asarray((a == both) | (b == both))

    def _few(self, left: Codes, right: Codes, most: int) -> Ints:
        """Where so many edits at most may lie between two values."""

        # An edit takes one letter from one value at most and brings one of the other's; a swap does neither.
        def few(shared: Ints, a: Ints, b: Ints) -> Bools:
            return np.asarray(np.maximum(a, b) - shared <= most)

        return self._sieved(left, right, few)

    def _sieved(self, left: Codes, right: Codes, may: Callable[[Ints, Ints, Ints], Bools]) -> Ints:
        """The places of pairs that may be alike, by how many letters they share at most, and the lengths of both.

        What sorts of letters they have rules out nearly all; how often they have each is asked of the rest.
        """
        some = np.arange(len(left))
        for planes in (1, _TIMES):
            a, b = left[some], right[some]
            some = some[may(self._shared(a, b, planes), self.length[a], self.length[b])]
        return some

    def _shared(self, left: Codes, right: Codes, times: int = _TIMES) -> Ints:
        """How many letters two values have in common, at most; each letter is counted up to so many times."""
        one, other = self.length[left], self.length[right]
        for held in self.held[:times]:
            a, b = held[left], held[right]
            both = a & b
            one -= np.bitwise_count(a ^ both)
            other -= np.bitwise_count(b ^ both)
        return np.minimum(one, other)

    def _same_begin(self, left: Codes, right: Codes) -> Ints:
        """How many first letters two values have in common, as far as they count."""
        differ = self.begin[left] ^ self.begin[right]
        same = np.zeros(len(left), dtype=np.int64)
        for letters in range(1, _BEGIN + 1):
            same += differ & np.uint64((1 << (16 * letters)) - 1) == 0
        return same

    def _measured(
        self, left: Codes, right: Codes, ask: Ints, scorer: Callable[..., object], cutoff: float, rest: float
    ) -> Floats:
        """What the scorer says of the pairs at the places where it is worth asking, and `rest` for the others."""
        from rapidfuzz.process import cpdist

        found = np.full(len(left), rest)
        if len(ask):
            a, b, inverse = distinct_pairs(left[ask], right[ask], len(self.text))
            workers = 1 if len(a) < _ALONE else 2
            got = cpdist(
                self.text[a], self.text[b], scorer=scorer, score_cutoff=cutoff, dtype=np.float32, workers=workers
            )
            found[ask] = got[inverse]
        return found


def sorted_words(values: Sequence[str]) -> Letters:
    """The values with their words in the order of the alphabet, so that another order is no difference."""
    return Letters([" ".join(sorted(value.split())) for value in values])


def _held(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Which letters each text has once, twice and so on, as bits, and its first letters."""
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    owner = np.repeat(np.arange(len(texts)), size)
    times = np.bincount(owner * 64 + letters % 64, minlength=64 * len(texts)).reshape(-1, 64)
    held = [np.packbits(times > least, axis=1).view(np.uint64)[:, 0] for least in range(_TIMES)]
    start = np.cumsum(size) - size
    begin = np.zeros(len(texts), dtype=np.uint64)
    for place in range(_BEGIN):
        some = np.flatnonzero(size > place)
        begin[some] |= (letters[start[some] + place] % 65_536).astype(np.uint64) << np.uint64(16 * place)
    return np.stack(held), begin


__all__ = ["Letters", "sorted_words"]
