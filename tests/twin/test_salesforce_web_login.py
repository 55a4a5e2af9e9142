"""The web-server flow: sent away to consent, back with a code, which is good once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from salesforce_bench import Bench, make_side, served

BACK = "http://localhost:1717/OauthRedirect"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def authorize(bench: Bench, **more: str) -> requests.Response:
    asked = {
        "response_type": "code",
        "client_id": bench.known["client_id"],
        "redirect_uri": BACK,
        "state": "s1",
        **more,
    }
    return requests.get(bench.url + "/services/oauth2/authorize", params=asked, allow_redirects=False)


def exchange(bench: Bench, code: str, **more: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": bench.known["client_id"],
        "client_secret": bench.known["client_secret"], **more,
    }  # fmt: skip
    return requests.post(bench.url + "/services/oauth2/token", data=form)


def code_of(answer: requests.Response) -> str:
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["state"] == ["s1"]
    return asked["code"][0]


def test_a_code_becomes_a_session_and_a_refresh_token_once(bench):
    code = code_of(authorize(bench))
    body = exchange(bench, code).json()
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert bench.call("GET", "limits", headers=bearer).status_code == 200
    assert body["refresh_token"] == bench.known["refresh_token"]
    again = exchange(bench, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_for_its_address_its_verifier_and_a_quarter_of_an_hour(bench):
    elsewhere = exchange(bench, code_of(authorize(bench)), redirect_uri="http://localhost/x").json()
    assert elsewhere["error_description"] == "redirect_uri must match configuration"
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    wanted = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert exchange(bench, code_of(authorize(bench, **wanted))).json()["error_description"] == "invalid code verifier"
    assert exchange(bench, code_of(authorize(bench, **wanted)), code_verifier=verifier).status_code == 200
    old = code_of(authorize(bench))
    bench.side.org.clock.advance(901)
    assert exchange(bench, old).json()["error_description"] == "expired authorization code"


def test_the_user_agent_flow_brings_the_token_in_the_fragment(bench):
    found = parse_qs(urlsplit(authorize(bench, response_type="token").headers["Location"]).fragment)
    bearer = {"Authorization": f"Bearer {found['access_token'][0]}"}
    assert bench.call("GET", "limits", headers=bearer).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "x"}, "invalid_client_id"),
        ({"response_type": "x"}, "unsupported_response_type"),
        ({"redirect_uri": ""}, "redirect_uri_missing"),
    ],
)
def test_a_wrong_request_is_told_not_redirected(bench, wrong, error):
    answer = authorize(bench, **wrong)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
