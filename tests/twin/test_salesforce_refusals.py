"""Refusals that a switch brings about, rules of SOQL that are easily broken, and the SOAP verbs that read and clean up."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def soap_login(bench: Bench, password: str) -> requests.Response:
    body = f"<u:login><u:username>{bench.known['username']}</u:username><u:password>{password}</u:password></u:login>"
    return bench.soap(body, token="")


def test_a_login_is_refused_with_the_code_that_stands_in_its_way(bench):
    password, token = bench.known["password"], bench.known["security_token"]
    assert soap_login(bench, password).status_code == 200
    bench.side.set_switch("security_token_required", True)
    answer = soap_login(bench, password)
    assert (answer.status_code, "<sf:exceptionCode>LOGIN_MUST_USE_SECURITY_TOKEN<" in answer.text) == (500, True)
    assert soap_login(bench, password + token).status_code == 200
    bench.side.set_switch("login_refused_with", "PASSWORD_LOCKOUT")
    answer = soap_login(bench, password + token)
    assert "<faultcode>sf:PASSWORD_LOCKOUT</faultcode>" in answer.text
    assert 'xsi:type="sf:LoginFault"' in answer.text


def test_logins_have_a_rate_that_the_clock_restores(bench):
    bench.side.set_switch("logins_per_hour", 2)
    form = {
        "grant_type": "password",
        "client_id": bench.known["client_id"],
        "client_secret": bench.known["client_secret"],
    }
    form |= {"username": bench.known["username"], "password": bench.known["password"]}
    answers = [requests.post(f"{bench.url}/services/oauth2/token", data=form) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 400]
    assert answers[2].json() == {"error": "rate_limit_exceeded", "error_description": "login rate exceeded"}
    bench.side.org.clock.advance(3601)
    assert requests.post(f"{bench.url}/services/oauth2/token", data=form).status_code == 200


def test_the_concurrent_limit_is_a_403_on_every_api_and_costs_nothing(bench):
    bench.side.set_switch("concurrent_limit_hit", True)
    answer = bench.call("GET", "limits")
    assert (answer.status_code, answer.json()) == (
        403,
        [
            {
                "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                "errorCode": "REQUEST_LIMIT_EXCEEDED",
            }
        ],
    )
    assert "Retry-After" not in answer.headers
    assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=0/")
    assert "sf:REQUEST_LIMIT_EXCEEDED" in bench.soap("<u:getUserInfo/>").text
    bench.side.set_switch("concurrent_limit_hit", False)
    assert bench.call("GET", "limits").status_code == 200


def test_queries_can_time_out_cursors_die_and_storage_fill(bench):
    bench.side.set_switch("page_size", 200)
    rows = [{"attributes": {"type": "Lead"}, "LastName": "L", "Company": "C"}] * 200
    for _ in range(2):
        bench.call("POST", "composite/sobjects", json={"records": rows})
    page = bench.query("SELECT Id FROM Lead")
    bench.side.org.clock.advance(timedelta(days=2, seconds=1).total_seconds())
    dead = bench.call("GET", page["nextRecordsUrl"])
    assert (dead.status_code, dead.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")
    bench.side.set_switch("query_timeout_objects", ["Lead"])
    assert bench.error("SELECT Id FROM Lead")["errorCode"] == "QUERY_TIMEOUT"
    assert bench.query("SELECT Id FROM Account")["totalSize"] == 0
    bench.side.set_switch("storage_full", True)
    full = bench.call("POST", "sobjects/Account", json={"Name": "A"})
    assert full.json() == [{"message": "storage limit exceeded", "errorCode": "STORAGE_LIMIT_EXCEEDED", "fields": []}]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SELECT Id FROM Account ALL ROWS", "ALL ROWS not allowed in this context"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)", "should not be on the same object type"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Opportunity) "
         "AND Id NOT IN (SELECT AccountId FROM Task)", "maximum 2 semi join sub-selects"),
    ],
)  # fmt: skip
def test_rules_of_the_language_are_kept(bench, text, part):
    error = bench.error(text)
    assert error["errorCode"] == "MALFORMED_QUERY"
    assert part in error["message"]


def test_soap_may_ask_for_all_rows(bench):
    gone = bench.make("Account", Name="Gone")
    bench.call("DELETE", f"sobjects/Account/{gone}")
    answer = bench.soap("<u:query><u:queryString>SELECT Id FROM Account ALL ROWS</u:queryString></u:query>")
    assert f"<sf:Id>{gone}</sf:Id>" in answer.text


def test_describe_knows_when_it_changed(bench):
    answer = bench.call("GET", "sobjects/Lead/describe")
    when = answer.headers["Last-Modified"]
    assert bench.call("GET", "sobjects/Lead/describe", headers={"If-Modified-Since": when}).status_code == 304
    assert bench.call("GET", "sobjects", headers={"If-Unmodified-Since": when}).status_code == 200
    bench.side.org.clock.advance(60)
    bench.side.set_switch("hidden_fields", {"Lead": ["Fax"]})
    assert bench.call("GET", "sobjects/Lead/describe", headers={"If-Modified-Since": when}).status_code == 200
    for path in ("sobjects", "sobjects/Lead/describe"):
        assert bench.call("GET", path, headers={"If-Unmodified-Since": when}).status_code == 412


def test_soap_retrieves_feeds_and_empties_the_bin(bench):
    kept, gone = bench.make("Account", Name="Kept"), bench.make("Account", Name="Gone")
    child = bench.make("Contact", LastName="C", AccountId=gone)
    bench.call("DELETE", f"sobjects/Account/{gone}")
    ids = f"<u:ids>{kept}</u:ids><u:ids>{gone}</u:ids>"
    text = bench.soap(
        f"<u:retrieve><u:fieldList>Id, Name</u:fieldList><u:sObjectType>Account</u:sObjectType>{ids}</u:retrieve>"
    ).text
    assert "<sf:Name>Kept</sf:Name>" in text
    assert '<result xsi:nil="true"/>' in text
    ET.fromstring(text)  # every prefix is bound
    bench.side.org.clock.advance(120)
    window = "<u:startDate>2026-05-06T11:00:00Z</u:startDate><u:endDate>2026-05-06T12:02:00Z</u:endDate>"
    feed = bench.soap(f"<u:getDeleted><u:sObjectType>Account</u:sObjectType>{window}</u:getDeleted>").text
    assert (
        f"<deletedRecords><deletedDate>2026-05-06T12:00:00.000Z</deletedDate><id>{gone}</id></deletedRecords>" in feed
    )
    feed = bench.soap(f"<u:getUpdated><u:sObjectType>Account</u:sObjectType>{window}</u:getUpdated>").text
    assert f"<ids>{kept}</ids><latestDateCovered>2026-05-06T12:02:00.000Z</latestDateCovered>" in feed
    text = bench.soap(f"<u:emptyRecycleBin>{ids}</u:emptyRecycleBin>").text
    assert text.count("<success>true</success>") == 1
    assert "INVALID_CROSS_REFERENCE_KEY" in text
    assert bench.side.get("Account", gone) is None
    assert bench.side.get("Contact", child) is None
    assert "UNDELETE_FAILED" in bench.soap(f"<u:undelete><u:ids>{kept}</u:ids></u:undelete>").text


def test_soap_searches_and_describes(bench):
    bench.make("Contact", LastName="Searched")
    found = bench.soap(
        "<u:search><u:searchString>FIND {Searched} RETURNING Contact(Id, LastName)</u:searchString></u:search>"
    )
    assert "<sf:LastName>Searched</sf:LastName>" in found.text
    root = ET.fromstring(
        bench.soap("<u:describeSObjects><u:sObjectType>Contact</u:sObjectType></u:describeSObjects>").content
    )
    ns = "{urn:partner.soap.sforce.com}"
    names = [f.findtext(f"{ns}name") for f in root.iter(f"{ns}fields")]
    rest = [f["name"] for f in bench.call("GET", "sobjects/Contact/describe").json()["fields"]]
    assert names == rest
    listed = bench.soap("<u:describeGlobal/>").text
    assert listed.count("<sobjects>") == len(bench.call("GET", "sobjects").json()["sobjects"])
    assert (
        "sf:INVALID_TYPE"
        in bench.soap("<u:describeSObject><u:sObjectType>Nope</u:sObjectType></u:describeSObject>").text
    )


def test_a_path_may_begin_with_two_slashes(bench):
    assert bench.call("GET", "//services/data").status_code == 200
    assert bench.call("GET", "//services/data/v59.0/limits").status_code == 200
