"""REST in XML, for those who ask by `Accept: application/xml` or a path that ends in `.xml`. [doc rest-api/intro_xml]

Lists are repeated elements, what is null is `xsi:nil`, a record's attributes are XML attributes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..errors import ApiError

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOTS: tuple[tuple[str, str, str], ...] = (
    (r"^(query|queryall)(/|$)", "QueryResult", ""),
    (r"^search(/|$)", "SearchResult", ""),
    (r"^recent(/|$)", "RecentlyViewed", "Record"),
    (r"^limits/recordcount", "RecordCount", ""),
    (r"^limits(/|$)", "LimitsSnapshot", ""),
    (r"^sobjects/?$", "DescribeGlobal", ""),
    (r"^sobjects/\w+/describe", "DescribeSObjectResult", ""),
    (r"^sobjects/\w+/deleted", "DeletedResult", ""),
    (r"^sobjects/\w+/updated", "UpdatedResult", ""),
    (r"^composite/sobjects", "Results", "Result"),
    (r"^/?$", "urls", ""),
)


def wanted(accept: str, path: str) -> bool:
    """Whether the caller wants XML and would not take JSON."""
    if path.rstrip("/").lower().endswith(".xml"):
        return True
    accept = accept.lower()
    return "application/xml" in accept and "json" not in accept and "*/*" not in accept


def write(body: Any, path: str, status: int) -> bytes:
    """Print an answer."""
    name, inner = _root(body, path, status)
    attributes = f' xmlns:xsi="{_XSI}"'
    if isinstance(body, list):
        text = f"<{name}{attributes}>{''.join(_element(inner, one) for one in body)}</{name}>"
    else:
        text = _element(name, body, attributes)
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _root(body: Any, path: str, status: int) -> tuple[str, str]:
    if status >= 300 and isinstance(body, list):
        return "Errors", "Error"
    if isinstance(body, dict) and {"id", "success"} <= set(body):
        return "Result", ""
    bare = re.sub(r"\.xml$", "", path.strip("/"), flags=re.IGNORECASE)
    for pattern, name, inner in _ROOTS:
        if re.match(pattern, bare, re.IGNORECASE):
            return name, inner
    if isinstance(body, dict) and isinstance(body.get("attributes"), dict):
        return str(body["attributes"].get("type", "Record")), ""
    found = re.match(r"^sobjects/(\w+)", bare)
    return (found.group(1) if found else "Result"), "Item"


def _element(name: str, value: Any, more: str = "") -> str:
    if value is None:
        return f'<{name}{more} xsi:nil="true"/>'
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, dict):
        own = value.get("attributes")
        if isinstance(own, dict):
            more += "".join(f" {k}={quoteattr(str(v))}" for k, v in own.items())
        parts = "".join(
            _element(_named(k), v) for k, v in value.items() if k != "attributes" or not isinstance(v, dict)
        )
        return f"<{name}{more}>{parts}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"<{name}{more}>{text}</{name}>"


def _named(key: str) -> str:
    return re.sub(r"[^\w.-]", "_", key)


def read(body: bytes) -> dict[str, Any]:
    """Read a record sent as XML: the children of the root, whatever its name."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ApiError("XML_PARSER_ERROR", "a document type is not allowed")
    try:
        return _record(ET.fromstring(body))
    except ET.ParseError as exc:
        raise ApiError("XML_PARSER_ERROR", f"Unexpected character or end of input: {exc}") from None


def _record(element: ET.Element) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for child in element:
        nil = child.get(f"{{{_XSI}}}nil", "").lower() in {"true", "1"}
        name = child.tag.rpartition("}")[2]
        out[name] = None if nil else _record(child) if len(child) else (child.text or "")
    return out
