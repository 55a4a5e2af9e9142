"""How alike strangers' first names are in this table: what a first name that agrees, or nearly, is worth in it.

How often an initial agrees by chance, or two spellings are near each other, hangs on the names that people bear here;
where a name and its short form have one root, on how often people of that root are called by another form of it; and
names of one language go together, so that whoever shares a last name shares a first name oftener than others do. Names
have nothing to do with the employer: they can be counted apart, on random pairs, without labels. What the true pairs
do (m) stays as it ships.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.ordering import by_key, runs
from trueup.reconcile.identity.resolve import Subject, reweighed
from trueup.reconcile.identity.scoring import Ladder, Levels, Rung

_SAMPLE = 40_000
"""Random pairs that are looked at."""
_STRANGERS = 5_000.0
"""How many strangers the shipped frequencies count as."""
_ONE_ROOT = 20.0
"""How many strangers with one root the shipped share of other forms counts as."""
_NAMESAKES = 20.0
"""How many namesakes the chance of having both names count as."""
_HOPELESS = -5.0
"""Pairs that weigh less are strangers."""


def learned(of: Subject, given: Codes, family: Codes) -> Subject:
    """The same records, with first names weighed by how alike they are among strangers here.

    `given` and `family` are the codes of each record's names.
    """
    if of.rows < 2:
        return of
    place = next(number for number, ladder in enumerate(of.model.ladders) if ladder.key == "given")
    ladder = of.model.ladders[place]
    level, _ = _strangers(of, place, *_pairs(of.rows))
    seen = np.bincount(level, minlength=len(ladder.rungs)).astype(np.float64)
    together = _together(of, place, given, *_of_one_name(family))
    ladders = list(of.model.ladders)
    ladders[place] = replace(
        ladder, rungs=tuple(_seen(ladder, number, seen, together) for number in range(len(ladder.rungs)))
    )
    return reweighed(of, replace(of.model, ladders=tuple(ladders)))


def _strangers(of: Subject, place: int, left: Ints, right: Ints) -> tuple[Levels, Bools]:
    """The level of first names of those pairs that are hopeless whatever their first names are, and which these are."""
    compared = of.compare(left, right)
    beside = compared.total - compared.weights[place] + of.model.prior(of.rows)
    strangers = beside < _HOPELESS
    return compared.levels[place][strangers], strangers


def _together(of: Subject, place: int, given: Codes, left: Ints, right: Ints) -> float:
    """How much oftener strangers of one last name share a first name than any two: names of a language go together."""
    level, strangers = _strangers(of, place, left, right)
    known = given[given >= 0]
    share = np.append(np.bincount(known, minlength=int(given.max(initial=0)) + 1) / max(1, len(known)), 0.0)
    both = (given[left] >= 0) & (given[right] >= 0) & strangers
    expected = float(share[given[left[both]]].sum())
    same = float((level == of.model.ladders[place].at("exact")).sum())
    return max(1.0, (same + _NAMESAKES) / (expected + _NAMESAKES))


def _of_one_name(family: Codes) -> tuple[Ints, Ints]:
    """Random pairs of rows with one last name, every such pair as likely as another; the same in every run."""
    known = np.flatnonzero(family >= 0)
    rows, of_row = by_key(known, family[known].astype(np.int64), len(family))
    start, size = runs(of_row)
    pairs = np.cumsum(size * (size - 1))
    if not len(pairs) or not pairs[-1]:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    random = np.random.default_rng(20_261_122)
    chosen = random.integers(0, pairs[-1], min(_SAMPLE, int(pairs[-1])))
    of = np.searchsorted(pairs, chosen, side="right")
    within = chosen - (pairs[of] - size[of] * (size[of] - 1))
    one, other = within // (size[of] - 1), within % (size[of] - 1)
    other = other + (other >= one)
    one, other = rows[start[of] + one], rows[start[of] + other]
    return np.minimum(one, other), np.maximum(one, other)


def _pairs(rows: int) -> tuple[Ints, Ints]:
    """Random pairs of rows, the same in every run; all of a small table."""
    if rows * (rows - 1) // 2 <= _SAMPLE:
        left, right = np.triu_indices(rows, 1)
        return left.astype(np.int64), right.astype(np.int64)
    random = np.random.default_rng(20_261_122)
    left, right = random.integers(0, rows, _SAMPLE), random.integers(0, rows, _SAMPLE)
    low, high = np.minimum(left, right), np.maximum(left, right)
    return low[low < high], high[low < high]


def _seen(ladder: Ladder, number: int, seen: Floats, together: float) -> Rung:
    """A level as strangers stand on it; one of equal names has the frequency of its name already."""
    rung = ladder.rungs[number]
    if rung.key in ("initial", "similar"):
        return replace(rung, u=float((seen[number] + _STRANGERS * rung.u) / (seen[1:].sum() + _STRANGERS)))
    if rung.key == "exact":
        return replace(rung, leak=rung.leak * together)
    if rung.key == "short":
        # Its u is the frequency of the root; of two with one root this share has two forms of it.
        one_root = seen[number] + seen[ladder.at("exact")]
        return replace(rung, leak=float((seen[number] + _ONE_ROOT * rung.leak) / (one_root + _ONE_ROOT)) * together)
    return rung
