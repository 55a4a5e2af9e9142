"""Bulk 1.0 batches whose content is XML: sObjects in, results and records out. [doc api-asynch/XML batches]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from .v1text import NAMESPACE, BulkError

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def read_records(body: bytes) -> list[dict[str, Any]]:
    """Read an sObjects document; an element with xsi:nil empties its field, an empty one leaves it alone."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BulkError("InvalidBatch", "Failed to parse XML: a document type is not allowed")
    try:
        root = ET.fromstring(body)
    except ET.ParseError as exc:
        raise BulkError("InvalidBatch", f"Failed to parse XML: {exc}") from None
    if _name(root) != "sObjects":
        raise BulkError("InvalidBatch", "Failed to parse XML: the root element is not sObjects")
    return [_record(one) for one in root]


def _record(element: ET.Element) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for child in element:
        if len(child):
            inner = child[0] if len(child) == 1 and _name(child[0]) == "sObject" else child
            parent = _record(inner)
            kind = parent.pop("type", None)
            out[_name(child)] = {**parent, **({"attributes": {"type": kind}} if kind else {})}
        elif child.get(f"{{{_XSI}}}nil", "").lower() in {"true", "1"}:
            out[_name(child)] = None
        elif child.text:
            out[_name(child)] = child.text
    return out


def _element(name: str, value: Any, indent: str) -> str:
    if value is None:
        return f'{indent}<{name} xsi:nil="true"/>\n'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text.endswith(".000+0000"):
        text = text.removesuffix("+0000") + "Z"
    return f"{indent}<{name}>{escape(text)}</{name}>\n"


def results_as_xml(items: Sequence[dict[str, Any]]) -> bytes:
    """Print what became of each row."""
    out = []
    for item in items:
        rows = []
        for error in item["errors"]:
            inner = "".join(_element("fields", name, "   ") for name in error["fields"])
            inner += _element("message", error["message"], "   ") + _element("statusCode", error["statusCode"], "   ")
            rows.append(f"  <errors>\n{inner}  </errors>\n")
        if item["id"]:
            rows.append(_element("id", item["id"], "  "))
        rows += [_element(name, item[name], "  ") for name in ("success", "created")]
        out.append(f" <result>\n{''.join(rows)} </result>\n")
    return f'{_HEAD}<results\n   xmlns="{NAMESPACE}">\n{"".join(out)}</results>'.encode()


def records_to_xml(records: Sequence[dict[str, Any]]) -> bytes:
    """Print a query's records."""
    inner = "".join(f' <records xsi:type="sObject">\n{_fields(r, "  ")} </records>\n' for r in records)
    return f'{_HEAD}<queryResult xmlns="{NAMESPACE}" xmlns:xsi="{_XSI}">\n{inner}</queryResult>'.encode()


def _fields(record: dict[str, Any], indent: str) -> str:
    out = [_element("type", record["attributes"]["type"], indent)]
    if "Id" not in record:
        out.append(_element("Id", record["attributes"]["url"].rpartition("/")[2], indent))
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            out.append(f'{indent}<{name} xsi:type="sObject">\n{_fields(value, indent + " ")}{indent}</{name}>\n')
        else:
            out.append(_element(name, value, indent))
    return "".join(out)
