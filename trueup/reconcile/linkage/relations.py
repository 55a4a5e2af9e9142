"""Relations that look like sameness: a household at one address, the tracks of one album, companies at one place.

Who shares a home shares street, postcode, city and last name, all at once. Counted as independent these outweigh a
first name that differs, and learning without labels then takes the relation for the match: its "matches" agree in some
columns no more than strangers do. Where that is seen, pairs are told apart into one class more: the relation, which
agrees where it was seen to and by chance elsewhere, beside matches and strangers. A match must then be likelier than
both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Floats
from trueup.reconcile.linkage.features import Feature

MOST = 3
"""Relations that are told apart at most."""
_CHANCE = 0.2
"""A column that says less than this part of what is expected of true pairs agrees by chance."""
_DOUBTFUL = 0.4
_SOUND = 0.5
_SICK = 0.1
"""From this part of all that is expected of the columns, what agrees by chance makes the matches doubtful."""
_BEYOND = 10.0
"""So many times more pairs than chance would give agree in what the relation leaves to chance."""
_FEWEST = 20.0
_NAMES = frozenset({"given", "family", "name"})
"""Features that agree in every sort of match: where these do not, the matches are none."""
_ROUNDS = 60
_FLOOR = 1e-7
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Relation:
    """What its records share, for people; log2 odds of match against relation, and each level's weight in bits."""

    shares: tuple[str, ...]
    odds: float
    weights: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The candidates as patterns, u and the expected m of each feature, and how many pairs and records there are."""

    features: Sequence[Feature]
    table: NDArray[np.int64]
    counts: Floats
    u: Sequence[Floats]
    start: Sequence[Floats]
    prior: Sequence[Floats]
    total: float
    rows: int


@dataclass(frozen=True, slots=True)
class Classes:
    """Matches, and relations with the features that each leaves to chance. Shares are those among all pairs."""

    m: list[Floats]
    share: float
    of: tuple[list[Floats], ...] = ()
    shares: tuple[float, ...] = ()
    chance: tuple[tuple[bool, ...], ...] = ()


def find(seen: Seen, m: Sequence[Floats], share: float) -> Classes:
    """The classes that explain the patterns: those given, unless their matches are a relation rather."""
    found = tried = Classes([x.copy() for x in m], share)
    while len(tried.of) < MOST and _sick(seen, tried.m):
        another = _with_another(seen, tried)
        if another is None:
            break
        # One relation may hide the next: only together they may leave the matches.
        tried = another
        if _better(seen, found, tried):
            found = tried
    return found


def told(seen: Seen, found: Classes) -> tuple[Relation, ...]:
    """The relations as weights: log2 of how much likelier each level is among matches."""
    made = []
    for of, share, chance in zip(found.of, found.shares, found.chance, strict=True):
        weights = []
        for m, r in zip(found.m, of, strict=True):
            weight = np.log2(np.maximum(m, _FLOOR)) - np.log2(np.maximum(r, _FLOOR))
            weight[0] = 0.0
            weights.append(weight)
        names = tuple(f.label for f, by_chance in zip(seen.features, chance, strict=True) if not by_chance)
        made.append(Relation(names, float(np.log2(found.share) - np.log2(share)), tuple(weights)))
    return tuple(made)


def _says(m: Floats, u: Floats) -> float:
    """The bits that a feature gives a pair of the class on average."""
    return float((m[1:] * np.log2(np.maximum(m[1:], _FLOOR) / np.maximum(u[1:], _FLOOR))).sum())


def _soundness(seen: Seen, m: Sequence[Floats]) -> tuple[Floats, Floats]:
    """What each feature says in proportion to what is expected, and what is expected (bits)."""
    expected = np.array([max(_says(s, u), 1e-9) for s, u in zip(seen.start, seen.u, strict=True)])
    return np.array([_says(x, u) for x, u in zip(m, seen.u, strict=True)]) / expected, expected


def _sick(seen: Seen, m: Sequence[Floats]) -> bool:
    """Whether the matches agree by chance in much of what should tell them."""
    sound, expected = _soundness(seen, m)
    return bool(expected[sound < _DOUBTFUL].sum() >= _SICK * expected.sum())


def _logs(seen: Seen, classes: Classes) -> Floats:
    """log(share x likelihood) of each pattern in each class: matches, strangers, relations."""

    def of(levels: Sequence[Floats], share: float) -> Floats:
        total = np.full(len(seen.table), np.log(max(share, _LEAST)))
        for place, values in enumerate(levels):
            step = np.log(np.maximum(values, _FLOOR))
            step[0] = 0.0
            total += step[seen.table[:, place]]
        return total

    rest = 1.0 - classes.share - sum(classes.shares)
    others = [of(r, share) for r, share in zip(classes.of, classes.shares, strict=True)]
    return np.array([of(classes.m, classes.share), of(seen.u, rest), *others])


def _responsible(logs: Floats) -> Floats:
    """How likely each pattern belongs to each class."""
    likely = np.exp(logs - logs.max(axis=0))
    return np.asarray(likely / likely.sum(axis=0))


def _with_another(seen: Seen, before: Classes) -> Classes | None:
    """One relation more, begun with those matches that are spoken against; matches begin as expected again."""
    claimed = seen.counts * _responsible(_logs(seen, before))[0]
    spoken = _spoken_against(seen)
    inside = claimed * spoken
    if inside.sum() < _FEWEST:
        return None
    of = []
    for place, start in enumerate(seen.start):
        of.append(_shares(seen, place, inside, 5 * start))
    sound, _ = _soundness(seen, of)
    chance = tuple((sound < _CHANCE).tolist())
    if all(chance) or not any(chance):
        return None
    of = [u.copy() if by_chance else r for r, u, by_chance in zip(of, seen.u, chance, strict=True)]
    return _learn(
        seen,
        Classes(
            [x.copy() for x in seen.start], float((claimed * ~spoken).sum() / seen.total), (*before.of, of),
            (*before.shares, float(inside.sum() / seen.total)), (*before.chance, chance),
        ),
    )  # fmt: skip


def _spoken_against(seen: Seen) -> Bools:
    """Patterns of which several features speak against a match (one, where there are few)."""
    count = np.zeros(len(seen.table), dtype=np.int64)
    for place, (start, u) in enumerate(zip(seen.start, seen.u, strict=True)):
        against = np.log2(np.maximum(start, _FLOOR) / np.maximum(u, _FLOOR)) < -0.5
        against[0] = False
        count += against[seen.table[:, place]]
    return np.asarray(count >= (2 if len(seen.features) >= 4 else 1))


def _shares(seen: Seen, place: int, weight: Floats, prior: Floats) -> Floats:
    """How the patterns of a class fall on the levels of a feature."""
    counts = np.bincount(seen.table[:, place], weights=weight, minlength=len(prior)) + prior
    counts[0] = 0.0
    found = np.maximum(counts / counts.sum(), _FLOOR)
    found[0] = 1.0
    return np.asarray(found)


def _learn(seen: Seen, classes: Classes) -> Classes:
    """EM over all classes; strangers keep u, and relations keep it where they leave agreement to chance."""
    places = range(len(seen.start))
    for _ in range(_ROUNDS):
        weight = seen.counts * _responsible(_logs(seen, classes))
        fresh = Classes(
            [_shares(seen, n, weight[0], seen.prior[n]) for n in places],
            max(float(weight[0].sum() / seen.total), _LEAST),
            tuple(
                [seen.u[n] if chance[n] else _shares(seen, n, weight[2 + k], seen.prior[n]) for n in places]
                for k, chance in enumerate(classes.chance)
            ),
            tuple(max(float(weight[2 + k].sum() / seen.total), _LEAST) for k in range(len(classes.of))),
            classes.chance,
        )
        moved = max(float(np.abs(a - b).max()) for a, b in zip(fresh.m, classes.m, strict=True))
        classes = fresh
        if moved < 1e-4:
            break
    return classes


def _better(seen: Seen, before: Classes, tried: Classes) -> bool:
    """Whether a column that agreed by chance, or nearly, tells matches now, and it was no idle column that did so.

    A first or last name is never idle. Where other columns were cured (a price, a note) the relation must join every
    record to two others on average, as no counterpart does, and more pairs must be matches than chance would give.
    """
    was, _ = _soundness(seen, before.m)
    is_, _ = _soundness(seen, tried.m)
    cured = (was < _DOUBTFUL) & (is_ >= _SOUND)
    related = sum(tried.shares)
    if not cured.any() or related < tried.share:
        return False
    if any(cured[n] and feature.key in _NAMES for n, feature in enumerate(seen.features)):
        return True
    agree = [float((u[1:] * (m[1:] > u[1:])).sum()) for m, u in zip(tried.m, seen.u, strict=True)]
    by_chance = 0.0
    for share, chance in zip(tried.shares, tried.chance, strict=True):
        by_chance += share * float(np.prod([a for a, by in zip(agree, chance, strict=True) if by]))
    enough = tried.share >= max(_FEWEST / seen.total, _BEYOND * by_chance)
    return bool(enough and related * seen.total >= seen.rows)


__all__ = ["Classes", "Relation", "Seen", "find", "told"]
