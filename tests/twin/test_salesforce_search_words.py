"""SOSL by words and phone numbers; scopes, labels and modes of SOQL; paths that end in their format."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


@pytest.mark.parametrize(
    ("sosl", "found"),
    [
        ("FIND {(336)} IN PHONE FIELDS RETURNING contact(id, lastname)", ["Ade", "Bo"]),
        ("FIND {336-222-7000} IN PHONE FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {3362227000} IN PHONE FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {ade@one.example} IN EMAIL FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {Ade OR Cy} IN NAME FIELDS RETURNING Contact(LastName ORDER BY LastName)", ["Ade", "Cy"]),
        ("FIND {on*} IN ALL FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {36} IN PHONE FIELDS RETURNING Contact(LastName)", []),
    ],
)
def test_a_search_finds_words_and_phone_numbers_however_they_are_written(bench, sosl, found):
    bench.make("Contact", LastName="Ade", Phone="(336) 222-7000", Email="ade@one.example")
    bench.make("Contact", LastName="Bo", MobilePhone="+1 336 555 0100")
    bench.make("Contact", LastName="Cy", Phone="336555")
    records = bench.call("GET", "search", params={"q": sosl}).json()["searchRecords"]
    assert [r["LastName"] for r in records] == found


def test_a_parameterized_search_looks_in_the_fields_asked_for(bench):
    bench.make("Contact", LastName="336")
    bench.make("Contact", LastName="Ade", Phone="(336) 222-7000")
    body = {"q": "(336)", "in": "PHONE", "sobjects": [{"name": "Contact"}], "fields": ["Id", "Name"]}
    found = bench.call("POST", "parameterizedSearch", json=body).json()["searchRecords"]
    assert [r["Name"] for r in found] == ["Ade"]


def test_scopes_are_those_of_the_object(bench):
    queue = bench.make("Group", Name="Q", Type="Queue")
    mine, queued = bench.make("Lead", LastName="M", Company="C"), bench.make("Lead", LastName="Q", Company="C")
    bench.call("PATCH", f"sobjects/Lead/{queued}", json={"OwnerId": queue})

    def ids(scope: str) -> set[str]:
        return {r["Id"] for r in bench.query(f"SELECT Id FROM Lead USING SCOPE {scope}")["records"]}

    assert (ids("everything"), ids("mine"), ids("queue_owned")) == ({mine, queued}, {mine}, {queued})
    assert bench.error("SELECT Id FROM Lead USING SCOPE nonsense")["errorCode"] == "MALFORMED_QUERY"


def test_modes_are_known_and_labels_are_compared():
    statuses = [{"value": "new", "label": "Brand New", "default": True}, {"value": "won", "converted": True}]
    with served(make_side({**SETTINGS, "lead_statuses": statuses})) as bench:
        lead = bench.make("Lead", LastName="L", Company="C")
        for where in ("toLabel(Status) = 'brand new'", "toLabel(Status) LIKE 'Brand%'", "Status = 'new'"):
            assert [r["Id"] for r in bench.query(f"SELECT Id FROM Lead WHERE {where}")["records"]] == [lead]
        assert bench.query("SELECT Id FROM Lead WHERE toLabel(Status) = 'new'")["totalSize"] == 0
        assert bench.query("SELECT Id FROM Lead WITH USER_MODE")["totalSize"] == 1
        assert "unexpected token: 'NONSENSE'" in bench.error("SELECT Id FROM Lead WITH NONSENSE")["message"]


def test_paths_may_end_in_their_format_and_answers_are_those_of_the_edge(bench):
    for path in ("sobjects.json", "sobjects/Account.json", "sobjects/Account/describe.json", "limits.json"):
        answer = bench.call("GET", path)
        assert answer.status_code == 200
    assert answer.headers["Server"] == "sfdcedge"
    assert len(answer.headers["X-SFDC-Request-Id"]) == 32


def test_a_parameterized_search_takes_objects_with_settings_of_their_own(bench):
    for n in range(3):
        bench.make("Account", Name=f"Acme {n}", Industry="Banking" if n else "Energy", Phone=None if n == 2 else str(n))
    bench.make("Contact", FirstName="Ann", LastName="Acme")

    def found(**asked):
        return bench.call("GET", "parameterizedSearch", params=asked).json()["searchRecords"]

    one = found(q="Acme", sobject="Account", **{"Account.fields": "id,name", "Account.limit": "2"})
    assert [(list(r)[1:], r["Name"]) for r in one] == [(["Id", "Name"], "Acme 0"), (["Id", "Name"], "Acme 1")]
    both = found(q="Acme", sobject=["Account", "Contact"], fields="id", **{"Contact.fields": "LastName"})
    assert [r["attributes"]["type"] for r in both] == ["Account"] * 3 + ["Contact"]
    assert both[-1]["LastName"] == "Acme"
    assert [len(found(q="Acme", sobject="Account,Contact", defaultLimit=1)), len(found(q="Acme", overallLimit=3))] == [
        2,
        3,
    ]
    filtered = {
        "name": "Account",
        "where": "Industry='Banking'",
        "orderBy": "Phone DESC NULLS_LAST",
        "fields": ["Name"],
    }
    body = {"q": "Acme", "sobjects": [filtered]}
    records = bench.call("POST", "parameterizedSearch", json=body).json()["searchRecords"]
    assert [r["Name"] for r in records] == ["Acme 1", "Acme 2"]
    records = bench.call("POST", "parameterizedSearch", json={**body, "offset": 1}).json()["searchRecords"]
    assert [r["Name"] for r in records] == ["Acme 2"]
    for wrong in ({"overallLimit": "abc"}, {"sobject": "Nope"}, {"sobject": "Account", "Account.limit": "2001"}):
        assert bench.call("GET", "parameterizedSearch", params={"q": "Acme", **wrong}).status_code == 400


def test_suggestions_are_records_whose_name_holds_the_words(bench):
    for name in ("National Utility", "National Urban Company", "International Union", "First National University"):
        bench.make("Account", Name=name, Phone="1")

    def asked(**params):
        return bench.call("GET", "search/suggestions", params=params).json()

    few = asked(q="national u", sobject="Account", limit=2, **{"account.fields": "Phone"})
    assert [(r["Name"], r["Phone"]) for r in few["autoSuggestResults"]] == [
        ("National Utility", "1"), ("National Urban Company", "1")
    ]  # fmt: skip
    assert few["hasMoreResults"]
    assert few["meta"] == {"nameFields": [{"entityApiName": "Account", "fieldApiName": "Name"}], "secondaryFields": []}
    some = asked(q="national u", sobject="Account,Contact", where="Name LIKE 'First%'")
    assert ([r["Name"] for r in some["autoSuggestResults"]], some["hasMoreResults"]) == (
        ["First National University"],
        False,
    )
    assert asked(q="na", sobject="Account")["autoSuggestResults"] == []
    assert asked(q="national")[0]["errorCode"] == "MISSING_ARGUMENT"


def test_a_search_box_learns_the_scope_and_the_columns_of_results(bench):
    order = bench.call("GET", "search/scopeOrder").json()
    assert order[0] == {"type": "Account", "url": order[0]["url"]}
    assert order[0]["url"].endswith("/sobjects/Account/describe")
    account, lead = bench.call("GET", "search/layout/", params={"q": "Account,Lead"}).json()
    assert (account["label"], account["limitRows"]) == ("Search Results", 25)
    assert account["searchColumns"][0] == {
        "field": "Account.Name", "format": None, "label": "Account Name", "name": "Name"
    }  # fmt: skip
    assert (account["searchColumns"][-1]["field"], lead["searchColumns"][-1]["field"]) == ("User.Alias", "Name.Alias")
    assert lead["searchColumns"][-2]["name"] == "toLabel(Status)"


def test_an_org_that_set_nothing_up_has_the_systems_compact_layouts_and_no_processes(bench):
    layouts = bench.call("GET", "compactLayouts", params={"q": "Account,Contact"}).json()
    assert {name: one["name"] for name, one in layouts.items()} == {"Account": "SYSTEM", "Contact": "SYSTEM"}
    assert bench.call("GET", "process/approvals/").json() == {"approvals": {}}
    assert bench.call("GET", "process/rules/").json() == {"rules": {}}
