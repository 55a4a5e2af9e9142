"""Every sort of evidence, one pair each: on which level of which ladder it puts the pair, and which way it pulls."""

import pytest
from identity_frames import H1, K1, Rows, frame, grade, groups

from trueup.model.matching import Grade
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
    ("e-mail", "same name before the @ of two free mailboxes, in two countries",
     {"email": "robert.okafor@gmail.com", "country": "GB"}, {"email": "robert.okafor@yahoo.com", "country": "NG"}),
    ("e-mail", "same name before the @ of two free mailboxes, in two countries",
     {"email": "the.bobster@gmail.com", "country": "GB"}, {"email": "the.bobster@gmx.net", "country": "NG"}),
    ("birth date", "different", {"birth_date": "1956-03-12"}, {"birth_date": "1984-11-02"}),
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


NEITHER: list[tuple[str, str, Person, Person]] = [
    ("e-mail", "same name before the @, as everybody of that name has",
     {"email": "robert.okafor@acme.example"}, {"email": "robert.okafor@zebra.example"}),
    ("e-mail", "same name before the @, as everybody of that name has",
     {"email": "robert.okafor@gmail.com", "country": "GB"}, {"email": "robert.okafor@yahoo.com", "country": "GB"}),
    ("phone", "same number and last name, as a family has",
     {"phone": "+14155550132"}, {"first_name": "Grace", "phone": "+14155550132"}),
    ("phone", "same number and last name, as a family has",
     {"phone": "+14155550132"}, {"first_name": None, "phone": "+14155550132"}),
    ("e-mail", "same shared mailbox", {"email": "info@acme.example"}, {"email": "info@acme.example"}),
]  # fmt: skip


@pytest.mark.parametrize(("comparison", "label", "one", "other"), NEITHER)
def test_what_follows_from_something_else_tells_next_to_nothing(
    comparison: str, label: str, one: Person, other: Person
) -> None:
    found = levels(one, other)
    assert found[comparison][0] == label
    assert -0.5 < found[comparison][1] <= 1.0


def test_a_letter_at_the_end_of_a_whole_name_tells_two_people_of_one_name_apart() -> None:
    one, other = {"email": "robert.okafor@acme.example"}, {"email": "robert.okaforb@acme.example"}

    assert levels(one, other)["e-mail"][0] == "another mailbox at the same domain"
    assert levels(one, {"email": "robert.okafr@acme.example"})["e-mail"][0] == "same but for a slip before the @"


def test_an_address_by_the_formal_name_is_no_handle_of_its_own() -> None:
    bob = {"first_name": "Bob", "email": "robert.okafor@acme.example"}

    assert levels(bob, bob | {"email": "robert.okafor@zebra.example"})["e-mail"][0] == (
        "same name before the @, as everybody of that name has"
    )


def test_a_number_and_an_initial_are_never_certain() -> None:
    rows: Rows = {K1: BASE | {"phone": "+14155550132"}, H1: BASE | {"first_name": "R.", "phone": "+14155550132"}}
    with frame(rows) as con:
        assert grade(con, K1, H1) == ("likely", "of one first name only the initial is known")


def test_an_initial_that_differs_is_no_slip_where_a_first_name_is_not_known() -> None:
    one, other = {"email": "bokafor@acme.example"}, {"email": "rokafor@acme.example"}

    assert levels(one, other)["e-mail"][0] == "same but for a slip before the @"
    assert levels(one, other | {"first_name": None})["e-mail"][0] == "another mailbox at the same domain"


HOME: Person = {
    "phone": "+14155550132",
    "street": "12 High Street",
    "postcode": "94110",
    "email": "okafor@home.example",
}

APART: list[tuple[str, Person, Person]] = [
    ("different generations (Jr, Sr)", {"last_name": "Okafor Sr."}, {"last_name": "Okafor Jr."}),
    ("born a generation apart", {"birth_date": "1956-03-12"}, {"birth_date": "1984-11-02"}),
    ("different middle names", {"first_name": "Robert A."}, {"first_name": "Robert Brian"}),
    ("different first names", {}, {"first_name": "Grace"}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "one", "other"), APART)
def test_what_contradicts_holds_a_pair_however_much_of_a_home_they_share(
    reason: str, one: Person, other: Person
) -> None:
    rows: Rows = {K1: BASE | HOME | one, H1: BASE | HOME | other}
    with frame(rows) as con:
        told = identity.explain(con, K1, H1, Policy(systems={}))
        assert groups(con) == set()
    assert told.grade in (Grade.POSSIBLE, Grade.NO)
    assert told.capped_by in (reason, "")


@pytest.mark.parametrize("born", ["1956-03-21", "1966-03-12", "1957-12-03", "1970-01-01", "19956-03-12"])
def test_a_slip_in_a_birth_date_or_a_date_nobody_knew_makes_no_son_of_the_father(born: str) -> None:
    rows: Rows = {K1: BASE | HOME | {"birth_date": "1956-03-12"}, H1: BASE | HOME | {"birth_date": born}}
    with frame(rows) as con:
        assert identity.explain(con, K1, H1, Policy(systems={})).grade in (Grade.LIKELY, Grade.CERTAIN)


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

    assert found["phone"][0] == "same number at the company, another number or mailbox beside it"
    assert found["phone"][1] < levels(work, work)["phone"][1]


def test_a_number_of_two_who_have_two_mailboxes_and_two_names_at_a_company_is_the_offices() -> None:
    one: Person = {"phone": "+14155550132", "email": "robert.okafor@acme.example"}
    other: Person = {"phone": "+14155550132", "last_name": "Lindqvist", "email": "robert.lindqvist@acme.example"}
    office, own = "same number at the company, another number or mailbox beside it", "same number"

    assert levels(one, other)["phone"][0] == office
    assert levels(one, other | {"first_name": None})["phone"][0] == office
    assert levels(one, other | {"email": one["email"]})["phone"][0] == own, "one mailbox"
    assert levels(one, other | {"last_name": "Okafor"})["phone"][0] == own, "one name"
    assert levels(one, other | {"email": "robert@home.example"})["phone"][0] == own, "not at one company"
