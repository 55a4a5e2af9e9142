"""The Metadata API, as far as clients need it to learn which lead statuses mean converted: reading one value set."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from ..errors import ApiError
from ..rest.call import Call
from .envelope import Request, local

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
Result = list[tuple[str, Any]]


def read_metadata(call: Call, request: Request) -> Result:
    """readMetadata() of StandardValueSet; names that do not exist come back as empty records."""
    texts = [(local(e), (e.text or "").strip()) for e in request.element]
    kind = next((t for name, t in texts if name in {"type", "metadataType"}), "")
    if kind != "StandardValueSet":
        raise ApiError(
            "INVALID_TYPE", f"This type of metadata is not available for this organization: {kind}", status=500
        )
    names = [t for name, t in texts if name == "fullNames"]
    return [("readMetadataResponse", [("result", [_value_set(call, name) for name in names])])]


def _value_set(call: Call, name: str) -> tuple[str, Any]:
    schema = call.org.schema
    flags: list[dict[str, Any]]
    if name == "LeadStatus":
        field = schema.objects["Lead"].by_name["status"]
        flags = [{"converted": bool(s.get("converted", s.get("is_converted", False)))} for s in schema.lead_statuses]
    elif name == "OpportunityStage":
        field = schema.objects["Opportunity"].by_name["stagename"]
        flags = [
            {
                "closed": bool(s["closed"]),
                "forecastCategory": s["category"],
                "probability": int(s["probability"]),
                "won": bool(s["won"]),
            }
            for s in schema.stages
        ]
    else:
        return ('records xsi:nil="true"', "")
    values: Result = [
        ("standardValue", [("fullName", c.value), ("default", c.default), ("label", c.label), *extra.items()])
        for c, extra in zip(field.choices, flags, strict=True)
    ]
    return ('records xsi:type="StandardValueSet"', [("fullName", name), ("sorted", False), *values])


VERBS = {"readMetadata": read_metadata}


def serves(element: ET.Element) -> bool:
    """Whether a call's element belongs to this API."""
    return element.tag.startswith(f"{{{NAMESPACE}}}")
