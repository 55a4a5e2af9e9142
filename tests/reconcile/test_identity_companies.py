"""Which companies are one; parents and subsidiaries are not."""

import pytest
from identity_frames import A1, A2, C1, frame, grade, groups, links


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
