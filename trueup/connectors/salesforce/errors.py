"""What Salesforce's error codes mean for us: which class of error, which outcome of a change, and what to do next.

One table for REST errors, collection items and SOAP faults, since the codes are the same (reference 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trueup.connectors.kit.redact import redact
from trueup.connectors.kit.transport import from_status, retry_after_s
from trueup.errors import (
    CredentialsError,
    LimitError,
    PermissionDeniedError,
    RefusedError,
    RemoteError,
    TrueupError,
    UnavailableError,
    UnknownOutcomeError,
)
from trueup.model.receipts import Outcome


class Act(StrEnum):
    """What has to happen before it can go well."""

    WAIT = "wait"
    RENEW = "renew"
    PLAN_AGAIN = "plan again"
    PERSON = "a person must act"
    LOOK = "look what happened"
    FALL_BACK = "another way"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`raises` is for a whole request, `outcome` for one record of a batch; `todo` is one sentence for a person."""

    raises: type[RemoteError]
    outcome: Outcome
    act: Act
    todo: str


def _group(raises: type[RemoteError], outcome: Outcome, act: Act, todo: str, *codes: str) -> dict[str, Meaning]:
    return {code: Meaning(raises, outcome, act, todo) for code in codes}


_MEND = "Mend the value, or the rule in Salesforce that refuses it."
_ASK = "Ask a Salesforce admin for this permission."

MEANINGS: Mapping[str, Meaning] = {
    # Wait: nothing was carried out.
    **_group(
        UnavailableError,
        Outcome.FAILED,
        Act.WAIT,
        "Another process held the record; run again.",
        "UNABLE_TO_LOCK_ROW",
    ),
    **_group(
        UnavailableError,
        Outcome.FAILED,
        Act.WAIT,
        "Salesforce was busy; run again later.",
        "SERVER_UNAVAILABLE",
        "TOO_MANY_APEX_REQUESTS",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
        "BATCH_PROCESSING_HALTED",
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ),
    # Stop: the allowance is used up.
    **_group(
        LimitError,
        Outcome.FAILED,
        Act.WAIT,
        "Wait until the day's window has moved.",
        "REQUEST_LIMIT_EXCEEDED",
    ),
    **_group(LimitError, Outcome.REFUSED, Act.PERSON, "Free or buy storage in Salesforce.", "STORAGE_LIMIT_EXCEEDED"),
    # Log in again; Bulk 1.0 has a spelling of its own.
    **_group(
        CredentialsError,
        Outcome.FAILED,
        Act.RENEW,
        "Renew the credentials.",
        "INVALID_SESSION_ID",
        "InvalidSessionId",
    ),
    # A person must mend the credentials, or unlock whom they belong to.
    **_group(
        CredentialsError,
        Outcome.FAILED,
        Act.PERSON,
        "Check the settings under auth, and whether the user is locked out.",
        "INVALID_LOGIN",
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "PASSWORD_LOCKOUT",
        "ORG_LOCKED",
        "LOGIN_DURING_RESTRICTED_TIME",
    ),
    # A person must give a permission.
    **_group(
        PermissionDeniedError,
        Outcome.REFUSED,
        Act.PERSON,
        _ASK,
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "TRANSFER_REQUIRES_READ",
        "FUNCTIONALITY_NOT_ENABLED",
        "OPERATION_NOT_ALLOWED",
    ),
    **_group(
        PermissionDeniedError,
        Outcome.REFUSED,
        Act.PERSON,
        "Ask a Salesforce admin to switch on API access for this user.",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
    ),
    **_group(
        PermissionDeniedError,
        Outcome.REFUSED,
        Act.PERSON,
        "A transaction security policy stops it: ask a Salesforce admin.",
        "TXN_SECURITY_NO_ACCESS",
    ),
    # The record moved: plan again.
    **_group(
        RefusedError,
        Outcome.STALE,
        Act.PLAN_AGAIN,
        "The record is gone, deleted or merged; pull and plan again.",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "NOT_FOUND",
    ),
    **_group(
        RefusedError,
        Outcome.STALE,
        Act.PLAN_AGAIN,
        "The record changed after it was read; pull and plan again.",
        "PRECONDITION_FAILED",
    ),
    **_group(
        RefusedError,
        Outcome.STALE,
        Act.PLAN_AGAIN,
        "The lead was converted meanwhile; pull, and its contact takes its place.",
        "CANNOT_UPDATE_CONVERTED_LEAD",
    ),
    # A person must act on the data, the rule or the configuration.
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        _MEND,
        "REQUIRED_FIELD_MISSING",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "STRING_TOO_LONG",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_EMAIL_ADDRESS",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "JSON_PARSER_ERROR",
        "FIELD_INTEGRITY_EXCEPTION",
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "MALFORMED_ID",
        "INVALID_STATUS",
        "DELETE_FAILED",
        "MERGE_FAILED",
        "UNDELETE_FAILED",
        "INVALID_TYPE_FOR_OPERATION",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "The field is not there or not visible to this user: check the field map and the field's permissions.",
        "INVALID_FIELD",
        "INVALID_TYPE",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "Another record holds this unique value: look whether the two are the same.",
        "DUPLICATE_VALUE",
        "DUPLICATE_EXTERNAL_ID",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "A duplicate rule in Salesforce stops it: merge first, or set `save_despite_duplicates`.",
        "DUPLICATES_DETECTED",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "The owner is not active: choose another.",
        "INACTIVE_OWNER_OR_USER",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "A trigger or flow in Salesforce stops it: show its text to an admin.",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "APEX_ERROR",
    ),
    # The same can be had another way; the reader or writer that asked takes it, so nobody should see these.
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.FALL_BACK,
        "Salesforce does not take this request in this form; report it to Trueup's maintainers.",
        "API_ERROR",
        "INVALIDENTITY",
        "ClientInputError",
        "INVALID_QUERY_LOCATOR",
        "INVALID_REPLICATION_DATE",
        "EXCEEDED_ID_LIMIT",
        "OPERATION_TOO_LARGE",
        "QUERY_TOO_COMPLICATED",
    ),
    # A request that is wrong by itself: a fault of this program, or of a field map that names what cannot be asked.
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "Salesforce does not understand the request: check the field map, else report it to Trueup's maintainers.",
        "MALFORMED_QUERY",
        "INVALID_QUERY_FILTER_OPERATOR",
        "INVALID_OPERATION",
        "METHOD_NOT_ALLOWED",
        "UNSUPPORTED_MEDIA_TYPE",
        "IDEMPOTENCY_FEATURE_NOT_ENABLED",
        "INVALID_IDEMPOTENCY_KEY",
    ),
    **_group(
        RefusedError,
        Outcome.REFUSED,
        Act.PERSON,
        "Salesforce has retired this API version: leave `api_version` out of the settings, or name a newer one.",
        "UNSUPPORTED_API_VERSION",
        "InvalidVersion",
    ),
    # It may have been carried out.
    **_group(
        UnknownOutcomeError,
        Outcome.UNKNOWN,
        Act.LOOK,
        "Salesforce failed inside; Trueup looks before it does anything else.",
        "UNKNOWN_EXCEPTION",
        "UNEXPECTED_ERROR",
    ),
}

_OTHER = Meaning(RefusedError, Outcome.REFUSED, Act.PERSON, "Look the code up in Salesforce's documentation.")


def meaning(code: str, message: str = "") -> Meaning:
    """What a code means, with the two cases in which only the text tells (reference 12).

    A trigger or flow may wrap a lock or a time-out; and REQUEST_LIMIT_EXCEEDED is both the day's allowance, which ends
    the day, and too many at once, which passes.
    """
    if code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" in message:
        return MEANINGS["SERVER_UNAVAILABLE"]
    found = MEANINGS.get(code, _OTHER)
    if found.outcome is Outcome.REFUSED and ("UNABLE_TO_LOCK_ROW" in message or "QUERY_TIMEOUT" in message):
        return MEANINGS["UNABLE_TO_LOCK_ROW"]
    return found


def first_error(content: object) -> tuple[str, str]:
    """Code and message of a REST error body; ("", text) when it is not the documented array (an HTML page, say)."""
    if isinstance(content, list) and content:
        content = content[0]
    if isinstance(content, Mapping):
        code = content.get("errorCode") or content.get("statusCode") or content.get("error") or ""
        return str(code), str(content.get("message") or content.get("error_description") or "")
    text = content.decode(errors="replace") if isinstance(content, bytes) else str(content)
    return "", " ".join(text.split())[:300]


def from_answer(status: int, content: object, *, system: str, headers: Mapping[str, str]) -> TrueupError:
    """The error of a whole request that Salesforce answered with a failure."""
    code, message = first_error(content)
    request_id = next((v for k, v in headers.items() if k.lower() in ("x-sfdc-request-id", "x-request-id")), "")
    text = f"{system}: {code or f'HTTP {status}'}: {message}".rstrip(": ")
    known = meaning(code, message) if code else None
    if known is None or (code not in MEANINGS and status >= 500):
        return from_status(status, text, system=system, code=code, request_id=request_id, headers=headers)
    facts: dict[str, Any] = {"system": system, "status": status, "code": code, "request_id": request_id}
    if status == 403 and known.raises is RefusedError:
        return PermissionDeniedError(redact(text), **facts, hint=_ASK)
    if known.raises is UnavailableError:
        return UnavailableError(redact(text), retry_after_s=retry_after_s(headers), **facts, hint=known.todo)
    return known.raises(redact(text), **facts, hint=known.todo)


def from_login(code: object, message: object, *, system: str) -> TrueupError:
    """The error of a log-in that failed (reference 2). `code` is an HTTP status when the answer was not understood."""
    word, text = str(code or ""), str(message or "").strip()
    line = redact(f"{system}: log-in failed: {word}: {text}".rstrip(": "))
    if (word.isdigit() and int(word) >= 500) or word in ("SERVER_UNAVAILABLE", "temporarily_unavailable"):
        return UnavailableError(line, system=system, code=word)
    if word == "rate_limit_exceeded" or ("rate" in text and "exceeded" in text):
        return LimitError(line, system=system, code=word, hint="Too many log-ins within the hour: wait.")
    hints = {
        "SOAP API login() is disabled": "Use auth.flow jwt or client_credentials: the password log-in is going away.",
        "hasn't approved this consumer": "Let an admin pre-authorise the connected app for this user's profile.",
        "audience is invalid": "Set auth.domain to `login`, `test` for a sandbox, or your My Domain.",
        "client identifier invalid": "Check auth.client_id.",
        "invalid client credentials": "Check auth.client_secret.",
        "Invalid username, password, security token": "Check auth.username, auth.password and auth.security_token.",
    }
    hint = next((h for part, h in hints.items() if part in text), "Check the settings under auth.")
    return CredentialsError(line, system=system, code=word, hint=hint)
