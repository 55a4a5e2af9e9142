"""People: what is prepared of them, which keys bring them together, and the ladders on which a pair is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity import claims
from trueup.reconcile.identity.blocking import Blocks, combine, unordered
from trueup.reconcile.identity.comparisons import any_equal, in_pairs, pair_codes, similarity
from trueup.reconcile.identity.encode import (
    MISSING,
    Bools,
    Codes,
    Column,
    Floats,
    Ints,
    column,
    columns_of,
    recode,
    select,
    slots,
    strings,
)
from trueup.reconcile.identity.mailboxes import Mailboxes, mailboxes
from trueup.reconcile.identity.pairing import Compared, Sheet
from trueup.reconcile.identity.scoring import Model
from trueup.reconcile.normalize import companies, countries, names, text, web

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = [
    *(
        "first_name",
        "last_name",
        "title",
        "email",
        "other_emails",
        "phone",
        "mobile",
        "company_name",
        "company_id",
        "website",
    ),
    *("linkedin_url", "street", "city", "postcode", "country", "foreign_ids", "birth_date", "other_code"),
]
_EMAILS_KEPT = 4
_NAMES_OF_A_SWITCHBOARD = 3
REASONS = (
    "",
    "different first names",
    "different generations (Jr, Sr)",
    "different middle names",
    "different people by LinkedIn",
    "the company tells two mailboxes of one name apart",
)
_GIVEN, _GENERATION, _MIDDLE, _LINKEDIN, _NUMBERED = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class WordFacts:
    """What the ladders of names ask of every word, by its code (one more element serves MISSING)."""

    length: Ints
    initial: Ints
    common: Bools
    several: Bools
    nicknames: Ints

    @classmethod
    def of(cls, words: tuple[str, ...]) -> WordFacts:
        """Worked out once for all comparisons."""
        return cls(
            length=np.array([len(word) for word in words] + [0], dtype=np.int64),
            initial=np.array([ord(word[0]) if word else 0 for word in words] + [0], dtype=np.int64),
            common=np.array([names.is_common(word) for word in words] + [False], dtype=np.bool_),
            several=np.array([" " in word for word in words] + [False], dtype=np.bool_),
            nicknames=pair_codes(names.nickname_pairs(), words),
        )


@dataclass(frozen=True, slots=True)
class People:
    """The staged people of a frame as codes. Name parts share one dictionary, so that swapped names can be seen."""

    rows: int
    words: tuple[str, ...]
    of_word: WordFacts
    given: Codes
    family: Codes
    root: Codes
    family_key: Codes
    word_root: Codes
    middle: Column
    suffix: Column
    boxes: Mailboxes
    phones: Codes
    phone_count: int
    switchboard: Bools
    linkedin: Column
    company: Column
    company_name: Column
    domain: Column
    title: Column
    street: Column
    postcode: Column
    city: Column
    country: Column
    birth_date: Column
    other_code: Column
    claims: claims.Claims


def stage(con: DuckDBPyConnection) -> None:
    """Number the people in table `id_person`; a converted lead stands for its contact and is left out."""
    have = columns_of(con, "record_person")
    taken = ", ".join(select(have, name) for name in _COLUMNS)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE id_person AS WITH p AS (SELECT ref, system, object, {taken}, "
        f"converted FROM record_person "
        "WHERE converted IS DISTINCT FROM 'true') "
        "SELECT (row_number() OVER (ORDER BY p.ref) - 1)::INTEGER AS i, p.* EXCLUDE (converted), "
        "s.entity AS company_entity, c.name AS its_name, coalesce(c.domain, c.website) AS its_domain "
        "FROM p LEFT JOIN record_company c ON c.ref = p.system || ':' || p.company_id "
        "LEFT JOIN same s ON s.kind = 'company' AND s.ref = c.ref"
    )


def known(name: str) -> str:
    """SQL for a text column without junk."""
    return f"CASE WHEN norm_junk({name}) THEN NULL ELSE {name} END"


def prepare(con: DuckDBPyConnection, group: Codes, groups: int) -> People:
    """Turn the staged people into codes (`stage` and the normalisers come first)."""
    rows = len(group)
    first = column(con, "id_person", known("first_name"))
    last = column(con, "id_person", known("last_name"))
    given, middle, family, suffix = _names(first, last)
    words = sorted({*given.values, *family.values})
    place = {word: code for code, word in enumerate(words)}
    given_codes = _renumber(given, place)
    family_codes = _renumber(family, place)
    root_of = [names.root(word) for word in words]
    key_of = [names.family_key(word) for word in words]
    keys = {word: code for code, word in enumerate(sorted({*root_of, *key_of}))}
    addresses, address_values = slots(
        con,
        "SELECT i, norm_email(email) AS v FROM id_person WHERE email IS NOT NULL UNION ALL "
        "SELECT i, norm_email(unnest(string_split(other_emails, ';'))) FROM id_person WHERE other_emails IS NOT NULL",
        rows,
        _EMAILS_KEPT,
    )
    boxes = mailboxes(addresses, address_values, _lookup(root_of, keys)[given_codes])
    phones, phone_values = slots(
        con,
        "SELECT i, norm_phone(phone, country) AS v FROM id_person WHERE phone IS NOT NULL UNION ALL "
        "SELECT i, norm_phone(mobile, country) FROM id_person WHERE mobile IS NOT NULL",
        rows,
        2,
    )
    return People(
        rows=rows,
        words=tuple(words),
        of_word=WordFacts.of(tuple(words)),
        given=given_codes,
        family=family_codes,
        root=_lookup(root_of, keys)[given_codes],
        family_key=_lookup(key_of, keys)[family_codes],
        word_root=_lookup(root_of, keys),
        middle=middle,
        suffix=suffix,
        boxes=boxes,
        phones=phones,
        phone_count=len(phone_values),
        switchboard=_switchboards(con, phones, phone_values, _lookup(key_of, keys)[family_codes]),
        linkedin=_profile(con),
        company=column(con, "id_person", "company_entity"),
        company_name=_mapped(con, f"coalesce({known('company_name')}, {known('its_name')})", companies.company),
        domain=_domain(con, boxes),
        title=_mapped(con, known("title"), text.fold),
        street=_mapped(con, known("street"), text.fold),
        postcode=_mapped(con, known("postcode"), lambda x: text.fold(x).replace(" ", "")),
        city=_mapped(con, known("city"), text.fold),
        country=_mapped(con, known("country"), countries.country),
        birth_date=column(con, "id_person", "birth_date"),
        other_code=column(con, "id_person", "other_code"),
        claims=claims.read(con, "id_person", "record_person", group, groups),
    )


def _names(first: Column, last: Column) -> tuple[Column, Column, Column, Column]:
    """Name parts from the two columns: by distinct value where both are there, by pair only where one field holds
    all."""
    given = [names.given_parts(value) for value in first.values]
    family = [names.family_parts(value) for value in last.values]
    alone = [names.person(None, value) for value in last.values]
    no_first = first.codes < 0
    firsts, lasts = first.codes, last.codes
    # One dictionary a part: those of the first name, those of the last name, those of a last name that holds
    # everything.
    only_last = np.where(no_first & (lasts >= 0), lasts + len(given), np.where(firsts >= 0, firsts, MISSING))
    of_given = recode(only_last.astype(np.int32), [x[0] for x in given] + [x.given for x in alone])
    of_middle = recode(only_last.astype(np.int32), [x[1] for x in given] + [x.middle for x in alone])
    both = np.where(no_first & (lasts >= 0), lasts + len(family), lasts).astype(np.int32)
    of_family = recode(both, [x[0] for x in family] + [x.family for x in alone])
    mine = recode(only_last.astype(np.int32), [x[2] for x in given] + [x.suffix for x in alone])
    other = recode(both, [x[1] for x in family] + [x.suffix for x in alone])
    ranks = sorted({*mine.values, *other.values})
    place = {word: code for code, word in enumerate(ranks)}
    suffix = np.maximum(_renumber(mine, place), _renumber(other, place))
    return of_given, of_middle, of_family, Column(suffix, tuple(ranks))


def _renumber(found: Column, place: dict[str, int]) -> Codes:
    return np.array([place[value] for value in found.values] + [MISSING], dtype=np.int32)[found.codes]


def _lookup(values: list[str], place: dict[str, int]) -> Codes:
    return np.array([place[value] for value in values] + [MISSING], dtype=np.int32)


def _mapped(con: DuckDBPyConnection, expression: str, function: object) -> Column:
    raw = column(con, "id_person", expression)
    assert callable(function)
    return raw.take([function(value) for value in raw.values])


def _switchboards(con: DuckDBPyConnection, phones: Codes, values: tuple[str, ...], family_key: Codes) -> Bools:
    """Numbers of companies, and those under which people of three last names or more are reached."""
    of_companies = set(
        strings(con, "SELECT DISTINCT norm_phone(phone, country) AS v FROM record_company WHERE phone IS NOT NULL")
    )
    shared: Bools = np.array([value in of_companies for value in values] + [False], dtype=np.bool_)
    row, slot = np.nonzero((phones >= 0) & (family_key >= 0)[:, None])
    if len(row):
        distinct = np.unique(np.stack([phones[row, slot], family_key[row]]), axis=1)
        shared |= np.bincount(distinct[0], minlength=len(values) + 1) >= _NAMES_OF_A_SWITCHBOARD
    return shared


def _profile(con: DuckDBPyConnection) -> Column:
    """LinkedIn profiles; an address of the site without anybody's page tells nothing."""
    raw = column(con, "id_person", known("linkedin_url"))
    return raw.take([found if (found := web.url(value)) and "/" in found else None for value in raw.values])


def _domain(con: DuckDBPyConnection, boxes: Mailboxes) -> Column:
    """The employer's domain: of the e-mail unless anybody can have one there, else of a website."""
    raw = column(con, "id_person", f"coalesce({known('website')}, {known('its_domain')})")
    site = raw.take([web.domain(value) for value in raw.values])
    site = site.take([None if web.is_free_mail(value) else value for value in site.values])
    table = sorted({*site.values, *boxes.employers})
    place = {value: code for code, value in enumerate(table)}
    sites = _renumber(site, place)
    mails = np.array([place[x] if x else MISSING for x in boxes.employer_of] + [MISSING], dtype=np.int32)
    of_mail = mails[boxes.codes]
    first = np.full(len(sites), MISSING, dtype=np.int32)
    for slot in range(of_mail.shape[1] - 1, -1, -1):
        first = np.where(of_mail[:, slot] >= 0, of_mail[:, slot], first)
    return Column(np.where(first >= 0, first, sites).astype(np.int32), tuple(table))


def block(people: People, blocks: Blocks) -> None:
    """The rules that bring people together; see `blocking` for what bounds them."""
    p = people
    blocks.add_pairs("stored id", *p.claims.pairs())
    blocks.add("e-mail", p.boxes.codes, cap=40, then=(p.family_key, p.root))
    blocks.add("phone", p.phones, cap=40, then=(p.family_key,))
    blocks.add("LinkedIn", p.linkedin.codes, cap=20)
    name = unordered(p.root, p.family_key)
    blocks.add("full name", name, cap=30, then=(p.company.codes, p.company_name.codes, p.domain.codes, p.city.codes))
    blocks.add("e-mail name", p.boxes.locals_for_blocking, cap=20, then=(p.family_key,))
    for label, employer in (
        ("company", p.company.codes),
        ("company name", p.company_name.codes),
        ("domain", p.domain.codes),
    ):
        blocks.add(f"{label} and last name", combine(employer, p.family_key), cap=20, then=(p.root,))
        blocks.add(f"{label} and first name", combine(employer, p.root), cap=20, then=(p.city.codes, p.title.codes))
    blocks.add("last name and postal code", combine(p.family_key, p.postcode.codes), cap=20)
    blocks.add("first name, city and street", combine(p.root, p.city.codes, p.street.codes), cap=20)
    blocks.add("birth date and first name", combine(p.birth_date.codes, p.root), cap=20)
    blocks.add("birth date and last name", combine(p.birth_date.codes, p.family_key), cap=20)
    blocks.add("birth date and postal code", combine(p.birth_date.codes, p.postcode.codes), cap=20)
    blocks.add("number", p.other_code.codes, cap=20)


def compare(people: People, model: Model, left: Ints, right: Ints) -> Compared:
    """The level of each pair on every ladder, how common the agreeing values are, and what contradicts."""
    sheet = Sheet(model, len(left))
    sheet.put("stored_id", people.claims.level(left, right), claims.LEVELS)
    conflict = np.zeros(len(left), dtype=np.int8)
    same_given, other_given = _compare_given(people, sheet, left, right)
    other_family = _compare_family(people, sheet, left, right)
    _compare_middle(people, sheet, left, right, conflict)
    _compare_suffix(people, sheet, left, right, conflict)
    exact = people.boxes.compare(
        sheet, left, right, other_given, other_family, (people.words, people.given, people.family)
    )
    _phones(people, sheet, left, right)
    _profiles(people, sheet, left, right, conflict, same_given)
    same_company = _company(people, sheet, left, right, exact)
    _desks(people, sheet, left, right, same_company)
    _simple(sheet, "title", people.title, left, right, alike=0.90)
    _place(people, sheet, left, right, same_company)
    _street(people, sheet, left, right, same_company)
    _moved(sheet)
    _near(sheet, "birth_date", people.birth_date, left, right)
    _near(sheet, "other_code", people.other_code, left, right)
    conflict[sheet.is_at("email", "numbered")] = _NUMBERED
    conflict[other_given] = _GIVEN
    # A pair that each system stores, or one stores and the address confirms, is not torn apart by a first name:
    # people change them.
    stored = sheet.level("stored_id")
    trusted = (stored == claims.MUTUAL) | (stored == claims.STORED)
    family_same = sheet.is_at("family", "exact")
    conflict[trusted & (exact | (family_same & (stored == claims.MUTUAL)))] = 0
    return sheet.done(conflict)


def _compare_given(p: People, sheet: Sheet, left: Ints, right: Ints) -> tuple[Bools, Bools]:
    from rapidfuzz.distance import OSA, JaroWinkler

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
    rest = np.flatnonzero(both & ~exact & ~short & ~swapped & ~one_letter)
    alike = np.zeros(len(left), dtype=bool)
    score = similarity(p.words, a[rest], b[rest], JaroWinkler.similarity)
    slips = similarity(p.words, a[rest], b[rest], OSA.distance)
    shorter = np.minimum(length[a[rest]], length[b[rest]])
    # Two names that both exist (Paul, Paula) are two names, however alike they look.
    common = p.of_word.common
    alike[rest] = ((score >= 0.90) | ((slips <= 1) & (shorter >= 4))) & ~(common[a[rest]] & common[b[rest]])
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
    sheet.common("given", np.where(short, np.maximum(root_share[p.root[left]], root_share[p.root[right]]), share[a]))
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


def _compare_family(p: People, sheet: Sheet, left: Ints, right: Ints) -> Bools:
    """Mark the ladder `family`; says which pairs have clearly different last names."""
    from rapidfuzz.distance import OSA, JaroWinkler

    a, b = p.family[left], p.family[right]
    both = (a >= 0) & (b >= 0)
    exact = both & ((a == b) | (p.family_key[left] == p.family_key[right]))
    swapped = sheet.is_at("given", "swapped")
    rest = np.flatnonzero(both & ~exact & ~swapped)
    alike, contained = np.zeros(len(left), dtype=bool), np.zeros(len(left), dtype=bool)
    score = similarity(p.words, a[rest], b[rest], JaroWinkler.similarity)
    length, initial = p.of_word.length, p.of_word.initial
    shorter = np.minimum(length[a[rest]], length[b[rest]])
    slips = similarity(p.words, a[rest], b[rest], OSA.distance)
    alike[rest] = ((score >= 0.92) & (shorter >= 4)) | (
        (slips <= 1) & ((shorter >= 5) | ((shorter >= 3) & (initial[a[rest]] == initial[b[rest]])))
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
    sheet.common("family", np.maximum(share[a], share[b]))
    return sheet.is_at("family", "other")


def _compare_middle(p: People, sheet: Sheet, left: Ints, right: Ints, conflict: np.ndarray) -> None:
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
    conflict[other] = _MIDDLE


def _compare_suffix(p: People, sheet: Sheet, left: Ints, right: Ints, conflict: np.ndarray) -> None:
    a, b = p.suffix.codes[left], p.suffix.codes[right]
    either, both = (a >= 0) | (b >= 0), (a >= 0) & (b >= 0)
    sheet.mark("suffix", "one", either & ~both)
    sheet.mark("suffix", "exact", both & (a == b))
    sheet.mark("suffix", "other", both & (a != b))
    conflict[both & (a != b)] = _GENERATION


def _phones(p: People, sheet: Sheet, left: Ints, right: Ints) -> None:
    # A number of one's own tells more than the switchboard beside it.
    own, own_code = any_equal(np.where(p.switchboard[p.phones], MISSING, p.phones).astype(np.int32), left, right)
    hit, code = any_equal(p.phones, left, right)
    code = np.where(own, own_code, code)
    has = np.asarray((p.phones >= 0).any(axis=1))
    sheet.mark("phone", "other", has[left] & has[right])
    sheet.mark("phone", "exact", hit & ~p.switchboard[code])
    sheet.mark("phone", "shared", hit & p.switchboard[code])
    sheet.common("phone", sheet.shares(p.phones, p.phone_count)[code])


def _desks(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    """Two at one company who share one number and differ in another: what they share is the desk's, or the office's."""
    several = (p.phones >= 0).sum(axis=1) > 1
    maybe = np.flatnonzero(sheet.is_at("phone", "exact") & same_company & several[left] & several[right])
    a, b = p.phones[left[maybe]], p.phones[right[maybe]]
    differs = ~((a[:, :, None] == b[:, None, :]).any(axis=2) | (a < 0)).all(axis=1)
    desk = np.zeros(len(left), dtype=bool)
    desk[maybe[differs]] = True
    sheet.mark("phone", "desk", desk)


def _profiles(p: People, sheet: Sheet, left: Ints, right: Ints, conflict: np.ndarray, same_given: Bools) -> None:
    a, b = p.linkedin.codes[left], p.linkedin.codes[right]
    both = (a >= 0) & (b >= 0)
    sheet.mark("linkedin", "other", both & (a != b))
    sheet.mark("linkedin", "exact", both & (a == b))
    sheet.common("linkedin", sheet.shares(p.linkedin.codes, len(p.linkedin.values))[np.where(a == b, a, -1)])
    conflict[both & (a != b) & ~same_given] = _LINKEDIN


def _company(p: People, sheet: Sheet, left: Ints, right: Ints, exact: Bools) -> Bools:
    from rapidfuzz.distance import JaroWinkler

    same_any = np.zeros(len(left), dtype=bool)
    compared = np.zeros(len(left), dtype=bool)
    common = np.ones(len(left))
    a, b = p.company_name.codes[left], p.company_name.codes[right]
    rest = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
    alike = np.zeros(len(left), dtype=bool)
    alike[rest] = similarity(p.company_name.values, a[rest], b[rest], JaroWinkler.similarity) >= 0.92
    found: list[tuple[str, Bools]] = []
    for key, of in (("linked", p.company), ("name", p.company_name), ("domain", p.domain)):
        x, y = of.codes[left], of.codes[right]
        equal = (x >= 0) & (x == y)
        compared |= (x >= 0) & (y >= 0)
        share = sheet.shares(of.codes, len(of.values))[x]
        common = np.where(equal, np.minimum(common, share) if key != "linked" else share, common)
        found.append((key, equal & ~same_any))
        same_any |= equal
    sheet.mark("company", "other", compared)
    sheet.mark("company", "similar", alike)
    for key, equal in found:
        sheet.mark("company", key, equal)
    sheet.mark("company", "follows", exact & same_any)
    sheet.common("company", common)
    return same_any


def _moved(sheet: Sheet) -> None:
    """Who works elsewhere has another address and another place too: the three are one piece of news, not three."""
    moved = sheet.is_at("company", "other")
    sheet.mark("email", "moved", moved & sheet.is_at("email", "other"))
    sheet.mark("place", "moved", moved & (sheet.is_at("place", "other_city") | sheet.is_at("place", "other_country")))


def _simple(sheet: Sheet, name: str, of: Column, left: Ints, right: Ints, *, alike: float) -> None:
    from rapidfuzz.fuzz import token_sort_ratio

    a, b = of.codes[left], of.codes[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    similar = np.zeros(len(left), dtype=bool)
    similar[rest] = similarity(of.values, a[rest], b[rest], token_sort_ratio) >= alike * 100
    sheet.mark(name, "other", both)
    sheet.mark(name, "similar", similar)
    sheet.mark(name, "exact", both & (a == b))
    sheet.common(name, sheet.shares(of.codes, len(of.values))[a])


def _place(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    place(sheet, p.postcode, p.city, p.country, left, right)
    level = sheet.level("place")
    for key in ("postcode", "city", "country"):
        sheet.mark("place", "follows", same_company & (level == sheet.model.ladder("place").at(key)))


def _street(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    _simple(sheet, "street", p.street, left, right, alike=0.85)
    agree = sheet.is_at("street", "exact") | sheet.is_at("street", "similar")
    sheet.mark("street", "follows", agree & same_company)


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
    by_city = sheet.shares(city.codes, len(city.values))[ca]
    by_code = sheet.shares(postcode.codes, len(postcode.values))[za]
    sheet.common("place", np.where((za >= 0) & (za == zb), by_code, by_city))


def _near(sheet: Sheet, name: str, of: Column, left: Ints, right: Ints) -> None:
    from rapidfuzz.distance import OSA

    a, b = of.codes[left], of.codes[right]
    both = (a >= 0) & (b >= 0)
    rest = np.flatnonzero(both & (a != b))
    near = np.zeros(len(left), dtype=bool)
    near[rest] = similarity(of.values, a[rest], b[rest], OSA.distance) <= 1
    sheet.mark(name, "other", both)
    sheet.mark(name, "near", near)
    sheet.mark(name, "exact", both & (a == b))
    sheet.common(name, sheet.shares(of.codes, len(of.values))[a])
