"""What the tests of the HubSpot side share: an account, a client that calls the ASGI application in process, a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.recorder import Recorder

WORLD: Mapping[str, Any] = {
    "lifecycle_stages": [
        {"id": "77234958", "label": "Sales Accepted Lead", "after": "marketingqualifiedlead"},
        {"id": "77234959", "label": "Recycled"},
    ],
    "properties": {
        "contacts": [
            {
                "name": "trueup_key",
                "label": "Trueup key",
                "type": "string",
                "fieldType": "text",
                "hasUniqueValue": True,
            },
            {"name": "birthday", "label": "Birthday", "type": "date"},
            {
                "name": "topics",
                "label": "Topics",
                "type": "enumeration",
                "fieldType": "checkbox",
                "options": ["a", "b", "c"],
            },
        ],
        "companies": [
            {"name": "trueup_key", "label": "Trueup key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
        ],
    },
    "switches": {"search_lag_seconds": 0, "limits": False},
}


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.content)


class Caller:
    """Calls an ASGI application as an HTTP client would, without a network."""

    def __init__(self, side: HubSpotSide, token: str | None = None) -> None:
        self.side = side
        self.token = side.credentials("")["access_token"] if token is None else token

    def __call__(
        self, method: str, target: str, body: Any = None, *, accept: str = "application/json", raw: bytes | None = None,
        form: Mapping[str, str] | None = None, content_type: str = "application/json", **query: Any,
    ) -> Answer:  # fmt: skip
        parts = urlsplit(target)
        query_string = "&".join(p for p in (parts.query, urlencode(query, doseq=True)) if p)
        content = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        headers = [(b"host", b"twin.test"), (b"accept", accept.encode()), (b"content-type", content_type.encode())]
        if form is not None:
            content = urlencode(form).encode()
            headers[2] = (b"content-type", b"application/x-www-form-urlencoded")
        if self.token:
            headers.append((b"authorization", f"Bearer {self.token}".encode()))
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": parts.path,
            "raw_path": quote(parts.path).encode(), "query_string": query_string.encode(), "headers": headers,
            "root_path": "", "server": ("twin.test", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        # Two calls never fall into one millisecond, so that stamps can be compared.
        self.side.clock.advance(0.002)  # type: ignore[attr-defined]
        return asyncio.run(self._run(scope, content))

    async def _run(self, scope: dict[str, Any], content: bytes) -> Answer:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.side.app(scope, receive, send)
        headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))


def account(**settings: Any) -> HubSpotSide:
    """An empty account with the tests' own stages and properties, no lag and no limits unless asked for."""
    clock = Clock()
    switches = {**WORLD["switches"], **settings.pop("switches", {})}
    side = HubSpotSide(None, clock, Recorder(clock=clock), {**WORLD, "switches": switches, **settings})
    side.finish_loading()
    side.clock = clock  # type: ignore[attr-defined]
    return side


def problems(answer: Answer) -> list[tuple[str, str]]:
    """The (property, code) pairs of a validation refusal."""
    return [(e["context"]["propertyName"][0], e["code"]) for e in answer.json["errors"]]
