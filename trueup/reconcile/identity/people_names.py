"""The ladders of the parts of a person's name: first and last name, middle name, generation."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.comparisons import in_pairs, placed, similarity
from trueup.reconcile.identity.letters import Letters
from trueup.reconcile.identity.name_columns import Names
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.identity.people_columns import People
from trueup.reconcile.normalize.names import forms

_GENERATION = 15
"""Years between a parent and a child, at least."""
_SLIPS = 3
"""Edits between two dates of birth that are two dates, at least."""


def given(names: Names, sheet: Sheet, left: Ints, right: Ints) -> tuple[Bools, Bools]:
    """Mark the ladder `given`; says which pairs have one first name (or a short form of it), and which clearly two."""
    a, b = names.given[left], names.given[right]
    both = (a >= 0) & (b >= 0)
    exact = both & (a == b)
    rest = np.flatnonzero(both & ~exact)
    found = _two_given(names, sheet, left[rest], right[rest])
    share = sheet.shares(names.given, len(names.words))
    root_share = sheet.shares(names.root, int(names.root.max(initial=0)) + 1)
    sheet.mark("given", "exact", exact)
    for key, pairs in found.items():
        sheet.mark_at("given", key, rest[pairs])
    short = placed(rest[found["short"]], len(left))

    def common(at: Ints) -> Floats:
        by_root = np.flatnonzero(short[at])
        mine = share[a[at]]
        one, other = names.root[left[at[by_root]]], names.root[right[at[by_root]]]
        mine[by_root] = np.maximum(root_share[one], root_share[other])
        return mine

    sheet.common("given", common)
    return exact | short, placed(rest[found["other"]], len(left))


def _two_given(names: Names, sheet: Sheet, left: Ints, right: Ints) -> dict[str, Bools]:
    """The levels of pairs with two different first names; a pair stands on the last one that has it."""
    a, b, fa, fb = names.given[left], names.given[right], names.family[left], names.family[right]
    length, initial, common = names.of_word.length, names.of_word.initial, names.of_word.common
    short = in_pairs(names.of_word.nicknames, len(names.words), a, b)
    # Bob Okafor, and Okafor as the first name of Robert.
    crossed = (names.word_root[a] == names.word_root[fb]) & (names.word_root[b] == names.word_root[fa])
    swapped = ((a == fb) & (b == fa)) | (~short & (fa >= 0) & (fb >= 0) & crossed)
    shorter = np.minimum(length[a], length[b])
    agrees = (shorter == 1) & (initial[a] == initial[b])
    # Two names that both exist (Paul, Paula) are two names, however alike they look.
    maybe = ~short & ~swapped & (shorter > 1) & ~(common[a] & common[b])
    alike = _alike(sheet.letters(names.words), a, b, 0.90, spelled=maybe, slipped=maybe & (shorter >= 4))
    other = ~(short | swapped | agrees | alike)
    doubt = np.flatnonzero(other & (common[a] ^ common[b]) & (names.family_key[left] == names.family_key[right]))
    slipped = doubt[_slipped_form(names.words, a[doubt], b[doubt], common)]
    alike[slipped], other[slipped] = True, False
    return {"short": short, "swapped": swapped, "initial": agrees, "similar": alike, "other": other}


def _alike(letters: Letters, a: Codes, b: Codes, enough: float, *, spelled: Bools, slipped: Bools) -> Bools:
    """Which of two words are a slip apart, or spelled alike enough; where either counts is said for each pair."""
    found = np.zeros(len(a), dtype=bool)
    some = np.flatnonzero(slipped)
    found[some] = letters.slips(a[some], b[some], 1) <= 1
    # What is a slip apart need not be measured again.
    some = np.flatnonzero(spelled & ~found)
    found[some] = letters.winkler(a[some], b[some], enough) >= enough
    return found


def _slipped_form(words: tuple[str, ...], a: Codes, b: Codes, common: Bools) -> Bools:
    """Whether one name is a slip away from a short or foreign form of the other (`Micahel`, `Mike`).

    One of the two is a name that exists, the other is not.
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cpdist

    known, odd = np.where(common[a], a, b), np.where(common[a], b, a)
    keys, inverse = np.unique(known.astype(np.int64) * len(words) + odd, return_inverse=True)
    names, odds = keys // len(words), keys % len(words)
    pairs = [
        (form, other, place)
        for place, (name, other) in enumerate(zip(names.tolist(), map(words.__getitem__, odds.tolist()), strict=True))
        if len(other) >= 4
        for form in forms(words[name])
        if len(form) >= 4 and abs(len(form) - len(other)) <= 1
    ]
    close: Floats = np.zeros(len(keys), dtype=np.float64)
    if pairs:
        first, second, places = zip(*pairs, strict=True)
        near = cpdist(first, second, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) <= 1
        close += np.bincount(np.array(places), weights=near, minlength=len(keys))
    return np.asarray(close[inverse] > 0)


def family(names: Names, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `family`; says which pairs have clearly different last names."""
    a, b = names.family[left], names.family[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    rest = rest[names.family_key[left[rest]] != names.family_key[right[rest]]]
    found = _two_families(names, sheet, a[rest], b[rest], sheet.is_at("given", "swapped")[rest])
    share = sheet.shares(names.family, len(names.words))
    sheet.mark("family", "exact", both)
    sheet.mark_at("family", "other", rest)
    for key, pairs in found.items():
        sheet.mark_at("family", key, rest[pairs])
    sheet.common("family", lambda at: np.maximum(share[a[at]], share[b[at]]))
    return sheet.is_at("family", "other")


def _two_families(names: Names, sheet: Sheet, a: Codes, b: Codes, swapped: Bools) -> dict[str, Bools]:
    """The levels of pairs with two last names that have something in common; a pair stands on the last one that has
    it."""
    length, initial, several = names.of_word.length, names.of_word.initial, names.of_word.several
    shorter = np.minimum(length[a], length[b])
    telling = (shorter >= 5) | ((shorter >= 3) & (initial[a] == initial[b]))
    letters = sheet.letters(names.words)
    alike = _alike(letters, a, b, 0.92, spelled=~swapped & (shorter >= 4), slipped=~swapped & telling)
    contained = np.zeros(len(a), dtype=bool)
    maybe = np.flatnonzero(~swapped & (several[a] | several[b]))
    contained[maybe] = [
        bool(x and y and (x <= y or y <= x))
        for x, y in (
            (frozenset(names.words[i].split()), frozenset(names.words[j].split()))
            for i, j in zip(a[maybe].tolist(), b[maybe].tolist(), strict=True)
        )
    ]
    return {"similar": alike, "contained": contained, "swapped": swapped}


def middle(names: Names, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `middle`; says which pairs have clearly different middle names."""
    # Hardly anyone has one.
    maybe = np.flatnonzero(names.middle.codes[left] >= 0)
    maybe = maybe[names.middle.codes[right[maybe]] >= 0]
    a, b = names.middle.codes[left[maybe]], names.middle.codes[right[maybe]]
    words = names.middle.values
    first = np.array([ord(word[0]) for word in words] + [0])
    single = np.array([len(word) == 1 for word in words] + [False])
    initial = (a != b) & (first[a] == first[b]) & (single[a] | single[b])
    other = first[a] != first[b]
    sheet.mark_at("middle", "exact", maybe[a == b])
    sheet.mark_at("middle", "initial", maybe[initial])
    sheet.mark_at("middle", "other", maybe[other])
    return placed(maybe[other], len(left))


def generations(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Which pairs were born so far apart that they are parent and child, whatever name and home they share."""
    from rapidfuzz.distance import OSA

    maybe = np.flatnonzero(sheet.is_at("birth_date", "other"))
    a, b = p.born[left[maybe]], p.born[right[maybe]]
    maybe = maybe[(a > 0) & (b > 0) & (np.abs(a - b) >= _GENERATION)]
    # A digit too many pushes the others along: what a few slips make of one date is no other date.
    codes, values = p.birth_date.codes, p.birth_date.values
    slips = similarity(values, codes[left[maybe]], codes[right[maybe]], OSA.distance)
    return placed(maybe[slips >= _SLIPS], len(left))


def suffix(names: Names, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `suffix`; says which pairs are of different generations."""
    if not names.suffix.values:
        return np.zeros(len(left), dtype=bool)
    a, b = names.suffix.codes[left], names.suffix.codes[right]
    either, both = (a >= 0) | (b >= 0), (a >= 0) & (b >= 0)
    sheet.mark("suffix", "one", either & ~both)
    sheet.mark("suffix", "exact", both & (a == b))
    other = both & (a != b)
    sheet.mark("suffix", "other", other)
    return np.asarray(other)
