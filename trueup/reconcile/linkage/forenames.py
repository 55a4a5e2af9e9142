"""How alike strangers' first names are in this table: what a first name that nearly agrees is worth in it.

How often an initial agrees by chance, or two spellings are near each other, hangs on the names that people bear here;
and where a name and its short form have one root, on how often people of that root are called by another form of it.
Names have nothing to do with the employer, so they can be counted apart, on random pairs, without labels. What the true
pairs do (m) stays as it ships.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trueup.reconcile.identity.encode import Floats, Ints
from trueup.reconcile.identity.resolve import Subject, reweighed
from trueup.reconcile.identity.scoring import Ladder, Rung

_SAMPLE = 40_000
"""Random pairs that are looked at."""
_STRANGERS = 5_000.0
"""How many strangers the shipped frequencies count as."""
_ONE_ROOT = 20.0
"""How many strangers with one root the shipped share of other forms counts as."""
_HOPELESS = -5.0
"""Pairs that weigh less are strangers."""


def learned(of: Subject) -> Subject:
    """The same records, with first names weighed by how alike they are among strangers here."""
    if of.rows < 2:
        return of
    left, right = _pairs(of.rows)
    compared = of.compare(left, right)
    strangers = compared.total + of.model.prior(of.rows) < _HOPELESS
    place = next(number for number, ladder in enumerate(of.model.ladders) if ladder.key == "given")
    ladder = of.model.ladders[place]
    seen = np.bincount(compared.levels[place][strangers], minlength=len(ladder.rungs)).astype(np.float64)
    ladders = list(of.model.ladders)
    ladders[place] = replace(ladder, rungs=tuple(_seen(ladder, number, seen) for number in range(len(ladder.rungs))))
    return reweighed(of, replace(of.model, ladders=tuple(ladders)))


def _pairs(rows: int) -> tuple[Ints, Ints]:
    """Random pairs of rows, the same in every run; all of a small table."""
    if rows * (rows - 1) // 2 <= _SAMPLE:
        left, right = np.triu_indices(rows, 1)
        return left.astype(np.int64), right.astype(np.int64)
    random = np.random.default_rng(20_261_122)
    left, right = random.integers(0, rows, _SAMPLE), random.integers(0, rows, _SAMPLE)
    low, high = np.minimum(left, right), np.maximum(left, right)
    return low[low < high], high[low < high]


def _seen(ladder: Ladder, number: int, seen: Floats) -> Rung:
    """A level as strangers stand on it; one of equal names has the frequency of its name already."""
    rung = ladder.rungs[number]
    if rung.key in ("initial", "similar"):
        return replace(rung, u=float((seen[number] + _STRANGERS * rung.u) / (seen[1:].sum() + _STRANGERS)))
    if rung.key == "short":
        # Its u is the frequency of the root; of two with one root this share has two forms of it.
        one_root = seen[number] + seen[ladder.at("exact")]
        return replace(rung, leak=float((seen[number] + _ONE_ROOT * rung.leak) / (one_root + _ONE_ROOT)))
    return rung
