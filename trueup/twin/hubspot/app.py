"""The ASGI application of the HubSpot side: the routes, the aliases of dated paths, the limit on the URL."""

from __future__ import annotations

import re
from collections import defaultdict

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.http import Endpoint, Rule
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.rest import RULES

URL_LIMIT = 16_200
"""Characters of path and query beyond which the edge answers 414 (measured, PostHog/posthog#31617)."""

_DATE = r"(?:\d{4}-\d{2}|v3|v4)"
_ALIASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), target)
    for pattern, target in (
        (r"^/crm/objects/v3/(.*)$", r"/crm/v3/objects/\1"),
        (rf"^/crm/objects/{_DATE}/([^/]+)/([^/]+)/associations/(.*)$", r"/crm/v4/objects/\1/\2/associations/\3"),
        (rf"^/crm/objects/{_DATE}/(.*)$", r"/crm/v3/objects/\1"),
        (r"^/crm/v4/objects/([^/]+|[^/]+/[^/]+|[^/]+/batch/[a-z]+)$", r"/crm/v3/objects/\1"),
        (rf"^/crm/(properties|pipelines)/{_DATE}/(.*)$", r"/crm/v3/\1/\2"),
        (rf"^/crm/owners/{_DATE}(.*)$", r"/crm/v3/owners\1"),
        (rf"^/crm/associations/{_DATE}/(.*)$", r"/crm/v4/associations/\1"),
        (r"^/oauth/(?:\d{4}-\d{2}|v3)/(.*)$", r"/oauth/v1/\1"),
        (rf"^/crm-object-schemas/{_DATE}/schemas(.*)$", r"/crm/v3/schemas\1"),
        (r"^/account-info/\d{4}-\d{2}/(.*)$", r"/account-info/v3/\1"),
        (rf"^/crm/(lists|exports|imports|limits|property-validations)/{_DATE}(.*)$", r"/crm/v3/\1\2"),
        (rf"^/settings/users/{_DATE}(.*)$", r"/settings/v3/users\1"),
        (r"^/webhooks/\d{4}-\d{2}/(.*)$", r"/webhooks/v3/\1"),
    )
)
"""The other addresses under which the same endpoints answer (reference 1)."""


def canonical(path: str) -> str:
    """The numbered path of any address: dates turned into versions, no slash at the end."""
    for pattern, target in _ALIASES:
        rewritten, n = pattern.subn(target, path)
        if n:
            path = rewritten
            break
    return path.rstrip("/") or "/"


def routes(portal: Portal) -> list[Route]:
    """One route a path, in the order of the rules: a fixed segment stands before a parameter."""
    by_path: dict[str, dict[str, Rule]] = defaultdict(dict)
    for rule in RULES:
        by_path[rule.path][rule.method] = rule
    verbs = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    return [Route(path, Endpoint(portal, rules), methods=verbs) for path, rules in by_path.items()]


class HubSpotApp:
    """The whole side: aliases first, then the routes."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        inner = Starlette(routes=routes(portal), exception_handlers={})
        inner.router.redirect_slashes = False
        inner.router.default = Endpoint(portal, {})
        self._inner: ASGIApp = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        path: str = scope["path"]
        asked = len(scope.get("raw_path") or path) + len(scope["query_string"])
        if asked > URL_LIMIT:
            await _plain(send, 414, errors.TOO_LONG_PAGE, b"text/html")
            return
        scope = {**scope, "path": canonical(path), "asked_path": path, "root_path": ""}
        await self._inner(scope, receive, send)


async def _plain(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
