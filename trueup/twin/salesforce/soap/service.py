"""The SOAP endpoint: envelope in, session checked, verb done, envelope or fault out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping

from ..errors import ApiError, ExpiredSession
from ..oauth import OAuth
from ..org import Actor
from ..rest.call import Answer, Call
from . import metadata
from .envelope import BadEnvelope, envelope, fault, read
from .login import login
from .verbs import VERBS

_XML = "text/xml; charset=utf-8"
_SF = ' xmlns:sf="urn:sobject.partner.soap.sforce.com"'
_RECORDS = frozenset({"retrieve", "search"})
_BAD_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash: "


def serve(
    oauth: OAuth,
    make_call: Callable[[Actor, Mapping[str, str]], Call],
    authorise: Callable[[str | None], str],
    body: bytes,
    headers: Mapping[str, str],
    base_url: str,
    version: str,
) -> Answer:
    """Answer one SOAP request."""
    if "soapaction" not in headers:
        return _fault("INVALID_SOAP", "SOAPAction HTTP header missing")
    try:
        request = read(body)
    except BadEnvelope as exc:
        return _fault("UNKNOWN_EXCEPTION", f"ERROR: Unable to parse the request: {exc}")
    try:
        if request.verb == "login":
            return Answer(200, envelope(login(oauth.org, oauth, request, base_url, version)), media=_XML)
        try:
            user_id = authorise(request.session_id)
        except ExpiredSession:
            return _fault("INVALID_SESSION_ID", _BAD_SESSION + "null")
        meta = metadata.serves(request.element)
        verb = (metadata.VERBS if meta else VERBS).get(request.verb)
        if verb is None:
            return _fault("INVALID_OPERATION", f"no operation available for request {request.verb}")
        options = {"sforce-duplicate-rule-header": "allowSave=true"} if _allows(request.headers) else {}
        call = make_call(Actor(user_id, options=options), _query_options(request.headers))
        answer = verb(call, request)
        if request.verb == "logout":
            oauth.sessions.revoke(str(request.session_id))
        now = call.org.now()
        usage = (call.usage.used(now), int(call.org.switches["daily_api_requests"]))
        if meta:
            return Answer(200, envelope(answer, namespace=metadata.NAMESPACE), media=_XML)
        return Answer(
            200, envelope(answer, usage, _SF if request.verb in _RECORDS or "query" in request.verb else ""), media=_XML
        )
    except ApiError as exc:
        return _fault(exc.code, exc.message)


def _allows(headers: Mapping[str, ET.Element]) -> bool:
    element = headers.get("DuplicateRuleHeader")
    return element is not None and any((c.text or "") == "true" and c.tag.endswith("allowSave") for c in element)


def _query_options(headers: Mapping[str, ET.Element]) -> dict[str, str]:
    element = headers.get("QueryOptions")
    if element is None:
        return {}
    size = next((c.text for c in element if c.tag.endswith("batchSize")), None)
    return {"sforce-query-options": f"batchSize={size}"} if size else {}


def _fault(code: str, message: str) -> Answer:
    return Answer(500, fault(code, message), media=_XML)
