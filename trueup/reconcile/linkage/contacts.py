"""Tables of business contacts: people with an organisation and ways to reach them, matched by the CRM's own ladders.

Colleagues share organisation, place, switchboard and the domain of their addresses, all at once. Taken for independent,
these would make one person of a whole office, so such tables are compared by `reconcile.identity`, whose ladders judge
what follows from the employer beside the employer. Weights start as those that ship. Learned from the table are how
alike strangers' first names are (`forenames`), what namesakes say of the levels beside the employer (`namesakes`),
whether a number under one last name is a family's (`families`), how many pairs are one at all (`counterparts`) and what
a doubtful pair is worth (`rivals`); threshold and splitting are chosen as for any other table. Who has nothing but a
mistyped name in common is compared too (`slips`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trueup.model.policy import Policy
from trueup.reconcile import normalize
from trueup.reconcile.identity import people
from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.blocking import Blocks
from trueup.reconcile.identity.grading import weighed
from trueup.reconcile.identity.people_columns import People
from trueup.reconcile.identity.resolve import SLICE, Subject, subject_of
from trueup.reconcile.linkage import families, forenames, namesakes, slips
from trueup.reconcile.linkage.pairs import Pairs
from trueup.reconcile.linkage.prepare import digits
from trueup.reconcile.linkage.rivals import SURE
from trueup.reconcile.linkage.staging import Table, slots_of
from trueup.reconcile.linkage.training import Trained
from trueup.reconcile.normalize import web

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WITHOUT_JUNK_LATER = frozenset({"organisation", "domain", "city", "postcode", "country"})
_COLLEAGUES = 5
"""A number or a domain under so many last names is shared by colleagues."""
_WORKPLACE = 0.2
"""From this share of records with such a number or domain a table holds people at their work."""
_TOGETHER = 2
"""Slices of candidates that are compared at the same time."""
_PART = SLICE // (2 * _TOGETHER)
"""Candidates of a slice: larger ones take memory, smaller ones measure again what slices have in common."""
_APART = -60.0
"""The weight of a pair that contradicts itself, whatever else it has in common."""
THRESHOLDS = (0.45, 0.8, 0.95, 0.99)
"""F1 is highest at a threshold of half of itself, and of contacts some are never found, whatever is chosen."""


def suits(con: DuckDBPyConnection, tables: Sequence[Table]) -> bool:
    """Whether the tables hold people at their work: with an organisation, or with domains or numbers that many share.

    `link_rows` stands already.
    """
    for table in tables:
        of = table.columns
        if not (of["last name"] or of["full name"]) or not (of["e-mail"] or of["phone"]):
            return False
    if all(table.columns["organisation"] for table in tables):
        return True
    places = {role: number for number, (role, slot) in enumerate(slots_of(tables)) if slot == 0}
    name = f"lower(f{places.get('last name', places.get('full name', 0))})"
    shared = []
    if "e-mail" in places:
        domain = f"lower(split_part(f{places['e-mail']}, '@', 2))"
        shared.append(_shared(con, domain, name, _COLLEAGUES, free=True))
    if "phone" in places:
        number = f"regexp_replace(f{places['phone']}, '[^0-9]', '', 'g')"
        shared.append(_shared(con, number, name, _COLLEAGUES, free=False))
    return max(shared) >= _WORKPLACE


def _shared(con: DuckDBPyConnection, value: str, name: str, least: int, *, free: bool) -> float:
    """The share of records whose value is found under at least so many last names."""
    got = con.execute(
        f"SELECT {value} AS v, count(*) AS n, count(DISTINCT {name}) AS names FROM link_rows "
        f"WHERE {value} <> '' GROUP BY v HAVING count(DISTINCT {name}) >= {least}"
    ).fetchall()
    many = sum(n for v, n, _ in got if not (free and web.is_free_mail(v)))
    known = con.execute(f"SELECT count(*) FROM link_rows WHERE {value} <> ''").fetchall()[0][0]
    return float(many / max(1, known))


def subject(con: DuckDBPyConnection, tables: Sequence[Table], country: str, side: Codes) -> tuple[Subject, People]:
    """The rows of `link_rows` as people of systems that are the tables; row numbers stay what they are.

    They are compared by what ships; `taught` has them compared by what they teach, too.
    """
    normalize.install(con, country, None)
    con.create_function("link_digits", digits, ["VARCHAR"], "VARCHAR")
    places: dict[str, list[int]] = {}
    for place, (role, _) in enumerate(slots_of(tables)):
        places.setdefault(role, []).append(place)

    def first(role: str) -> str:
        """The first of the role's columns that is known; of one column alone the junk goes with its distinct values."""
        if len(places.get(role, [])) == 1 and role in _WITHOUT_JUNK_LATER:
            return f"f{places[role][0]}"
        found = [f"CASE WHEN norm_junk(f{place}) THEN NULL ELSE f{place} END" for place in places.get(role, [])]
        return f"coalesce({', '.join(found)}, NULL)" if found else "NULL::VARCHAR"

    def joined(roles: Sequence[int], between: str) -> str:
        if len(roles) < 2:
            return f"f{roles[0]}" if roles else "NULL::VARCHAR"
        return f"nullif(concat_ws('{between}', {', '.join(f'f{p}' for p in roles)}), '')"

    mails, numbers = places.get("e-mail", []), places.get("phone", [])
    family = "last name" if "last name" in places else "full name"
    columns = {
        "ref": "printf('%012d', i)",
        "system": "'t' || t",
        "object": "'rows'",
        "first_name": joined(places.get("first name", []), " ") if family == "last name" else "NULL::VARCHAR",
        "last_name": joined(places[family], " "),
        "email": f"f{mails[0]}" if mails else "NULL::VARCHAR",
        "other_emails": joined(mails[1:], ";"),
        "phone": f"f{numbers[0]}" if numbers else "NULL::VARCHAR",
        "mobile": f"coalesce({', '.join(f'f{p}' for p in numbers[1:])}, NULL)" if numbers[1:] else "NULL::VARCHAR",
        "company_name": first("organisation"),
        "website": first("domain"),
        "title": joined(places.get("other text", []), " "),
        "street": joined(places.get("street", []), " "),
        "city": first("city"),
        "postcode": first("postcode"),
        "country": first("country"),
        "birth_date": f"link_digits({first('birth date')})" if "birth date" in places else "NULL::VARCHAR",
        "other_code": first("other code"),
        "company_id": "NULL::VARCHAR",
        "foreign_ids": "NULL::VARCHAR",
        "converted": "NULL::VARCHAR",
    }
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP VIEW record_person AS SELECT {listed} FROM link_rows")
    # The rows are numbered and in order already: people need no table of their own.
    alone = ("linkedin_url", "company_entity", "its_name", "its_domain", "deals", "activities")
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW id_person AS SELECT i, {listed}, "
        f"{', '.join(f'NULL::VARCHAR AS {name}' for name in alone)} FROM link_rows"
    )
    for statement in (
        "record_company(ref VARCHAR, name VARCHAR, domain VARCHAR, website VARCHAR, phone VARCHAR, country VARCHAR)",
        "same(kind VARCHAR, ref VARCHAR, entity VARCHAR)",
        "record_deal(ref VARCHAR, system VARCHAR, name VARCHAR)",
        "record_activity(ref VARCHAR, system VARCHAR, activity_type VARCHAR, subject VARCHAR, occurred_at VARCHAR)",
        "association(type VARCHAR, source VARCHAR, target VARCHAR)",
        "id_alias(ref VARCHAR, now VARCHAR)",
        "stored_link(left_ref VARCHAR, right_ref VARCHAR, source VARCHAR)",
        "decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP)",
        "snapshot(taken_at TIMESTAMP)",
    ):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {statement}")
    return _subject(con, Policy(systems={}, country=country), side)


def _subject(con: DuckDBPyConnection, policy: Policy, side: Codes) -> tuple[Subject, People]:
    """The staged rows as codes, brought together by the CRM's rules and by names with a slip."""
    group = np.unique(side, return_inverse=True)[1].astype(np.int32)
    records = people.prepare(con, group, int(group.max(initial=0)) + 1)
    found = subject_of(con, "person", policy, records, group, group)

    def block(blocks: Blocks) -> None:
        # Which words may be slips has to do with the words alone: it is worked out meanwhile.
        with ThreadPoolExecutor(1) as beside:
            slipped = beside.submit(slips.Slipped.of, records.names)
            found.block(blocks)
            slips.block(records, slipped.result(), blocks)

    return replace(found, block=block), records


def taught(of: Subject, records: People) -> Subject:
    """The same rows, compared by what they teach of first names, of namesakes and of families."""
    names = records.names
    named = forenames.learned(of, names.given, names.family_key)
    named = namesakes.learned(named, names.root, names.family_key)
    return families.learned(named, names, records.phones)


def trained(of: Subject, matches: float, bits: float, rounds: int = 0) -> Trained:
    """The weights that contacts were compared with, ladder by ladder, as any other table's; `bits` move the prior.

    A level by value weighs log2(m) here; how rare the value itself is comes on top of it for every pair.
    """
    m = tuple(np.array([rung.m for rung in ladder.rungs]) for ladder in of.model.ladders)
    u = tuple(np.array([rung.u for rung in ladder.rungs]) for ladder in of.model.ladders)
    weights = tuple(np.log2(mm / uu) for mm, uu in zip(m, u, strict=True))
    return Trained(weights, m, u, of.model.prior(of.rows) + bits, matches, rounds)


def scored(of: Subject, keys: Ints, least: float) -> Pairs:
    """The candidates (`left * rows + right`) that weigh at least so much, and their weights; slice by slice."""
    judged(of, keys[:0], keys[:0])  # what is common to all slices is worked out before two of them ask for it

    def one(start: int) -> tuple[Ints, Floats]:
        part = keys[start : start + _PART]
        places, compared = of.sift_by(of.model, part // of.rows, part % of.rows)
        weight, against = weighed(compared, of.model, of.rows)
        keep = (weight >= least) & ~against
        return part[places[keep]], weight[keep]

    # Slices do not depend on each other, and come back in their order however many are under way.
    with ThreadPoolExecutor(_TOGETHER) as pool:
        kept, weights = zip((keys[:0], np.empty(0)), *pool.map(one, range(0, len(keys), _PART)), strict=True)
    return Pairs(of.rows, np.concatenate(kept), np.concatenate(weights))


def weigh(of: Subject, left: Ints, right: Ints) -> Floats:
    """The total weight of any pairs, slice by slice; what contradicts is far below everything else."""
    total = np.empty(len(left))
    for start in range(0, len(left), SLICE):
        part = slice(start, start + SLICE)
        weight, against = judged(of, left[part], right[part])
        total[part] = np.where(against, _APART, weight)
    return total


def judged(of: Subject, left: Ints, right: Ints) -> tuple[Floats, Bools]:
    """Weights of pairs, and which of them contradict themselves."""
    return weighed(of.compare(left, right), of.model, of.rows)


def vote(weight: Floats) -> Floats:
    """What a pair says where parts of a group meet: no more than a sure one, for or against.

    Three shared values more, or a pair with nothing to compare, must not outvote every other member. What contradicts
    itself says a little more, so that one sure pair beside it is not enough.
    """
    return np.where(weight < _APART / 2, -SURE - 1, np.clip(weight, -SURE, SURE))
