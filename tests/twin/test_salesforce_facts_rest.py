"""Facts of the REST API, one after the other, as the reference tells them (sections 1 to 8)."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.ids import make_id

ROOT = "/services/data/v59.0"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def first(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    return answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["message"]


def item(kind: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **values}


def composite(bench: Bench, *requests_: dict[str, Any], **more: Any) -> requests.Response:
    return bench.call("POST", "composite", json={"compositeRequest": list(requests_), **more})


def sub(method: str, url: str, ref: str, **more: Any) -> dict[str, Any]:
    return {"method": method, "url": url if url.startswith("/") else f"{ROOT}/{url}", "referenceId": ref, **more}


def test_numbers_texts_and_keys_are_laid_out_as_the_api_does(bench):
    made = bench.make("Account", Name="  A  ", AnnualRevenue=15000, NumberOfEmployees=3, Description="")
    answer = bench.call("GET", f"sobjects/Account/{made}")
    assert '"AnnualRevenue":15000.0,' in answer.text
    assert '"NumberOfEmployees":3,' in answer.text
    row = answer.json()
    assert (row["Name"], row["Description"]) == ("A", None)
    assert next(iter(row)) == "attributes"
    assert list(row["attributes"]) == ["type", "url"]
    assert list(bench.query("select id, NAME from ACCOUNT")["records"][0]) == ["attributes", "Id", "Name"]
    missing = bench.call("GET", f"sobjects/Account/{make_id('001', 999)}").json()[0]
    assert list(missing) == ["errorCode", "message"]
    assert list(bench.call("POST", "sobjects/Account", json={}).json()[0]) == ["message", "errorCode", "fields"]


def test_answers_carry_the_headers_of_the_edge(bench):
    answer = bench.call("GET", "sobjects")
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=")
    assert answer.headers["Cache-Control"] == "no-cache,must-revalidate,max-age=0,no-store,private"
    for name in ("Vary", "Strict-Transport-Security", "X-Content-Type-Options", "Server", "X-SFDC-Request-Id"):
        assert name in answer.headers, name
    assert "BrowserId=" in answer.headers["Set-Cookie"]
    assert "CookieConsentPolicy=" in answer.headers["Set-Cookie"]
    assert not bench.http.cookies, "they are for the real hosts"
    assert "Sforce-Limit-Info" in bench.call("GET", "sobjects/Nope").headers, "on refusals too"
    assert "Sforce-Limit-Info" not in requests.get(bench.url + "/services/data").headers


def test_paths_take_a_slash_names_any_case_and_bodies_gzip(bench):
    for path in (
        "sobjects/Account/",
        "query/?q=SELECT Id FROM Account&zzz=1",
        "limits/",
        "sobjects",
        "search/?q=FIND {zz}",
    ):
        assert bench.call("GET", path).status_code == 200, path
    assert bench.call("GET", "sobjects/account/describe").json()["name"] == "Account"
    assert bench.call("GET", "sobjects/Account/describe").headers["Content-Encoding"] == "gzip"
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert (
        bench.call("POST", "sobjects/Account", data=gzip.compress(b'{"Name":"gz"}'), headers=packed).status_code == 201
    )
    token = bench.known["access_token"]
    assert bench.call("GET", "limits", headers={"Authorization": f"OAuth {token}"}).status_code == 200
    assert bench.call("HEAD", "limits").status_code == 200


def test_the_token_endpoint_answers_and_refuses_as_documented(bench):
    def ask(headers: dict[str, str] | None = None, **form: str) -> requests.Response:
        return requests.post(bench.url + "/services/oauth2/token", data=form, headers=headers)

    odd = ask(grant_type="x")
    assert (odd.status_code, odd.json()) == (
        400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"},
    )  # fmt: skip
    pair = base64.b64encode(f"{bench.known['client_id']}:{bench.known['client_secret']}".encode()).decode()
    body = ask({"Authorization": f"Basic {pair}"}, grant_type="client_credentials").json()
    assert set(body) == {"access_token", "instance_url", "id", "token_type", "scope", "issued_at", "signature"}
    info = bench.call("GET", "/services/oauth2/userinfo").json()
    assert {
        "sub", "user_id", "organization_id", "preferred_username", "nickname", "name", "email", "email_verified",
        "given_name", "family_name", "zoneinfo", "photos", "profile", "picture", "address", "urls", "active", "user_type",
        "language", "locale", "utcOffset", "updated_at", "is_lightning_login_user",
    } <= set(info)  # fmt: skip
    assert "{version}" in info["urls"]["rest"]


def test_a_wrong_verb_names_the_good_ones(bench):
    text = "HTTP Method 'PATCH' not allowed. Allowed are HEAD,GET,POST"
    assert first(bench.call("PATCH", "sobjects/Account")) == (405, "METHOD_NOT_ALLOWED", text)


def test_limits_and_counts(bench):
    limits = bench.call("GET", "limits").json()
    assert limits["DailyApiRequests"]["Max"] == 100_000
    assert (limits["DailyBulkApiBatches"]["Max"], limits["DailyBulkV2QueryJobs"]["Max"]) == (15_000, 10_000)
    assert "CreateCustom" in limits["PermissionSets"]
    bench.make("Campaign", Name="C")
    counted = bench.call("GET", "limits/recordCount?sObjects=Campaign,Nope").json()
    assert counted == {"sObjects": [{"count": 1, "name": "Campaign"}]}


def test_describe_tells_what_may_be_written_and_what_lies_below(bench):
    def fields(name: str) -> dict[str, dict[str, Any]]:
        return {f["name"]: f for f in bench.call("GET", f"sobjects/{name}/describe").json()["fields"]}

    lead, deal, contact = fields("Lead"), fields("Opportunity"), fields("Contact")
    for field in (
        lead["Status"],
        lead["LeadSource"],
        lead["Rating"],
        deal["StageName"],
        deal["Type"],
        contact["LeadSource"],
    ):
        assert field["restrictedPicklist"] is False, field["name"]
    assert deal["ForecastCategoryName"]["restrictedPicklist"] is True
    assert (lead["IsConverted"]["createable"], lead["IsConverted"]["updateable"]) == (True, False)
    assert (deal["ContactId"]["createable"], deal["ContactId"]["updateable"]) == (True, False)
    assert lead["Email"]["byteLength"] == 240
    for name, below in (
        ("Lead", {"ActivityHistories", "CampaignMembers", "Events", "Histories", "OpenActivities", "Tasks"}),
        ("Opportunity", {"Emails", "OpportunityContactRoles", "OpportunityHistories", "Histories"}),
    ):
        listed = bench.call("GET", f"sobjects/{name}/describe").json()["childRelationships"]
        assert below <= {c["relationshipName"] for c in listed}


def test_a_value_that_nobody_configured_is_stored_and_listed_as_inactive(tmp_path):
    def listed(bench: Bench, name: str, field: str) -> dict[str, bool]:
        fields = {f["name"]: f for f in bench.call("GET", f"sobjects/{name}/describe").json()["fields"]}
        return {c["value"]: c["active"] for c in fields[field]["picklistValues"]}

    with served(make_side(path=tmp_path / "sf.db")) as bench:
        odd = bench.make("Opportunity", Name="O", StageName="Odd Stage", CloseDate="2026-09-30")
        row = bench.row("Opportunity", odd)
        assert (row["StageName"], row["Probability"], row["IsClosed"]) == ("Odd Stage", 0.0, False)
        assert listed(bench, "Opportunity", "StageName")["Odd Stage"] is False
        again = bench.make("Opportunity", Name="O", StageName="oDD sTAGE", CloseDate="2026-09-30")
        assert bench.row("Opportunity", again)["StageName"] == "Odd Stage", "known values are matched without case"
        lead = bench.make("Lead", LastName="L", Company="C", LeadSource="wEB", Tags__c="A;Z")
        assert bench.row("Lead", lead)["LeadSource"] == "Web"
        assert listed(bench, "Lead", "Tags__c") == {"A": True, "B": True, "C": True, "Z": False}
        bench.call("PATCH", f"sobjects/Lead/{lead}", json={"Rating": "Tepid"})
        bad = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-01-01", "ForecastCategoryName": "Z"}
        assert first(bench.call("POST", "sobjects/Opportunity", json=bad)) == (
            400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Forecast Category: bad value for restricted picklist field: Z",
        )  # fmt: skip
        assert "Z" not in listed(bench, "Opportunity", "ForecastCategoryName")
    side = make_side(path=tmp_path / "sf.db")
    side.load("Lead", [{"Id": make_id("00Q", 777), "LastName": "x", "Company": "c", "Industry": "Piracy"}])
    side.finish_loading()
    with served(side) as bench:
        assert listed(bench, "Lead", "Rating")["Tepid"] is False, "kept with the state"
        assert listed(bench, "Lead", "Industry")["Piracy"] is False, "loaded rows count too"
        assert [v for v in listed(bench, "Opportunity", "StageName") if v.lower() == "odd stage"] == ["Odd Stage"]


def test_records_are_read_by_fields_and_along_relationships(bench):
    account = bench.make("Account", Name="Parent")
    contact = bench.make("Contact", LastName="Child", AccountId=account)
    assert set(bench.call("GET", f"sobjects/Account/{account}?fields=Name,Id").json()) == {"attributes", "Name", "Id"}
    assert first(bench.call("GET", f"sobjects/Account/{account}?fields=Nope"))[:2] == (400, "INVALID_FIELD")
    assert bench.call("GET", f"sobjects/Contact/{contact}/Account").json()["Id"] == account
    assert bench.call("GET", f"sobjects/Account/{account}/Contacts").json()["records"][0]["Id"] == contact


def test_writes_say_what_may_not_be_written(bench):
    account = bench.make("Account", Name="A")
    answer = bench.call("POST", "sobjects/Account", json={"Id": account, "Name": "x"})
    assert first(answer) == (400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    deal = bench.make("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-09-30")
    refused = first(bench.call("PATCH", f"sobjects/Opportunity/{deal}", json={"IsClosed": True}))
    assert refused[:2] == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert refused[2].startswith("Unable to create/update fields: IsClosed. Please check the security settings of this")
    unknown = bench.call("POST", "sobjects/Account", json={"Name": "x", "foo": 1})
    assert unknown.json() == [
        {"message": "No such column 'foo' on sobject of type Account", "errorCode": "INVALID_FIELD"}
    ]
    assert bench.call("POST", "sobjects/Account", json=item("Account", Name="x")).status_code == 201
    made = bench.call("POST", "sobjects/Lead", json={"LastName": "x", "Company": "y"})
    assert made.headers["Location"] == f"{ROOT}/sobjects/Lead/{made.json()['id']}"
    gone = first(bench.call("DELETE", f"sobjects/Account/{make_id('001', 998)}"))
    assert gone == (404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def test_upserts_match_without_case_and_keep_to_what_they_were_told(bench):
    path = "sobjects/Lead/HubSpot_Id__c"
    body = {"LastName": "u", "Company": "c"}
    assert bench.call("PATCH", f"{path}/9?updateOnly=true", json=body).status_code == 404
    made, again = (bench.call("PATCH", f"{path}/{key}", json=body) for key in ("Ab", "aB"))
    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"], again.json()["id"]) == (200, False, made.json()["id"])
    assert again.headers["Location"].endswith(made.json()["id"])
    assert bench.call("PATCH", f"{path}/Ab", json={"HubSpot_Id__c": "x", "LastName": "v"}).status_code == 400
    assert bench.call("PATCH", f"sobjects/Lead/Id/{made.json()['id']}", json={"LastName": "v"}).status_code == 200
    assert bench.call("POST", "sobjects/Lead/Id", json=body).status_code == 201


def test_conditions_hold_where_they_exist(bench):
    account = bench.make("Account", Name="A")
    lead = bench.make("Lead", LastName="L", Company="C")
    for path in ("sobjects", "sobjects/Lead/describe"):
        stamp = bench.call("GET", path).headers["Last-Modified"]
        unchanged = bench.call("GET", path, headers={"If-Modified-Since": stamp})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert "ETag" not in bench.call("GET", f"sobjects/Lead/{lead}").headers, "Account rows only"
    odd = {"If-Modified-Since": "nonsense", "If-Unmodified-Since": "nonsense"}
    assert bench.call("GET", f"sobjects/Lead/{lead}", headers=odd).status_code == 200
    assert bench.call("PATCH", f"sobjects/Lead/{lead}", json={"Title": "x"}, headers=odd).status_code == 400
    old = bench.call("GET", f"sobjects/Account/{account}").headers["ETag"]
    bench.side.org.clock.advance(3)
    bench.side.edit("Account", account, {"Site": "z"})
    new = bench.call("GET", f"sobjects/Account/{account}").headers["ETag"]
    for tag, status in ((old, 412), (new, 204)):
        several = {"If-Match": f'"zzz", {tag}'}
        assert (
            bench.call("PATCH", f"sobjects/Account/{account}", json={"Name": "N"}, headers=several).status_code
            == status
        )
    since = {"If-Unmodified-Since": "Wed, 06 May 2020 12:00:00 GMT"}
    assert bench.call("GET", f"sobjects/Account/{account}", headers=since).status_code == 412


def test_the_duplicate_header_is_read_in_both_spellings(bench):
    bench.side.set_switch("duplicate_rules", {"Lead": {"match": ["Email"], "allow_save": True}})
    body = {"LastName": "a", "Company": "c", "Email": "d@d.example"}
    bench.call("POST", "sobjects/Lead", json=body)
    for text in ("allowSave=true; includeRecordDetails=true", "allowSave=true, includeRecordDetails=true"):
        header = {"Sforce-Duplicate-Rule-Header": text}
        assert bench.call("POST", "sobjects/Lead", json=body, headers=header).status_code == 201, text
    found = bench.call("POST", "sobjects/Lead", json=body).json()[0]
    assert found["message"] == "Use one of these records?"
    assert list(found["duplicateResut"]) == [
        "allowSave", "duplicateRule", "duplicateRuleEntityType", "errorMessage", "matchResults",
    ]  # fmt: skip
    (error,) = bench.call("POST", "composite/sobjects", json={"records": [item("Lead", **body)]}).json()[0]["errors"]
    assert (error["statusCode"], set(error)) == ("DUPLICATES_DETECTED", {"statusCode", "message", "fields"})
    bench.side.set_switch("duplicate_rules", {})


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_FISCAL_YEARS:2",
        "SELECT Id FROM Account WHERE CreatedDate > NEXT_90_DAYS",
        "SELECT Id FROM Account WITH SECURITY_ENFORCED",
        "SELECT Id FROM Account WITH USER_MODE",
        "SELECT Id FROM Account USING SCOPE Mine",
        "SELECT Id FROM Account FOR VIEW",
        "SELECT Id FROM Account FOR REFERENCE",
        "SELECT Id FROM Account a WHERE a.Name = 'x'",
        "SELECT Id FROM Account WHERE AnnualRevenue > USD5000",
        "SELECT format(AnnualRevenue) f, toLabel(Industry) FROM Account",
        "SELECT COUNT_DISTINCT(Name) FROM Account",
    ],
)
def test_what_clients_write_in_soql_is_understood(bench, soql):
    assert bench.call("GET", "query", params={"q": soql}).status_code == 200


def test_queries_have_columns_limits_and_locators(bench):
    columns = bench.call("GET", "query", params={"q": "SELECT Id, Name FROM Account", "columns": "true"}).json()
    assert set(columns) == {"columnMetadata", "entityName", "groupBy", "idSelected", "keyPrefix"}
    assert set(columns["columnMetadata"][1]) == {
        "aggregate", "apexType", "booleanType", "columnName", "custom", "displayName", "foreignKeyName", "insertable",
        "joinColumns", "numberType", "textType", "updatable",
    }  # fmt: skip
    assert bench.error("SELECT Id FROM Account OFFSET 2001")["errorCode"] == "NUMBER_OUTSIDE_VALID_RANGE"
    assert bench.call("GET", "query", params={"q": "SELECT Id FROM Account ALL ROWS"}).status_code == 400
    assert (
        bench.call("GET", "query", params={"q": f"SELECT Id FROM Lead WHERE LastName = '{'x' * 4001}'"}).status_code
        == 400
    )
    lost = bench.call("GET", "query/0r8nonsense-2000")
    assert first(lost) == (400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    picture = bench.error("SELECT Id From XYZZY")
    assert picture["errorCode"] == "INVALID_TYPE"
    assert "^\nERROR at Row:1:Column:16\nsObject type 'XYZZY' is not supported." in picture["message"]


def test_search_changed_its_shape_with_version_37(bench):
    bench.make("Account", Name="Findme")
    query = {"q": "FIND {findme} IN ALL FIELDS RETURNING Account(Id, Name)"}
    assert bench.call("GET", "search", params=query).json()["searchRecords"][0]["Name"] == "Findme"
    assert bench.call("GET", "/services/data/v36.0/search", params=query).json()[0]["Name"] == "Findme"
    words = bench.call("GET", "parameterizedSearch", params={"q": "findme", "sObject": "Account"}).json()
    assert [r["attributes"]["type"] for r in words["searchRecords"]] == ["Account"]


@pytest.mark.parametrize(
    ("kind", "start", "end", "status"),
    [
        ("updated", "2026-05-06T11:00:00Z", "2026-05-06T11:00:30Z", 400),
        ("updated", "2026-05-06T11:00:15Z", "2026-05-06T11:01:15Z", 200),
        ("updated", "2026-04-05T11:00:00Z", "2026-05-06T11:01:00Z", 400),
        ("deleted", "2026-04-20T11:00:00Z", "2026-05-06T11:01:00Z", 400),
        ("deleted", "2026-04-22T11:00:00Z", "2026-05-06T11:01:00Z", 200),
    ],
)
def test_the_feeds_reach_so_far_and_no_further(bench, kind, start, end, status):
    answer = bench.call("GET", f"sobjects/Account/{kind}/", params={"start": start, "end": end})
    assert answer.status_code == status
    if status == 400:
        assert first(answer)[1] == "INVALID_REPLICATION_DATE"
    elif kind == "deleted":
        assert set(answer.json()) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


def test_collections_keep_their_rules(bench):
    (bare,) = bench.call("POST", "composite/sobjects", json={"records": [{"Name": "x"}]}).json()
    assert bare["errors"][0]["statusCode"] == "JSON_PARSER_ERROR"
    mixed = [item("Account", Name="x") if n % 2 else item("Lead", LastName="x", Company="c") for n in range(12)]
    assert bench.call("POST", "composite/sobjects", json={"records": mixed}).status_code == 400, "eleven runs of types"
    ids = [bench.make("Account", Name=str(n)) for n in range(3)]
    both = {"ids": ",".join([*ids, make_id("001", 777)]), "allOrNone": "true"}
    assert [r["success"] for r in bench.call("DELETE", "composite/sobjects", params=both).json()] == [False] * 4
    assert [r["id"] for r in bench.call("DELETE", "composite/sobjects", params={"ids": ",".join(ids)}).json()] == ids
    new = {"records": [item("Lead", Id=None, LastName="n", Company="c")]}
    (made,) = bench.call("PATCH", "composite/sobjects/Lead/Id", json=new).json()
    assert (made["success"], made["created"]) == (True, True)
    pair = [item("Lead", HubSpot_Id__c=f"n{n}", LastName="n", Company="c") for n in range(2)]
    pair[1]["OwnerId"] = "nonsense"
    rolled = bench.call(
        "PATCH", "composite/sobjects/Lead/HubSpot_Id__c", json={"allOrNone": True, "records": pair}
    ).json()
    assert [(r["success"], r["created"]) for r in rolled] == [(False, True)] * 2
    assert [r["errors"][0]["statusCode"] for r in rolled] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]


def test_composite_has_its_limits_and_says_what_does_not_follow(bench):
    broken = composite(
        bench, sub("POST", "sobjects/Account", "a", body={}), sub("GET", "sobjects/Account/@{a.id}", "g")
    )
    assert broken.json()["compositeResponse"][1]["body"] == [
        {"errorCode": "PROCESSING_HALTED", "message": "Invalid reference specified. No value for a.id found in a"}
    ]
    limits = [sub("GET", "limits", f"a{n}") for n in range(26)]
    assert composite(bench, *limits).status_code == 400
    assert composite(bench, *[sub("GET", "query?q=SELECT Id FROM Lead", f"a{n}") for n in range(6)]).status_code == 400
    assert composite(bench, sub("GET", "limits", "1a")).status_code == 400
    assert composite(bench, limits[0], limits[0]).status_code == 400
    barred = composite(bench, sub("GET", "limits", "a", httpHeaders={"Authorization": "x"}))
    assert barred.json()["compositeResponse"][0]["httpStatusCode"] == 400
    inner = {"allOrNone": False, "records": [item("Account", Name="inner")]}
    outer = composite(
        bench, sub("POST", "composite/sobjects", "x", body=inner), sub("POST", "sobjects/Account", "y", body={}),
        allOrNone=True,
    )  # fmt: skip
    assert outer.status_code == 200
    assert bench.query("SELECT COUNT() FROM Account WHERE Name = 'inner'")["totalSize"] == 0


def test_a_batch_halts_and_counts_every_call_and_a_composite_counts_as_one(bench):
    def used() -> int:
        return int(bench.call("GET", "limits").headers["Sforce-Limit-Info"].partition("=")[2].partition("/")[0])

    calls = [{"method": "GET", "url": "v59.0/sobjects/Nope"}, {"method": "GET", "url": "v59.0/limits"}]
    halted = bench.call("POST", "composite/batch", json={"haltOnError": True, "batchRequests": calls}).json()
    assert halted["hasErrors"] is True
    assert halted["results"][1]["statusCode"] == 412
    assert halted["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    before = used()
    bench.call("POST", "composite/batch", json={"batchRequests": calls[1:] * 5})
    between = used()
    composite(bench, *[sub("GET", "limits", f"a{n}") for n in range(5)])
    assert (between - before - 1, used() - between - 1) == (5, 1)


def test_a_tree_takes_two_hundred_records(bench):
    records = [{"attributes": {"type": "Account", "referenceId": f"r{n}"}, "Name": "t"} for n in range(201)]
    assert bench.call("POST", "composite/tree/Account", json={"records": records}).status_code == 400
    made = bench.call("POST", "composite/tree/Account", json={"records": records[:200]})
    assert (made.status_code, len(json.loads(made.text)["results"])) == (201, 200)


def test_an_address_with_its_headers_has_a_limit_too(bench):
    fits = bench.call("GET", "limits", headers={"X-Long": "x" * 15_000})
    both = bench.call("GET", "limits", headers={"X-Long": "x" * 16_400})
    assert (fits.status_code, both.status_code) == (200, 431)
    assert "Request Header Fields Too Large" in both.text


def test_a_session_lives_two_hours_from_its_last_use(bench):
    form = {"grant_type": "client_credentials", "client_id": bench.known["client_id"]}
    form["client_secret"] = bench.known["client_secret"]
    token = requests.post(bench.url + "/services/oauth2/token", data=form).json()["access_token"]
    mine = {"Authorization": f"Bearer {token}"}
    for seconds, status in ((3600, 200), (7000, 200), (7201, 401)):
        bench.side.org.clock.advance(seconds)
        assert bench.call("GET", "limits", headers=mine).status_code == status
