"""The SOAP endpoint: envelope in, session checked, verb done, envelope or fault out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..errors import ApiError, ExpiredSession
from ..oauth import OAuth
from ..org import Actor
from ..rest.call import Answer, Call
from ..rest.roots import spoken
from . import metadata
from .each import BadValue
from .envelope import ENTERPRISE, PARTNER, BadEnvelope, Request, client_fault, envelope, fault, read
from .headers import actor_options, call_headers
from .login import login
from .verbs import VERBS

_XML = "text/xml; charset=utf-8"
_BAD_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash: "


def serve(
    oauth: OAuth,
    make_call: Callable[[Actor, Mapping[str, str]], Call],
    authorise: Callable[[str | None], str],
    body: bytes,
    headers: Mapping[str, str],
    base_url: str,
    version: str,
    letter: str = "u",
) -> Answer:
    """Answer one SOAP request; the letter of its path says which WSDL the client was made from."""
    enterprise = letter == "c"
    dialect = "enterprise" if enterprise else "partner"
    namespace = ENTERPRISE if enterprise else PARTNER
    if "soapaction" not in headers:
        return _fault("INVALID_SOAP", "SOAPAction HTTP header missing", dialect)
    if not spoken(version):  # [help 000354473: 500 UNSUPPORTED_API_VERSION; text quoted from live orgs]
        return _fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL", dialect)
    try:
        request = replace(read(body), enterprise=enterprise)
    except BadEnvelope as exc:
        return _fault("UNKNOWN_EXCEPTION", f"ERROR: Unable to parse the request: {exc}", dialect)
    try:
        if request.verb == "login":
            answer = login(oauth.org, oauth, request, base_url, version)
            return Answer(200, envelope(answer, namespace=namespace), media=_XML)
        try:
            user_id = authorise(request.session_id)
        except ExpiredSession:
            return _fault("INVALID_SESSION_ID", _BAD_SESSION + "null", dialect)
        meta = metadata.serves(request.element)
        verb = (metadata.VERBS if meta else VERBS).get(request.verb)
        if verb is None:
            return _fault("INVALID_OPERATION", f"no operation available for request {request.verb}", dialect)
        options = actor_options(request.headers)
        call = make_call(Actor(user_id, options=options), call_headers(request.headers))
        answer = verb(call, request)
        for token in _ended(request):
            oauth.sessions.revoke(token)
        now = call.org.now()
        usage = (call.usage.used(now), int(call.org.switches["daily_api_requests"]))
        if meta:
            return Answer(200, envelope(answer, namespace=metadata.NAMESPACE), media=_XML)
        sf = f' xmlns:sf="urn:sobject.{dialect}.soap.sforce.com"'
        return Answer(200, envelope(answer, usage, sf, namespace), media=_XML)
    except BadValue as exc:
        return Answer(500, client_fault(str(exc)), media=_XML)
    except ApiError as exc:
        return _fault(exc.code, exc.message, dialect)


def _ended(request: Request) -> list[str]:
    """The sessions that a call ends."""
    if request.verb == "logout":
        return [str(request.session_id)]
    return [(e.text or "").strip() for e in request.element] if request.verb == "invalidateSessions" else []


def _fault(code: str, message: str, dialect: str = "partner") -> Answer:
    return Answer(500, fault(code, message, dialect), media=_XML)
