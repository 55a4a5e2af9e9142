"""Subqueries below subqueries, pages that count child rows, and text without case beyond ASCII."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served

FOUR = (
    "SELECT Name, (SELECT Name, (SELECT Name, (SELECT LastName, (SELECT Subject FROM Tasks) FROM Contacts) "
    "FROM ChildAccounts) FROM ChildAccounts) FROM Account WHERE ParentId = null"
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        above = made.make("Account", Name="Top")
        middle = made.make("Account", Name="Middle", ParentId=above)
        below = made.make("Account", Name="Below", ParentId=middle)
        person = made.make("Contact", LastName="Müller", FirstName="Zoë", AccountId=below)
        made.make("Task", Subject="Ring", WhoId=person)
        yield made


def test_child_subqueries_go_four_levels_below_the_root(bench):
    (root,) = bench.query(FOUR)["records"]
    (one,) = root["ChildAccounts"]["records"]
    (two,) = one["ChildAccounts"]["records"]
    (three,) = two["Contacts"]["records"]
    assert [one["Name"], two["Name"], three["LastName"]] == ["Middle", "Below", "Müller"]
    assert [t["Subject"] for t in three["Tasks"]["records"]] == ["Ring"]
    assert three["attributes"]["type"] == "Contact"


def test_a_fifth_level_below_the_root_and_an_old_version_are_refused(bench):
    five = "SELECT (SELECT (SELECT (SELECT (SELECT (SELECT Id FROM Tasks) FROM Contacts) FROM ChildAccounts) "
    error = bench.error(five + "FROM ChildAccounts) FROM ChildAccounts) FROM Account")
    assert error["errorCode"] == "MALFORMED_QUERY"
    assert "more than 4 levels away from the root entity object" in error["message"]
    old = bench.call("GET", "/services/data/v57.0/query", params={"q": FOUR})
    assert old.status_code == 400
    assert "more than 1 level away from the root entity object" in old.json()[0]["message"]
    shallow = "SELECT Id, (SELECT Id FROM Contacts) FROM Account"
    assert bench.call("GET", "/services/data/v57.0/query", params={"q": shallow}).status_code == 200


def test_a_semi_join_cannot_hold_a_subquery_and_twenty_are_the_most(bench):
    text = "SELECT Id FROM Contact WHERE AccountId IN (SELECT (SELECT Id FROM Contacts) FROM Account)"
    assert "unexpected token: '('" in bench.error(text)["message"]
    many = ", ".join(["(SELECT Id FROM Contacts)"] * 21)
    assert "no more than 20" in bench.error(f"SELECT {many} FROM Account")["message"]


def test_child_rows_count_towards_the_page(bench):
    parents = [bench.make("Account", Name=f"Full {n}") for n in range(3)]
    for parent in parents:
        for start in range(0, 150, 150):
            rows = [
                {"attributes": {"type": "Contact"}, "LastName": f"N{start + n}", "AccountId": parent}
                for n in range(150)
            ]
            assert all(r["success"] for r in bench.call("POST", "composite/sobjects", json={"records": rows}).json())
    text = "SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Name LIKE 'Full%'"
    page = bench.query(text, headers={"Sforce-Query-Options": "batchSize=200"})
    seen = [r["Id"] for r in page["records"]]
    assert (page["totalSize"], page["done"], len(seen)) == (3, False, 1)
    while not page["done"]:
        page = bench.call("GET", page["nextRecordsUrl"], headers={"Sforce-Query-Options": "batchSize=200"}).json()
        seen += [r["Id"] for r in page["records"]]
    assert seen == parents


@pytest.mark.parametrize(
    "where",
    ["LastName = 'MÜLLER'", "LastName IN ('x', 'mÜller')", "LastName LIKE 'MÜ%'", "Name = 'ZOË müller'",
     "LastName >= 'mü' AND LastName < 'mý'", "NOT LastName != 'müLLER'"],
)  # fmt: skip
def test_text_is_compared_without_case_beyond_ascii(bench, where):
    assert bench.query(f"SELECT Id FROM Contact WHERE {where}")["totalSize"] == 1


def test_text_sorts_by_its_capitals(bench):
    names = ["zebra", "Ärger", "_x", "apfel", "ärmel", "Zoo"]
    for name in names:
        bench.make("Lead", LastName=name, Company="sort")
    rows = bench.query("SELECT LastName FROM Lead WHERE Company = 'SORT' ORDER BY LastName")["records"]
    assert [r["LastName"] for r in rows] == ["apfel", "zebra", "Zoo", "_x", "Ärger", "ärmel"]


def test_keys_are_unique_without_case_beyond_ascii(bench):
    bench.make("Contact", LastName="A", HubSpot_Id__c="Ключ-1")
    again = bench.call("POST", "sobjects/Contact", json={"LastName": "B", "HubSpot_Id__c": "КЛЮЧ-1"})
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    found = bench.call("GET", "sobjects/Contact/HubSpot_Id__c/%D0%BA%D0%BB%D1%8E%D1%87-1")
    assert found.json()["LastName"] == "A"


def test_search_finds_other_scripts_without_case(bench):
    found = bench.call("GET", "search", params={"q": "FIND {zoË} IN NAME FIELDS RETURNING Contact(Id, Name)"}).json()
    assert [r["Name"] for r in found["searchRecords"]] == ["Zoë Müller"]


def test_a_converted_time_zone_moves_the_hour():
    with served(make_side({"time_zone": "Asia/Tokyo"})) as tokyo:
        tokyo.make("Lead", LastName="L", Company="C")  # at 12:00 UTC
        text = "SELECT HOUR_IN_DAY(CreatedDate) u, HOUR_IN_DAY(convertTimezone(CreatedDate)) t FROM Lead "
        (row,) = tokyo.query(text + "GROUP BY HOUR_IN_DAY(CreatedDate), HOUR_IN_DAY(convertTimezone(CreatedDate))")[
            "records"
        ]
        assert (row["u"], row["t"]) == (12, 21)
