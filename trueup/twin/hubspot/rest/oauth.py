"""OAuth: the authorize page (which says yes at once), the token endpoint, what a token is."""

from __future__ import annotations

from urllib.parse import urlencode

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule


def authorize(call: Call) -> Reply:
    """`GET /oauth/authorize`: sends the browser back with a code, as if an admin had agreed."""
    redirect = call.one("redirect_uri")
    if not redirect or call.one("client_id") != call.portal.auth.client_id:
        raise ApiError(400, "Couldn't complete the connection: missing or unknown client id or redirect", category=None)
    scopes = [s for name in ("scope", "optional_scope") for s in call.one(name).split() if s]
    query = {"code": call.portal.auth.code(scopes)}
    if state := call.one("state"):
        query["state"] = state
    joint = "&" if "?" in redirect else "?"
    return Reply(302, b"", {"Location": f"{redirect}{joint}{urlencode(query)}"}, "text/html;charset=utf-8")


def token(call: Call) -> Reply:
    """`POST /oauth/v1/token`; the newer addresses of the same call tell the account and the scopes too."""
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise ApiError(415, "Unsupported Media Type", category=None)
    call.portal.limits.admit_token_call()
    answer = call.portal.auth.exchange(call.form())
    if call.asked_path != call.path:
        info = call.portal.auth.access_info(answer["access_token"])
        answer |= {"hub_id": info["hub_id"], "scopes": info["scopes"]}
    return Reply(200, answer)


def access_token(call: Call) -> Reply:
    """`GET /oauth/v1/access-tokens/{token}`."""
    return Reply(200, call.portal.auth.access_info(call.params["token"]))


def refresh_token(call: Call) -> Reply:
    """`GET /oauth/v1/refresh-tokens/{token}`."""
    return Reply(200, call.portal.auth.refresh_info(call.params["token"]))


def revoke(call: Call) -> Reply:
    """`DELETE /oauth/v1/refresh-tokens/{token}`."""
    call.portal.auth.revoke(call.params["token"])
    return Reply(204)


def private_token(call: Call) -> Reply:
    """`POST /oauth/v2/private-apps/get/access-token-info`: whose a private app's token is (HubSpot's guide of them)."""
    return Reply(200, call.portal.auth.private_info(str(call.document().get("tokenKey") or "")))


RULES = (
    Rule("GET", "/oauth/authorize", authorize, open=True),
    Rule("GET", "/oauth/{portal}/authorize", authorize, open=True),
    Rule("POST", "/oauth/v1/token", token, open=True),
    Rule("POST", "/oauth/v2/private-apps/get/access-token-info", private_token, open=True),
    Rule("GET", "/oauth/v1/access-tokens/{token}", access_token, open=True),
    Rule("GET", "/oauth/v1/refresh-tokens/{token}", refresh_token, open=True),
    Rule("DELETE", "/oauth/v1/refresh-tokens/{token}", revoke, open=True),
)
