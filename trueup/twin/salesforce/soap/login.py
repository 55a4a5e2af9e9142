"""login(): user name, password and token for a session. [reference 2.1; rec grouparoo/*]"""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from ..oauth import OAuth, OAuthError
from ..org import ORG_ID, Org
from .envelope import NIL, Request, child_text

_DISABLED = (
    "SOAP API login() is disabled by default in this org. Contact your Salesforce administrator to enable it, "
    "or use OAuth."
)


_WRONG = "Invalid username, password, security token; or user locked out."
_REFUSED = {
    "LOGIN_MUST_USE_SECURITY_TOKEN": "Invalid username, password, security token; or user locked out. Are you at a new "
    "location? When accessing Salesforce--either via a desktop client or the API--from outside of your company's "
    "trusted networks, you must add a security token to your password to log in.",
    "PASSWORD_LOCKOUT": "user has exceeded the number of login attempts, user is locked out",
    "LOGIN_DURING_RESTRICTED_TIME": "users cannot log in during this time period",
    "ORG_LOCKED": "organization is locked",
    "SERVER_UNAVAILABLE": "a necessary system is not available",
    "LOGIN_RATE_EXCEEDED": "login rate exceeded",
}


def login(org: Org, oauth: OAuth, request: Request, base_url: str, version: str) -> list[tuple[str, Any]]:
    """Check the credentials and answer with a session."""
    if org.switches["soap_login_disabled"]:
        raise ApiError("INVALID_OPERATION", _DISABLED, status=500)
    if float(version) >= 65:
        raise ApiError("UNKNOWN_EXCEPTION", "login() is not available in this API version", status=500)
    if org.switches["api_disabled"]:
        raise ApiError("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", status=500)
    given = child_text(request.element)
    try:
        user_id = oauth.password_user(given.get("username", ""), given.get("password", ""))
    except OAuthError as exc:
        raise ApiError(exc.code, _REFUSED.get(exc.code, _WRONG), status=500) from None
    token = oauth.sessions.issue(user_id, org.now())
    soap = f"{base_url}/services/Soap"
    result = [
        ("metadataServerUrl", f"{soap}/m/{version}/{ORG_ID[:15]}"),
        ("passwordExpired", False),
        ("sandbox", bool((org.store.get("Organization", ORG_ID) or {}).get("IsSandbox"))),
        ("serverUrl", f"{soap}/{'c' if request.enterprise else 'u'}/{version}/{ORG_ID[:15]}"),
        ("sessionId", token),
        ("userId", user_id),
        ("userInfo", user_info(org, user_id)),
    ]
    return [("loginResponse", [("result", result)])]


def user_info(org: Org, user_id: str) -> list[tuple[str, Any]]:
    """The userInfo structure, elements in the recorded order."""
    user = org.user(user_id) or {}
    return [
        ("accessibilityMode", False),
        ("chatterExternal", False),
        ("currencySymbol", "$"),
        ("orgAttachmentFileSizeLimit", 26214400),
        ("orgDefaultCurrencyIsoCode", "USD"),
        ("orgDefaultCurrencyLocale", org.locale),
        ("orgDisallowHtmlAttachments", False),
        ("orgHasPersonAccounts", org.schema.person_fields is not None),
        ("organizationId", ORG_ID),
        ("organizationMultiCurrency", False),
        ("organizationName", org.name),
        ("profileId", user.get("ProfileId")),
        ("roleId", user.get("UserRoleId") or NIL),
        ("sessionSecondsValid", int(org.switches["session_timeout_s"])),
        ("userDefaultCurrencyIsoCode", NIL),
        ("userEmail", user.get("Email")),
        ("userFullName", user.get("Name")),
        ("userId", user_id),
        ("userLanguage", user.get("LanguageLocaleKey")),
        ("userLocale", user.get("LocaleSidKey")),
        ("userName", user.get("Username")),
        ("userTimeZone", user.get("TimeZoneSidKey")),
        ("userType", user.get("UserType")),
        ("userUiSkin", "Theme3"),
    ]
