"""Listening on loopback: one event loop in one thread carries every listener of the twin.

One thread on purpose: a side's store is then touched by one request at a time, as if every request were a transaction,
and a rehearsal repeats exactly.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from trueup.twin.kit.pipeline import App

STATUS_LINE[500] = b"HTTP/1.1 500 Server Error\r\n"
"""Salesforce's word for it, which a client's own test compares; nothing is known to look at HubSpot's."""

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close sends RST


class ResettableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with the socket's end within reach of the request pipeline."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extras: Any = self.scope
        extras["trueup.reset"] = self._reset
        extras["trueup.hang_up"] = self._hang_up

    def _reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._forget()
        self.transport.abort()

    def _hang_up(self) -> None:
        self._forget()
        self.transport.close()

    def _forget(self) -> None:
        # The exchange is over for uvicorn too: without this it would answer 500 for an app that sent nothing.
        if self.cycle is not None:
            self.cycle.disconnected = True


@dataclass(frozen=True, slots=True)
class Listener:
    """An app to serve on a port of 127.0.0.1 (0: any free one), with TLS when `tls` names certificate and key."""

    name: str
    app: App
    port: int = 0
    tls: tuple[Path, Path] | None = None


class Servers:
    """The running listeners. Start once; `urls` says where each one is."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self.urls: dict[str, str] = {}
        self._sockets: list[socket.socket] = []
        self._servers: list[uvicorn.Server] = []
        for listener in listeners:
            sock = _bind(listener.port)
            self._sockets.append(sock)
            scheme = "https" if listener.tls else "http"
            self.urls[listener.name] = f"{scheme}://127.0.0.1:{sock.getsockname()[1]}"
            self._servers.append(uvicorn.Server(_config(listener)))
        self._thread = threading.Thread(target=self._run, name="twin", daemon=True)
        self._failed: BaseException | None = None

    def start(self, timeout_s: float = 20.0) -> None:
        """Serve, and return when every listener answers."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(timeout_s / 0.005)):
            if all(server.started for server in self._servers):
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise RuntimeError("the twin's listeners did not start") from self._failed

    def stop(self) -> None:
        """Stop listening and wait for the thread's end. Safe to call twice."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        for sock in self._sockets:
            sock.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to `start`
            self._failed = error

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[sock]) for server, sock in pairs))


def _bind(port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's algorithm off only then: 1 ms a request instead of 41.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(512)
    sock.setblocking(False)
    return sock


def _config(listener: Listener) -> uvicorn.Config:
    cert, key = listener.tls or (None, None)
    return uvicorn.Config(
        listener.app,
        http=ResettableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # the pipeline dates answers by the twin's clock
        ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
        timeout_keep_alive=60,
    )
