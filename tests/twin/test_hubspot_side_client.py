"""The unmodified `hubspot-api-client` does its ordinary work against a served account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec, BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.companies import SimplePublicObjectInputForCreate as CompanyInput
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.properties import PropertyCreate
from hubspot_bench import account
from urllib3.util.retry import Retry

from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.serving import Listener, Servers

PEOPLE = 250


def person(n: int) -> dict[str, Any]:
    return {
        "id": make_id("contacts", n),
        "createdate": f"2025-01-{n % 28 + 1:02d}T00:00:00Z",
        "lastmodifieddate": f"2025-02-{n % 28 + 1:02d}T10:00:00.250Z",
        "email": f"person{n}@house{n % 7}.example",
        "firstname": f"First{n}",
        "lastname": "Rosenbaum" if n % 5 == 0 else "Okafor",
        "lifecyclestage": "lead",
    }


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[HubSpotSide, str]]:
    side = account()
    side.load("owners", [{"id": "51", "email": "ann@twin.example", "firstName": "Ann", "lastName": "Lee", "userId": 7}])
    side.load("owners", [{"id": "52", "email": "old@twin.example", "archived": True, "userId": 8}])
    side.load("contacts", [person(n) for n in range(PEOPLE)])
    servers = Servers([Listener("hubspot", side.app)])
    servers.start()
    try:
        yield side, servers.urls["hubspot"]
    finally:
        servers.stop()
        side.close()


@pytest.fixture(scope="module")
def client(served: tuple[HubSpotSide, str]) -> HubSpot:
    side, url = served
    return HubSpot(access_token=side.credentials(url)["access_token"], host=url, retry=Retry(0))


def new_contact(client: HubSpot, **properties: str) -> str:
    made = client.crm.contacts.basic_api.create(
        SimplePublicObjectInputForCreate(properties=properties, associations=[])
    )
    return str(made.id)


def new_company(client: HubSpot, name: str) -> str:
    made = client.crm.companies.basic_api.create(CompanyInput(properties={"name": name}, associations=[]))
    return str(made.id)


def test_get_all_pages_through_every_loaded_contact_once(client: HubSpot) -> None:
    found = [c.id for c in client.crm.contacts.get_all(properties=["email"])]

    loaded = {make_id("contacts", n) for n in range(PEOPLE)}
    assert loaded <= set(found)
    assert len(found) == len(set(found))
    assert found == sorted(found, key=int)


def test_get_by_id_and_by_email_give_the_same_record_with_aware_times(client: HubSpot) -> None:
    api = client.crm.contacts.basic_api

    by_id = api.get_by_id(make_id("contacts", 3), properties=["firstname", "phone", "no_such_property"])
    by_email = api.get_by_id("person3@house3.example", id_property="email")

    assert by_id.id == by_email.id
    assert by_id.updated_at == datetime(2025, 2, 4, 10, 0, 0, 250_000, tzinfo=UTC)
    assert by_id.properties["phone"] is None
    assert "no_such_property" not in by_id.properties


def test_a_second_create_is_a_409_that_names_the_existing_id(client: HubSpot) -> None:
    made = new_contact(client, email="once@twin.example")

    with pytest.raises(ApiException) as refused:
        new_contact(client, email="ONCE@twin.example")

    assert refused.value.status == 409
    assert f"Existing ID: {made}" in refused.value.body


def test_a_missing_record_is_a_404_with_json(client: HubSpot) -> None:
    with pytest.raises(ApiException) as refused:
        client.crm.contacts.basic_api.get_by_id("999")

    assert refused.value.status == 404
    assert '"message":"resource not found"' in refused.value.body


def test_batch_read_tells_what_was_not_found(client: HubSpot) -> None:
    ids = [make_id("contacts", n) for n in range(10)]
    body = BatchReadInputSimplePublicObjectId(
        properties=["email"], properties_with_history=[], inputs=[{"id": i} for i in [*ids, "999"]]
    )

    answer = client.crm.contacts.batch_api.read(body)

    assert {r.id for r in answer.results} == set(ids)
    assert [r.id for r in answer.results] != ids
    assert answer.num_errors == 1
    assert answer.errors[0].context["ids"] == ["999"]


def test_batch_update_then_upsert_by_a_unique_property(client: HubSpot) -> None:
    made = new_contact(client, email="batch@twin.example", trueup_key="k-1")
    update = BatchInputSimplePublicObjectBatchInput(inputs=[{"id": made, "properties": {"city": "Porto"}}])
    upsert = BatchInputSimplePublicObjectBatchInputUpsert(
        inputs=[
            {"id": "k-1", "idProperty": "trueup_key", "properties": {"city": "Faro"}, "objectWriteTraceId": "t1"},
            {"id": "k-2", "idProperty": "trueup_key", "properties": {"city": "Braga"}, "objectWriteTraceId": "t2"},
        ]
    )

    updated = client.crm.contacts.batch_api.update(update)
    upserted = client.crm.contacts.batch_api.upsert(upsert)

    assert updated.results[0].properties["city"] == "Porto"
    by_trace = {r.object_write_trace_id: r for r in upserted.results}
    assert (by_trace["t1"].id, by_trace["t1"].new) == (made, False)
    assert by_trace["t2"].new is True
    assert client.crm.contacts.basic_api.get_by_id("k-2", id_property="trueup_key").id == by_trace["t2"].id


def test_one_bad_value_fails_a_whole_batch_create(client: HubSpot) -> None:
    body = BatchInputSimplePublicObjectBatchInputForCreate(
        inputs=[
            {"properties": {"email": "good@twin.example"}, "associations": []},
            {"properties": {"email": "not an e-mail"}, "associations": []},
        ]
    )

    with pytest.raises(ApiException) as refused:
        client.crm.contacts.batch_api.create(body)

    assert refused.value.status == 400
    assert "INVALID_EMAIL" in refused.value.body
    with pytest.raises(ApiException):
        client.crm.contacts.basic_api.get_by_id("good@twin.example", id_property="email")


def test_search_sorts_filters_and_stops_at_ten_thousand(client: HubSpot) -> None:
    api = client.crm.contacts.search_api
    named = {"filters": [{"propertyName": "lastname", "operator": "EQ", "value": "rosenbaum"}]}

    first = api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[named],
            sorts=[{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
            properties=["lastname"],
            limit=20,
            after="0",
            query="",
        )
    )

    assert first.total == PEOPLE // 5
    assert [int(r.id) for r in first.results] == sorted((int(r.id) for r in first.results), reverse=True)
    assert first.paging.next.after == "20"
    with pytest.raises(ApiException) as refused:
        api.do_search({"filterGroups": [], "limit": 100, "after": "9950"})
    assert refused.value.status == 400


def test_merge_makes_a_new_record_and_both_old_ids_lead_to_it(client: HubSpot) -> None:
    keep = new_contact(client, email="keep@twin.example", city="Lyon")
    lose = new_contact(client, email="lose@twin.example", phone="+33 1 42 68 53 00")

    merged = client.crm.contacts.basic_api.merge(PublicMergeInput(primary_object_id=keep, object_id_to_merge=lose))

    assert merged.id not in {keep, lose}
    for old in (keep, lose):
        assert client.crm.contacts.basic_api.get_by_id(old).id == merged.id
    full = client.crm.contacts.basic_api.get_by_id(
        keep, properties=["email", "hs_additional_emails", "phone", "city", "hs_merged_object_ids"]
    )
    assert full.properties["email"] == "keep@twin.example"
    assert full.properties["hs_additional_emails"] == "lose@twin.example"
    assert full.properties["phone"] == "+33 1 42 68 53 00"
    assert full.properties["hs_merged_object_ids"] == f"{keep};{lose}"


def test_owners_are_listed_live_and_deactivated_ones_only_on_request(client: HubSpot) -> None:
    live = client.crm.owners.owners_api.get_page()
    gone = client.crm.owners.owners_api.get_page(archived=True)

    assert [o.email for o in live.results] == ["ann@twin.example"]
    assert [(o.email, o.user_id) for o in gone.results] == [("old@twin.example", None)]
    assert client.crm.owners.owners_api.get_by_id(51).first_name == "Ann"


def test_pipelines_and_properties_are_read_and_a_property_is_made(client: HubSpot) -> None:
    deals = client.crm.pipelines.pipelines_api.get_all("deals").results[0]
    stages = client.crm.pipelines.pipelines_api.get_all("contacts").results[0].stages
    made = client.crm.properties.core_api.create(
        "contacts",
        PropertyCreate(
            name="shoe_size", label="Shoe size", type="number", field_type="number", group_name="contactinformation"
        ),
    )

    assert deals.id == "default"
    assert {s.id: s.metadata["probability"] for s in deals.stages}["closedwon"] == "1.0"
    assert [s.id for s in stages][2:5] == ["marketingqualifiedlead", "77234958", "salesqualifiedlead"]
    assert made.name == "shoe_size"
    names = {p.name for p in client.crm.properties.core_api.get_all("contacts").results}
    assert {"shoe_size", "email", "lifecyclestage", "hs_v2_date_entered_77234958"} <= names


def test_associations_v4_are_made_labelled_read_and_cut(client: HubSpot) -> None:
    contact, company = new_contact(client, email="tied@twin.example"), new_company(client, "Tied Ltd")
    api = client.crm.associations.v4

    api.basic_api.create_default("contacts", contact, "companies", company)
    one = api.basic_api.get_page("contacts", contact, "companies").results[0]
    labelled = api.basic_api.create(
        "contacts", contact, "companies", company, [AssociationSpec("HUBSPOT_DEFINED", 931)]
    )
    many = api.batch_api.get_page(
        "contacts", "companies", BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": contact}, {"id": "999"}])
    )
    mirrored = client.crm.contacts.basic_api.get_by_id(contact, properties=["associatedcompanyid"])
    api.basic_api.archive("contacts", contact, "companies", company)

    assert str(one.to_object_id) == company
    assert {t.type_id for t in one.association_types} == {279, 1}
    assert labelled.labels == ["Billing contact"]
    assert [str(r._from.id) for r in many.results] == [contact]
    assert many.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert mirrored.properties["associatedcompanyid"] == company
    assert api.basic_api.get_page("contacts", contact, "companies").results == []


def test_oauth_refresh_gives_a_token_that_works_until_it_runs_out(served: tuple[HubSpotSide, str]) -> None:
    side, url = served
    credentials = side.credentials(url)
    tokens = HubSpot(host=url).oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=credentials["client_id"],
        client_secret=credentials["client_secret"],
        refresh_token=credentials["refresh_token"],
    )
    client = HubSpot(access_token=tokens.access_token, host=url, retry=Retry(0))

    assert tokens.expires_in == 1800
    assert client.crm.contacts.basic_api.get_page(limit=1).results
    info = client.oauth.access_tokens_api.get(tokens.access_token)
    assert info.hub_id == credentials["portal_id"]

    side.expire_sessions()
    with pytest.raises(Exception, match="401") as refused:
        client.crm.contacts.basic_api.get_page(limit=1)
    assert "expired" in refused.value.body  # type: ignore[attr-defined]


def test_update_answers_only_a_part_of_the_record(client: HubSpot) -> None:
    made = new_contact(client, email="part@twin.example", firstname="Part")

    changed = client.crm.contacts.basic_api.update(made, SimplePublicObjectInput(properties={"lastname": "Ial"}))

    assert changed.properties["lastname"] == "Ial"
    assert "email" not in changed.properties
    assert "firstname" not in changed.properties
    assert changed.properties["lifecyclestage"] == "lead"
