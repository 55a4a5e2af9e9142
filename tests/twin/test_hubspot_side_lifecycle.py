"""Stages: forward only, cleared first, dates left behind, moved by deals; and merges, with what they do to stages."""

from __future__ import annotations

import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.side import HubSpotSide

CONTACTS = "/crm/v3/objects/contacts"
STAGED = "lifecyclestage,hs_v2_date_entered_current_stage"


@pytest.fixture
def side() -> HubSpotSide:
    return account()


@pytest.fixture
def call(side: HubSpotSide) -> Caller:
    return Caller(side)


def new(call: Caller, object_name: str = "contacts", **properties: str) -> str:
    answer = call("POST", f"/crm/v3/objects/{object_name}", {"properties": properties})
    assert answer.status == 201, answer.content
    return str(answer.json["id"])


def move(call: Caller, record_id: str, stage: str) -> str | None:
    answer = call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"lifecyclestage": stage}})
    assert answer.status == 200
    found: str | None = answer.json["properties"].get("lifecyclestage")
    return found


def shown(call: Caller, record_id: str, *names: str) -> dict[str, str | None]:
    properties: dict[str, str | None] = call("GET", f"{CONTACTS}/{record_id}", properties=",".join(names)).json[
        "properties"
    ]
    return properties


# from, to, what stands afterwards
MOVES = [
    ("lead", "marketingqualifiedlead", "marketingqualifiedlead"),
    ("lead", "customer", "customer"),  # skipping is allowed
    ("marketingqualifiedlead", "77234958", "77234958"),  # a custom stage stands where it is displayed
    ("salesqualifiedlead", "77234958", "salesqualifiedlead"),  # and so is behind this one
    ("customer", "lead", "customer"),  # backward: answered with success, changes nothing
    ("customer", "customer", "customer"),
    ("customer", "77234959", "77234959"),  # a custom stage at the end is forward from anywhere
    ("77234959", "lead", "77234959"),
    ("customer", "", None),  # clearing
]


@pytest.mark.parametrize(("before", "wanted", "after"), MOVES)
def test_a_stage_moves_forward_only(call: Caller, before: str, wanted: str, after: str | None) -> None:
    made = new(call, lifecyclestage=before)

    move(call, made, wanted)

    assert shown(call, made, "lifecyclestage")["lifecyclestage"] == after


def test_going_back_takes_a_cleared_stage_and_a_second_request(call: Caller) -> None:
    made = new(call, lifecyclestage="customer")

    move(call, made, "")
    move(call, made, "lead")

    assert shown(call, made, "lifecyclestage")["lifecyclestage"] == "lead"


def test_an_ignored_move_leaves_no_trace_and_writes_the_rest(call: Caller) -> None:
    made = new(call, lifecyclestage="customer")
    before = call("GET", f"{CONTACTS}/{made}").json["updatedAt"]

    move(call, made, "lead")
    assert call("GET", f"{CONTACTS}/{made}").json["updatedAt"] == before
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"lifecyclestage": "lead", "city": "Bonn"}})

    assert shown(call, made, "city", "lifecyclestage")["city"] == "Bonn"
    history = call("GET", f"{CONTACTS}/{made}", propertiesWithHistory="lifecyclestage").json["propertiesWithHistory"]
    assert [v["value"] for v in history["lifecyclestage"]] == ["customer"]


def test_dates_are_left_for_entered_stages_only(call: Caller) -> None:
    made = new(call)
    move(call, made, "salesqualifiedlead")

    dates = shown(
        call, made, "hs_lifecyclestage_lead_date", "hs_lifecyclestage_salesqualifiedlead_date",
        "hs_lifecyclestage_marketingqualifiedlead_date", "hs_v2_date_entered_salesqualifiedlead",
        "hs_v2_date_exited_lead", "hs_v2_latest_time_in_lead", "hs_v2_date_entered_current_stage",
    )  # fmt: skip

    assert dates["hs_lifecyclestage_marketingqualifiedlead_date"] is None
    assert dates["hs_v2_date_exited_lead"] == dates["hs_v2_date_entered_salesqualifiedlead"]
    assert dates["hs_v2_date_entered_current_stage"] == dates["hs_lifecyclestage_salesqualifiedlead_date"]
    assert str(dates["hs_lifecyclestage_lead_date"]) < str(dates["hs_v2_date_exited_lead"])
    assert int(str(dates["hs_v2_latest_time_in_lead"])) > 0


def test_became_a_stage_is_dated_once_and_entered_each_time(call: Caller) -> None:
    made = new(call)
    first = shown(call, made, "hs_lifecyclestage_lead_date", "hs_v2_date_entered_lead")

    move(call, made, "customer")
    move(call, made, "")
    move(call, made, "lead")

    again = shown(call, made, "hs_lifecyclestage_lead_date", "hs_v2_date_entered_lead")
    assert again["hs_lifecyclestage_lead_date"] == first["hs_lifecyclestage_lead_date"]
    assert str(again["hs_v2_date_entered_lead"]) > str(first["hs_v2_date_entered_lead"])


def test_a_person_in_the_app_may_move_a_stage_back(side: HubSpotSide, call: Caller) -> None:
    made = new(call, lifecyclestage="customer")

    side.edit("contacts", made, {"lifecyclestage": "lead"}, user=77)

    history = call("GET", f"{CONTACTS}/{made}", propertiesWithHistory="lifecyclestage").json["propertiesWithHistory"]
    assert [(v["value"], v["sourceType"]) for v in history["lifecyclestage"]] == [
        ("lead", "CRM_UI"),
        ("customer", "INTEGRATION"),
    ]
    assert history["lifecyclestage"][0]["updatedByUserId"] == 77


def test_deals_move_their_contacts_where_the_account_says_so(side: HubSpotSide, call: Caller) -> None:
    side.set_switch("auto_lifecycle_from_deals", True)
    contact = new(call, email="buyer@a.example")
    deal = new(call, "deals", dealname="D", dealstage="qualifiedtobuy")

    call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}")
    assert shown(call, contact, "lifecyclestage")["lifecyclestage"] == "opportunity"
    call("PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "closedwon"}})

    assert shown(call, contact, "lifecyclestage")["lifecyclestage"] == "customer"


def test_deals_move_nobody_by_default(call: Caller) -> None:
    contact, deal = new(call), new(call, "deals", dealname="D", dealstage="closedwon")

    call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}")

    assert shown(call, contact, "lifecyclestage")["lifecyclestage"] == "lead"


# -- merging -------------------------------------------------------------------------------------------------------


def merge(call: Caller, primary: str, other: str, object_name: str = "contacts") -> str:
    body = {"primaryObjectId": primary, "objectIdToMerge": other}
    answer = call("POST", f"/crm/v3/objects/{object_name}/merge", body)
    assert answer.status == 200, answer.content
    return str(answer.json["id"])


def test_a_merge_keeps_the_primarys_values_and_fills_its_blanks(call: Caller) -> None:
    primary = new(call, email="a@a.example", city="Rome", lifecyclestage="lead")
    other = new(call, email="b@a.example", city="Bari", zip="70121", lifecyclestage="customer")

    merged = merge(call, primary, other)

    values = shown(call, merged, "email", "city", "zip", "lifecyclestage", "hs_additional_emails", "createdate")
    assert values["email"] == "a@a.example"
    assert (values["city"], values["zip"]) == ("Rome", "70121")
    assert values["lifecyclestage"] == "customer"  # the further one
    assert values["hs_additional_emails"] == "b@a.example"


def test_chained_merges_resolve_and_list_every_id(call: Caller) -> None:
    first, second, third = (new(call, email=f"{n}@a.example") for n in range(3))

    once = merge(call, first, second)
    twice = merge(call, first, third)  # the primary id has been merged away already

    for old in (first, second, third, once):
        assert call("GET", f"{CONTACTS}/{old}").json["id"] == twice
        patched = call("PATCH", f"{CONTACTS}/{old}", {"properties": {"city": old}})
        assert patched.json["id"] == twice
    footprint = shown(call, twice, "hs_merged_object_ids", "hs_calculated_merged_vids")
    assert str(footprint["hs_merged_object_ids"]).split(";") == [first, second, once, third]
    # The older footprint misses what earlier merges brought in.
    assert [v.split(":")[0] for v in str(footprint["hs_calculated_merged_vids"]).split(";")] == [once, third]


def test_a_merged_away_record_is_nowhere_listed(call: Caller) -> None:
    first, second = new(call, email="a@a.example"), new(call, email="b@a.example")

    merged = merge(call, first, second)

    assert [r["id"] for r in call("GET", CONTACTS).json["results"]] == [merged]
    assert call("GET", CONTACTS, archived="true").json["results"] == []
    assert call("POST", f"{CONTACTS}/search", {}).json["total"] == 1


def test_a_merge_unites_ties_and_keeps_one_primary_company(call: Caller) -> None:
    one, two = new(call, "companies", name="One"), new(call, "companies", name="Two")
    first, second = new(call, email="a@a.example"), new(call, email="b@a.example")
    for contact, company in ((first, one), (second, two)):
        call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")

    merged = merge(call, first, second)

    ties = call("GET", f"/crm/v4/objects/contacts/{merged}/associations/companies").json["results"]
    labels = {str(t["toObjectId"]): {a["typeId"] for a in t["associationTypes"]} for t in ties}
    assert labels == {one: {1, 279}, two: {279}}
    assert call("GET", f"/crm/v4/objects/contacts/{first}/associations/companies").json["results"] == []


def test_a_merged_company_is_the_primary_company_of_its_contacts(call: Caller) -> None:
    one, two = new(call, "companies", name="One", domain="one.example"), new(call, "companies", name="Two")
    contact = new(call, email="a@a.example", associatedcompanyid=two)

    merged = merge(call, one, two, "companies")

    assert shown(call, contact, "associatedcompanyid")["associatedcompanyid"] == merged


def test_the_primary_id_survives_where_the_switch_says_so(side: HubSpotSide, call: Caller) -> None:
    side.set_switch("merge_identity", "primary")
    first, second = new(call, email="a@a.example"), new(call, email="b@a.example")

    assert merge(call, first, second) == first
    assert call("GET", f"{CONTACTS}/{second}").json["id"] == first


def test_numbers_are_refused_as_ids_of_a_merge_and_unknown_ones_are_not_found(call: Caller) -> None:
    first, second = new(call), new(call)

    number = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": int(first), "objectIdToMerge": int(second)})
    unknown = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": "999"})
    itself = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": first})

    assert (number.status, unknown.status, itself.status) == (400, 404, 400)
    assert call("POST", "/crm/v3/objects/calls/merge", {}).status == 400


def test_merged_history_holds_the_versions_of_both(call: Caller) -> None:
    first, second = new(call, city="Rome"), new(call, city="Bari")
    call("PATCH", f"{CONTACTS}/{first}", {"properties": {"city": "Pisa"}})
    call("PATCH", f"{CONTACTS}/{second}", {"properties": {"city": "Lecce"}})

    merged = merge(call, first, second)

    history = call("GET", f"{CONTACTS}/{merged}", propertiesWithHistory="city").json["propertiesWithHistory"]["city"]
    assert {v["value"] for v in history} == {"Rome", "Pisa", "Bari", "Lecce"}
