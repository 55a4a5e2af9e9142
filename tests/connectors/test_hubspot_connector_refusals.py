"""Reading HubSpot while it refuses: pulls that break off, broken answers, limits, missing scopes, credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_rigs import SYSTEM, HubSpotRig
from hubspot_reads import connect, paths
from test_contract import live, pull

from trueup.connectors.hubspot import HubSpotConnector
from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.transport import RetryPolicy
from trueup.errors import CredentialsError, LimitError, PermissionDeniedError, RemoteError
from trueup.model.records import HighWater
from trueup.twin.kit.faults import Fault


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


def test_a_pull_that_breaks_off_is_incomplete_and_keeps_its_mark(rig: HubSpotRig) -> None:
    for i in range(6):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    connector = connect(rig)
    connector.describe("contacts")
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts[?]", status=400, skip=2))

    pages, summary = pull(connector, "contacts")

    assert len(live(pages)) == 4
    assert not summary.complete
    assert summary.high_water is None
    assert "broke off" in summary.notes[0]


def test_a_pull_of_which_nothing_came_raises(rig: HubSpotRig) -> None:
    rig.add("contacts", {"email": "ann@acme.example"})
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts", status=400))

    with pytest.raises(RemoteError):
        pull(connect(rig), "contacts")


@pytest.mark.parametrize("action", ["reset_before", "reset_after", "truncate", "malformed"])
def test_a_broken_answer_is_asked_for_again(rig: HubSpotRig, action: str) -> None:
    ids = {rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(6)}
    rig.pass_time()
    rig.faults.add(Fault(action, path="/crm/v3/objects/contacts", probability=0.4, seed=7))

    pages, summary = pull(connect(rig), "contacts")

    assert sorted(r.ref.id for r in live(pages)) == sorted(ids)
    assert summary.complete


def test_limits_are_waited_for_as_they_ask(rig: HubSpotRig) -> None:
    rig.add("contacts", {"email": "ann@acme.example"})
    waits: list[float] = []
    settings = Settings(SYSTEM, rig.options(), secret=lambda r: r, budget=1.0)
    connector = HubSpotConnector(settings, RetryPolicy(sleep=waits.append, jitter=lambda: 0.5))
    body = '{"status":"error","policyName":"TEN_SECONDLY_ROLLING","errorType":"RATE_LIMIT"}'
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts[?]", status=429, body=body, count=2))
    rig.faults.add(Fault("answer", path="/search", status=429, body='{"category":"RATE_LIMITS"}', count=1))

    pages, _ = pull(connector, "contacts")

    assert len(live(pages)) == 1
    assert waits == [1.0, 10.0, 10.0]


def test_the_daily_limit_ends_the_work_at_once(rig: HubSpotRig) -> None:
    rig.faults.add(Fault("answer", path="/crm/", status=429, body='{"policyName":"DAILY"}'))

    with pytest.raises(LimitError):
        connect(rig).describe("contacts")

    assert len(paths(rig)) == 1


def test_a_missing_scope_is_named(rig: HubSpotRig) -> None:
    rig.side.set_switch("scopes_removed", ("crm.objects.contacts.read",))

    with pytest.raises(PermissionDeniedError):
        pull(connect(rig), "contacts")


def test_a_scope_taken_away_since_the_last_pull_is_named_and_not_asked_for_again(rig: HubSpotRig) -> None:
    """The search is refused, then the list: that is all there is to try."""
    rig.add("contacts", {"email": "ann@acme.example"})
    connector = connect(rig)
    connector.describe("contacts")
    body = {"message": "no", "errors": [{"context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}]}
    rig.faults.add(Fault("answer", path="/crm/v3/objects/contacts", status=403, body=json.dumps(body), count=12))
    before = rig.arrived()

    with pytest.raises(PermissionDeniedError) as refused:
        pull(connector, "contacts", HighWater("2026-01-01T00:00:00Z"))

    assert "crm.objects.contacts.read" in refused.value.hint
    assert len(paths(rig, since=before)) <= 4


def test_the_missing_scope_is_named_among_those_that_are_needed(rig: HubSpotRig) -> None:
    rig.side.set_switch("scopes_removed", ("crm.objects.deals.read", "crm.objects.owners.read"))

    found = connect(rig).permissions()

    assert set(found.lacking) == {"crm.objects.deals.read", "crm.objects.owners.read"}
    assert "crm.objects.contacts.read" in found.needed
    assert found.untried == (
        "crm.objects.companies.write",
        "crm.objects.contacts.write",
        "crm.objects.deals.write",
    )


def by_oauth(rig: HubSpotRig, **options: object) -> HubSpotConnector:
    """A connector of an OAuth app."""
    given = rig.side.credentials(rig.url)
    auth = {f"auth.{name}": given[name] for name in ("client_id", "client_secret", "refresh_token")}
    return connect(rig, **{"auth.flow": "oauth", "auth.token": "", **auth, **options})


def test_an_oauth_token_is_asked_what_it_may(rig: HubSpotRig) -> None:
    found = by_oauth(rig).permissions()

    assert (found.lacking, found.untried) == ((), ())
    assert "crm.objects.contacts.write" in found.needed
    assert [p for p in paths(rig) if "access-tokens" in p]


def test_an_object_without_search_is_listed_with_a_word_said(rig: HubSpotRig) -> None:
    ids = {rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)}
    rig.faults.add(Fault("answer", path="/search", status=403, body='{"message":"not in this tier"}'))
    connector = connect(rig)

    for since in (None, HighWater("2026-01-01T00:00:00Z")):
        pages, summary = pull(connector, "contacts", since)

        assert {r.ref.id for r in live(pages)} == ids
        assert summary.complete
        assert summary.full
        assert "not let us search" in summary.notes[0]
    _, summary = pull(connector, "contacts:history", HighWater("2026-01-01T00:00:00Z"))
    assert (summary.seen, summary.full, summary.complete) == (3, True, True)


def test_an_expired_oauth_token_is_renewed_in_the_middle_of_a_pull(rig: HubSpotRig) -> None:
    for i in range(6):
        rig.add("contacts", {"email": f"p{i}@acme.example"})
    connector = by_oauth(rig)
    steps = connector.pull("contacts", None)
    next(steps)

    rig.side.expire_sessions()
    rest = list(steps)

    assert sum(len(p.records) for p in rest) == 4
    assert paths(rig).count("POST /oauth/v1/token") == 2


def test_wrong_credentials_are_said_once(rig: HubSpotRig) -> None:
    connector = connect(rig, **{"auth.token": "pat-na1-00000000-0000-0000-0000-000000000000"})

    with pytest.raises(CredentialsError) as caught:
        connector.describe("contacts")

    assert len(paths(rig)) == 1
    assert "pat-na1" not in caught.value.message


def test_a_busy_token_endpoint_is_waited_for_and_a_revoked_app_is_said_once(
    rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.add("contacts", {"email": "ann@acme.example"})
    waits: list[float] = []
    monkeypatch.setattr("contract_rigs.NO_WAITING", RetryPolicy(sleep=waits.append, jitter=lambda: 0.5))
    body = '{"status":"error","policyName":"TEN_SECONDLY_ROLLING","errorType":"RATE_LIMIT"}'
    busy = Fault("answer", path="/oauth/v1/token", status=429, body=body, headers={"Retry-After": "7"}, count=2)
    rig.faults.add(busy)

    pages, _ = pull(by_oauth(rig), "contacts")
    before = rig.arrived()
    with pytest.raises(CredentialsError) as caught:
        by_oauth(rig, **{"auth.refresh_token": "na1-revoked"}).describe("contacts")

    assert len(live(pages)) == 1
    assert waits[:2] == [7.0, 7.0]
    assert paths(rig, since=before) == ["POST /oauth/v1/token"]
    assert "na1-revoked" not in caught.value.message
