"""Client libraries that never heard of the twin do their ordinary work against it, unmodified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from salesforce_strangers import Stage, environment

pytestmark = pytest.mark.xdist_group("strangers-salesforce")


def test_jsforce_on_node_logs_in_reads_writes_converts_merges_and_loads(salesforce_stage: Stage) -> None:
    seen = salesforce_stage.work("jsforce", "jsforce_work.mjs")
    user = salesforce_stage.known["username"]
    assert seen == {
        "soap": True, "instance": True, "refreshed": user, "password": 1, "clientCredentials": 1,
        "objects": ["Account", "Contact", "Lead", "Task"], "statuses": 7, "fetched": True, "children": 5,
        "likeA": True, "streamed": True, "badField": ["INVALID_FIELD", True], "explain": True, "created": True,
        "retrieved": ["jsforce Ltd", "Account"], "upserted": [True, True], "many": 450,
        "mixed": [True, False, "REQUIRED_FIELD_MISSING"], "back": ["Js0", "Js1", "Js2"], "updates": True,
        "ups": [True, True], "gone": True, "deletedFeed": True, "updatedFeed": True, "missing": "NOT_FOUND",
        "recent": True, "objectRecent": True, "search": 1, "limits": True, "versions": True,
        "converted": [True, "003", None], "merged": [True, True], "master": True, "undeleted": True, "userInfo": user,
        "timestamp": "string", "bulk1": [True, False], "bulk1Query": ["b1@bulk.example"],
        "bulk2": [1, 1, "REQUIRED_FIELD_MISSING"], "bulk2Query": [["C1", "false"]], "composite": [201, 201],
        "usage": True, "loggedOut": True, "tabs": True, "theme": True, "apps": [True, True, "boolean"],
        "layouts": [1, 1], "listview": ["account", True], "viewExplained": "Account", "looked": True,
        "convertedStatus": ["Closed - Converted"],
    }  # fmt: skip
    twins = [r for r in salesforce_stage.rows("Contact") if r["LastName"] == "Twin"]
    assert [r["Email"] for r in twins] == ["b@twin.example"]


def test_aio_sf_exports_by_bulk_and_writes_collections(salesforce_stage: Stage) -> None:
    before = len(salesforce_stage.rows("Contact"))
    seen = salesforce_stage.work("aio-sf", "aio_sf_work.py")
    assert seen == {
        "contacts": before, "describe": "Contact", "listed": True, "limits": True, "org": "00D",
        "made": 250, "created": [False, True], "changed": True, "deleted": 250, "exported": True, "zulu": True,
    }  # fmt: skip
    assert len(salesforce_stage.rows("Contact")) == before + 1


def test_salesforce_bulk_speaks_bulk_1_in_xml(salesforce_stage: Stage) -> None:
    before = len(salesforce_stage.rows("Contact"))
    seen = salesforce_stage.work("salesforce-bulk", "salesforce_bulk_work.py")
    assert seen == {
        "host": "https://login.salesforce.com", "before": before,
        "inserted": [["true", "true", ""]] * 7 + [["false", "false", "INVALID_EMAIL_ADDRESS"]],
        "upserted": [["true", "false"]], "processed": "1", "job": "Closed", "after": before + 6,
        "chunked": before + 6, "refused": True,
    }  # fmt: skip


def test_django_salesforce_maps_its_models(salesforce_stage: Stage) -> None:
    before = len(salesforce_stage.rows("Contact"))
    seen = salesforce_stage.work("django-salesforce", "django_work.py")
    assert seen == {
        "count": before, "listed": before, "created": "001", "got": ["Ann O'Brien \\ 100%_", "Django Ltd", True],
        "cleared": None, "filtered": 1, "exclude": 1, "in": 1, "dates": True, "values": ["O'Brien \\ 100%_"],
        "grouped": [1], "bulk": 230, "paged": 5, "updated": 111, "left": 30, "all_rows": 230, "refused": True,
        "raw": [["Django Ltd"]], "tables": True, "gone": 0,
    }  # fmt: skip


def test_aiosalesforce_logs_in_three_ways_and_composes(salesforce_stage: Stage) -> None:
    seen = salesforce_stage.work("aiosalesforce", "aiosalesforce_work.py")
    assert seen == {
        "soap": ["00D"], "client_credentials": ["00D"], "jwt": ["00D"], "got": "Aio Ltd",
        "upserted": [True, False, True], "by_ext": "B", "composite": ["001", "003", 1], "batch": ["Aio Ltd", True],
        "limits": True, "missing": "NotFoundError",
    }  # fmt: skip


def test_pyforce_lives_on_soap_alone(salesforce_stage: Stage) -> None:
    seen = salesforce_stage.work("pyforce", "pyforce_work.py")
    assert seen == {
        "user": salesforce_stage.known["username"], "listed": ["Account", "Contact", "Lead"],
        "described": ["email", 80, ["Account"]], "created": [[True, []], [False, ["REQUIRED_FIELD_MISSING"]]],
        "query": ["Pyforce", "p@py.example", True, False], "updated": True, "retrieved": ["x", ""],
        "upserted": [True, False], "search": ["Pyforce"], "deleted": True, "refused": "INVALID_FIELD", "info": False,
    }  # fmt: skip


def test_node_salesforce_connection_checks_words_and_xml_to_the_letter(salesforce_stage: Stage) -> None:
    seen = salesforce_stage.work("node-salesforce-connection", "connection_work.mjs")
    fault = ["SalesforceSoapError", "'foo' is not a valid value for the type xsd:date", 500, "Server Error"]
    email = "INVALID_EMAIL_ADDRESS: Email: invalid email address: not an email [Email]"
    assert seen == {
        "made": [["true", "true"]] * 2, "again": [["false", "true"]] * 2, "job": ["Open", 0], "gone": [None, None],
        "names": ["Jack O'Node \"Jack\"", "Joan O'Node \"Joan\""],
        "query": ["SalesforceRestError", "MALFORMED_QUERY: unexpected token: 'invalid'", 400, "Bad Request"],
        "email": ["SalesforceRestError", email, 400, "Bad Request"], "date": fault, "type": "Server Error",
        "token": "Bearer", "client": '{"error":"invalid_client_id","error_description":"client identifier invalid"}',
        "verified": 11,
    }  # fmt: skip


def test_nforce_renews_its_session_and_keeps_files(salesforce_stage: Stage) -> None:
    seen = salesforce_stage.work("nforce", "nforce_work.mjs")
    assert seen == {
        "session": ["Bearer", "string", True], "identity": salesforce_stage.known["username"], "expired": False,
        "described": True, "inserted": True, "read": "Ulm", "upserted": [True, False, True], "body": "grüße",
        "all": True, "found": ["Nforce & Söhne"], "refused": ["INVALID_FIELD", 400], "renewed": 1, "gone": 0,
    }  # fmt: skip


def test_cumulusci_loads_a_dataset_reads_it_back_and_deletes_it(salesforce_stage: Stage, tmp_path: Path) -> None:
    known = salesforce_stage.known
    seen = salesforce_stage.work(
        "cumulusci", "cumulusci_work.py", str(tmp_path / "project"), REQUESTS_CA_BUNDLE=str(known["ca_file"])
    )
    assert seen["loaded"] == {name: ["Success", 2, 0] for name in ("Insert Account", "Insert Contact", "Upsert Lead")}
    assert seen["read"] == [
        """INSERT INTO "Account" VALUES('Account-1','Cci One');""",
        """INSERT INTO "Account" VALUES('Account-2','Cci Two');""",
        """INSERT INTO "Contact" VALUES('Contact-1','One','Account-1');""",
        """INSERT INTO "Contact" VALUES('Contact-2','Two','Account-2');""",
    ]
    assert len([r for r in salesforce_stage.rows("Lead") if r["HubSpot_Id__c"] in {"cci-1", "cci-2"}]) == 2
    assert not [r for r in salesforce_stage.rows("Contact") if (r["Email"] or "").endswith("cci.example")]


def test_the_salesforce_cli_logs_in_reads_writes_and_loads(salesforce_stage: Stage, tmp_path: Path) -> None:
    stage = salesforce_stage
    program = environment("salesforce-cli") / "node_modules" / "@salesforce" / "cli" / "bin" / "run.js"
    quiet = dict.fromkeys(
        ("SF_DISABLE_TELEMETRY", "SF_AUTOUPDATE_DISABLE", "SF_SKIP_NEW_VERSION_CHECK", "SF_USE_GENERIC_UNIX_KEYCHAIN"),
        "true",
    )
    home = {"HOME": str(tmp_path), "SF_ACCESS_TOKEN": str(stage.known["access_token"])}
    quiet |= {"HTTPS_PROXY": "", "https_proxy": ""}  # it is told where the org is

    def sf(*words: str) -> Any:
        return json.loads(stage.run(["node", str(program), *words, "--json"], **quiet, **home).stdout)["result"]

    login = sf("org", "login", "access-token", "--instance-url", stage.url, "--no-prompt", "--set-default")
    assert login["username"] == stage.known["username"]
    made = sf("data", "create", "record", "-s", "Account", "-v", "Name='Sf & Co' Industry=Energy")
    asked = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'sf & co'"
    (record,) = sf("data", "query", "-q", asked)["records"]
    assert (made["id"], record["Name"], record["Contacts"]) == (record["attributes"]["url"][-18:], "Sf & Co", None)
    rows = tmp_path / "leads.csv"
    rows.write_text("LastName,Company,HubSpot_Id__c\nS1,C,sf-1\nS2,C,sf-2\n")
    job = sf("data", "upsert", "bulk", "-s", "Lead", "-f", str(rows), "-i", "HubSpot_Id__c", "-w", "2")["jobInfo"]
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 2, 0)
    out = tmp_path / "leads-out.csv"
    exported = sf("data", "export", "bulk", "-q", "SELECT Id, LastName FROM Lead", "--output-file", str(out), "-w", "2")
    assert exported["totalSize"] == len(stage.rows("Lead")) == len(out.read_text().splitlines()) - 1
