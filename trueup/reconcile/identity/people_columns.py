"""The people of a frame as columns of codes: what is staged of them, and how each column is normalised."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity import claims, people_dealings
from trueup.reconcile.identity.arrays import MISSING, Codes, Ints
from trueup.reconcile.identity.encode import (
    KNOWN,
    Column,
    Fetched,
    column,
    columns_of,
    either,
    fetched,
    select,
    slots,
    slots_told,
)
from trueup.reconcile.identity.mailboxes import Mailboxes, mailboxes
from trueup.reconcile.identity.name_columns import Names, renumbered
from trueup.reconcile.identity.pairing import Told
from trueup.reconcile.identity.phones import Phones
from trueup.reconcile.normalize import companies, countries, text, web

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


@dataclass(frozen=True, slots=True)
class People:
    """The staged people of a frame as codes."""

    rows: int
    names: Names
    boxes: Mailboxes
    phones: Phones
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
    deals tell of it, laid beside the rows. View `id_person_few` is the same for who asks for a few by their number.
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
        "p AS (SELECT rowid AS place, ref, system || ':' || company_id AS employer, "
        "converted IS DISTINCT FROM 'true' AS here FROM record_person), "
        "n AS (SELECT place, row_number() OVER (ORDER BY ref) - 1 AS i FROM p WHERE here), "
        f"e AS (SELECT ref, {', '.join(f'{name}::id_{name} AS {name}' for name in _OF_EMPLOYER)} FROM id_employer) "
        f"SELECT p.place, n.i::INTEGER AS i, {', '.join(_OF_EMPLOYER)}, d.deals, d.activities FROM p "
        "LEFT JOIN n ON n.place = p.place LEFT JOIN e ON e.ref = p.employer LEFT JOIN id_dealing d ON d.ref = p.ref "
        "ORDER BY p.place"
    )
    con.execute("DROP TABLE id_employer")
    have = columns_of(con, "record_person")
    told = (
        f"SELECT b.i, ref, system, object, {', '.join(select(have, name) for name in _COLUMNS)}, "
        f"{', '.join(f'b.{name}::VARCHAR AS {name}' for name in _OF_EMPLOYER)}, b.deals, b.activities "
        "FROM record_person r"
    )
    # Side by side is the fastest way to read all; a few are found by their places, and the others stay unread.
    for view, beside in (
        ("id_person", "POSITIONAL JOIN id_person_beside b"),
        ("id_person_few", "JOIN id_person_beside b ON b.place = r.rowid"),
    ):
        con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {told} {beside} WHERE b.i IS NOT NULL")


def prepare(con: DuckDBPyConnection, group: Codes, groups: int) -> People:
    """Turn the staged people into codes (`stage` and the normalisers come first)."""
    rows = len(group)
    # What the engine gave is worked on beside it, while it is asked for more.
    with ThreadPoolExecutor(2) as beside:
        naming = beside.submit(_names, _asked(con, "first_name"), _asked(con, "last_name"))
        addresses, address_values = slots(
            con,
            "SELECT i, norm_email(email) AS v FROM id_person WHERE email IS NOT NULL UNION ALL "
            "SELECT i, norm_email(unnest(string_split(other_emails, ';'))) FROM id_person "
            "WHERE other_emails IS NOT NULL",
            rows,
            _EMAILS_KEPT,
        )
        names = naming.result()
        boxing = beside.submit(mailboxes, addresses, address_values, names.root)
        del addresses, address_values
        numbers, of_companies = slots_told(
            con,
            "SELECT i, norm_phone(phone, country) AS v FROM id_person WHERE phone IS NOT NULL UNION ALL "
            "SELECT i, norm_phone(mobile, country) FROM id_person WHERE mobile IS NOT NULL",
            "v IN (SELECT norm_phone(phone, country) FROM record_company)",
            rows,
            2,
        )
        plain: dict[str, Future[Column]] = {}
        for name, (function, otherwise) in _MAPPED.items():
            asked = _asked(con, name, otherwise)
            wait(plain.values())  # one column waits at most: this bounds the memory
            plain[name] = beside.submit(_mapped, asked, function)
            del asked
        boxes = boxing.result()
    phones = Phones.of(numbers, of_companies, names.family_key)
    birth_date = column(con, "id_person", "birth_date")
    return People(
        rows=rows,
        names=names,
        boxes=boxes,
        phones=phones,
        linkedin=_profile(con),
        company=column(con, "id_person", "company_entity"),
        company_name=plain["company_name"].result(),
        domain=_domain(con, boxes),
        title=plain["title"].result(),
        street=plain["street"].result(),
        postcode=plain["postcode"].result(),
        city=plain["city"].result(),
        country=plain["country"].result(),
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


def _asked(con: DuckDBPyConnection, name: str, otherwise: str = "") -> list[Fetched]:
    """A column without junk; `otherwise` is the one that fills its gaps."""
    return [fetched(con, "id_person", each, KNOWN) for each in (name, otherwise) if each]


def _known(asked: Sequence[Fetched]) -> Column:
    """The first column's values, its gaps filled by the next."""
    return reduce(either, (each.column() for each in asked))


def _names(first: Sequence[Fetched], last: Sequence[Fetched]) -> Names:
    return Names.of(_known(first), _known(last))


def _mapped(asked: Sequence[Fetched], function: Callable[[str], str | None]) -> Column:
    raw = _known(asked)
    return raw.take([function(value) for value in raw.values])


def _profile(con: DuckDBPyConnection) -> Column:
    """LinkedIn profiles; an address of the site without anybody's page tells nothing."""
    raw = _known(_asked(con, "linkedin_url"))
    return raw.take([found if (found := web.url(value)) and "/" in found else None for value in raw.values])


def _domain(con: DuckDBPyConnection, boxes: Mailboxes) -> Column:
    """The employer's domain: of the e-mail unless anybody can have one there, else of a website."""
    raw = _known(_asked(con, "website", "its_domain"))
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
