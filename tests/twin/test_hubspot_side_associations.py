"""Associations, v4 and v3: made, labelled, replaced, read, cut; the primary company; labels of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_bench import Caller, account

from trueup.twin.hubspot.side import HubSpotSide

V4 = "/crm/v4/associations/contacts/companies"
V3 = "/crm/v3/associations/contacts/companies"
PLAIN, PRIMARY, BILLING = 279, 1, 931


@pytest.fixture
def side() -> HubSpotSide:
    made = account()
    made.load("contacts", [{"id": str(n), "createdate": "2025-01-01T00:00:00Z"} for n in (101, 102, 103)])
    made.load("companies", [{"id": str(n), "name": f"C{n}", "createdate": "2025-01-01T00:00:00Z"} for n in (201, 202)])
    made.load("deals", [{"id": "301", "dealname": "D", "createdate": "2025-01-01T00:00:00Z"}])
    return made


@pytest.fixture
def call(side: HubSpotSide) -> Caller:
    return Caller(side)


def spec(*type_ids: int, category: str = "HUBSPOT_DEFINED") -> list[dict[str, Any]]:
    return [{"associationCategory": category, "associationTypeId": t} for t in type_ids]


def put(call: Caller, contact: str, company: str, *type_ids: int) -> int:
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    return call("PUT", path, spec(*type_ids)).status


def ties(call: Caller, contact: str) -> dict[str, set[int]]:
    rows = call("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").json["results"]
    return {str(r["toObjectId"]): {t["typeId"] for t in r["associationTypes"]} for r in rows}


def company_of(call: Caller, contact: str) -> str | None:
    answer = call("GET", f"/crm/v3/objects/contacts/{contact}", properties="associatedcompanyid")
    found: str | None = answer.json["properties"]["associatedcompanyid"]
    return found


def test_the_first_company_becomes_the_primary_one_and_a_second_does_not(call: Caller) -> None:
    put(call, "101", "201", PLAIN)
    put(call, "101", "202", PLAIN)

    assert ties(call, "101") == {"201": {PLAIN, PRIMARY}, "202": {PLAIN}}
    assert company_of(call, "101") == "201"


def test_a_second_primary_company_demotes_the_first(call: Caller) -> None:
    put(call, "101", "201", PLAIN)
    put(call, "101", "202", PRIMARY)

    assert ties(call, "101") == {"201": {PLAIN}, "202": {PLAIN, PRIMARY}}
    assert company_of(call, "101") == "202"


def test_the_mirrored_property_may_be_written(call: Caller) -> None:
    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"associatedcompanyid": "202"}})
    assert ties(call, "101") == {"202": {PLAIN, PRIMARY}}

    call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"associatedcompanyid": ""}})
    assert ties(call, "101") == {}


def test_both_directions_are_seen(call: Caller) -> None:
    put(call, "101", "201", PLAIN)

    back = call("GET", "/crm/v4/objects/companies/201/associations/contacts").json["results"]

    assert back[0]["toObjectId"] == 101
    assert {(t["typeId"], t["label"]) for t in back[0]["associationTypes"]} == {(280, None), (2, "Primary")}


def test_ties_do_not_move_the_stamp(call: Caller) -> None:
    before = call("GET", "/crm/v3/objects/contacts/101").json["updatedAt"]

    put(call, "101", "201", PLAIN)

    assert call("GET", "/crm/v3/objects/contacts/101").json["updatedAt"] == before
    assert call("GET", "/crm/v3/objects/companies/201").json["updatedAt"] == before


def test_writing_labels_replaces_them_and_the_plain_tie_stays(call: Caller) -> None:
    own = call("POST", f"{V4}/labels", {"label": "Adviser", "name": "adviser"}).json["results"][0]["typeId"]
    put(call, "101", "201", PLAIN)
    put(call, "101", "202", BILLING)

    path = "/crm/v4/objects/contacts/101/associations/companies/202"
    answer = call("PUT", path, spec(own, category="USER_DEFINED"))

    assert answer.status == 201
    assert answer.json["labels"] == ["Adviser"]
    assert (answer.json["fromObjectId"], answer.json["toObjectId"]) == (101, 202)
    assert ties(call, "101")["202"] == {PLAIN, own}


def test_a_paired_label_has_two_numbers_and_goes_with_its_ties(call: Caller) -> None:
    body = {"label": "Manager", "inverseLabel": "Managed by", "name": "manager"}
    made = call("POST", f"{V4}/labels", body).json["results"]
    there, back = (row["typeId"] for row in made)
    call("PUT", "/crm/v4/objects/contacts/101/associations/companies/201", spec(there, category="USER_DEFINED"))

    seen = call("GET", "/crm/v4/objects/companies/201/associations/contacts").json["results"][0]["associationTypes"]
    assert (back, "Managed by") in {(t["typeId"], t["label"]) for t in seen}
    assert call("DELETE", f"{V4}/labels/{there}").status == 204
    assert ties(call, "101") == {"201": {PLAIN, PRIMARY}}


def test_taking_the_plain_tie_away_takes_everything(call: Caller) -> None:
    put(call, "101", "201", BILLING)
    pair = {"from": {"id": "101"}, "to": {"id": "201"}}

    call("POST", f"{V4}/batch/labels/archive", {"inputs": [{**pair, "types": spec(BILLING)}]})
    assert ties(call, "101") == {"201": {PLAIN, PRIMARY}}
    call("POST", f"{V4}/batch/labels/archive", {"inputs": [{**pair, "types": spec(PLAIN)}]})
    assert ties(call, "101") == {}
    assert company_of(call, "101") is None


def test_a_batch_read_lists_an_error_for_each_id_without_ties(call: Caller) -> None:
    put(call, "101", "201", PLAIN)

    answer = call("POST", f"{V4}/batch/read", {"inputs": [{"id": i} for i in ("101", "102", "999", "abc")]})

    assert answer.status == 207
    assert [r["from"]["id"] for r in answer.json["results"]] == ["101"]
    assert answer.json["results"][0]["to"][0]["toObjectId"] == 201
    kinds = sorted(e["subCategory"] for e in answer.json["errors"])
    assert kinds == ["crm.associations.INVALID_IDENTIFIER", *["crm.associations.NO_ASSOCIATIONS_FOUND"] * 2]
    assert "abc is not a valid ID" in {e["message"] for e in answer.json["errors"]}


@pytest.mark.parametrize(("verb", "most"), [("batch/read", 1_000), ("batch/create", 2_000)])
def test_batches_have_their_own_limits(call: Caller, verb: str, most: int) -> None:
    one = {"id": "101", "from": {"id": "101"}, "to": {"id": "201"}, "types": spec(PLAIN)}

    assert call("POST", f"{V4}/{verb}", {"inputs": [one] * (most + 1)}).status == 400


def test_a_batch_create_ties_the_good_pairs_and_names_the_bad(call: Caller) -> None:
    def one(contact: str, company: str) -> dict[str, Any]:
        return {"from": {"id": contact}, "to": {"id": company}, "types": spec(PLAIN)}

    answer = call("POST", f"{V4}/batch/create", {"inputs": [one("101", "201"), one("102", "999")]})

    assert answer.status == 207
    assert answer.json["results"] == [
        {"fromObjectTypeId": "0-1", "fromObjectId": 101, "toObjectTypeId": "0-2", "toObjectId": 201, "labels": []}
    ]
    assert answer.json["errors"][0]["message"] == "One or more associations are invalid"


def test_a_default_batch_lists_both_directions(call: Caller) -> None:
    pair = {"from": {"id": "101"}, "to": {"id": "201"}}

    answer = call("POST", f"{V4}/batch/associate/default", {"inputs": [pair]})

    assert answer.status == 200
    found = {(r["from"]["id"], r["associationSpec"]["associationTypeId"]) for r in answer.json["results"]}
    assert found == {("101", 279), ("201", 280)}


def test_a_wrong_type_and_a_tie_with_oneself_are_refused(call: Caller) -> None:
    assert put(call, "101", "201", 3) == 400

    itself = call("PUT", "/crm/v4/objects/contacts/101/associations/default/contacts/101")
    assert itself.json["message"] == "Object 101 cannot be associated to itself (101)"


def test_an_archived_record_is_tied_to_nobody(call: Caller) -> None:
    put(call, "101", "201", PLAIN)
    call("DELETE", "/crm/v3/objects/companies/201")

    assert ties(call, "101") == {}


def test_the_older_calls_use_names_and_list_both_directions(side: HubSpotSide, call: Caller) -> None:
    inputs = [{"from": {"id": "101"}, "to": {"id": "201"}, "type": "contact_to_company"}]

    made = call("POST", f"{V3}/batch/create", {"inputs": inputs})
    read = call("POST", f"{V3}/batch/read", {"inputs": [{"id": "101"}]})
    side.set_switch("v3_assoc_create_status", 201)

    assert made.status == 200
    assert {(r["from"]["id"], r["type"]) for r in made.json["results"]} == {
        ("101", "contact_to_company"), ("201", "company_to_contact"),
    }  # fmt: skip
    assert {t["type"] for t in read.json["results"][0]["to"]} == {"contact_to_company", "contact_to_company_unlabeled"}
    assert call("POST", f"{V3}/batch/create", {"inputs": inputs}).status == 201


def test_the_oldest_form_ties_one_pair_and_answers_with_the_record(call: Caller) -> None:
    path = "/crm/v3/objects/deals/301/associations/contacts/101"

    tied = call("PUT", f"{path}/deal_to_contact")
    listed = call("GET", "/crm/v3/objects/deals/301/associations/contacts").json["results"]
    cut = call("DELETE", f"{path}/3")

    assert (tied.status, tied.json["id"]) == (200, "301")
    assert listed == [{"id": "101", "type": "deal_to_contact"}]
    assert cut.status == 204
    assert call("GET", "/crm/v3/objects/deals/301/associations/contacts").json["results"] == []


def test_ties_are_paged_by_the_id_of_the_other(side: HubSpotSide, call: Caller) -> None:
    side.load("contacts", [{"id": str(n), "createdate": "2025-01-01T00:00:00Z"} for n in range(1001, 1601)])
    side.associate_many("companies", "contacts", 280, [("201", str(n)) for n in range(1001, 1601)])
    path = "/crm/v4/objects/companies/201/associations/contacts"

    first = call("GET", path).json
    second = call("GET", path, after=first["paging"]["next"]["after"]).json
    listed = call("GET", "/crm/v3/objects/companies/201", associations="contacts").json["associations"]["contacts"]

    assert [r["toObjectId"] for p in (first, second) for r in p["results"]] == list(range(1001, 1601))
    assert "paging" not in second
    assert "paging" in listed
    assert call("GET", path, limit=501).status == 400
