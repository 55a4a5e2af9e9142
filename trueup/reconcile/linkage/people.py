"""Names of people in a table: first and last name side by side, because they are swapped, merged and crossed."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.arrays import Codes, Ints
from trueup.reconcile.identity.comparisons import in_pairs, pair_codes
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.identity.letters import Letters
from trueup.reconcile.identity.scoring import Levels
from trueup.reconcile.linkage.features import Feature, Step, rarity
from trueup.reconcile.normalize import names

GIVEN = (
    Step("short", "short or foreign form of the same name", 0.06),
    Step("swapped", "first and last name swapped", 0.02),
    Step("near", "a slip apart", 0.06),
    Step("initial", "initial agrees", 0.03),
    Step("alike", "spelled alike", 0.03),
    Step("crossed", "first name of one, last name of the other", 0.01),
    Step("other", "different", 0.04),
)
FAMILY = (
    Step("near", "a slip apart", 0.07),
    Step("contained", "one is part of the other", 0.02),
    Step("alike", "spelled alike", 0.03),
    Step("crossed", "found in the other's whole name", 0.02),
    Step("other", "different", 0.05),
)


def features(given: Column, family: Column, words: tuple[str, ...]) -> list[Feature]:
    """The ladders of first and last names; both columns share the dictionary `words`."""
    spelled = Letters(words)
    length = spelled.length
    initial = np.array([ord(word[0]) for word in words] + [0])
    nicks = pair_codes(names.nickname_pairs(), words)
    common = np.array([names.is_common(word) for word in words] + [False])
    several = np.array([" " in word for word in words] + [False])
    closed = {word: number for number, word in enumerate(sorted({names.family_key(word) for word in words}))}
    key = np.array([closed[names.family_key(word)] for word in words] + [-1])
    parts = [frozenset(word.split()) for word in words]
    of_given, of_family = rarity(given.codes, len(words)), rarity(family.codes, len(words))
    g_exact, f_exact = of_given.steps(0.75), of_family.steps(0.80)

    def swapped(left: Ints, right: Ints) -> np.ndarray:
        a, b, fa, fb = given.codes[left], given.codes[right], family.codes[left], family.codes[right]
        return np.asarray((a >= 0) & (b >= 0) & (a == fb) & (b == fa) & (a != b))

    def compare_given(left: Ints, right: Ints) -> Levels:
        a, b = given.codes[left], given.codes[right]
        fa, fb = family.codes[left], family.codes[right]
        level = np.zeros(len(left), dtype=np.int8)
        base = len(g_exact) + 1
        both = (a >= 0) & (b >= 0)
        equal = both & (a == b)
        level[equal] = of_given.step[a[equal]] + 1
        rest = np.flatnonzero(both & ~equal)
        level[rest] = judge_given(a[rest], b[rest]) + base
        crossed = both & ~equal & ((a == fb) | (b == fa)) & (level == base + 6)
        level[crossed] = base + 5
        level[swapped(left, right)] = base + 1
        return level

    def judge_given(a: Codes, b: Codes) -> Levels:
        shorter = np.minimum(length[a], length[b])
        slips = spelled.slips(a, b, 2)
        winkler = spelled.winkler(a, b, 0.85)
        two_names = common[a] & common[b]
        return np.select(
            [
                in_pairs(nicks, len(words), a, b) | in_pairs(nicks, len(words), b, a),
                ((slips <= 1) & (shorter >= 3) & ~two_names) | ((slips <= 2) & (shorter >= 6) & ~two_names),
                (shorter == 1) & (initial[a] == initial[b]),
                (winkler >= 0.85) & (shorter > 1),
            ],
            [0, 2, 3, 4],
            6,
        ).astype(np.int8)

    def compare_family(left: Ints, right: Ints) -> Levels:
        a, b = family.codes[left], family.codes[right]
        level = np.zeros(len(left), dtype=np.int8)
        base = len(f_exact) + 1
        both = (a >= 0) & (b >= 0)
        equal = both & ((a == b) | (key[a] == key[b]))
        level[equal] = of_family.step[a[equal]] + 1
        rest = np.flatnonzero(both & ~equal)
        level[rest] = judge_family(a[rest], b[rest]) + base
        ga, gb = given.codes[left], given.codes[right]
        crossed = ((a >= 0) & (a == gb)) | ((b >= 0) & (b == ga))
        level[crossed & ((level == 0) | (level == base + 4))] = base + 3
        # A swap is told once, on the ladder of first names.
        level[swapped(left, right)] = 0
        return level

    def judge_family(a: Codes, b: Codes) -> Levels:
        shorter = np.minimum(length[a], length[b])
        slips = spelled.slips(a, b, 2)
        winkler = spelled.winkler(a, b, 0.87)
        contained = np.zeros(len(a), dtype=bool)
        maybe = np.flatnonzero((several[a] | several[b]) & spelled.within(a, b))
        contained[maybe] = [
            parts[i] <= parts[j] or parts[j] <= parts[i]
            for i, j in zip(a[maybe].tolist(), b[maybe].tolist(), strict=True)
        ]
        near = ((slips <= 1) & (shorter >= 3)) | ((slips <= 2) & (shorter >= 7))
        return np.select([near, contained, (winkler >= 0.87) & (shorter > 2)], [0, 1, 2], 4).astype(np.int8)

    return [
        Feature("given", "first name", "first name", (*g_exact, *GIVEN), compare_given),
        Feature("family", "last name", "last name", (*f_exact, *FAMILY), compare_family),
    ]
