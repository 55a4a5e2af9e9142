"""Companies: what is prepared of them, what brings them together, and what keeps a parent and its subsidiary apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce
from itertools import chain
from operator import or_
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity import claims, ladders
from trueup.reconcile.identity.arrays import Bools, Codes, Ints
from trueup.reconcile.identity.blocking import Blocks, combine
from trueup.reconcile.identity.encode import KNOWN, Column, column, columns_of, either, select
from trueup.reconcile.identity.letters import Letters
from trueup.reconcile.identity.marks import Marks, record
from trueup.reconcile.identity.pairing import Compared, Sheet
from trueup.reconcile.identity.scoring import Model
from trueup.reconcile.normalize import companies as company_names
from trueup.reconcile.normalize import countries, resources, text, web

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = [
    "name",
    "domain",
    "website",
    "phone",
    "street",
    "city",
    "state",
    "postcode",
    "country",
    "parent_id",
    "foreign_ids",
]
REASONS = ("", "parent and subsidiary", "the names tell two parts of a group apart")
_PARENT, _PART = 1, 2


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What comparing asks of every name, by its code: without blanks, with its words in order, its words, the bits that
    these set, what is left of them without those that tell parts of a group apart, and the country at its end."""

    joined: Letters
    in_order: Letters
    words: tuple[frozenset[str], ...]
    bits: NDArray[np.uint64]
    own: Codes
    ends_in: tuple[str | None, ...]

    @classmethod
    def of(cls, names: tuple[str, ...], ends_in: tuple[str | None, ...]) -> NameFacts:
        """From all names, and the country at the end of each."""
        words = tuple(frozenset(name.split()) for name in names)
        number = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(words)))}
        bit = {word: 1 << place % 64 for word, place in number.items()}
        telling = {word for word in number if _tells_parts(word)}
        own: dict[frozenset[str], int] = {}
        return cls(
            joined=Letters([name.replace(" ", "") for name in names]),
            in_order=Letters([" ".join(sorted(name.split())) for name in names]),
            words=words,
            bits=np.array([reduce(or_, map(bit.__getitem__, each), 0) for each in words], dtype=np.uint64),
            own=np.array([own.setdefault(each - telling, len(own)) for each in words], dtype=np.int32),
            ends_in=ends_in,
        )


@dataclass(frozen=True, slots=True)
class Companies:
    """The staged companies of a frame as codes; `parent` is the parent's row or -1."""

    rows: int
    name: Column
    start: Column
    letters: Column
    core: Column
    of_name: NameFacts
    domain: Column
    of_domain: Letters
    stem: Column
    phone: Column
    street: Column
    postcode: Column
    city: Column
    country: Column
    parent: Codes
    claims: claims.Claims


def stage(con: DuckDBPyConnection) -> None:
    """Number the companies in table `id_company`; view `id_company_few` is the same."""
    have = columns_of(con, "record_company")
    taken = ", ".join(select(have, name) for name in _COLUMNS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_company AS "
        f"SELECT (row_number() OVER (ORDER BY ref) - 1)::INTEGER AS i, ref, system, object, {taken} FROM record_company"
    )
    con.execute("CREATE OR REPLACE TEMP VIEW id_company_few AS SELECT * FROM id_company")


def prepare(con: DuckDBPyConnection, group: Codes, groups: int) -> Companies:
    """Turn the staged companies into codes."""
    rows = len(group)
    raw = column(con, "id_company", "name", KNOWN)
    name = raw.take([company_names.company(value) for value in raw.values])
    site = either(column(con, "id_company", "domain", KNOWN), column(con, "id_company", "website", KNOWN))
    domain = site.take([_own_domain(value) for value in site.values])
    parent = con.execute(
        "SELECT coalesce(p.i, -1)::INTEGER AS i FROM id_company c LEFT JOIN id_company p "
        "ON p.ref = c.system || ':' || c.parent_id ORDER BY c.i"
    ).fetchnumpy()["i"]

    def mapped(field: str, function: object) -> Column:
        values = column(con, "id_company", field, KNOWN)
        assert callable(function)
        return values.take([function(value) for value in values.values])

    parted = [_core(value) for value in name.values]
    return Companies(
        rows=rows,
        name=name,
        start=name.take([" ".join(value.split()[:2]) for value in name.values]),
        letters=name.take(["".join(sorted(value.replace(" ", "")))[:40] for value in name.values]),
        core=name.take([core for core, _ in parted]),
        of_name=NameFacts.of(name.values, tuple(country for _, country in parted)),
        domain=domain,
        of_domain=Letters(domain.values),
        stem=domain.take([value.partition(".")[0] for value in domain.values]),
        phone=column(con, "id_company", "norm_phone(phone, country)"),
        street=mapped("street", text.fold),
        postcode=mapped("postcode", lambda x: text.fold(x).replace(" ", "")),
        city=mapped("city", text.fold),
        country=mapped("country", countries.country),
        parent=np.asarray(parent, dtype=np.int32),
        claims=claims.read(con, "id_company", "record_company", group, groups),
    )


def _own_domain(value: str) -> str | None:
    found = web.domain(value)
    return None if found is None or web.is_free_mail(found) or found in web.PROFILE_HOSTS else found


def block(companies: Companies, blocks: Blocks) -> None:
    """The rules that bring companies together."""
    c = companies
    blocks.add_pairs("stored id", *c.claims.pairs())
    blocks.add("web domain", c.domain.codes, cap=40, then=(c.name.codes, c.start.codes))
    blocks.add("name", c.name.codes, cap=40, then=(c.city.codes, c.country.codes))
    blocks.add("first words of the name", c.start.codes, cap=30, then=(c.city.codes,))
    blocks.add("letters of the name", c.letters.codes, cap=20)
    blocks.add("phone", c.phone.codes, cap=20)
    first = c.name.take([value.split()[0] for value in c.name.values])
    blocks.add("first word and postal code", combine(first.codes, c.postcode.codes), cap=20)
    blocks.add("first word and city", combine(first.codes, c.city.codes), cap=20)
    blocks.add("street and postal code", combine(c.street.codes, c.postcode.codes), cap=20)
    beginning = c.name.take([value.replace(" ", "")[:5] for value in c.name.values])
    blocks.add("beginning of the name", beginning.codes, cap=30, then=(c.city.codes, c.country.codes))


def swayed(companies: Companies, refs: Marks) -> tuple[Ints, ...]:
    """What other records say of each: which of them is its parent."""
    return (record(companies.parent, refs),)


def compare(companies: Companies, model: Model, left: Ints, right: Ints) -> Compared:
    """The level of each pair on every ladder, and what contradicts."""
    sheet = Sheet(model, len(left))
    conflict = np.zeros(len(left), dtype=np.int8)
    sheet.put("stored_id", companies.claims.level(left, right), claims.LEVELS)
    parts = _names(companies, sheet, left, right)
    _equal(sheet, "domain", companies.domain, left, right)
    _slipped(companies, sheet, left, right)
    _equal(sheet, "phone", companies.phone, left, right)
    ladders.place(sheet, companies.postcode, companies.city, companies.country, left, right)
    parts &= ~_called_shortly(companies, sheet, left, right)
    ladders.worded(sheet, "street", companies.street, left, right, alike=0.85)
    stored = sheet.level("stored_id")
    trusted = (stored == claims.MUTUAL) | (stored == claims.STORED)
    conflict[parts & ~trusted] = _PART
    up = companies.parent
    conflict[(up[left] == right) | (up[right] == left)] = _PARENT
    return sheet.done(conflict)


def sifted(companies: Companies, model: Model, left: Ints, right: Ints) -> tuple[Ints, Compared]:
    """The places of the pairs that may be one company, and how they compare: all, for no name alone makes two."""
    return np.arange(len(left)), compare(companies, model, left, right)


def _names(c: Companies, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the name's ladder; says which pairs differ just by words that tell parts of a group apart."""
    a, b = c.name.codes[left], c.name.codes[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    x, y, facts = a[rest], b[rest], c.of_name
    alike, contained, parts = (np.zeros(len(left), dtype=bool) for _ in range(3))
    alike[rest] = (facts.joined.winkler(x, y, 0.93) >= 0.93) | (facts.in_order.ratio(x, y, 90) >= 90)
    # Words are looked at where bits allow that names share some and one is within the other, or where they differ by
    # words that tell parts of a group apart alone.
    one, other = facts.bits[x], facts.bits[y]
    within = ((one & ~other) == 0) | ((other & ~one) == 0)
    some = np.flatnonzero(((one & other) != 0) & (within | (facts.own[x] == facts.own[y])))
    for place_, i, j in zip(rest[some].tolist(), x[some].tolist(), y[some].tolist(), strict=True):
        mine, others = facts.words[i], facts.words[j]
        if not mine.isdisjoint(others):
            contained[place_] = mine < others or others < mine
            parts[place_] = mine != others and facts.own[i] == facts.own[j]
    sheet.mark("name", "other", both)
    sheet.mark("name", "contained", contained)
    sheet.mark("name", "similar", alike & ~contained)
    sheet.mark("name", "exact", both & (a == b))
    sheet.common_value("name", sheet.shares(c.name.codes, len(c.name.values)), a)
    return parts


def _called_shortly(c: Companies, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Pairs whose names differ just by "Group" and the country they are in, while site, number and postal code agree.

    `Acme Canada` of Montréal, entered once more as `Acme`, is no part of a group beside itself.
    """
    core, named = c.core, c.of_name.ends_in
    a, b = c.name.codes[left], c.name.codes[right]
    near = sheet.is_at("domain", "exact") & sheet.is_at("phone", "exact") & sheet.is_at("place", "postcode")
    alike = near & (a >= 0) & (b >= 0) & (a != b) & (core.codes[left] >= 0) & (core.codes[left] == core.codes[right])
    for place_ in np.flatnonzero(alike).tolist():
        here = {c.country.codes[left[place_]], c.country.codes[right[place_]]} - {-1}
        where = {c.country.values[code] for code in here}
        alike[place_] = {named[a[place_]], named[b[place_]]} - {None} <= where
    sheet.mark("name", "contained", alike & ~sheet.is_at("name", "similar"))
    return np.asarray(alike)


_GROUP = frozenset({"group", "groupe", "gruppe", "grupo", "gruppo", "groep", "koncern"})


def _core(name: str) -> tuple[str | None, str | None]:
    """The name without a word for "group" and without the country at its end; and that country."""
    words = [word for word in name.split() if word not in _GROUP]
    for size in (3, 2, 1):
        found = countries.country(" ".join(words[-size:])) if len(words) > size else None
        # Two letters are as likely to be something else.
        if found is not None and len("".join(words[-size:])) > 2:
            return " ".join(words[:-size]), found
    return " ".join(words) or None, None


@cache
def _tells_parts(word: str) -> bool:
    """Words that name a region, a trade or a rank within a group, or a country."""
    return word in resources.words("group_words.txt") or countries.country(word) is not None or word.isdigit()


def _equal(sheet: Sheet, name: str, of: Column, left: Ints, right: Ints) -> None:
    a, b = of.codes[left], of.codes[right]
    both = (a >= 0) & (b >= 0)
    sheet.mark(name, "other", both)
    sheet.mark(name, "exact", both & (a == b))
    sheet.common_value(name, sheet.shares(of.codes, len(of.values)), a)


def _slipped(c: Companies, sheet: Sheet, left: Ints, right: Ints) -> None:
    """Domains that differ by their ending or by a slip of the finger."""
    a, b = c.domain.codes[left], c.domain.codes[right]
    rest = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
    x, y, stem = a[rest], b[rest], c.stem.codes[left[rest]]
    same_stem = (stem >= 0) & (stem == c.stem.codes[right[rest]])
    close = (c.of_domain.slips(x, y, 1) <= 1) & (c.of_domain.length[x] >= 8)
    sheet.mark_at("domain", "similar", rest[same_stem | close])
