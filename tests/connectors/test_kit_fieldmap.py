"""Values and field maps: there and back."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.kit import fieldmap, values
from trueup.errors import ConfigError
from trueup.model.kinds import FieldType
from trueup.model.policy import StoredId

TEXT = """
Contact:
  kind: person
  fields:
    first_name: FirstName
    company_id: {native: AccountId, object: Account}
    annual_revenue: {native: Revenue, scale: 0.001}
    linkedin_url: {native: LinkedIn__c, optional: true}
    title: Title
    created_at: {native: CreatedDate, write: false}
"""


@pytest.mark.parametrize(
    ("type_", "native", "canonical"),
    [
        (FieldType.TEXT, "  Zoë \n", "Zoë"),
        (FieldType.TEXT, "   ", None),
        (FieldType.TEXT, None, None),
        (FieldType.NUMBER, 15000.0, "15000"),
        (FieldType.NUMBER, "15000.00", "15000"),
        (FieldType.NUMBER, 0.25, "0.25"),
        (FieldType.NUMBER, 1e21, "1000000000000000000000"),
        (FieldType.NUMBER, "-0.0", "0"),
        (FieldType.NUMBER, "about ten", "about ten"),
        (FieldType.NUMBER, 0, "0"),
        (FieldType.BOOLEAN, True, "true"),
        (FieldType.BOOLEAN, False, "false"),
        (FieldType.BOOLEAN, "FALSE", "false"),
        (FieldType.BOOLEAN, "", None),
        (FieldType.DATE, "2026-05-06", "2026-05-06"),
        (FieldType.DATE, "2026-05-06T23:30:00-05:00", "2026-05-07"),
        (FieldType.DATETIME, "2026-05-06T12:00:00.000+0000", "2026-05-06T12:00:00Z"),
        (FieldType.DATETIME, "2026-05-06T12:00:00.417Z", "2026-05-06T12:00:00.417Z"),
        (FieldType.DATETIME, "2026-05-06T14:00:00+0200", "2026-05-06T12:00:00Z"),
        (FieldType.DATETIME, "1778068800417", "2026-05-06T12:00:00.417Z"),
        (FieldType.DATETIME, "2026-05-06", "2026-05-06T00:00:00Z"),
        (FieldType.DATETIME, "last week", "last week"),
        (FieldType.CHOICES, "b; a;;b", "a;b"),
        (FieldType.CHOICES, ["z", "y"], "y;z"),
    ],
)
def test_native_values_have_one_canonical_spelling(type_, native, canonical):
    assert values.TO_CANONICAL[type_](native) == canonical


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_a_number_keeps_its_value_and_has_one_spelling(number):
    canonical = values.number(str(number))
    assert Decimal(canonical) == number
    assert values.number(canonical) == canonical
    assert "e" not in canonical.lower()


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_keeps_its_milliseconds(moment):
    canonical = values.format_datetime(moment)
    assert values.datetime_(canonical) == canonical
    assert values.parse_datetime(canonical) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize(
    ("type_", "wrong"),
    [
        (FieldType.NUMBER, "ten"),
        (FieldType.NUMBER, "inf"),
        (FieldType.BOOLEAN, "yes"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATETIME, "x"),
    ],
)
def test_what_is_not_of_its_type_is_never_written(type_, wrong):
    with pytest.raises(ValueError, match=wrong if type_ is not FieldType.DATE else "day"):
        values.TO_NATIVE[type_](wrong)


def contact(overlay=None):
    return fieldmap.parse(TEXT, overlay)["Contact"]


def test_a_row_is_translated_there_and_back():
    row = {"FirstName": "Zoë", "AccountId": "001x", "Revenue": 12000.0, "Title": None}
    canonical = contact().to_canonical(row)
    assert canonical == {"first_name": "Zoë", "company_id": "Account/001x", "annual_revenue": "12", "title": None}
    assert contact().to_native(canonical) == {"FirstName": "Zoë", "AccountId": "001x", "Revenue": 12000, "Title": None}


def test_fields_not_in_the_row_are_absent_and_not_blank():
    assert contact().to_canonical({"Title": "CEO"}) == {"title": "CEO"}


def test_what_describe_does_not_show_is_dropped_and_reported_unless_optional():
    narrowed, missing = contact().narrowed({"FirstName", "AccountId", "CreatedDate"})
    assert missing == ("Revenue", "Title")
    assert set(narrowed.by_canonical) == {"first_name", "company_id", "created_at"}


def test_the_policy_overlays_the_map():
    overlaid = contact({"Contact": {"title": "Position__c", "website": "Site__c", "linkedin_url": ""}})
    assert overlaid.by_canonical["title"].native == "Position__c"
    assert overlaid.by_canonical["website"].type is FieldType.URL
    assert "linkedin_url" not in overlaid.by_canonical
    assert contact({"Contact": {"company_id": "Employer__c"}}).to_canonical({"Employer__c": "1"}) == {
        "company_id": "Account/1"
    }


@pytest.mark.parametrize("overlay", [{"Kontact": {"title": "x"}}, {"Contact": {"titel": "x"}}])
def test_an_overlay_of_unknown_things_names_the_known_ones(overlay):
    with pytest.raises(ConfigError) as caught:
        fieldmap.parse(TEXT, overlay)
    assert "Known: " in caught.value.hint


@pytest.mark.parametrize(
    "wrong", [{"created_at": "2026-01-01T00:00:00Z"}, {"nonsense": "x"}, {"company_id": "Lead/1"}, {"company_id": "1"}]
)
def test_what_cannot_be_written_says_so(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        contact().to_native(wrong)


STORED = (
    StoredId("contacts", "sf_contact", "salesforce", "Contact"),
    StoredId("contacts", "sf_lead", "salesforce", "Lead"),
)


def test_stored_ids_become_whole_refs_and_back():
    row = {"sf_contact": " 003A ", "sf_lead": "00QB"}
    canonical = fieldmap.foreign_ids(row, STORED)
    assert canonical == "salesforce:Contact/003A;salesforce:Lead/00QB"
    assert fieldmap.foreign_ids_to_native(canonical, STORED) == {"sf_contact": "003A", "sf_lead": "00QB"}
    assert fieldmap.foreign_ids({"sf_contact": "", "sf_lead": None}, STORED) is None
    assert fieldmap.foreign_ids_to_native(None, STORED) == {"sf_contact": None, "sf_lead": None}


@pytest.mark.parametrize("wrong", ["salesforce:Account/1", "salesforce:Lead/1;salesforce:Lead/2"])
def test_a_foreign_id_without_a_field_of_its_own_is_refused(wrong):
    with pytest.raises(ValueError, match="id"):
        fieldmap.foreign_ids_to_native(wrong, STORED)
