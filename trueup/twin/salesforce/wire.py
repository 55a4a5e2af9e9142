"""The ASGI face: bytes and headers in, bytes and headers out.

A first path segment ending in `.salesforce.com` is dropped (simple-salesforce's login URLs, reference 3), Host decides
nothing but the address that answers point back to.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ApiError
from .rest.call import Answer
from .rest.printing import dump

_URI_LIMIT = 16_384
_COMMON = {
    "Vary": "Accept-Encoding",
    "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "X-Robots-Tag": "none",
    "Server": "sfdcedge",
}
"""What every answer carries. [reference 1.4]"""
_YEAR = b"; domain=.salesforce.com; path=/; Max-Age=31536000"
_COOKIES = (
    b"BrowserId=lDbQvGUaEe2Sv7vHm0b0Cg" + _YEAR,
    b"CookieConsentPolicy=0:1" + _YEAR,
    b"LSKey-c$CookieConsentPolicy=0:1" + _YEAR,
)
"""Cookies for the real hosts alone: clients on loopback leave them."""


class _Cased(bytes):
    """A header name that keeps its capitals on the wire, although the server lowers all names.

    The real service sends `Content-Type`; a client that looks for `content-type` in a plain dict finds nothing there,
    and some only work because of that. [rec grouparoo/*] [Airbyte's reader of bulk results]
    """

    def lower(self) -> bytes:
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Incoming:
    """One HTTP request, read."""

    method: str
    path: str
    domain: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; the first of a repeated one counts, but for the objects of a search, which all do."""
        out: dict[str, str] = {}
        for key, value in parse_qsl(self.query_string, keep_blank_values=True):
            out[key] = f"{out[key]},{value}" if key == "sobject" and key in out else out.get(key, value)
        return out

    @property
    def form(self) -> dict[str, str]:
        """Form fields, from the body or the query."""
        fields = dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {**self.query, **fields}


def make_app(answer_to: Callable[[Incoming], Answer]) -> ASGIApp:
    """Wrap a service as an ASGI application; one request at a time, in the loop's own thread."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"not an HTTP request: {scope['type']}")
        request = Request(scope, receive)
        raw = scope.get("raw_path") or scope["path"].encode()
        length = len(raw) + len(scope["query_string"]) + 1
        if length > _URI_LIMIT:
            await _bad_message(414, "URI Too Long")(scope, receive, send)
            return
        if length + sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > _URI_LIMIT:
            await _bad_message(431, "Request Header Fields Too Large")(scope, receive, send)
            return
        incoming = _incoming(request, raw, await request.body())
        answer = incoming if isinstance(incoming, Answer) else answer_to(incoming)
        headers, data = _printed(request, answer)
        headers["X-SFDC-Request-Id"] = headers["x-request-id"] = secrets.token_hex(16)
        raw_headers: list[tuple[bytes, bytes]] = [
            (_Cased(name.encode()), value.encode("latin-1")) for name, value in headers.items()
        ]
        raw_headers += [(_Cased(b"Set-Cookie"), cookie) for cookie in _COOKIES]
        if answer.status not in {204, 304}:
            raw_headers.append((b"content-length", str(len(data)).encode()))
        body = b"" if request.method == "HEAD" else data
        await send({"type": "http.response.start", "status": answer.status, "headers": raw_headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _bad_message(status: int, reason: str) -> Response:
    """What the edge says before the service sees anything: HTML, no JSON. [reference 1.5, 13.1]"""
    body = f"<h1>Bad Message {status}</h1><pre>reason: {reason}</pre>".encode()
    return Response(body, status, media_type="text/html;charset=iso-8859-1")


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _incoming(request: Request, raw: bytes, body: bytes) -> Incoming | Answer:
    if request.headers.get("content-encoding", "").lower() == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError):
            error = ApiError("JSON_PARSER_ERROR", "the body is not valid gzip")
            return Answer(error.status, error.as_rest())
    # the Salesforce CLI keeps the instance's address with its last slash, and so asks for `//services/data`
    path = "/" + raw.decode("ascii", "replace").split("?", 1)[0].lstrip("/")
    domain = ""
    first, slash, rest = path.lstrip("/").partition("/")
    if first.endswith(".salesforce.com"):
        domain = first.split(".", 1)[0]
        path = slash + rest
    host = request.headers.get("host", "localhost")
    # a path keeps its escapes: external id values may hold slashes; only the fixed parts are read here
    headers = {k.lower(): v for k, v in request.headers.items()}
    return Incoming(
        request.method, _soft_unquote(path), domain, request.url.query, headers, body, f"{request.url.scheme}://{host}"
    )


def _soft_unquote(path: str) -> str:
    """Undo escapes except of the last segments of sobjects paths, which their handlers undo themselves."""
    if "/sobjects/" in path and path.count("/") > 6:
        return path
    return unquote(path)


def _printed(request: Request, answer: Answer) -> tuple[dict[str, str], bytes]:
    headers = {**_COMMON, **answer.headers}
    data: bytes
    if answer.status in {204, 304}:
        return headers, b""
    if isinstance(answer.body, bytes):
        data = answer.body
    else:
        data = dump(answer.body, request.headers.get("x-prettyprint", "") in {"1", "true"})
    headers["Content-Type"] = answer.media
    if len(data) > 512 and "gzip" in request.headers.get("accept-encoding", ""):
        data = gzip.compress(data, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return headers, data
