"""The flows that give a session (reference 2): what each sends, and what is made of a log-in that fails.

Secrets are fetched when they are sent, and kept nowhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from trueup.connectors.kit.transport import from_network
from trueup.connectors.salesforce import errors, http
from trueup.connectors.salesforce.options import CLIENT_CREDENTIALS, JWT, PASSWORD, REFRESH_TOKEN, Options
from trueup.errors import RefusedError, TrueupError, UnavailableError, UnknownOutcomeError

Secret = Callable[[str], str]

_WITHOUT_LOGIN, _LAST_WITH_LOGIN = 65.0, "64.0"
"""SOAP login() does not exist from v65 on (reference 2.1); the session that an older one gives serves all versions."""


class LogIn:
    """Asks for sessions by the configured flow, as often as one is needed."""

    def __init__(
        self, system: str, options: Options, secret: Secret, session: requests.Session, adapter: http.Adapter
    ) -> None:
        self._system, self._options, self._secret = system, options, secret
        self._session, self._adapter = session, adapter
        self._rotated = ""

    def __call__(self, version: str) -> tuple[str, str]:
        """Session id and instance.

        A log-in whose answer was lost is merely unavailable: asking again is harmless, and the call that needed it has
        not been sent, so nothing is in doubt. The library reads an OAuth answer as a JSON object without looking; what
        it stumbles over (the edge's and the API's own error shapes) is judged by status and body here.
        """
        from simple_salesforce.exceptions import SalesforceAuthenticationFailed

        system = self._system
        try:
            with warnings.catch_warnings():
                # The library prints an address to open for an app that was not approved; our hint says it better.
                warnings.simplefilter("ignore")
                session_id, instance = self._ask(version)
                if session_id and instance:
                    return str(session_id), str(instance)
                failure: TrueupError = UnavailableError(f"{system}: log-in gave no session.", system=system)
        except SalesforceAuthenticationFailed as error:
            failure = errors.from_login(error.code, error.auth_message, system=system)
        except TrueupError:
            raise
        except Exception as error:
            known = from_network(error, system)
            if known is None and self._adapter.last_status is None:
                raise
            failure = known or errors.from_answer(
                self._adapter.last_status or 0,
                self._adapter.last_content,
                system=system,
                headers=self._adapter.last_headers,
            )
        if isinstance(failure, UnknownOutcomeError) or (
            isinstance(failure, RefusedError) and self._adapter.last_status in (None, 200)
        ):
            raise UnavailableError(failure.message, system=system) from None
        raise failure from None

    def _ask(self, version: str) -> tuple[Any, Any]:
        from simple_salesforce import SalesforceLogin

        if self._options.flow == REFRESH_TOKEN:
            return self._refresh()
        session_id, instance = SalesforceLogin(session=self._session, **self._credentials(version))
        return session_id, instance

    def _credentials(self, version: str) -> dict[str, Any]:
        """Arguments that select the flow in SalesforceLogin."""
        o, secret = self._options, self._secret
        if o.flow == CLIENT_CREDENTIALS:
            return {
                "consumer_key": _plain(secret, o.client_id),
                "consumer_secret": secret(o.client_secret),
                "domain": self._my_domain(),
            }
        domain = o.domain or "login"
        if o.flow == JWT:
            return {
                "username": o.username,
                "consumer_key": _plain(secret, o.client_id),
                "privatekey": secret(o.private_key),
                "domain": domain,
            }
        assert o.flow == PASSWORD
        token = secret(o.security_token) if o.security_token else ""
        if o.client_id and o.client_secret:
            # With an app's key and secret it is OAuth's password grant, which stays when the SOAP log-in goes.
            return {
                "username": o.username,
                "password": secret(o.password) + token,
                "consumer_key": _plain(secret, o.client_id),
                "consumer_secret": secret(o.client_secret),
                "domain": domain,
            }
        return {
            "username": o.username,
            "password": secret(o.password),
            "security_token": token,
            "domain": domain,
            "sf_version": version if float(version) < _WITHOUT_LOGIN else _LAST_WITH_LOGIN,
        }

    def _refresh(self) -> tuple[Any, Any]:
        """The one grant that the library does not know.

        An app that rotates refresh tokens gives a new one with each answer and ends the old: the new one is kept for
        this run, and the next has to be told it.
        """
        from simple_salesforce.login import token_login

        o = self._options
        client_id, domain = _plain(self._secret, o.client_id), o.domain or "login"
        data = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "refresh_token": self._rotated or self._secret(o.refresh_token),
            **({"client_secret": self._secret(o.client_secret)} if o.client_secret else {}),
        }
        url = f"https://{domain.removesuffix('.salesforce.com')}.salesforce.com/services/oauth2/token"
        session_id, instance = token_login(url, data, domain, client_id, None, None, self._session)
        answer = self._adapter.last_content
        self._rotated = str(answer.get("refresh_token") or "") if isinstance(answer, dict) else ""
        return session_id, instance

    def _my_domain(self) -> str:
        """Client credentials are granted only on the org's own host, never on login or test (reference 2.2)."""
        if self._options.domain not in ("", "login", "test"):
            return self._options.domain.removesuffix(".salesforce.com")
        host = urlsplit(self._options.instance_url).hostname or ""
        return host.removesuffix(".salesforce.com") if host.endswith(".salesforce.com") else "my-domain.my"


def _plain(secret: Secret, value: str) -> str:
    """A consumer key may be written plainly: it names the app and opens nothing."""
    return secret(value) if value.startswith(("env:", "file:", "keyring:")) else value
