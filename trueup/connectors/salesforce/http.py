"""The HTTP session under simple-salesforce: time-outs, counting, private addresses. Public API of requests only."""

from __future__ import annotations

import contextlib
import email.utils
import ipaddress
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from trueup.errors import ConfigError

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
_CONNECT_S = 10.0


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_origin(url: str, option: str) -> str:
    """Scheme, host and port of a configured address.

    Raises ConfigError for plain http to another machine: the session id would travel in the clear.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{option}: {url!r} is not an address.", hint="Example: https://acme.my.salesforce.com")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(f"{option}: plain http is allowed on this machine only.", hint="Use https.")
    return f"{parts.scheme}://{parts.netloc}"


class Adapter(HTTPAdapter):
    """Sends every request with a time-out, to where its host is really served, and counts it.

    simple-salesforce builds every address with a literal `https://` (reference 3). `routes` says for such a host which
    origin serves it: a gateway, or a plain-http server on this machine.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        ca_file: str = "",
        spend: Callable[[int], None] | None = None,
        learn: Callable[[int | None, int], None] | None = None,
    ) -> None:
        super().__init__(max_retries=0, pool_maxsize=8)
        self.timeout_s = timeout_s
        self.ca_file = ca_file
        self.routes: dict[str, str] = {}
        self.fallback = ""
        self._spend, self._learn = spend, learn
        self._last = threading.local()
        self._skew_s: float | None = None

    @property
    def last_headers(self) -> Mapping[str, str]:
        """Headers of this thread's newest answer: the library's exceptions do not carry them."""
        return getattr(self._last, "headers", {})

    @property
    def last_status(self) -> int | None:
        """Status of this thread's newest answer; None when its newest request got none."""
        return getattr(self._last, "status", None)

    @property
    def last_content(self) -> object:
        """Body of this thread's newest answer, as JSON where it is JSON."""
        response = getattr(self._last, "response", None)
        if response is None:
            return ""
        try:
            return response.json()
        except ValueError:
            return response.text

    @property
    def skew_s(self) -> float | None:
        """Salesforce's clock minus ours, from the newest answer; None before the first."""
        return self._skew_s

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request; see the class."""
        parts = urlsplit(request.url or "")
        origin = self.routes.get(parts.netloc) or (self.fallback if parts.netloc.endswith(".salesforce.com") else "")
        if origin:
            target = urlsplit(origin)
            request.url = urlunsplit((target.scheme, target.netloc, parts.path, parts.query, ""))
            if is_loopback(origin):
                kwargs["proxies"] = {}
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (min(_CONNECT_S, self.timeout_s), self.timeout_s)
        if self.ca_file:
            # Named here because an environment's REQUESTS_CA_BUNDLE would beat session.verify (reference 3, way B).
            kwargs["verify"] = self.ca_file
        self._last.headers, self._last.status, self._last.response = {}, None, None
        if self._spend is not None and _metered(parts.path):
            self._spend(1)
        response = super().send(request, *args, **kwargs)
        self._note(response)
        return response

    def _note(self, response: requests.Response) -> None:
        self._last.headers, self._last.status = response.headers, response.status_code
        # Kept for log-ins only: pages are large.
        self._last.response = response if "/services/oauth2/" in str(response.url) else None
        if self._learn is not None and (usage := _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))):
            self._learn(int(usage[1]), int(usage[2]))
        if date := response.headers.get("Date"):
            with contextlib.suppress(ValueError):
                self._skew_s = (email.utils.parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()


def _metered(path: str) -> bool:
    """Log-in tokens and the list of versions are not counted by Salesforce (reference 13.1)."""
    return not path.startswith("/services/oauth2/") and path.rstrip("/") != "/services/data"


def session(adapter: Adapter) -> requests.Session:
    """A session that sends everything through the adapter."""
    made = requests.Session()
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made
