"""HubSpot's statuses and bodies as classes of error: the tables of reference 12.3 and 12.4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trueup.connectors.hubspot import HubSpotConnector, errors
from trueup.connectors.hubspot.options import read
from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.transport import NO_WAITING
from trueup.errors import (
    ConfigError,
    CredentialsError,
    LimitError,
    PermissionDeniedError,
    RefusedError,
    RemoteError,
    TrueupError,
    UnavailableError,
    UnknownOutcomeError,
)
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (400, {"category": "VALIDATION_ERROR"}, {}, RefusedError),
        (401, {"category": "INVALID_AUTHENTICATION"}, {}, CredentialsError),
        (400, {"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant"}, {}, CredentialsError),
        (530, {}, {}, CredentialsError),  # a bad token at the edge
        (403, {"category": "MISSING_SCOPES"}, {}, PermissionDeniedError),
        (404, {}, {}, RefusedError),  # an HTML page
        (409, {"category": "CONFLICT"}, {}, RefusedError),
        (414, {}, {}, RefusedError),  # the URL was too long
        (415, {}, {}, RefusedError),
        (423, {}, {}, UnavailableError),  # locked after heavy writing
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, UnavailableError),
        (429, {"policyName": "DAILY"}, {}, LimitError),
        (429, {"category": "RATE_LIMITS"}, {}, UnavailableError),  # search: no policy, no Retry-After
        (477, {}, {"Retry-After": "86400"}, UnavailableError),  # the account moves
        (500, {}, {}, UnknownOutcomeError),
        (502, {}, {}, UnknownOutcomeError),
        (503, {}, {}, UnknownOutcomeError),
        (504, {}, {}, UnknownOutcomeError),
        (521, {}, {}, UnavailableError),
        (522, {}, {}, RemoteError),  # ask support
        (523, {}, {}, UnavailableError),
        (525, {}, {}, RemoteError),
        (526, {}, {}, RemoteError),
        (524, {}, {}, UnknownOutcomeError),  # no answer in 100 seconds: the write may have happened
    ],
)
def test_a_status_has_its_class(
    status: int, body: dict[str, Any], headers: dict[str, str], expected: type[TrueupError]
) -> None:
    assert type(errors.from_answer(status, body, headers, system="hubspot")) is expected


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait"),
    [
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10.0),
        (429, {"category": "RATE_LIMITS"}, {}, 1.0),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"retry-after": "3"}, 3.0),
        (423, {}, {}, 2.0),
        (477, {}, {"Retry-After": "86400"}, 86400.0),
    ],
)
def test_waiting_is_as_long_as_the_kind_of_limit(
    status: int, body: dict[str, Any], headers: dict[str, str], wait: float
) -> None:
    error = errors.from_answer(status, body, headers, system="hubspot")

    assert isinstance(error, UnavailableError)
    assert error.retry_after_s == wait


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("PROPERTY_DOESNT_EXIST", 'Property "foo" does not exist'),
        ("INVALID_OPTION", "x was not one of the allowed options: [a, b]"),
        ("INVALID_EMAIL", "Email address x is invalid"),
        ("READ_ONLY_VALUE", '"x" is a read only property; its value cannot be set.'),
        ("INVALID_INTEGER", "x was not a valid number"),
        ("INVALID_LONG", "x was not a valid long"),
        ("INVALID_DATE", "x was not a valid date"),
        ("INVALID_OWNER_ID", "Owner 7 does not exist"),
        ("REQUIRED_FIELD", "hs_timestamp is missing"),
        ("MISSING_REQUIRED_PROPERTY", "hs_timestamp is missing"),
    ],
)
def test_a_bad_value_is_told_with_its_code_and_what_to_do(code: str, message: str) -> None:
    """Alone as a 400, and as one entry of a 207 (reference 12.5): the same code and the same advice."""
    body = {
        "message": f"Property values were not valid: [{message}]",
        "errors": [{"message": message, "code": code, "context": {"propertyName": ["x"]}}],
        "category": "VALIDATION_ERROR",
    }
    alone = errors.from_answer(400, body, {}, system="hubspot")
    among = errors.of_item({"message": message, "code": code}, "hubspot")

    for error in (alone, among):
        assert isinstance(error, RefusedError)
        assert error.code == code
        assert message in error.message
        assert error.hint


@pytest.mark.parametrize(
    ("status", "body", "code", "advice"),
    [
        (404, {"category": "OBJECT_NOT_FOUND", "message": "Object not found."}, "OBJECT_NOT_FOUND", "plan again"),
        (409, {"category": "CONFLICT", "message": "Contact already exists"}, "CONFLICT", "merge"),
        (409, {"category": "OBJECT_ALREADY_EXISTS"}, "OBJECT_ALREADY_EXISTS", "plan again"),
        (414, {"message": "Cannot have more than 250 identities on a profile"}, "HTTP_414", "250"),
        (477, {"message": "moving"}, "HTTP_477", "data centre"),
        (
            400,
            {"category": "VALIDATION_ERROR", "subCategory": "crm.associations.INVALID_IDENTIFIER"},
            "crm.associations.INVALID_IDENTIFIER",
            "plan again",
        ),
    ],
)
def test_a_refusal_says_what_to_do(status: int, body: dict[str, Any], code: str, advice: str) -> None:
    error = errors.from_answer(status, body, {}, system="hubspot")

    assert isinstance(error, RemoteError)
    assert error.code == code
    assert advice in error.hint


def test_missing_scopes_are_named() -> None:
    body = {
        "message": "This app hasn't been granted all required scopes to make this call.",
        "errors": [{"message": "…", "context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}],
        "category": "MISSING_SCOPES",
    }

    assert "crm.objects.contacts.read" in errors.from_answer(403, body, {}, system="hubspot").hint


def test_all_bad_properties_are_told_and_the_request_id_is_kept() -> None:
    body = {
        "message": "Property values were not valid: [{…}]",
        "correlationId": "c-1",
        "errors": [
            {"message": 'Property "foo" does not exist', "code": "PROPERTY_DOESNT_EXIST"},
            {"message": "Email address x is invalid", "code": "INVALID_EMAIL"},
        ],
    }

    error = errors.from_answer(400, body, {}, system="hubspot")

    assert isinstance(error, RefusedError)
    assert "foo" in error.message
    assert "Email address x" in error.message
    assert (error.code, error.request_id) == ("PROPERTY_DOESNT_EXIST", "c-1")


def test_the_existing_id_is_read_from_the_message() -> None:
    assert errors.existing_id("Contact already exists. Existing ID: 123456") == "123456"
    assert errors.existing_id("Contact already exists") == ""
    assert (
        errors.existing_id("Cannot set PropertyValueCoordinates{…, value=K} on 17. 42 already has that value.") == "42"
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "auth.token"),
        ({"auth.flow": "oauth", "auth.client_id": "x"}, "auth.client_secret and auth.refresh_token"),
        ({"auth.flow": "magic"}, "private_app, oauth"),
        ({"auth.token": "env:T", "base_url": "http://api.hubapi.com"}, "https"),  # would show the token to the network
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read(options, "hubspot")


def test_a_private_certificate_needs_its_authority_named(tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"portalId": 7, "uiDomain": "app.hubspot.com"}'})

    pair = certificate(tmp_path)
    servers = Servers([Listener("hubspot", app, tls=pair)])
    servers.start()
    try:
        url = servers.urls["hubspot"]
        trusting, doubting = (
            HubSpotConnector(
                Settings("hubspot", {"auth.token": "pat-x", "base_url": url} | more, secret=lambda r: r), NO_WAITING
            )
            for more in ({"ca_file": str(pair[0])}, {})
        )

        with pytest.raises(RemoteError) as caught:
            doubting.client.account()
        assert "ca_file" in caught.value.hint
        assert trusting.client.account()["portalId"] == 7
        trusting.close()
        doubting.close()
    finally:
        servers.stop()


def test_nothing_listening_is_unavailable() -> None:
    options = {"auth.token": "pat-x", "base_url": "http://127.0.0.1:9"}
    connector = HubSpotConnector(Settings("hubspot", options, secret=lambda r: r), NO_WAITING)

    with pytest.raises(UnavailableError):
        connector.describe("contacts")
