"""The twin against recorded answers of real orgs: same keys, same types, same error codes. Skips without the recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from salesforce_bench import Bench, make_side, served

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "salesforce"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not here")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with served(make_side({})) as made:
        yield made


def cassette(name: str) -> Any:
    return yaml.safe_load((FOLDER / "cumulusci" / name).read_text(encoding="utf-8"))


def recorded_describe(name: str) -> dict[str, Any]:
    return json.loads(cassette(f"GET_sobjects_{name}_describe.yaml")["response"]["body"]["string"])


@pytest.mark.parametrize("name", ["Lead", "Contact", "Opportunity", "OpportunityContactRole"])
def test_describe_has_the_recorded_keys_and_field_facts(bench, name):
    real = recorded_describe(name)
    ours = bench.call("GET", f"sobjects/{name}/describe").json()
    # Keys that one recording lacks for its age are in the newer ones.
    assert set(real) <= set(ours)
    assert set(recorded_describe("Lead")) == set(ours)
    own = {k: (v, ours[k]) for k, v in real.items() if isinstance(v, bool | str) and ours[k] != v}
    assert not own
    fields = {f["name"]: f for f in ours["fields"]}
    compared = 0
    for field in real["fields"]:
        mine = fields.get(field["name"])
        if mine is None:
            continue
        assert set(field) <= set(mine)
        wrong = {k: (field[k], mine[k]) for k in field if field[k] != mine[k]}
        assert not wrong, (name, field["name"], wrong)
        compared += 1
    assert compared >= 0.8 * len(real["fields"])
    relations = {(c["childSObject"], c["field"]): c["relationshipName"] for c in real["childRelationships"]}
    for child in ours["childRelationships"]:
        key = (child["childSObject"], child["field"])
        if key in relations:
            assert child["relationshipName"] == relations[key], key


def test_the_composite_with_a_bad_count_answers_to_the_letter(bench):
    turn = cassette("TestCountSObjects.test_count_sobjects__errors.yaml")["interactions"][0]
    body = json.loads(turn["request"]["body"].replace("vxx.0", "v59.0"))
    answer = bench.call("POST", "composite", json=body, headers={"X-PrettyPrint": "1"})
    real = json.loads(turn["response"]["body"]["string"])
    real["compositeResponse"][0]["body"]["totalSize"] = 0
    assert answer.json() == real
    assert answer.text == turn["response"]["body"]["string"].replace('"totalSize" : 17', '"totalSize" : 0')


def test_small_errors_are_the_recorded_ones(bench):
    def fixture(name: str) -> Any:
        return json.loads((FOLDER / "restforce" / name).read_text(encoding="utf-8"))

    expired = bench.http.get(bench.url + "/services/data/v59.0/limits", headers={"Authorization": "Bearer no"})
    assert (expired.status_code, expired.json()) == (401, fixture("expired_session_response.json"))
    missing = bench.call("PATCH", "sobjects/Account/rid/1", json={})
    assert (missing.status_code, missing.json()) == (404, fixture("delete_error_response.json"))
    wrong = bench.http.post(bench.url + "/services/oauth2/token", data={
        "grant_type": "password", "client_id": bench.known["client_id"], "client_secret": bench.known["client_secret"],
        "username": "x", "password": "y",
    })  # fmt: skip
    assert wrong.status_code == 400
    assert set(wrong.json()) == set(fixture("auth_error_response.json"))
    limits = json.loads((FOLDER / "swiftlysalesforce" / "MockLimits.json").read_text(encoding="utf-8"))
    mine = bench.call("GET", "limits").json()
    common = set(limits) & set(mine)
    assert {"DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs", "DataStorageMB", "SingleEmail"} <= common
    identity = json.loads((FOLDER / "swiftlysalesforce" / "MockIdentity.json").read_text(encoding="utf-8"))
    me = bench.query("SELECT Id FROM User")["records"][0]["Id"]
    got = bench.http.get(f"{bench.url}/id/00D000000000001AAA/{me}").json()
    assert list(got) == list(identity)


def test_record_reads_have_the_recorded_keys_in_order(bench):
    record = json.loads((FOLDER / "swiftlysalesforce" / "MockAccount.json").read_text(encoding="utf-8"))
    mine = bench.call("GET", f"sobjects/Account/{bench.make('Account', Name='A', BillingCity='Ulm')}").json()
    assert [k for k in record if k in mine] == [k for k in mine if k in record]
    assert set(mine) <= set(record)
    assert list(mine["BillingAddress"]) == list(record["BillingAddress"])


def soap_shape(text: str) -> list[str]:
    import xml.etree.ElementTree as ET

    return [e.tag for e in ET.fromstring(text).iter()]


def test_the_soap_login_and_conversion_have_the_recorded_elements(bench):
    turns = json.loads((FOLDER / "grouparoo" / "export-objects.export-records-lead.json").read_text(encoding="utf-8"))[
        "interactions"
    ]
    login = next(t for t in turns if "<login " in str(t["request"]["body"]))
    known = bench.known
    body = login["request"]["body"].replace("user@example.com", known["username"])
    body = body.replace("REDACTED", known["password"] + known["security_token"])
    headers = {"Content-Type": "text/xml", "SOAPAction": "login", "Authorization": None}
    answer = bench.http.post(bench.url + "/services/Soap/u/42.0", data=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == login["response"]["headers"]["Content-Type"][0]
    assert soap_shape(answer.text) == soap_shape(login["response"]["body"])
    turn = next(t for t in turns if "<convertLead>" in str(t["request"]["body"]))
    lead = bench.make("Lead", LastName="L", Company="C")
    body = (
        turn["request"]["body"]
        .replace("00DREDACTED!REDACTED", known["access_token"])
        .replace("00Q4S000002sSacUAE", lead)
    )
    answer = bench.http.post(bench.url + "/services/Soap/u/42.0", data=body, headers=headers)
    assert answer.status_code == 200
    assert soap_shape(answer.text) == soap_shape(turn["response"]["body"])


def test_the_life_of_a_recorded_lead_is_answered_in_the_same_shapes(bench):
    """Replays creates, changes, finds and deletes of the recording, with our ids in place of the recorded ones."""
    turns = json.loads((FOLDER / "grouparoo" / "export-objects.export-records-lead.json").read_text(encoding="utf-8"))[
        "interactions"
    ]
    ours: dict[str, str] = {}
    played = 0
    for turn in turns:
        request, response = turn["request"], turn["response"]
        if "/composite/sobjects" not in request["uri"] or "CONVERTED" in str(response["body"]):
            continue
        if "Lead" not in str(request["body"]) and request["method"] != "DELETE":
            continue
        uri = "/services" + request["uri"].split("/services", 1)[1]
        text = json.dumps(request["body"])
        for real, mine in ours.items():
            uri, text = uri.replace(real, mine), text.replace(real, mine)
        if any(p in text + uri for p in ("701", "00v")) or (
            request["method"] == "DELETE" and not any(m in uri for m in ours.values())
        ):
            continue
        answer = bench.call(
            request["method"],
            uri,
            **({} if request["body"] is None else {"data": text, "headers": {"Content-Type": "application/json"}}),
        )
        assert answer.status_code == response["status"]
        for real, mine in zip(response["body"], answer.json(), strict=True):
            assert list(real) == list(mine)
            assert real["success"] == mine["success"], (request, mine)
            if request["method"] == "POST" and real["success"]:
                ours[real["id"]] = mine["id"]
        played += 1
    assert played >= 5
