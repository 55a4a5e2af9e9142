"""One logged-in session with an org: simple-salesforce underneath, its life cycle ours.

The library renews a session by itself, but its replay drops per-call headers, so that a write could be carried out
without the header it relied on (reference 4). Therefore `SalesforceLogin` gives the session id, the `Salesforce`
object is made from it without any means to log in, and a session found expired is replaced here: once per call, which
is safe for writes too, because a request refused with 401 was not carried out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.budget import Budget
from trueup.connectors.kit.transport import Effect, RetryPolicy, Transport
from trueup.connectors.salesforce import errors, http
from trueup.connectors.salesforce.login import LogIn
from trueup.connectors.salesforce.options import SESSION, Options
from trueup.errors import ConfigError, TrueupError

T = TypeVar("T")


OLDEST, PREFERRED, NEWEST = "52.0", "59.0", "67.0"
"""API versions that this connector was made for, and the one it speaks unless the org cannot."""


class SessionExpired(Exception):
    """The org does not know our session any more; raised for SOAP, where the library takes no part."""


class Client:
    """Sends requests to one org. Safe to use from several threads; one log-in serves them all."""

    def __init__(self, settings: Settings, options: Options, policy: RetryPolicy | None = None) -> None:
        self.system = settings.system
        self.options = options
        self.version = options.api_version or PREFERRED
        """The API version of every request of this connection."""
        self.budget = Budget(settings.system, settings.budget, spent_before=settings.spent_before)
        self._secret = settings.secret
        self._adapter = http.Adapter(
            timeout_s=options.timeout_s,
            ca_file=options.ca_file,
            spend=self.budget.spend,
            learn=self.budget.learn,
        )
        self._session = http.session(self._adapter)
        self._ask_for_session = LogIn(settings.system, options, settings.secret, self._session, self._adapter)
        self._lock = threading.RLock()
        self._salesforce: Any = None
        self._session_id = ""
        # Requests are counted where they leave, log-ins among them.
        self.transport = Transport(
            settings.system, translate=self._translate, policy=policy, budget=self.budget, calls_each=0
        )
        self._login_origin = self._route()

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, send: Callable[[Any], T], effect: Effect = Effect.READ) -> T:
        """Run `send` with the logged-in `Salesforce` object, repeated as `effect` allows.

        Each attempt renews an expired session once; a fresh one that is refused too is a matter of credentials.
        """

        def attempt() -> T:
            salesforce = self._logged_in()
            try:
                return send(salesforce)
            except Exception as error:
                if not self._expired(error) or not self._renew(salesforce):
                    raise
            return send(self._logged_in())

        return self.transport.call(attempt, effect)

    def get(self, path: str, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """GET a path below the version."""
        return self.call(lambda sf: sf.restful(path, params=dict(params) if params else None, **kwargs))

    def page(self, path: str, headers: Mapping[str, str]) -> Any:
        """GET a page of a query: below the version, or by the whole path that the page before gave."""
        if path.startswith("/"):
            return self.call(lambda sf: sf.query_more(path, identifier_is_url=True, headers=dict(headers)))
        return self.call(lambda sf: sf.restful(path, headers=dict(headers)))

    def stream(self, salesforce: Any, path: str, params: Mapping[str, str]) -> Any:
        """An answer that is read as it comes, for use within `call`; raises for anything but success."""
        response = salesforce.session.get(
            f"{salesforce.base_url}{path}",
            params=dict(params),
            headers={**salesforce.headers, "Accept": "text/csv"},
            stream=True,
        )
        if response.status_code == 401:
            response.close()
            raise SessionExpired
        if response.status_code != 200:
            raise errors.from_answer(
                response.status_code, _json_or_text(response), system=self.system, headers=response.headers
            )
        return response

    def send(
        self,
        method: str,
        path: str,
        effect: Effect,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Any other verb on a path below the version."""
        return self.call(
            lambda sf: sf.restful(
                path, params=dict(params) if params else None, method=method, json=json, headers=dict(headers or {})
            ),
            effect,
        )

    def soap(self, envelope: Callable[[str], bytes], action: str, effect: Effect) -> bytes:
        """Post a SOAP partner envelope, made with the session id of the moment; the answer's bytes, faults included.

        Raises when the answer is neither an envelope nor understood.
        """

        def post(salesforce: Any) -> bytes:
            response = salesforce.session.post(
                f"https://{salesforce.sf_instance}/services/Soap/u/{salesforce.sf_version}",
                data=envelope(salesforce.session_id),
                headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": f'"{action}"'},
            )
            body: bytes = response.content
            if b"INVALID_SESSION_ID" in body and response.status_code >= 400:
                raise SessionExpired
            is_xml = b"Envelope" in body
            if response.status_code != 200 and not (response.status_code == 500 and is_xml):
                raise errors.from_answer(
                    response.status_code, response.text, system=self.system, headers=response.headers
                )
            return body

        return self.call(post, effect)

    @property
    def root(self) -> str:
        """The path that everything below the version begins with."""
        return f"/services/data/v{self.version}"

    # -- what is known of the org -------------------------------------------------------------------------------------

    @property
    def instance(self) -> str:
        """Address for links; "" while it is not known. Never asks the org: reports are made without it."""
        if self.options.instance_url:
            return self.options.instance_url.rstrip("/")
        if self._salesforce is not None:
            return f"https://{self._salesforce.sf_instance}"
        if self.options.domain not in ("", "login", "test"):
            return f"https://{self.options.domain}.salesforce.com"
        return ""

    @property
    def knows_time(self) -> bool:
        """Whether any answer has told the org's clock yet."""
        return self._adapter.skew_s is not None

    def now(self) -> datetime:
        """The org's clock as of its newest answer; ours before the first."""
        return datetime.now(UTC) + timedelta(seconds=self._adapter.skew_s or 0.0)

    def server_time(self) -> datetime | None:
        """The org's clock, asked now; costs no metered call."""

        self.versions()
        return None if self._adapter.skew_s is None else self.now()

    def versions(self) -> tuple[str, ...]:
        """The API versions that the org speaks, oldest first; costs no metered call."""

        def ask(salesforce: Any) -> tuple[str, ...]:
            response = salesforce.session.get(f"https://{salesforce.sf_instance}/services/data")
            if response.status_code != 200:
                raise errors.from_answer(
                    response.status_code, response.text, system=self.system, headers=response.headers
                )
            return tuple(str(entry["version"]) for entry in response.json())

        return self.call(ask)

    def settle_version(self) -> bool:
        """Asked after the org refused the first request: whether another version was agreed on, for all that follow.

        Raises ConfigError when the policy insists on a version that the org does not speak, or none is spoken by both.
        """
        spoken = self.versions()
        if self.version in spoken:
            return False
        ours = [v for v in spoken if _number(OLDEST) <= _number(v) <= _number(NEWEST)]
        if self.options.api_version or not ours:
            raise ConfigError(
                f"{self.system} does not speak API version {self.version}.",
                hint=f"Set api_version to one from {spoken[0]} to {spoken[-1]}, or leave it out.",
            )
        with self._lock:
            self.version = ours[-1]
            if self._salesforce is not None:
                self._salesforce = self._made(self._salesforce.sf_instance)
        return True

    def close(self) -> None:
        """Close connections; the session in the org is left to expire, since others may share it."""
        self._session.close()
        self._salesforce = None

    # -- the session's life cycle --------------------------------------------------------------------------------------

    def _logged_in(self) -> Any:
        with self._lock:
            if self._salesforce is None:
                self._salesforce = self._log_in()
            return self._salesforce

    def _renew(self, used: Any) -> bool:
        """Replace the session that was found expired; False when there is nothing to renew it with."""
        with self._lock:
            if self._salesforce is not used:
                return True
            if self.options.flow == SESSION and self._secret(self.options.session_id) == self._session_id:
                return False
            self._salesforce = self._log_in()
            return True

    def _log_in(self) -> Any:
        options = self.options
        if options.flow == SESSION:
            self._session_id, instance = self._secret(options.session_id), urlsplit(options.instance_url).netloc
        else:
            self._session_id, instance = self._ask_for_session(self.version)
            if options.instance_url:
                instance = urlsplit(options.instance_url).netloc
            elif instance == urlsplit(self._login_origin).netloc:
                self._adapter.routes[instance] = self._login_origin
        return self._made(instance)

    def _made(self, instance: str) -> Any:
        from simple_salesforce import Salesforce

        made = Salesforce(
            session_id=self._session_id,
            instance=instance,
            session=self._session,
            version=self.version,
            object_pairs_hook=None,
        )
        # Compact answers: a third fewer bytes to send and to parse.
        made.headers.pop("X-PrettyPrint", None)
        return made

    def _route(self) -> str:
        """Fix where requests go; the origin of log-ins, "" for Salesforce's own.

        An instance that is not below salesforce.com is a gateway or a server on this machine, and serves the log-in
        too unless `login_url` says otherwise.
        """
        options, adapter = self.options, self._adapter
        instance = http.checked_origin(options.instance_url, "instance_url") if options.instance_url else ""
        login = http.checked_origin(options.login_url, "login_url") if options.login_url else ""
        own = bool(instance) and not (urlsplit(instance).hostname or "").endswith(".salesforce.com")
        if instance:
            adapter.routes[urlsplit(instance).netloc] = instance
        if own and not login:
            login = instance
        if login:
            adapter.fallback = login
            adapter.routes.setdefault(urlsplit(login).netloc, login)
        return login

    # -- errors --------------------------------------------------------------------------------------------------------

    def _expired(self, error: Exception) -> bool:
        from simple_salesforce.exceptions import SalesforceExpiredSession

        return isinstance(error, SessionExpired | SalesforceExpiredSession)

    def _translate(self, error: Exception) -> TrueupError | None:
        from simple_salesforce.exceptions import SalesforceError

        if isinstance(error, SessionExpired):
            return errors.from_answer(
                401,
                [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}],
                system=self.system,
                headers=self._adapter.last_headers,
            )
        if isinstance(error, SalesforceError):
            return errors.from_answer(
                error.status, error.content, system=self.system, headers=self._adapter.last_headers
            )
        return None


def _json_or_text(response: Any) -> object:
    try:
        return response.json()
    except ValueError:
        return response.text


def _number(version: str) -> float:
    return float(version)
