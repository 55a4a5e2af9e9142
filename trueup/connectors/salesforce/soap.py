"""The SOAP partner calls that have no REST equivalent: merge, convertLead, undelete (reference 10).

Envelopes are built and read with the standard library's XML, names matched by local name: clients and servers differ in
prefixes. The session id comes in when a request is sent, so that a renewed session makes a new envelope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

ENV = "http://schemas.xmlsoap.org/soap/envelope/"
PARTNER = "urn:partner.soap.sforce.com"
SOBJECT = "urn:sobject.partner.soap.sforce.com"

ET.register_namespace("soapenv", ENV)
ET.register_namespace("urn", PARTNER)
ET.register_namespace("sf", SOBJECT)

Envelope = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class SoapError:
    """One error of one result."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoapResult:
    """One result of a call: its own values by element name, and its errors."""

    success: bool
    values: Mapping[str, str]
    errors: tuple[SoapError, ...]


class SoapFault(Exception):
    """The whole call was refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def spelled(value: object) -> str:
    """A JSON value as SOAP spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _envelope(call: ET.Element) -> Envelope:
    def make(session_id: str) -> bytes:
        envelope = ET.Element(f"{{{ENV}}}Envelope")
        header = ET.SubElement(envelope, f"{{{ENV}}}Header")
        session = ET.SubElement(header, f"{{{PARTNER}}}SessionHeader")
        ET.SubElement(session, f"{{{PARTNER}}}sessionId").text = session_id
        ET.SubElement(envelope, f"{{{ENV}}}Body").append(call)
        text: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
        return text

    return make


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """Up to two losers into one survivor; `values` is what the survivor shall hold, as JSON values, None to clear."""

    object: str
    survivor: str
    losers: Sequence[str]
    values: Mapping[str, Any]


def merge(requests: Iterable[MergeRequest]) -> Envelope:
    """Values travel in masterRecord: an update before the merge would meet the duplicate rules (reference 10.1)."""
    call = ET.Element(f"{{{PARTNER}}}merge")
    for one in requests:
        request = ET.SubElement(call, f"{{{PARTNER}}}request")
        master = ET.SubElement(request, f"{{{PARTNER}}}masterRecord")
        ET.SubElement(master, f"{{{SOBJECT}}}type").text = one.object
        for name, value in one.values.items():
            if value is None:
                ET.SubElement(master, f"{{{SOBJECT}}}fieldsToNull").text = name
        ET.SubElement(master, f"{{{SOBJECT}}}Id").text = one.survivor
        for name, value in one.values.items():
            if value is not None:
                ET.SubElement(master, f"{{{SOBJECT}}}{name}").text = spelled(value)
        for loser in one.losers:
            ET.SubElement(request, f"{{{PARTNER}}}recordToMergeIds").text = loser
    return _envelope(call)


def convert_lead(converts: Iterable[Mapping[str, object]]) -> Envelope:
    """One `leadConverts` per mapping; elements that are None are left out."""
    call = ET.Element(f"{{{PARTNER}}}convertLead")
    for one in converts:
        convert = ET.SubElement(call, f"{{{PARTNER}}}leadConverts")
        for name, value in one.items():
            if value is not None:
                ET.SubElement(convert, f"{{{PARTNER}}}{name}").text = spelled(value)
    return _envelope(call)


def undelete(ids: Iterable[str]) -> Envelope:
    """Take records out of the recycle bin."""
    call = ET.Element(f"{{{PARTNER}}}undelete")
    for id_ in ids:
        ET.SubElement(call, f"{{{PARTNER}}}ids").text = id_
    return _envelope(call)


def results(body: bytes) -> tuple[SoapResult, ...]:
    """The results of an answer, in the order of the requests.

    Raises SoapFault when the call was refused, and ValueError when the body is cut off or no SOAP at all.
    """
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from None
    found = next((e for e in root.iter() if _local(e) == "Body"), None)
    if found is None or len(found) == 0:
        raise ValueError("no SOAP body")
    answer = found[0]
    if _local(answer) == "Fault":
        text = {_local(e): (e.text or "").strip() for e in answer.iter()}
        code = text.get("exceptionCode") or text.get("faultcode", "").rpartition(":")[2]
        message = text.get("exceptionMessage") or text.get("faultstring", "")
        raise SoapFault(code, message.removeprefix(f"{code}: "))
    return tuple(_result(e) for e in answer if _local(e) == "result")


def _result(element: ET.Element) -> SoapResult:
    values: dict[str, str] = {}
    errors = []
    for child in element:
        name = _local(child)
        if name == "errors":
            parts = [(_local(e), (e.text or "").strip()) for e in child]
            named = dict(parts)
            fields = tuple(text for part, text in parts if part == "fields" and text)
            errors.append(SoapError(named.get("statusCode", ""), named.get("message", ""), fields))
        elif child.text and child.text.strip():
            values.setdefault(name, child.text.strip())
    return SoapResult(values.get("success") == "true", values, tuple(errors))


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
