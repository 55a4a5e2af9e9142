"""Who may call, and how often: tokens, scopes, OAuth, the three kinds of 429, the headers."""

from __future__ import annotations

import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.side import HubSpotSide

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def side() -> HubSpotSide:
    return account(switches={"limits": True, "plan": "free"})


@pytest.fixture
def call(side: HubSpotSide) -> Caller:
    side.clock.freeze()  # type: ignore[attr-defined]
    return Caller(side)


def refresh(side: HubSpotSide, **changed: str) -> dict[str, str]:
    credentials = side.credentials("")
    names = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token", **{n: credentials[n] for n in names}, **changed}


@pytest.mark.parametrize("token", ["", "pat-na1-nobody"])
def test_no_token_and_an_unknown_one_are_the_same_401(side: HubSpotSide, token: str) -> None:
    answer = Caller(side, token)("GET", CONTACTS)

    assert answer.status == 401
    assert answer.json["category"] == "INVALID_AUTHENTICATION"
    assert answer.json["message"].startswith("Authentication credentials not found. This API supports OAuth 2.0")


def test_a_missing_scope_is_named_in_three_shapes_without_rate_headers(side: HubSpotSide, call: Caller) -> None:
    side.set_switch(
        "scopes_removed",
        ["crm.objects.contacts.read", "crm.schemas.contacts.read", "crm.schemas.custom.read"],
    )

    record, definitions, schemas = (
        call("GET", CONTACTS),
        call("GET", "/crm/v3/properties/contacts"),
        call("GET", "/crm/v3/schemas"),
    )

    assert [a.status for a in (record, definitions, schemas)] == [403] * 3
    assert record.json["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.read"]
    assert record.json["category"] == "MISSING_SCOPES"
    assert "legacyObjectType=CONTACT" in definitions.json["message"]
    assert "category" not in definitions.json
    assert schemas.json["context"]["requiredGranularScopes"] == ["crm.schemas.custom.read"]
    assert not [h for h in record.headers if h.startswith("x-hubspot-ratelimit")]
    assert call("GET", "/crm/v3/objects/companies").status == 200
    assert call("POST", CONTACTS, {"properties": {"email": "w@a.example"}}).status == 201


def test_a_refresh_keeps_the_refresh_token_and_bad_ones_are_named(side: HubSpotSide, call: Caller) -> None:
    good = call("POST", "/oauth/v1/token", form=refresh(side))
    bad = call("POST", "/oauth/v1/token", form=refresh(side, refresh_token="x"))
    newer = call("POST", "/oauth/2026-03/token", form=refresh(side))

    assert good.status == 200
    assert good.json["refresh_token"] == side.credentials("")["refresh_token"]
    assert (good.json["token_type"], good.json["expires_in"]) == ("bearer", 1800)
    assert (bad.status, bad.json["status"], bad.json["error"]) == (400, "BAD_REFRESH_TOKEN", "invalid_grant")
    assert newer.json["hub_id"] == side.credentials("")["portal_id"]


def test_an_authorized_code_works_once(side: HubSpotSide, call: Caller) -> None:
    client_id = side.credentials("")["client_id"]
    sent = call(
        "GET", "/oauth/authorize", client_id=client_id, redirect_uri="http://127.0.0.1/back", scope="oauth", state="s1"
    )
    code = sent.headers["location"].split("code=")[1].split("&")[0]
    form = {**refresh(side), "grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/back"}

    assert sent.status == 302
    assert sent.headers["location"].endswith("state=s1")
    assert call("POST", "/oauth/v1/token", form=form).status == 200
    assert call("POST", "/oauth/v1/token", form=form).json["status"] == "BAD_AUTH_CODE"


def test_an_oauth_token_runs_out_by_the_clock(side: HubSpotSide, call: Caller) -> None:
    token = call("POST", "/oauth/v1/token", form=refresh(side)).json["access_token"]
    app = Caller(side, token)

    assert app("GET", CONTACTS).status == 200
    side.clock.advance(1801)  # type: ignore[attr-defined]
    late = app("GET", CONTACTS)

    assert late.status == 401
    assert late.json["message"].startswith("The OAuth token used to make this call expired ")
    assert app("GET", f"/oauth/v1/access-tokens/{token}").json["expires_in"] == 0


def test_the_rate_headers_count_down(call: Caller) -> None:
    first, second = call("GET", CONTACTS), call("GET", CONTACTS)

    assert first.headers["x-hubspot-ratelimit-max"] == "100"
    assert first.headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    assert first.headers["x-hubspot-ratelimit-daily"] == "250000"
    assert [a.headers["x-hubspot-ratelimit-remaining"] for a in (first, second)] == ["99", "98"]
    assert [a.headers["x-hubspot-ratelimit-daily-remaining"] for a in (first, second)] == ["249999", "249998"]


def test_ten_seconds_hold_a_hundred_calls(side: HubSpotSide, call: Caller) -> None:
    assert {call("GET", CONTACTS, limit=1).status for _ in range(100)} == {200}

    refused = call("GET", CONTACTS, limit=1)

    assert refused.status == 429
    assert refused.json["message"] == "You have reached your ten_secondly_rolling limit."
    assert (refused.json["errorType"], refused.json["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert "retry-after" not in refused.headers
    side.clock.advance(10.1)  # type: ignore[attr-defined]
    assert call("GET", CONTACTS, limit=1).status == 200


def test_a_refused_write_is_not_carried_out(side: HubSpotSide, call: Caller) -> None:
    for _ in range(100):
        call("GET", "/crm/v3/owners")

    assert call("POST", CONTACTS, {"properties": {"email": "late@a.example"}}).status == 429
    assert not list(side.dump("contacts"))


def test_search_has_five_a_second_of_its_own(side: HubSpotSide, call: Caller) -> None:
    side.set_switch("plan", "professional")
    answers = [call("POST", f"{CONTACTS}/search", {}) for _ in range(6)]

    assert [a.status for a in answers] == [200] * 5 + [429]
    assert answers[5].json["message"] == "You have reached your secondly limit."
    assert answers[5].json["category"] == "RATE_LIMITS"
    assert "policyName" not in answers[5].json
    assert "x-hubspot-ratelimit-daily" in answers[0].headers
    assert "x-hubspot-ratelimit-max" not in answers[0].headers
    assert call("GET", CONTACTS).status == 200
    side.clock.advance(1)  # type: ignore[attr-defined]
    assert call("POST", f"{CONTACTS}/search", {}).status == 200


def test_the_day_turns_at_midnight_in_the_accounts_time_zone(side: HubSpotSide, call: Caller) -> None:
    limits = side.portal.limits
    call("GET", CONTACTS)
    limits._used_today = limits.per_day()

    refused = call("GET", CONTACTS)

    assert (refused.status, refused.json["policyName"]) == (429, "DAILY")
    side.clock.advance(24 * 3600)  # type: ignore[attr-defined]
    assert call("GET", CONTACTS).status == 200


def test_an_oauth_app_has_110_calls_and_no_daily_pair(side: HubSpotSide, call: Caller) -> None:
    token = call("POST", "/oauth/v1/token", form=refresh(side)).json["access_token"]

    answer = Caller(side, token)("GET", CONTACTS)

    assert answer.headers["x-hubspot-ratelimit-max"] == "110"
    assert answer.headers["x-hubspot-ratelimit-secondly"] == "11"
    assert "x-hubspot-ratelimit-daily" not in answer.headers


def test_a_switch_relaxes_the_limits_and_unknown_switches_are_refused(side: HubSpotSide, call: Caller) -> None:
    side.set_switch("limits", False)

    assert {call("GET", CONTACTS, limit=1).status for _ in range(120)} == {200}
    with pytest.raises(KeyError, match="search_lag_seconds"):
        side.set_switch("no_such_switch", 1)


def test_the_account_says_what_it_is(side: HubSpotSide, call: Caller) -> None:
    details = call("GET", "/account-info/v3/details").json
    usage = call("GET", "/account-info/v3/api-usage/daily/private-apps").json["results"][0]

    assert details["portalId"] == side.credentials("")["portal_id"]
    assert details["accountType"] == "DEVELOPER_TEST"
    assert usage["usageLimit"] == 250_000
    assert usage["currentUsage"] == 2
