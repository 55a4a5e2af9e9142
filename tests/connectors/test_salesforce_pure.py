"""Decisions of the Salesforce connector that need no server; facts from recorded traffic where there is some."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.kit import fieldmap
from trueup.connectors.kit.base import Settings
from trueup.connectors.salesforce import activities, errors, http, ids, rows, soap, soql
from trueup.connectors.salesforce.options import OPTIONS, Options
from trueup.connectors.salesforce.schema import Catalogue
from trueup.errors import (
    ConfigError,
    CredentialsError,
    LimitError,
    PermissionDeniedError,
    RefusedError,
    UnavailableError,
    UnknownOutcomeError,
)
from trueup.model.kinds import FieldType
from trueup.model.receipts import Outcome
from trueup.model.refs import Ref

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "salesforce"


def recording(name: str) -> list[dict]:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"no recordings beside the checkout: {name}")
    if path.suffix == ".yaml":
        return [yaml.safe_load(path.read_text(encoding="utf-8"))]
    content = json.loads(path.read_text(encoding="utf-8"))
    return content if isinstance(content, list) else next(v for v in content.values() if isinstance(v, list))


def described(name: str) -> dict:
    return json.loads(recording(f"cumulusci/GET_sobjects_{name}_describe.yaml")[0]["response"]["body"]["string"])


class Described:
    """A client that answers describe from recordings, of an org that takes no composite calls."""

    system, root = "salesforce", "/services/data/v59.0"

    def call(self, send, effect):
        raise RefusedError("no composite", status=404)

    def settle_version(self) -> bool:
        return False

    def get(self, path: str, params=None):
        if path == "sobjects":
            prefixes = {
                "User": "005",
                "Group": "00G",
                "Contact": "003",
                "Lead": "00Q",
                "Account": "001",
                "Opportunity": "006",
            }
            return {"sobjects": [{"name": n, "keyPrefix": p} for n, p in prefixes.items()]}
        return described(path.split("/")[1])


def catalogue(*stored_ids) -> Catalogue:
    return Catalogue(Described(), fieldmap.load("trueup.connectors.salesforce"), stored_ids)  # type: ignore[arg-type]


# -- ids ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full", ["0014S000007NxgWQAS", "00Q4S000002sSacUAE", "006dM00000Mw7VtQAJ"])
def test_the_checksum_agrees_with_recorded_ids(full):
    assert ids.to_18(full[:15]) == full
    assert ids.to_18(full) == full
    assert ids.to_18(full[:15] + full[15:].lower()) == full


@given(st.text(max_size=20))
def test_what_is_no_id_is_left_alone(text):
    if not ids.is_id(text):
        assert ids.to_18(text) == text


# -- queries -----------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_quoted_text_has_no_quote_or_line_break_of_its_own(text):
    literal = soql.quote(text)
    inner = literal[1:-1].replace("\\\\", "").replace("\\'", "")
    assert "'" not in inner
    assert "\n" not in inner
    assert "\r" not in inner


def test_conditions_are_joined_without_mixing_and_with_or():
    assert soql.select(("Id",), "Lead", where=["a = 1 OR b = 2", "", "c = 3"], order=("Id",)) == (
        "SELECT Id FROM Lead WHERE (a = 1 OR b = 2) AND (c = 3) ORDER BY Id"
    )


@given(st.integers(min_value=0, max_value=3000), st.integers(min_value=0, max_value=6000))
def test_lists_of_ids_fit_a_url_and_lose_none(count, spent):
    from urllib.parse import quote_plus

    every = [f"0014S{i:010d}QAS" for i in range(count)]
    lots = list(soql.in_lots(every, spent))
    assert [i for lot in lots for i in lot] == every
    assert all(len(quote_plus(soql.id_list(lot))) + spent * 5 // 4 <= 14_000 for lot in lots)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, "INVALID_SESSION_ID", "Session expired or invalid", CredentialsError),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", LimitError),
        (
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            UnavailableError,
        ),
        (403, "API_DISABLED_FOR_ORG", "no", PermissionDeniedError),
        (403, "SOMETHING_NEW", "no", PermissionDeniedError),
        (503, "SERVER_UNAVAILABLE", "", UnavailableError),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", UnknownOutcomeError),
        (500, "SOMETHING_NEW", "", UnknownOutcomeError),
        (400, "MALFORMED_QUERY", "unexpected token", RefusedError),
        (400, "QUERY_TIMEOUT", "running for too long", UnavailableError),
        (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", UnavailableError),
        (404, "NOT_FOUND", "The requested resource does not exist", RefusedError),
    ],
)
def test_an_answer_becomes_the_class_that_says_what_to_do(status, code, message, kind):
    error = errors.from_answer(status, [{"errorCode": code, "message": message}], system="sf", headers={})
    assert type(error) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(414, RefusedError), (502, UnknownOutcomeError), (503, UnavailableError), (504, UnknownOutcomeError)],
)
def test_html_from_the_edge_is_understood_by_its_status(status, kind):
    page = "<h1>Bad Message</h1><pre>reason</pre>"
    error = errors.from_answer(status, page, system="sf", headers={"X-SFDC-Request-Id": "r1"})
    assert (type(error), error.request_id) == (kind, "r1")


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        ("STRING_TOO_LONG", "", Outcome.REFUSED),
        ("ENTITY_IS_DELETED", "", Outcome.STALE),
        ("CANNOT_UPDATE_CONVERTED_LEAD", "", Outcome.STALE),
        ("UNABLE_TO_LOCK_ROW", "", Outcome.FAILED),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: UNABLE_TO_LOCK_ROW", Outcome.FAILED),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: no", Outcome.REFUSED),
        ("UNKNOWN_EXCEPTION", "", Outcome.UNKNOWN),
        ("NEVER_HEARD_OF", "", Outcome.REFUSED),
    ],
)
def test_a_refused_record_has_an_outcome_and_a_next_step(code, message, outcome):
    meaning = errors.meaning(code, message)
    assert meaning.outcome is outcome
    assert meaning.todo.endswith(".")


NO_ERRORS = {
    # Environment variables, SOQL's words, and a JSON token that a message quotes.
    "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SECURITY_ENFORCED", "SYSTEM_MODE", "USER_MODE", "VALUE_STRING", "TXN_SECURITY",
}  # fmt: skip


def test_every_code_of_the_reference_is_in_the_table():
    reference = Path(__file__).resolve().parents[3] / "shared" / "reference" / "salesforce.md"
    if not reference.exists():
        pytest.skip("no reference beside the checkout")
    import re

    text = reference.read_text(encoding="utf-8")
    words = set(
        re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)+\b|\bINVALIDENTITY\b|\bInvalidSessionId\b|\bClientInputError\b", text)
    )
    literals = {w for w in words if re.match(r"(LAST|THIS|NEXT)_", w)}
    codes = words - NO_ERRORS - literals
    assert len(codes) > 60
    assert codes - set(errors.MEANINGS) == set()


BY_ACT = {
    errors.Act.WAIT: """UNABLE_TO_LOCK_ROW SERVER_UNAVAILABLE TOO_MANY_APEX_REQUESTS REQUEST_RUNNING_TOO_LONG QUERY_TIMEOUT
        BATCH_PROCESSING_HALTED PROCESSING_HALTED ALL_OR_NONE_OPERATION_ROLLED_BACK REQUEST_LIMIT_EXCEEDED""",
    errors.Act.RENEW: "INVALID_SESSION_ID InvalidSessionId",
    errors.Act.PLAN_AGAIN: """ENTITY_IS_DELETED INVALID_CROSS_REFERENCE_KEY NOT_FOUND PRECONDITION_FAILED
        CANNOT_UPDATE_CONVERTED_LEAD""",
    errors.Act.PERSON: """STORAGE_LIMIT_EXCEEDED INVALID_LOGIN LOGIN_MUST_USE_SECURITY_TOKEN PASSWORD_LOCKOUT ORG_LOCKED
        LOGIN_DURING_RESTRICTED_TIME INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY
        INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY INVALID_FIELD_FOR_INSERT_UPDATE TRANSFER_REQUIRES_READ
        FUNCTIONALITY_NOT_ENABLED OPERATION_NOT_ALLOWED API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED TXN_SECURITY_NO_ACCESS
        REQUIRED_FIELD_MISSING FIELD_CUSTOM_VALIDATION_EXCEPTION STRING_TOO_LONG INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
        INVALID_EMAIL_ADDRESS NUMBER_OUTSIDE_VALID_RANGE INVALID_TYPE_ON_FIELD_IN_RECORD JSON_PARSER_ERROR
        FIELD_INTEGRITY_EXCEPTION FIELD_FILTER_VALIDATION_EXCEPTION MALFORMED_ID INVALID_STATUS DELETE_FAILED MERGE_FAILED
        UNDELETE_FAILED INVALID_TYPE_FOR_OPERATION INVALID_FIELD INVALID_TYPE DUPLICATE_VALUE DUPLICATE_EXTERNAL_ID
        DUPLICATES_DETECTED INACTIVE_OWNER_OR_USER CANNOT_EXECUTE_FLOW_TRIGGER CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY APEX_ERROR
        MALFORMED_QUERY INVALID_QUERY_FILTER_OPERATOR INVALID_OPERATION METHOD_NOT_ALLOWED UNSUPPORTED_MEDIA_TYPE
        IDEMPOTENCY_FEATURE_NOT_ENABLED INVALID_IDEMPOTENCY_KEY UNSUPPORTED_API_VERSION InvalidVersion""",
    errors.Act.FALL_BACK: """API_ERROR INVALIDENTITY ClientInputError INVALID_QUERY_LOCATOR INVALID_REPLICATION_DATE
        EXCEEDED_ID_LIMIT OPERATION_TOO_LARGE QUERY_TOO_COMPLICATED""",
    errors.Act.LOOK: "UNKNOWN_EXCEPTION UNEXPECTED_ERROR",
}


@pytest.mark.parametrize("act", list(errors.Act))
def test_what_has_to_happen_next_is_said_of_every_code(act):
    assert {code for code, m in errors.MEANINGS.items() if m.act is act} == set(BY_ACT[act].split())


@pytest.mark.parametrize(("code", "meaning"), list(errors.MEANINGS.items()))
def test_what_is_raised_and_what_a_receipt_says_agree_with_what_has_to_happen(code, meaning):
    raised, outcome = meaning.raises, meaning.outcome
    if meaning.act is errors.Act.WAIT:
        assert raised in (UnavailableError, LimitError)
        assert outcome is Outcome.FAILED
    elif meaning.act is errors.Act.RENEW:
        assert (raised, outcome) == (CredentialsError, Outcome.FAILED)
    elif meaning.act is errors.Act.PLAN_AGAIN:
        assert (raised, outcome) == (RefusedError, Outcome.STALE)
    elif meaning.act is errors.Act.LOOK:
        assert (raised, outcome) == (UnknownOutcomeError, Outcome.UNKNOWN)
    else:
        assert raised in (RefusedError, PermissionDeniedError, CredentialsError, LimitError)
        assert outcome in (Outcome.REFUSED, Outcome.FAILED)
    assert meaning.todo.endswith("."), code


def test_log_in_failures_say_which_setting_to_mend():
    error = errors.from_login("invalid_client_id", "client identifier invalid", system="sf")
    assert isinstance(error, CredentialsError)
    assert "auth.client_id" in error.hint
    assert isinstance(errors.from_login(503, "<html>", system="sf"), UnavailableError)
    assert isinstance(errors.from_login("rate_limit_exceeded", "login rate exceeded", system="sf"), LimitError)


# -- SOAP --------------------------------------------------------------------------------------------------------------


def soap_answer(name: str) -> bytes:
    for one in recording("grouparoo/export-objects.export-records-lead.json"):
        body = json.dumps(one["response"])
        if name in body:
            answer = one["response"]["body"]
            return (answer if isinstance(answer, str) else "".join(answer)).encode()
    raise AssertionError(f"no {name} in the recording")


def test_a_recorded_conversion_is_read():
    (result,) = soap.results(soap_answer("convertLeadResponse"))
    assert result.success
    assert ids.is_id(result.values["contactId"])
    assert ids.is_id(result.values["accountId"])
    assert "opportunityId" not in result.values


def test_a_merge_carries_the_survivors_values_and_escapes_them():
    request = soap.MergeRequest("Lead", "00Q1", ["00Q2", "00Q3"], {"Company": "A & <B>", "Phone": None, "Opt": True})
    sent = soap.merge([request])("00D!x&y").decode()
    assert "A &amp; &lt;B&gt;" in sent
    assert "<sf:fieldsToNull>Phone</sf:fieldsToNull>" in sent
    assert "<sf:Opt>true</sf:Opt>" in sent
    assert "00D!x&amp;y" in sent
    assert sent.count("recordToMergeIds>") == 4


FAULT = b"""<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultcode>sf:INVALID_TYPE_FOR_OPERATION</faultcode>
 <faultstring>INVALID_TYPE_FOR_OPERATION: entity type does not support merge</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"""


def test_a_fault_gives_its_code_and_text():
    with pytest.raises(soap.SoapFault) as caught:
        soap.results(FAULT)
    assert (caught.value.code, caught.value.message) == (
        "INVALID_TYPE_FOR_OPERATION",
        "entity type does not support merge",
    )


@pytest.mark.parametrize("body", [b"", b"<html>", FAULT[:150], b"<a/>"])
def test_an_answer_cut_off_is_not_understood_as_anything(body):
    with pytest.raises(ValueError, match=r"XML|SOAP"):
        soap.results(body)


# -- describe and rows -------------------------------------------------------------------------------------------------


def test_a_recorded_describe_becomes_a_schema():
    schema = catalogue().describe("Lead").schema
    fields = {f.name: f for f in schema.fields}
    assert (schema.label, schema.mergeable, schema.creatable) == ("Lead", True, True)
    assert fields["LastName"].required
    assert not fields["Status"].required, "defaulted on create"
    assert not fields["Status"].restricted
    assert fields["Status"].canonical == "lifecycle_stage"
    assert "Closed - Converted" in {c.value for c in fields["Status"].choices}
    assert fields["NumberOfEmployees"].type is FieldType.NUMBER
    assert not fields["ConvertedContactId"].writable
    assert "LinkedIn_URL__c" not in schema.missing, "an optional field may be absent without being reported"


def test_a_page_of_rows_becomes_records():
    lead = dict.fromkeys(rows.natives(catalogue().describe("Lead")))
    lead |= {
        "Id": "00Q4S000002sSacUAE", "FirstName": " Zoë ", "LastName": "Li", "IsConverted": False, "IsDeleted": False,
        "NumberOfEmployees": 1200, "AnnualRevenue": 15000.0, "OwnerId": "00G4S000002sSac", "Status": "Open - Not Contacted",
        "SystemModstamp": "2026-05-06T12:00:01.000+0000", "CreatedDate": "2026-05-06T12:00:00.000+0000",
    }  # fmt: skip
    page = rows.to_page(catalogue().describe("Lead"), [lead], catalogue(), "sf", datetime(2026, 6, 1, tzinfo=UTC))
    (record,) = page.records
    assert record.ref == Ref("sf", "Lead", "00Q4S000002sSacUAE")
    assert record.modified_at == datetime(2026, 5, 6, 12, 0, 1, tzinfo=UTC)
    assert record.fields["first_name"] == "Zoë"
    assert record.fields["annual_revenue"] == "15000"
    assert record.fields["employee_count"] == "1200"
    assert record.fields["converted"] == "false"
    assert record.fields["owner_id"] == "Group/" + ids.to_18("00G4S000002sSac")
    assert record.fields["created_at"] == "2026-05-06T12:00:00Z"
    assert record.fields["email"] is None


def test_a_merged_away_row_names_its_survivor():
    contact = {"Id": "0034S000002sSacUAE", "IsDeleted": True, "MasterRecordId": "0034S000007NxgWQAS", "LastName": "x"}
    page = rows.to_page(catalogue().describe("Contact"), [contact], catalogue(), "sf", datetime.now(UTC))
    assert page.records[0].merged_into == Ref("sf", "Contact", ids.to_18("0034S000007NxgW"))
    assert page.records[0].deleted


def test_only_what_is_needed_is_selected():
    natives = rows.natives(catalogue().describe("Contact"))
    assert {"Id", "LastName", "SystemModstamp", "IsDeleted", "MasterRecordId"} <= set(natives)
    assert "Description" not in natives
    assert "MailingAddress" not in natives


# -- activities --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "type_", "direction", "at"),
    [
        ({"TaskSubtype": "Call", "CallType": "Inbound", "CompletedDateTime": "2026-05-06T12:00:00.000+0000"}, "call", "inbound", "2026-05-06T12:00:00Z"),
        ({"TaskSubtype": "Email", "ActivityDate": "2026-05-06"}, "email", "outbound", "2026-05-06T00:00:00Z"),
        ({"TaskSubtype": "Task", "Type": "Call"}, "call", None, None),
        ({"TaskSubtype": "Task", "CallDurationInSeconds": 60, "CallType": "Outbound"}, "call", "outbound", None),
        ({"TaskSubtype": "Task", "Type": "Other"}, "task", None, None),
    ],
)  # fmt: skip
def test_what_a_task_is_follows_from_several_fields(row, type_, direction, at):
    assert (activities.task_type(row), activities.task_direction(row), activities.task_time(row)) == (
        type_,
        direction,
        at,
    )


def test_a_meeting_took_place_when_its_end_lies_in_the_past():
    row = {"StartDateTime": "2026-05-06T12:00:00.000+0000", "EndDateTime": "2026-05-06T13:00:00.000+0000"}
    assert activities.event_done(row, "2026-05-06T12:30:00Z") == "false"
    assert activities.event_done(row, "2026-05-06T13:00:00Z") == "true"


def test_activities_are_written_to_the_object_that_can_hold_them():
    rest, native = activities.to_native(
        "Task", {"activity_type": "call", "done": "true", "direction": "inbound", "occurred_at": "2026-05-06T09:00:00Z"}
    )
    assert (rest, native) == (
        {"status": "Completed"},
        {"TaskSubtype": "Call", "ActivityDate": "2026-05-06", "CallType": "Inbound"},
    )
    with pytest.raises(ValueError, match="Event"):
        activities.to_native("Task", {"activity_type": "meeting"})
    with pytest.raises(ValueError, match="call"):
        activities.to_native("Event", {"activity_type": "call"})


# -- options -----------------------------------------------------------------------------------------------------------


def test_a_flow_without_what_it_needs_says_what():
    with pytest.raises(ConfigError, match=r"auth\.username and auth\.private_key"):
        Options.read({"auth.flow": "jwt", "auth.client_id": "x"})


@pytest.mark.parametrize("wrong", [{"page_size": 100}, {"batch_size": 201}, {"auth.flow": "magic"}])
def test_numbers_and_flows_outside_what_salesforce_takes_are_refused(wrong):
    good = {"auth.flow": "session", "auth.session_id": "env:S", "instance_url": "https://a.my.salesforce.com"}
    Options.read(good)
    with pytest.raises(ConfigError):
        Options.read(good | wrong)


def test_every_secret_option_is_declared_as_one():
    assert {o.name for o in OPTIONS if o.secret} == {
        "auth.client_secret", "auth.password", "auth.security_token", "auth.private_key", "auth.refresh_token",
        "auth.session_id",
    }  # fmt: skip


@pytest.mark.parametrize("url", ["http://crm.example", "ftp://127.0.0.1", "127.0.0.1:80", "http://10.0.0.1"])
def test_plain_http_leaves_this_machine_never(url):
    with pytest.raises(ConfigError):
        http.checked_origin(url, "instance_url")


def test_links_need_no_log_in():
    from trueup.connectors.salesforce import SPEC

    options = {"auth.flow": "session", "auth.session_id": "env:S", "instance_url": "https://a.my.salesforce.com/"}
    connector = SPEC.open(Settings("sf", options, secret=lambda _: "never asked"))
    url = connector.record_url(Ref("sf", "Lead", "00Q4S000002sSacUAE"))
    assert url == "https://a.my.salesforce.com/lightning/r/Lead/00Q4S000002sSacUAE/view"
    connector.close()
