"""Duplicate rules: alert (can be saved with a header) or block. Off unless the org's switches define some.

[reference 12.1; the key really is misspelled `duplicateResut`]
"""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row
from ..text import one_of


def wants_details(actor: Actor) -> bool:
    """Whether the caller asks for the records that match, not their ids alone."""
    return "includerecorddetails=true" in _header(actor)


def _header(actor: Actor) -> str:
    return actor.options.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")


def find(org: Org, made: SObject, new: Row, own_id: str | None, *, details: bool = False) -> dict[str, Any] | None:
    """The duplicate result for a record that looks like another by its object's rule, or None."""
    rule: dict[str, Any] | None = org.switches["duplicate_rules"].get(made.name)
    if not rule:
        return None
    fields = list(rule.get("match", ["Email"]))
    if any(new.get(f) is None for f in fields):
        return None
    parts = [one_of(f'"{f}"', [str(new[f])]) for f in fields]
    where = " AND ".join([*(sql for sql, _ in parts), '"IsDeleted" = 0'])
    args = [value for _, values in parts for value in values]
    ids = [str(r["Id"]) for r in org.store.find(made.name, where, args) if r["Id"] != own_id]
    if not ids:
        return None
    matches = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": _shown(org, made, i, details),
        }
        for i in ids
    ]
    return {
        "allowSave": bool(rule.get("allow_save", True)),
        "duplicateRule": rule.get("rule", f"Standard_{made.name}_Duplicate_Rule"),
        "duplicateRuleEntityType": made.name,
        "errorMessage": str(rule.get("message", "Use one of these records?")),
        "matchResults": [
            {
                "entityType": made.name,
                "errors": [],
                "matchEngine": rule.get("engine", "ExactMatchEngine"),
                "matchRecords": matches,
                "rule": rule.get("match_rule", f"Standard_{made.name}_Match_Rule_v1_1"),
                "size": len(ids),
                "success": True,
            }
        ],
    }


_DETAILS = ("Name", "FirstName", "LastName", "Company", "Title", "Email", "Phone", "Website", "LastModifiedDate")


def _shown(org: Org, made: SObject, record_id: str, details: bool) -> dict[str, Any]:
    """One match: its id, and when details are asked for what tells people which record it is."""
    out: dict[str, Any] = {"attributes": _attributes(made.name, record_id), "Id": record_id}
    row = org.store.get(made.name, record_id) if details else None
    if row is None:
        return out
    out |= {name: row.get(name) for name in _DETAILS if made.get(name)}
    for link, parent in (("AccountId", "Account"), ("OwnerId", "User")):
        there = org.store.get(parent, str(row[link])) if row.get(link) else None
        if there is not None:
            shown = {"attributes": _attributes(parent, there["Id"]), "Id": there["Id"], "Name": there.get("Name")}
            out[link.removesuffix("Id")] = shown
    return out


def _attributes(sobject: str, record_id: str) -> dict[str, str]:
    return {"type": sobject, "url": f"/services/data/v59.0/sobjects/{sobject}/{record_id}"}


def check(org: Org, actor: Actor, made: SObject, new: Row, old: Row | None) -> None:
    """Refuse a record that looks like another, unless the caller may and wants to save it all the same."""
    rule: dict[str, Any] | None = org.switches["duplicate_rules"].get(made.name)
    if not rule:
        return
    if old is not None and all(old.get(f) == new.get(f) for f in rule.get("match", ["Email"])):
        return
    found = find(org, made, new, None if old is None else str(old["Id"]), details=wants_details(actor))
    if found is None or (found["allowSave"] and "allowsave=true" in _header(actor)):
        return
    raise ApiError("DUPLICATES_DETECTED", found["errorMessage"], extra={"duplicateResut": found})
