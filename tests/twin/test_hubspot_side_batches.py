"""Batches: what one bad input does to the others, with and without trace ids; order; duplicates; old ids."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_bench import Answer, Caller, account, problems

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def call() -> Caller:
    return Caller(account())


def new(call: Caller, **properties: str) -> str:
    return str(call("POST", CONTACTS, {"properties": properties}).json["id"])


def batch(call: Caller, verb: str, inputs: list[dict[str, Any]], **rest: Any) -> Answer:
    return call("POST", f"{CONTACTS}/batch/{verb}", {"inputs": inputs, **rest})


def count(call: Caller) -> int:
    return len(call("GET", CONTACTS, limit=100).json["results"])


def test_results_come_back_in_another_order(call: Caller) -> None:
    emails = [f"p{n}@a.example" for n in range(10)]

    answer = batch(call, "create", [{"properties": {"email": e}} for e in emails])

    assert answer.status == 201
    assert answer.json["status"] == "COMPLETE"
    found = [r["properties"]["email"] for r in answer.json["results"]]
    assert found != emails
    assert sorted(found) == emails


def test_a_batch_without_the_inputs_key_does_nothing_and_says_yes(call: Caller) -> None:
    answer = call("POST", f"{CONTACTS}/batch/update", {"records": [{"id": "1"}]})

    assert (answer.status, answer.json["results"]) == (200, [])


def test_more_than_a_hundred_inputs_are_refused(call: Caller) -> None:
    assert batch(call, "read", [{"id": str(n)} for n in range(1, 102)]).status == 400


def test_a_bad_value_fails_the_whole_create_and_each_problem_is_listed(call: Caller) -> None:
    answer = batch(
        call, "create", [{"properties": {"foo": "1"}}, {"properties": {"city": "x"}}, {"properties": {"foo": "2"}}]
    )

    assert answer.status == 400
    assert problems(answer) == [("foo", "PROPERTY_DOESNT_EXIST")] * 2
    assert count(call) == 0


def test_with_trace_ids_only_the_bad_inputs_of_a_create_fail(call: Caller) -> None:
    existing = new(call, email="here@a.example")

    answer = batch(
        call,
        "create",
        [
            {"properties": {"email": "ok@a.example"}, "objectWriteTraceId": "t1"},
            {"properties": {"foo": "1"}, "objectWriteTraceId": "t2"},
            {"properties": {"email": "here@a.example"}, "objectWriteTraceId": "t3"},
        ],
    )

    assert answer.status == 207
    assert [r["objectWriteTraceId"] for r in answer.json["results"]] == ["t1"]
    errors = {e["context"]["objectWriteTraceId"][0]: e for e in answer.json["errors"]}
    assert errors["t3"]["category"] == "CONFLICT"
    assert errors["t3"]["message"] == f"Contact already exists. Existing ID: {existing}"
    assert errors["t3"]["context"]["existingId"] == [existing]
    assert errors["t2"]["category"] == "VALIDATION_ERROR"
    assert answer.json["numErrors"] == 2


def test_a_taken_email_fails_a_whole_create_and_is_not_named(call: Caller) -> None:
    new(call, email="here@a.example")

    answer = batch(
        call, "create", [{"properties": {"email": "ok@a.example"}}, {"properties": {"email": "HERE@a.example"}}]
    )

    assert answer.status == 409
    assert answer.json["message"] == "Contact already exists"
    assert answer.json["category"] == "CONFLICT"
    assert count(call) == 1


def test_the_same_new_email_twice_is_a_conflict(call: Caller) -> None:
    twin = {"properties": {"email": "twin@a.example"}}

    assert batch(call, "create", [twin, twin]).status == 409
    assert count(call) == 0


def test_unknown_ids_of_an_update_are_one_error_and_the_rest_is_written(call: Caller) -> None:
    made = new(call, city="Rome")

    answer = batch(call, "update", [{"id": i, "properties": {"city": "Bari"}} for i in (made, "901", "902")])

    assert answer.status == 207
    assert [r["id"] for r in answer.json["results"]] == [made]
    assert answer.json["numErrors"] == 1
    error = answer.json["errors"][0]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["message"] == (
        "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    )
    assert error["context"]["ids"] == ["901", "902"]


def test_a_bad_value_fails_a_whole_update(call: Caller) -> None:
    first, second = new(call, city="Rome"), new(call, city="Rome")

    answer = batch(
        call, "update", [{"id": first, "properties": {"city": "Bari"}}, {"id": second, "properties": {"foo": "x"}}]
    )

    assert answer.status == 400
    assert call("GET", f"{CONTACTS}/{first}", properties="city").json["properties"]["city"] == "Rome"


def test_the_same_id_twice_is_refused(call: Caller) -> None:
    made = new(call)

    answer = batch(call, "update", [{"id": made, "properties": {}}, {"id": int(made), "properties": {}}])

    assert answer.status == 400
    assert answer.json["message"] == f"Duplicate IDs found in batch input: [{made}]. IDs must be unique"
    assert answer.json["context"] == {"ids": [made]}


def test_a_merged_away_id_is_silently_absent_from_an_update(call: Caller) -> None:
    keep, lose = new(call, email="a@a.example"), new(call, email="b@a.example")
    merged = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": keep, "objectIdToMerge": lose}).json["id"]

    answer = batch(
        call, "update", [{"id": lose, "properties": {"city": "Bari"}}, {"id": merged, "properties": {"zip": "1"}}]
    )

    assert answer.status == 200
    assert [r["id"] for r in answer.json["results"]] == [merged]


def test_an_upsert_finds_a_secondary_email_and_does_not_promote_it(call: Caller) -> None:
    keep, lose = new(call, email="a@a.example"), new(call, email="b@a.example")
    merged = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": keep, "objectIdToMerge": lose}).json["id"]

    answer = batch(
        call,
        "upsert",
        [
            {"id": "b@a.example", "idProperty": "email", "properties": {"email": "b@a.example", "city": "Bari"}},
            {"id": "c@a.example", "idProperty": "email", "properties": {"email": "c@a.example"}},
        ],
    )

    assert answer.status == 200
    new_by_id = {r["id"]: r["new"] for r in answer.json["results"]}
    assert new_by_id[merged] is False
    assert sorted(new_by_id.values()) == [False, True]
    assert call("GET", f"{CONTACTS}/{merged}").json["properties"]["email"] == "a@a.example"


def test_an_upsert_on_a_property_that_is_not_unique_is_refused(call: Caller) -> None:
    assert batch(call, "upsert", [{"id": "x", "idProperty": "city", "properties": {}}]).status == 400


def test_a_read_by_email_gives_the_found_and_names_the_lost(call: Caller) -> None:
    made = new(call, email="a@a.example")

    answer = batch(call, "read", [{"id": "A@a.example"}, {"id": "nobody@a.example"}], idProperty="email")

    assert answer.status == 207
    assert [r["id"] for r in answer.json["results"]] == [made]
    assert answer.json["errors"][0]["context"]["ids"] == ["nobody@a.example"]


def test_an_archive_of_anything_is_204(call: Caller) -> None:
    made = new(call)

    assert batch(call, "archive", [{"id": made}, {"id": "999"}]).status == 204
    assert count(call) == 0
    assert [
        r["id"]
        for r in call("POST", f"{CONTACTS}/batch/read?archived=true", {"inputs": [{"id": made}]}).json["results"]
    ] == [made]
