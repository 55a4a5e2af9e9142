"""Products, prices and the lines of deals: what any org has, and what each write of them brings about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def standard(bench: Bench) -> str:
    return bench.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"][0]["Id"]


def product(bench: Bench, name: str = "Anvil", price: float = 100, **values: Any) -> tuple[str, str]:
    """A product and its standard price."""
    made = bench.make("Product2", Name=name, ProductCode="AN-1", IsActive=True, **values)
    entry = bench.make("PricebookEntry", Pricebook2Id=standard(bench), Product2Id=made, UnitPrice=price, IsActive=True)
    return made, entry


def deal(bench: Bench, **values: Any) -> str:
    return bench.make("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-06-30", **values)


def refused(bench: Bench, sobject: str, record_id: str | None = None, **values: Any) -> dict[str, Any]:
    verb, path = ("PATCH", f"sobjects/{sobject}/{record_id}") if record_id else ("POST", f"sobjects/{sobject}")
    answer = bench.call(verb, path, json=values)
    assert answer.status_code == 400, answer.text
    return answer.json()[0]


def test_an_org_begins_with_the_standard_price_book_and_hours_all_day(bench):
    (book,) = bench.query("SELECT Name, IsActive FROM Pricebook2 WHERE IsStandard = true")["records"]
    assert (book["Name"], book["IsActive"]) == ("Standard Price Book", True)
    (hours,) = bench.query("SELECT Name, IsDefault, MondayStartTime FROM BusinessHours")["records"]
    assert (hours["Name"], hours["IsDefault"], hours["MondayStartTime"]) == ("Default", True, "00:00:00.000Z")


def test_times_of_day_are_written_and_refused_by_their_form(bench):
    hours = bench.query("SELECT Id FROM BusinessHours")["records"][0]["Id"]
    assert bench.call("PATCH", f"sobjects/BusinessHours/{hours}", json={"MondayStartTime": "09:30"}).status_code == 204
    assert bench.row("BusinessHours", hours)["MondayStartTime"] == "09:30:00.000Z"
    for condition, found in (("= 09:30:00.000Z", 1), ("> 09:30Z", 0), ("< 10:00:00Z", 1), ("IN (09:30:00Z)", 1)):
        asked = f"SELECT Id FROM BusinessHours WHERE MondayStartTime {condition}"
        assert bench.query(asked)["totalSize"] == found
    assert bench.error("SELECT Id FROM BusinessHours WHERE MondayStartTime = '09:30'")["errorCode"] == "INVALID_FIELD"
    assert refused(bench, "BusinessHours", hours, MondayStartTime="25:00:00Z")["errorCode"] == "JSON_PARSER_ERROR"
    described = bench.call("GET", "sobjects/BusinessHours/describe").json()["fields"]
    assert {f["soapType"] for f in described if f["type"] == "time"} == {"xsd:time"}


def test_an_entry_is_named_by_its_product_and_follows_its_name(bench):
    made, entry = product(bench, "Rope")
    assert (bench.row("PricebookEntry", entry)["Name"], bench.row("PricebookEntry", entry)["ProductCode"]) == (
        "Rope", "AN-1",
    )  # fmt: skip
    bench.call("PATCH", f"sobjects/Product2/{made}", json={"Name": "Cord"})
    assert bench.row("PricebookEntry", entry)["Name"] == "Cord"
    bench.call("DELETE", f"sobjects/Product2/{made}")
    assert bench.query(f"SELECT Id FROM PricebookEntry WHERE Id = '{entry}'")["totalSize"] == 0


def test_the_standard_price_comes_before_any_other_and_each_price_once(bench):
    made = bench.make("Product2", Name="Bolt")
    book = bench.make("Pricebook2", Name="Partners", IsActive=True)
    first = refused(bench, "PricebookEntry", Pricebook2Id=book, Product2Id=made, UnitPrice=5)
    assert first["errorCode"] == "STANDARD_PRICE_NOT_DEFINED"
    assert refused(bench, "PricebookEntry", Pricebook2Id=standard(bench), Product2Id=made)["fields"] == ["UnitPrice"]
    bench.make("PricebookEntry", Pricebook2Id=standard(bench), Product2Id=made, UnitPrice=6)
    bench.make("PricebookEntry", Pricebook2Id=book, Product2Id=made, UnitPrice=5)
    again = refused(bench, "PricebookEntry", Pricebook2Id=book, Product2Id=made, UnitPrice=4)
    assert (again["errorCode"], again["message"]) == (
        "DUPLICATE_VALUE", "This price definition already exists in this price book",
    )  # fmt: skip


def test_an_entry_that_uses_the_standard_price_has_it_follows_it_and_takes_no_other(bench):
    made, base = product(bench, "Nut", 10)
    book = bench.make("Pricebook2", Name="Web", IsActive=True)
    entry = bench.make("PricebookEntry", Pricebook2Id=book, Product2Id=made, UseStandardPrice=True)
    assert bench.row("PricebookEntry", entry)["UnitPrice"] == 10
    assert refused(bench, "PricebookEntry", entry, UnitPrice=7)["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    bench.call("PATCH", f"sobjects/PricebookEntry/{base}", json={"UnitPrice": 12})
    assert bench.row("PricebookEntry", entry)["UnitPrice"] == 12
    bench.call("PATCH", f"sobjects/PricebookEntry/{entry}", json={"UseStandardPrice": False})
    assert bench.call("PATCH", f"sobjects/PricebookEntry/{entry}", json={"UnitPrice": 7}).status_code == 204


def test_lines_give_a_deal_its_book_its_amount_and_its_quantity(bench):
    _, entry = product(bench)
    made = deal(bench, Amount=7, Probability=50)
    line = bench.make("OpportunityLineItem", OpportunityId=made, PricebookEntryId=entry, Quantity=3, UnitPrice=90)
    bench.make("OpportunityLineItem", OpportunityId=made, PricebookEntryId=entry, Quantity=2, TotalPrice=150)
    row = bench.row("Opportunity", made)
    assert (row["Amount"], row["ExpectedRevenue"], row["TotalOpportunityQuantity"]) == (420, 210, 5)
    assert (row["HasOpportunityLineItem"], row["Pricebook2Id"]) == (True, standard(bench))
    shown = bench.query(
        "SELECT Name, (SELECT Name, ListPrice, UnitPrice, TotalPrice, Product2.Name FROM OpportunityLineItems "
        f"ORDER BY TotalPrice) FROM Opportunity WHERE Id = '{made}'"
    )["records"][0]["OpportunityLineItems"]["records"]
    assert [(r["Name"], r["ListPrice"], r["UnitPrice"], r["TotalPrice"], r["Product2"]["Name"]) for r in shown] == [
        ("Deal Anvil", 100, 75, 150, "Anvil"), ("Deal Anvil", 100, 90, 270, "Anvil"),
    ]  # fmt: skip
    bench.call("PATCH", f"sobjects/OpportunityLineItem/{line}", json={"Quantity": 1})
    assert bench.row("Opportunity", made)["Amount"] == 240
    bench.call("PATCH", f"sobjects/OpportunityLineItem/{line}", json={"TotalPrice": 50})
    assert (bench.row("OpportunityLineItem", line)["UnitPrice"], bench.row("Opportunity", made)["Amount"]) == (50, 200)


def test_the_amount_of_a_deal_with_lines_is_not_written_and_its_book_stays(bench):
    _, entry = product(bench)
    made = deal(bench)
    line = bench.make("OpportunityLineItem", OpportunityId=made, PricebookEntryId=entry, Quantity=1, UnitPrice=90)
    written = bench.call("PATCH", f"sobjects/Opportunity/{made}", json={"Amount": 1, "NextStep": "Call"})
    assert written.status_code == 204
    assert (bench.row("Opportunity", made)["Amount"], bench.row("Opportunity", made)["NextStep"]) == (90, "Call")
    other = bench.make("Pricebook2", Name="Other", IsActive=True)
    assert refused(bench, "Opportunity", made, Pricebook2Id=other)["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    bench.call("DELETE", f"sobjects/OpportunityLineItem/{line}")
    assert bench.row("Opportunity", made)["HasOpportunityLineItem"] is False
    bench.call("PATCH", f"sobjects/Opportunity/{made}", json={"Amount": 1, "Pricebook2Id": other})
    assert (bench.row("Opportunity", made)["Amount"], bench.row("Opportunity", made)["Pricebook2Id"]) == (1, other)


def test_a_line_takes_an_entry_of_the_book_of_its_deal_and_one_price(bench):
    made, entry = product(bench)
    book = bench.make("Pricebook2", Name="Closed shop", IsActive=True)
    bound = deal(bench, Pricebook2Id=book)
    line = {"OpportunityId": bound, "Quantity": 1, "UnitPrice": 5}
    wrong = refused(bench, "OpportunityLineItem", PricebookEntryId=entry, **line)
    assert "pricebook entry is in a different pricebook" in wrong["message"]
    assert refused(bench, "OpportunityLineItem", **line)["fields"] == ["PricebookEntryId", "unknown"]
    dear = bench.make("PricebookEntry", Pricebook2Id=book, Product2Id=made, UnitPrice=500, IsActive=True)
    by_product = bench.make("OpportunityLineItem", Product2Id=made, **line)
    assert bench.row("OpportunityLineItem", by_product)["PricebookEntryId"] == dear
    both = refused(bench, "OpportunityLineItem", PricebookEntryId=dear, TotalPrice=5, **line)
    assert both["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    bare = {"OpportunityId": bound, "PricebookEntryId": dear}
    assert refused(bench, "OpportunityLineItem", Quantity=1, **bare)["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert refused(bench, "OpportunityLineItem", UnitPrice=1, **bare)["fields"] == ["Quantity"]
    bench.call("PATCH", f"sobjects/PricebookEntry/{dear}", json={"IsActive": False})
    assert "inactive" in refused(bench, "OpportunityLineItem", PricebookEntryId=dear, **line)["message"]


def test_what_deals_have_and_the_standard_book_are_not_deleted(bench):
    made, entry = product(bench, "Kept")
    line = {"PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 1}
    bench.make("OpportunityLineItem", OpportunityId=deal(bench), **line)
    for sobject, one in (("Product2", made), ("PricebookEntry", entry), ("Pricebook2", standard(bench))):
        answer = bench.call("DELETE", f"sobjects/{sobject}/{one}")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "DELETE_FAILED")


def test_a_deal_comes_back_from_the_bin_with_its_lines_and_their_amount(bench):
    _, entry = product(bench)
    made = deal(bench)
    bench.make("OpportunityLineItem", OpportunityId=made, PricebookEntryId=entry, Quantity=1, UnitPrice=90)
    bench.call("DELETE", f"sobjects/Opportunity/{made}")
    lines = f"SELECT IsDeleted FROM OpportunityLineItem WHERE OpportunityId = '{made}'"
    assert bench.query(lines, all_rows=True)["records"][0]["IsDeleted"] is True
    bench.soap(f"<u:undelete><u:ids>{made}</u:ids></u:undelete>")
    assert bench.query(lines)["totalSize"] == 1
    row = bench.row("Opportunity", made)
    assert (row["Amount"], row["HasOpportunityLineItem"]) == (90, True)


def test_a_notification_of_errors_goes_to_one_user_or_address_and_once(bench):
    user = bench.query("SELECT Id FROM User")["records"][0]["Id"]
    bench.make("ApexEmailNotification", UserId=user)
    assert refused(bench, "ApexEmailNotification", UserId=user)["errorCode"] == "DUPLICATE_VALUE"
    both = refused(bench, "ApexEmailNotification", UserId=user, Email="a@x.example")
    assert both["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    assert bench.query("SELECT Id FROM ApexEmailNotification WHERE User.Username != null")["totalSize"] == 1


def test_the_scheduled_jobs_can_be_read_and_not_written(bench):
    asked = "SELECT PreviousFireTime, CronJobDetail.Name FROM CronTrigger WHERE State = 'WAITING'"
    assert bench.query(asked)["records"] == []
    assert bench.call("GET", "sobjects/CronTrigger/describe").json()["createable"] is False


@pytest.mark.parametrize(("condition", "found"), [("> ''", 1), (">= ''", 2), ("< ''", 0), ("<= ''", 1), ("> null", 0)])
def test_empty_text_comes_before_every_other(bench, condition, found):
    for industry in ("Energy", None):
        bench.make("Account", Name="Empty text", Industry=industry)
    rows = bench.query(f"SELECT Id FROM Account WHERE Name = 'Empty text' AND Industry {condition}")["records"]
    for row in bench.query("SELECT Id FROM Account WHERE Name = 'Empty text'")["records"]:
        bench.call("DELETE", f"sobjects/Account/{row['Id']}")
    assert len(rows) == found
