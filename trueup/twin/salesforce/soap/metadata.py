"""The Metadata API, as far as clients need it to learn which lead statuses mean converted: values and fields."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from ..errors import ApiError
from ..org import API_USER_ID
from ..rest.call import Call
from ..values import print_datetime
from .envelope import Request, child_text, local

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
Result = list[tuple[str, Any]]


def read_metadata(call: Call, request: Request) -> Result:
    """readMetadata() of StandardValueSet and CustomField; names that do not exist come back as empty records."""
    texts = [(local(e), (e.text or "").strip()) for e in request.element]
    kind = next((t for name, t in texts if name in {"type", "metadataType"}), "")
    reader = _READERS.get(kind)
    if reader is None:
        raise ApiError(
            "INVALID_TYPE", f"This type of metadata is not available for this organization: {kind}", status=500
        )
    names = [t for name, t in texts if name == "fullNames"]
    return [("readMetadataResponse", [("result", [reader(call, name) for name in names])])]


_NONE: tuple[str, Any] = ('records xsi:nil="true"', "")
_WITH_VALUES = 37.0
"""Since v38 the values of standard picklists are told as StandardValueSet only. [doc api_meta/customfield]"""
_FIELD_TYPES = {
    "string": "Text",
    "textarea": "TextArea",
    "boolean": "Checkbox",
    "int": "Number",
    "double": "Number",
    "currency": "Currency",
    "percent": "Percent",
    "date": "Date",
    "datetime": "DateTime",
    "email": "Email",
    "phone": "Phone",
    "url": "Url",
    "picklist": "Picklist",
    "multipicklist": "MultiselectPicklist",
    "reference": "Lookup",
}


def _custom_field(call: Call, name: str) -> tuple[str, Any]:
    """One field, custom or standard, by `Object.Field`."""
    sobject, _, field_name = name.partition(".")
    made = call.access.sobject(sobject)
    found = call.access.field(made, field_name) if made is not None else None
    if made is None or found is None:
        return _NONE
    rows: Result = [("fullName", f"{made.name}.{found.name}")]
    if found.custom:
        rows += [("externalId", found.external_id), ("label", found.label)]
        if found.length:
            rows.append(("length", found.length))
    if found.choices and (found.custom or call.number <= _WITH_VALUES):
        values = [
            (
                "picklistValues",
                [("fullName", c.value), ("default", c.default), *_flags(call, made.name, found.name, c.value)],
            )
            for c in found.choices
        ]
        rows.append(("picklist", [*values, ("sorted", False)]))
    rows += [("trackHistory", found.name in call.org.switches["history_tracking"].get(made.name, ()))]
    if found.custom or found.choices:
        rows.append(("type", _FIELD_TYPES.get(found.type, "Text")))
    return 'records xsi:type="CustomField"', rows


def _flags(call: Call, sobject: str, field_name: str, value: str) -> Result:
    """What a picklist value of a status tells besides its name: clients that read texts take any text for true."""
    if (sobject, field_name) != ("Lead", "Status"):
        return []
    status = call.org.schema.lead_status(value) or {}
    return [("converted", True)] if status.get("converted", status.get("is_converted", False)) else []


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
        return _NONE
    values: Result = [
        ("standardValue", [("fullName", c.value), ("default", c.default), ("label", c.label), *extra.items()])
        for c, extra in zip(field.choices, flags, strict=True)
    ]
    return ('records xsi:type="StandardValueSet"', [("fullName", name), ("sorted", False), *values])


_READERS: dict[str, Callable[[Call, str], tuple[str, Any]]] = {
    "StandardValueSet": _value_set,
    "CustomField": _custom_field,
}


def list_metadata(call: Call, request: Request) -> Result:
    """listMetadata(): the names of what readMetadata reads, and of the objects."""
    rows: Result = []
    stamp = print_datetime(call.org.metadata_changed).replace("+0000", "Z")
    for query in request.element:
        kind = child_text(query).get("type", "") if local(query) == "queries" else ""
        for name, folder in _named(call, kind):
            by = ("Id", API_USER_ID), ("Name", (call.org.user(API_USER_ID) or {}).get("Name"))
            facts: Result = [(f"createdBy{k}", v) for k, v in by]
            facts += [("createdDate", stamp), ("fileName", f"{folder}/{name}"), ("fullName", name), ("id", "")]
            facts += [*((f"lastModifiedBy{k}", v) for k, v in by), ("lastModifiedDate", stamp)]
            facts += [("manageableState", "unmanaged"), ("namespacePrefix", ""), ("type", kind)]
            rows.append(("result", facts))
    return [("listMetadataResponse", rows)]


def _named(call: Call, kind: str) -> list[tuple[str, str]]:
    objects = [m for n in sorted(call.org.schema.objects) if (m := call.access.sobject(n)) is not None]
    if kind == "CustomObject":
        return [(made.name, "objects") for made in objects if "layoutable" in made.flags]
    if kind == "CustomField":
        return [(f"{m.name}.{f.name}", "objects") for m in objects for f in call.access.fields(m) if f.custom]
    return [(name, "standardValueSets") for name in ("LeadStatus", "OpportunityStage")] if kind in _READERS else []


def describe_metadata(call: Call, request: Request) -> Result:
    """describeMetadata(): the types that this org serves."""
    del call, request
    kinds = (("CustomObject", "objects", "object"), ("StandardValueSet", "standardValueSets", "standardValueSet"))
    rows: Result = []
    for name, folder, suffix in kinds:
        child: Result = [("childXmlNames", "CustomField")] if name == "CustomObject" else []
        facts = [("directoryName", folder), ("inFolder", False), ("metaFile", False), ("suffix", suffix)]
        rows.append(("metadataObjects", [*child, *facts, ("xmlName", name)]))
    tail: Result = [("organizationNamespace", ""), ("partialSaveAllowed", True), ("testRequired", False)]
    return [("describeMetadataResponse", [("result", [*rows, *tail])])]


VERBS = {
    "readMetadata": read_metadata,
    "listMetadata": list_metadata,
    "describeMetadata": describe_metadata,
}


def serves(element: ET.Element) -> bool:
    """Whether a call's element belongs to this API."""
    return element.tag.startswith(f"{{{NAMESPACE}}}")
