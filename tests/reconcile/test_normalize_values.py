"""What each normaliser makes of what people type."""

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trueup.model.kinds import FieldType, Kind
from trueup.reconcile import normalize
from trueup.reconcile.normalize import companies, names
from trueup.reconcile.normalize.phones import extension

TABLE = [
    # e-mail
    ("email", " Ana.Ruiz@Acme.EXAMPLE ", "US", "ana.ruiz@acme.example"),
    ("email", "mailto:ana@acme.example", "US", "ana@acme.example"),
    ("email", "Ana Ruiz <Ana@acme.example>", "US", "ana@acme.example"),
    ("email", "ana@acme", "US", None),
    ("email", "ana ruiz@acme.example", "US", None),
    ("email", "n/a", "US", None),
    # phones: national in the record's country, international anywhere
    ("phone", "(415) 555-0132", "US", "+14155550132"),
    ("phone", "1-415-555-0132", "United States", "+14155550132"),
    ("phone", "+1 415 555 0132 x12", "US", "+14155550132"),
    ("phone", "030 1234567", "Germany", "+49301234567"),
    ("phone", "+44 (0)20 7946 0958", "US", "+442079460958"),
    ("phone", "0044 20 7946 0958", "GB", "+442079460958"),
    ("phone", "020 7946 0958", "uk", "+442079460958"),
    ("phone", "+39 06 1234 5678", "US", "+390612345678"),  # Italy keeps the zero
    ("phone", "12", "US", None),
    ("phone", "000-000-0000", "US", None),
    ("phone", "ask reception", "US", None),
    # web
    ("url", "https://www.Acme.co.uk/about?x=1", "US", "acme.co.uk"),
    ("url", "acme.example", "US", "acme.example"),
    ("url", "http://shop.acme.example:8080/", "US", "acme.example"),
    ("url", "https://www.linkedin.com/in/Ana-Ruiz/", "US", "linkedin.com/in/ana-ruiz"),
    ("url", "http://", "US", None),
    ("url", "acme", "US", None),
    ("domain", "ana@mail.acme.example", "US", "acme.example"),
    # plain things
    ("text", "  Two   words ", "US", "two words"),
    ("text", "TBD", "US", None),
    ("number", "1500.00", "US", "1500"),
    ("number", "$1,500", "US", "1500"),
    ("number", "11 to 50", "US", "11-50"),
    ("number", "10,000+", "US", "10000+"),
    ("number", "many", "US", None),
    ("boolean", "Yes", "US", "true"),
    ("boolean", "0", "US", "false"),
    ("date", "2026/5/6", "US", "2026-05-06"),
    ("date", "2026-05-06T23:30:00-05:00", "US", "2026-05-07"),
    ("date", "2026-02-30", "US", None),
    ("datetime", "2026-05-06T14:00:00.417+02:00", "US", "2026-05-06T12:00:00.417Z"),
    ("choices", "B; a ;;b", "US", "a;b"),
    ("refs", "b:O/2;a:O/1;b:O/2", "US", "a:O/1;b:O/2"),
    ("country", "Deutschland", "US", "DE"),
    ("country", "U.S.A.", "US", "US"),
    ("country", "The Netherlands", "US", "NL"),
    ("country", "Atlantis", "US", None),
    # companies
    ("company", "The Acme Intl. Corp.", "US", "acme international"),
    ("company", "Müller & Söhne GmbH & Co. KG", "US", "muller and sohne"),
    ("company", "Zażółć Sp. z o.o.", "US", "zazolc"),
    ("company", "ACME, L.L.C.", "US", "acme"),
    ("company", "Limited", "US", "limited"),  # never down to nothing
    # names
    ("name", "Ruiz, Ana", "US", "ana ruiz"),
    ("name", "Dr. Ana de la Cruz, PhD", "US", "ana de la cruz"),
    ("name", "Robert Downey Jr.", "US", "robert downey jr"),
    ("name", "Łukasz Żółć", "US", "lukasz zolc"),
]


@pytest.mark.parametrize(("form", "raw", "country", "expected"), TABLE)
def test_a_value_has_one_spelling(form: str, raw: str, country: str, expected: str | None) -> None:
    assert normalize.value(form, raw, country) == expected


@pytest.mark.parametrize(
    ("form", "raw", "reason"),
    [
        ("email", "anna.example", "no @ in it"),
        ("email", "a@@b.example", "more than one @"),
        ("email", "a@b..example", "a dot out of place"),
        ("email", "ana@localhost", "no dot after the @"),
        ("phone", "12", "too short"),
        ("phone", "999-999-9999", "one digit over and over"),
        ("phone", "call me", "not a number"),
        ("url", "not a url", "has a blank in it"),
        ("url", "acme", "no dot in it"),
        ("country", "Atlantis", "no country that ISO 3166 knows"),
    ],
)
def test_a_malformed_value_says_why(form: str, raw: str, reason: str) -> None:
    assert normalize.malformed(form, raw) == reason


@pytest.mark.parametrize("form", ["email", "phone", "url", "country", "text", "number"])
@pytest.mark.parametrize("raw", [None, "", "  ", "N/A", "unknown", "-"])
def test_nothing_and_junk_are_missing_and_not_malformed(form: str, raw: str | None) -> None:
    assert normalize.value(form, raw) is None
    assert normalize.malformed(form, raw) is None


def test_the_junk_of_the_policy_replaces_ours() -> None:
    junk = frozenset({"keine angabe"})

    assert normalize.value("text", "Keine Angabe", junk=junk) is None
    assert normalize.value("text", "tbd", junk=junk) == "tbd"


def test_a_field_is_compared_in_the_form_of_its_type_and_countries_as_countries() -> None:
    assert normalize.form(Kind.PERSON, "country") == "country"
    assert normalize.form(Kind.PERSON, "mobile") == FieldType.PHONE


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("info@acme.example", True),
        ("sales-emea@acme.example", True),
        ("customer.service@acme.example", True),
        ("it@acme.example", True),
        ("ana.sales@acme.example", False),
        ("marketa@acme.example", False),
        ("ana@acme.example", False),
    ],
)
def test_a_mailbox_that_names_a_function_is_shared(address: str, shared: bool) -> None:
    assert normalize.is_shared(address) is shared


def test_the_mailbox_behind_an_address_follows_the_provider() -> None:
    assert normalize.mailbox("a.na+news@gmail.com") == "ana@gmail.com"
    assert normalize.mailbox("a.na+news@acme.example") == "a.na@acme.example"


def test_free_mail_is_known_by_domain_and_by_brand() -> None:
    assert normalize.is_free_mail("gmail.com")
    assert normalize.is_free_mail("yahoo.co.uk")
    assert not normalize.is_free_mail("acme.example")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("bob", "robert", True),
        ("jan", "john", True),
        ("bill", "liam", True),
        ("bob", "bill", False),
        ("ana", "ana", True),
    ],
)
def test_short_and_foreign_forms_stand_for_one_name(left: str, right: str, same: bool) -> None:
    assert names.same_person_name(left, right) is same


@pytest.mark.parametrize(
    ("first", "last", "given", "middle", "family", "suffix"),
    [
        ("Ana María", "Ruiz", "ana", "maria", "ruiz", ""),
        ("Dr. Bob", "O'Brien Jr", "bob", "", "obrien", "jr"),
        ("", "Ana van der Berg", "ana", "", "van der berg", ""),
        (None, "de la Cruz", "", "", "de la cruz", ""),
        (None, "Berg, Ana", "ana", "", "berg", ""),
        ("J.", "Smith", "j", "", "smith", ""),
        ("Herr", "Doktor", "herr", "", "doktor", ""),  # a title alone is kept: it is all there is
    ],
)
def test_a_name_is_taken_apart(first: str | None, last: str, given: str, middle: str, family: str, suffix: str) -> None:
    assert names.person(first, last) == names.PersonName(given, middle, family, suffix)


def test_particles_do_not_hide_a_family_name_from_blocking() -> None:
    assert names.family_key("de la cruz") == names.family_key("cruz")


def test_an_extension_is_told_apart_from_the_number() -> None:
    assert extension("+1 415 555 0132 ext. 12") == "12"
    assert extension("+1 415 555 0132") is None


ALPHABET = st.text(
    alphabet=st.one_of(
        st.sampled_from("aAbBzZ019 .,-+()@/:;&'_xéßøŁİıŉǰﬁ①   "), st.characters(exclude_categories=["Cs", "Cc"])
    ),
    max_size=25,
)
SHAPED = st.one_of(
    ALPHABET,
    st.from_regex(r"\+?[0-9][0-9 ().-]{3,16}", fullmatch=True),
    st.from_regex(r"(\+1 ?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}", fullmatch=True),
    st.from_regex(r"[a-zA-Z.]{1,8}@[a-z.]{1,8}\.(com|co\.uk|example)", fullmatch=True),
    st.from_regex(r"(https?://)?(www\.)?[a-z-]{1,8}\.(com|co\.uk|example)(/[a-zA-Z]{0,4})?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\+02:00))?", fullmatch=True),
    st.from_regex(r"(The )?[A-Z][a-z]{1,6} (Intl )?(& Co\.? )?(Inc\.?|GmbH|Ltd|S\.A\.|Pty Ltd)", fullmatch=True),
)


@pytest.mark.parametrize("form", [*normalize.FORMS, "phone"])
@settings(max_examples=120, deadline=None)
@given(raw=SHAPED, country=st.sampled_from(["US", "DE", "GB", "IT", "AR", "MX", "BR", "RU"]))
@example(raw="İ", country="US")
@example(raw="ŉ", country="US")
@example(raw="a&b", country="US")
@example(raw="NA:INC", country="US")
def test_normalising_twice_is_normalising_once(form: str, raw: str, country: str) -> None:
    once = normalize.value(form, raw, country)

    if once is not None:
        assert normalize.value(form, once, country) == once


@settings(max_examples=40, deadline=None)
@given(values=st.lists(SHAPED, min_size=1, max_size=30), country=st.sampled_from(["US", "DE", "GB"]))
@example(values=[raw for _, raw, _, _ in TABLE], country="US")
@example(
    values=["2026-05-06T24:00:00Z", "0000-01-01", "2026-02-29", "1e400", "+1 000 555 0000", "x" * 300], country="US"
)
@example(
    values=["(415) 555-0132", "415.555.0132", "4155550132", "(222) 222-2222", "222 222 2223", "(415 5550132"],
    country="US",
)
@example(values=["(415) 555-0132", "2222222222", "415 555 0132"], country="DE")
def test_a_column_is_normalised_as_its_values_are(values: list[str], country: str) -> None:
    """SQL has a fast path; its meaning is that of the Python function."""
    con = duckdb.connect()
    try:
        normalize.install(con, country)
        for form in [*normalize.FORMS, "phone"]:
            got = con.execute(
                f"SELECT {normalize.sql(form, 'x')}, {normalize.malformed_sql(form, 'x')} "
                "FROM (SELECT unnest(?::VARCHAR[]) AS x)",
                [values],
            ).fetchall()
            assert got == [
                (normalize.value(form, x, country), normalize.malformed(form, x, country)) for x in values
            ], form
    finally:
        con.close()


def test_companies_keep_what_tells_a_subsidiary_from_its_parent() -> None:
    assert companies.company("Acme Holdings Inc") != companies.company("Acme Inc")
    assert companies.company("Acme Germany GmbH") != companies.company("Acme GmbH")
