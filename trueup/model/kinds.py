"""The common types (kinds) and their canonical fields: the one vocabulary that both CRMs are translated into.

A canonical value is text or None, whatever the CRM's own spelling was, so that two systems can be compared column by
column and a journal can be read by a person:

| type     | canonical text                                                                        |
|----------|---------------------------------------------------------------------------------------|
| TEXT, EMAIL, PHONE, URL, CHOICE, REF | as the CRM has it, surrounding white space removed        |
| NUMBER   | plain decimal without exponent or trailing zeros: `15000`, `0.25`                     |
| BOOLEAN  | `true` or `false`                                                                     |
| DATE     | `2026-05-06`                                                                          |
| DATETIME | `2026-05-06T12:00:00Z`, UTC; a fraction only when it is not zero: `…00.417Z`          |
| CHOICES, REFS | parts joined by `;`, sorted, without blanks                                       |

None is "empty in the CRM". A field that was not pulled, or that we may not see, is absent from the mapping.
A REF holds `object/id` within the same system (`Account/001…`); a foreign id holds a whole ref (`system:object/id`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a record is, whichever CRM holds it."""

    PERSON = "person"
    COMPANY = "company"
    DEAL = "deal"
    ACTIVITY = "activity"
    OWNER = "owner"
    CAMPAIGN = "campaign"


class FieldType(StrEnum):
    """How a canonical value is spelled and compared."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REF = "ref"
    REFS = "refs"


@dataclass(frozen=True, slots=True)
class CanonicalField:
    """A field of a kind, in our words."""

    name: str
    type: FieldType
    label: str


def _fields(*rows: tuple[str, FieldType, str]) -> Mapping[str, CanonicalField]:
    return MappingProxyType({name: CanonicalField(name, type_, label) for name, type_, label in rows})


_T = FieldType

_PLACE = (
    ("street", _T.TEXT, "Street"),
    ("city", _T.TEXT, "City"),
    ("state", _T.TEXT, "State or region"),
    ("postcode", _T.TEXT, "Postal code"),
    ("country", _T.TEXT, "Country"),
)

_COMMON = (
    ("owner_id", _T.REF, "Owner"),
    ("foreign_ids", _T.REFS, "Id of the same record in the other system, as the CRM stores it"),
    ("created_at", _T.DATETIME, "Created"),
    ("record_source", _T.TEXT, "Where the record came from, as the CRM says"),
)

FIELDS: Mapping[Kind, Mapping[str, CanonicalField]] = MappingProxyType(
    {
        Kind.PERSON: _fields(
            ("first_name", _T.TEXT, "First name"),
            ("last_name", _T.TEXT, "Last name"),
            ("salutation", _T.TEXT, "Salutation"),
            ("title", _T.TEXT, "Job title"),
            ("email", _T.EMAIL, "E-mail"),
            ("other_emails", _T.CHOICES, "Other e-mails"),
            ("phone", _T.PHONE, "Phone"),
            ("mobile", _T.PHONE, "Mobile phone"),
            ("company_name", _T.TEXT, "Company name as written on the person"),
            ("company_id", _T.REF, "Company"),
            ("website", _T.URL, "Website"),
            ("linkedin_url", _T.URL, "LinkedIn URL"),
            *_PLACE,
            ("industry", _T.CHOICE, "Industry"),
            ("employee_count", _T.NUMBER, "Employees"),
            ("annual_revenue", _T.NUMBER, "Annual revenue"),
            ("original_source", _T.CHOICE, "Original source"),
            ("lifecycle_stage", _T.CHOICE, "Lifecycle stage, in the system's own value"),
            ("lead_status", _T.CHOICE, "Lead status"),
            ("disqualified_reason", _T.CHOICE, "Why the lead was recycled or rejected"),
            ("email_opt_out", _T.BOOLEAN, "Opted out of e-mail"),
            ("converted", _T.BOOLEAN, "Lead was converted"),
            ("converted_person_id", _T.REF, "Contact made by the conversion"),
            ("converted_company_id", _T.REF, "Company of the conversion"),
            ("converted_deal_id", _T.REF, "Deal made by the conversion"),
            ("converted_at", _T.DATE, "Converted on"),
            ("last_activity_at", _T.DATETIME, "Last activity"),
            *_COMMON,
        ),
        Kind.COMPANY: _fields(
            ("name", _T.TEXT, "Name"),
            ("domain", _T.URL, "Web domain"),
            ("website", _T.URL, "Website"),
            ("phone", _T.PHONE, "Phone"),
            *_PLACE,
            ("industry", _T.CHOICE, "Industry"),
            ("employee_count", _T.NUMBER, "Employees"),
            ("annual_revenue", _T.NUMBER, "Annual revenue"),
            ("company_type", _T.CHOICE, "Type"),
            ("parent_id", _T.REF, "Parent company"),
            ("lifecycle_stage", _T.CHOICE, "Lifecycle stage, in the system's own value"),
            *_COMMON,
        ),
        Kind.DEAL: _fields(
            ("name", _T.TEXT, "Name"),
            ("stage", _T.CHOICE, "Stage, in the system's own value"),
            ("pipeline", _T.CHOICE, "Pipeline"),
            ("amount", _T.NUMBER, "Amount"),
            ("currency", _T.CHOICE, "Currency"),
            ("close_date", _T.DATE, "Close date"),
            ("probability", _T.NUMBER, "Probability, 0 to 1"),
            ("is_closed", _T.BOOLEAN, "Closed"),
            ("is_won", _T.BOOLEAN, "Won"),
            ("company_id", _T.REF, "Company"),
            ("deal_type", _T.CHOICE, "Type"),
            ("original_source", _T.CHOICE, "Original source"),
            *_COMMON,
        ),
        Kind.ACTIVITY: _fields(
            ("activity_type", _T.CHOICE, "call, email, meeting, note or task"),
            ("subject", _T.TEXT, "Subject"),
            ("body", _T.TEXT, "Body"),
            ("occurred_at", _T.DATETIME, "When it took place, or is due"),
            ("status", _T.CHOICE, "Status"),
            ("outcome", _T.CHOICE, "Outcome"),
            ("direction", _T.CHOICE, "inbound or outbound"),
            ("duration_s", _T.NUMBER, "Duration in seconds"),
            ("done", _T.BOOLEAN, "Took place (not merely planned)"),
            *_COMMON,
        ),
        Kind.OWNER: _fields(
            ("name", _T.TEXT, "Name"),
            ("email", _T.EMAIL, "E-mail"),
            ("active", _T.BOOLEAN, "Active"),
            ("owner_type", _T.CHOICE, "user or queue"),
            ("team", _T.TEXT, "Team or role"),
            ("created_at", _T.DATETIME, "Created"),
        ),
        Kind.CAMPAIGN: _fields(
            ("name", _T.TEXT, "Name"),
            ("status", _T.CHOICE, "Status"),
            ("starts_on", _T.DATE, "Start"),
            ("ends_on", _T.DATE, "End"),
            ("owner_id", _T.REF, "Owner"),
            ("created_at", _T.DATETIME, "Created"),
        ),
    }
)
