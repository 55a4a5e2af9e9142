"""Every sort of evidence, one pair each: on which level of which ladder it puts the pair, and which way it pulls."""

import pytest
from identity_frames import H1, K1, Rows, frame

from trueup.model.policy import Policy
from trueup.reconcile import identity

Person = dict[str, str | None]
BASE: Person = {"first_name": "Robert", "last_name": "Okafor"}

FOR: list[tuple[str, str, Person, Person]] = [
    ("stored id", "one stores the other's id", {}, {"foreign_ids": K1}),
    ("e-mail", "same address", {"email": "r.okafor@acme.example"}, {"email": "R.Okafor@Acme.example"}),
    ("e-mail", "same address", {"email": "rob@acme.example"},
     {"email": "x@home.example", "other_emails": "y@z.example;rob@acme.example"}),
    ("e-mail", "same address", {"email": "ro.kafor@gmail.com"}, {"email": "rokafor+crm@googlemail.com"}),
    ("e-mail", "same but for a slip in the domain", {"email": "the.bobster@acme.example"},
     {"email": "the.bobster@acmee.example"}),
    ("phone", "same number", {"phone": "+44 20 7946 0958"}, {"mobile": "(020) 7946 0958", "country": "GB"}),
    ("LinkedIn", "same profile", {"linkedin_url": "https://uk.linkedin.com/in/rokafor/"},
     {"linkedin_url": "linkedin.com/in/rokafor"}),
    ("first name", "short or foreign form of the same name", {}, {"first_name": "Bob"}),
    ("first name", "spelled alike", {"first_name": "Mike"}, {"first_name": "Micahel"}),
    ("first name", "first and last name swapped", {}, {"first_name": "Okafor", "last_name": "Bob"}),
    ("company", "same company name", {"company_name": "The Acme Corp."}, {"company_name": "ACME"}),
    ("company", "same company domain", {"website": "https://www.acme.example"}, {"email": "bob@acme.example"}),
    ("place", "same postal code", {"postcode": "SW1A 1AA"}, {"postcode": "sw1a1aa"}),
    ("street", "alike", {"street": "12 High Street"}, {"street": "12, High Streed"}),
]  # fmt: skip

AGAINST: list[tuple[str, str, Person, Person]] = [
    ("middle name", "different", {"first_name": "Robert A."}, {"first_name": "Robert Brian"}),
    ("generation", "different", {"last_name": "Okafor Sr."}, {"last_name": "Okafor Jr."}),
    ("generation", "only one has Jr, Sr or a number", {"last_name": "Okafor Jr."}, {}),
    ("first name", "different", {"first_name": "Paul"}, {"first_name": "Paula"}),
    ("last name", "different", {}, {"last_name": "Lindqvist"}),
    ("place", "another country", {"country": "DE"}, {"country": "France"}),
    ("e-mail", "another mailbox at the same domain", {"email": "rokafor@acme.example"},
     {"email": "rob.o@acme.example"}),
    ("e-mail", "told apart by a number at the same domain", {"email": "r.okafor@acme.example"},
     {"email": "r.okafor2@acme.example"}),
    ("phone", "different numbers", {"phone": "+14155550132"}, {"phone": "+14155550199"}),
    ("LinkedIn", "different profiles", {"linkedin_url": "linkedin.com/in/a1"}, {"linkedin_url": "linkedin.com/in/b2"}),
    ("company", "different companies", {"company_name": "Acme"}, {"company_name": "Zebra Foods"}),
]  # fmt: skip


def levels(one: Person, other: Person) -> dict[str, tuple[str, float]]:
    """Comparison → label and weight of the pair."""
    rows: Rows = {K1: BASE | one, H1: BASE | other}
    with frame(rows) as con:
        told = identity.explain(con, K1, H1, Policy(systems={}))
    return {level.comparison: (level.label, level.weight) for level in told.levels}


@pytest.mark.parametrize(("comparison", "label", "one", "other"), FOR)
def test_what_speaks_for_sameness(comparison: str, label: str, one: Person, other: Person) -> None:
    found = levels(one, other)
    assert found[comparison][0] == label
    assert found[comparison][1] > 0


@pytest.mark.parametrize(("comparison", "label", "one", "other"), AGAINST)
def test_what_speaks_against(comparison: str, label: str, one: Person, other: Person) -> None:
    found = levels(one, other)
    assert found[comparison][0] == label
    assert found[comparison][1] < 0


def test_what_is_missing_speaks_neither_for_nor_against() -> None:
    assert set(levels({"email": "a@b.example", "phone": "+14155550132"}, {"city": "Kent"})) == {
        "first name",
        "last name",
    }


def test_who_changed_jobs_is_not_held_to_the_old_address_and_place() -> None:
    found = levels(
        {"company_name": "Acme", "email": "bob@acme.example", "city": "Kent"},
        {"company_name": "Zebra", "email": "robert.okafor@zebra.example", "city": "Gera"},
    )

    assert found["company"][1] < -1, "another employer speaks against"
    assert -0.5 < found["e-mail"][1] <= 0, "another address then follows"
    assert -0.5 < found["place"][1] <= 0, "and so does another place"


def test_a_number_of_the_desk_is_no_number_of_ones_own() -> None:
    work: Person = {"company_name": "Acme", "phone": "+14155550132"}

    found = levels(work | {"mobile": "+14155550177"}, work | {"mobile": "+14155550188"})

    assert found["phone"][0] == "same number at the company, another beside it"
    assert found["phone"][1] < levels(work, work)["phone"][1]
