"""The people of a frame as columns of codes: what is staged of them, and how each column is normalised."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity import claims, people_dealings
from trueup.reconcile.identity.encode import (
    KNOWN,
    MISSING,
    Bools,
    Codes,
    Column,
    Ints,
    column,
    columns_of,
    either,
    names_of,
    select,
    slots,
    slots_told,
)
from trueup.reconcile.identity.mailboxes import Mailboxes, mailboxes
from trueup.reconcile.identity.name_columns import WordFacts, lookup, parted, renumbered
from trueup.reconcile.identity.pairing import Told
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
_OF_EMPLOYER = ("company_entity", "its_name", "its_domain")
"""What the employer's record tells of a person."""
_MAPPED: dict[str, tuple[Callable[[str], str | None], str]] = {
    "company_name": (companies.company, "its_name"),
    "title": (text.fold, ""),
    "street": (text.fold, ""),
    "postcode": (lambda value: text.fold(value).replace(" ", ""), ""),
    "city": (text.fold, ""),
    "country": (countries.country, ""),
}
"""How the distinct values of a column are told apart, and the column that fills its gaps."""
_EMAILS_KEPT = 4
_NAMES_OF_A_SWITCHBOARD = 3


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
    own_phones: Codes
    has_phone: Bools
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
    born: Ints
    other_code: Column
    system: Codes
    deals: Codes
    activities: Codes
    claims: claims.Claims
    told: Told = field(default_factory=Told)


def stage(con: DuckDBPyConnection) -> None:
    """Number the people by ref in view `id_person`; a converted lead stands for its contact and is left out.

    Their columns stay where they are: what is made is a number for every row and what the employer's record and the
    deals tell of it, laid beside the rows.
    """
    people_dealings.stage(con)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_employer AS SELECT c.ref, s.entity AS company_entity, c.name AS its_name, "
        "coalesce(c.domain, c.website) AS its_domain FROM record_company c "
        "LEFT JOIN same s ON s.kind = 'company' AND s.ref = c.ref"
    )
    for name in _OF_EMPLOYER:
        con.execute(
            f"CREATE OR REPLACE TEMP TYPE id_{name} AS ENUM "
            f"(SELECT DISTINCT {name} FROM id_employer WHERE {name} IS NOT NULL)"
        )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_person_beside AS WITH "
        "p AS (SELECT row_number() OVER () AS place, ref, system || ':' || company_id AS employer, "
        "converted IS DISTINCT FROM 'true' AS here FROM record_person), "
        "n AS (SELECT place, row_number() OVER (ORDER BY ref) - 1 AS i FROM p WHERE here), "
        f"e AS (SELECT ref, {', '.join(f'{name}::id_{name} AS {name}' for name in _OF_EMPLOYER)} FROM id_employer) "
        f"SELECT n.i::INTEGER AS i, {', '.join(_OF_EMPLOYER)}, d.deals, d.activities FROM p "
        "LEFT JOIN n ON n.place = p.place LEFT JOIN e ON e.ref = p.employer LEFT JOIN id_dealing d ON d.ref = p.ref "
        "ORDER BY p.place"
    )
    con.execute("DROP TABLE id_employer")
    have = columns_of(con, "record_person")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW id_person AS "
        f"SELECT b.i, ref, system, object, {', '.join(select(have, name) for name in _COLUMNS)}, "
        f"{', '.join(f'b.{name}::VARCHAR AS {name}' for name in _OF_EMPLOYER)}, b.deals, b.activities "
        "FROM record_person POSITIONAL JOIN id_person_beside b WHERE b.i IS NOT NULL"
    )


def prepare(con: DuckDBPyConnection, group: Codes, groups: int) -> People:
    """Turn the staged people into codes (`stage` and the normalisers come first)."""
    rows = len(group)
    first = column(con, "id_person", "first_name", KNOWN)
    last = column(con, "id_person", "last_name", KNOWN)
    given, middle, family, suffix = parted(first, last)
    words = sorted({*given.values, *family.values})
    place = {word: code for code, word in enumerate(words)}
    given_codes = renumbered(given, place)
    family_codes = renumbered(family, place)
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
    # Mailboxes are worked out here, the other columns in the engine: neither waits for the other.
    with ThreadPoolExecutor(1) as beside:
        told = beside.submit(mailboxes, addresses, address_values, lookup(root_of, keys)[given_codes])
        del addresses, address_values
        phones, of_companies = slots_told(
            con,
            "SELECT i, v, coalesce(v IN (SELECT norm_phone(phone, country) FROM record_company), FALSE) AS told FROM ("
            "SELECT i, norm_phone(phone, country) AS v FROM id_person WHERE phone IS NOT NULL UNION ALL "
            "SELECT i, norm_phone(mobile, country) FROM id_person WHERE mobile IS NOT NULL) WHERE v IS NOT NULL",
            rows,
            2,
        )
        plain = {name: _mapped(con, name, *how) for name, how in _MAPPED.items()}
        boxes = told.result()
    switchboard = _switchboards(phones, of_companies, lookup(key_of, keys)[family_codes])
    birth_date = column(con, "id_person", "birth_date")
    return People(
        rows=rows,
        words=tuple(words),
        of_word=WordFacts.of(tuple(words)),
        given=given_codes,
        family=family_codes,
        root=lookup(root_of, keys)[given_codes],
        family_key=lookup(key_of, keys)[family_codes],
        word_root=lookup(root_of, keys),
        middle=middle,
        suffix=suffix,
        boxes=boxes,
        phones=phones,
        phone_count=len(of_companies),
        switchboard=switchboard,
        own_phones=np.where(switchboard[phones], np.int32(MISSING), phones),
        has_phone=np.asarray((phones >= 0).any(axis=1)),
        linkedin=_profile(con),
        company=column(con, "id_person", "company_entity"),
        company_name=plain["company_name"],
        domain=_domain(con, boxes),
        title=plain["title"],
        street=plain["street"],
        postcode=plain["postcode"],
        city=plain["city"],
        country=plain["country"],
        birth_date=birth_date,
        born=_years(birth_date),
        other_code=column(con, "id_person", "other_code"),
        system=column(con, "id_person", "system").codes,
        deals=people_dealings.parts(con, "deals", rows),
        activities=people_dealings.parts(con, "activities", rows),
        claims=claims.read(con, "id_person", "record_person", group, groups),
    )


_DATE = re.compile(r"(1[89]\d\d|20\d\d)-?(0\d|1[012])-?([012]\d|3[01])(T.*)?")


def _year(value: str) -> int:
    """The year of birth; 0 where there is none, or where the first of January may stand for a date nobody knew."""
    found = _DATE.fullmatch(value)
    return int(found[1]) if found and (found[2], found[3]) != ("01", "01") else 0


def _years(born: Column) -> Ints:
    if not born.values:
        return np.broadcast_to(np.int64(0), born.codes.shape)
    return np.array([_year(value) for value in born.values] + [0], dtype=np.int64)[born.codes]


def _known(con: DuckDBPyConnection, name: str, otherwise: str = "") -> Column:
    """A column without junk; `otherwise` is the one that fills its gaps."""
    found = column(con, "id_person", name, KNOWN)
    return either(found, column(con, "id_person", otherwise, KNOWN)) if otherwise else found


def _mapped(con: DuckDBPyConnection, name: str, function: Callable[[str], str | None], otherwise: str) -> Column:
    raw = _known(con, name, otherwise)
    return raw.take([function(value) for value in raw.values])


def _switchboards(phones: Codes, of_companies: Bools, family_key: Codes) -> Bools:
    """Numbers of companies, and those under which people of three last names or more are reached."""
    shared = np.append(of_companies, False)
    return shared | (names_of(phones, family_key, len(of_companies)) >= _NAMES_OF_A_SWITCHBOARD)


def _profile(con: DuckDBPyConnection) -> Column:
    """LinkedIn profiles; an address of the site without anybody's page tells nothing."""
    raw = _known(con, "linkedin_url")
    return raw.take([found if (found := web.url(value)) and "/" in found else None for value in raw.values])


def _domain(con: DuckDBPyConnection, boxes: Mailboxes) -> Column:
    """The employer's domain: of the e-mail unless anybody can have one there, else of a website."""
    raw = _known(con, "website", "its_domain")
    site = raw.take([web.domain(value) for value in raw.values])
    site = site.take([None if web.is_free_mail(value) else value for value in site.values])
    table = sorted({*site.values, *boxes.employers})
    place = {value: code for code, value in enumerate(table)}
    sites = renumbered(site, place)
    mails = np.array([place[x] if x else MISSING for x in boxes.employer_of] + [MISSING], dtype=np.int32)
    of_mail = mails[boxes.domain][boxes.codes]
    first = np.full(len(sites), MISSING, dtype=np.int32)
    for slot in range(of_mail.shape[1] - 1, -1, -1):
        first = np.where(of_mail[:, slot] >= 0, of_mail[:, slot], first)
    return Column(np.where(first >= 0, first, sites).astype(np.int32), tuple(table))
