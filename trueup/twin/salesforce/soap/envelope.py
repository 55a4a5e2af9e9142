"""SOAP envelopes: read by local name (clients differ in prefixes), written as the real service writes them.

Answers have the default namespace `urn:partner.soap.sforce.com` and no prefixes below the body, because clients look
for literal tag names. Faults carry the prefix `sf`. [rec grouparoo/*] [ss login.py, util.py]
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax import saxutils

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PARTNER = "urn:partner.soap.sforce.com"
ENTERPRISE = "urn:enterprise.soap.sforce.com"
_QUOTES = {"'": "&apos;", '"': "&quot;"}
NIL = object()
"""Stands for an element with xsi:nil."""

Tree = Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Request:
    """The verb, its element, and the session id of the header."""

    verb: str
    element: ET.Element
    session_id: str | None
    headers: dict[str, ET.Element]
    enterprise: bool = False


class BadEnvelope(Exception):
    """The body is no SOAP envelope."""


def local(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def xsi_type(element: ET.Element) -> str | None:
    """The local part of an xsi:type attribute."""
    found = element.get(f"{_XSI}type")
    return None if found is None else found.rpartition(":")[2]


def is_nil(element: ET.Element) -> bool:
    """Whether xsi:nil says that there is no value."""
    return element.get(f"{_XSI}nil", "").lower() in {"true", "1"}


def read(body: bytes) -> Request:
    """Read an envelope."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadEnvelope("a document type is not allowed")
    try:
        root = ET.fromstring(body.strip())
    except ET.ParseError as exc:
        raise BadEnvelope(str(exc)) from None
    parts = {local(child): child for child in root}
    verb = next(iter(parts.get("Body", ())), None)
    if local(root) != "Envelope" or verb is None:
        raise BadEnvelope("no Envelope with a Body")
    headers = {local(child): child for child in parts.get("Header", ())}
    session = headers.get("SessionHeader")
    token = next((c.text for c in session if local(c) == "sessionId"), None) if session is not None else None
    return Request(local(verb), verb, (token or "").strip() or None, headers)


def child_text(element: ET.Element) -> dict[str, str]:
    """The children of an element as texts by local name; nil ones are left out."""
    return {local(c): (c.text or "").strip() for c in element if not is_nil(c)}


def render(tree: Tree) -> str:
    """Write elements. A value may be text, a number, a bool, NIL, None (left out), or a list of further elements."""
    out = []
    for name, value in tree:
        if value is None:
            continue
        bare = name.split(" ", 1)[0]
        if value is NIL:
            out.append(f'<{name} xsi:nil="true"/>')
        elif isinstance(value, bool):
            out.append(f"<{name}>{'true' if value else 'false'}</{bare}>")
        elif isinstance(value, list):
            out.append(f"<{name}>{render(value)}</{bare}>")
        elif value == "":
            out.append(f"<{name}/>")
        else:
            out.append(f"<{name}>{_text(str(value))}</{bare}>")
    return "".join(out)


def envelope(body: Tree, usage: tuple[int, int] | None = None, extra: str = "", namespace: str = PARTNER) -> bytes:
    """Write an answer; `usage` puts the API numbers into a LimitInfoHeader."""
    header = ""
    if usage is not None:
        rows = [("current", usage[0]), ("limit", usage[1]), ("type", "API REQUESTS")]
        header = f"<soapenv:Header>{render([('LimitInfoHeader', [('limitInfo', rows)])])}</soapenv:Header>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" '
        f'xmlns="{namespace}"{extra} xmlns:xsi="{_XSI[1:-1]}">'
        f"{header}<soapenv:Body>{render(body)}</soapenv:Body></soapenv:Envelope>"
    ).encode()


_FAULTS = {
    "INVALID_LOGIN": "LoginFault",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "LoginFault",
    "INVALID_OPERATION": "LoginFault",
    "PASSWORD_LOCKOUT": "LoginFault",
    "LOGIN_DURING_RESTRICTED_TIME": "LoginFault",
    "ORG_LOCKED": "LoginFault",
    "LOGIN_RATE_EXCEEDED": "LoginFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "INVALID_FIELD": "InvalidFieldFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "INVALID_SOBJECT": "InvalidSObjectFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "INVALID_ID_FIELD": "InvalidIdFault",
}


def _text(value: str) -> str:
    """Write text; quotes are escaped too. [live org, by the test of node-salesforce-connection]"""
    return saxutils.escape(value, _QUOTES)


def client_fault(message: str) -> bytes:
    """Write the fault of a request that the XML reader refuses: no code of the API's own, no detail."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}"><soapenv:Body>'
        f"<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>{_text(message)}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault(code: str, message: str, dialect: str = "partner") -> bytes:
    """Write a fault. [reference 1.5, 2.1]"""
    kind = _FAULTS.get(code, "UnexpectedErrorFault")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" '
        f'xmlns:sf="urn:fault.{dialect}.soap.sforce.com" xmlns:xsi="{_XSI[1:-1]}"><soapenv:Body>'
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode>"
        f"<faultstring>{_text(f'{code}: {message}')}</faultstring><detail>"
        f'<sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{_text(message)}</sf:exceptionMessage></sf:{kind}></detail></soapenv:Fault>"
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()
