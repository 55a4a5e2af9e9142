"""Logging in by every flow, staying logged in, and what is said when that fails."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from salesforce_org import Org, pulled, ref, running

from trueup.errors import ConfigError, CredentialsError, LimitError, PermissionDeniedError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind

FLOWS = ["client_credentials", "jwt", "password", "password_grant", "refresh_token", "session"]


@pytest.fixture(scope="module")
def org(tmp_path_factory):
    with running(tmp_path_factory.mktemp("org"), people=4) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_faults(org: Org):
    yield
    org.faults.clear()


@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_reads(org: Org, flow):
    assert org.connector(flow).describe("Lead").label == "Lead"


@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_reads_over_tls_with_a_private_authority(org: Org, flow):
    connector = org.connector(flow, instance_url=org.tls_url, ca_file=org.ca_file)
    assert connector.describe("Lead").label == "Lead"


def test_without_the_authoritys_file_tls_is_refused_with_a_hint(org: Org):
    with pytest.raises(Exception, match="TLS") as caught:
        org.connector(instance_url=org.tls_url).describe("Lead")
    assert "ca_file" in caught.value.hint


@pytest.mark.parametrize(
    ("flow", "wrong"),
    [
        ("client_credentials", {"auth__client_id": "3MVGnonsense"}),
        ("client_credentials", {"auth__client_secret": "env:username"}),
        ("password", {"auth__password": "env:username"}),
        ("password_grant", {"auth__password": "env:username"}),
        ("refresh_token", {"auth__refresh_token": "env:username"}),
        ("session", {"auth__session_id": "env:username"}),
        ("jwt", {"auth__username": "nobody@acme.example"}),
    ],
)
def test_wrong_credentials_name_the_setting_and_show_no_secret(org: Org, flow, wrong):
    with pytest.raises(CredentialsError) as caught:
        org.connector(flow, **wrong).describe("Lead")
    text = f"{caught.value.message} {caught.value.hint}"
    assert "auth" in text or flow == "session"
    for name in ("client_secret", "password", "security_token", "access_token"):
        assert str(org.credentials[name]) not in text


@pytest.mark.parametrize("flow", FLOWS[:-1])
def test_a_session_that_ends_mid_run_is_renewed_and_headers_are_kept(org: Org, flow):
    connector = org.connector(flow)
    connector.describe("Lead")
    org.side.expire_sessions()
    pages, summary = pulled(connector, "Contact")
    assert summary.complete
    assert sum(len(p.records) for p in pages) == org.people
    queries = [r for r in org.requests("/queryAll/") if "sforce-query-options" in {k.lower() for k in r["headers"]}]
    assert queries, "the repeated query carries the header that the first one carried"


def test_a_session_that_nobody_renews_ends_the_run(org: Org):
    org.fault(
        "answer",
        status=401,
        body='[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]',
        headers={"content-type": "application/json"},
    )
    with pytest.raises(CredentialsError):
        org.connector("session").describe("Lead")
    with pytest.raises(CredentialsError):
        org.connector().describe("Lead")
    assert len(org.requests()) < 200


def test_a_session_that_something_else_renews_is_taken_up_mid_run(org: Org, monkeypatch):
    form = {"grant_type": "client_credentials", "client_id": org.credentials["client_id"]}
    form["client_secret"] = org.credentials["client_secret"]

    def renew() -> None:
        token = requests.post(f"{org.url}/services/oauth2/token", data=form).json()["access_token"]
        monkeypatch.setitem(org.credentials, "access_token", token)

    renew()
    connector = org.connector("session")
    connector.describe("Lead")
    org.side.expire_sessions()
    renew()
    assert pulled(connector, "Contact")[1].complete


@pytest.mark.parametrize("flow", FLOWS[:-1])
def test_every_request_has_a_time_out(org: Org, flow, monkeypatch):
    waits: dict[str, Any] = {}
    send = HTTPAdapter.send

    def noted(adapter: HTTPAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
        waits[str(request.url).removeprefix(org.url)] = kwargs.get("timeout")
        return send(adapter, request, *args, **kwargs)

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    connector = org.connector(flow, read_by="bulk", timeout_s=7)
    assert connector.server_time() is not None
    assert pulled(connector, "Contact")[1].complete
    connector.limits()
    connector.write([Change(Action.RESTORE, ref("Lead", 1), Kind.PERSON)])
    for part in ("/services/data/v59.0/jobs/query", "/results", "/services/Soap/u/", "/composite", "/limits"):
        assert any(part in path for path in waits), part
    assert set(waits.values()) == {(7, 7)}


def test_an_org_without_api_access_says_whom_to_ask(org: Org):
    connector = org.connector()
    org.side.set_switch("api_disabled", True)
    try:
        with pytest.raises(PermissionDeniedError, match="API_DISABLED_FOR_ORG"):
            connector.describe("Contact")
    finally:
        org.side.set_switch("api_disabled", False)


def test_calls_are_counted_and_the_budget_ends_them(org: Org):
    connector = org.connector(budget=0.0001)
    for name in ("Lead", "Contact", "Account", "Task"):
        connector.describe(name)
    names = {x.name: x for x in connector.limits()}
    assert names["our budget"].used == 2, "all describes in one, and the limits themselves; the log-in is not metered"
    assert names["our budget"].allowed == 10
    for _ in range(8):
        connector.limits()
    with pytest.raises(LimitError, match="our 10 calls"):
        connector.limits()


def test_the_orgs_clock_is_asked_without_a_metered_call(org: Org):
    connector = org.connector()
    moment = connector.server_time()
    assert moment is not None
    assert abs((moment - org.clock.now()).total_seconds()) < 5
    assert connector._client.budget.spent == 0


def test_a_version_that_the_org_does_not_speak_is_a_matter_of_configuration(org: Org):
    with pytest.raises(ConfigError, match=r"API version 12\.0") as caught:
        org.connector(api_version="12.0").describe("Lead")
    assert "Set api_version to one from" in caught.value.hint


def test_a_version_is_agreed_on_and_kept_for_every_request(org: Org):
    gone = '[{"message":"The requested resource does not exist","errorCode":"NOT_FOUND"}]'
    org.fault("answer", path=r"/services/data/v59\.0/", status=404, body=gone)
    listed = '[{"version":"57.0"},{"version":"58.0"},{"version":"99.0"}]'
    org.fault(
        "answer", path=r"/services/data/?$", status=200, body=listed, headers={"content-type": "application/json"}
    )
    before = len(org.requests())
    connector = org.connector()
    assert connector.describe("Lead").label == "Lead"
    assert pulled(connector, "Contact")[1].complete
    paths = [r["path"] for r in org.requests()[before:] if r["path"].startswith("/services/data/v")]
    assert paths[0].startswith("/services/data/v59.0/")
    assert {p.split("/")[3] for p in paths[1:]} == {"v58.0"}, "the newest that both speak"


def test_a_version_newer_than_the_soap_log_in_is_spoken_after_it(org: Org):
    connector = org.connector("password", api_version="66.0")
    assert connector.describe("Lead").label == "Lead"
    assert "/services/Soap/u/64.0" in {r["path"] for r in org.requests("/services/Soap/u/")}


def test_links_lead_to_the_record(org: Org):
    assert org.connector().record_url(ref("Lead", 1)).startswith(org.url + "/lightning/r/Lead/00Q")
