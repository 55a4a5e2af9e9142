"""Spells the world as Salesforce rows, with the habits of an org: national phone numbers, its own picklist values."""

from __future__ import annotations

import random
from typing import Any

from trueup.twin.world import words
from trueup.twin.world.dates import iso_date, salesforce_time
from trueup.twin.world.ids import Ids
from trueup.twin.world.parts import DEAL_CANONICAL, SF, Activity, Deal, Owner, Person, Rec, Unit

Row = dict[str, Any]
Rows = dict[str, list[Row]]

_FORECAST = {"Closed Won": "Closed", "Closed Lost": "Omitted", "Negotiation/Review": "MostLikely"}
_ADMIN_CREATED = "2021-03-01T09:00:00.000+0000"


class ToSalesforce:
    """Renders units; keeps what spans units (campaigns, the queue, roles)."""

    def __init__(self, ids: Ids, owners: list[Owner], total: int, end: int) -> None:
        self._ids, self._end = ids, end
        self._queue = ids.salesforce("Group")
        self._roles = {
            (o.region, o.role): ids.salesforce("UserRole") for o in {(o.region, o.role): o for o in owners}.values()
        }
        self._owners = owners
        self._creator = owners[0].sf_id
        self._campaigns = [ids.salesforce("Campaign") for _ in range(3 + min(40, total // 1000))]

    def head(self) -> Rows:
        """What exists before any customer does: roles, users, the queue, campaigns."""
        users = [
            {
                "Id": o.sf_id,
                "Username": o.email,
                "Email": o.email,
                "FirstName": o.first,
                "LastName": o.last,
                "Alias": (o.first[:1] + o.last[:6]).lower(),
                "CommunityNickname": o.email.split("@")[0],
                "IsActive": o.active,
                "UserType": "Standard",
                "UserRoleId": self._roles[o.region, o.role],
                "TimeZoneSidKey": "UTC",
                "LocaleSidKey": "en_US",
                "EmailEncodingKey": "UTF-8",
                "LanguageLocaleKey": "en_US",
                "Title": o.role,
                **self._audit(None),
            }
            for o in self._owners
        ]
        roles = [
            {
                "Id": id_,
                "Name": f"{role} {region}",
                "DeveloperName": f"{role}_{region}",
                "LastModifiedDate": _ADMIN_CREATED,
            }
            for (region, role), id_ in self._roles.items()
        ]
        queue = {"Id": self._queue, "Name": "Inbound", "DeveloperName": "Inbound", "Type": "Queue", **self._audit(None)}
        campaigns = [
            {
                "Id": id_,
                "Name": f"{words.CAMPAIGNS[n % len(words.CAMPAIGNS)]} {n + 1}",
                "Status": "Completed" if n else "In Progress",
                "IsActive": n == 0,
                "Type": "Webinar" if n % 2 else "Email",
                "StartDate": iso_date(self._end - (30 + n * 25) * 86_400),
                "EndDate": iso_date(self._end - (10 + n * 25) * 86_400),
                "OwnerId": self._creator,
                **self._audit(None),
            }
            for n, id_ in enumerate(self._campaigns)
        ]
        return {"UserRole": roles, "User": users, "Group": [queue], "Campaign": campaigns}

    def rows(self, unit: Unit, rng: random.Random) -> Rows:
        """Every Salesforce row of a unit."""
        out: Rows = {}
        for company in unit.companies:
            parent = company.parent.rec(SF) if company.parent else None
            for rec in company.recs:
                if rec.system == SF:
                    out.setdefault("Account", []).append(self._account(rec, parent, rng))
        for person in unit.people:
            for rec in person.recs:
                if rec.system == SF:
                    out.setdefault(rec.object, []).append(self._person(rec, rng))
                    if rec.object == "Lead":
                        out.setdefault("LeadHistory", []).extend(self._lead_history(rec))
                    if rng.random() < 0.15 and not rec.converted:
                        out.setdefault("CampaignMember", []).append(self._member(rec, rng))
            for activity in person.activities:
                if SF in activity.copies:
                    name, row = self._activity(activity, person)
                    out.setdefault(name, []).append(row)
        for rec in unit.extra:
            out.setdefault(rec.object, []).append(self._person(rec, rng))
        for deal in unit.deals:
            self._deal(deal, out)
        return out

    # -- records

    def _audit(self, rec: Rec | None, modified: int = 0) -> Row:
        if rec is None:
            return {"CreatedDate": _ADMIN_CREATED, "LastModifiedDate": _ADMIN_CREATED, "SystemModstamp": _ADMIN_CREATED}
        stamp = salesforce_time(max(modified, rec.modified, rec.created))
        by = rec.owner.sf_id if rec.owner else self._creator
        return {
            "CreatedDate": salesforce_time(rec.created),
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
            "CreatedById": by,
            "LastModifiedById": by,
        }

    def _owner(self, rec: Rec) -> str:
        if rec.queue:
            return self._queue
        return rec.owner.sf_id if rec.owner else self._creator

    def _account(self, rec: Rec, parent: Rec | None, rng: random.Random) -> Row:
        f = rec.f
        return {
            "Id": rec.id,
            "Name": f["name"],
            "Website": _website(f["website"], rng),
            "Phone": _phone(f["phone"], f["country"], rng),
            "BillingStreet": f["street"],
            "BillingCity": f["city"],
            "BillingState": f["state"],
            "BillingPostalCode": f["postcode"],
            "BillingCountry": f["country"],
            "Industry": f["industry"],
            "NumberOfEmployees": _int(f["employee_count"]),
            "AnnualRevenue": _float(f["annual_revenue"]),
            "ParentId": parent.id if parent else None,
            "OwnerId": self._owner(rec),
            "IsDeleted": False,
            "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
            **self._audit(rec),
        }

    def _person(self, rec: Rec, rng: random.Random) -> Row:
        f = rec.f
        email = f["email"]
        if email and rng.random() < 0.03:
            email = email[0].upper() + email[1:]
        prefix = "Mailing" if rec.object == "Contact" else ""
        source = f["original_source"]
        row: Row = {
            "Id": rec.id,
            "FirstName": f["first_name"],
            "LastName": f["last_name"],
            "Salutation": f["salutation"],
            "Title": f["title"],
            "Email": email,
            "Phone": _phone(f["phone"], f["country"], rng),
            "MobilePhone": _phone(f["mobile"], f["country"], rng),
            "LinkedIn_URL__c": f["linkedin_url"],
            f"{prefix}Street": f["street"],
            f"{prefix}City": f["city"],
            f"{prefix}State": f["state"],
            f"{prefix}PostalCode": f["postcode"],
            f"{prefix}Country": f["country"],
            "LeadSource": words.SOURCES[source][0] if source in words.SOURCES else source,
            "HasOptedOutOfEmail": f["email_opt_out"] == "true",
            "OwnerId": self._owner(rec),
            "IsDeleted": bool(rec.gone),
            "MasterRecordId": rec.merged_into or None,
            "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
            **self._audit(rec, max((at for at, _ in rec.events), default=0)),
        }
        if rec.object == "Contact":
            row["AccountId"] = rec.company.id if rec.company else None
            return row
        converted = rec.converted
        row |= {
            "Company": f["company_name"],
            "Website": _website(f["website"], rng),
            "Industry": f["industry"],
            "NumberOfEmployees": _int(f["employee_count"]),
            "AnnualRevenue": _float(f["annual_revenue"]),
            "Status": rec.stage,
            "Disqualified_Reason__c": f["disqualified_reason"],
            "IsConverted": converted is not None,
            "ConvertedDate": iso_date(rec.converted_at) if converted else None,
            "ConvertedContactId": converted.id if converted else None,
            "ConvertedAccountId": converted.company.id if converted and converted.company else None,
            "ConvertedOpportunityId": rec.converted_deal.id if rec.converted_deal else None,
        }
        return row

    def _lead_history(self, rec: Rec) -> list[Row]:
        by = rec.owner.sf_id if rec.owner else self._creator
        rows: list[Row] = []

        def add(at: int, field: str, old: str | None, new: str | None) -> None:
            rows.append(
                {
                    "Id": self._ids.salesforce("LeadHistory"),
                    "LeadId": rec.id,
                    "Field": field,
                    "OldValue": old,
                    "NewValue": new,
                    "DataType": "Text",
                    "CreatedById": by,
                    "CreatedDate": salesforce_time(at),
                    "IsDeleted": False,
                }
            )

        add(rec.created, "created", None, None)
        before = "Open - Not Contacted"
        for at, native in rec.events:
            add(at, "Status", before, native)
            before = native
        if rec.converted:
            add(rec.converted_at, "leadConverted", None, None)
        return rows

    def _member(self, rec: Rec, rng: random.Random) -> Row:
        responded = rng.random() < 0.3
        row = {
            "Id": self._ids.salesforce("CampaignMember"),
            "CampaignId": rng.choice(self._campaigns),
            "LeadId": None,
            "ContactId": None,
            "Status": "Responded" if responded else "Sent",
            "HasResponded": responded,
            **self._audit(rec),
        }
        row["LeadId" if rec.object == "Lead" else "ContactId"] = rec.id
        return row

    # -- deals and activities

    def _deal(self, deal: Deal, out: Rows) -> None:
        rec = deal.rec(SF)
        if rec is None:
            return
        stage = DEAL_CANONICAL[SF].get(str(rec.stage))
        amount = _float(rec.f["amount"])
        probability = float(str(rec.f["probability"])) * 100
        out.setdefault("Opportunity", []).append(
            {
                "Id": rec.id,
                "Name": rec.f["name"],
                "AccountId": rec.company.id if rec.company else None,
                "StageName": rec.stage,
                "CloseDate": rec.f["close_date"],
                "Amount": amount,
                "Probability": probability,
                "IsClosed": stage in ("won", "lost"),
                "IsWon": stage == "won",
                "ForecastCategory": _FORECAST.get(str(rec.stage), "Pipeline"),
                "LeadSource": words.SOURCES[str(rec.f["source"])][0],
                "OwnerId": self._owner(rec),
                "IsDeleted": False,
                "LastStageChangeDate": salesforce_time(rec.events[-1][0]),
                "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
                **self._audit(rec, rec.events[-1][0]),
            }
        )
        history = out.setdefault("OpportunityHistory", [])
        for at, native in rec.events:
            history.append(
                {
                    "Id": self._ids.salesforce("OpportunityHistory"),
                    "OpportunityId": rec.id,
                    "StageName": native,
                    "Amount": amount,
                    "CloseDate": rec.f["close_date"],
                    "Probability": probability if native == rec.stage else None,
                    "ForecastCategory": _FORECAST.get(native, "Pipeline"),
                    "CreatedById": self._owner(rec),
                    "CreatedDate": salesforce_time(at),
                    "SystemModstamp": salesforce_time(at),
                    "IsDeleted": False,
                }
            )
        for other, role, primary in deal.tied:
            if other.system == SF:
                out.setdefault("OpportunityContactRole", []).append(
                    {
                        "Id": self._ids.salesforce("OpportunityContactRole"),
                        "OpportunityId": rec.id,
                        "ContactId": other.id,
                        "Role": role,
                        "IsPrimary": primary,
                        "IsDeleted": False,
                        **self._audit(rec),
                    }
                )

    def _activity(self, activity: Activity, person: Person) -> tuple[str, Row]:
        rec = person.rec(SF)
        assert rec is not None
        deal = activity.deal.rec(SF) if activity.deal else None
        at = activity.at + activity.lag_s
        stamp = salesforce_time(min(at, self._end) if activity.done else self._end - 7200)
        lead = rec.object == "Lead"
        row: Row = {
            "Id": activity.copies[SF],
            "WhoId": rec.id,
            "WhatId": None if lead else deal.id if deal else rec.company.id if rec.company else None,
            "AccountId": None if lead or not rec.company else rec.company.id,
            "Subject": activity.subject,
            "OwnerId": activity.owner.sf_id,
            "IsDeleted": False,
            "CreatedDate": stamp,
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
            "CreatedById": activity.owner.sf_id,
            "LastModifiedById": activity.owner.sf_id,
        }
        if activity.type == "meeting":
            end = at + activity.duration_s
            row |= {
                "StartDateTime": salesforce_time(at),
                "EndDateTime": salesforce_time(end),
                "ActivityDateTime": salesforce_time(at),
                "ActivityDate": iso_date(at),
                "DurationInMinutes": activity.duration_s // 60,
            }
            return "Event", row
        subtype = {"call": "Call", "email": "Email"}.get(activity.type, "Task")
        row |= {
            "ActivityDate": iso_date(at),
            "Status": "Completed" if activity.done else "Not Started",
            "IsClosed": activity.done,
            "Priority": "Normal",
            "TaskSubtype": subtype,
            "Type": subtype if subtype != "Task" else "Other",
            "CompletedDateTime": salesforce_time(at) if activity.done else None,
            "CallType": ("Outbound" if activity.outbound else "Inbound") if subtype != "Task" else None,
            "CallDurationInSeconds": activity.duration_s if subtype == "Call" else None,
        }
        return "Task", row


def _phone(number: str | None, country: str | None, rng: random.Random) -> str | None:
    """Americans write numbers their way; the rest of the world with its code and some blanks."""
    if not number or not number.startswith("+") or not number[1:].isdigit():
        return number
    if number.startswith("+1") and len(number) == 12 and country in ("United States", "Canada"):
        style = rng.randrange(3)
        area, exchange, line = number[2:5], number[5:8], number[8:]
        return (f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", number)[style]
    return f"{number[:3]} {number[3:6]} {number[6:]}" if rng.random() < 0.4 else number


def _website(url: str | None, rng: random.Random) -> str | None:
    return url.removeprefix("https://") if url and rng.random() < 0.3 else url


def _int(text: str | None) -> int | None:
    return int(text) if text else None


def _float(text: str | None) -> float | None:
    return float(text) if text else None
