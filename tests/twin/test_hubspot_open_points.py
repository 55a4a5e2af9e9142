"""What nobody has confirmed about HubSpot is a switch, and each switch does both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubspot_bench import Caller, account, problems

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account()
    yield Caller(side)
    side.close()


def new(call: Caller, kind: str = "contacts", **properties: str) -> str:
    return str(call("POST", f"/crm/v3/objects/{kind}", {"properties": properties}).json["id"])


def merged(call: Caller) -> tuple[str, str, str]:
    """Two contacts and what they became."""
    a, b = new(call, email="a@m.example"), new(call, email="b@m.example")
    answer = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": a, "objectIdToMerge": b})
    return a, b, str(answer.json["id"])


@pytest.mark.parametrize(("resolves", "status"), [(True, 200), (False, 404)])
def test_a_get_by_a_secondary_email(call: Caller, resolves: bool, status: int) -> None:
    merged(call)
    call.side.set_switch("secondary_email_resolves", resolves)

    assert call("GET", f"{CONTACTS}/b@m.example", idProperty="email").status == status
    assert call("GET", f"{CONTACTS}/A@m.example", idProperty="email").status == 200
    upsert = {"inputs": [{"id": "b@m.example", "idProperty": "email", "properties": {"city": "Bern"}}]}
    assert call("POST", f"{CONTACTS}/batch/upsert", upsert).json["results"][0]["new"] is False


@pytest.mark.parametrize(("what", "left"), [("survivor", 404), ("nothing", 200)])
def test_a_delete_by_an_id_that_was_merged_away(call: Caller, what: str, left: int) -> None:
    old, other, survivor = merged(call)
    call.side.set_switch("delete_by_merged_id", what)

    assert call("DELETE", f"{CONTACTS}/{old}").status == 204
    assert call("POST", f"{CONTACTS}/batch/archive", {"inputs": [{"id": other}]}).status == 204
    assert call("GET", f"{CONTACTS}/{survivor}").status == left


@pytest.mark.parametrize(("most", "status"), [(50, 400), (100, 200)])
def test_a_batch_read_with_history(call: Caller, most: int, status: int) -> None:
    call.side.set_switch("history_batch_limit", most)
    body = {"propertiesWithHistory": ["email"], "inputs": [{"id": str(10**9 + n)} for n in range(51)]}

    answer = call("POST", f"{CONTACTS}/batch/read", body)

    assert answer.status == (207 if status == 200 else 400)


@pytest.mark.parametrize(("partial", "status"), [(True, 207), (False, 400)])
def test_a_bad_value_in_a_batch_update_with_trace_ids(call: Caller, partial: bool, status: int) -> None:
    good, bad = new(call, email="g@m.example"), new(call, email="h@m.example")
    call.side.set_switch("traced_updates_partial", partial)
    inputs = [
        {"id": good, "properties": {"city": "Bern"}, "objectWriteTraceId": "1"},
        {"id": bad, "properties": {"lifecyclestage": "nosuch"}, "objectWriteTraceId": "2"},
    ]

    assert call("POST", f"{CONTACTS}/batch/update", {"inputs": inputs}).status == status
    city = call("GET", f"{CONTACTS}/{good}", properties="city").json["properties"]["city"]
    assert city == ("Bern" if partial else None)


@pytest.mark.parametrize("status", [409, 400])
def test_a_patch_to_an_email_that_is_taken(call: Caller, status: int) -> None:
    new(call, email="taken@m.example")
    other = new(call, email="free@m.example")
    call.side.set_switch("taken_email_on_update", status)

    refused = call("PATCH", f"{CONTACTS}/{other}", {"properties": {"email": "taken@m.example"}})

    assert refused.status == status
    assert "Existing ID: " in refused.json["message"]
    if status == 400:
        assert problems(refused) == [("email", "CONFLICTING_UNIQUE_VALUE")]
    assert call("POST", CONTACTS, {"properties": {"email": "taken@m.example"}}).status == 409


@pytest.mark.parametrize(("free", "status"), [(True, 201), (False, 409)])
def test_a_create_with_the_email_of_an_archived_contact(call: Caller, free: bool, status: int) -> None:
    call.side.set_switch("archived_email_is_free", free)
    call("DELETE", f"{CONTACTS}/{new(call, email='was@m.example')}")

    assert call("POST", CONTACTS, {"properties": {"email": "was@m.example"}}).status == status


@pytest.mark.parametrize("erases", [False, True])
def test_the_v2_dates_after_a_stage_is_cleared(call: Caller, erases: bool) -> None:
    call.side.set_switch("clearing_erases_v2_dates", erases)
    made = new(call, email="s@m.example")
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"lifecyclestage": ""}})
    names = "hs_v2_date_entered_lead,hs_lifecyclestage_lead_date"

    dates = call("GET", f"{CONTACTS}/{made}", properties=names).json["properties"]

    assert (dates["hs_v2_date_entered_lead"] is None) == erases
    assert dates["hs_lifecyclestage_lead_date"]


@pytest.mark.parametrize("status", [404, 400])
def test_a_merge_with_a_record_that_is_not_there(call: Caller, status: int) -> None:
    call.side.set_switch("merge_unknown_status", status)
    body = {"primaryObjectId": new(call, email="o@m.example"), "objectIdToMerge": "999999999"}

    assert call("POST", f"{CONTACTS}/merge", body).status == status


@pytest.mark.parametrize(("stage", "shown"), [("subscriber", "subscriber"), ("", None)])
def test_the_stage_of_a_new_contact_is_the_accounts_own(call: Caller, stage: str, shown: str | None) -> None:
    call.side.set_switch("default_lifecycle_stage", stage)

    for kind in ("contacts", "companies"):
        made = new(call, kind, **({"email": "d@m.example"} if kind == "contacts" else {"name": "D"}))
        found = call("GET", f"/crm/v3/objects/{kind}/{made}", properties="lifecyclestage").json["properties"]
        assert found["lifecyclestage"] == shown


def test_how_many_versions_are_kept_is_a_setting(call: Caller) -> None:
    made = new(call, email="v@m.example")
    for n in range(5):
        call("PATCH", f"{CONTACTS}/{made}", {"properties": {"city": f"C{n}"}})
    call.side.set_switch("history_versions", {"contacts": 2, "others": 1})

    found = call("GET", f"{CONTACTS}/{made}", propertiesWithHistory="city").json["propertiesWithHistory"]["city"]

    assert [v["value"] for v in found] == ["C4", "C3"]


def test_a_token_that_cannot_be_one_may_meet_the_edge(call: Caller) -> None:
    broken = Caller(call.side, "not a token")
    assert broken("GET", CONTACTS).status == 401
    call.side.set_switch("malformed_token_is_530", True)

    assert broken("GET", CONTACTS).status == 530
    assert Caller(call.side, "pat-na1-nobody")("GET", CONTACTS).status == 401


def test_the_category_of_an_expired_token_is_a_switch(call: Caller) -> None:
    credentials = call.side.credentials("")
    form = {"grant_type": "refresh_token"} | {
        k: credentials[k] for k in ("client_id", "client_secret", "refresh_token")
    }
    app = Caller(call.side, call("POST", "/oauth/v1/token", form=form).json["access_token"])
    call.side.expire_sessions()
    call.side.set_switch("expired_category", "")

    assert "category" not in app("GET", CONTACTS).json
    call.side.set_switch("expired_category", "INVALID_AUTHENTICATION")
    assert app("GET", CONTACTS).json["category"] == "INVALID_AUTHENTICATION"


@pytest.mark.parametrize(
    ("status", "plan", "seen"), [(200, "starter", 200), (403, "starter", 403), (403, "enterprise", 200)]
)
def test_the_schemas_of_an_account_below_enterprise(call: Caller, status: int, plan: str, seen: int) -> None:
    call.side.set_switch("schemas_below_enterprise", status)
    call.side.set_switch("plan", plan)

    answer = call("GET", "/crm/v3/schemas")

    assert answer.status == seen
    if seen == 200:
        assert answer.json["results"] == []


@pytest.mark.parametrize(("longest", "status"), [(3_000, 400), (100_000, 200)])
def test_how_long_a_search_may_be(call: Caller, longest: int, status: int) -> None:
    call.side.set_switch("search_body_limit", longest)
    values = [f"somebody{n:04d}@long.example" for n in range(200)]
    body = {"filters": [{"propertyName": "email", "operator": "IN", "values": values}]}

    assert call("POST", f"{CONTACTS}/search", body).status == status
