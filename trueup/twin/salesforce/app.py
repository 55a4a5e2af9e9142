"""From a request to an answer: limits and sessions checked, the right API asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from .errors import Ambiguous, ApiError, ExpiredSession, not_found
from .identity import identity, userinfo
from .limits import Usage
from .oauth import OAuth, OAuthError
from .org import Actor, Org
from .rest import xmltext
from .rest.call import Answer, Call
from .rest.roots import OLDEST, spoken, versions
from .rest.router import dispatch
from .sessions import Sessions
from .wire import Incoming

_log = logging.getLogger(__name__)
_SORRY = (
    "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (-1234567890)"
)
_DATA = re.compile(r"^/services/data/v(\d+\.\d)(?:/(.*))?$", re.IGNORECASE)
_ASYNC = re.compile(r"^/services/async/([^/]+)/(.*)$", re.IGNORECASE)
_SOAP = re.compile(r"^/services/Soap/([ucm])/([^/]+)(?:/.*)?$", re.IGNORECASE)


class Service:
    """Answers requests for one org; knows HTTP but no ASGI."""

    def __init__(self, org: Org, sessions: Sessions, oauth: OAuth, usage: Usage) -> None:
        self.org = org
        self.sessions = sessions
        self.oauth = oauth
        self.usage = usage

    def answer(self, incoming: Incoming) -> Answer:
        """Answer one request; never raises for what a client can cause."""
        with self.org.store.lock:
            try:
                self.org.tick()
                answer = self._route(incoming)
                self.org.jobs.on_pause()
                return answer
            except Exception:
                _log.exception("the Salesforce twin failed on %s %s", incoming.method, incoming.path)
                error = ApiError("UNKNOWN_EXCEPTION", _SORRY, status=500)
                return Answer(error.status, error.as_rest())

    def _route(self, incoming: Incoming) -> Answer:
        path = incoming.path.rstrip("/") or "/"
        if path == "/services/data":
            return Answer(200, versions())
        data = _DATA.match(path)
        if data:
            return self._rest(incoming, data.group(1), data.group(2) or "")
        old_bulk = _ASYNC.match(path)
        if old_bulk:
            return self._bulk(incoming, old_bulk.group(1), old_bulk.group(2))
        soap = _SOAP.match(path)
        if soap:
            return self._soap(incoming, soap.group(2), soap.group(1).lower())
        try:
            return self._identity(incoming, path)
        except OAuthError as exc:
            return Answer(exc.status, exc.body)
        except ExpiredSession:
            return Answer(403, b"Bad_OAuth_Token", media="text/html;charset=UTF-8")
        except ApiError as exc:
            return Answer(exc.status, exc.as_rest())

    # -- REST

    def _rest(self, incoming: Incoming, version: str, path: str) -> Answer:
        try:
            if float(version) < OLDEST:
                raise ApiError("UNSUPPORTED_API_VERSION", f"API version {version} is retired", status=410)
            if not spoken(version):
                raise not_found()
            actor = self._actor(incoming.headers)
            if self.org.switches["api_disabled"]:
                raise ApiError("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", status=403)
            self._spend()
            call = self._call(incoming, actor, version, path, incoming.headers)
            answer = dispatch(call)
        except ApiError as exc:
            answer = Answer(exc.status, exc.as_rest())
        except Ambiguous as exc:
            answer = Answer(300, [f"/services/data/v{version}/sobjects/{exc.sobject}/{i}" for i in exc.ids])
        used = self.usage.used(self.org.now())
        if xmltext.wanted(incoming.headers.get("accept", ""), path) and not isinstance(answer.body, bytes | None):
            answer.body, answer.media = xmltext.write(answer.body, path, answer.status), "application/xml;charset=UTF-8"
        answer.headers |= self._warning(version)
        answer.headers["Sforce-Limit-Info"] = f"api-usage={used}/{self.org.switches['daily_api_requests']}"
        return answer

    def _bulk(self, incoming: Incoming, version: str, path: str) -> Answer:
        from .bulk import v1

        as_json = "json" in incoming.headers.get("content-type", "")
        if not spoken(version):
            return v1.bad_version(as_json, version)
        try:
            token = incoming.headers.get("x-sfdc-session")
            actor = self._actor({**incoming.headers, "authorization": f"Bearer {token}"} if token else incoming.headers)
            self._spend()
        except ExpiredSession as exc:
            return v1.bad_session(as_json, exc)
        except ApiError as exc:
            return Answer(exc.status, exc.as_rest())
        answer = v1.serve(self._call(incoming, actor, version, path, incoming.headers))
        answer.headers |= self._warning(version)
        return answer

    def _warning(self, version: str) -> dict[str, str]:
        """The note that a version will be removed. [doc rest-api/headers_warning, async_api_headers_warning_header]"""
        if float(version) >= float(self.org.switches["deprecated_below"]):
            return {}
        text = "This API is deprecated and will be removed by Summer '27."
        return {
            "Warning": f'299 - "{text} Please see https://help.salesforce.com/articleView?id=000351312 for details."'
        }

    def _call(self, incoming: Incoming, actor: Actor, version: str, path: str, headers: Mapping[str, str]) -> Call:
        return Call(
            self.org,
            self.usage,
            actor,
            incoming.method,
            path,
            incoming.query,
            headers,
            incoming.body,
            version,
            incoming.base_url,
        )

    def _spend(self) -> None:
        now = self.org.now()
        if self.org.switches["concurrent_limit_hit"]:
            text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise ApiError("REQUEST_LIMIT_EXCEEDED", text, status=403)
        if self.org.switches["strict_daily_limit"]:
            self.usage.check(now, int(self.org.switches["daily_api_requests"]))
        self.usage.count(now)

    def _actor(self, headers: Mapping[str, str]) -> Actor:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        user_id = self.authorise(token.strip() if scheme.lower() in {"bearer", "oauth"} else None)
        options = {k: v for k, v in headers.items() if k.startswith("sforce-")}
        return Actor(user_id, options=options)

    def authorise(self, token: str | None) -> str:
        """Return the user of a token, or refuse."""
        switches = self.org.switches
        session = self.sessions.find(
            token, self.org.now(), float(switches["session_timeout_s"]), bool(switches["preset_session_never_expires"])
        )
        return session.user_id

    @property
    def _life(self) -> float:
        return float(self.org.switches["session_timeout_s"])

    # -- SOAP and identity

    def _soap(self, incoming: Incoming, version: str, letter: str) -> Answer:
        from .soap.service import serve

        if incoming.method != "POST":
            return Answer(405, b"HTTP Method GET not allowed", media="text/plain")

        def make_call(actor: Actor, headers: Mapping[str, str]) -> Call:
            self._spend()
            return self._call(incoming, actor, version, "", headers)

        return serve(
            self.oauth, make_call, self.authorise, incoming.body, incoming.headers, incoming.base_url, version, letter
        )

    def _identity(self, incoming: Incoming, path: str) -> Answer:
        if path == "/services/oauth2/token":
            if incoming.method != "POST":
                raise OAuthError("invalid_request", "must use HTTP POST")
            return Answer(200, self.oauth.token(incoming.form, incoming.headers, incoming.base_url, incoming.domain))
        if path == "/services/oauth2/authorize":
            return Answer(302, b"", {"Location": self.oauth.authorize(incoming.form, incoming.base_url)})
        if path == "/services/oauth2/revoke":
            self.oauth.revoke(incoming.form.get("token", ""))
            return Answer(200, b"")
        if path == "/services/oauth2/introspect":
            return Answer(200, self.oauth.introspect(incoming.form, incoming.headers, self._life))
        if path == "/services/oauth2/userinfo":
            user = self.org.user(self._actor(incoming.headers).user_id)
            return Answer(200, userinfo(user or {}, incoming.base_url, self.org.now()))
        if path.startswith("/id/"):
            user = self.org.user(self._actor(incoming.headers).user_id) or {}
            found = identity(user, incoming.base_url, path.rpartition("/")[2])
            if found is not None:
                return Answer(200, found)
        raise not_found()
