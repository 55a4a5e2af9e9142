"""Ladders of one column each, and of the parts of an address, whatever the records are."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity.arrays import Ints
from trueup.reconcile.identity.comparisons import similarity
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.identity.pairing import Sheet


def worded(sheet: Sheet, name: str, of: Column, left: Ints, right: Ints, *, alike: float) -> None:
    """A text of several words: the same, alike in whatever order its words stand, or another."""
    from rapidfuzz.fuzz import token_sort_ratio

    share = sheet.shares(of.codes, len(of.values))
    if not of.values:
        return
    a, b = of.codes[left], of.codes[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    similar = np.zeros(len(left), dtype=bool)
    similar[rest] = similarity(of.values, a[rest], b[rest], token_sort_ratio) >= alike * 100
    sheet.mark(name, "other", both)
    sheet.mark(name, "similar", similar)
    sheet.mark(name, "exact", both & (a == b))
    sheet.common_value(name, share, a)


def near(sheet: Sheet, name: str, of: Column, left: Ints, right: Ints) -> None:
    """A code: the same, a slip of the finger away, or another."""
    from rapidfuzz.distance import OSA

    share = sheet.shares(of.codes, len(of.values))
    if not of.values:
        return
    a, b = of.codes[left], of.codes[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    slipped = np.zeros(len(left), dtype=bool)
    slipped[rest] = similarity(of.values, a[rest], b[rest], OSA.distance) <= 1
    sheet.mark(name, "other", both)
    sheet.mark(name, "near", slipped)
    sheet.mark(name, "exact", both & (a == b))
    sheet.common_value(name, share, a)


def place(sheet: Sheet, postcode: Column, city: Column, country: Column, left: Ints, right: Ints) -> None:
    """The finest part of an address in which two records agree, or the coarsest in which they differ."""
    za, zb = postcode.codes[left], postcode.codes[right]
    ca, cb = city.codes[left], city.codes[right]
    na, nb = country.codes[left], country.codes[right]
    countries_known = (na >= 0) & (nb >= 0)
    abroad = countries_known & (na != nb)
    sheet.mark("place", "country", countries_known & (na == nb))
    sheet.mark("place", "other_city", (ca >= 0) & (cb >= 0) & (ca != cb))
    sheet.mark("place", "city", (ca >= 0) & (ca == cb) & ~abroad)
    sheet.mark("place", "postcode", (za >= 0) & (za == zb) & ~abroad)
    sheet.mark("place", "other_country", abroad)
    by_city = sheet.shares(city.codes, len(city.values))
    by_code = sheet.shares(postcode.codes, len(postcode.values))
    same_code = (za >= 0) & (za == zb)
    sheet.common("place", lambda at: np.where(same_code[at], by_code[za[at]], by_city[ca[at]]))
