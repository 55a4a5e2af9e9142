"""OAuth 2.0: the token endpoint with four grants, user info, the identity document, revocation. [reference 2.2, 2.3]"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .authorize import BadCode, Codes, back
from .org import ORG_ID, Org
from .sessions import Sessions
from .store import Row
from .users import Login

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LEEWAY_S = 300


class OAuthError(Exception):
    """An OAuth refusal: `{"error", "error_description"}`."""

    def __init__(self, error: str, description: str, status: int = 400, code: str = "INVALID_LOGIN") -> None:
        super().__init__(f"{error}: {description}")
        self.code = code
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass(slots=True)
class Credentials:
    """What the connected app and its integration user log in with."""

    username: str
    password: str
    security_token: str
    client_id: str
    client_secret: str
    refresh_token: str
    public_key: Callable[[], bytes]
    user_id: str
    others: list[Login] = field(default_factory=list)


class OAuth:
    """The token endpoint of one org."""

    def __init__(self, org: Org, sessions: Sessions, credentials: Credentials) -> None:
        self.org = org
        self.sessions = sessions
        self.known = credentials
        self.on_revoke: Callable[[str], None] = lambda _token: None
        self.on_login: Callable[[str, datetime], None] = lambda _user, _at: None
        self.codes = Codes()
        self._revoked_refresh: set[str] = set()
        self._logins: dict[str, deque[datetime]] = {}

    def token(self, form: Mapping[str, str], headers: Mapping[str, str], base_url: str, domain: str) -> dict[str, Any]:
        """Answer a token call, or raise OAuthError."""
        grant = form.get("grant_type", "")
        client_id, secret = self._client(form, headers)
        if grant == _JWT:
            return self._answer(self._jwt(form, base_url), base_url, signed=False)
        if grant not in {"password", "client_credentials", "refresh_token", "authorization_code"}:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        if client_id != self.known.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        public = grant in {"refresh_token", "authorization_code"}
        if (secret is not None or not public) and secret != self.known.client_secret:
            raise OAuthError("invalid_client", "invalid client credentials")
        if grant == "password":
            return self._answer(self.password_user(form.get("username", ""), form.get("password", "")), base_url)
        if grant == "client_credentials":
            if domain in {"login", "test"}:
                raise OAuthError("invalid_grant", "request not supported on this domain")
            return self._answer(self.known.user_id, base_url)
        if grant == "authorization_code":
            try:
                self.codes.take(form, self.org.now())
            except BadCode as exc:
                raise OAuthError("invalid_grant", str(exc)) from None
            return {**self._answer(self.known.user_id, base_url), "refresh_token": self.known.refresh_token}
        refresh = form.get("refresh_token", "")
        if refresh != self.known.refresh_token or refresh in self._revoked_refresh:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        return self._answer(self.known.user_id, base_url)

    def authorize(self, asked: Mapping[str, str], base_url: str) -> str:
        """Send the browser back with a code, or with a token in the fragment; returns the address."""
        if asked.get("client_id") != self.known.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        kind = asked.get("response_type")
        if kind == "token":
            answer = {k: str(v) for k, v in self._answer(self.known.user_id, base_url).items()}
        elif kind == "code":
            answer = {"code": self.codes.give(asked, self.org.now())}
        else:
            raise OAuthError("unsupported_response_type", "response type not supported")
        address = back(asked, answer, fragment=kind == "token")
        if address is None:
            raise OAuthError("redirect_uri_missing", "redirect_uri must be given")
        return address

    def _client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str | None, str | None]:
        basic = headers.get("authorization", "")
        if basic.lower().startswith("basic "):
            try:
                name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            except ValueError:
                raise OAuthError("invalid_client", "invalid client credentials") from None
            return name, secret
        return form.get("client_id"), form.get("client_secret")

    def password_user(self, username: str, password: str) -> str:
        """Check a user name and password (with the security token appended); returns the user's id."""
        known = self._named(username)
        if known is None or password not in {known.password + known.security_token, known.password}:
            raise OAuthError("invalid_grant", "authentication failure")
        self._admit(known.user_id, password.endswith(known.security_token))
        self._active(known.user_id)
        return known.user_id

    def _admit(self, user_id: str, with_token: bool) -> None:
        """What else may stand in the way of a right password. `code` is what SOAP says. [reference 2.1]"""
        switches, now = self.org.switches, self.org.now()
        if code := str(switches["login_refused_with"]):
            raise OAuthError("invalid_grant", "authentication failure", code=code)
        if switches["security_token_required"] and not with_token:
            raise OAuthError("invalid_grant", "authentication failure", code="LOGIN_MUST_USE_SECURITY_TOKEN")
        made = self._logins.setdefault(user_id, deque())
        while made and made[0] <= now - timedelta(hours=1):
            made.popleft()
        if len(made) >= int(switches["logins_per_hour"]):
            raise OAuthError("rate_limit_exceeded", "login rate exceeded", code="LOGIN_RATE_EXCEEDED")
        made.append(now)
        self.on_login(user_id, now)

    def resume(self, user_id: str, at: datetime) -> None:
        """Count a log-in of before a restart; the oldest first."""
        self._logins.setdefault(user_id, deque()).append(at)

    def _named(self, username: str) -> Credentials | Login | None:
        """Who logs in under a user name."""
        everyone: list[Credentials | Login] = [self.known, *self.known.others]
        return next((user for user in everyone if user.username.lower() == username.lower()), None)

    def _active(self, user_id: str) -> Row:
        user = self.org.user(user_id)
        if user is None or not user["IsActive"]:
            raise OAuthError("inactive_user", "user is inactive")
        return user

    def _jwt(self, form: Mapping[str, str], base_url: str) -> str:
        import jwt

        assertion = form.get("assertion", "")
        try:
            claims = jwt.decode(
                assertion, options={"verify_signature": False, "verify_exp": False, "verify_aud": False}
            )
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if claims.get("iss") != self.known.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        try:
            jwt.decode(
                assertion,
                self.known.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if not self._audience(claims.get("aud"), base_url):
            raise OAuthError("invalid_grant", "audience is invalid")
        try:
            expires = float(claims.get("exp", 0))  # simple-salesforce sends a string [ss login.py]
        except (TypeError, ValueError):
            raise OAuthError("invalid_grant", "invalid assertion") from None
        now = time.time()  # clients sign by their own clock, not by the twin's movable one
        if expires <= now or expires > now + _LEEWAY_S + 60:
            raise OAuthError("invalid_grant", "expired authorization code")
        user = self._named(str(claims.get("sub", "")))
        if user is None:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        self._active(user.user_id)
        return user.user_id

    @staticmethod
    def _audience(given: Any, base_url: str) -> bool:
        texts = given if isinstance(given, list) else [given]
        for text in texts:
            if not isinstance(text, str):
                continue
            bare = text.rstrip("/")
            if bare.endswith(".salesforce.com") or bare in {
                base_url.rstrip("/"),
                base_url.rstrip("/") + "/services/oauth2/token",
            }:
                return True
        return False

    def _answer(self, user_id: str, base_url: str, *, signed: bool = True) -> dict[str, Any]:
        now = self.org.now()
        identity = f"https://login.salesforce.com/id/{ORG_ID}/{user_id}"
        issued = str(int(now.timestamp() * 1000))
        body: dict[str, Any] = {"access_token": self.sessions.issue(user_id, now)}
        if signed:
            body["signature"] = sign(self.known.client_secret, identity + issued)
        body["scope"] = "api refresh_token id"
        body["instance_url"] = base_url
        body["id"] = identity
        body["token_type"] = "Bearer"
        body["issued_at"] = issued
        return body

    def introspect(self, form: Mapping[str, str], headers: Mapping[str, str], life_s: float) -> dict[str, Any]:
        """Tell whether a token is good and until when (RFC 7662); aio-sf asks after every log-in."""
        client_id, secret = self._client(form, headers)
        if client_id != self.known.client_id or secret != self.known.client_secret:
            raise OAuthError("invalid_client", "invalid client credentials", 401)
        session = self.sessions.peek(form.get("token", ""))
        if session is None:
            return {"active": False}
        user = self.org.user(session.user_id) or {}
        used = int(session.used.timestamp())
        return {
            "active": True,
            "scope": "api refresh_token id",
            "client_id": self.known.client_id,
            "username": user.get("Username"),
            "sub": f"https://login.salesforce.com/id/{ORG_ID}/{session.user_id}",
            "token_type": "access_token",
            "exp": used + int(life_s),
            "iat": used,
            "nbf": used,
        }

    def revoke(self, token: str) -> None:
        """End an access or refresh token; unknown ones are refused."""
        if token == self.known.refresh_token and token not in self._revoked_refresh:
            self._revoked_refresh.add(token)
            self.on_revoke(token)
            self.sessions.expire_all()
            return
        if not self.sessions.revoke(token):
            raise OAuthError("invalid_token", "invalid token")


def sign(secret: str, text: str) -> str:
    """The signature of a token answer: base64 of HMAC-SHA256 with the consumer secret."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
