"""Fields that the org keeps by itself: names, stages, closing, parents of activities, one primary contact role."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..metadata.schema import FORECAST_NAMES
from ..org import Actor, Org
from ..store import Row, full_name
from ..values import parse_datetime, print_datetime
from . import activity, files, products, service
from .numbering import next_number

Before = Callable[[Org, Row | None, Row, Row], None]


def before(org: Org, made: SObject, old: Row | None, new: Row, given: Row) -> None:
    """Bring derived fields up to date in `new`, before the checks and the save."""
    rule = _BEFORE.get(made.name)
    if rule is not None:
        rule(org, old, new, given)


def after(org: Org, actor: Actor, made: SObject, old: Row | None, new: Row) -> None:
    """Do what follows a save in other records."""
    if made.name in {"Task", "Event"}:
        activity.moved(org, old, new)
    _catalogue(org, actor, made.name, old, new)
    if made.name == "OpportunityContactRole" and new.get("IsPrimary") and not (old and old.get("IsPrimary")):
        others = org.store.find(
            made.name, '"OpportunityId" = ? AND "IsPrimary" = 1 AND "Id" <> ?', (new["OpportunityId"], new["Id"])
        )
        for row in others:
            org.store.update(made.name, row, {"IsPrimary": 0, "SystemModstamp": org.stamp()})
    if made.name == "Opportunity" and old is None and new.get("ContactId"):
        from . import save

        save.insert(
            org,
            actor,
            org.schema.objects["OpportunityContactRole"],
            {"OpportunityId": new["Id"], "ContactId": new["ContactId"], "IsPrimary": 1},
        )
    if made.name == "Campaign" and old is None:
        target = org.schema.objects["CampaignMemberStatus"]
        from . import save

        for k, (label, responded) in enumerate((("Sent", 0), ("Responded", 1))):
            save.insert(
                org,
                actor,
                target,
                {
                    "CampaignId": new["Id"],
                    "Label": label,
                    "SortOrder": k + 1,
                    "IsDefault": int(k == 0),
                    "HasResponded": responded,
                },
            )


def _catalogue(org: Org, actor: Actor, name: str, old: Row | None, new: Row) -> None:
    """What follows a save of products, prices and files."""
    if name == "OpportunityLineItem":
        products.lines_moved(org, actor, new)
    elif name == "PricebookEntry":
        products.entry_saved(org, old, new)
    elif name == "Product2":
        products.product_saved(org, old, new)
    elif name == "ContentVersion":
        files.version_saved(org, actor, new)
    elif name == "ContentDocument":
        files.document_saved(org, old, new)


def _person(org: Org, old: Row | None, new: Row, given: Row) -> None:
    del org, old, given
    new["Name"] = full_name(new.get("FirstName"), new.get("LastName"))


def _lead(org: Org, old: Row | None, new: Row, given: Row) -> None:
    _person(org, old, new, given)
    if "Status" in given and not new.get("IsConverted") and org.switches["converted_status_by_update_refused"]:
        status = org.schema.lead_status(str(new.get("Status") or ""))
        if status and status.get("converted") and (old is None or old.get("Status") != new.get("Status")):
            raise ApiError("INVALID_STATUS", f"invalid status: {new['Status']}", fields=["Status"])


def _opportunity(org: Org, old: Row | None, new: Row, given: Row) -> None:
    products.deal(old, new, given)
    stage_moved = old is None or old.get("StageName") != new.get("StageName")
    stage = org.schema.stage(new.get("StageName"))
    if stage_moved and new.get("StageName") is not None:
        if stage is None:
            defaults: dict[str, Any] = {
                "probability": org.switches["unknown_stage_probability"],
                "category": "Pipeline",
                "closed": False,
                "won": False,
            }
        else:
            defaults = stage
            new["StageName"] = stage["value"]
        if given.get("Probability") is None:
            new["Probability"] = float(defaults["probability"])
        if given.get("ForecastCategoryName") is None:
            new["ForecastCategoryName"] = FORECAST_NAMES.get(str(defaults["category"]), str(defaults["category"]))
        new["IsClosed"], new["IsWon"] = int(bool(defaults["closed"])), int(bool(defaults["won"]))
        if old is not None:
            new["LastStageChangeDate"] = org.stamp()
    if old is None:
        new["PushCount"] = 0
    elif (new.get("CloseDate") or "")[:7] > (old.get("CloseDate") or "9")[:7]:  # into a later month
        new["PushCount"] = int(old.get("PushCount") or 0) + 1
    by_name = {name: category for category, name in FORECAST_NAMES.items()}
    new["ForecastCategory"] = by_name.get(
        str(new.get("ForecastCategoryName")), new.get("ForecastCategory") or "Pipeline"
    )
    amount, probability = new.get("Amount"), new.get("Probability")
    new["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0) / 100, 2)
    if new.get("CloseDate"):
        year, month = int(new["CloseDate"][:4]), int(new["CloseDate"][5:7])
        new["FiscalYear"], new["FiscalQuarter"] = year, (month + 2) // 3
        new["Fiscal"] = f"{year} {new['FiscalQuarter']}"


def _related_account(org: Org, new: Row) -> None:
    what, who = new.get("WhatId"), new.get("WhoId")
    account = None
    if what and what.startswith("001"):
        account = what
    elif what and what.startswith("006"):
        account = (org.store.get("Opportunity", what) or {}).get("AccountId")
    elif what and what.startswith("500"):
        account = (org.store.get("Case", what) or {}).get("AccountId")
    elif who and who.startswith("003"):
        account = (org.store.get("Contact", who) or {}).get("AccountId")
    new["AccountId"] = account
    if who and who.startswith("00Q") and what:
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION",
            "Related To ID: activities of leads cannot be related to other records; "
            "the record cannot be associated with a lead",
            fields=["WhatId"],
        )


def _task(org: Org, old: Row | None, new: Row, given: Row) -> None:
    del given
    closed = str(new.get("Status") or "").lower() == "completed"
    was = bool(old and old.get("IsClosed"))
    new["IsClosed"] = int(closed)
    new["IsHighPriority"] = int(str(new.get("Priority") or "").lower() == "high")
    if closed and not was:
        new["CompletedDateTime"] = org.stamp()
    elif not closed:
        new["CompletedDateTime"] = None
    _related_account(org, new)


def _event(org: Org, old: Row | None, new: Row, given: Row) -> None:
    del old
    start = given.get("StartDateTime") or given.get("ActivityDateTime") or new.get("StartDateTime")
    end = given.get("EndDateTime")
    if new.get("IsAllDayEvent") and new.get("ActivityDate") and not start:
        start = f"{new['ActivityDate']}T00:00:00.000+0000"
        new["DurationInMinutes"] = new.get("DurationInMinutes") or 1440
    if start is None:
        raise ApiError(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [ActivityDateTime]", fields=["ActivityDateTime"]
        )
    begin = parse_datetime(start) or datetime(1970, 1, 1, tzinfo=UTC)
    if end is not None and given.get("DurationInMinutes") is None:
        minutes = int(((parse_datetime(end) or begin) - begin).total_seconds() // 60)
    elif given.get("DurationInMinutes") is not None:
        minutes = int(given["DurationInMinutes"])
    elif new.get("DurationInMinutes") is not None:
        minutes = int(new["DurationInMinutes"])
    else:
        raise ApiError(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [DurationInMinutes]", fields=["DurationInMinutes"]
        )
    if minutes < 0 or minutes > 14 * 1440:
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION",
            "Event duration can not be negative or more than 14 days",
            fields=["DurationInMinutes"],
        )
    new["StartDateTime"] = new["ActivityDateTime"] = start
    new["DurationInMinutes"] = minutes
    new["EndDateTime"] = print_datetime(begin + timedelta(minutes=minutes))
    new["ActivityDate"] = start[:10]
    new["EndDate"] = new["EndDateTime"][:10]
    _related_account(org, new)


def _member(org: Org, old: Row | None, new: Row, given: Row) -> None:
    del given
    lead, contact = new.get("LeadId"), new.get("ContactId")
    if old is None and not lead and not contact:
        raise ApiError(
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LeadId or ContactId]",
            fields=["LeadId", "ContactId"],
        )
    if old is None and not new.get("CampaignId"):  # two errors in one item, the first without fields [live-h]
        missing = ApiError("REQUIRED_FIELD_MISSING", "Required fields are missing: [CampaignId]", fields=["CampaignId"])
        text = "insufficient access rights on cross-reference id"
        raise ApiError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text, fields=[], more=[missing])
    column, person_id = ("ContactId", contact) if contact else ("LeadId", lead)
    if old is None:
        same = '"CampaignId" = ? AND "IsDeleted" = 0 AND ' + f'"{column}" = ?'
        if org.store.find("CampaignMember", same, (new.get("CampaignId"), person_id)):
            raise ApiError("DUPLICATE_VALUE", "Already a campaign member.", fields=[])
    kind = "Contact" if contact else "Lead"
    person = org.store.get(kind, str(person_id)) or {}
    new["LeadOrContactId"], new["Type"] = person_id, kind
    new["LeadOrContactOwnerId"] = person.get("OwnerId")
    for name in ("Name", "FirstName", "LastName", "Title", "Email"):
        new[name] = person.get(name)
    account = org.store.get("Account", str(person.get("AccountId"))) if person.get("AccountId") else None
    new["CompanyOrAccount"] = (account or {}).get("Name") if contact else person.get("Company")
    status = org.store.find(
        "CampaignMemberStatus", '"CampaignId" = ? AND "Label" = ?', (new.get("CampaignId"), new.get("Status"))
    )
    responded = bool(status and status[0]["HasResponded"])
    if responded and not new.get("HasResponded"):
        new["FirstRespondedDate"] = org.today()
    new["HasResponded"] = int(responded)


_CONTACT_PARTS = {"ContactPhone": "Phone", "ContactMobile": "MobilePhone", "ContactEmail": "Email", "ContactFax": "Fax"}


def _case(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Numbers count on, closing follows the status, the account follows the contact where none is given."""
    if old is None:
        new["CaseNumber"] = f"{next_number(org, 'Case.CaseNumber', 1000):08d}"
    closed = str(new.get("Status") or "").lower() == "closed"
    if closed and not (old and old.get("IsClosed")):
        new["ClosedDate"] = org.stamp()
    elif not closed:
        new["ClosedDate"] = None
    new["IsClosed"] = int(closed)
    contact = org.store.get("Contact", str(new["ContactId"])) if new.get("ContactId") else None
    for name, source in _CONTACT_PARTS.items():
        new[name] = (contact or {}).get(source)
    if contact is not None and new.get("AccountId") is None and "AccountId" not in given:
        new["AccountId"] = contact.get("AccountId")


def _attachment(org: Org, old: Row | None, new: Row, given: Row) -> None:
    del org, old, given
    body = str(new.get("Body") or "")
    new["BodyLength"] = len(base64.b64decode(body)) if body else 0


def _document(org: Org, old: Row | None, new: Row, given: Row) -> None:
    _attachment(org, old, new, given)
    service.developer_name(new)


def _user(org: Org, old: Row | None, new: Row, given: Row) -> None:
    _person(org, old, new, given)
    if old is None:
        new["ProfileId"] = new.get("ProfileId") or org.store.find("Profile")[0]["Id"]


_BEFORE: dict[str, Before] = {
    "Lead": _lead,
    "Contact": _person,
    "User": _user,
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
    "CampaignMember": _member,
    "Case": _case,
    "Attachment": _attachment,
    "Document": _document,
    "Contract": service.contract,
    "Asset": service.asset,
    "PermissionSetAssignment": service.assignment,
    "PricebookEntry": products.entry,
    "OpportunityLineItem": products.line,
    "ContentVersion": files.version,
    "ContentDocumentLink": files.link,
    "ApexEmailNotification": files.notification,
}
