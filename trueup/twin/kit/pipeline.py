"""The way of every request: noted down (secrets masked), perhaps struck by a fault, handled, its answer noted.

The real reset of a connection needs the socket, which ASGI does not show; `serving` puts two calls into the scope for
that: `trueup.reset` (TCP RST, nothing more is sent) and `trueup.hang_up` (what was written is sent, then FIN). Under a
test client without a socket a reset raises ConnectionResetError instead.
"""

from __future__ import annotations

import asyncio
import email.utils
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import Fault, Faults
from trueup.twin.kit.recorder import Recorder, current_request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "x-sfdc-session"})
_SECRET_TEXT = (
    re.compile(
        r"(?P<keep>\b(?:password|client_secret|refresh_token|access_token|assertion|code|hapikey|token)=)[^&\s]+", re.I
    ),
    re.compile(r"(?P<keep><(?:\w+:)?(?:password|sessionId)(?:\s[^>]*)?>)[^<]*", re.I),
    re.compile(r'(?P<keep>"(?:password|client_secret|refresh_token|access_token|assertion)"\s*:\s*")[^"]*', re.I),
)
_MASK = "***"


def mask(text: str) -> str:
    """The text with passwords, tokens and secrets replaced by stars."""
    for pattern in _SECRET_TEXT:
        text = pattern.sub(lambda found: found.group("keep") + _MASK, text)
    return text


def wrap(
    app: App,
    side: str,
    clock: Clock,
    recorder: Recorder,
    faults: Faults,
    expire_sessions: Callable[[], None] | None = None,
    time_passes: Callable[[], None] | None = None,
) -> App:
    """An ASGI app around `app` that records and strikes. `expire_sessions` carries out that fault for the side.

    `time_passes` is called before each request, outside of it: what happens by itself is no part of any request.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = await _whole_body(receive)
        if time_passes is not None:
            time_passes()
        method, path = scope["method"], scope["path"]
        query = scope.get("query_string", b"").decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        safe = {name: _MASK if name in _SECRET_HEADERS else value for name, value in headers.items()}
        text = mask(body.decode("utf-8", "replace"))
        seq = recorder.request(side, method, path, mask(query), safe, text)
        fault = faults.strike(side, method, f"{path}?{query}" if query else path, body)
        token = current_request.set(seq)
        try:
            await _Exchange(scope, _dated(send, clock), seq, recorder, fault, expire_sessions).run(app, body)
        finally:
            current_request.reset(token)

    return handle


def _dated(send: Send, clock: Clock) -> Send:
    """Answers carry the twin's own time: a client that takes the CRM's clock from Date must not meet a second one."""

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            date = email.utils.format_datetime(clock.now(), usegmt=True).encode()
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"date"]
            message = {**message, "headers": [*headers, (b"date", date)]}
        await send(message)

    return stamped


class _Exchange:
    """One request and its answer on the way out."""

    def __init__(
        self,
        scope: Scope,
        send: Send,
        seq: int,
        recorder: Recorder,
        fault: Fault | None,
        expire_sessions: Callable[[], None] | None,
    ) -> None:
        self.scope, self.send, self.seq, self.recorder, self.fault = scope, send, seq, recorder, fault
        self.expire_sessions = expire_sessions
        self.status, self.size, self.noted = 0, 0, False

    async def run(self, app: App, body: bytes) -> None:
        fault = self.fault
        if fault is None:
            await app(self.scope, _replay(body), self._pass)
            return
        if fault.latency_s:
            await asyncio.sleep(fault.latency_s)
        match fault.action:
            case "answer":
                await self._answer(fault)
            case "answer_after":
                await app(self.scope, _replay(body), _Held().take)
                await self._answer(fault)
            case "reset_before":
                self._note(0, 0)
                await self._reset()
            case "reset_after":
                held = _Held()
                await app(self.scope, _replay(body), held.take)
                self._note(0, 0)
                await self._reset()
            case "truncate" | "malformed":
                held = _Held()
                await app(self.scope, _replay(body), held.take)
                await self._spoil(held, fault.action)
            case "expire_session":
                if self.expire_sessions is not None:
                    self.expire_sessions()
                await app(self.scope, _replay(body), self._pass)
            case _:
                await app(self.scope, _replay(body), self._pass)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            if not message.get("more_body", False):
                # Noted before the last byte leaves: who has read an answer finds it in the list.
                self._note(self.status, self.size)
        await self.send(message)

    async def _answer(self, fault: Fault) -> None:
        body = fault.body.encode()
        headers = {name.lower(): value for name, value in fault.headers.items()}
        headers.setdefault("content-type", "text/html; charset=utf-8" if body.startswith(b"<") else "application/json")
        headers["content-length"] = str(len(body))
        self._note(fault.status, len(body))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": fault.status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body})

    async def _spoil(self, held: _Held, action: str) -> None:
        whole = b"".join(held.parts)
        headers = [(name, value) for name, value in held.headers if name.lower() != b"content-length"]
        spoiled = whole[: len(whole) // 2]
        if action == "malformed":
            spoiled += b"\x00<oops"
        length = len(spoiled) if action == "malformed" else max(len(whole), 1)
        headers.append((b"content-length", str(length).encode()))
        self._note(held.status, len(spoiled))
        await self.send({"type": "http.response.start", "status": held.status, "headers": headers})
        if action == "malformed":
            await self.send({"type": "http.response.body", "body": spoiled})
            return
        await self.send({"type": "http.response.body", "body": spoiled, "more_body": True})
        hang_up = self.scope.get("trueup.hang_up")
        if hang_up is None:
            raise ConnectionResetError("fault: the body was cut short")
        hang_up()

    async def _reset(self) -> None:
        reset = self.scope.get("trueup.reset")
        if reset is None:
            raise ConnectionResetError("fault: the connection was reset")
        reset()

    def _note(self, status: int, size: int) -> None:
        note = "" if self.fault is None else f"fault {self.fault.id}: {self.fault.action}"
        self.recorder.respond(self.seq, status, size, note)


class _Held:
    """An answer kept back instead of sent."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.Event().wait()  # the client is still there; nobody needs to hear of its leaving
        raise AssertionError("unreachable")

    return receive
