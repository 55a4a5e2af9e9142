"""SOQL: what each construct selects, how literals are understood, and where errors point."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from salesforce_bench import Bench, make_side, served

from trueup.twin.salesforce.errors import ApiError
from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.org import API_USER_ID
from trueup.twin.salesforce.soql import dates
from trueup.twin.salesforce.soql.parser import parse

A1, A2 = make_id("001", 1), make_id("001", 2)
C1, C2, C3 = (make_id("003", n) for n in (1, 2, 3))
L1, L2, L3 = (make_id("00Q", n) for n in (1, 2, 3))
O1, O2 = make_id("006", 1), make_id("006", 2)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    side = make_side()
    own = {"OwnerId": API_USER_ID, "CreatedById": API_USER_ID}

    def at(day: str) -> dict[str, str]:
        return {"CreatedDate": f"{day}T10:00:00.000+0000", "LastModifiedDate": f"{day}T10:00:00.000+0000"}

    side.load("Account", [
        {"Id": A1, "Name": "Acme", "AnnualRevenue": 10.5, "NumberOfEmployees": 7, "BillingCity": "Ulm", **own, **at("2026-05-06")},
        {"Id": A2, "Name": "beta", "ParentId": A1, "AnnualRevenue": None, **own, **at("2026-04-01")},
    ])  # fmt: skip
    side.load("Contact", [
        {"Id": C1, "FirstName": "Ann", "LastName": "Lee", "AccountId": A1, "Email": "ann@acme.example", **own, **at("2026-05-06")},
        {"Id": C2, "FirstName": "Bob", "LastName": "O'Neil", "AccountId": A1, "Title": "100%_done", **own, **at("2026-05-05")},
        {"Id": C3, "LastName": "Solo", "Description": "long", **own, **at("2025-12-31")},
    ])  # fmt: skip
    side.load("Lead", [
        {"Id": L1, "LastName": "x", "Company": "c", "Status": "Open - Not Contacted", "Tags__c": "A;B", **own, **at("2026-05-01")},
        {"Id": L2, "LastName": "y", "Company": "c", "Status": "Working - Contacted", "Tags__c": "AB", "OwnerId": make_id("00G", 1), **at("2026-05-02")},
        {"Id": L3, "LastName": "z", "Company": "d", "IsDeleted": True, **own, **at("2026-05-02")},
    ])  # fmt: skip
    side.load("Group", [{"Id": make_id("00G", 1), "Name": "Queue", "Type": "Queue"}])
    side.load("Opportunity", [
        {"Id": O1, "Name": "D1", "AccountId": A1, "Amount": 100, "StageName": "Prospecting", "CloseDate": "2026-06-30", **own, **at("2026-05-01")},
        {"Id": O2, "Name": "D2", "AccountId": A1, "Amount": 50, "StageName": "Closed Won", "CloseDate": "2026-05-06", **own, **at("2026-05-01")},
    ])  # fmt: skip
    side.load("Task", [
        {"Id": make_id("00T", 1), "WhoId": C1, "Subject": "Call", "Status": "Completed", "IsClosed": True, "ActivityDate": "2026-05-01", **own, **at("2026-05-01")},
        {"Id": make_id("00T", 2), "WhoId": L1, "Subject": "Mail", "Status": "Completed", "IsClosed": True, "ActivityDate": "2024-05-01", **own, **at("2024-05-01")},
    ])  # fmt: skip
    side.finish_loading()
    with served(side) as made:
        yield made


WHERE = [
    ("Contact", "FirstName = 'ann'", [C1]),
    ("Contact", "FirstName != 'Ann'", [C2, C3]),
    ("Contact", "NOT FirstName = 'Ann'", [C2, C3]),
    ("Contact", "(NOT FirstName LIKE 'a%')", [C2, C3]),
    ("Contact", "FirstName = null", [C3]),
    ("Contact", "FirstName <> null", [C1, C2]),
    ("Contact", "FirstName = ''", [C3]),
    ("Contact", "LastName = 'O\\'Neil'", [C2]),
    ("Contact", "Title LIKE '100\\%\\_%'", [C2]),
    ("Contact", "LastName LIKE '_ee'", [C1]),
    ("Contact", "FirstName IN ('ANN', 'bob')", [C1, C2]),
    ("Contact", "FirstName NOT IN ('Ann')", [C2, C3]),
    ("Contact", "FirstName IN (null, 'Ann')", [C1, C3]),
    ("Contact", "FirstName > 'Ann'", [C2]),
    ("Contact", f"Id = '{C1[:15]}'", [C1]),
    ("Contact", f"AccountId IN ('{A1}')", [C1, C2]),
    ("Contact", "Account.Name = 'ACME' AND Account.AnnualRevenue > 10", [C1, C2]),
    ("Contact", "Account.Owner.Name != null", [C1, C2]),
    ("Contact", "AccountId = null OR FirstName = 'Ann'", [C1, C3]),
    ("Contact", "(FirstName = 'Ann' OR FirstName = 'Bob') AND LastName != 'Lee'", [C2]),
    ("Contact", "AccountId IN (SELECT Id FROM Account WHERE BillingCity = 'ulm')", [C1, C2]),
    ("Account", "Id NOT IN (SELECT AccountId FROM Opportunity)", [A2]),
    ("Account", "Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = false AND Amount >= 100.0)", [A1]),
    ("Account", "Parent.Name = 'Acme'", [A2]),
    ("Account", "AnnualRevenue = null", [A2]),
    ("Account", "NumberOfEmployees = 7", [A1]),
    ("Account", "AnnualRevenue > USD5", [A1]),
    ("Lead", "Tags__c INCLUDES ('A')", [L1]),
    ("Lead", "Tags__c INCLUDES ('B;A', 'C')", [L1]),
    ("Lead", "Tags__c EXCLUDES ('A')", [L2]),
    ("Lead", "Owner.Type = 'Queue' OR Owner.Name = 'queue'", [L2]),
    ("Lead", "IsConverted = FALSE", [L1, L2]),
    ("Task", "Who.Type = 'Contact'", [make_id("00T", 1)]),
    ("Contact", "CreatedDate = TODAY", [C1]),
    ("Contact", "CreatedDate = YESTERDAY", [C2]),
    ("Contact", "CreatedDate = LAST_N_DAYS:1", [C1, C2]),
    ("Contact", "CreatedDate < THIS_YEAR", [C3]),
    ("Contact", "CreatedDate != THIS_WEEK", [C3]),
    ("Contact", "CreatedDate >= 2026-05-06T12:00:00+02:00", [C1]),
    ("Contact", "CreatedDate >= 2026-05-06T10:00:01Z", []),
    ("Contact", "CreatedDate <= 2026-05-05T10:00:00.000+0000", [C2, C3]),
    ("Opportunity", "CloseDate = THIS_QUARTER", [O1, O2]),
    ("Opportunity", "CloseDate > 2026-05-06", [O1]),
    ("Opportunity", "CloseDate = NEXT_N_MONTHS:1", [O1]),
]  # fmt: skip


@pytest.mark.parametrize(("sobject", "where", "expected"), WHERE, ids=[w for _, w, _ in WHERE])
def test_where_selects(bench, sobject, where, expected):
    got = bench.query(f"SELECT Id FROM {sobject} WHERE {where} ORDER BY Id")
    assert [r["Id"] for r in got["records"]] == expected


def test_deleted_and_archived_rows_show_only_in_query_all(bench):
    assert [r["Id"] for r in bench.query("SELECT Id FROM Lead")["records"]] == [L1, L2]
    assert len(bench.query("SELECT Id FROM Lead", all_rows=True)["records"]) == 3
    assert len(bench.query("SELECT Id FROM Task")["records"]) == 1
    everything = bench.query("SELECT Id, IsArchived FROM Task ORDER BY Id", all_rows=True)["records"]
    assert [r["IsArchived"] for r in everything] == [False, True]


def test_parents_nest_and_missing_parents_are_null(bench):
    rows = bench.query("SELECT Id, Account.Name, Account.Owner.Username, Email FROM Contact ORDER BY Id")["records"]
    assert list(rows[0]) == ["attributes", "Id", "Account", "Email"]
    assert rows[0]["Account"]["attributes"] == {"type": "Account", "url": f"/services/data/v59.0/sobjects/Account/{A1}"}
    assert rows[0]["Account"]["Owner"]["Username"]
    assert rows[2]["Account"] is None


def test_children_have_their_own_result_and_none_is_null(bench):
    text = "SELECT Name, (SELECT FirstName FROM Contacts WHERE FirstName != null ORDER BY FirstName DESC LIMIT 1) FROM Account ORDER BY Name"
    rows = bench.query(text)["records"]
    assert rows[0]["Contacts"]["totalSize"] == 1
    assert rows[0]["Contacts"]["records"][0]["FirstName"] == "Bob"
    assert rows[1]["Contacts"] is None


def test_polymorphic_parents_show_the_name_object_and_typeof_the_rest(bench):
    row = bench.query("SELECT Who.Name, Who.Type FROM Task")["records"][0]
    assert row["Who"] == {
        "attributes": {"type": "Name", "url": f"/services/data/v59.0/sobjects/Contact/{C1}"}, "Name": "Ann Lee", "Type": "Contact",
    }  # fmt: skip
    text = "SELECT TYPEOF Who WHEN Contact THEN Email, AccountId WHEN Lead THEN Company ELSE Name END FROM Task ORDER BY Id"
    rows = bench.query(text, all_rows=True)["records"]
    assert rows[0]["Who"]["Email"] == "ann@acme.example"
    assert rows[1]["Who"] == {
        "attributes": {"type": "Lead", "url": f"/services/data/v59.0/sobjects/Lead/{L1}"},
        "Company": "c",
    }


def test_order_limit_offset_and_nulls(bench):
    def names(tail: str) -> list:
        return [r["FirstName"] for r in bench.query(f"SELECT FirstName FROM Contact {tail}")["records"]]

    assert names("ORDER BY FirstName") == [None, "Ann", "Bob"]
    assert names("ORDER BY FirstName DESC") == [None, "Bob", "Ann"]
    assert names("ORDER BY FirstName NULLS LAST") == ["Ann", "Bob", None]
    assert names("ORDER BY FirstName DESC NULLS LAST LIMIT 1 OFFSET 1") == ["Ann"]


def test_aggregates_print_as_the_real_ones(bench):
    assert bench.query("SELECT COUNT() FROM Contact") == {"totalSize": 3, "done": True, "records": []}
    got = bench.query("SELECT COUNT(Id), SUM(Amount), AVG(Amount) a, MAX(CloseDate) FROM Opportunity")["records"]
    assert got == [
        {"attributes": {"type": "AggregateResult"}, "expr0": 2, "expr1": 150.0, "a": 75.0, "expr2": "2026-06-30"},
    ]  # fmt: skip
    got = bench.query(
        "SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC"
    )
    assert got["records"] == [{"attributes": {"type": "AggregateResult"}, "Name": "Acme", "n": 2}]
    got = bench.query(
        "SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) FROM Contact GROUP BY CALENDAR_YEAR(CreatedDate) ORDER BY CALENDAR_YEAR(CreatedDate)"
    )
    assert [(r["y"], r["expr0"]) for r in got["records"]] == [(2025, 1), (2026, 2)]


def test_field_sets_and_compound_fields(bench):
    row = bench.query("SELECT FIELDS(ALL) FROM Account ORDER BY Name LIMIT 1")["records"][0]
    assert row["BillingAddress"]["city"] == "Ulm"
    assert row["ShippingAddress"] is None
    assert "Ext__c" in row
    assert "Ext__c" not in bench.query("SELECT FIELDS(STANDARD) FROM Account")["records"][0]
    assert bench.error("SELECT FIELDS(ALL) FROM Account")["errorCode"] == "MALFORMED_QUERY"


ERRORS = [
    ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELEC Id FROM Contact", "MALFORMED_QUERY", "unexpected token: 'SELEC'"),
    ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Contact WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Nope FROM Contact", "INVALID_FIELD", "No such column 'Nope' on entity 'Contact'. If you are attempting"),
    ("SELECT Nope.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Nope' in field path"),
    ("SELECT (SELECT Id FROM Nopes) FROM Contact", "INVALID_TYPE", "Didn't understand relationship 'Nopes' in FROM"),
    ("SELECT Id FROM Contact WHERE AccountId = 'xyz'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: xyz"),
    ("SELECT Id FROM Contact WHERE CreatedDate > '2026-05-06'", "INVALID_FIELD",
     "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes"),
    ("SELECT Id FROM Contact WHERE CreatedDate > 2026-05-06", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD", "must be of type boolean and should not be"),
    ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
    ("SELECT Id, Name, Id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Name, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT Id FROM Contact LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ("SELECT Who.Company FROM Task", "INVALID_FIELD", "No such column 'Company' on entity 'Name'"),
    ("SELECT Id FROM Contact WHERE Id IN (SELECT Id FROM Account) OR Name = 'x'", "MALFORMED_QUERY", "not allowed with the 'OR'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "part"), ERRORS, ids=[e[0][:60] for e in ERRORS])
def test_errors_have_the_real_code_and_text(bench, text, code, part):
    error = bench.error(text)
    assert error["errorCode"] == code
    assert part in error["message"]
    assert set(error) == {"message", "errorCode"}


def test_an_error_points_at_its_place(bench):
    message = bench.error("SELECT Id,\n  Nope\nFROM Contact")["message"]
    assert message.startswith("\n  Nope\n  ^\nERROR at Row:2:Column:3\nNo such column 'Nope'")
    assert bench.error("select count() from XYZZY")["message"].startswith(
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported."
    )


def test_a_hidden_field_and_a_hidden_object_do_not_exist(bench):
    bench.side.set_switch("hidden_fields", {"Contact": ["Email"]})
    bench.side.set_switch("hidden_objects", ["Lead"])
    try:
        assert bench.error("SELECT Email FROM Contact")["errorCode"] == "INVALID_FIELD"
        assert bench.error("SELECT Id FROM Lead")["errorCode"] == "INVALID_TYPE"
        names = [f["name"] for f in bench.call("GET", "sobjects/Contact/describe").json()["fields"]]
        assert "Email" not in names
        assert bench.call("GET", "sobjects/Lead/describe").status_code == 404
        answer = bench.call("POST", "sobjects/Contact", json={"LastName": "x", "Email": "a@b.example"})
        assert answer.json() == [
            {"message": "No such column 'Email' on sobject of type Contact", "errorCode": "INVALID_FIELD"}
        ]
    finally:
        bench.side.set_switch("hidden_fields", {})
        bench.side.set_switch("hidden_objects", [])


SPANS = [
    ("THIS_WEEK", None, "2026-05-03", "2026-05-10"),
    ("LAST_WEEK", None, "2026-04-26", "2026-05-03"),
    ("LAST_MONTH", None, "2026-04-01", "2026-05-01"),
    ("NEXT_N_WEEKS", 2, "2026-05-10", "2026-05-24"),
    ("LAST_N_QUARTERS", 2, "2025-10-01", "2026-04-01"),
    ("N_DAYS_AGO", 3, "2026-05-03", "2026-05-04"),
    ("N_YEARS_AGO", 1, "2025-01-01", "2026-01-01"),
    ("LAST_N_DAYS", 7, "2026-04-29", "2026-05-07"),
    ("NEXT_90_DAYS", None, "2026-05-07", "2026-08-05"),
    ("NEXT_FISCAL_QUARTER", None, "2026-07-01", "2026-10-01"),
]


@pytest.mark.parametrize(("word", "n", "first", "after"), SPANS)
def test_date_literals_span(word, n, first, after):
    assert dates.span(word, n, date(2026, 5, 6)) == (date.fromisoformat(first), date.fromisoformat(after))


def test_text_escapes_are_read():
    query = parse("SELECT Id FROM Lead WHERE Company = 'a\\u0042\\n\\\\'")
    from trueup.twin.salesforce.soql.lexer import unquote

    assert unquote(query.where.values[0].text, query.text, 0) == "aB\n\\"
    with pytest.raises(ApiError, match="Illegal character sequence"):
        unquote("'a\\q'", "'a\\q'", 0)
