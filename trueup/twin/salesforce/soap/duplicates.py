"""Duplicate results as SOAP prints them."""

from __future__ import annotations

from typing import Any

Result = list[tuple[str, Any]]


def duplicate_result(found: dict[str, Any]) -> Result:
    """A duplicate result as SOAP prints it, with the ids of the matches. [reference 12.1]"""
    out: Result = [(k, found[k]) for k in ("allowSave", "duplicateRule", "duplicateRuleEntityType", "errorMessage")]
    for match in found["matchResults"]:
        records: Result = [
            (
                "matchRecords",
                [
                    ("matchConfidence", m["matchConfidence"]),
                    ("record", [("type", m["record"]["attributes"]["type"]), ("Id", m["record"]["Id"])]),
                ],
            )
            for m in match["matchRecords"]
        ]
        inner: Result = [("entityType", match["entityType"]), ("matchEngine", match["matchEngine"]), *records]
        inner += [("rule", match["rule"]), ("size", match["size"]), ("success", True)]
        out.append(("matchResults", inner))
    return out
