"""What values HubSpot takes, what it makes of them, and what it says to the others: tables of cases."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot_bench import Caller, account, problems

CONTACTS = "/crm/v3/objects/contacts"

# property, sent, stored
TAKEN = [
    ("firstname", "  Ada ", "Ada"),  # trimmed
    ("email", "Ada@House.EXAMPLE", "ada@house.example"),  # e-mails are kept in lower case
    ("followercount", 12, "12"),  # numbers become text
    ("followercount", 12.5, "12.5"),
    ("followercount", "1e3", "1e3"),
    ("hs_feedback_show_nps_web_survey", True, "true"),
    ("hs_feedback_show_nps_web_survey", "FALSE", "false"),
    ("closedate", "2026-12-31", "2026-12-31T00:00:00Z"),  # a datetime: no fraction when it is zero
    ("closedate", 1_767_139_200_500, "2025-12-31T00:00:00.500Z"),
    ("closedate", "2026-01-02T03:04:05.678+02:00", "2026-01-02T01:04:05.678Z"),
    ("birthday", "1990-05-06", "1990-05-06"),
    ("birthday", "641952000000", "1990-05-06"),  # epoch milliseconds at midnight
    ("topics", "b;a;b", "b;a"),  # a set keeps the order and drops repeats
    ("lifecyclestage", "77234958", "77234958"),
    ("numemployees", "5-25", "5-25"),
    ("industry", "anything at all", "anything at all"),  # free text on contacts
]

REFUSED = [
    ("nonsense", "x", "PROPERTY_DOESNT_EXIST", 'Property "nonsense" does not exist'),
    ("email", "no at sign", "INVALID_EMAIL", "Email address no at sign is invalid"),
    ("email", "a@b", "INVALID_EMAIL", "Email address a@b is invalid"),
    ("hs_lead_status", "new", "INVALID_OPTION", "new was not one of the allowed options"),  # options have case
    ("lifecyclestage", "mql", "INVALID_OPTION", "mql was not one of the allowed options"),
    ("topics", "a;z", "INVALID_OPTION", "a;z was not one of the allowed options: [a, b, c]"),
    ("followercount", "1,000", "INVALID_INTEGER", "1,000 was not a valid number."),
    ("closedate", "tomorrow", "INVALID_LONG", "tomorrow was not a valid long."),
    ("birthday", "yesterday", "INVALID_DATE", "yesterday was not a valid date."),
    ("birthday", "641952000001", "INVALID_DATE", "641952000001 is at 00:00:00.001 UTC, not midnight!"),
    (
        "hs_email_optout",
        "true",
        "READ_ONLY_VALUE",
        '"hs_email_optout" is a read only property; its value cannot be set.',
    ),
    ("hs_object_id", "5", "READ_ONLY_VALUE", '"hs_object_id" is a read only property; its value cannot be set.'),
    ("days_to_close", "5", "READ_ONLY_VALUE", '"days_to_close" is a calculated property; its value cannot be set.'),
]


@pytest.fixture(scope="module")
def call() -> Caller:
    side = account()
    side.load("owners", [{"id": "51", "email": "ann@twin.example"}])
    return Caller(side)


def new(call: Caller, object_name: str = "contacts", **properties: Any) -> str:
    answer = call("POST", f"/crm/v3/objects/{object_name}", {"properties": properties})
    assert answer.status == 201, answer.content
    return str(answer.json["id"])


@pytest.mark.parametrize(("name", "sent", "stored"), TAKEN)
def test_a_value_is_stored_as_text(call: Caller, name: str, sent: Any, stored: str) -> None:
    made = new(call)

    answer = call("PATCH", f"{CONTACTS}/{made}", {"properties": {name: sent}})

    assert answer.status == 200, answer.content
    assert answer.json["properties"][name] == stored
    assert call("GET", f"{CONTACTS}/{made}", properties=name).json["properties"][name] == stored
    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"email": ""}})


@pytest.mark.parametrize(("name", "sent", "code", "message"), REFUSED)
def test_a_bad_value_is_refused_with_its_code(call: Caller, name: str, sent: str, code: str, message: str) -> None:
    answer = call("POST", CONTACTS, {"properties": {name: sent, "firstname": "Never"}})

    assert answer.status == 400
    assert answer.json["category"] == "VALIDATION_ERROR"
    assert problems(answer) == [(name, code)]
    assert answer.json["errors"][0]["message"].startswith(message)


def test_all_bad_properties_are_listed_and_none_is_written(call: Caller) -> None:
    made = new(call, firstname="Before")

    answer = call("PATCH", f"{CONTACTS}/{made}", {"properties": {"foo": "1", "email": "bad", "firstname": "After"}})

    assert problems(answer) == [("foo", "PROPERTY_DOESNT_EXIST"), ("email", "INVALID_EMAIL")]
    listed = orjson.loads(answer.json["message"].removeprefix("Property values were not valid: "))
    assert [(p["isValid"], p["name"], p["error"]) for p in listed] == [
        (False, "foo", "PROPERTY_DOESNT_EXIST"),
        (False, "email", "INVALID_EMAIL"),
    ]
    assert call("GET", f"{CONTACTS}/{made}").json["properties"]["firstname"] == "Before"


def test_blank_text_clears_and_null_is_not_sent(call: Caller) -> None:
    made = new(call, firstname="Ada", city="Turin")

    call("PATCH", f"{CONTACTS}/{made}", {"properties": {"firstname": "", "city": None}})

    properties = call("GET", f"{CONTACTS}/{made}", properties="firstname,city").json["properties"]
    assert properties["firstname"] is None
    assert properties["city"] == "Turin"


def test_a_leading_semicolon_adds_to_a_multiple_choice(call: Caller) -> None:
    made = new(call, topics="a")

    answer = call("PATCH", f"{CONTACTS}/{made}", {"properties": {"topics": ";c"}})

    assert answer.json["properties"]["topics"] == "a;c"


def test_an_owner_must_exist(call: Caller) -> None:
    assert call("POST", CONTACTS, {"properties": {"hubspot_owner_id": "51"}}).status == 201

    assert problems(call("POST", CONTACTS, {"properties": {"hubspot_owner_id": "99"}})) == [
        ("hubspot_owner_id", "INVALID_OWNER_ID")
    ]


def test_a_unique_value_belongs_to_one_record(call: Caller) -> None:
    first = new(call, trueup_key="K1")

    taken = call("POST", CONTACTS, {"properties": {"trueup_key": "K1"}})

    assert taken.status == 400
    assert taken.json["category"] == "VALIDATION_ERROR"
    assert taken.json["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert "propertyName=trueup_key, value=K1}" in taken.json["message"]
    assert taken.json["message"].endswith(f". {first} already has that value.")
    call("PATCH", f"{CONTACTS}/{first}", {"properties": {"trueup_key": ""}})
    assert call("POST", CONTACTS, {"properties": {"trueup_key": "K1"}}).status == 201


@pytest.mark.parametrize(
    ("object_name", "properties", "missing"),
    [
        ("notes", {"hs_note_body": "x"}, ["hs_timestamp"]),
        ("emails", {"hs_timestamp": "2026-01-01T00:00:00Z"}, ["hs_email_direction"]),
        ("companies", {"city": "Rome"}, ["name"]),
        ("tickets", {"subject": "x"}, ["hs_pipeline_stage"]),
    ],
)
def test_a_type_has_properties_that_a_create_needs(
    call: Caller, object_name: str, properties: dict[str, str], missing: list[str]
) -> None:
    answer = call("POST", f"/crm/v3/objects/{object_name}", {"properties": properties})

    assert answer.status == 400
    assert answer.json["context"] == {"properties": missing}


def test_a_meeting_takes_its_time_from_its_start(call: Caller) -> None:
    made = new(call, "meetings", hs_meeting_start_time="2026-03-01T09:00:00Z", hs_meeting_title="Demo")

    shown = call("GET", f"/crm/v3/objects/meetings/{made}", properties="hs_timestamp,hs_meeting_title").json

    assert shown["properties"]["hs_timestamp"] == "2026-03-01T09:00:00Z"
    assert set(shown["properties"]) == {
        "hs_timestamp", "hs_meeting_title", "hs_createdate", "hs_lastmodifieddate", "hs_object_id",
    }  # fmt: skip


def test_a_deal_without_a_stage_exists_and_a_stage_brings_its_pipeline(call: Caller) -> None:
    answer = call("POST", "/crm/v3/objects/deals", {"properties": {"dealname": "D", "amount": "1000"}})
    made = answer.json["id"]

    assert "dealstage" not in answer.json["properties"]
    assert answer.json["properties"]["hs_forecast_amount"] == "1000"
    staged = call("PATCH", f"/crm/v3/objects/deals/{made}", {"properties": {"dealstage": "qualifiedtobuy"}}).json
    assert staged["properties"]["pipeline"] == "default"
    assert staged["properties"]["hs_deal_stage_probability"].startswith("0.4000000000000000222044")
    assert float(staged["properties"]["hs_projected_amount"]) == pytest.approx(400)
    won = call("PATCH", f"/crm/v3/objects/deals/{made}", {"properties": {"dealstage": "closedwon"}}).json
    assert won["properties"]["hs_is_closed_won"] == "true"
    assert won["properties"]["hs_closed_amount"] == "1000"


def test_a_stage_must_be_one_of_its_pipeline(call: Caller) -> None:
    body = {"label": "Renewals", "stages": [{"label": "Open", "metadata": {"probability": "0.3"}}]}
    made = call("POST", "/crm/v3/pipelines/deals", body).json
    own_stage = made["stages"][0]["id"]

    wrong = {"pipeline": made["id"], "dealstage": "closedwon", "dealname": "x"}
    right = {"pipeline": made["id"], "dealstage": own_stage, "dealname": "x"}

    assert problems(call("POST", "/crm/v3/objects/deals", {"properties": wrong})) == [("dealstage", "INVALID_OPTION")]
    assert call("POST", "/crm/v3/objects/deals", {"properties": right}).status == 201


def test_a_body_that_is_not_json_is_refused_with_its_place(call: Caller) -> None:
    answer = call("POST", CONTACTS, raw=b'{"properties": {')

    assert answer.status == 400
    assert answer.json["message"].startswith("Invalid input JSON on line 1, column")
