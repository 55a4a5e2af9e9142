"""Spells the world as Salesforce rows, with the habits of an org: national phone numbers, its own picklist values."""

from __future__ import annotations

import random

from trueup.twin.world import words
from trueup.twin.world.dates import iso_date, salesforce_time
from trueup.twin.world.ids import Ids
from trueup.twin.world.parts import DEAL_CANONICAL, SF, Deal, Owner, Rec, Unit
from trueup.twin.world.salesforce_org import Org
from trueup.twin.world.salesforce_rows import Row, Rows, activity_row, number, phone, website, whole

_FORECAST = {"Closed Won": "Closed", "Closed Lost": "Omitted", "Negotiation/Review": "MostLikely"}


class ToSalesforce:
    """Renders units, in an org that has its users, queue and campaigns already (`head`)."""

    def __init__(self, ids: Ids, owners: list[Owner], total: int, end: int) -> None:
        self._ids, self._end = ids, end
        self._org = Org(ids, owners, total, end)

    def head(self) -> Rows:
        """What exists before any customer does."""
        return self._org.rows()

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
                    name, row = activity_row(activity, person, self._end)
                    out.setdefault(name, []).append(row)
        for rec in unit.extra:
            out.setdefault(rec.object, []).append(self._person(rec, rng))
        for deal in unit.deals:
            self._deal(deal, out)
        return out

    # -- records

    def _account(self, rec: Rec, parent: Rec | None, rng: random.Random) -> Row:
        f = rec.f
        return {
            "Id": rec.id,
            "Name": f["name"],
            "Website": website(f["website"], rng),
            "Phone": phone(f["phone"], f["country"], rng),
            "BillingStreet": f["street"],
            "BillingCity": f["city"],
            "BillingState": f["state"],
            "BillingPostalCode": f["postcode"],
            "BillingCountry": f["country"],
            "Industry": f["industry"],
            "NumberOfEmployees": whole(f["employee_count"]),
            "AnnualRevenue": number(f["annual_revenue"]),
            "ParentId": parent.id if parent else None,
            "OwnerId": self._org.owner(rec),
            "IsDeleted": False,
            "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
            **self._org.audit(rec),
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
            "Phone": phone(f["phone"], f["country"], rng),
            "MobilePhone": phone(f["mobile"], f["country"], rng),
            "LinkedIn_URL__c": f["linkedin_url"],
            f"{prefix}Street": f["street"],
            f"{prefix}City": f["city"],
            f"{prefix}State": f["state"],
            f"{prefix}PostalCode": f["postcode"],
            f"{prefix}Country": f["country"],
            "LeadSource": words.SOURCES[source][0] if source in words.SOURCES else source,
            "HasOptedOutOfEmail": f["email_opt_out"] == "true",
            "OwnerId": self._org.owner(rec),
            "IsDeleted": bool(rec.gone),
            "MasterRecordId": rec.merged_into or None,
            "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
            **self._org.audit(rec, max((at for at, _ in rec.events), default=0)),
        }
        if rec.object == "Contact":
            row["AccountId"] = rec.company.id if rec.company else None
            return row
        converted = rec.converted
        row |= {
            "Company": f["company_name"],
            "Website": website(f["website"], rng),
            "Industry": f["industry"],
            "NumberOfEmployees": whole(f["employee_count"]),
            "AnnualRevenue": number(f["annual_revenue"]),
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
        by = rec.owner.sf_id if rec.owner else self._org.creator
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
            "CampaignId": rng.choice(self._org.campaigns),
            "LeadId": None,
            "ContactId": None,
            "Status": "Responded" if responded else "Sent",
            "HasResponded": responded,
            **self._org.audit(rec),
        }
        row["LeadId" if rec.object == "Lead" else "ContactId"] = rec.id
        return row

    # -- deals

    def _deal(self, deal: Deal, out: Rows) -> None:
        rec = deal.rec(SF)
        if rec is None:
            return
        stage = DEAL_CANONICAL[SF].get(str(rec.stage))
        amount = number(rec.f["amount"])
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
                "OwnerId": self._org.owner(rec),
                "IsDeleted": False,
                "LastStageChangeDate": salesforce_time(rec.events[-1][0]),
                "HubSpot_Id__c": rec.stored.get("HubSpot_Id__c"),
                **self._org.audit(rec, rec.events[-1][0]),
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
                    "CreatedById": self._org.owner(rec),
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
                        **self._org.audit(rec),
                    }
                )
