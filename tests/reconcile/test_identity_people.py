"""Which people are one, by what they have in common."""

import random

import pytest
from identity_frames import A1, ANA, H1, H2, K1, K2, Rows, frame, grade, groups, links


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
