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
