"""What is fixed about HubSpot's object types: names, type ids, which date moves, which types are tied to which."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.model.kinds import Kind

OBJECTS: Mapping[str, Kind] = {
    "owners": Kind.OWNER,
    "companies": Kind.COMPANY,
    "contacts": Kind.PERSON,
    "deals": Kind.DEAL,
    "calls": Kind.ACTIVITY,
    "emails": Kind.ACTIVITY,
    "meetings": Kind.ACTIVITY,
    "notes": Kind.ACTIVITY,
    "tasks": Kind.ACTIVITY,
}

ACTIVITIES: Mapping[str, str] = {
    "calls": "call",
    "emails": "email",
    "meetings": "meeting",
    "notes": "note",
    "tasks": "task",
}
"""Object → canonical activity type, which is also HubSpot's singular."""

SINGULAR: Mapping[str, str] = {"contacts": "contact", "companies": "company", "deals": "deal", **ACTIVITIES}

TYPE_IDS: Mapping[str, str] = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tasks": "0-27",
    "notes": "0-46",
    "meetings": "0-47",
    "calls": "0-48",
    "emails": "0-49",
}

MERGEABLE = frozenset({"contacts", "companies", "deals"})

STAGED: Mapping[str, str] = {"contacts": "lifecycle_stage", "companies": "lifecycle_stage"}
"""Objects whose stage HubSpot lets move forward only (reference 8.2)."""

HISTORY: Mapping[str, tuple[str, str, str]] = {
    "contacts:history": ("contacts", "lifecyclestage", "lifecycle_stage"),
    "deals:history": ("deals", "dealstage", "stage"),
}
"""Tie → the object, its property, and the canonical field that stage events are of."""

TIED_TO: Mapping[str, tuple[str, ...]] = {
    "deals": ("contacts", "companies"),
    **dict.fromkeys(ACTIVITIES, ("contacts", "companies", "deals")),
}
"""Objects from which associations are read, and to which."""

ASSOCIATION_IDS: Mapping[tuple[str, str], int] = {
    ("deals", "contacts"): 3,
    ("deals", "companies"): 341,
    ("calls", "contacts"): 194,
    ("calls", "companies"): 182,
    ("calls", "deals"): 206,
    ("emails", "contacts"): 198,
    ("emails", "companies"): 186,
    ("emails", "deals"): 210,
    ("meetings", "contacts"): 200,
    ("meetings", "companies"): 188,
    ("meetings", "deals"): 212,
    ("notes", "contacts"): 202,
    ("notes", "companies"): 190,
    ("notes", "deals"): 214,
    ("tasks", "contacts"): 204,
    ("tasks", "companies"): 192,
    ("tasks", "deals"): 216,
}
"""The unlabelled type of each pair (reference 10.3)."""

PRIMARY_IDS: Mapping[tuple[str, str], int] = {("deals", "companies"): 5}
"""The type that makes a company the primary one."""

PRIMARY = "Primary"


def modified_property(object: str) -> str:  # noqa: A002
    """The date that every edit moves. Contacts have the other name too, but searching it finds nothing useful."""
    return "lastmodifieddate" if object == "contacts" else "hs_lastmodifieddate"


def association_type(source: str, target: str) -> str:
    """The canonical name of a tie, `deal_person`."""
    return f"{OBJECTS[source].value}_{OBJECTS[target].value}"
