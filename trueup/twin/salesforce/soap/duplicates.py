"""findDuplicates() and its kin, and duplicate results as SOAP prints them. [reference 10.3, 12.1]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from ..behaviour.duplicates import find, wants_details
from ..errors import ApiError, bad_reference
from ..ids import canonical
from ..metadata.model import SObject
from ..rest.call import Call
from ..rules import clean
from ..store import Row
from .envelope import Request
from .records import Style, object_of, record

Result = list[tuple[str, Any]]
_MOST = 50


def duplicate_result(found: dict[str, Any], style: Style) -> Result:
    """A duplicate result as SOAP prints it, with the ids of the matches. [reference 12.1]"""
    out: Result = [(k, found[k]) for k in ("allowSave", "duplicateRule", "duplicateRuleEntityType", "errorMessage")]
    for match in found["matchResults"]:
        records: Result = [
            (
                "matchRecords",
                [
                    ("matchConfidence", m["matchConfidence"]),
                    (style.typed("record", m["record"]["attributes"]["type"]), style.sobject(m["record"])),
                ],
            )
            for m in match["matchRecords"]
        ]
        inner: Result = [("entityType", match["entityType"]), ("matchEngine", match["matchEngine"]), *records]
        inner += [("rule", match["rule"]), ("size", match["size"]), ("success", True)]
        out.append(("matchResults", inner))
    return out


def _result(call: Call, made: SObject, row: Row, own: str | None, style: Style) -> tuple[str, Any]:
    found = find(call.org, made, row, own, details=wants_details(call.actor))
    results = [("duplicateResults", duplicate_result(found, style))] if found else []
    return "result", [*results, ("success", True)]


def _refuse_many(count: int) -> None:
    if count > _MOST:
        text = f"record limit reached. cannot submit more than {_MOST} records into this call"
        raise ApiError("EXCEEDED_ID_LIMIT", text, status=500)


def find_duplicates(call: Call, request: Request) -> Result:
    """findDuplicates(): which records look like the given ones; saves nothing. At most 50."""
    elements = list(request.element)
    _refuse_many(len(elements))

    def one(element: ET.Element) -> tuple[str, Any]:
        kind, values = record(element)
        own = next((str(v) for k, v in values.items() if k.lower() == "id"), None)
        made = object_of(call, kind)
        row = clean(call.org, call.actor, made, {k: v for k, v in values.items() if k.lower() != "id"}, None)
        return _result(call, made, row, canonical(own or ""), Style(request.enterprise))

    return [("findDuplicatesResponse", [one(e) for e in elements])]


def find_duplicates_by_ids(call: Call, request: Request) -> Result:
    """findDuplicatesByIds(): the same for records that are there already."""
    ids = [(e.text or "").strip() for e in request.element]
    _refuse_many(len(ids))

    def one(text: str) -> tuple[str, Any]:
        full = canonical(text) or ""
        for made in call.org.schema.of_id(full):
            row = call.org.store.get(made.name, full)
            if row is not None and not row.get("IsDeleted"):
                return _result(call, made, row, full, Style(request.enterprise))
        raise bad_reference()

    return [("findDuplicatesByIdsResponse", [one(i) for i in ids])]


VERBS = {"findDuplicates": find_duplicates, "findDuplicatesByIds": find_duplicates_by_ids}
