"""The properties that HubSpot fills in by itself: on creation, and again when what they are computed from changes.

Pure functions from properties to properties; which of them a create or a PATCH answer shows follows from the recordings
named in reference 4.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.email_headers import correspondents
from trueup.twin.hubspot.pipelines import is_closed, long_decimal, probability
from trueup.twin.hubspot.timetext import iso, parse_ms

Props = dict[str, str]

_DAY_MS = 86_400_000
_TAGS = re.compile(r"<[^>]+>")
_SPACES = re.compile(r"\s+")

_NEW_CONTACT = {
    "hs_associated_target_accounts": "0",
    "hs_currently_enrolled_in_prospecting_agent": "false",
    "hs_is_contact": "true",
    "hs_is_unworked": "true",
    "hs_membership_has_accessed_private_content": "0",
    "hs_pipeline": "contacts-lifecycle-pipeline",
    "hs_prospecting_agent_actively_enrolled_count": "0",
    "hs_prospecting_agent_total_enrolled_count": "0",
    "hs_registered_member": "0",
    "hs_sequences_actively_enrolled_count": "0",
    "num_notes": "0",
}
_NEW_COMPANY = {
    "hs_annual_revenue_currency_code": "USD",
    "hs_num_blockers": "0",
    "hs_num_child_companies": "0",
    "hs_num_contacts_with_buying_roles": "0",
    "hs_num_decision_makers": "0",
    "hs_num_open_deals": "0",
    "hs_pipeline": "companies-lifecycle-pipeline",
    "num_associated_contacts": "0",
    "num_notes": "0",
}
_NEW_DEAL = {
    "hs_closed_amount": "0",
    "hs_closed_amount_in_home_currency": "0",
    "hs_closed_won_count": "0",
    "hs_deal_stage_probability_shadow": "0",
    "hs_is_closed_lost": "false",
    "hs_is_closed_won": "false",
    "hs_is_deal_split": "false",
    "hs_num_associated_active_deal_registrations": "0",
    "hs_num_of_associated_line_items": "0",
    "hs_num_target_accounts": "0",
    "hs_projected_amount": "0",
    "hs_projected_amount_in_home_currency": "0",
    "num_associated_contacts": "0",
    "num_notes": "0",
    "days_to_close": "0",
}
_NEW_TICKET = {"hs_is_closed": "false", "hs_num_associated_companies": "0", "num_notes": "0"}

HANDFUL = ("hs_object_source", "hs_object_source_id", "hs_object_source_label", "hs_pipeline", "lifecyclestage")
"""What every PATCH answer carries beside what was written."""

HANDFUL_CONTACT = ("hs_is_contact", "hs_is_unworked")


def on_create(object_name: str, record_id: int, props: Mapping[str, str], now: int, stage: str = "lead") -> Props:
    """What a new record gets once; `stage` is the account's default lifecycle stage."""
    out: Props = {}
    if object_name == "contacts":
        out = dict(_NEW_CONTACT)
        out["hs_all_contact_vids"] = str(record_id)
        out["lifecyclestage"] = stage
    elif object_name == "companies":
        out = dict(_NEW_COMPANY)
        out["lifecyclestage"] = stage
        if props.get("domain"):
            out["website"] = props["domain"]
    elif object_name == "deals":
        out = dict(_NEW_DEAL)
        out["hs_createdate"] = iso(now)
    elif object_name == "tickets":
        out = dict(_NEW_TICKET)
        out["hs_ticket_id"] = str(record_id)
        out["hs_pipeline"] = "0"
        out["hs_helpdesk_sort_timestamp"] = iso(now)
    elif object_name == "tasks":
        out = {
            "hs_obj_coords": f"0-27-{record_id}",
            "hs_task_family": "SALES",
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            "hs_task_priority": "NONE",
        }
    elif object_name == "meetings" and props.get("hs_meeting_start_time"):
        out["hs_timestamp"] = props["hs_meeting_start_time"]
    elif object_name == "calls":
        out["hs_call_status"] = "COMPLETED"
    elif object_name == "emails":
        out["hs_email_status"] = "SENT"
    return {name: value for name, value in out.items() if name not in props}


def derived(
    object_name: str, props: Mapping[str, str], created: int, now: int, stage: Mapping[str, Any] | None
) -> Props:
    """What follows from the other properties; "" for what follows no longer."""
    if object_name == "contacts":
        return _contact(props)
    if object_name == "companies":
        return {"hs_task_label": props.get("name") or props.get("domain", "")}
    if object_name == "deals":
        return _deal(props, created, stage)
    if object_name == "tickets":
        return _ticket(props, created, stage)
    if object_name == "tasks":
        return _task(props, now)
    body = _BODIES.get(object_name)
    out = _preview(props.get(body, "")) if body else {}
    return out | correspondents(props.get("hs_email_headers", "")) if object_name == "emails" else out


_BODIES = {
    "notes": "hs_note_body",
    "calls": "hs_call_body",
    "meetings": "hs_meeting_body",
    "communications": "hs_communication_body",
    "postal_mail": "hs_postal_mail_body",
    "emails": "hs_email_html",
}


def _contact(props: Mapping[str, str]) -> Props:
    email = props.get("email", "")
    name = " ".join(part for part in (props.get("firstname"), props.get("lastname")) if part)
    return {
        "hs_email_domain": email.rpartition("@")[2],
        "hs_full_name_or_email": name or email,
        "hs_searchable_calculated_phone_number": _digits(props.get("phone", "")),
        "hs_searchable_calculated_mobile_number": _digits(props.get("mobilephone", "")),
    }


def _digits(phone: str) -> str:
    """Area code and number only: the last ten digits of a longer number."""
    digits = re.sub(r"\D", "", phone)
    return digits[-10:]


def _deal(props: Mapping[str, str], created: int, stage: Mapping[str, Any] | None) -> Props:
    amount = props.get("amount", "")
    out: Props = {
        "amount_in_home_currency": amount,
        "hs_forecast_amount": amount,
    }
    if closed := parse_ms(props.get("closedate")):
        out["days_to_close"] = str(max((closed - created) // _DAY_MS, 0))
    if stage is None:
        return out
    share = probability(stage)
    done, won = is_closed(stage), is_closed(stage) and share == 1.0
    value = float(amount or 0)
    projected = long_decimal(value * share) if amount else "0"
    out |= {
        "hs_closed_amount": amount if won and amount else "0",
        "hs_closed_amount_in_home_currency": amount if won and amount else "0",
        "hs_closed_won_count": str(int(won)),
        "hs_closed_won_date": props.get("closedate", "") if won else "",
        "hs_deal_stage_probability": long_decimal(share),
        "hs_deal_stage_probability_shadow": long_decimal(share),
        "hs_is_closed": str(done).lower(),
        "hs_is_closed_lost": str(done and not won).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_is_open_count": str(int(not done)),
        "hs_open_amount_in_home_currency": "0" if done else amount or "0",
        "hs_projected_amount": projected,
        "hs_projected_amount_in_home_currency": projected,
        "hs_weighted_pipeline_in_company_currency": "0" if done else projected,
    }
    return out


def _ticket(props: Mapping[str, str], created: int, stage: Mapping[str, Any] | None) -> Props:
    """A ticket's time to close, in milliseconds, once it is closed. [U: help pages]"""
    closed = stage is not None and is_closed(stage)
    at = parse_ms(props.get("closed_date")) if closed else None
    return {"hs_is_closed": str(closed).lower(), "time_to_close": "" if at is None else str(max(at - created, 0))}


def _task(props: Mapping[str, str], now: int) -> Props:
    done = props.get("hs_task_status") == "COMPLETED"
    due = parse_ms(props.get("hs_timestamp"))
    past = due is not None and due < now
    return {
        "hs_task_is_completed": str(int(done)),
        "hs_task_is_overdue": str(past and not done).lower(),
        "hs_task_is_past_due_date": str(past).lower(),
        "hs_task_completion_date": (props.get("hs_task_completion_date") or iso(now)) if done else "",
        **_preview(props.get("hs_task_body", "")),
    }


def _preview(body: str) -> Props:
    text = _SPACES.sub(" ", _TAGS.sub(" ", body)).strip()
    return {
        "hs_body_preview": text[:300],
        "hs_body_preview_html": f"<html><body>{body[:1000]}</body></html>" if body else "",
        "hs_body_preview_is_truncated": str(len(text) > 300).lower() if body else "",
    }
