"""Who is who, on frames small enough to see through."""

import json
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from trueup.model.kinds import FIELDS, Kind
from trueup.model.matching import Grade
from trueup.model.policy import Policy
from trueup.reconcile import identity

Rows = dict[str, dict[str, str | None]]


@contextmanager
def frame(
    people: Rows | None = None,
    companies: Rows | None = None,
    deals: Rows | None = None,
    owners: Rows | None = None,
    decisions: Iterable[tuple[Any, ...]] = (),
    gone: Iterable[tuple[Any, ...]] = (),
    shuffle: int = 0,
    threads: int = 2,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A resolved frame. Refs are printed refs; fields are canonical."""
    con = duckdb.connect(config={"threads": threads})
    try:
        rng = random.Random(shuffle)
        for kind, rows in (("person", people), ("company", companies), ("deal", deals), ("owner", owners)):
            names = list(FIELDS[Kind(kind)])
            columns = ", ".join(f'"{name}" VARCHAR' for name in names)
            con.execute(
                f"CREATE TABLE record_{kind}(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, modified_at TIMESTAMP, {columns})"
            )
            items = list((rows or {}).items())
            if shuffle:
                rng.shuffle(items)
            for ref, fields in items:
                system, _, rest = ref.partition(":")
                object_, _, id_ = rest.partition("/")
                assert set(fields) <= set(names), fields
                listed = ", ".join(f'"{name}"' for name in fields)
                con.execute(
                    f"INSERT INTO record_{kind}(ref, system, object, id{', ' if fields else ''}{listed}) "
                    f"VALUES ({', '.join('?' * (4 + len(fields)))})",
                    [ref, system, object_, id_, *fields.values()],
                )
        con.execute(
            "CREATE TABLE gone(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, kind VARCHAR, deleted BOOLEAN, merged_into VARCHAR)"
        )
        con.execute("CREATE TABLE decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP)")
        con.execute(
            'CREATE TABLE snapshot(system VARCHAR, object VARCHAR, complete BOOLEAN, "full" BOOLEAN, taken_at TIMESTAMP, "rows" BIGINT)'
        )
        con.execute("INSERT INTO snapshot VALUES ('salesforce', 'Contact', true, true, TIMESTAMP '2026-06-01', 1)")
        con.execute(
            "CREATE TABLE stored_link(left_ref VARCHAR, right_ref VARCHAR, kind VARCHAR, source VARCHAR, score DOUBLE, since TIMESTAMP)"
        )
        for decision in decisions:
            con.execute("INSERT INTO decision VALUES (?, ?, ?, ?)", list(decision))
        for row in gone:
            con.execute("INSERT INTO gone VALUES (?, ?, ?, ?, ?, ?, ?)", list(row))
        identity.resolve(con, Policy(systems={}))
        yield con
    finally:
        con.close()


def groups(con: duckdb.DuckDBPyConnection, kind: str = "person") -> set[frozenset[str]]:
    """Groups of more than one record."""
    found: dict[str, set[str]] = {}
    for ref, entity in con.execute("SELECT ref, entity FROM same WHERE kind = ?", [kind]).fetchall():
        found.setdefault(entity, set()).add(ref)
    assert all(min(refs) == entity for entity, refs in found.items())
    return {frozenset(refs) for refs in found.values() if len(refs) > 1}


def links(con: duckdb.DuckDBPyConnection, kind: str = "person") -> dict[tuple[str, str], str]:
    """Links with their source."""
    got = con.execute("SELECT left_ref, right_ref, source FROM link WHERE kind = ?", [kind]).fetchall()
    return {(left, right): source for left, right, source in got}


def grade(con: duckdb.DuckDBPyConnection, a: str, b: str) -> tuple[str, str]:
    """Grade of a pair and what capped it; `no` when it is not in the table."""
    left, right = sorted((a, b))
    got = con.execute(
        "SELECT grade, capped_by FROM match WHERE left_ref = ? AND right_ref = ?", [left, right]
    ).fetchall()
    return got[0] if got else ("no", "")


K1, K2, K3 = (f"salesforce:Contact/00{n}" for n in (1, 2, 3))
L1, L2 = "salesforce:Lead/001", "salesforce:Lead/002"
H1, H2, H3 = (f"hubspot:contacts/{n}" for n in (1, 2, 3))
ANA: dict[str, str | None] = {"first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@acme.example"}


def test_one_address_and_one_name_in_both_systems_is_one_person() -> None:
    with frame({K1: ANA, H1: {**ANA, "email": "Ana.Ruiz@ACME.example"}}) as con:
        assert groups(con) == {frozenset({K1, H1})}
        assert links(con) == {(H1, K1): "email"}
        assert grade(con, K1, H1) == ("certain", "")


def test_a_secondary_address_counts_like_the_first() -> None:
    with frame(
        {K1: ANA, H1: {**ANA, "email": "ana@home.example", "other_emails": "x@y.example;ana.ruiz@acme.example"}}
    ) as con:
        assert links(con) == {(H1, K1): "email"}


def test_every_live_record_has_an_entity_also_when_it_is_alone() -> None:
    with frame({K1: ANA, H2: {"last_name": "Nobody"}}, {"hubspot:companies/1": {"name": "Acme"}}) as con:
        assert con.execute("SELECT kind, ref, entity FROM same ORDER BY ref").fetchall() == [
            ("company", "hubspot:companies/1", "hubspot:companies/1"),
            ("person", H2, H2),
            ("person", K1, K1),
        ]


def test_an_empty_frame_is_resolved_to_nothing() -> None:
    with frame() as con:
        assert con.execute("SELECT count(*) FROM same").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Ben", "last_name": "Ruiz", "email": "ana.ruiz@acme.example"},  # a couple with one mailbox
        {"first_name": "Paula", "last_name": "Ruiz", "phone": "+1 415 555 0132"},  # a household
        {"first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz2@acme.example"},  # the company needed a number
        {
            "first_name": "Ana",
            "last_name": "Ruiz Jr.",
            "email": "anajr@acme.example",
            "company_name": "Acme",
        },  # a daughter
        {"first_name": "Ana", "last_name": "Ruiz", "city": "Madrid", "country": "Spain"},  # a namesake
        {"first_name": "Ben", "last_name": "Okafor", "email": "ana.ruiz@acme.example"},  # the address was given on
        {
            "first_name": "Ana B.",
            "last_name": "Ruiz",
            "company_name": "Acme",
            "phone": "+1 415 555 0132",
        },  # another middle name
    ],
)
def test_what_only_looks_like_one_person_is_never_certain_nor_joined(other: dict[str, str | None]) -> None:
    one = {
        **ANA,
        "first_name": "Ana C.",
        "phone": "(415) 555-0132",
        "company_name": "Acme Inc",
        "city": "Madrid",
        "country": "ES",
    }
    with frame({K1: one, H1: other}) as con:
        assert grade(con, K1, H1)[0] in ("possible", "no")
        assert groups(con) == set()
        assert links(con) == {}


def test_a_shared_mailbox_makes_nobody_one_person() -> None:
    people: Rows = {
        H1: {"first_name": "Ana", "last_name": "Ruiz", "email": "info@acme.example"},
        H2: {"first_name": "Ben", "last_name": "Okafor", "email": "info@acme.example"},
        K1: {"last_name": "Lindqvist", "email": "info@acme.example"},
    }
    with frame(people) as con:
        assert groups(con) == set()


def test_a_mailbox_under_three_first_names_is_shared_whatever_it_is_called() -> None:
    people: Rows = {
        f"hubspot:contacts/{n}": {"first_name": name, "last_name": "Ruiz", "email": "ruiz.family@mail.example"}
        for n, name in enumerate(("Ana", "Ben", "Carla"))
    }
    people[K1] = {"last_name": "Ruiz", "email": "ruiz.family@mail.example"}
    with frame(people) as con:
        assert groups(con) == set()


@pytest.mark.parametrize(
    "other",
    [
        {
            "first_name": "Bob",
            "last_name": "Okafor",
            "email": "r.okafor@old.example",
            "phone": "+44 20-7946-0958",
        },  # nickname, phone
        {"first_name": "Robert", "last_name": "Okfaor", "email": "robert.okafor@acme.example"},  # slip, address
        {
            "first_name": "Okafor",
            "last_name": "Robert",
            "phone": "+44 20 7946 0958",
            "company_name": "ACME Ltd",
        },  # swapped
        {"last_name": "Okafor, Robert", "email": "robert.okafor@acme.example"},  # all in one field
        {"first_name": "R.", "last_name": "Okafor", "email": "robert.okafor+crm@acme.example"},  # initial, tag
        {"first_name": "Robert", "last_name": "Okafor", "linkedin_url": "linkedin.com/in/rokafor"},  # profile
    ],
)
def test_one_person_written_differently_is_found(other: dict[str, str | None]) -> None:
    one = {
        "first_name": "Robert",
        "last_name": "Okafor",
        "email": "robert.okafor@acme.example",
        "phone": "+44 (0)20 7946 0958",
        "company_name": "The Acme Limited",
        "linkedin_url": "https://www.linkedin.com/in/rokafor/",
    }
    with frame({K1: one, H1: other}) as con:
        assert groups(con) == {frozenset({K1, H1})}


def test_a_stored_id_links_two_records_that_share_little() -> None:
    people: Rows = {
        K1: {"first_name": "Ana", "last_name": "Ruiz", "email": "ana@old.example"},
        H1: {"first_name": "Ana", "last_name": "Lindqvist", "email": "ana@new.example", "foreign_ids": K1},
    }
    with frame(people) as con:
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_stored_id_against_all_evidence_is_not_believed() -> None:
    people: Rows = {
        K1: {**ANA, "phone": "+14155550132", "company_name": "Acme"},
        H1: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@other.example", "phone": "+14155550199",
             "company_name": "Other", "foreign_ids": K1},
    }  # fmt: skip
    with frame(people) as con:
        assert links(con) == {}


def test_switched_pairs_are_put_right_by_the_evidence() -> None:
    ben: dict[str, str | None] = {"first_name": "Ben", "last_name": "Okafor", "email": "ben.okafor@acme.example"}
    people: Rows = {
        K1: {**ANA, "foreign_ids": H2},
        K2: {**ben, "foreign_ids": H1},
        H1: {**ANA, "foreign_ids": K2},
        H2: {**ben, "foreign_ids": K1},
    }
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, H1}), frozenset({K2, H2})}
        assert set(links(con)) == {(H1, K1), (H2, K2)}
        assert grade(con, K1, H1)[0] != "no"


def test_of_two_that_claim_one_the_one_that_fits_is_linked() -> None:
    people: Rows = {
        K1: {**ANA, "foreign_ids": H1},
        K2: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@acme.example", "foreign_ids": H1},
        H1: ANA,
    }
    with frame(people) as con:
        assert set(links(con)) == {(H1, K1)}


def test_a_stored_id_is_followed_through_a_merge() -> None:
    people: Rows = {
        K1: {"first_name": "Ana", "last_name": "Ruiz"},
        H1: {"first_name": "Ana", "last_name": "R.", "foreign_ids": K2},
    }
    with frame(people, gone=[(K2, "salesforce", "Contact", "002", "person", False, K1)]) as con:
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_counterpart_that_we_made_is_remembered() -> None:
    people: Rows = {K1: {"first_name": "Ana", "last_name": "Ruiz"}, H1: {"first_name": "Ana", "last_name": "Ruiz"}}
    with frame(people) as con:
        assert links(con) == {}
        con.execute(
            f"INSERT INTO stored_link VALUES ('{H1}', '{K1}', 'person', 'created', 1.0, TIMESTAMP '2026-05-01')"
        )
        identity.resolve(con, Policy(systems={}))
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_converted_lead_stands_for_its_contact() -> None:
    people: Rows = {
        K1: ANA,
        L1: {**ANA, "converted": "true", "converted_person_id": "Contact/001"},
        H1: {**ANA, "email": "ana@home.example", "foreign_ids": L1},
    }
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, L1, H1})}
        assert set(links(con)) == {(H1, K1)}
        assert con.execute("SELECT count(*) FROM duplicate").fetchall() == [(0,)]


def test_a_contact_links_to_one_contact_and_a_lead_and_the_rest_are_duplicates() -> None:
    people: Rows = {K1: {**ANA, "foreign_ids": H1}, K2: ANA, L1: ANA, H1: {**ANA, "foreign_ids": K1}}
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, K2, L1, H1})}
        assert set(links(con)) == {(H1, K1), (H1, L1)}
        pairs = con.execute("SELECT left_ref, right_ref FROM duplicate ORDER BY ALL").fetchall()
        assert pairs == [(K1, K2), (K1, L1), (K2, L1)]


def test_records_do_not_chain_through_one_that_knows_little() -> None:
    """A nameless record with both addresses must not make one person of two."""
    people: Rows = {
        K1: {"first_name": "Ana", "last_name": "Ruiz", "email": "ana@acme.example"},
        K2: {"first_name": "Ben", "last_name": "Ruiz", "email": "ben@acme.example"},
        H1: {"first_name": None, "last_name": "Ruiz", "email": "ana@acme.example", "other_emails": "ben@acme.example"},
    }
    with frame(people) as con:
        assert not any({K1, K2} <= group for group in groups(con))


@pytest.mark.parametrize("shuffle", [1, 2, 3])
def test_the_result_is_the_same_whatever_the_order_of_rows_and_the_threads(shuffle: int) -> None:
    rng = random.Random(5)
    first, last = ["Ana", "Bob", "Robert", "Jo", "Joanna"], ["Ruiz", "Okafor", "Lindqvist", "Smith"]
    people: Rows = {}
    for n in range(120):
        g, f = rng.choice(first), rng.choice(last)
        ref = rng.choice([f"salesforce:Contact/{n:03}", f"salesforce:Lead/{n:03}", f"hubspot:contacts/{n:03}"])
        people[ref] = {
            "first_name": rng.choice([g, g, None]),
            "last_name": f,
            "email": rng.choice([f"{g}.{f}@acme.example".lower(), f"{g}{n}@mail.example", None]),
            "phone": rng.choice([f"+1415555{rng.randrange(10):04}", None]),
            "company_name": rng.choice(["Acme", "Acme Inc", "Other", None]),
            "foreign_ids": rng.choice([None, None, f"hubspot:contacts/{rng.randrange(120):03}"]),
        }
    results = []
    for seed, threads in ((0, 1), (shuffle, 4)):
        with frame(people, shuffle=seed, threads=threads) as con:
            results.append(
                [
                    con.execute(f"SELECT * FROM {table}").fetchall()
                    for table in ("match", "same", "link", "duplicate", "blocking")
                ]
            )

    assert results[0] == results[1]
    assert results[0][0]


def test_a_decision_not_the_same_stands_over_everything() -> None:
    with frame(
        {K1: {**ANA, "foreign_ids": H1}, H1: {**ANA, "foreign_ids": K1}}, decisions=[(H1, K1, "not_same", None)]
    ) as con:
        assert groups(con) == set()
        assert links(con) == {}
        assert grade(con, K1, H1) == ("no", "")


def test_a_decision_not_the_same_is_kept_in_a_larger_group() -> None:
    with frame({K1: ANA, K2: ANA, H1: ANA}, decisions=[(K1, K2, "not_same", None)]) as con:
        assert not any({K1, K2} <= group for group in groups(con))
        assert len(links(con)) == 1


def test_a_decision_the_same_joins_what_nothing_else_would() -> None:
    people: Rows = {K1: ANA, H1: {"first_name": "Wei", "last_name": "Zhang", "email": "wei@other.example"}}
    with frame(people, decisions=[(K1, H1, "same", None)]) as con:
        assert links(con) == {(H1, K1): "decision"}
        assert grade(con, K1, H1) == ("certain", "")


def test_an_expired_decision_is_no_decision() -> None:
    with frame({K1: ANA, H1: ANA}, decisions=[(H1, K1, "not_same", "2026-05-01")]) as con:
        assert set(links(con)) == {(H1, K1)}


A1, A2, A3 = (f"salesforce:Account/00{n}" for n in (1, 2, 3))
C1, C2 = "hubspot:companies/1", "hubspot:companies/2"


@pytest.mark.parametrize(
    "other",
    [
        {"name": "ACME, Inc.", "website": "http://acme.example/about"},
        {"name": "The Acme Corporation", "phone": "+1 415-555-0132"},
        {"name": "Acmee", "domain": "acme.example"},
    ],
)
def test_one_company_written_differently_is_found(other: dict[str, str | None]) -> None:
    with frame(
        companies={A1: {"name": "Acme", "website": "https://www.acme.example", "phone": "(415) 555-0132"}, C1: other}
    ) as con:
        assert groups(con, "company") == {frozenset({A1, C1})}
        assert set(links(con, "company")) == {(C1, A1)}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Acme", "website": "acme.example", "parent_id": "Account/001"},  # said to be the daughter
        {"name": "Acme Germany GmbH", "website": "acme.example"},
        {"name": "Acme Holdings", "website": "acme.example", "phone": "+1 415 555 0132"},
        {"name": "Bolt Rentals", "website": "acme.example"},  # a guest at the domain
    ],
)
def test_parent_and_subsidiary_stay_apart(other: dict[str, str | None]) -> None:
    with frame(companies={A1: {"name": "Acme", "website": "acme.example", "phone": "+14155550132"}, A2: other}) as con:
        assert groups(con, "company") == set()
        assert grade(con, A1, A2)[0] in ("possible", "no")


CANADA: dict[str, str | None] = {
    "website": "https://www.acme-canada.example",
    "phone": "514-555-0132",
    "postcode": "H2Y 1C6",
    "country": "Canada",
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Energy Canada Inc.", "ACME ENERGY"),
        ("Acme Energy A.E.", "The Acme Energy Group"),
        ("Acme Energy Canada Inc.", "The Acme Energy Group"),
    ],
)
def test_a_name_without_its_country_or_group_at_one_place_is_the_same_company(one: str, other: str) -> None:
    with frame(companies={A1: {**CANADA, "name": one}, A2: {**CANADA, "name": other}}) as con:
        assert groups(con, "company") == {frozenset({A1, A2})}
        assert grade(con, A1, A2)[0] == "likely"


@pytest.mark.parametrize(
    "moved",
    [
        {"name": "Acme Energy Germany"},  # not the country where both are
        {"phone": "+49 30 5550132"},
        {"postcode": "K1A 0B1"},
        {"website": "acme.example"},
        {"name": "Acme Energy Holdings"},
    ],
)
def test_a_part_of_a_group_elsewhere_stays_apart(moved: dict[str, str | None]) -> None:
    part = {**CANADA, "name": "Acme Energy Canada Inc.", **moved}
    with frame(companies={A1: {**CANADA, "name": "Acme Energy"}, A2: part}) as con:
        assert groups(con, "company") == set()


D1, D2, D3 = (f"salesforce:Opportunity/00{n}" for n in (1, 2, 3))
E1, E2 = "hubspot:deals/1", "hubspot:deals/2"


def test_deals_are_linked_by_stored_id_else_by_exact_keys_and_one_to_one() -> None:
    companies: Rows = {A1: {"name": "Acme", "website": "acme.example"}, C1: {"name": "Acme", "domain": "acme.example"}}
    deal = {"name": "Acme - Renewal", "amount": "5000", "close_date": "2026-09-30"}
    deals: Rows = {
        D1: {**deal, "company_id": "Account/001"},
        D2: {**deal, "company_id": "Account/001", "foreign_ids": E2},
        E1: {**deal, "amount": "5000.00", "company_id": "companies/1"},
        E2: {**deal, "name": "Renewal (moved)", "company_id": "companies/1"},
        D3: {"name": "Another", "amount": "5000", "close_date": "2026-09-30", "company_id": "Account/001"},
    }
    with frame(companies=companies, deals=deals) as con:
        assert links(con, "deal") == {(E1, D1): "key", (E2, D2): "stored_id"}
        assert groups(con, "deal") == {frozenset({E1, D1}), frozenset({E2, D2})}


def test_of_two_deals_that_claim_one_the_one_that_fits_is_linked() -> None:
    deals: Rows = {
        D1: {"name": "Alpha", "amount": "100", "foreign_ids": E1},
        D2: {"name": "Beta", "amount": "900", "foreign_ids": E1},
        E1: {"name": "Beta", "amount": "900"},
    }
    with frame(deals=deals) as con:
        assert set(links(con, "deal")) == {(E1, D2)}


def test_owners_are_one_by_their_address() -> None:
    owners: Rows = {
        "salesforce:User/1": {"name": "Ana", "email": "Ana@us.example", "active": "false"},
        "salesforce:User/2": {"name": "Ana", "email": "ana@us.example", "active": "true"},
        "hubspot:owners/9": {"name": "Ana Ruiz", "email": "ana@us.example", "active": "true"},
        "hubspot:owners/8": {"name": "Queue"},
    }
    with frame(owners=owners) as con:
        assert groups(con, "owner") == {frozenset({"salesforce:User/1", "salesforce:User/2", "hubspot:owners/9"})}
        assert set(links(con, "owner")) == {("hubspot:owners/9", "salesforce:User/2")}


def test_a_match_tells_its_parts_and_they_add_up() -> None:
    with frame({K1: {**ANA, "title": "CEO"}, H1: ANA}) as con:
        score, levels, prior = con.execute("SELECT score, levels, prior FROM match").fetchall()[0]
        parts = json.loads(levels)

        assert {part["comparison"] for part in parts} == {"e-mail", "first name", "last name", "company"}
        assert parts[0].keys() == {"comparison", "label", "weight", "left", "right"}
        total = prior + sum(part["weight"] for part in parts)
        assert score == pytest.approx(2**total / (1 + 2**total), abs=1e-6)


def test_any_pair_can_be_explained_also_one_that_is_no_match() -> None:
    people: Rows = {K1: ANA, H1: ANA, H2: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@acme.example"}}
    with frame(people) as con:
        match = identity.explain(con, K1, H1)
        assert match.grade is Grade.CERTAIN
        assert [level.comparison for level in match.levels] == ["e-mail", "first name", "last name", "company"]
        assert match.score == pytest.approx(con.execute("SELECT score FROM match").fetchall()[0][0])

        assert identity.explain(con, H2, K1).grade is Grade.NO
        with pytest.raises(ValueError, match="not two live records"):
            identity.explain(con, K1, "hubspot:contacts/404")


def test_what_blocking_left_out_is_reported() -> None:
    people: Rows = {
        f"hubspot:contacts/{n:03}": {"first_name": f"N{n}", "last_name": f"F{n}", "phone": "+14155550132"}
        for n in range(60)
    }
    with frame(people) as con:
        got = con.execute(
            "SELECT blocks_left_out, records_left_out, pairs_left_out FROM blocking WHERE kind = 'person' AND rule = 'phone'"
        )
        assert got.fetchall() == [(1, 60, 60 * 59 // 2)]


NAMESAKE: dict[str, str | None] = {
    "first_name": "Yuna",
    "last_name": "Szczepanska",
    "company_name": "Borlan Telecom",
    "street": "172 Sanho-ro",
    "city": "Seoul",
    "postcode": "04527",
    "country": "South Korea",
}


@pytest.mark.parametrize(
    "apart",
    [
        {"email": "y.s@borlan.example", "phone": "+8223128498"},
        {"phone": "+8223128498", "linkedin_url": "https://www.linkedin.com/in/yuna-2"},
        {"email": "y.s@other.example", "company_name": "Mervane Structures"},
    ],
)
def test_namesakes_whose_own_keys_differ_are_left_to_a_person(apart: dict[str, str | None]) -> None:
    one = {
        **NAMESAKE,
        "email": "klee239@mail.example",
        "phone": "+8223123056",
        "linkedin_url": "https://www.linkedin.com/in/yuna-1",
    }
    with frame({K1: one, K2: {**NAMESAKE, **apart}}) as con:
        assert groups(con) == set()
        assert grade(con, K1, K2)[0] in ("possible", "no")


def test_an_own_mobile_counts_beside_the_switchboard() -> None:
    company: Rows = {A1: {"name": "Wenbrook Motors", "phone": "+15145555931"}}
    both: dict[str, str | None] = {"last_name": "Mitchell", "phone": "+15145555931", "mobile": "+15145559034"}
    people: Rows = {
        K1: {**both, "first_name": "Sharon", "email": "sharon@wenbrook.example", "company_id": "Account/001"},
        K2: {**both, "first_name": "S.", "email": "sm149@mail.example", "company_id": "Account/001"},
    }
    with frame(people, company) as con:
        assert groups(con) == {frozenset({K1, K2})}
