"""The ladders of the parts of a person's name: first and last name, middle name, generation."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.comparisons import in_pairs, similarity
from trueup.reconcile.identity.encode import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.identity.people_columns import People
from trueup.reconcile.normalize import names

_GENERATION = 15
"""Years between a parent and a child, at least."""
_SLIPS = 3
"""Edits between two dates of birth that are two dates, at least."""


def given(p: People, sheet: Sheet, left: Ints, right: Ints) -> tuple[Bools, Bools]:
    """Mark the ladder `given`; says which pairs have one first name (or a short form of it), and which clearly two."""
    a, b = p.given[left], p.given[right]
    fa, fb = p.family[left], p.family[right]
    both = (a >= 0) & (b >= 0)
    length, initial = p.of_word.length, p.of_word.initial
    exact = both & (a == b)
    short = both & ~exact & in_pairs(p.of_word.nicknames, len(p.words), a, b)
    swapped = both & ~exact & (a == fb) & (b == fa)
    # Bob Okafor, and Okafor as the first name of Robert.
    ka, kb = p.family_key[left], p.family_key[right]
    crossed = (p.word_root[a] == p.word_root[fb]) & (p.word_root[b] == p.word_root[fa])
    swapped |= both & ~exact & ~short & (fa >= 0) & (fb >= 0) & crossed
    one_letter = both & ~exact & ((length[a] == 1) | (length[b] == 1))
    agrees = one_letter & (initial[a] == initial[b])
    # Two names that both exist (Paul, Paula) are two names, however alike they look.
    common = p.of_word.common
    rest = np.flatnonzero(both & ~exact & ~short & ~swapped & ~one_letter & ~(common[a] & common[b]))
    alike = np.zeros(len(left), dtype=bool)
    x, y, letters = a[rest], b[rest], sheet.letters(p.words)
    shorter = np.minimum(length[x], length[y])
    alike[rest] = (letters.winkler(x, y, 0.90) >= 0.90) | ((letters.slips(x, y, 1) <= 1) & (shorter >= 4))
    other = both & ~(exact | short | swapped | agrees | alike)
    doubt = np.flatnonzero(other & (ka == kb))
    slipped = doubt[_slipped_form(p.words, a[doubt], b[doubt], common)]
    alike[slipped], other[slipped] = True, False
    share = sheet.shares(p.given, len(p.words))
    root_share = sheet.shares(p.root, int(p.root.max(initial=0)) + 1)
    for key, mask in (
        ("exact", exact),
        ("short", short),
        ("swapped", swapped),
        ("initial", agrees),
        ("similar", alike),
    ):
        sheet.mark("given", key, mask)
    sheet.mark("given", "other", other)

    def common_given(at: Ints) -> Floats:
        of_root = np.maximum(root_share[p.root[left[at]]], root_share[p.root[right[at]]])
        return np.where(short[at], of_root, share[a[at]])

    sheet.common("given", common_given)
    return exact | short, other


def _slipped_form(words: tuple[str, ...], a: Codes, b: Codes, common: Bools) -> Bools:
    """Whether one name is a slip away from a short or foreign form of the other (`Micahel`, `Mike`)."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cpdist

    known = np.where(common[a], a, b)
    odd = np.where(common[a], b, a)
    maybe = np.flatnonzero(common[known] & ~common[odd])
    keys, inverse = np.unique(known[maybe].astype(np.int64) * len(words) + odd[maybe], return_inverse=True)
    pairs = [
        (form, words[key % len(words)], place)
        for place, key in enumerate(keys.tolist())
        if len(words[key % len(words)]) >= 4
        for form in names.forms(words[key // len(words)])
        if len(form) >= 4
    ]
    close: Floats = np.zeros(len(keys), dtype=np.float64)
    if pairs:
        first, second, places = zip(*pairs, strict=True)
        near = cpdist(first, second, scorer=OSA.distance, score_cutoff=1, dtype=np.int32) <= 1
        close += np.bincount(np.array(places), weights=near, minlength=len(keys))
    found = np.zeros(len(a), dtype=bool)
    found[maybe] = close[inverse] > 0
    return found


def family(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `family`; says which pairs have clearly different last names."""
    a, b = p.family[left], p.family[right]
    both = (a >= 0) & (b >= 0)
    exact = both & ((a == b) | (p.family_key[left] == p.family_key[right]))
    swapped = sheet.is_at("given", "swapped")
    rest = np.flatnonzero(both & ~exact & ~swapped)
    alike, contained = np.zeros(len(left), dtype=bool), np.zeros(len(left), dtype=bool)
    length, initial = p.of_word.length, p.of_word.initial
    x, y, letters = a[rest], b[rest], sheet.letters(p.words)
    shorter = np.minimum(length[x], length[y])
    alike[rest] = ((letters.winkler(x, y, 0.92) >= 0.92) & (shorter >= 4)) | (
        (letters.slips(x, y, 1) <= 1) & ((shorter >= 5) | ((shorter >= 3) & (initial[x] == initial[y])))
    )
    several = p.of_word.several
    maybe = np.flatnonzero(both & ~exact & ~swapped & (several[a] | several[b]))
    contained[maybe] = [
        bool(x and y and (x <= y or y <= x))
        for x, y in (
            (frozenset(p.words[i].split()), frozenset(p.words[j].split()))
            for i, j in zip(a[maybe].tolist(), b[maybe].tolist(), strict=True)
        )
    ]
    share = sheet.shares(p.family, len(p.words))
    sheet.mark("family", "other", both)
    for key, mask in (("similar", alike), ("contained", contained), ("swapped", swapped), ("exact", exact)):
        sheet.mark("family", key, mask)
    sheet.common("family", lambda at: np.maximum(share[a[at]], share[b[at]]))
    return sheet.is_at("family", "other")


def middle(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `middle`; says which pairs have clearly different middle names."""
    a, b = p.middle.codes[left], p.middle.codes[right]
    both = (a >= 0) & (b >= 0)
    words = p.middle.values
    first = np.array([ord(word[0]) for word in words] + [0])
    single = np.array([len(word) == 1 for word in words] + [False])
    exact = both & (a == b)
    initial = both & ~exact & (first[a] == first[b]) & (single[a] | single[b])
    other = both & ~exact & ~initial & (first[a] != first[b])
    sheet.mark("middle", "exact", exact)
    sheet.mark("middle", "initial", initial)
    sheet.mark("middle", "other", other)
    return np.asarray(other)


def generations(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Which pairs were born so far apart that they are parent and child, whatever name and home they share."""
    from rapidfuzz.distance import OSA

    a, b = p.born[left], p.born[right]
    apart = (a > 0) & (b > 0) & (np.abs(a - b) >= _GENERATION) & sheet.is_at("birth_date", "other")
    maybe = np.flatnonzero(apart)
    # A digit too many pushes the others along: what a few slips make of one date is no other date.
    codes, values = p.birth_date.codes, p.birth_date.values
    slips = similarity(values, codes[left[maybe]], codes[right[maybe]], OSA.distance)
    apart[maybe[slips < _SLIPS]] = False
    return np.asarray(apart)


def suffix(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `suffix`; says which pairs are of different generations."""
    a, b = p.suffix.codes[left], p.suffix.codes[right]
    either, both = (a >= 0) | (b >= 0), (a >= 0) & (b >= 0)
    sheet.mark("suffix", "one", either & ~both)
    sheet.mark("suffix", "exact", both & (a == b))
    other = both & (a != b)
    sheet.mark("suffix", "other", other)
    return np.asarray(other)
