"""What the SOAP headers of a call ask for, as the REST headers of the same meaning. [reference 5.7, 10]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from .each import ALL_OR_NONE
from .envelope import child_text

Headers = Mapping[str, ET.Element]


def _given(headers: Headers, name: str) -> dict[str, str]:
    element = headers.get(name)
    return {} if element is None else child_text(element)


def actor_options(headers: Headers) -> dict[str, str]:
    """What goes with every write: duplicate rules, assignment rules, too long texts.

    Assignment rules run in SOAP only when a header asks for them; in REST they run by default. [doc api/headers]
    """
    rules = _given(headers, "DuplicateRuleHeader")
    out = {
        "sforce-duplicate-rule-header": "; ".join(
            f"{name}=true" for name in ("allowSave", "includeRecordDetails") if rules.get(name) == "true"
        )
    }
    assign = _given(headers, "AssignmentRuleHeader")
    wanted = "TRUE" if assign.get("useDefaultRule") == "true" else "FALSE"
    out["sforce-auto-assign"] = assign.get("assignmentRuleId") or wanted
    out["allow-field-truncation"] = _given(headers, "AllowFieldTruncationHeader").get("allowFieldTruncation", "false")
    return out


def call_headers(headers: Headers) -> dict[str, str]:
    """What shapes the answer: the size of pages, one transaction for all."""
    out: dict[str, str] = {}
    if size := _given(headers, "QueryOptions").get("batchSize"):
        out["sforce-query-options"] = f"batchSize={size}"
    if _given(headers, "AllOrNoneHeader").get("allOrNone") == "true":
        out[ALL_OR_NONE] = "true"
    return out
