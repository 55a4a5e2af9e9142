"""What a level of a ladder is worth: its shares among true pairs (m) and strangers (u), and their ratio in bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trueup.reconcile.identity.arrays import Floats, Ints
from trueup.reconcile.linkage.features import Feature

_LEFT_TO_CHANCE = 0.5
"""So much of the pairs with equal values stays chance, however many of them true pairs explain."""


def expected(feature: Feature) -> Floats:
    """m of each level before anything is learned (1 for missing)."""
    m = np.array([1.0, *(step.m for step in feature.steps)])
    m[1:] = np.maximum(m[1:], 1e-6) / np.maximum(m[1:], 1e-6).sum()
    return m


def among_strangers(feature: Feature, level: Ints, weight: Floats, m: Floats, share: float) -> Floats:
    """u of each level: equal values by their frequencies less what true pairs add, the rest by the sample."""
    counts = np.bincount(level, weights=weight, minlength=feature.size)
    counts[0] = 0.0
    known = np.array([step.u is not None for step in feature.steps])
    fixed = np.array([step.u or 0.0 for step in feature.steps])
    free = (counts[1:] + 0.5) * ~known
    free = free / max(free.sum(), 1e-9) * max(1e-9, 1.0 - fixed.sum())
    # Of values that hardly anybody has, little is left to chance: two equal ones say no less than two that are alike.
    alike = float((m[1:][~known] / free[~known]).max(initial=1.0))
    fixed = np.maximum(fixed - share * m[1:], np.minimum(_LEFT_TO_CHANCE * fixed, m[1:] / alike))
    u = np.ones(feature.size)
    u[1:] = np.where(known, fixed, free)
    return u


def bits(m: Sequence[Floats], u: Sequence[Floats]) -> tuple[Floats, ...]:
    """log2(m / u) of every level, 0 for missing."""
    weights = []
    for mm, uu in zip(m, u, strict=True):
        weight = np.log2(np.maximum(mm, 1e-6)) - np.log2(np.maximum(uu, 1e-9))
        weight[0] = 0.0
        weights.append(weight)
    return tuple(weights)


def odds(share: float) -> float:
    """log2 odds of a share."""
    return float(np.log2(share) - np.log2(1 - share))
