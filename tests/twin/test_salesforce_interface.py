"""The resources of the user interface that clients ask for: tabs, layouts, list views, who am I."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_the_resources_listed_are_those_that_clients_look_for(bench):
    listed = bench.call("GET", "").json()
    assert {"metadata", "chatter", "analytics", "search", "parameterizedSearch", "limits", "query", "sobjects", "actions"} <= set(listed)  # fmt: skip
    assert {"tabs", "theme", "quickActions", "recent", "composite", "jobs"} <= set(listed)


def test_tabs_and_theme_name_what_can_be_seen(bench):
    tabs = bench.call("GET", "tabs").json()
    assert {"label", "name", "url", "sobjectName", "custom", "icons", "colors"} <= set(tabs[0])
    assert [t["sobjectName"] for t in tabs] == ["Account", "Contact", "Lead", "Opportunity", "Campaign", "Thing__c"]
    bench.side.set_switch("hidden_objects", ["Lead"])
    items = bench.call("GET", "theme").json()["themeItems"]
    assert [i["name"] for i in items] == ["Account", "Contact", "Opportunity", "Campaign", "Thing__c"]
    assert items[0]["colors"][0].keys() == {"color", "context", "theme"}


def test_a_layout_holds_the_fields_that_the_user_sees(bench):
    bench.side.set_switch("hidden_fields", {"Account": ["Phone"]})
    found = bench.call("GET", "sobjects/Account/describe/layouts").json()
    assert found["recordTypeSelectorRequired"] == [False]
    layout = found["layouts"][0]
    assert {"buttonLayoutSection", "editLayoutSections", "quickActionList", "relatedLists", "id"} <= set(layout)
    shown = {
        c["value"]
        for section in layout["detailLayoutSections"]
        for row in section["layoutRows"]
        for item in row["layoutItems"]
        for c in item["layoutComponents"]
    }
    assert "Name" in shown
    assert "Phone" not in shown
    lists = {p["picklistName"] for p in found["recordTypeMappings"][0]["picklistsForRecordType"]}
    assert "Industry" in lists
    assert bench.call("GET", "sobjects/User/describe/namedLayouts/UserAlt").json()["layouts"]
    compact = bench.call("GET", "sobjects/Account/describe/compactLayouts").json()
    assert compact["compactLayouts"][0]["objectType"] == "Account"
    assert bench.call("GET", "sobjects/Account/describe/approvalLayouts").json() == {"approvalLayouts": []}
    assert bench.call("GET", "sobjects/Nothing/describe/layouts").status_code == 404


def test_several_record_types_have_their_layouts_one_by_one():
    with served(make_side({"record_types": {"Account": ["Customer", "Partner"]}})) as bench:
        found = bench.call("GET", "sobjects/Account/describe/layouts").json()
        assert found["layouts"] is None
        one = found["recordTypeMappings"][0]["recordTypeId"]
        assert bench.call("GET", f"sobjects/Account/describe/layouts/{one}").json()["detailLayoutSections"]
        assert bench.call("GET", "sobjects/Account/describe/layouts/012000000000009").status_code == 404


def test_list_views_are_listed_described_run_and_explained(bench):
    bench.make("Account", Name="B", Type="Prospect")
    bench.make("Account", Name="A")
    listed = bench.call("GET", "sobjects/Account/listviews").json()
    assert [v["label"] for v in listed["listviews"]] == ["All Accounts", "My Accounts"]
    view = listed["listviews"][0]
    described = bench.call("GET", view["describeUrl"]).json()
    assert (described["sobjectType"], described["scope"]) == ("account", "everything")
    ran = bench.call("GET", view["resultsUrl"]).json()
    rows = [{c["fieldNameOrPath"]: c["value"] for c in r["columns"]} for r in ran["records"]]
    assert [(r["Name"], r["Type"]) for r in rows] == [("A", None), ("B", "Prospect")]
    assert (ran["done"], ran["size"]) == (True, 2)
    plans = bench.call("GET", "query", params={"explain": view["id"]}).json()["plans"]
    assert plans[0]["sobjectType"] == "Account"
    assert bench.call("GET", "sobjects/Account/listviews/00B000000000001").status_code == 404


def test_who_am_i_by_chatter_and_limits_by_their_old_name(bench):
    me = bench.call("GET", "chatter/users/me").json()
    assert {"id", "isActive", "firstName", "lastName", "email"} <= set(me)
    assert "DailyBulkApiRequests" in bench.call("GET", "/services/data/v46.0/limits").json()
    assert "DailyBulkApiRequests" not in bench.call("GET", "limits").json()


def test_records_looked_at_are_the_recent_ones_and_move_no_stamp(bench):
    first, second = bench.make("Account", Name="First"), bench.make("Account", Name="Second")
    bench.make("Contact", LastName="Changed")
    bench.side.org.clock.advance(60)
    before = bench.row("Account", first)
    bench.query("SELECT Id, Name FROM Account ORDER BY Name LIMIT 2 FOR VIEW")
    recent = bench.call("GET", "recent", params={"limit": 2}).json()
    assert [(r["attributes"]["type"], r["Id"], r["Name"]) for r in recent] == [
        ("Account", first, "First"), ("Account", second, "Second")]  # fmt: skip
    after = bench.row("Account", first)
    assert {k for k in after if after[k] != before[k]} == {"LastViewedDate", "LastReferencedDate"}
    bench.side.org.clock.advance(60)
    bench.call("GET", f"sobjects/Account/{second}", headers={"Sforce-Mru": "updateMru=true"})
    bench.call("GET", f"sobjects/Account/{first}")
    assert [r["Id"] for r in bench.call("GET", "recent").json()] == [second, first]
    assert [r["Id"] for r in bench.call("GET", "sobjects/Account").json()["recentItems"]] == [second, first]
    bench.call("DELETE", f"sobjects/Account/{second}")
    assert [r["Id"] for r in bench.call("GET", "recent").json()] == [first]
    seen = bench.query("SELECT Id FROM Account WHERE LastViewedDate != null ORDER BY LastViewedDate DESC")
    assert seen["totalSize"] == 1
