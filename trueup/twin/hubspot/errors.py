"""The shapes of HubSpot's refusals: one exception, and one function for each recorded shape.

The envelope is `{"status": "error", "message", "correlationId", "category"?, "subCategory"?, "errors"?, "context"?,
"links"?}`; every field but the first three is left out when it has nothing to say (reference 12.5).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

JSON_TYPE = "application/json;charset=utf-8"
SCOPES_PAGE = "https://developers.hubspot.com/scopes"

Json = dict[str, Any]


def correlation_id() -> str:
    """A fresh id, as every answer carries one."""
    return str(uuid.uuid4())


class ApiError(Exception):
    """A refusal that becomes an HTTP answer; raised anywhere below the endpoints.

    `category=None` leaves the category out, as several of HubSpot's older shapes do. `bare` drops the rate-limit
    headers (403 answers have none).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str | None = "VALIDATION_ERROR",
        sub_category: str | None = None,
        errors: Sequence[Json] | None = None,
        context: Mapping[str, Any] | None = None,
        links: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        bare: bool = False,
        not_found_page: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.sub_category = sub_category
        self.errors = list(errors or ())
        self.context = dict(context or {})
        self.links = dict(links or {})
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        self.bare = bare
        self.not_found_page = not_found_page

    def body(self, correlation: str) -> Json:
        """The JSON body, in the order of HubSpot's own."""
        out: Json = {"status": "error", "message": self.message, "correlationId": correlation}
        out.update(self.extra)
        if self.context:
            out["context"] = self.context
        if self.errors:
            out["errors"] = self.errors
        if self.links:
            out["links"] = self.links
        if self.category:
            out["category"] = self.category
        if self.sub_category:
            out["subCategory"] = self.sub_category
        return out


def not_found() -> ApiError:
    """404 for a record that is not there: JSON for JSON clients, a web page for `*/*` (reference 5.2)."""
    return ApiError(404, "resource not found", category=None, not_found_page=True)


def not_numeric(raw: str) -> ApiError:
    """404 for an id that cannot be one (two spaces, as recorded)."""
    if raw.lstrip("-").isdigit():
        message = "Object not found.  objectId is usually positive."
    else:
        message = "Object not found.  objectId are usually numeric."
    return ApiError(404, message, category="OBJECT_NOT_FOUND", context={"id": [raw]})


def unauthorized() -> ApiError:
    """401 for no token, or one that nobody issued."""
    return ApiError(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details"
        " at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        category="INVALID_AUTHENTICATION",
        bare=True,
    )


def expired(seconds_ago: int, category: str | None) -> ApiError:
    """401 for an OAuth token past its time (the category is unverified)."""
    return ApiError(
        401,
        f"The OAuth token used to make this call expired {seconds_ago} second(s) ago.",
        category=category,
        bare=True,
    )


def refused_at_the_edge() -> ApiError:
    """530 for a token that cannot be one: the edge never asks the API (seen once, airbytehq/airbyte#74046)."""
    return ApiError(530, "The origin could not be reached", category=None, bare=True)


def missing_scopes(family: str, scopes: Sequence[str], type_name: str, portal_id: int) -> ApiError:
    """403 for a scope that the app lacks; three shapes, by what was asked (reference 3.2)."""
    if family == "properties":
        return ApiError(
            403,
            f"You do not have permissions to view object type ObjectTypeId{{legacyObjectType={type_name.upper()}}}"
            f" in portal {portal_id} (requires one of [{', '.join(scopes)}])",
            category=None,
            bare=True,
        )
    if family == "schemas":
        return ApiError(
            403,
            "One or more of the following scopes are required.",
            category="MISSING_SCOPES",
            context={"requiredGranularScopes": list(scopes), "links": [SCOPES_PAGE]},
            bare=True,
        )
    return ApiError(
        403,
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        f"{SCOPES_PAGE}.",
        category="MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": SCOPES_PAGE},
        bare=True,
    )


def contact_exists(existing: int | None) -> ApiError:
    """409 for a contact's e-mail that is taken; a batch does not name the id (reference 5.4, 6.2)."""
    message = "Contact already exists" if existing is None else f"Contact already exists. Existing ID: {existing}"
    return ApiError(409, message, category="CONFLICT")


def value_taken(where: str, name: str, value: str, own: str, existing: int) -> ApiError:
    """400 for a unique property's value that another record holds.

    The reference is silent; so read by public programs out of live answers, and kept in their tests.
    """
    message = (
        f"Cannot set PropertyValueCoordinates{{{where}, propertyName={name}, value={value}}} on {own}."
        f" {existing} already has that value."
    )
    code = "CONFLICTING_UNIQUE_VALUE"
    return ApiError(400, message, errors=[{"message": message, "code": code, "context": {"propertyName": [name]}}])


def invalid_values(problems: Sequence[Json], portal_id: int) -> ApiError:
    """400 with every bad property of a request; the list stands in the message too, as JSON text."""
    listed = [
        {
            "isValid": False,
            "message": p["message"],
            "error": p["code"],
            "name": p["name"],
            "localizedErrorMessage": p["message"],
            "portalId": portal_id,
        }
        for p in problems
    ]
    return ApiError(
        400,
        f"Property values were not valid: {orjson.dumps(listed).decode()}",
        errors=[
            {"message": p["message"], "code": p["code"], "context": {"propertyName": [p["name"]]}} for p in problems
        ],
    )


def invalid_json(text: str) -> ApiError:
    """400 for a body that is not JSON."""
    return ApiError(400, f"Invalid input JSON on {text}")


NOT_FOUND_PAGE = b"""<!DOCTYPE html>
<html><head><meta http-equiv="Content-Type" content="text/html;charset=utf-8"/><title>Error 404 Not Found</title></head>
<body><h2>HTTP ERROR 404</h2><p>Problem accessing the resource. Reason:<pre>    Not Found</pre></p></body></html>
"""

TOO_LONG_PAGE = b"""<html><head><title>414 Request-URI Too Large</title></head>
<body><center><h1>414 Request-URI Too Large</h1></center></body></html>
"""
