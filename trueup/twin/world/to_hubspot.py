"""Spells the world as HubSpot rows: properties as text, ids of associations, versions of the lifecycle stage."""

from __future__ import annotations

from typing import Any

from trueup.twin.world import words
from trueup.twin.world.dates import hubspot_time
from trueup.twin.world.parts import DEAL_CANONICAL, HS, Activity, Deal, Owner, Person, Rec, Unit

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Ties = dict[tuple[str, str, int], list[tuple[str, str]]]

_CONTACT = {
    "first_name": "firstname",
    "last_name": "lastname",
    "salutation": "salutation",
    "title": "jobtitle",
    "email": "email",
    "other_emails": "hs_additional_emails",
    "phone": "phone",
    "mobile": "mobilephone",
    "company_name": "company",
    "website": "website",
    "linkedin_url": "hs_linkedin_url",
    "street": "address",
    "city": "city",
    "state": "state",
    "postcode": "zip",
    "country": "country",
    "industry": "industry",
    "employee_count": "numemployees",
    "annual_revenue": "annualrevenue",
    "disqualified_reason": "disqualified_reason",
    "email_opt_out": "hs_email_optout",
}
_COMPANY = {
    "name": "name",
    "domain": "domain",
    "website": "website",
    "phone": "phone",
    "street": "address",
    "city": "city",
    "state": "state",
    "postcode": "zip",
    "country": "country",
    "employee_count": "numberofemployees",
    "annual_revenue": "annualrevenue",
}
_LEAD_STATUS = {
    "marketingqualifiedlead": "OPEN",
    "77234958": "IN_PROGRESS",
    "salesqualifiedlead": "CONNECTED",
    "opportunity": "OPEN_DEAL",
    "77234959": "BAD_TIMING",
    "77234960": "UNQUALIFIED",
}
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"

# Type ids [reference/hubspot 10.3].
_TO_CONTACT = {"calls": 194, "emails": 198, "meetings": 200, "notes": 202, "tasks": 204}
_TO_COMPANY = {"calls": 182, "emails": 186, "meetings": 188, "notes": 190, "tasks": 192}
_TO_DEAL = {"calls": 206, "emails": 210, "meetings": 212, "notes": 214, "tasks": 216}


class ToHubSpot:
    """Renders units."""

    def __init__(self, owners: list[Owner], end: int) -> None:
        self._owners, self._end = owners, end

    def head(self) -> Rows:
        """The owners, deactivated ones too."""
        return {
            "owners": [
                {
                    "id": o.hs_id,
                    "email": o.email,
                    "type": "PERSON",
                    "firstName": o.first,
                    "lastName": o.last,
                    "userId": 9_000_000 + o.n,
                    "createdAt": "2021-03-01T09:00:00.000Z",
                    "updatedAt": "2021-03-01T09:00:00.000Z",
                    "archived": not o.active,
                    "teams": [{"id": str(500 + o.n % 4), "name": o.region, "primary": True}],
                }
                for o in self._owners
            ]
        }

    def rows(self, unit: Unit) -> tuple[Rows, Rows, Ties]:
        """Records by type, versions by type, associations by (from, to, type id)."""
        out: Rows = {}
        history: Rows = {}
        ties: Ties = {}
        dealt = {rec.company.id for deal in unit.deals for rec in deal.recs if rec.system == HS and rec.company}
        for company in unit.companies:
            parent = company.parent.rec(HS) if company.parent else None
            for rec in company.recs:
                if rec.system == HS:
                    out.setdefault("companies", []).append(self._company(rec, parent, rec.id in dealt))
                    if parent:
                        ties.setdefault(("companies", "companies", 14), []).append((rec.id, parent.id))
        for person in unit.people:
            for rec in person.recs:
                if rec.system == HS:
                    out.setdefault("contacts", []).append(self._contact(rec, person))
                    history.setdefault("contacts", []).extend(_versions(rec))
                    if rec.company:
                        ties.setdefault(("contacts", "companies", 1), []).append((rec.id, rec.company.id))
            for activity in person.activities:
                if HS in activity.copies:
                    self._activity(activity, person, out, ties)
        for deal in unit.deals:
            self._deal(deal, out, history, ties)
        return out, history, ties

    def _envelope(self, rec: Rec, props: Row, *later: int) -> Row:
        updated = max(rec.created, rec.modified, *later) if later else max(rec.created, rec.modified)
        for name, value in rec.stored.items():
            props[name] = value
        if rec.owner:
            props["hubspot_owner_id"] = rec.owner.hs_id
        return {
            "id": rec.id,
            "properties": {k: v for k, v in props.items() if v is not None},
            "createdAt": hubspot_time(rec.created),
            "updatedAt": hubspot_time(updated),
            "archived": False,
        }

    def _contact(self, rec: Rec, person: Person) -> Row:
        props: Row = {native: rec.f.get(name) for name, native in _CONTACT.items()}
        source = rec.f["original_source"]
        props["hs_analytics_source"] = words.SOURCES[source][1] if source in words.SOURCES else source
        props["lifecyclestage"] = rec.stage
        props["hs_lead_status"] = _LEAD_STATUS.get(str(rec.stage))
        props["hs_pipeline"] = "contacts-lifecycle-pipeline"
        props["hs_object_source"] = "INTEGRATION" if rec.stored else "CRM_UI"
        if rec.company:
            props["associatedcompanyid"] = rec.company.id
        for native, at in rec.stamps.items():
            props[f"hs_lifecyclestage_{native}_date"] = hubspot_time(at)
        props |= _present_stage(rec)
        contacted = [
            a.at for a in person.activities if a.done and HS in a.copies and a.type in ("call", "email", "meeting")
        ]
        if contacted and rec is person.rec(HS):
            props["notes_last_contacted"] = hubspot_time(max(contacted))
        return self._envelope(rec, props, *(at for at, _ in rec.events), *(at for at, _, _ in rec.echo))

    def _company(self, rec: Rec, parent: Rec | None, dealt: bool) -> Row:
        props: Row = {native: rec.f.get(name) for name, native in _COMPANY.items()}
        industry = rec.f["industry"]
        props["industry"] = words.HUBSPOT_INDUSTRY.get(str(industry), industry)
        props["lifecyclestage"] = "opportunity" if dealt else "lead"
        props["hs_pipeline"] = "companies-lifecycle-pipeline"
        if parent:
            props["hs_parent_company_id"] = parent.id
        return self._envelope(rec, props)

    def _deal(self, deal: Deal, out: Rows, history: Rows, ties: Ties) -> None:
        rec = deal.rec(HS)
        if rec is None:
            return
        stage = DEAL_CANONICAL[HS].get(str(rec.stage))
        won, lost = stage == "won", stage == "lost"
        props: Row = {
            "dealname": rec.f["name"],
            "amount": rec.f["amount"],
            "closedate": f"{rec.f['close_date']}T00:00:00.000Z",
            "pipeline": "default",
            "dealstage": rec.stage,
            "hs_deal_stage_probability": rec.f["probability"],
            "hs_is_closed": "true" if won or lost else "false",
            "hs_is_closed_won": "true" if won else "false",
            "hs_is_closed_lost": "true" if lost else "false",
            "deal_currency_code": "USD",
            **_present_stage(rec),
        }
        out.setdefault("deals", []).append(self._envelope(rec, props, *(at for at, _ in rec.events)))
        history.setdefault("deals", []).extend(
            {
                "id": rec.id,
                "property": "dealstage",
                "value": native,
                "timestamp": hubspot_time(at),
                "source_type": "CRM_UI",
                "source_id": "",
            }
            for at, native in rec.events
        )
        if rec.company:
            ties.setdefault(("deals", "companies", 5), []).append((rec.id, rec.company.id))
        for other, _role, _primary in deal.tied:
            if other.system == HS:
                ties.setdefault(("deals", "contacts", 3), []).append((rec.id, other.id))

    def _activity(self, activity: Activity, person: Person, out: Rows, ties: Ties) -> None:
        rec = person.rec(HS)
        assert rec is not None
        name, id_ = f"{activity.type}s", activity.copies[HS]
        at = hubspot_time(activity.at)
        props: Row = {"hs_timestamp": at, "hubspot_owner_id": activity.owner.hs_id}
        match activity.type:
            case "call":
                props |= {
                    "hs_call_title": activity.subject,
                    "hs_call_direction": "OUTBOUND" if activity.outbound else "INBOUND",
                    "hs_call_status": "COMPLETED",
                    "hs_call_duration": str(activity.duration_s * 1000),
                    "hs_call_disposition": _CONNECTED,
                }
            case "email":
                props |= {
                    "hs_email_subject": activity.subject,
                    "hs_email_status": "SENT",
                    "hs_email_direction": "EMAIL" if activity.outbound else "INCOMING_EMAIL",
                }
            case "meeting":
                props |= {
                    "hs_meeting_title": activity.subject,
                    "hs_meeting_start_time": at,
                    "hs_meeting_end_time": hubspot_time(activity.at + activity.duration_s),
                    "hs_meeting_outcome": "COMPLETED" if activity.done else "SCHEDULED",
                }
            case "note":
                props["hs_note_body"] = activity.subject
            case _:
                props |= {
                    "hs_task_subject": activity.subject,
                    "hs_task_type": "TODO",
                    "hs_task_status": "COMPLETED" if activity.done else "NOT_STARTED",
                }
        stamp = hubspot_time(activity.at + 60) if activity.done else hubspot_time(self._end - 7200)
        out.setdefault(name, []).append(
            {"id": id_, "properties": props, "createdAt": stamp, "updatedAt": stamp, "archived": False}
        )
        ties.setdefault((name, "contacts", _TO_CONTACT[name]), []).append((id_, rec.id))
        if rec.company:
            ties.setdefault((name, "companies", _TO_COMPANY[name]), []).append((id_, rec.company.id))
        deal = activity.deal.rec(HS) if activity.deal else None
        if deal:
            ties.setdefault((name, "deals", _TO_DEAL[name]), []).append((id_, deal.id))


def _present_stage(rec: Rec) -> Row:
    """When the present stage was entered, which accounts of 2026 keep beside the date per stage (reference 8.3)."""
    if not rec.events or not rec.stage:
        return {}
    at = hubspot_time(max(at for at, _ in rec.events))
    return {"hs_v2_date_entered_current_stage": at, "hs_v2_time_in_current_stage": at}


def _versions(rec: Rec) -> list[Row]:
    """Stage versions; one alone is left out when it is the record's birth, which HubSpot makes up by itself."""
    rows: list[Row] = []
    if rec.events != [(rec.created, rec.stage)]:
        rows = [
            {
                "id": rec.id,
                "property": "lifecyclestage",
                "value": native,
                "timestamp": hubspot_time(at),
                "source_type": "CRM_UI" if n else "INTEGRATION",
                "source_id": "",
            }
            for n, (at, native) in enumerate(rec.events)
        ]
    rows += [
        {
            "id": rec.id,
            "property": "jobtitle",
            "value": value,
            "timestamp": hubspot_time(at),
            "source_type": source,
            "source_id": "",
        }
        for at, value, source in rec.echo
    ]
    return rows
