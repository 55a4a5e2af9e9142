"""The ladders of where a person is reached and works: numbers, profiles, the employer and its address."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity import ladders
from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.comparisons import any_equal, any_equal_among
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.identity.people_columns import People
from trueup.reconcile.identity.phones import Phones


def phones(of: Phones, sheet: Sheet, left: Ints, right: Ints) -> None:
    """Mark the ladder `phone`; a number of one's own tells more than the switchboard beside it."""
    hit, code = any_equal(of.codes, left, right)
    own, own_code = any_equal_among(hit, of.own, left, right)
    code = np.where(own, own_code, code)
    sheet.mark("phone", "other", of.known[left] & of.known[right])
    sheet.mark("phone", "exact", hit & ~of.switchboard[code])
    sheet.mark("phone", "shared", hit & of.switchboard[code])
    sheet.common_value("phone", sheet.shares(of.codes, of.count), code)


def desks(of: Phones, sheet: Sheet, left: Ints, right: Ints, same_company: Bools, two_names: Bools) -> None:
    """Two at one company who share one number and differ in another: what they share is the desk's, or the office's.

    So it is where they have two mailboxes there, and `two_names`: all that they share is what colleagues do.
    """
    sheet.mark("phone", "desk", sheet.is_at("phone", "exact") & sheet.is_at("email", "colleague") & two_names)
    maybe = np.flatnonzero(sheet.is_at("phone", "exact") & same_company)
    a, b = of.codes.take(left[maybe], axis=0), of.codes.take(right[maybe], axis=0)
    several = ((a >= 0).sum(axis=1) > 1) & ((b >= 0).sum(axis=1) > 1)
    maybe, a, b = maybe[several], a[several], b[several]
    differs = ~((a[:, :, None] == b[:, None, :]).any(axis=2) | (a < 0)).all(axis=1)
    sheet.mark_at("phone", "desk", maybe[differs])


def households(sheet: Sheet, other_first: Bools) -> None:
    """One number and one last name under two first names are a family's: a last name and its telephone go together."""
    sheet.mark("phone", "household", sheet.is_at("phone", "exact") & sheet.is_at("family", "exact") & other_first)


def profiles(p: People, sheet: Sheet, left: Ints, right: Ints, same_given: Bools) -> Bools:
    """Mark the ladder `linkedin`; says which pairs have two profiles and not one first name."""
    share = sheet.shares(p.linkedin.codes, len(p.linkedin.values))
    if not p.linkedin.values:
        return np.zeros(len(left), dtype=bool)
    a, b = p.linkedin.codes[left], p.linkedin.codes[right]
    both = (a >= 0) & (b >= 0)
    sheet.mark("linkedin", "other", both & (a != b))
    sheet.mark("linkedin", "exact", both & (a == b))
    sheet.common_value("linkedin", share, a)
    return np.asarray(both & (a != b) & ~same_given)


def company(p: People, sheet: Sheet, left: Ints, right: Ints, exact: Bools) -> Bools:
    """Mark the ladder `company`, which follows from an `exact` address; says which pairs have one employer."""
    same_any = np.zeros(len(left), dtype=bool)
    compared = np.zeros(len(left), dtype=bool)
    found: list[tuple[str, Bools]] = []
    shares: list[tuple[str, Bools, Codes, Floats]] = []
    for key, of in (("linked", p.company), ("name", p.company_name), ("domain", p.domain)):
        x, y = of.codes[left], of.codes[right]
        equal = (x >= 0) & (x == y)
        compared |= (x >= 0) & (y >= 0)
        shares.append((key, equal, x, sheet.shares(of.codes, len(of.values))))
        found.append((key, equal & ~same_any))
        same_any |= equal
    a, b = p.company_name.codes[left], p.company_name.codes[right]
    rest = np.flatnonzero((a >= 0) & (b >= 0) & ~same_any)
    alike = np.zeros(len(left), dtype=bool)
    alike[rest] = sheet.letters(p.company_name.values).winkler(a[rest], b[rest], 0.92) >= 0.92
    sheet.mark("company", "other", compared)
    sheet.mark("company", "similar", alike)
    for key, equal in found:
        sheet.mark("company", key, equal)
    sheet.mark("company", "follows", exact & same_any)

    def common(at: Ints) -> Floats:
        least = np.ones(len(at))
        for key, equal, codes, share in shares:
            mine = share[codes[at]]
            least = np.where(equal[at], np.minimum(least, mine) if key != "linked" else mine, least)
        return least

    sheet.common("company", common)
    return same_any


def place(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    """Mark the ladder `place`; of two at one company it says nothing that they agree in it."""
    ladders.place(sheet, p.postcode, p.city, p.country, left, right)
    level = sheet.level("place")
    for key in ("postcode", "city", "country"):
        sheet.mark("place", "follows", same_company & (level == sheet.model.ladder("place").at(key)))


def street(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    """Mark the ladder `street`; of two at one company it says nothing that they agree in it."""
    ladders.worded(sheet, "street", p.street, left, right, alike=0.85)
    agree = sheet.is_at("street", "exact") | sheet.is_at("street", "similar")
    sheet.mark("street", "follows", agree & same_company)


def moved(sheet: Sheet) -> None:
    """Who works elsewhere has another address and another place too: the three are one piece of news, not three."""
    elsewhere = sheet.is_at("company", "other")
    sheet.mark("email", "moved", elsewhere & sheet.is_at("email", "other"))
    other_place = sheet.is_at("place", "other_city") | sheet.is_at("place", "other_country")
    sheet.mark("place", "moved", elsewhere & other_place)
