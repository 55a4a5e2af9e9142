"""The unmodified simple-salesforce against the twin: every log-in, reading, paging, writing, the feeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from salesforce_bench import NOW, Bench, make_side, served
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate
from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.org import API_USER_ID


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def flows(known: dict) -> dict[str, dict]:
    return {
        "soap": {k: known[k] for k in ("username", "password", "security_token")},
        "client_credentials": {
            "consumer_key": known["client_id"], "consumer_secret": known["client_secret"], "domain": known["my_domain"] + ".my",
        },
        "jwt": {"username": known["username"], "consumer_key": known["client_id"], "privatekey_file": known["private_key_file"]},
        "password": {
            "username": known["username"], "password": known["password"], "consumer_key": known["client_id"],
            "consumer_secret": known["client_secret"],
        },
        "organization": {"username": known["username"], "password": known["password"], "organizationId": "00D000000000001"},
        "direct": {"session_id": known["access_token"], "instance": "x.my.salesforce.com"},
    }  # fmt: skip


@pytest.mark.parametrize("flow", ["soap", "client_credentials", "jwt", "password", "organization", "direct"])
def test_every_login_of_the_client_opens_the_org(flow, tmp_path):
    with served(make_side(path=tmp_path / "sf.db")) as bench:
        sf = bench.client(**flows(bench.known)[flow])
        assert sf.query("SELECT Id, Username FROM User")["records"][0]["Id"] == API_USER_ID
        assert sf.api_usage["api-usage"].total == 100_000


def test_the_client_works_over_tls_with_the_domain_trick(tmp_path):
    side = make_side(path=tmp_path / "sf.db")
    cert, key = certificate(tmp_path)
    servers = Servers([Listener("sf", side.app, tls=(cert, key))])
    servers.start()
    try:
        import requests

        known = side.credentials("http://unused")
        host = servers.urls["sf"].removeprefix("https://")
        session = requests.Session()
        session.trust_env = False
        session.verify = str(cert)
        direct = Salesforce(
            session_id=known["access_token"], instance_url=servers.urls["sf"], session=session, version="59.0"
        )
        assert direct.query("SELECT Id FROM Organization")["totalSize"] == 1
        user = {k: known[k] for k in ("username", "password", "security_token")}
        by_soap = Salesforce(**user, domain=f"{host}/x", session=session, version="59.0")
        assert by_soap.sf_instance == host
        assert by_soap.query("SELECT Id FROM Organization")["totalSize"] == 1
        by_jwt = Salesforce(
            username=known["username"], consumer_key=known["client_id"], privatekey_file=known["private_key_file"],
            instance_url=f"{host}/x", session=session, version="59.0",
        )  # fmt: skip
        assert by_jwt.sf_instance == host
        assert by_jwt.query("SELECT Id FROM Organization")["totalSize"] == 1
        session.close()
    finally:
        servers.stop()
        side.close()


def test_wrong_credentials_are_told_apart(bench, tmp_path):
    good = bench.known
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        bench.client(username=good["username"], password="no", security_token="no")
    with pytest.raises(SalesforceAuthenticationFailed, match="client identifier invalid"):
        bench.client(consumer_key="no", consumer_secret="no", domain="acme.my")
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid client credentials"):
        bench.client(consumer_key=good["client_id"], consumer_secret="no", domain="acme.my")
    with (
        pytest.warns(UserWarning, match="authorize this"),
        pytest.raises(SalesforceAuthenticationFailed, match="hasn't"),
    ):
        bench.client(username="who@x.example", consumer_key=good["client_id"], privatekey=bench.side.private_key())
    bench.side.set_switch("soap_login_disabled", True)
    with pytest.raises(SalesforceAuthenticationFailed, match="disabled by default"):
        bench.client(**{k: good[k] for k in ("username", "password", "security_token")})


def test_a_foreign_key_a_wrong_audience_and_an_old_assertion_are_refused(bench):
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    now = int(datetime.now(UTC).timestamp())
    good = {
        "iss": bench.known["client_id"],
        "sub": bench.known["username"],
        "aud": "https://login.salesforce.com",
        "exp": now + 180,
    }

    def ask(claims: dict, key=None) -> tuple[int, dict]:
        signed = jwt.encode(claims, key or bench.side.private_key(), algorithm="RS256")
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
        answer = bench.http.post(bench.url + "/services/oauth2/token", data=form, headers={"Authorization": None})
        return answer.status_code, answer.json()

    status, body = ask(good)
    assert status == 200
    assert {"access_token", "instance_url", "id", "token_type", "scope", "issued_at"} == set(body)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask(good, other) == (400, {"error": "invalid_grant", "error_description": "invalid assertion"})
    assert ask({**good, "aud": "https://evil.example"})[1]["error_description"] == "audience is invalid"
    assert ask({**good, "exp": now - 10})[0] == 400
    assert ask({**good, "exp": now + 3600})[0] == 400


def test_refresh_userinfo_identity_and_revoke(bench):
    known = bench.known
    form = {"grant_type": "refresh_token", "client_id": known["client_id"], "refresh_token": known["refresh_token"]}
    body = bench.http.post(bench.url + "/services/oauth2/token", data=form).json()
    assert "refresh_token" not in body
    assert body["instance_url"] == bench.url
    from trueup.twin.salesforce.oauth import sign

    assert body["signature"] == sign(known["client_secret"], body["id"] + body["issued_at"])
    mine = {"Authorization": f"Bearer {body['access_token']}"}
    info = bench.http.get(bench.url + "/services/oauth2/userinfo", headers=mine).json()
    assert info["preferred_username"] == known["username"]
    path = body["id"].removeprefix("https://login.salesforce.com")
    assert bench.http.get(bench.url + path, headers=mine).json()["user_id"] == API_USER_ID
    assert (
        bench.http.post(bench.url + "/services/oauth2/revoke", data={"token": body["access_token"]}).status_code == 200
    )
    gone = bench.http.get(bench.url + "/services/data/v59.0/limits", headers=mine)
    assert (gone.status_code, gone.json()) == (
        401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )  # fmt: skip


def test_an_idle_session_expires_by_the_clock_and_the_client_renews_it(bench):
    sf = bench.client(**{k: bench.known[k] for k in ("username", "password", "security_token")})
    first = sf.session_id
    bench.side.org.clock.advance(7201)
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1
    assert sf.session_id != first
    bench.side.expire_sessions()
    with pytest.raises(SalesforceExpiredSession):
        bench.client().query("SELECT Id FROM Organization")


def test_query_all_pages_through_every_row_once(bench):
    rows = ({"Id": make_id("003", n), "LastName": f"N{n}", "SystemModstamp": NOW} for n in range(4500))
    bench.side.load("Contact", rows)
    sf = bench.client()
    page = sf.query("SELECT Id, Name FROM Contact ORDER BY SystemModstamp, Id")
    assert (page["totalSize"], page["done"], len(page["records"])) == (4500, False, 2000)
    assert page["nextRecordsUrl"].endswith("-2000")
    everything = sf.query_all("SELECT Id FROM Contact ORDER BY SystemModstamp, Id")
    assert [r["Id"] for r in everything["records"]] == [make_id("003", n) for n in range(4500)]
    again = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert len(again["records"]) == 2000
    small = sf.query("SELECT Id FROM Contact", headers={"Sforce-Query-Options": "batchSize=300"})
    assert len(small["records"]) == 300
    assert len(sf.query("SELECT Id, Description FROM Contact")["records"]) == 1000
    bench.side.org.clock.advance(2 * 86400 + 1)
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)


def test_records_are_created_read_changed_and_deleted(bench):
    sf = bench.client()
    made = sf.Lead.create({"LastName": "Ito", "FirstName": "Aya", "Company": "Kawa", "Email": "aya@kawa.example"})
    assert made["success"]
    lead = sf.Lead.get(made["id"])
    assert (lead["Name"], lead["Status"], lead["OwnerId"], lead["IsConverted"]) == (
        "Aya Ito", "Open - Not Contacted", API_USER_ID, False,
    )  # fmt: skip
    assert lead["SystemModstamp"] == lead["CreatedDate"] == "2026-05-06T12:00:00.000+0000"
    assert next(iter(lead)) == "attributes"
    bench.side.org.clock.advance(60)
    assert sf.Lead.update(made["id"], {"Title": "CTO", "FirstName": None}) == 204
    lead = sf.Lead.get(made["id"][:15])
    assert (lead["Name"], lead["Title"], lead["LastModifiedDate"]) == ("Ito", "CTO", "2026-05-06T12:01:00.000+0000")
    assert sf.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound, match="NOT_FOUND"):
        sf.Lead.get(made["id"])
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Lead.delete(made["id"])
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0
    assert sf.query("SELECT Id, IsDeleted FROM Lead", include_deleted=True)["records"][0]["IsDeleted"] is True
    assert [w for w in bench.heard.writes if w[0] == "Lead"] == [
        ("Lead", made["id"], "create"), ("Lead", made["id"], "update"), ("Lead", made["id"], "delete"),
    ]  # fmt: skip


def test_upsert_by_external_id_creates_then_updates_then_is_ambiguous(bench):
    sf = bench.client()
    assert sf.Contact.upsert("HubSpot_Id__c/77", {"LastName": "A"}) == 201
    assert sf.Contact.upsert("HubSpot_Id__c/77", {"LastName": "B"}) == 200
    assert sf.Contact.get_by_custom_id("HubSpot_Id__c", "77")["LastName"] == "B"
    for name in ("one", "two"):
        sf.Account.create({"Name": name, "Ext__c": "same"})
    with pytest.raises(SalesforceMoreThanOneRecord) as caught:
        sf.Account.upsert("Ext__c/same", {"Name": "three"})
    assert all(url.startswith("/services/data/v59.0/sobjects/Account/001") for url in caught.value.content)
    with pytest.raises(SalesforceResourceNotFound, match="Provided external ID field does not exist"):
        sf.Account.upsert("Nope__c/1", {"Name": "three"})
    assert (
        bench.call(
            "PATCH", "/services/data/v45.0/sobjects/Contact/HubSpot_Id__c/77", json={"LastName": "C"}
        ).status_code
        == 204
    )
    slash = bench.call("PATCH", "sobjects/Contact/Email/a%40b.example", json={"LastName": "Mail"})
    assert slash.status_code == 201
    assert bench.query("SELECT Email FROM Contact WHERE LastName = 'Mail'")["records"][0]["Email"] == "a@b.example"


def test_collections_succeed_in_part_or_not_at_all(bench):
    sf = bench.client()
    good = {"attributes": {"type": "Lead"}, "LastName": "L", "Company": "C"}
    bad = {"attributes": {"type": "Lead"}, "LastName": "L"}
    result = sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": [good, bad]})
    assert list(result[0]) == ["id", "success", "errors"]
    assert result[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Company]",
                "fields": ["Company"],
            }
        ],
    }
    result = sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": [good, bad]})
    assert [r["errors"][0]["statusCode"] for r in result] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 1
    assert len([w for w in bench.heard.writes if w[0] == "Lead"]) == 1
    lead = sf.query("SELECT Id FROM Lead")["records"][0]["Id"]
    ghost = make_id("00Q", 5)
    body = {"records": [
        {"attributes": {"type": "Lead"}, "id": lead, "Title": "x"}, {"attributes": {"type": "Lead"}, "Id": ghost, "Title": "x"},
    ]}  # fmt: skip
    result = sf.restful("composite/sobjects", method="PATCH", json=body)
    assert result[0] == {"id": lead, "success": True, "errors": []}
    assert result[1]["errors"] == [
        {"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}
    ]
    rows = sf.restful("composite/sobjects/Lead", method="POST", json={"ids": [ghost, lead], "fields": ["Id", "Title"]})
    assert rows[0] is None
    assert rows[1]["Title"] == "x"
    assert sf.restful("composite/sobjects/Lead", params={"ids": lead, "fields": "Id"})[0]["Id"] == lead
    up = {"records": [{"attributes": {"type": "Lead"}, "HubSpot_Id__c": "1", "LastName": "U", "Company": "C"},
                      {"attributes": {"type": "Lead"}, "HubSpot_Id__c": "2", "LastName": "V"}]}  # fmt: skip
    result = sf.restful("composite/sobjects/Lead/HubSpot_Id__c", method="PATCH", json=up)
    assert [(r["success"], r["created"]) for r in result] == [(True, True), (False, True)]
    result = sf.restful("composite/sobjects", method="DELETE", params={"ids": f"{lead},{ghost}"})
    assert [r["success"] for r in result] == [True, False]
    with pytest.raises(SalesforceMalformedRequest, match="EXCEEDED_ID_LIMIT"):
        sf.restful("composite/sobjects", method="POST", json={"records": [good] * 201})


def test_the_feeds_tell_what_changed_and_what_went(bench):
    sf = bench.client()
    kept = sf.Contact.create({"LastName": "K"})["id"]
    gone = sf.Contact.create({"LastName": "G"})["id"]
    bench.side.org.clock.advance(120)
    sf.Contact.delete(gone)
    bench.side.org.clock.advance(120)
    end = NOW + timedelta(minutes=4)
    updated = sf.Contact.updated(NOW - timedelta(minutes=5), end)
    assert updated == {"ids": [kept], "latestDateCovered": "2026-05-06T12:04:00.000+0000"}
    deleted = sf.Contact.deleted(NOW - timedelta(minutes=5), end)
    assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-05-06T12:02:00.000+0000"}]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    for start, stop in ((end, NOW), (NOW - timedelta(days=31), NOW), (NOW, NOW + timedelta(days=1))):
        with pytest.raises(SalesforceMalformedRequest, match="INVALID_REPLICATION_DATE"):
            sf.Contact.updated(start, stop)


def test_describe_limits_and_search_answer_the_client(bench):
    sf = bench.client()
    names = {s["name"] for s in sf.describe()["sobjects"]}
    assert {"Account", "Contact", "Lead", "Opportunity", "Task", "Event", "User", "Campaign", "Thing__c"} <= names
    fields = {f["name"]: f for f in sf.Lead.describe()["fields"]}
    assert fields["HubSpot_Id__c"]["externalId"]
    assert fields["Email"]["byteLength"] == 240
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000
    sf.Contact.create({"LastName": "Findable", "Email": "find@me.example"})
    found = sf.search("FIND {Findable} IN ALL FIELDS RETURNING Contact(Id, LastName)")
    assert found["searchRecords"][0]["LastName"] == "Findable"


def test_the_daily_limit_refuses_with_403_and_the_counter_really_counts(bench):
    first = bench.call("GET", "limits").headers["Sforce-Limit-Info"]
    second = bench.call("GET", "sobjects/Lead/describe").headers["Sforce-Limit-Info"]
    assert (first, second) == ("api-usage=1/100000", "api-usage=2/100000")
    bench.side.set_switch("daily_api_requests", 2)
    with pytest.raises(SalesforceRefusedRequest, match="TotalRequests Limit exceeded"):
        bench.client().query("SELECT Id FROM Lead")
    bench.side.org.clock.advance(86_400 + 60)
    assert bench.client().query("SELECT Id FROM Lead")["totalSize"] == 0
