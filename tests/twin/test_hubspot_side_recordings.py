"""What the real HubSpot answered, held against what the twin answers to the same request: statuses, keys, messages."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import yaml
from hubspot_bench import Answer, Caller, account

from trueup.twin.hubspot.side import HubSpotSide

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "hubspot"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")

V2_PAIR = {"hs_v2_date_entered_current_stage", "hs_v2_time_in_current_stage"}


class _Loader(yaml.SafeLoader):
    """Reads `!binary` bodies."""


_Loader.add_constructor("!binary", lambda loader, node: base64.b64decode(loader.construct_scalar(node)))  # type: ignore[no-untyped-call]


def exchanges(name: str) -> list[dict[str, Any]]:
    text = (RECORDINGS / "ruby_hubspot_api" / name).read_text(encoding="utf-8", errors="replace")
    found: list[dict[str, Any]] = yaml.load(text, Loader=_Loader)["http_interactions"]
    return found


def body_of(part: dict[str, Any]) -> Any:
    text = part["body"]["string"]
    text = text.decode() if isinstance(text, bytes) else text
    return orjson.loads(text) if text.startswith(("{", "[")) else text


def replay(call: Caller, exchange: dict[str, Any], **ids: str) -> Answer:
    request = exchange["request"]
    parts = urlsplit(request["uri"])
    path = parts.path
    for recorded, own in ids.items():
        path = path.replace(recorded.removeprefix("id"), own)
    sent = request["body"]["string"]
    raw = sent if isinstance(sent, bytes) else sent.encode()
    accept = request["headers"].get("Accept", ["*/*"])[0]
    return call(request["method"].upper(), f"{path}?{parts.query}", raw=raw, accept=accept)


def amp(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / "amp-labs-connectors" / name).read_text())
    return found


def without_url(record: dict[str, Any]) -> set[str]:
    """The keys of a record; `url` came in 2025, after these recordings."""
    return set(record) - {"url"}


@pytest.fixture
def side() -> HubSpotSide:
    made = account(switches={"limits": True, "plan": "free"})
    made.load(
        "contacts",
        [
            {"id": "73133404393", "createdate": "2024-10-23T22:42:59.117Z", "email": "patchme@example.test",
             "lastname": "Meyup", "firstname": "Patch", "lifecyclestage": "lead", "hs_is_contact": "true",
             "hs_is_unworked": "true", "hs_object_source": "INTEGRATION", "hs_object_source_id": "4169410",
             "hs_object_source_label": "INTEGRATION", "hs_pipeline": "contacts-lifecycle-pipeline"},
            {"id": "73183578361", "createdate": "2024-10-23T22:42:36.650Z", "email": "test1@example.org"},
        ],
    )  # fmt: skip
    return made


@pytest.fixture
def call(side: HubSpotSide) -> Caller:
    return Caller(side)


def test_a_created_contact_has_the_recorded_properties_and_those_of_later_years(call: Caller) -> None:
    recorded = exchanges("lifecycle/contacts/find.yml")[0]
    expected = body_of(recorded["response"])

    answer = replay(call, recorded)

    assert answer.status == recorded["response"]["status"]["code"]
    assert without_url(answer.json) == set(expected)
    assert set(expected["properties"]) <= set(answer.json["properties"])
    for name in ("lifecyclestage", "hs_pipeline", "hs_email_domain", "hs_is_contact", "hs_registered_member"):
        assert answer.json["properties"][name] == expected["properties"][name]


def test_a_batch_of_2025_has_exactly_the_recorded_properties(call: Caller) -> None:
    expected = amp("batch/create/contacts/success.json")
    inputs = [
        {"properties": {k: r["properties"][k] for k in ("email", "firstname", "lastname")}} for r in expected["results"]
    ]

    answer = call("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": inputs})

    assert set(answer.json) == set(expected)
    for own, theirs in zip(answer.json["results"], expected["results"], strict=True):
        assert set(own) == set(theirs)
        assert set(own["properties"]) - V2_PAIR == set(theirs["properties"])
        assert own["properties"]["hs_lifecyclestage_lead_date"].isdigit()


def test_a_created_company_has_the_recorded_properties(call: Caller) -> None:
    created, read, deleted, *_ = exchanges("companies/create.yml")
    expected = body_of(created["response"])

    answer = replay(call, created)
    ids = {f"id{expected['id']}": answer.json["id"]}
    shown, gone = replay(call, read, **ids), replay(call, deleted, **ids)

    assert answer.status == 201
    assert set(expected["properties"]) <= set(answer.json["properties"])
    assert answer.json["properties"]["website"] == expected["properties"]["website"]
    assert answer.headers["location"].endswith(f"/crm/v3/objects/companies/{answer.json['id']}")
    assert set(shown.json["properties"]) == set(body_of(read["response"])["properties"])
    assert gone.status == deleted["response"]["status"]["code"] == 204


def test_a_patch_answers_the_recorded_part_of_the_record(call: Caller) -> None:
    for exchange in exchanges("contacts/patch_last_name.yml")[:5]:
        answer, expected = replay(call, exchange), body_of(exchange["response"])

        assert answer.status == exchange["response"]["status"]["code"]
        assert without_url(answer.json) == set(expected)
        # The full name was computed later than these recordings.
        assert set(answer.json["properties"]) - {"hs_full_name_or_email", "hs_email_domain"} == set(
            expected["properties"]
        )
        assert answer.json["properties"].get("lastname") == expected["properties"].get("lastname")


@pytest.mark.parametrize(
    "name", ["contacts/list_first_no_props.yml", "contacts/search.yml", "contacts/search_by_email.yml"]
)
def test_a_page_has_the_recorded_keys(side: HubSpotSide, call: Caller, name: str) -> None:
    side.load(
        "contacts",
        [{"id": str(n), "createdate": "2024-10-23T22:42:36Z", "email": f"t{n}@example.org"} for n in range(1, 9)],
    )
    recorded = exchanges(name)[0]
    expected = body_of(recorded["response"])

    answer = replay(call, recorded)

    assert set(answer.json) == set(expected)
    assert set(answer.json["results"][0]["properties"]) == set(expected["results"][0]["properties"])
    assert without_url(answer.json["results"][0]) == set(expected["results"][0])
    assert set(answer.json.get("paging", {}).get("next", {})) == set(expected.get("paging", {}).get("next", {}))


RATE = "x-hubspot-ratelimit"


@pytest.mark.parametrize(
    "name",
    [
        "contacts/list_first_no_props.yml",
        "contacts/search.yml",
        "companies/create.yml",
        "contacts/find_by_id_no_scope.yml",
    ],
)
def test_the_rate_headers_are_those_recorded(side: HubSpotSide, call: Caller, name: str) -> None:
    if "no_scope" in name:
        side.set_switch("scopes_removed", ["crm.objects.contacts.read"])
    recorded = exchanges(name)[0]

    answer = replay(call, recorded)

    expected = {h.lower() for h in recorded["response"]["headers"] if h.lower().startswith(RATE)}
    assert {h for h in answer.headers if h.startswith(RATE)} == expected


@pytest.mark.parametrize(
    ("name", "scope"),
    [("contacts/find_by_id_no_scope.yml", "crm.objects.contacts.read"), ("companies/properties_no_scope.yml", None)],
)
def test_a_missing_scope_has_the_recorded_shape(side: HubSpotSide, call: Caller, name: str, scope: str | None) -> None:
    side.set_switch(
        "scopes_removed", [scope] if scope else ["crm.schemas.companies.read", "crm.objects.companies.read"]
    )
    recorded = exchanges(name)[0]
    expected = body_of(recorded["response"])

    answer = replay(call, recorded)

    assert answer.status == recorded["response"]["status"]["code"]
    assert set(answer.json) == set(expected)
    assert answer.json["message"][:60] == expected["message"][:60]
    assert answer.json.get("category") == expected.get("category")


def test_a_missing_contact_is_the_recorded_page(call: Caller) -> None:
    recorded = exchanges("contacts/find_missing_user_by_email.yml")[0]

    answer = replay(call, recorded)

    assert answer.status == recorded["response"]["status"]["code"]
    assert (
        answer.headers["content-type"].split(";")[0] == recorded["response"]["headers"]["Content-Type"][0].split(";")[0]
    )
    assert b"Error 404 Not Found" in answer.content


def test_the_definitions_are_those_recorded(call: Caller) -> None:
    own = {d["name"]: d for d in call("GET", "/crm/v3/properties/contacts").json["results"]}

    for expected in amp("metadata-contacts-properties-sampled.json")["results"]:
        if expected["name"] not in own or expected["name"].startswith("hs_v2"):
            continue
        found = own[expected["name"]]
        for key in ("label", "type", "fieldType", "groupName", "calculated", "hasUniqueValue", "externalOptions"):
            assert found[key] == expected[key], (expected["name"], key)
        assert found["modificationMetadata"]["readOnlyValue"] == expected["modificationMetadata"]["readOnlyValue"]
        if expected["options"] and expected["type"] == "enumeration" and expected["name"] != "lifecyclestage":
            assert {o["value"] for o in found["options"]} == {o["value"] for o in expected["options"]}


def test_the_lifecycle_pipeline_is_the_recorded_one_plus_our_own_stages(call: Caller) -> None:
    expected = amp("metadata-contacts-external-pipelines.json")["results"][0]

    found = call("GET", "/crm/v3/pipelines/contacts").json["results"][0]

    assert set(found) == set(expected)
    assert (found["id"], found["label"]) == (expected["id"], expected["label"])
    own = {s["id"]: s for s in found["stages"]}
    for stage in expected["stages"]:
        assert {**own[stage["id"]], "displayOrder": 0} == {**stage, "displayOrder": 0}


def test_refusals_of_batches_are_those_recorded(side: HubSpotSide, call: Caller) -> None:
    twice = {"id": "73133404393", "properties": {"city": "x"}}
    conflict = [{"properties": {"email": "patchme@example.test"}}, {"properties": {"email": "n@example.test"}}]
    unknown = [{"properties": {"first000name": "a", "last000name": "b"}}] * 2
    cases = [
        ("batch/update/contacts/err-duplicate-ids.json", "update", [twice, twice], 400),
        ("batch/create/contacts/err-conflict.json", "create", conflict, 409),
        ("batch/create/contacts/err-many-invalid-properties.json", "create", unknown, 400),
    ]

    for name, verb, inputs, status in cases:
        expected = amp(name)
        answer = call("POST", f"/crm/v3/objects/contacts/batch/{verb}", {"inputs": inputs})

        assert answer.status == status
        assert list(answer.json) == list(expected)
        assert answer.json["category"] == expected["category"]
        assert answer.json["message"].split("[")[0] == expected["message"].split("[")[0]
        if "errors" in expected:
            assert answer.json["errors"][:3] == expected["errors"]


def test_a_batch_of_definitions_answers_as_recorded(call: Caller) -> None:
    group = amp("custom/create/1-payload-create-property-group.json")
    made = call("POST", "/crm/v3/properties/contacts/groups", group)
    expected = amp("custom/create/4-response-batch-create-properties.json")

    answer = call(
        "POST", "/crm/v3/properties/contacts/batch/create", amp("custom/create/3-payload-batch-create-properties.json")
    )
    again = call(
        "POST", "/crm/v3/properties/contacts/batch/create", amp("custom/create/3-payload-batch-create-properties.json")
    )

    assert set(made.json) == set(amp("custom/create/2-response-create-property-group.json"))
    assert answer.status == 201
    assert {r["name"] for r in answer.json["results"]} == {r["name"] for r in expected["results"]}
    assert again.status == 207
    assert {e["subCategory"] for e in again.json["errors"]} == {"Properties.PROPERTY_WITH_NAME_EXISTS"}


# -- a whole afternoon of another company's sync, with the index trailing behind -------------------------------------


def test_a_recorded_sync_of_266_calls_gets_the_same_statuses_and_shapes() -> None:
    side = account(
        properties={
            "companies": [
                {"name": "custom_field", "label": "Custom", "type": "string"},
            ]
        },
        switches={"search_lag_seconds": 20},
    )
    call = Caller(side)
    ids: dict[str, str] = {}
    compared = 0
    for exchange in json.loads((RECORDINGS / "grouparoo" / "export-records-companies.json").read_text()):
        if exchange["status"] == 429:
            continue
        at: datetime = parsedate_to_datetime(exchange["response_headers"]["Date"])
        side.clock.set(at)  # type: ignore[attr-defined]
        text = json.dumps(exchange["body"])
        for theirs, ours in ids.items():
            text = text.replace(theirs, ours)

        answer = call(exchange["method"], exchange["path"], raw=text.encode())

        assert answer.status == exchange["status"], (exchange["path"], answer.content)
        if answer.status == 204:
            continue
        assert set(answer.json) - {"paging"} == set(exchange["response"]) - {"paging"}
        if exchange["path"].endswith("batch/create"):

            def key(record: dict[str, Any]) -> str:
                return str(record["properties"].get("domain") or record["properties"].get("name"))

            own = {key(r): r["id"] for r in answer.json["results"]}
            ids |= {r["id"]: own[key(r)] for r in exchange["response"]["results"]}
        if exchange["path"].endswith("search") and exchange["response"]["results"] and answer.json["results"]:
            theirs_shown = set(exchange["response"]["results"][0]["properties"])
            assert set(answer.json["results"][0]["properties"]) == theirs_shown
            compared += 1

    assert ids
    assert compared > 5
