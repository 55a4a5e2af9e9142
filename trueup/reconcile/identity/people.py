"""People: which keys bring them together, and how a pair is compared, ladder by ladder."""

from __future__ import annotations

import numpy as np

from trueup.reconcile.identity import claims, ladders, people_dealings, people_mail, people_names
from trueup.reconcile.identity import people_whereabouts as whereabouts
from trueup.reconcile.identity.arrays import Bools, Ints
from trueup.reconcile.identity.blocking import Blocks, combine, unordered
from trueup.reconcile.identity.marks import Marks, bits
from trueup.reconcile.identity.pairing import Compared, Sheet
from trueup.reconcile.identity.people_columns import People, prepare, stage
from trueup.reconcile.identity.scoring import Model

__all__ = ["REASONS", "block", "compare", "prepare", "sifted", "stage", "swayed"]

REASONS = (
    "",
    "different first names",
    "different generations (Jr, Sr)",
    "different middle names",
    "different people by LinkedIn",
    "the company tells two mailboxes of one name apart",
    "born a generation apart",
)
_GIVEN, _GENERATION, _MIDDLE, _LINKEDIN, _NUMBERED, _BORN = 1, 2, 3, 4, 5, 6


def block(people: People, blocks: Blocks) -> None:
    """The rules that bring people together; see `blocking` for what bounds them."""
    p, first, last = people, people.names.root, people.names.family_key
    blocks.add_pairs("stored id", *p.claims.pairs())
    blocks.add("e-mail", p.boxes.codes, cap=40, then=(last, first))
    blocks.add("phone", p.phones.codes, cap=40, then=(last,))
    blocks.add("LinkedIn", p.linkedin.codes, cap=20)
    name = unordered(first, last)
    blocks.add("full name", name, cap=30, then=(p.company.codes, p.company_name.codes, p.domain.codes, p.city.codes))
    blocks.add("e-mail name", p.boxes.locals_for_blocking, cap=20, then=(last,))
    for label, employer in (
        ("company", p.company.codes),
        ("company name", p.company_name.codes),
        ("domain", p.domain.codes),
    ):
        blocks.add(f"{label} and last name", combine(employer, last), cap=20, then=(first,))
        blocks.add(f"{label} and first name", combine(employer, first), cap=20, then=(p.city.codes, p.title.codes))
    blocks.add("last name and postal code", combine(last, p.postcode.codes), cap=20)
    blocks.add("first name, city and street", combine(first, p.city.codes, p.street.codes), cap=20)
    blocks.add("birth date and first name", combine(p.birth_date.codes, first), cap=20)
    blocks.add("birth date and last name", combine(p.birth_date.codes, last), cap=20)
    blocks.add("birth date and postal code", combine(p.birth_date.codes, p.postcode.codes), cap=20)
    blocks.add("number", p.other_code.codes, cap=20)
    people_dealings.block(p, blocks)


def swayed(people: People, _: Marks) -> tuple[Ints, ...]:
    """What other records say of each: which of its mailboxes and numbers are shared by many."""
    boxes, phones = people.boxes.codes, people.phones.codes
    return bits((boxes >= 0) & people.boxes.shared[boxes]), bits((phones >= 0) & people.phones.switchboard[phones])


def compare(people: People, model: Model, left: Ints, right: Ints) -> Compared:
    """The level of each pair on every ladder, how common the agreeing values are, and what contradicts."""
    sheet, same_given, other_given = _begun(people, model, left, right)
    return _compared(people, sheet, left, right, same_given, other_given)


def sifted(people: People, model: Model, left: Ints, right: Ints) -> tuple[Ints, Compared]:
    """The places of the pairs that two first names do not make two people already, and how those compare."""
    sheet, same_given, other_given = _begun(people, model, left, right)
    rest = np.flatnonzero(~other_given | _trusted(sheet))
    return rest, _compared(people, sheet.only(rest), left[rest], right[rest], same_given[rest], other_given[rest])


def _begun(people: People, model: Model, left: Ints, right: Ints) -> tuple[Sheet, Bools, Bools]:
    """A sheet with stored ids and first names; which pairs have one first name, and which clearly two."""
    sheet = Sheet(model, len(left), people.told)
    sheet.put("stored_id", people.claims.level(left, right), claims.LEVELS)
    return sheet, *people_names.given(people.names, sheet, left, right)


def _compared(people: People, sheet: Sheet, left: Ints, right: Ints, same_given: Bools, other_given: Bools) -> Compared:
    """The other ladders, and what contradicts."""
    conflict = np.zeros(len(left), dtype=np.int8)
    names = people.names
    other_family = people_names.family(names, sheet, left, right)
    conflict[people_names.middle(names, sheet, left, right)] = _MIDDLE
    conflict[people_names.suffix(names, sheet, left, right)] = _GENERATION
    besides = people_mail.Besides(
        other_given=other_given,
        other_family=other_family,
        agree=same_given & sheet.is_at("family", "exact"),
        no_given=sheet.level("given") == 0,
        country=people.country,
    )
    exact = people_mail.mailboxes(people.boxes, sheet, left, right, besides, names)
    whereabouts.phones(people.phones, sheet, left, right)
    conflict[whereabouts.profiles(people, sheet, left, right, same_given)] = _LINKEDIN
    same_company = whereabouts.company(people, sheet, left, right, exact)
    whereabouts.desks(people.phones, sheet, left, right, same_company, other_family | besides.no_given)
    whereabouts.households(sheet, other_given | (besides.no_given & ~same_company))
    ladders.worded(sheet, "title", people.title, left, right, alike=0.90)
    whereabouts.place(people, sheet, left, right, same_company)
    whereabouts.street(people, sheet, left, right, same_company)
    whereabouts.moved(sheet)
    people_dealings.compare(people, sheet, left, right, same_company)
    ladders.near(sheet, "birth_date", people.birth_date, left, right)
    ladders.near(sheet, "other_code", people.other_code, left, right)
    conflict[people_names.generations(people, sheet, left, right)] = _BORN
    conflict[sheet.is_at("email", "numbered")] = _NUMBERED
    conflict[other_given] = _GIVEN
    # A pair that each system stores, or one stores and the address confirms, is not torn apart by a first name:
    # people change them.
    family_same = sheet.is_at("family", "exact")
    conflict[_trusted(sheet) & (exact | (family_same & (sheet.level("stored_id") == claims.MUTUAL)))] = 0
    return sheet.done(conflict)


def _trusted(sheet: Sheet) -> Bools:
    stored = sheet.level("stored_id")
    return np.asarray((stored == claims.MUTUAL) | (stored == claims.STORED))
