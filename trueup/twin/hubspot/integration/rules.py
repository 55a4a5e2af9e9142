"""What the native Salesforce integration maps, and which side's word counts for each field (reference 14.2, 14.3).

Pure decisions: what two values become, given the rule and which of them changed since both were last seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """The four rules of a field mapping."""

    PREFER_SALESFORCE = "prefer_salesforce"
    ALWAYS_SALESFORCE = "always_salesforce"
    TWO_WAY = "two_way"
    DONT_SYNC = "dont_sync"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One mapped field: HubSpot's property, Salesforce's field, the rule."""

    prop: str
    field: str
    rule: Rule = Rule.PREFER_SALESFORCE


_PERSON = (
    Mapped("firstname", "FirstName"),
    Mapped("lastname", "LastName"),
    Mapped("email", "Email"),
    Mapped("phone", "Phone"),
    Mapped("mobilephone", "MobilePhone"),
    Mapped("jobtitle", "Title"),
    Mapped("salutation", "Salutation"),
)

DEFAULTS: Mapping[str, tuple[Mapped, ...]] = {
    "Lead": (
        *_PERSON,
        Mapped("company", "Company"),
        Mapped("address", "Street"),
        Mapped("city", "City"),
        Mapped("state", "State"),
        Mapped("zip", "PostalCode"),
        Mapped("country", "Country"),
        Mapped("website", "Website"),
    ),
    "Contact": (
        *_PERSON,
        Mapped("address", "MailingStreet"),
        Mapped("city", "MailingCity"),
        Mapped("state", "MailingState"),
        Mapped("zip", "MailingPostalCode"),
        Mapped("country", "MailingCountry"),
    ),
    "Account": (
        Mapped("name", "Name"),
        Mapped("phone", "Phone"),
        Mapped("website", "Website"),
        Mapped("address", "BillingStreet"),
        Mapped("city", "BillingCity"),
        Mapped("state", "BillingState"),
        Mapped("zip", "BillingPostalCode"),
        Mapped("country", "BillingCountry"),
    ),
    "Opportunity": (
        Mapped("dealname", "Name"),
        Mapped("amount", "Amount"),
        Mapped("closedate", "CloseDate"),
    ),
}
"""The mappings that an account begins with; the default rule is to prefer Salesforce unless it is blank."""

OBJECTS = {"Account": "companies", "Lead": "contacts", "Contact": "contacts", "Opportunity": "deals"}
"""Salesforce's object → HubSpot's, in the order in which they are synced."""
STORED_ID = {
    "Lead": "salesforceleadid",
    "Contact": "salesforcecontactid",
    "Account": "salesforceaccountid",
    "Opportunity": "hs_salesforceopportunityid",
}


def mappings(overlay: Mapping[str, str]) -> dict[str, tuple[Mapped, ...]]:
    """The mappings with the rules of a switch, keyed `Object.Field`; default ones can only be set to don't sync."""
    out = {}
    for name, listed in DEFAULTS.items():
        out[name] = tuple(
            Mapped(m.prop, m.field, Rule(overlay.get(f"{name}.{m.field}", overlay.get("*", m.rule)))) for m in listed
        )
    return out


def settle(
    rule: Rule, salesforce: str, hubspot: str, *, salesforce_changed: bool, hubspot_changed: bool
) -> tuple[str, str]:
    """What the two sides hold after a tick: Salesforce's value and HubSpot's.

    Rules apply to later changes, not backwards: with no change on either side nothing moves.
    """
    if salesforce == hubspot or rule is Rule.DONT_SYNC or not (salesforce_changed or hubspot_changed):
        return salesforce, hubspot
    if rule is Rule.ALWAYS_SALESFORCE:
        return salesforce, salesforce
    if rule is Rule.PREFER_SALESFORCE:
        return (salesforce, salesforce) if salesforce else (hubspot, hubspot)
    # Two-way: the latest change; Salesforce is polled, so a change on both sides in one tick is decided for it.
    return (salesforce, salesforce) if salesforce_changed else (hubspot, hubspot)


_STAGES = (
    (0.2, "appointmentscheduled"),
    (0.4, "qualifiedtobuy"),
    (0.6, "presentationscheduled"),
    (0.8, "decisionmakerboughtin"),
    (1.01, "contractsent"),
)


def deal_stage(record: Mapping[str, Any], mapped: Mapping[str, str]) -> dict[str, str]:
    """The deal stage of an opportunity: the one that the account maps its stage to, else by outcome and probability."""
    stage = mapped.get(str(record.get("StageName") or ""), "")
    if not stage and str(record.get("IsClosed")).lower() in {"true", "1"}:
        stage = "closedwon" if str(record.get("IsWon")).lower() in {"true", "1"} else "closedlost"
    if not stage:
        share = float(record.get("Probability") or 0) / 100
        stage = next(name for most, name in _STAGES if share <= most)
    return {"dealstage": stage}


def sync_error(message: str) -> str:
    """The category of the app's sync health page that a refusal of Salesforce falls under (reference 14.5)."""
    low = message.lower()
    words = (
        ("Duplicates", ("duplicate",)),
        ("Permissions", ("access", "permission", "entity is deleted", "not found")),
        ("Custom code", ("validation", "trigger", "flow", "apex")),
        ("Property values", ("required", "too long", "too_long", "too large", "invalid", "malformed", "picklist")),
        ("API limit", ("limit",)),
    )
    return next((category for category, marks in words if any(mark in low for mark in marks)), "Custom code")
