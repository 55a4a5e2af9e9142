"""Several users of one org: what each may see and write, by object, field and record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from salesforce_bench import SETTINGS, Bench, make_side, served
from simple_salesforce import SalesforceLogin

READER, SELLER, GONE = "reader@acme.example", "seller@acme.example", "gone@acme.example"
USERS: list[dict[str, Any]] = [
    {
        "username": READER,
        "password": "secret-1",
        "profile": "Read Only",
        "permissions": {
            "read_only_user": True,
            "hidden_objects": ["Campaign"],
            "hidden_fields": {"Lead": ["Email", "Phone"]},
        },
    },
    {
        "username": SELLER,
        "last_name": "Seller",
        "permissions": {
            "only_own": ["Opportunity"],
            "no_delete": ["Account"],
            "read_only_fields": {"Account": ["Name"]},
        },
    },
    {"username": GONE, "active": False},
]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side({**SETTINGS, "users": USERS})) as made:
        yield made


def login(bench: Bench, name: str) -> dict[str, str]:
    return next(u for u in bench.known["users"] if u["username"] == name)


def as_user(bench: Bench, name: str, method: str, path: str, **kw: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {login(bench, name)['access_token']}"}
    return requests.request(method, f"{bench.url}/services/data/v59.0/{path}", headers=headers, **kw)


def test_each_user_logs_in_as_oneself(bench):
    known = login(bench, READER)
    assert known["password"] == "secret-1"
    form = {
        "grant_type": "password",
        "client_id": bench.known["client_id"],
        "client_secret": bench.known["client_secret"],
    }
    answer = requests.post(
        f"{bench.url}/services/oauth2/token", data={**form, "username": READER, "password": "secret-1"}
    )
    assert answer.json()["id"].endswith(known["user_id"])
    token = answer.json()["access_token"]
    claims = requests.get(f"{bench.url}/services/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    assert claims["preferred_username"] == READER
    seller = login(bench, SELLER)
    session, _ = SalesforceLogin(
        username=SELLER, password=seller["password"], security_token=seller["security_token"], session=bench.mounted()
    )
    me = requests.get(
        f"{bench.url}/services/data/v59.0/query", params={"q": f"SELECT Profile.Name FROM User WHERE Username = '{SELLER}'"},
        headers={"Authorization": f"Bearer {session}"},
    ).json()  # fmt: skip
    assert me["records"][0]["Profile"]["Name"] == "Standard User"
    inactive = requests.post(
        f"{bench.url}/services/oauth2/token",
        data={**form, "username": GONE, "password": login(bench, GONE)["password"]},
    )
    assert (inactive.status_code, inactive.json()["error"]) == (400, "inactive_user")


def test_field_and_object_permissions_are_each_users_own(bench):
    lead = bench.make("Lead", LastName="L", Company="C", Email="a@a.example")
    names = {f["name"] for f in as_user(bench, READER, "GET", "sobjects/Lead/describe").json()["fields"]}
    assert "Email" not in names
    assert "LastName" in names
    assert "Email" not in as_user(bench, READER, "GET", f"sobjects/Lead/{lead}").json()
    refused = as_user(bench, READER, "GET", "query", params={"q": "SELECT Id FROM Lead WHERE Email != null"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD"
    assert as_user(bench, READER, "GET", "sobjects/Campaign/describe").status_code == 404
    assert bench.call("GET", f"sobjects/Lead/{lead}").json()["Email"] == "a@a.example"
    assert bench.call("GET", "sobjects/Campaign/describe").status_code == 200


def test_a_reader_writes_nothing_and_describe_says_so(bench):
    answer = as_user(bench, READER, "POST", "sobjects/Lead", json={"LastName": "L", "Company": "C"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    shown = as_user(bench, READER, "GET", "sobjects/Lead").json()["objectDescribe"]
    assert not any(shown[k] for k in ("createable", "updateable", "deletable", "mergeable"))
    assert bench.call("GET", "sobjects/Lead").json()["objectDescribe"]["updateable"]


def test_a_seller_sees_own_deals_alone_and_they_are_not_deleted_for_it(bench):
    seller = login(bench, SELLER)["user_id"]
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-06-01"}
    other = bench.make("Opportunity", **deal)
    own = bench.make("Opportunity", **deal, OwnerId=seller)
    seen = as_user(bench, SELLER, "GET", "query", params={"q": "SELECT Id FROM Opportunity"}).json()
    assert [r["Id"] for r in seen["records"]] == [own]
    assert as_user(bench, SELLER, "GET", f"sobjects/Opportunity/{other}").status_code == 404
    window = {"start": "2026-05-06T11:00:00Z", "end": "2026-05-06T12:00:00Z"}
    assert as_user(bench, SELLER, "GET", "sobjects/Opportunity/deleted", params=window).json()["deletedRecords"] == []
    account = bench.make("Account", Name="A")
    assert as_user(bench, SELLER, "DELETE", f"sobjects/Account/{account}").status_code == 403
    locked = as_user(bench, SELLER, "PATCH", f"sobjects/Account/{account}", json={"Name": "B"})
    assert locked.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    mine = as_user(bench, SELLER, "POST", "sobjects/Lead", json={"LastName": "L", "Company": "C"}).json()["id"]
    row = bench.row("Lead", mine)
    assert (row["OwnerId"], row["CreatedById"]) == (seller, seller)


def test_rows_of_some_owners_can_be_read_and_not_written(bench):
    seller = login(bench, SELLER)["user_id"]
    theirs = bench.make("Account", Name="Theirs", OwnerId=seller)
    bench.side.set_switch("read_only_owners", {"Account": [seller]})
    assert bench.call("GET", f"sobjects/Account/{theirs}").json()["Name"] == "Theirs"
    answer = bench.call("PATCH", f"sobjects/Account/{theirs}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    items = [{"attributes": {"type": "Account"}, "Id": theirs, "Phone": "1"}]
    assert bench.call("PATCH", "composite/sobjects", json={"records": items}).json()[0]["success"] is False
    bench.side.edit("Account", theirs, {"Phone": "2"})


def test_what_cannot_be_a_users_own_is_refused(bench):
    with pytest.raises(KeyError, match="page_size cannot be set for one user"):
        bench.side.set_switch("users", {READER: {"page_size": 5}})
    with pytest.raises(KeyError, match="not of the form"):
        make_side({"users": [{"username": "nobody"}]})


def test_users_keep_their_secrets_between_starts(tmp_path):
    first = make_side({"users": USERS}, tmp_path / "org.db")
    known = first.credentials("http://x")["users"]
    first.close()
    again = make_side({"users": USERS}, tmp_path / "org.db")
    assert again.credentials("http://x")["users"] == known
    again.close()


def test_the_org_says_that_it_is_a_sandbox_and_whose_users_have_a_full_licence(bench: Bench) -> None:
    asked = "SELECT Username FROM User WHERE Profile.UserLicense.Name = 'Salesforce' AND IsActive = true"
    assert {READER, SELLER} < {r["Username"] for r in bench.query(asked)["records"]}
    assert bench.query("SELECT IsSandbox FROM Organization")["records"][0]["IsSandbox"] is True
    with served(make_side({**SETTINGS, "switches": {"sandbox": False}})) as other:
        assert other.query("SELECT IsSandbox FROM Organization")["records"][0]["IsSandbox"] is False
