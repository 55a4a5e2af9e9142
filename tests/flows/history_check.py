"""A checker of histories that knows nothing of Trueup: it reads what two CRMs committed and what a journal recorded.

It is given the CRMs' own list of committed writes, photographs from before and after, the addresses and values that
somebody approved, and the journal's images; and says what was lost, what happened twice and what nobody asked for.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Write = Mapping[str, Any]

# What a CRM sets by itself when a record is written.
_OWN = re.compile(
    r"^(LastModified|SystemModstamp|CreatedBy|CreatedDate|LastActivityDate|Fiscal|Probability|ForecastCategory|Is(Won|Closed)$"
    r"|IsDeleted|MasterRecordId|LastStageChange|ExpectedRevenue|hs_|lastmodifieddate|updatedAt|hubspot_owner_assigneddate|days_to"
    r"|num_(associated|contacted|notes)|notes_last_"
    r"|(Hierarchy)?(NumberOf(Leads|ConvertedLeads|Contacts|Responses|Opportunities|WonOpportunities)|Amount(All|Won)Opportunities))"
)
_FOLLOWS = frozenset(
    {"LeadHistory", "ContactHistory", "AccountHistory", "OpportunityHistory", "OpportunityFieldHistory"}
)
"""Rows that a CRM writes by itself about a write."""


def twice(writes: Sequence[Write]) -> list[str]:
    """Creates, merges, conversions, ties and values that happened more than once."""
    found = []
    made: Counter[str] = Counter()
    merged: Counter[str] = Counter()
    values: Counter[str] = Counter()
    tied: dict[str, bool] = {}
    converted: Counter[str] = Counter()
    for write in writes:
        before, after = _flat(write["before"]), _flat(write["after"])
        place = f"{write['side']} {write['object']}"
        if write["object"] in _FOLLOWS:
            continue
        match write["action"]:
            case "create":
                made[f"{place} {_content(after)}"] += 1
            case "merge":
                for loser in _losers(write, before):
                    merged[f"{place} {loser}"] += 1
            case "associate":
                key = f"{place} {_content(after)} {write['id']}"
                if tied.get(key):
                    found.append(f"tied twice: {key}")
                tied[key] = True
            case "dissociate":
                tied[f"{place} {_content(before)} {write['id']}"] = False
            case "update":
                if after.get("IsConverted") and not before.get("IsConverted"):
                    converted[f"{place} {write['id']}"] += 1
                for field, value in after.items():
                    if not _OWN.match(field) and before.get(field) != value:
                        values[f"{place} {write['id']} {field} -> {value}"] += 1
    for what, counted in (("made", made), ("merged", merged), ("converted", converted), ("written", values)):
        found += [f"{what} {count} times: {key}" for key, count in counted.items() if count > 1]
    return found


def unasked(writes: Iterable[Write], asked: set[str]) -> list[str]:
    """Writes to records that nobody approved a change of; what a CRM does to others by itself aside.

    Whoever approved the conversion of a lead approved what Salesforce then does: it fills blanks of the account and the
    contact that the lead becomes. A campaign member shows its person's fields and follows the person.
    """
    writes = list(writes)
    asked = asked | {one for write in writes if str(write["id"]) in asked for one in _becomes(write)}
    return [
        f"{write['side']} {write['object']} {write['id']} {write['action']}"
        for write in writes
        if write["action"] == "update"
        and str(write["id"]) not in asked
        and not asked & _members_of(write)
        and any(
            not _OWN.match(field) and str(_flat(write["before"]).get(field)) not in asked and str(value) not in asked
            for field, value in _flat(write["after"]).items()
            if _flat(write["before"]).get(field) != value
        )
    ]


def _becomes(write: Write) -> list[str]:
    """The account and the contact that a converted lead became."""
    after = _flat(write["after"])
    return [str(after[field]) for field in ("ConvertedAccountId", "ConvertedContactId") if after.get(field)]


def _members_of(write: Write) -> set[str]:
    """The people whom a campaign member stands for; nobody, for any other object."""
    if write["object"] != "CampaignMember":
        return set()
    return {
        str(state[field])
        for state in (_flat(write["before"]), _flat(write["after"]))
        for field in ("LeadId", "ContactId")
        if state.get(field)
    }


def lost(writes: Iterable[Write], store: Path) -> list[str]:
    """Values that were overwritten and losers that were merged away without an image of them in the journal."""
    images: dict[str, str] = defaultdict(str)
    with sqlite3.connect(store) as connection:
        for ref, record in connection.execute("SELECT ref, record FROM images WHERE record IS NOT NULL"):
            images[ref.rpartition("/")[2]] += str(record)
    connection.close()
    found = []
    for write in writes:
        before, after = _flat(write["before"]), _flat(write["after"])
        if write["action"] == "merge":
            found += [f"no image of loser {one}" for one in _losers(write, before) if one not in images]
        elif write["action"] == "update" and write["object"] != "CampaignMember" and not after.get("IsConverted"):
            for field, value in before.items():
                if not _OWN.match(field) and after.get(field) != value and not _in(value, images[str(write["id"])]):
                    found.append(f"{write['side']} {write['object']} {write['id']} {field}: {value!r} is in no image")
    return found


def _in(value: Any, image: str) -> bool:
    text = json.dumps(value, ensure_ascii=False).strip('"')
    variants = {text, json.dumps(str(value)).strip('"'), text.removesuffix(".0"), text[:10]}
    return any(re.search(f'["/;]{re.escape(variant)}["T;]', image) for variant in variants if variant)


def _losers(write: Write, before: Mapping[str, Any]) -> list[str]:
    if "objectIdToMerge" in before:
        return [str(before["objectIdToMerge"]), str(before["primaryObjectId"])]
    return [str(write["id"])]


def _flat(row: Mapping[str, Any] | None) -> dict[str, Any]:
    flat = {**(row or {}), **((row or {}).get("properties") or {})}
    flat.pop("properties", None)
    return {name: value for name, value in flat.items() if value not in (None, "")}


def _content(row: Mapping[str, Any]) -> str:
    """What somebody put into a record, without its number and what the CRM adds."""
    kept = {k: v for k, v in row.items() if k not in ("id", "Id", "createdate", "createdAt") and not _OWN.match(k)}
    return json.dumps(kept, sort_keys=True, default=str)
