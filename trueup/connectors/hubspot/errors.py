"""What HubSpot's answers mean for us: which class of error a status and a body are, and whether repeating is right.

The tables are reference 12.3 and 12.4; bodies are those of 12.5. Every field of a body is optional, and a 404 may be
HTML, so nothing here relies on a body being there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trueup.connectors.hubspot.advice import ADVICE
from trueup.connectors.kit.redact import redact
from trueup.connectors.kit.transport import from_status, retry_after_s
from trueup.errors import (
    CredentialsError,
    LimitError,
    PartLimitError,
    PermissionDeniedError,
    RefusedError,
    RemoteError,
    TrueupError,
    UnavailableError,
    UnknownOutcomeError,
)

TEN_SECONDS, DAILY = "TEN_SECONDLY_ROLLING", "DAILY"

_EXISTING_ID = re.compile(r"Existing ID: (\d+)|\b(\d+) already has that value")

_ASK_SUPPORT = frozenset({522, 525, 526})


def from_answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str], *, system: str, path: str = ""
) -> TrueupError:
    """The error of an answer that is none of 2xx, to a request for `path`."""
    message = _message(status, body)
    code = code_of(body) or f"HTTP_{status}"
    facts: dict[str, Any] = {
        "system": system,
        "status": status,
        "code": code,
        "request_id": str(body.get("correlationId") or _header(headers, "x-hubspot-correlation-id")),
    }
    text = redact(f"{system}: {message}")
    asked = retry_after_s(headers)
    if status == 429:
        ties = "/associations/" in path and _header(headers, "x-hubspot-ratelimit-daily-remaining") != "0"
        return _limit(text, str(body.get("policyName", "")), asked, facts, ties=ties)
    if status in (423, 477):
        # 423: a lock after heavy writing, gone after two seconds. 477: the account is moving, up to a day.
        hint = ADVICE.get(f"HTTP_{status}", "")
        return UnavailableError(text, retry_after_s=asked if asked is not None else 2.0, hint=hint, **facts)
    if status in (521, 523):
        return UnavailableError(text, retry_after_s=asked, **facts)
    if status == 503:
        return UnknownOutcomeError(text, **facts)
    if status in (401, 530) or code == "BAD_REFRESH_TOKEN":
        return CredentialsError(text, hint="Renew the token of the private app, or install the app again.", **facts)
    if status == 403:
        return PermissionDeniedError(text, hint=_scopes(body), **facts)
    if status in _ASK_SUPPORT:
        return RemoteError(text, hint="HubSpot asks to be told of this status.", **facts)
    found = from_status(status, text, system=system, code=code, request_id=facts["request_id"], headers=headers)
    found.hint = found.hint or ADVICE.get(code) or ADVICE.get(f"HTTP_{status}", "")
    return found


def code_of(body: Mapping[str, Any]) -> str:
    """The most telling code of an error's body: the first problem's own, else subcategory, category, status."""
    for error in body.get("errors") or ():
        if isinstance(error, Mapping) and error.get("code"):
            return str(error["code"])
    for name in ("code", "subCategory", "category", "policyName", "errorType"):
        if body.get(name):
            return str(body[name])
    status = str(body.get("status") or "")
    return "" if status in ("error", "") else status


def existing_id(text: str) -> str:
    """The id that a conflict names; it stands in the message only (reference 5.4)."""
    found = _EXISTING_ID.search(text)
    return (found.group(1) or found.group(2)) if found else ""


def of_item(error: Mapping[str, Any], system: str) -> RefusedError:
    """One entry of a 207's `errors`."""
    code = code_of(error) or "REFUSED"
    return RefusedError(
        redact(f"{system}: {error.get('message') or 'refused'}"),
        system=system,
        code=code,
        hint=ADVICE.get(code, ""),
        request_id=str(error.get("id") or ""),
    )


def _limit(text: str, policy: str, asked: float | None, facts: dict[str, Any], *, ties: bool) -> TrueupError:
    """A 429 was never carried out. The day's limit ends at midnight in the account's time zone: not worth waiting.

    Calls of associations have a day of their own beside the app's (reference 10.1); while that of the app has calls
    left, everything that needs no associations goes on.
    """
    if policy == DAILY and ties:
        hint = "The account's own limit of association calls ends at midnight in its time zone."
        return PartLimitError(text, hint=hint, **facts)
    if policy == DAILY:
        return LimitError(text, hint="HubSpot's daily limit ends at midnight in the account's time zone.", **facts)
    if asked is None:
        asked = 10.0 if policy == TEN_SECONDS else 1.0
    return UnavailableError(text, retry_after_s=asked, **facts)


def _message(status: int, body: Mapping[str, Any]) -> str:
    details = [str(e["message"]) for e in body.get("errors") or () if isinstance(e, Mapping) and e.get("message")]
    message = "; ".join(details) or str(body.get("message") or body.get("error_description") or f"HTTP {status}")
    return message if len(message) <= 600 else message[:597] + "..."


def _scopes(body: Mapping[str, Any]) -> str:
    """Names the missing scopes where HubSpot does."""
    scopes: list[str] = []
    for holder in (body, *(e for e in body.get("errors") or () if isinstance(e, Mapping))):
        context = holder.get("context") or {}
        scopes += [str(s) for s in context.get("requiredGranularScopes", ())]
    return (
        f"Give the app the scopes {', '.join(sorted(set(scopes)))}." if scopes else "Give the app the scope it lacks."
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((v for k, v in headers.items() if k.lower() == name), "")
