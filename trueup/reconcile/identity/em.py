"""Learning m and u from unlabelled pairs: expectation-maximisation on pattern counts.

The levels of a pair are taken as independent given whether it is a match. Pairs enter as distinct patterns with
counts, so
a round costs in proportion to the patterns, not the pairs. Level 0 (missing) is left out of every product: a missing
value
speaks neither for nor against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Floats

_FLOOR = 1e-7


@dataclass(frozen=True, slots=True)
class Learned:
    """What EM found: m and u by comparison and level (index 0, missing, is 1), and the share of matches among the
    pairs."""

    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    share: float
    rounds: int


def learn(
    table: NDArray[np.int64],
    counts: NDArray[np.int64],
    m: Sequence[Floats],
    u: Sequence[Floats],
    *,
    share: float = 0.1,
    fix_u: bool = True,
    rounds: int = 100,
    tolerance: float = 1e-6,
    elsewhere: float = 0.0,
    prior: Sequence[Floats] | None = None,
) -> Learned:
    """Run EM from a starting point. `fix_u` keeps u, which random pairs tell better than candidates do.

    `elsewhere` counts the pairs that are not in the table and are taken for non-matches: with it `share` is that
    among all pairs. `prior` adds pseudo-counts to each level of m (a Dirichlet prior), so that few pairs cannot learn
    nonsense.
    """
    ms, us = [x.astype(float).copy() for x in m], [x.astype(float).copy() for x in u]
    weight = counts.astype(float)
    done = 0
    for turn in range(rounds):
        done = turn + 1
        matched = responsibility(table, ms, us, share)
        new_share = float((matched * weight).sum() / max(weight.sum() + elsewhere, 1.0))
        moved = abs(new_share - share)
        share = min(max(new_share, _FLOOR), 1 - _FLOOR)
        for place in range(table.shape[1]):
            extra = prior[place] if prior is not None else None
            moved = max(moved, _update(ms[place], table[:, place], matched * weight, extra))
            if not fix_u:
                moved = max(moved, _update(us[place], table[:, place], (1 - matched) * weight))
        if moved < tolerance:
            break
    return Learned(tuple(ms), tuple(us), share, done)


def responsibility(table: NDArray[np.int64], m: Sequence[Floats], u: Sequence[Floats], share: float) -> Floats:
    """How likely each pattern is a match."""
    log_odds = np.full(len(table), np.log(share) - np.log1p(-share))
    for place in range(table.shape[1]):
        level = table[:, place]
        step = np.log(np.maximum(m[place], _FLOOR)) - np.log(np.maximum(u[place], _FLOOR))
        step[0] = 0.0
        log_odds += step[level]
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -500, 500))))


def _update(values: Floats, level: NDArray[np.int64], weight: Floats, prior: Floats | None = None) -> float:
    """New shares of the known levels, in place; how far they moved."""
    totals: Floats = np.bincount(level, weights=weight, minlength=len(values)).astype(np.float64)
    if prior is not None:
        totals = totals + prior
    totals[0] = 0.0
    if totals.sum() <= 0:
        return 0.0
    fresh = np.maximum(totals / totals.sum(), _FLOOR)
    moved = float(np.abs(fresh[1:] - values[1:]).max(initial=0.0))
    values[1:] = fresh[1:]
    return moved
