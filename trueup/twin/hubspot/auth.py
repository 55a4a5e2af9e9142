"""Who is calling: private-app tokens with fixed scopes, and OAuth tokens that run out (reference 3)."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.switches import Switches

USER_ID = 9_586_504
"""Who installed the app: told of its tokens, and the author of what it makes."""

_OBJECTS = (
    *("contacts", "companies", "deals", "owners", "leads", "custom", "users"),
    *("products", "line_items", "quotes", "orders", "goals", "feedback_submissions", "invoices", "subscriptions"),
    *("commercepayments", "carts", "services", "courses", "listings", "appointments"),
)
ALL_SCOPES: tuple[str, ...] = (
    "oauth",
    "tickets",
    "sales-email-read",
    "crm.export",
    "crm.import",
    "crm.lists.read",
    "crm.lists.write",
    "settings.users.read",
    "settings.users.write",
    "settings.users.teams.read",
    *(f"crm.objects.{name}.{verb}" for name in _OBJECTS for verb in ("read", "write")),
    *(
        f"crm.schemas.{name}.{verb}"
        for name in ("contacts", "companies", "deals", "custom")
        for verb in ("read", "write")
    ),
)

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
_NAMESPACE = uuid.UUID("6f0c1f5e-2f0b-4d3e-9c55-7a1c4f6f7e10")


@dataclass(slots=True)
class Grant:
    """What a token allows. `expires_at` is in epoch milliseconds; None never runs out."""

    token: str
    kind: str
    app_id: int
    scopes: tuple[str, ...]
    expires_at: int | None = None


class Auth:
    """The tokens of one portal. The lasting ones follow from the portal's number, so that a kept world keeps them."""

    def __init__(self, settings: Mapping[str, Any], portal_id: int, switches: Switches, now: Callable[[], int]) -> None:
        self._switches = switches
        self._now = now
        self.portal_id = portal_id
        self.app_id = int(settings.get("app_id", 4_169_410))
        self.private_token = str(settings.get("access_token") or f"pat-na1-{self._made('private-app')}")
        self.client_id = str(settings.get("client_id") or self._made("client-id"))
        self.client_secret = str(settings.get("client_secret") or self._made("client-secret"))
        self.refresh_token = str(settings.get("refresh_token") or f"na1-{self._made('refresh')}")
        self.developer_key = str(settings.get("developer_api_key") or self._made("developer-key"))
        self._scopes = tuple(settings.get("scopes") or ALL_SCOPES)
        self._grants: dict[str, Grant] = {
            self.private_token: Grant(self.private_token, "private", self.app_id, self._scopes)
        }
        for n, extra in enumerate(settings.get("tokens") or ()):
            token = str(extra["token"])
            self._grants[token] = Grant(token, "private", self.app_id + 1 + n, tuple(extra.get("scopes") or ()))
        self._refresh: dict[str, tuple[str, ...]] = {self.refresh_token: self._scopes}
        self._codes: dict[str, tuple[str, ...]] = {}

    def _made(self, what: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self.portal_id}/{what}"))

    # -- calls -----------------------------------------------------------------------------------------------------

    def grant(self, authorization: str) -> Grant:
        """The grant of an Authorization header; 401 without a good one."""
        scheme, _, token = authorization.partition(" ")
        found = self._grants.get(token.strip()) if scheme.lower() == "bearer" else None
        if self._switches["malformed_token_is_530"] and not _TOKEN.fullmatch(token.strip()):
            raise errors.refused_at_the_edge()
        if found is None:
            raise errors.unauthorized()
        if found.expires_at is not None and found.expires_at <= self._now():
            late = (self._now() - found.expires_at) // 1000
            raise errors.expired(late, str(self._switches["expired_category"]) or None)
        return found

    def developer(self, key: str) -> Grant:
        """The grant of a developer account's key, with which an app's own settings are called; 401 for another one."""
        if key != self.developer_key:
            raise errors.unauthorized()
        return Grant(key, "developer", self.app_id, ())

    def has(self, grant: Grant, needed: Sequence[str]) -> bool:
        """Whether a grant holds one of the scopes; none needed is always held."""
        held = {*grant.scopes, *self._switches["scopes_added"]} - set(self._switches["scopes_removed"])
        return not needed or not held.isdisjoint(needed)

    # -- OAuth -----------------------------------------------------------------------------------------------------

    def code(self, scopes: Sequence[str]) -> str:
        """A one-time code, as the authorize page hands out."""
        code = secrets.token_hex(16)
        self._codes[code] = tuple(scopes) or self._scopes
        return code

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint: an authorization code or a refresh token for an access token."""
        kind = form.get("grant_type", "")
        if kind not in {"authorization_code", "refresh_token"}:
            raise _refused("BAD_GRANT_TYPE", "missing or unknown grant type", "unsupported_grant_type")
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            raise _refused("BAD_CLIENT_ID", "missing or unknown client id", "invalid_client")
        if kind == "refresh_token":
            refresh = form.get("refresh_token", "")
            if refresh not in self._refresh:
                raise _refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token", "invalid_grant")
            scopes = self._refresh[refresh]
        else:
            scopes = self._codes.pop(form.get("code", ""), ())
            if not scopes:
                raise _refused("BAD_AUTH_CODE", "missing or unknown auth code", "invalid_grant")
            refresh = self.refresh_token
            self._refresh[refresh] = scopes
        lasts = int(self._switches["access_token_seconds"])
        token = secrets.token_urlsafe(96)
        self._grants[token] = Grant(token, "oauth", self.app_id, scopes, self._now() + lasts * 1000)
        return {"token_type": "bearer", "refresh_token": refresh, "access_token": token, "expires_in": lasts}

    def access_info(self, token: str) -> dict[str, Any]:
        """What `GET /oauth/v1/access-tokens/{token}` tells."""
        found = self._grants.get(token)
        if found is None or found.kind != "oauth":
            raise ApiError(404, "missing or unknown access token", category="INVALID_TOKEN")
        left = max(((found.expires_at or 0) - self._now()) // 1000, 0)
        return {**self._who(), "token": token, "scopes": list(found.scopes), "expires_in": left, "token_type": "access"}

    def private_info(self, token: str) -> dict[str, Any]:
        """What is told of a private app's token."""
        found = self._grants.get(token)
        if found is None or found.kind != "private":
            raise ApiError(404, "missing or unknown private app access token", category="INVALID_TOKEN")
        who = self._who()
        known = {"userId": who["user_id"], "hubId": who["hub_id"], "appId": found.app_id}
        return known | {"scopes": list(found.scopes)}

    def refresh_info(self, token: str) -> dict[str, Any]:
        """What `GET /oauth/v1/refresh-tokens/{token}` tells."""
        if token not in self._refresh:
            raise ApiError(404, "missing or unknown refresh token", category="INVALID_TOKEN")
        scopes = list(self._refresh[token])
        return {**self._who(), "token": token, "scopes": scopes, "client_id": self.client_id, "token_type": "refresh"}

    def revoke(self, token: str) -> None:
        """Forgets a refresh token."""
        self._refresh.pop(token, None)

    def _who(self) -> dict[str, Any]:
        return {
            "user": "integration@twin.example",
            "hub_domain": f"portal-{self.portal_id}.example",
            "hub_id": self.portal_id,
            "app_id": self.app_id,
            "user_id": USER_ID,
        }

    def expire(self) -> None:
        """Ends every OAuth access token now; private-app tokens do not run out."""
        for grant in self._grants.values():
            if grant.expires_at is not None:
                grant.expires_at = min(grant.expires_at, self._now())


def _refused(status: str, message: str, error: str) -> ApiError:
    return ApiError(
        400,
        message,
        category=None,
        extra={"status": status, "error": error, "error_description": message},
        bare=True,
    )
