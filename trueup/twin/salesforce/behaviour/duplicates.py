"""Duplicate rules: alert (can be saved with a header) or block. Off unless the org's switches define some.

[reference 12.1; the key really is misspelled `duplicateResut`]
"""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row


def check(org: Org, actor: Actor, made: SObject, new: Row, old: Row | None) -> None:
    """Refuse a record that looks like another, unless the caller may and wants to save it all the same."""
    rule: dict[str, Any] | None = org.switches["duplicate_rules"].get(made.name)
    if not rule:
        return
    fields = list(rule.get("match", ["Email"]))
    if any(new.get(f) is None for f in fields) or (old is not None and all(old.get(f) == new.get(f) for f in fields)):
        return
    allow = bool(rule.get("allow_save", True))
    header = actor.options.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")
    if allow and "allowsave=true" in header:
        return
    where = " AND ".join(f'"{f}" = ?' for f in fields) + ' AND "IsDeleted" = 0'
    rows = [
        r for r in org.store.find(made.name, where, [new[f] for f in fields]) if old is None or r["Id"] != old["Id"]
    ]
    if not rows:
        return
    message = str(rule.get("message", "Use one of these records?"))
    matches = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {"type": made.name, "url": f"/services/data/v59.0/sobjects/{made.name}/{r['Id']}"},
                "Id": r["Id"],
            },
        }
        for r in rows
    ]
    raise ApiError(
        "DUPLICATES_DETECTED",
        message,
        extra={
            "duplicateResut": {
                "allowSave": allow,
                "duplicateRule": rule.get("rule", f"Standard_{made.name}_Duplicate_Rule"),
                "duplicateRuleEntityType": made.name,
                "errorMessage": message,
                "matchResults": [
                    {
                        "entityType": made.name,
                        "errors": [],
                        "matchEngine": "ExactMatchEngine",
                        "matchRecords": matches,
                        "rule": rule.get("match_rule", f"Standard_{made.name}_Match_Rule_v1_1"),
                        "size": len(rows),
                        "success": True,
                    }
                ],
            }
        },
    )
