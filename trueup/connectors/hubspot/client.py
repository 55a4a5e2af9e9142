"""One connection to a HubSpot account: hubspot-api-client underneath, JSON straight from the wire.

The library's own `ApiClient` sends every request (addresses, authorisation, TLS, connections); its models are left
out, because making them costs 76 microseconds a record against 1.6 for the JSON alone, and because any 2xx that the
library's specification does not name comes back from them as None (reference 2). Its repeating is off: the kit's
transport does all of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from trueup.connectors.hubspot import errors
from trueup.connectors.hubspot.options import OAUTH, Options
from trueup.connectors.hubspot.pace import Burst
from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.budget import Budget
from trueup.connectors.kit.transport import Effect, Pace, RetryPolicy, Transport
from trueup.errors import CredentialsError, RemoteError, TrueupError, UnknownOutcomeError

Json = dict[str, Any]

BURST, BURST_WINDOW_S = 100, 10.0
"""Calls in ten seconds before the account has told its own figure: the lowest tier's."""

SEARCHES, SEARCH_WINDOW_S = 4, 1.0
"""Searches in a second; the account allows five to all apps together (reference 5.8)."""

TOKEN_MARGIN = timedelta(seconds=60)


class Client:
    """Sends requests to one account. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        policy: RetryPolicy | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.system = settings.system
        self.options = options
        self.budget = Budget(settings.system, settings.budget, spent_before=settings.spent_before)
        policy = policy or RetryPolicy()
        self.sleep = sleep = policy.sleep
        self.pace = Burst(BURST, BURST_WINDOW_S, sleep=sleep, clock=clock)
        search_pace = Pace(SEARCHES, SEARCH_WINDOW_S, sleep=sleep, clock=clock)
        kinds = {"translate": self._translate, "policy": policy, "budget": self.budget}
        self._transport = Transport(settings.system, pace=self.pace, **kinds)  # type: ignore[arg-type]
        self._search_transport = Transport(settings.system, pace=search_pace, **kinds)  # type: ignore[arg-type]
        self._secret = settings.secret
        self._lock = threading.RLock()
        self._api: Any = None
        self._token = ""
        self._token_until: datetime | None = None
        self._skew = timedelta(0)
        self._heard = False

    # -- calls -------------------------------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """GET; the answer's JSON."""
        return self.send("GET", path, Effect.READ, query=query)

    def read(self, path: str, body: Mapping[str, Any], query: Mapping[str, Any] | None = None) -> Json:
        """A POST that only reads (batch read)."""
        return self.send("POST", path, Effect.READ, body=body, query=query)

    def search(self, object: str, body: Mapping[str, Any]) -> Json:  # noqa: A002
        """A search, at the pace of searches."""
        path = f"/crm/v3/objects/{object}/search"
        return self._search_transport.call(lambda: self._attempt("POST", path, None, body), Effect.READ)

    def send(
        self,
        method: str,
        path: str,
        effect: Effect,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Json:
        """Any request; {} for an answer without a body. Raises an error of ours for everything that is not 2xx."""

        def attempt() -> Json:
            try:
                return self._attempt(method, path, query, body)
            finally:
                self.pace.answered()

        return self._transport.call(attempt, effect)

    # -- what is known of the account --------------------------------------------------------------------------------

    def now(self) -> datetime:
        """HubSpot's clock as of its newest answer; ours before the first."""
        return datetime.now(UTC) + self._skew

    def server_time(self) -> datetime | None:
        """HubSpot's clock, asked now."""
        self.account()
        return self.now() if self._heard else None

    def account(self) -> Json:
        """The account's details: portal id, app host, time zone. The cheapest check of credentials."""
        return self.get("/account-info/v3/details")

    def granted(self) -> frozenset[str] | None:
        """The scopes of an OAuth token; None for the token of a private app, which does not tell."""
        if self.options.flow != OAUTH:
            return None
        token = self._valid_token()
        return frozenset(str(s) for s in self.get(f"/oauth/v1/access-tokens/{token}").get("scopes") or ())

    def close(self) -> None:
        """Close connections. Safe to call twice."""
        with self._lock:
            if self._api is not None:
                self._api.rest_client.pool_manager.clear()
                self._api = None

    # -- one attempt ---------------------------------------------------------------------------------------------------

    def _attempt(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any) -> Json:
        """Send once; a token refused is renewed once, since what was refused with 401 was not carried out."""
        token = self._valid_token()
        try:
            return self._exchange(method, path, query, body, token)
        except CredentialsError:
            if self.options.flow != OAUTH:
                raise
            self._renew(token)
        return self._exchange(method, path, query, body, self._token)

    def _exchange(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any, token: str) -> Json:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._call(method, path, headers, query=_pairs(query), body=body)
        return self._answer(response)

    def _call(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        form: Sequence[tuple[str, str]] = (),
    ) -> Any:
        api = self._connected()
        try:
            response = api.call_api(
                path,
                method,
                None,
                list(query),
                headers,
                body=body,
                post_params=list(form),
                files={},
                response_types_map={},
                auth_settings=[],
                _preload_content=False,
                _request_timeout=(min(self.options.timeout_s, 30.0), self.options.timeout_s),
            )
        except Exception as error:
            # Each of the library's modules has its own classes for what is not 2xx; they share an integer status.
            status = getattr(error, "status", None)
            if not isinstance(status, int) or not status:
                raise
            headers = getattr(error, "headers", None) or {}
            raise self._refusal(status, path, getattr(error, "body", None), headers) from None
        try:
            response.data  # noqa: B018  (reads the body, so that the connection can be used again)
        finally:
            response.release_conn()
        self._learn(response.headers)
        return response

    def _answer(self, response: Any) -> Json:
        raw = bytes(response.data)
        if not raw.strip():
            return {}
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise UnknownOutcomeError(
                f"{self.system}: the answer was cut off or is not JSON.", system=self.system, status=response.status
            ) from None
        return found if isinstance(found, dict) else {"results": found}

    def _refusal(self, status: int, path: str, raw: str | bytes | None, headers: Mapping[str, str]) -> TrueupError:
        self._learn(headers)
        try:
            body = orjson.loads(raw or b"")
        except orjson.JSONDecodeError:
            body = {}
        told = body if isinstance(body, dict) else {}
        return errors.from_answer(status, told, headers, system=self.system, path=path)

    def _learn(self, headers: Mapping[str, str]) -> None:
        """Take in the clock, the day's allowance and the burst limit, where the answer tells them."""
        try:
            self._skew = parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)
            self._heard = True
        except (KeyError, ValueError, TypeError):
            pass
        daily, left = (_int(headers.get(f"X-HubSpot-RateLimit-Daily{x}")) for x in ("", "-Remaining"))
        if daily is not None:
            self.budget.learn(None if left is None else daily - left, daily)
        burst, free = (_int(headers.get(f"X-HubSpot-RateLimit-{x}")) for x in ("Max", "Remaining"))
        if burst is not None and burst > 0:
            self.pace.told(burst, free)

    def _translate(self, error: Exception) -> TrueupError | None:
        """What the library makes of a TLS failure: its own exception, with status 0."""
        if getattr(error, "status", None) != 0:
            return None
        return RemoteError(
            f"{self.system}: the TLS connection was refused: {getattr(error, 'reason', '')}",
            system=self.system,
            hint="Name the certificate authority's file in the option `ca_file` if it is a private one.",
        )

    # -- the library's client and the token ----------------------------------------------------------------------------

    def _connected(self) -> Any:
        with self._lock:
            if self._api is None:
                from hubspot import HubSpot
                from urllib3.util.retry import Retry

                made = HubSpot(
                    host=self.options.base_url,
                    base_url=self.options.base_url,
                    retry=Retry(0, redirect=0),
                    ssl_ca_cert=self.options.ca_file or None,
                    connection_pool_maxsize=8,
                )
                # Every mention of an API in the library makes a new pool of connections: this one is kept.
                self._api = made.crm.objects.basic_api.api_client
            return self._api

    def _valid_token(self) -> str:
        with self._lock:
            if self.options.flow != OAUTH:
                if not self._token:
                    self._token = self._secret(self.options.token)
                return self._token
            if self._token_until is None or datetime.now(UTC) >= self._token_until - TOKEN_MARGIN:
                self._refresh()
            return self._token

    def _renew(self, used: str) -> None:
        """Replace a token that was refused, unless another thread has done so already."""
        with self._lock:
            if self._token == used:
                self._refresh()

    def _refresh(self) -> None:
        """Exchange the refresh token for an access token; `expires_in` is trusted, whatever it is (reference 3.1)."""
        client_id = self.options.client_id
        form = [
            ("grant_type", "refresh_token"),
            ("client_id", self._secret(client_id) if ":" in client_id else client_id),
            ("client_secret", self._secret(self.options.client_secret)),
            ("refresh_token", self._secret(self.options.refresh_token)),
        ]
        self.budget.spend()
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._answer(self._call("POST", "/oauth/v1/token", headers, form=form))
        self._token = str(answer.get("access_token", ""))
        self._token_until = datetime.now(UTC) + timedelta(seconds=float(answer.get("expires_in") or 1800))


def _pairs(query: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Lists as one comma list: a third of the length of repeated names, and both are understood."""
    pairs = []
    for name, value in (query or {}).items():
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, list | tuple):
            value = ",".join(str(v) for v in value)
        if value is not None and value != "":
            pairs.append((name, str(value)))
    return pairs


def _int(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
