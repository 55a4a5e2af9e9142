"""Columns of measured numbers: prices, coordinates, lengths. Such are near each other or far, not spelled alike.

Whole numbers stay codes: years, counts and ids are not more alike for being near. How near is near is read off the
column: by how seldom two records of it are so near by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Codes, Floats
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.identity.scoring import Levels
from trueup.reconcile.linkage.features import Feature, Step, assemble

NUMBER = (
    Step("nearest", "nearer than one pair in a thousand", 0.12),
    Step("near", "nearer than one pair in a hundred", 0.08),
    Step("next", "nearer than one pair in twenty", 0.05),
    Step("other", "different", 0.10),
)
EXACT = 0.65
_BY_CHANCE = (0.001, 0.01, 0.05)
_FEWEST = 30
_READABLE = 0.98
_BROKEN = 0.5
_SPREAD = 50.0
_PAIRS = 200_000
_NUMBER = re.compile(
    r"(?:[^\W\d_]{3} |[^\w\s.,+-]{1,2} ?)?"  # USD, $
    r"([+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,12}(?:[.,]\d+)?))"
    r"(?: ?[^\w\s.,]{1,2}| [^\W\d_]{1,4})?"  # %, km
)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


def number(value: str) -> float | None:
    """The number that a text is, with a currency or unit around it; None for anything else."""
    found = _NUMBER.fullmatch(value.strip())
    if not found:
        return None
    bare = found[1]
    return float(bare.replace(",", "" if _GROUPED.fullmatch(bare) else "."))


def measured(of: Column) -> Column | None:
    """The column with one spelling for one number, where nearly all values are numbers and most are broken ones."""
    if len(of.values) < _FEWEST:
        return None
    read = [number(value) for value in of.values]
    known = [value for value in read if value is not None]
    broken = sum(value != int(value) for value in known)
    if len(known) < _READABLE * len(read) or broken < _BROKEN * len(known):
        return None
    return of.take([None if value is None else f"{value:.10g}" for value in read])


def feature(key: str, label: str, show: str, of: Column) -> tuple[Feature, Codes]:
    """The ladder of a measured column, and keys that numbers near each other share."""
    size = scale(of.values)
    width = widths(of.codes, size)
    return assemble(key, label, show, of, EXACT, NUMBER, judge(size, width)), buckets(of.codes, size, float(width[1]))


def scale(values: Sequence[str]) -> Floats:
    """The numbers, by their logarithm where they are amounts of very different size: a tenth of the price counts."""
    found = np.array([float(value) for value in values])
    if found.min(initial=1.0) > 0 and found.max(initial=1.0) >= _SPREAD * found.min(initial=1.0):
        found = np.log(found)
    return np.append(found, np.nan)


def widths(codes: Codes, size: Floats) -> Floats:
    """The differences within which one of a thousand, of a hundred, of twenty pairs of records lie by chance."""
    known = codes[codes >= 0]
    random = np.random.default_rng(20_261_122)
    one, other = (known[random.integers(0, len(known), _PAIRS)] for _ in range(2))
    apart = np.abs(size[one] - size[other])
    # A number with itself is no neighbour.
    apart = apart[one != other] if (one != other).any() else apart
    return np.asarray(np.quantile(apart, _BY_CHANCE))


def judge(size: Floats, width: Floats) -> Callable[[Codes, Codes], Levels]:
    """The step of each pair of different numbers."""

    def judged(left: Codes, right: Codes) -> Levels:
        apart = np.abs(size[left] - size[right])
        return np.searchsorted(width, apart, side="left").astype(np.int8)

    return judged


def buckets(codes: Codes, size: Floats, width: float) -> Codes:
    """Two keys a record such that numbers nearer than half the width share one: buckets, and buckets half a step on."""
    at = size[codes] / max(width, 1e-12)
    known = codes >= 0
    both = np.stack([np.floor(np.where(known, at + half, 0.0)) * 2 + n for n, half in enumerate((0.0, 0.5))], axis=1)
    found = np.unique(both, return_inverse=True)[1].reshape(both.shape).astype(np.int32)
    return np.where(known[:, None], found, np.int32(MISSING))
