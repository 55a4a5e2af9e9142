"""convertLead(): a lead becomes an account, a contact and perhaps an opportunity. [reference 10.2]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..errors import ApiError
from ..ids import canonical
from ..org import Actor, Org
from ..store import Row
from . import conversions, duplicates, history, owners, save

_TO_CONTACT = {
    "FirstName": "FirstName",
    "LastName": "LastName",
    "Salutation": "Salutation",
    "Title": "Title",
    "Email": "Email",
    "Phone": "Phone",
    "MobilePhone": "MobilePhone",
    "Fax": "Fax",
    "LeadSource": "LeadSource",
    "Description": "Description",
    "HasOptedOutOfEmail": "HasOptedOutOfEmail",
    "HasOptedOutOfFax": "HasOptedOutOfFax",
    "DoNotCall": "DoNotCall",
    "Street": "MailingStreet",
    "City": "MailingCity",
    "State": "MailingState",
    "PostalCode": "MailingPostalCode",
    "Country": "MailingCountry",
}
_TO_ACCOUNT = {
    "Company": "Name",
    "Website": "Website",
    "Phone": "Phone",
    "Fax": "Fax",
    "Industry": "Industry",
    "AnnualRevenue": "AnnualRevenue",
    "NumberOfEmployees": "NumberOfEmployees",
    "Rating": "Rating",
    "LeadSource": "AccountSource",
    "Street": "BillingStreet",
    "City": "BillingCity",
    "State": "BillingState",
    "PostalCode": "BillingPostalCode",
    "Country": "BillingCountry",
}


@dataclass(frozen=True, slots=True)
class Converted:
    """Where a lead went."""

    lead_id: str
    account_id: str
    contact_id: str
    opportunity_id: str | None
    person_account_id: str | None = None


def convert(org: Org, actor: Actor, asked: Mapping[str, str]) -> Converted:
    """Convert one lead as a LeadConvert structure asks."""
    schema = org.schema
    leads, contacts = schema.objects["Lead"], schema.objects["Contact"]
    lead = save.locate(org, actor, leads, asked.get("leadId", ""))
    if lead["IsConverted"]:
        raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    status = schema.lead_status(asked.get("convertedStatus", ""))
    if status is None or not status.get("converted"):
        raise ApiError("INVALID_STATUS", f"invalid convertedStatus: {asked.get('convertedStatus')}", fields=[])
    if asked.get("contactId") and not asked.get("accountId"):
        raise ApiError("REQUIRED_FIELD_MISSING", "accountId is required when contactId is given", fields=["accountId"])
    no_deal = asked.get("doNotCreateOpportunity", "false").lower() == "true"
    if (no_deal and (asked.get("opportunityName") or asked.get("opportunityId"))) or (
        asked.get("opportunityName") and asked.get("opportunityId")
    ):
        raise ApiError(
            "INVALID_FIELD", "opportunityName, opportunityId and doNotCreateOpportunity exclude each other", fields=[]
        )
    owner = canonical(asked.get("ownerId", "")) or str(lead["OwnerId"])
    if owner.startswith("00G"):
        raise ApiError(
            "REQUIRED_FIELD_MISSING", "ownerId is required: the lead is owned by a queue", fields=["ownerId"]
        )
    if asked.get("ownerId"):
        owners.check_new(org, leads, owner)
    related = conversions.related(org, actor, asked)
    given = asked.get("accountId")
    if given is None and related is None and not lead.get("Company"):
        given = conversions.new_person(org, actor, lead, owner)
    account_id = _target(org, actor, "Account", given, lead, _TO_ACCOUNT, {"OwnerId": owner})
    contact_id = conversions.person_contact(org, actor, related or account_id, lead)
    if contact_id is None:
        contact_id = _target(
            org,
            actor,
            "Contact",
            asked.get("contactId"),
            lead,
            _carry_custom(leads, contacts),
            {"OwnerId": owner, "AccountId": account_id},
        )
    if asked.get("contactId") and asked.get("overwriteLeadSource", "false").lower() == "true":
        row = org.store.get("Contact", contact_id) or {}
        save.change(org, actor, contacts, row, {"LeadSource": lead["LeadSource"]}, checked=False)
    deal_id = None if no_deal else _deal(org, actor, asked, lead, account_id, contact_id, owner)
    _move(org, str(lead["Id"]), contact_id, deal_id)
    now = org.store.get("Lead", str(lead["Id"])) or lead
    value = schema.objects["Lead"].by_name["status"].choices[schema.lead_statuses.index(status)].value
    save.change(
        org,
        actor,
        leads,
        now,
        {
            "IsConverted": 1,
            "ConvertedDate": org.today(),
            "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id,
            "ConvertedOpportunityId": deal_id,
            "Status": value,
            "IsUnreadByOwner": 0,
        },
        checked=False,
    )
    history.note(org, actor, leads, str(lead["Id"]), "leadConverted", None, None, "Text")
    return Converted(str(lead["Id"]), account_id, contact_id, deal_id, related)


def _carry_custom(leads: Any, contacts: Any) -> dict[str, str]:
    """Standard mapping, plus custom fields that both sides have under one name and that hold no unique key."""
    shared = {
        f.name: f.name
        for f in leads.fields
        if f.custom and contacts.get(f.name) is not None and not f.unique and not contacts.get(f.name).unique
    }
    return {**_TO_CONTACT, **shared}


def _target(
    org: Org, actor: Actor, sobject: str, given: str | None, lead: Row, mapping: Mapping[str, str], more: Row
) -> str:
    made = org.schema.objects[sobject]
    values: Row = {to: lead.get(source) for source, to in mapping.items() if lead.get(source) is not None}
    if not given:
        if org.switches["duplicate_rules_on_conversion"]:
            duplicates.check(org, actor, made, {**values, **more}, None)
        return save.insert(org, actor, made, {**values, **more}, checked=False)
    row = save.locate(org, actor, made, given)
    if sobject == "Contact" and row.get("AccountId") not in {None, more["AccountId"]}:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", "the contact belongs to another account", fields=[])
    empty = {name: value for name, value in values.items() if row.get(name) is None}
    if row.get("IsPersonAccount"):  # the person's own fields are filled by the person's part of it
        empty.pop("Name", None)
    if sobject == "Contact" and row.get("AccountId") is None:
        empty["AccountId"] = more["AccountId"]
    if empty:
        save.change(org, actor, made, row, empty, checked=False)
    return str(row["Id"])


def _deal(
    org: Org, actor: Actor, asked: Mapping[str, str], lead: Row, account_id: str, contact_id: str, owner: str
) -> str:
    made = org.schema.objects["Opportunity"]
    if asked.get("opportunityId"):
        row = save.locate(org, actor, made, asked["opportunityId"])
        if row.get("AccountId") is None:
            save.change(org, actor, made, row, {"AccountId": account_id}, checked=False)
        deal_id = str(row["Id"])
        roles = org.schema.objects["OpportunityContactRole"]
        save.insert(org, actor, roles, {"OpportunityId": deal_id, "ContactId": contact_id}, checked=False)
        return deal_id
    return save.insert(
        org,
        actor,
        made,
        {
            "Name": (asked.get("opportunityName") or f"{lead['Company'] or lead['Name']}-")[:80],
            "AccountId": account_id,
            "OwnerId": owner,
            "StageName": org.schema.stages[0]["value"],
            "CloseDate": quarter_end(date.fromisoformat(org.today())).isoformat(),
            "LeadSource": lead.get("LeadSource"),
            "ContactId": contact_id,
        },
        checked=False,
    )


def quarter_end(day: date) -> date:
    """The last day of a day's fiscal quarter. [unverified: the close date of converted opportunities]"""
    month = (day.month - 1) // 3 * 3 + 4
    first = date(day.year + (month > 12), (month - 1) % 12 + 1, 1)
    return first - timedelta(days=1)


def _move(org: Org, lead_id: str, contact_id: str, deal_id: str | None) -> None:
    """Activities and campaign memberships go over to the contact."""
    for name in ("Task", "Event"):
        target = org.schema.objects[name]
        for row in org.store.find(name, '"WhoId" = ? AND "IsDeleted" = 0', (lead_id,)):
            account = (org.store.get("Contact", contact_id) or {}).get("AccountId")
            save.touch(
                org, target, row, {"WhoId": contact_id, "WhatId": deal_id or row.get("WhatId"), "AccountId": account}
            )
    members = org.schema.objects["CampaignMember"]
    for row in org.store.find("CampaignMember", '"LeadId" = ? AND "IsDeleted" = 0', (lead_id,)):
        there = org.store.find(
            "CampaignMember", '"CampaignId" = ? AND "ContactId" = ?', (row["CampaignId"], contact_id)
        )
        if not there:
            save.touch(org, members, row, {"ContactId": contact_id, "LeadOrContactId": contact_id, "Type": "Contact"})
