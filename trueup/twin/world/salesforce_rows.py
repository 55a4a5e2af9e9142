"""How an org spells what people type (phone numbers, sites, amounts), and its rows for activities."""

from __future__ import annotations

import random
from typing import Any

from trueup.twin.world.dates import iso_date, salesforce_time
from trueup.twin.world.parts import SF, Activity, Person

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def activity_row(activity: Activity, person: Person, end_of_world: int) -> tuple[str, Row]:
    """The object and the row of an activity's copy in Salesforce: a meeting is an Event, all else a Task."""
    rec = person.rec(SF)
    assert rec is not None
    deal = activity.deal.rec(SF) if activity.deal else None
    at = activity.at + activity.lag_s
    stamp = salesforce_time(min(at, end_of_world) if activity.done else end_of_world - 7200)
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


def phone(number: str | None, country: str | None, rng: random.Random) -> str | None:
    """Americans write numbers their way; the rest of the world with its code and some blanks."""
    if not number or not number.startswith("+") or not number[1:].isdigit():
        return number
    if number.startswith("+1") and len(number) == 12 and country in ("United States", "Canada"):
        style = rng.randrange(3)
        area, exchange, line = number[2:5], number[5:8], number[8:]
        return (f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", number)[style]
    return f"{number[:3]} {number[3:6]} {number[6:]}" if rng.random() < 0.4 else number


def website(url: str | None, rng: random.Random) -> str | None:
    """With its scheme or, as people write it, without."""
    return url.removeprefix("https://") if url and rng.random() < 0.3 else url


def whole(text: str | None) -> int | None:
    """A whole number, or nothing."""
    return int(text) if text else None


def number(text: str | None) -> float | None:
    """A number, or nothing."""
    return float(text) if text else None
