"""The shapes in which the org says no: one exception, printed differently by each API.

REST prints an array of {message, errorCode, fields}; collection items say statusCode instead; SOAP makes a fault of it.
[rec grouparoo/*] [doc rest-api/status-codes-and-error-responses]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """One refusal. `fields` None leaves the key out of the JSON; `extra` goes before the code (duplicate details)."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        code_first: bool = False,
        more: Sequence[ApiError] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = None if fields is None else list(fields)
        self.extra = dict(extra or {})
        self.code_first = code_first
        self.more = tuple(more)

    def as_rest(self) -> list[dict[str, Any]]:
        """Print as the body of a failed REST call."""
        out: dict[str, Any] = dict(self.extra)
        if self.code_first or self.extra:
            out["errorCode"] = self.code
            out["message"] = self.message
        else:
            out["message"] = self.message
            out["errorCode"] = self.code
        if self.fields is not None:
            out["fields"] = self.fields
        return [out, *(row for other in self.more for row in other.as_rest())]

    def as_items(self) -> list[dict[str, Any]]:
        """Print as the `errors` of one item of a collection or tree."""
        own = {"statusCode": self.code, "message": self.message, "fields": self.fields or []}
        return [own, *(row for other in self.more for row in other.as_items())]


class Unreadable(ApiError):
    """A value that is none of its field's type. The readers of JSON, SOAP and CSV each say so in their own way."""

    def __init__(self, kind: str, value: Any) -> None:
        seen = "VALUE_STRING" if isinstance(value, str) else _TOKENS.get(type(value), "START_OBJECT")
        if isinstance(value, bool):
            seen = "VALUE_TRUE" if value else "VALUE_FALSE"
        super().__init__(
            "JSON_PARSER_ERROR",
            f"Cannot deserialize instance of {kind} from {seen} value {value} or request may be missing a required "
            "field",
        )
        self.field = ""
        self.as_xml = f"'{value}' is not a valid value for the type xsd:{_XSD.get(kind, kind)}"

    def as_cell(self, header: Sequence[str]) -> ApiError:
        """The same in a CSV file; columns count from 0. [a live org's failedResults in amp-labs/connectors]"""
        column = next((i for i, name in enumerate(header) if name.lower() == self.field.lower()), 0)
        text = f"Failed to deserialize field at col {column}. Due to, {self.as_xml}"
        return ApiError("INVALID_FIELD", text, fields=[self.field])


_TOKENS = {int: "VALUE_NUMBER", float: "VALUE_NUMBER"}
_XSD = {"datetime": "dateTime", "base64": "base64Binary", "currency": "double", "percent": "double"}


class ExpiredSession(ApiError):
    """The token is missing, unknown, revoked or too old. [rec restforce/expired_session_response.json]"""

    def __init__(self) -> None:
        super().__init__("INVALID_SESSION_ID", "Session expired or invalid", status=401)


class Ambiguous(Exception):
    """Several records carry the external id; the answer is a bare array of their URLs."""

    def __init__(self, sobject: str, ids: Sequence[str]) -> None:
        super().__init__(f"{len(ids)} {sobject} records match")
        self.sobject = sobject
        self.ids = list(ids)


def not_found() -> ApiError:
    """The 404 of a record, object or path that is not there. [rec grouparoo/export-objects.export-records-lead.json]"""
    return ApiError("NOT_FOUND", "The requested resource does not exist", status=404, code_first=True)


def deleted() -> ApiError:
    """The record lies in the recycle bin."""
    return ApiError("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=[])


def bad_reference(status: int = 404) -> ApiError:
    """A well-formed id that names nothing: 404 where the path names it, 400 where a value does. [reference 5.4, 12]"""
    return ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=status, fields=[])


def no_access(object_id: str = "") -> ApiError:
    """The user lacks a permission on the object or record."""
    text = (
        "insufficient access rights on object id"
        if not object_id
        else f"insufficient access rights on cross-reference id: {object_id}"
    )
    code = "INSUFFICIENT_ACCESS_OR_READONLY" if not object_id else "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    return ApiError(code, text, status=403 if not object_id else 400, fields=[])


def no_column(name: str, sobject: str) -> ApiError:
    """A body names a field that is not there, or not to this user. [rec restforce/write_error_response.json]"""
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")
