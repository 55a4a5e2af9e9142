"""What an endpoint is given and what it gives back, and the frame around it: who calls, may they, how often, errors.

An endpoint is a plain function from `Call` to `Reply`; everything that all of HubSpot's answers have in common (the
correlation id, the rate headers, the envelope of refusals) is done here once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.types import Receive, Scope, Send

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.auth import Grant
from trueup.twin.hubspot.errors import JSON_TYPE, ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.render import comma_list
from trueup.twin.hubspot.types import ObjectType

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reply:
    """An answer: a JSON value, ready bytes, or nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


class Call:
    """One request, read as far as the endpoint asks."""

    def __init__(self, portal: Portal, scope: Scope, body: bytes) -> None:
        self.portal = portal
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.params: dict[str, str] = scope.get("path_params", {})
        self.raw_query: str = scope["query_string"].decode("latin-1")
        self.query: list[tuple[str, str]] = parse_qsl(self.raw_query, keep_blank_values=True)
        self.headers: dict[str, str] = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        self.body = body
        self.grant: Grant | None = None
        host = self.headers.get("host", "api.hubapi.com")
        self.base_url = f"{scope.get('scheme', 'http')}://{host}"
        self.asked_path: str = scope.get("asked_path", self.path)

    @property
    def object_type(self) -> ObjectType:
        """The type that the path names."""
        return self.portal.types.resolve(self.params["type"])

    @property
    def origin(self) -> Origin:
        """Who writes, as history shows it."""
        return self.portal.api_origin(self.grant.app_id if self.grant else 0)

    def one(self, name: str, default: str = "") -> str:
        """A query parameter, its last value."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def many(self, name: str) -> list[str]:
        """A list parameter, repeated or as one comma list."""
        return comma_list(value for key, value in self.query if key == name)

    def flag(self, name: str) -> bool:
        """A yes-or-no parameter."""
        return self.one(name).lower() == "true"

    def whole(self, name: str, default: int, most: int) -> int:
        """A number parameter; 400 when it is none or too large."""
        raw = self.one(name)
        if not raw:
            return default
        if not raw.lstrip("-").isdigit():
            raise ApiError(400, f"Invalid {name}: '{raw}' is not a valid integer")
        if not 1 <= int(raw) <= most:
            raise ApiError(400, f"Invalid {name}: {raw}. The {name} must be between 1 and {most}.")
        return int(raw)

    def offset(self, name: str) -> int:
        """A place in a list, 0 when it is not given; 400 when it is none."""
        raw = self.one(name) or "0"
        if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
            raise ApiError(400, f"Invalid {name}: '{raw}'")
        return int(raw)

    def json(self) -> Any:
        """The body as JSON; HubSpot's 400 when it is not, or when there is none (hubspot-api-php#209)."""
        if not self.body.strip():
            raise ApiError(400, "Invalid input JSON: No content (empty input stream)")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise errors.invalid_json(f"line {error.lineno}, column {error.colno}: {error.msg}") from error

    def document(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found = self.json()
        if not isinstance(found, dict):
            raise errors.invalid_json("line 1, column 1: expected an object")
        return found

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


Handler = Callable[[Call], Reply]
Needs = Callable[[Call], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One endpoint: its verb and path, who may call it, which limit it falls under.

    `needs` gives the scopes of which the caller must hold one; `family` picks the shape of the refusal. `search`
    and `ties` (association calls) have limits of their own. `open` calls carry no token and count against nothing;
    `developer` calls, about an app itself, may carry its developer's `hapikey` instead of one.
    """

    method: str
    path: str
    handler: Handler
    needs: Needs = lambda _call: ()
    family: str = "objects"
    search: bool = False
    ties: bool = False
    open: bool = False
    developer: bool = False


class Endpoint:
    """Runs the rules of one path; an ASGI application."""

    def __init__(self, portal: Portal, rules: Mapping[str, Rule]) -> None:
        self._portal = portal
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body, carries the call out, answers."""
        body = await _read(receive)
        call = Call(self._portal, scope, body)
        status, headers, content = self.answer(call)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def answer(self, call: Call) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body of the answer to a call."""
        correlation = errors.correlation_id()
        rate: dict[str, str] = {}
        try:
            rule = self._rules.get(call.method)
            if not self._rules:
                raise errors.not_found()
            if rule is None:
                raise ApiError(405, "Method Not Allowed", category=None)
            if not rule.open:
                rate = self._admit(rule, call)
            with self._portal.store.lock:
                reply = rule.handler(call)
        except ApiError as error:
            rate = error.headers if error.bare else rate | error.headers
            reply = refusal(error, call, correlation)
        except Exception:  # the outermost edge: a fault of ours must look like one of theirs, and be seen
            _log.exception("hubspot twin: %s %s failed", call.method, call.path)
            reply = Reply(500, {"status": "error", "message": "internal error", "correlationId": correlation})
        # By the twin's clock: callers tell from it how far theirs is off.
        dated = {"Date": formatdate(self._portal.now() / 1000, usegmt=True)}
        return _wire(reply, dated | rate, correlation)

    def _admit(self, rule: Rule, call: Call) -> dict[str, str]:
        portal = self._portal
        key = call.one("hapikey") if rule.developer else ""
        grant = portal.auth.developer(key) if key else portal.auth.grant(call.headers.get("authorization", ""))
        call.grant = grant
        needed = rule.needs(call)
        if not portal.auth.has(grant, needed):
            segment = call.params.get("type", "")
            known = portal.types.get(segment)
            type_name = known.singular if known else segment
            raise errors.missing_scopes(rule.family, needed, type_name, portal.portal_id)
        return portal.limits.admit(grant, search=rule.search, ties=rule.ties)


def refusal(error: ApiError, call: Call, correlation: str) -> Reply:
    """The answer that a refusal becomes; a missing record is a web page to those who do not ask for JSON."""
    if error.not_found_page and "json" not in call.headers.get("accept", "").lower():
        headers = {"X-HubSpot-NotFound": "true"}
        return Reply(404, errors.NOT_FOUND_PAGE, headers, "text/html;charset=utf-8")
    return Reply(error.status, error.body(correlation))


def _wire(reply: Reply, rate: Mapping[str, str], correlation: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    content = b"" if reply.body is None else reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
    headers = {"X-HubSpot-Correlation-Id": correlation, **rate, **reply.headers}
    if reply.status != 204:
        headers["Content-Type"] = reply.content_type
        headers["Content-Length"] = str(len(content))
    return reply.status, [(k.lower().encode(), v.encode()) for k, v in headers.items()], content


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def path_text(call: Call, name: str) -> str:
    """A path parameter, decoded once more for clients that encode twice."""
    return unquote(call.params[name])
