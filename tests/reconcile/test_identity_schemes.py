"""What employers make of names before the @: nobody's own handle, though not all of it follows from a record's name."""

import pytest
from test_identity_evidence import Person, levels

from trueup.reconcile.identity.schemes import made_of_a_name

MADE = [
    ("patriciaj", "", "okafor"),  # her name before she married, or a letter because patricia@ was taken
    ("james2", "jmaes", "okafor"),
    ("robertok", "", "okafor"),
    ("bokafor", "", "okafor"),
    ("okaforb", "", "okafor"),
    ("jokaforf", "", "okafor"),
    ("james.okafro", "", "okafor"),
    ("wendelinokafor", "wendelin", "okafor"),
    ("okaforjames", "", "okafor"),
]
CHOSEN = ["skipper", "bigokaforfan", "patricia1984", "okafor2000", "thebobster", "jamestown", ""]


@pytest.mark.parametrize(("local", "given", "family"), MADE)
def test_a_name_and_a_letter_or_two_are_made_of_a_name(local: str, given: str, family: str) -> None:
    assert made_of_a_name(local.replace(".", ""), {given}, {family})


@pytest.mark.parametrize("local", CHOSEN)
def test_what_has_more_in_it_was_chosen(local: str) -> None:
    assert not made_of_a_name(local, {"robert"}, {"okafor"})


def test_names_of_two_letters_are_in_everything() -> None:
    assert not made_of_a_name("jli", {"jo"}, {"li"})


def _before_the_at(local: str, person: Person, *domains: str) -> tuple[str, float]:
    one, other = (person | {"email": f"{local}@{domain}"} for domain in domains)
    return levels(one, other)["e-mail"]


def test_what_two_employers_make_of_one_name_tells_nothing_of_two_who_have_it() -> None:
    work = ("acme.example", "zebra.example")
    everybodys = "same name before the @, as everybody of that name has"

    assert _before_the_at("robertk", {}, *work)[0] == everybodys
    assert _before_the_at("robert2", {}, *work)[0] == everybodys
    assert _before_the_at("bokafor", {"first_name": None}, *work)[1] < _before_the_at("skipper", {}, *work)[1] / 2


def test_what_one_chose_is_ones_own() -> None:
    handle = _before_the_at("skipper", {}, "acme.example", "zebra.example")

    assert handle[0] == "same name before the @, one that few have"
    assert _before_the_at("robertk", {}, "gmail.com", "yahoo.com")[0] == handle[0], "no employer gave it"


TWICE = [("bokaforb", "bokaforc"), ("robert.okaforb", "robert.okaford"), ("bob.okaforb", "bob.okaforbc")]


@pytest.mark.parametrize(("one", "other"), TWICE)
def test_two_letters_at_the_end_of_a_name_tell_two_people_apart_as_one_does(one: str, other: str) -> None:
    person: Person = {"first_name": "Bob", "last_name": "Okafor"}
    found = levels(*(person | {"email": f"{local}@acme.example"} for local in (one, other)))

    assert found["e-mail"][0] == "another mailbox at the same domain"
