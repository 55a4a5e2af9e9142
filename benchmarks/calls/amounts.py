"""How much there is to read: the amounts of the benchmark, and the world that has about as many."""

from __future__ import annotations

import json
from pathlib import Path

PEOPLE = 150_000
"""Everybody is in both systems: 100,000 as contacts of Salesforce, 50,000 as its leads; HubSpot calls both contacts."""

WORLD = {
    # Faults are for the checks; here they would only make the amounts uneven.
    "faults": "none",
    "hard_negatives": 0.0,
    "company_people": 4.1,
    "from_leads": 0.0,
    "activities": 1.04,
    "lives": {
        "hs:subscriber": 0,
        "hs:lead": 0,
        "hs:recycled": 0,
        "hs:rejected": 0,
        "lead:lead": 0.060,
        "lead:mql": 0.100,
        "lead:sal": 0.060,
        "lead:sql": 0.060,
        "lead:recycled": 0.030,
        "lead:rejected": 0.023,
        "contact:sql": 0.547,
        "contact:opportunity": 0.050,
        "contact:customer": 0.050,
        "contact:lost": 0.020,
    },
    # What is counted is calls: waiting for HubSpot's limit a second would only make the counting longer.
    "hubspot": {"switches": {"limits": False}},
}

SALESFORCE = ("Contact", "Lead", "Account", "Opportunity", "Task", "Event")
HUBSPOT = ("contacts", "companies", "deals", "calls", "emails", "meetings", "notes", "tasks")
"""The objects of the amounts; activities are several objects in both systems."""


def write(path: Path) -> Path:
    """The world as a file for `trueup twin serve --world` (JSON is YAML)."""
    path.write_text(json.dumps(WORLD), "utf-8")
    return path
