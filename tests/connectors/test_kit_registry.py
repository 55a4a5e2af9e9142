"""Finding connectors and checking what they are opened with; keeping credentials out of messages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from trueup.connectors.kit import registry
from trueup.connectors.kit.base import ConnectorSpec, Option, Settings
from trueup.connectors.kit.redact import HIDDEN, redact
from trueup.errors import ConfigError

SPEC = ConnectorSpec(
    "toy",
    "A toy.",
    (
        Option("token", "The key.", required=True, secret=True),
        Option("pages", "How many.", type="integer", default=5),
        Option("mode", "Which.", choices=("a", "b")),
    ),
    open=lambda settings: settings,  # type: ignore[arg-type, return-value]
)


def test_the_folders_are_found_by_themselves():
    assert {"salesforce"} <= set(registry.connectors())
    assert "kit" not in registry.connectors()


def test_naming_the_connectors_imports_no_client_library():
    code = (
        "import sys; from trueup.connectors.kit import registry as r; r.connectors(); r.spec('salesforce');"
        "sys.exit(any(m in sys.modules for m in ('simple_salesforce', 'hubspot', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError) as caught:
        registry.open_connector("sugarforce", Settings("x", {}, secret=str))
    assert "salesforce" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"token": "env:T"}, []),
        ({}, ["token"]),
        ({"token": "plain"}, ["token"]),
        ({"token": "env:T", "pages": "five"}, ["pages"]),
        ({"token": "env:T", "pages": True}, ["pages"]),
        ({"token": "env:T", "mode": "c", "colour": 1}, ["mode", "colour"]),
    ],
)
def test_every_problem_with_options_is_named(options, names):
    assert [name for name, _ in registry.option_problems(SPEC, options)] == names


def test_defaults_fill_what_was_not_said():
    assert registry.with_defaults(SPEC, {"token": "env:T"}) == {"token": "env:T", "pages": 5}


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghij0123456789",
        "token 00D4S000000oz4e!AQcAQH0dMHZfz972Szmpkb58 in a message",
        "pat-na1-01234567-89ab-cdef-0123-456789abcdef",
        '{"access_token": "s3cr3t-value", "x": 1}',
        "grant_type=password&client_secret=s3cr3t-value&username=u",
        "<urn:password>s3cr3t-value</urn:password>",
    ],
)
def test_credentials_do_not_reach_messages(text):
    cleaned = redact(text)
    assert HIDDEN in cleaned
    for part in ("s3cr3t-value", "abcdefghij0123456789", "AQcAQH0dMHZfz972Szmpkb58", "01234567-89ab"):
        assert part not in cleaned


def test_known_secrets_are_removed_whole():
    assert redact("key=abcd1234, key2=abcd", ["abcd", "abcd1234"]) == f"key={HIDDEN}, key2={HIDDEN}"
