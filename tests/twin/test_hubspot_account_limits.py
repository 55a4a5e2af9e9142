"""What an account has a limit of beside its calls: associations, exports, imports, tokens; and where it says so."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator

import pytest
from hubspot_bench import Caller, account
from test_hubspot_files import exported, people, upload, wait

LABELS = "/crm/v4/associations/contacts/companies/labels"
USAGE = "/crm/v3/limits"


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"limits": True, "plan": "enterprise"})
    side.clock.freeze()  # type: ignore[attr-defined]
    yield Caller(side)
    side.close()


@pytest.mark.parametrize(("plan", "burst"), [("free", 100), ("professional", 150), ("addon", 200)])
def test_associations_have_a_burst_of_their_own(plan: str, burst: int) -> None:
    side = account(switches={"limits": True, "plan": plan})
    side.clock.freeze()  # type: ignore[attr-defined]
    call = Caller(side)

    answers = [call("GET", LABELS).status for _ in range(burst + 1)]
    other = call("GET", "/crm/v3/objects/contacts").status
    side.close()

    assert answers == [200] * burst + [429]
    # What is left of the ten seconds goes to other calls, where the plan has more of them.
    assert other == (429 if plan == "free" else 200)


def test_associations_have_a_day_of_their_own(call: Caller) -> None:
    call.side.set_switch("association_calls_per_day", 3)

    answers = [call("GET", LABELS) for _ in range(4)]
    records = call("GET", "/crm/v3/objects/contacts")
    wait(call, 25 * 3600)
    tomorrow = call("GET", LABELS)

    assert [a.status for a in answers] == [200, 200, 200, 429]
    assert answers[3].json["policyName"] == "DAILY"
    assert (records.status, tomorrow.status) == (200, 200)


def test_a_daily_refusal_names_its_request() -> None:
    side = account(switches={"limits": True, "association_calls_per_day": 1})
    side.clock.freeze()  # type: ignore[attr-defined]
    call = Caller(side)
    call("GET", LABELS)
    refused = call("GET", LABELS).json
    side.close()

    assert refused["message"] == "You have reached your daily limit."
    assert refused["requestId"]
    assert refused["errorType"] == "RATE_LIMIT"


def test_the_token_endpoint_says_when_to_come_again(call: Caller) -> None:
    credentials = call.side.credentials("")
    form = {"grant_type": "refresh_token"} | {
        k: credentials[k] for k in ("client_id", "client_secret", "refresh_token")
    }
    call.side.set_switch("token_calls_per_ten_seconds", 2)

    answers = [call("POST", "/oauth/v1/token", form=form) for _ in range(3)]
    wait(call, int(answers[2].headers["retry-after"]))

    assert [a.status for a in answers] == [200, 200, 429]
    assert call("POST", "/oauth/v1/token", form=form).status == 200


@pytest.mark.parametrize("form", ["CSV", "XLSX"])
def test_an_export_of_more_rows_than_a_file_holds_is_split_and_zipped(call: Caller, form: str) -> None:
    people(call)
    call.side.set_switch("export_rows_a_file", 2)

    status, answer = exported(call, format=form)

    assert status["result"].endswith(".zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        ending = form.lower()
        assert archive.namelist() == [f"export-1.{ending}", f"export-2.{ending}"]
        if form == "CSV":
            tables = [list(csv.reader(io.StringIO(archive.read(n).decode()))) for n in archive.namelist()]
            assert [len(t) for t in tables] == [3, 2]
            assert tables[0][0] == tables[1][0] == ["Record ID", "Email", "Lifecycle Stage"]
            assert {row[1] for t in tables for row in t[1:]} == {f"x{n}@file.example" for n in range(3)}


def test_an_import_over_a_limit_is_a_429(call: Caller) -> None:
    text = "Email,First,Stage\na@in.example,A,\nb@in.example,B,\n"

    def refused() -> bool:
        with pytest.raises(AssertionError, match="RATE_LIMITS"):
            upload(call, text)
        return True

    call.side.set_switch("import_rows_a_file", 1)
    assert refused()
    call.side.set_switch("import_rows_a_file", 2)
    call.side.set_switch("import_bytes_a_file", 10)
    assert refused()
    call.side.set_switch("import_bytes_a_file", 1_000)
    call.side.set_switch("import_rows_a_day", 3)
    upload(call, text)
    assert refused()
    wait(call, 24 * 3600 + 1)
    upload(call, text)


def test_usage_is_told_in_the_documented_shapes(call: Caller) -> None:
    row = {"objectTypeId", "singularLabel", "pluralLabel", "limit", "usage", "percentage"}
    overall = {"byObjectType", "overallLimit", "overallUsage", "overallPercentage"}
    call.side.set_switch("account_limits", {"records": 4})
    people(call)

    for name in ("records", "pipelines"):
        body = call("GET", f"{USAGE}/{name}").json
        assert set(body) == {"hubspotDefinedObjectTypes", "customObjectTypes"}
        assert set(body["hubspotDefinedObjectTypes"][0]) == row
        assert set(body["customObjectTypes"]) == overall
    for name in ("custom-properties", "calculated-properties"):
        assert set(call("GET", f"{USAGE}/{name}").json) == overall
    assert set(call("GET", f"{USAGE}/custom-object-types").json) == {"limit", "usage", "percentage"}
    records = call("GET", f"{USAGE}/records").json["hubspotDefinedObjectTypes"]
    assert next((r["limit"], r["usage"], r["percentage"]) for r in records if r["objectTypeId"] == "0-1") == (
        4,
        3,
        75.0,
    )


def test_records_near_their_limit_of_associations_are_told(call: Caller) -> None:
    call.side.set_switch("association_limit", 3)
    company = call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Big"}}).json["id"]
    ids = [
        call("POST", "/crm/v3/objects/contacts", {"properties": {"firstname": f"P{n}"}}).json["id"] for n in range(3)
    ]
    for contact in ids:
        call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    path = f"{USAGE}/associations/records"

    (crowded,) = call("GET", f"{path}/from").json["results"]
    (towards,) = call("GET", f"{path}/0-2/to").json["results"]
    pair = call("GET", f"{path}/0-2/0-1").json

    assert (crowded["objectTypeId"], crowded["hasRecordsAtLimit"]) == ("0-2", True)
    assert towards["objectTypeId"] == "0-1"
    assert (pair["limit"], pair["totalRecordsAtLimit"]) == (3, 1)
    assert pair["atLimitFromRecordSamples"] == [{"id": company}]
    assert call("GET", f"{path}/0-1/0-2").json["totalRecordsNearLimit"] == 0


def test_a_merge_over_the_limit_of_associations_changes_nothing(call: Caller) -> None:
    call.side.set_switch("association_limit", 1)
    companies = [call("POST", "/crm/v3/objects/companies", {"properties": {"name": n}}).json["id"] for n in "AB"]
    people = [call("POST", "/crm/v3/objects/contacts", {"properties": {"firstname": n}}).json["id"] for n in "AB"]
    for contact, company in zip(people, companies, strict=True):
        call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")

    refused = call(
        "POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": people[0], "objectIdToMerge": people[1]}
    )

    assert refused.status == 400
    assert [call("GET", f"/crm/v3/objects/contacts/{i}").json["id"] for i in people] == people


def test_a_pipeline_has_a_hundred_stages_at_most(call: Caller) -> None:
    def stages(count: int) -> list[object]:
        return [{"label": f"S{n}", "displayOrder": n, "metadata": {"probability": "0.5"}} for n in range(count)]

    path = "/crm/v3/pipelines/deals"
    full = call("POST", path, {"label": "Full", "displayOrder": 1, "stages": stages(100)})
    over = call("POST", path, {"label": "Over", "displayOrder": 2, "stages": stages(101)})
    one_more = call("POST", f"{path}/{full.json['id']}/stages", stages(1)[0])

    assert (full.status, over.status, one_more.status) == (201, 400, 400)
    assert len(call("GET", f"{path}/{full.json['id']}").json["stages"]) == 100


def test_a_pipeline_whose_stages_are_used_stays_where_that_is_asked(call: Caller) -> None:
    body = {
        "label": "P",
        "displayOrder": 1,
        "stages": [{"label": "S", "displayOrder": 0, "metadata": {"probability": "0.5"}}],
    }
    made = call("POST", "/crm/v3/pipelines/deals", body).json
    deal = {"dealname": "D", "pipeline": made["id"], "dealstage": made["stages"][0]["id"]}
    call("POST", "/crm/v3/objects/deals", {"properties": deal})

    refused = call("DELETE", f"/crm/v3/pipelines/deals/{made['id']}?validateDealStageUsagesBeforeDelete=true")

    assert (refused.status, refused.json["subCategory"]) == (400, "PipelineError.STAGE_ID_IN_USE")
    assert call("DELETE", f"/crm/v3/pipelines/deals/{made['id']}").status == 204
