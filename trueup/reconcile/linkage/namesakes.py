"""What namesakes of this table teach: how much it says that two of one name agree, or differ, in all the rest.

Pairs of one full name are found by their name alone, whatever else they have: among them are those who are one person
and those who only share a name, both as they come. So how often an employer, a place, a title or an address agrees can
be counted on both sorts, by EM from the shipped weights, beside what the pair says of the employer: whether who works
elsewhere stays in his city is another thing in every table. How often people change employers is counted on pairs that
are sure by what no employer gives; and how many namesakes are one at all, beside how many any two are, is what both
names together are worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.blocking import unordered
from trueup.reconcile.identity.ordering import by_key, pairs_within, runs, spread
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.resolve import Subject, moved
from trueup.reconcile.identity.scoring import Ladder, Levels, Model, Rung, log_odds, probability

_SAMPLE = 60_000
"""Pairs of namesakes that are looked at."""
_BEARERS = 12
"""Names with more bearers teach nothing: their pairs are too many, and hardly one of them is true."""
_ROUNDS = 6
_COUNTED = 20.0
"""How many pairs, on either side, the shipped weight of a level counts as."""
_CHANGES = 50.0
"""How many sure pairs the shipped share of changed employers counts as."""
_MOST = 3.0
"""No level is moved by more bits than this."""
_MOST_OF_NAMES = 2.0
"""Nor the two names together by more than this."""
_SURELY = 0.99
_MOSTLY = 0.5
"""At least this share of the true pairs must be sure ones, or nothing is learned."""
_TAUGHT = ("email", "phone", "title", "place")
_NAMES = ("given", "family", "middle", "suffix")
_OWN = (*_NAMES, "stored_id", "phone", "linkedin", "birth_date", "other_code")
"""What stays with a person who changes the employer."""
_UNKNOWN, _ELSEWHERE, _TOGETHER = range(3)
_CASES = 3

Bits = Mapping[str, Floats]
"""What is added to the weight of each level of a ladder, in a row for each case of the employer."""


def learned(of: Subject, root: Codes, family: Codes) -> Subject:
    """The same records, compared with what namesakes among them teach. `root` and `family` are each one's names."""
    found = _namesakes(unordered(root, family))
    if not len(found.left):
        return of
    taught = teach(of, found)
    if not taught:
        return of
    return moved(of, lambda model, compared: _moved(model, compared, taught))


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Pairs of one name; for how many each stands, and how many records have a name that few bear."""

    left: Ints
    right: Ints
    each: float
    records: int


def _namesakes(name: Ints) -> Namesakes:
    """All pairs of namesakes, or those of some names taken at random, the same in every run."""
    known = np.flatnonzero(name >= 0)
    rows, ordered = by_key(known, name[known], len(name))
    start, size = runs(ordered)
    few = size <= _BEARERS
    records = int(size[few].sum())
    start, size = start[few & (size > 1)], size[few & (size > 1)]
    pairs = size * (size - 1) // 2
    every = int(pairs.sum())
    if every > _SAMPLE:
        order = np.random.default_rng(20_261_122).permutation(len(size))
        chosen = order[: int(np.searchsorted(np.cumsum(pairs[order]), _SAMPLE)) + 1]
        start, size = start[chosen], size[chosen]
    inside = rows[spread(start, size)[1]]
    first, second = pairs_within(size)
    one, other = inside[first], inside[second]
    return Namesakes(np.minimum(one, other), np.maximum(one, other), every / max(1, len(one)), records)


def teach(of: Subject, found: Namesakes) -> Bits:
    """What these namesakes say of the levels, by ladder: nothing where few of those who seem to be one surely are.

    A table without anything by which people are known for sure would be taught by its own guesses.
    """
    compared = of.compare(found.left, found.right)
    model, prior = of.model, of.model.prior(of.rows)
    fine = compared.conflict == 0
    case = _employer(model, compared)
    taught: dict[str, Floats] = {"company": _changes(model, compared, fine, case, prior)}
    place = _places(model)
    base = compared.total + prior + taught["company"][case, compared.levels[place["company"]]]
    names = _sum(compared, model, _NAMES) + prior
    counts = [_Counted.of(model.ladders[place[key]], compared, place[key], fine, case) for key in _TAUGHT]
    more, together = [counted.nothing for counted in counts], 0.0
    for _ in range(_ROUNDS):
        total = base + together
        for counted, bits in zip(counts, more, strict=True):
            total += bits.ravel()[counted.cell]
        true = np.where(fine, probability(total), 0.0)
        more = [counted.bits(true) for counted in counts]
        together = _as_many(names[fine], float(true.sum()), together)
    if true[true >= _SURELY].sum() < _MOSTLY * true.sum():
        return {}
    taught.update(zip(_TAUGHT, more, strict=True))
    taught["given"] = _of_names(model, found, true, together)
    return taught


def _moved(model: Model, compared: Compared, taught: Bits) -> Compared:
    """The pairs with the weights of their levels moved."""
    case = _employer(model, compared)
    weights = tuple(
        weight + taught[ladder.key].astype(np.float32)[case, level] if ladder.key in taught else weight
        for ladder, level, weight in zip(model.ladders, compared.levels, compared.weights, strict=True)
    )
    return replace(compared, weights=weights)


def _places(model: Model) -> dict[str, int]:
    return {ladder.key: number for number, ladder in enumerate(model.ladders)}


def _sum(compared: Compared, model: Model, keys: tuple[str, ...]) -> Floats:
    """The weights of these ladders together."""
    place = _places(model)
    total = np.zeros(len(compared.conflict))
    for key in keys:
        total += compared.weights[place[key]]
    return total


def _employer(model: Model, compared: Compared) -> Levels:
    """Whether the two work together, elsewhere, or that is not known."""
    rungs = model.ladder("company").rungs
    case = [{"missing": _UNKNOWN, "other": _ELSEWHERE}.get(rung.key, _TOGETHER) for rung in rungs]
    return np.array(case, dtype=np.int8)[compared.levels[_places(model)["company"]]]


def _changes(model: Model, compared: Compared, fine: Bools, case: Levels, prior: float) -> Floats:
    """The ladder of the employer by how many change it, of those who are one by what no employer gives."""
    ladder = model.ladder("company")
    sure = fine & (case != _UNKNOWN) & (_sum(compared, model, _OWN) + prior >= log_odds(_SURELY))
    shipped = ladder.rungs[ladder.at("other")].m
    share = ((case[sure] == _ELSEWHERE).sum() + _CHANGES * shipped) / (sure.sum() + _CHANGES)
    stay, move = np.log2((1 - share) / (1 - shipped)), np.log2(share / shipped)
    # What follows from an address of the employer is no news of him.
    said = {"missing": 0.0, "follows": 0.0, "other": move}
    return np.tile([said.get(rung.key, stay) for rung in ladder.rungs], (_CASES, 1))


@dataclass(frozen=True, slots=True)
class _Counted:
    """One ladder of the sample: the case and level of each pair, and by how much less likely strangers stand there."""

    taught: Bools
    fixed: Floats
    cell: Ints
    known: Ints
    inverse: Floats

    @classmethod
    def of(cls, ladder: Ladder, compared: Compared, place: int, fine: Bools, case: Levels) -> _Counted:
        """Ready to be counted again and again."""
        level = compared.levels[place]
        cell = case.astype(np.int64) * len(ladder.rungs) + level
        known = np.flatnonzero(fine & (level > 0))
        return cls(
            taught=np.array([_is_taught(ladder, rung) for rung in ladder.rungs]),
            fixed=np.array([np.nan if rung.tf else 2**-rung.weight for rung in ladder.rungs]),
            cell=cell,
            known=known,
            inverse=np.exp2(-compared.weights[place][known].astype(np.float64)),
        )

    @property
    def nothing(self) -> Floats:
        """No bits at all."""
        return np.zeros((_CASES, len(self.taught)))

    def bits(self, true: Floats) -> Floats:
        """How far off each level is, where every pair is true with such a probability.

        By as many as the true ones let expect strangers there, against those there are, and the other way round: the
        smaller of the two is what both counts bear out.
        """
        cell, true = self.cell[self.known], true[self.known]

        def count(weights: Floats) -> Floats:
            return np.bincount(cell, weights, _CASES * len(self.taught)).astype(np.float64).reshape(_CASES, -1)

        matched, apart, inverse = count(true), count(1 - true), count(true * self.inverse)
        ratio = np.where(np.isnan(self.fixed), inverse / np.maximum(matched, 0.5), self.fixed)
        scale = np.maximum(apart.sum(axis=1, keepdims=True), 1e-9) / np.maximum(
            matched.sum(axis=1, keepdims=True), 1e-9
        )
        ratio = np.maximum(ratio, 1e-12)
        by_true = np.log2((matched + _COUNTED) / (apart / scale / ratio + _COUNTED))
        by_apart = np.log2((matched * scale * ratio + _COUNTED) / (apart + _COUNTED))
        both = np.where(by_true * by_apart > 0, np.sign(by_true) * np.minimum(abs(by_true), abs(by_apart)), 0.0)
        return np.where(self.taught, np.clip(both, -_MOST, _MOST), 0.0)


def _is_taught(ladder: Ladder, rung: Rung) -> bool:
    """Whoever shares a number or an address is found by it, and what it is worth hangs on the value alone."""
    return rung.key != "missing" and (not rung.tf or rung.key == "handle" or ladder.key in ("title", "place"))


def _as_many(names: Floats, true: float, start: float) -> float:
    """The bits with which the names by themselves let expect as many true pairs as there are."""
    bits = start
    for _ in range(30):
        share = probability(names + bits)
        step = (true - float(share.sum())) / max(1e-9, float((share * (1 - share)).sum()) * np.log(2))
        bits = float(np.clip(bits + np.clip(step, -1, 1), -2 * _MOST, 2 * _MOST))
        if abs(step) < 1e-3:
            break
    return bits


def _of_names(model: Model, found: Namesakes, true: Floats, together: float) -> Floats:
    """The ladder of first names, where both names agree: how many of them are one, beside how many any two are.

    As far as it is sure of whom this was counted: what only names say of those who have nothing else to compare is
    their own echo.
    """
    given, family = model.ladder("given"), model.ladder("family")
    same = sum(given.rungs[given.at(key)].m for key in ("exact", "short")) * family.rungs[family.at("exact")].m
    count, sure = float(true.sum()), float(true[true >= _SURELY].sum())
    any_two = np.log2((count * found.each / same + _COUNTED) / (found.records / 2 + _COUNTED))
    bits = float(np.clip(together - any_two, -_MOST_OF_NAMES, _MOST_OF_NAMES)) * sure / (count + _COUNTED)
    keys = ("exact", "short", "swapped")
    return np.tile([bits if rung.key in keys else 0.0 for rung in given.rungs], (_CASES, 1))
