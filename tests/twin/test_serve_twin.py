"""The whole twin, served: the ready line, the state folder, both real sides over the world, and the control port."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from trueup.twin.serve import Twin
from trueup.twin.testing import Control, Running, running


@pytest.fixture(scope="module")
def twin() -> Iterator[Running]:
    with running(people=200, seed=1) as it:
        yield it


def sf(twin: Running, path: str, **params: str) -> Any:
    ready = twin.ready["salesforce"]
    headers = {"Authorization": f"Bearer {ready['access_token']}"}
    answer = requests.get(f"{ready['url']}/services/data/v59.0{path}", params=params, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def query(twin: Running, soql: str) -> list[dict[str, Any]]:
    page = sf(twin, "/query", q=soql)
    rows = list(page["records"])
    while not page["done"]:
        page = sf(twin, page["nextRecordsUrl"].split("/services/data/v59.0")[1])
        rows += page["records"]
    return rows


def hs(twin: Running, path: str, **params: Any) -> Any:
    ready = twin.ready["hubspot"]
    headers = {"Authorization": f"Bearer {ready['access_token']}"}
    answer = requests.get(ready["url"] + path, params=params, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def record(twin: Running, ref: str) -> dict[str, Any]:
    system, _, rest = ref.partition(":")
    name, _, id_ = rest.partition("/")
    if system == "salesforce":
        return dict(sf(twin, f"/sobjects/{name}/{id_}"))
    properties = "lifecyclestage,phone,mobilephone,country,email,hubspot_owner_id,jobtitle,salesforceleadid,dealstage"
    return dict(hs(twin, f"/crm/v3/objects/{name}/{id_}", properties=properties)["properties"])


def entries(twin: Running, code: str) -> list[dict[str, Any]]:
    return [f for f in twin.ledger()["findings"] if f["code"] == code and f["planted"]][:3]


def test_every_object_holds_as_many_rows_as_the_world_made(twin: Running) -> None:
    made = twin.ready["made"]["rows"]
    assert len(made) >= 20
    for name, count in made.items():
        side, _, object_name = name.partition(":")
        rows = twin.control.dump(side, object_name)
        assert len(rows) == count + (name == "salesforce:User"), name  # the org has its integration user besides


def test_the_counts_are_what_the_apis_tell(twin: Running) -> None:
    made = twin.ready["made"]["rows"]
    for name in ("Account", "Contact", "Opportunity", "OpportunityContactRole", "CampaignMember", "Event"):
        assert len(query(twin, f"SELECT Id FROM {name}")) == made[f"salesforce:{name}"], name
    deleted = sum(row["IsDeleted"] for row in twin.control.dump("salesforce", "Lead"))
    assert deleted >= 1
    assert len(query(twin, "SELECT Id FROM Lead")) == made["salesforce:Lead"] - deleted
    for name in ("contacts", "companies", "deals", "calls"):
        after, seen = None, 0
        while True:
            page = hs(twin, f"/crm/v3/objects/{name}", limit=100, **({"after": after} if after else {}))
            seen += len(page["results"])
            after = page.get("paging", {}).get("next", {}).get("after")
            if not after:
                break
        assert seen == made[f"hubspot:{name}"], name


def test_planted_stage_differences_are_seen_through_the_apis(twin: Running) -> None:
    status = {
        "Marketing Qualified": "marketingqualifiedlead",
        "Sales Accepted": "77234958",
        "Working - Contacted": "salesqualifiedlead",
        "Recycled": "77234959",
    }
    leads = 0
    for finding in entries(twin, "STG001"):
        hubspot, salesforce = finding["subjects"]
        stage = record(twin, hubspot)["lifecyclestage"]
        if ":Lead/" in salesforce:
            leads += 1
            assert status[record(twin, salesforce)["Status"]] != stage
    assert leads >= 1


def test_planted_faults_of_other_families_are_seen_through_the_apis(twin: Running) -> None:
    for finding in entries(twin, "OWN003"):
        assert record(twin, finding["subjects"][0])["hubspot_owner_id"] is None
    for finding in entries(twin, "DUP002"):
        contact, lead = (record(twin, ref) for ref in finding["subjects"])
        assert (contact["attributes"]["type"], lead["attributes"]["type"], lead["IsConverted"]) == (
            "Contact",
            "Lead",
            False,
        )
    for finding in entries(twin, "LNK003"):
        seen = record(twin, finding["subjects"][0])
        target = seen.get("salesforceleadid") or seen.get("HubSpot_Id__c")
        assert target
        live = {
            row.get("Id") or row["id"]
            for row in (*twin.control.dump("salesforce", "Lead"), *twin.control.dump("hubspot", "contacts"))
            if not row.get("IsDeleted")
        }
        assert target not in live
    for finding in entries(twin, "STG011"):
        hubspot, salesforce = (record(twin, ref) for ref in finding["subjects"])
        assert (hubspot["dealstage"], salesforce["StageName"]) not in {
            ("qualifiedtobuy", "Qualification"),
            ("contractsent", "Negotiation/Review"),
        }
    for finding in entries(twin, "STG009"):
        seen = record(twin, finding["subjects"][0])
        assert (
            seen.get("lifecyclestage") == "other"
            or seen.get("Status") in ("Nurturing", "On Hold", "Attempted")
            or seen.get("StageName") == "Verbal Agreement"
        )
    for finding in entries(twin, "FLD004"):
        seen = record(twin, finding["subjects"][0])
        name = {
            "mobile": ("MobilePhone", "mobilephone"),
            "country": ("Country", "MailingCountry", "country"),
            "email": ("email",),
        }[finding["field"]]
        assert any(seen.get(n) for n in name)


def test_stage_history_and_associations_came_through(twin: Running) -> None:
    finding = next(f for f in twin.ledger()["findings"] if f["code"] == "STG002")
    id_ = finding["subjects"][0].split("/")[1]
    if finding["subjects"][0].startswith("hubspot"):
        history = hs(twin, f"/crm/v3/objects/contacts/{id_}", propertiesWithHistory="lifecyclestage")[
            "propertiesWithHistory"
        ]["lifecyclestage"]
        assert len(history) >= 5
    else:
        assert len(query(twin, f"SELECT NewValue FROM LeadHistory WHERE LeadId = '{id_}' AND Field = 'Status'")) >= 4
    deal = twin.control.dump("hubspot", "deals")[0]["id"]
    tied = hs(twin, f"/crm/v4/objects/deals/{deal}/associations/companies")["results"]
    assert {t["typeId"] for r in tied for t in r["associationTypes"]} >= {5}


def test_control_edits_as_somebody_else_and_lists_the_write(twin: Running) -> None:
    contact = next(r for r in twin.control.dump("hubspot", "contacts") if r["properties"].get("jobtitle"))
    before = len(twin.control.writes("hubspot"))
    twin.control.edit("hubspot", "contacts", contact["id"], {"jobtitle": "Chief Tester"})
    write = twin.control.writes("hubspot")[before]
    assert (write["id"], write["seq"], write["action"]) == (contact["id"], None, "update")
    assert record(twin, f"hubspot:contacts/{contact['id']}")["jobtitle"] == "Chief Tester"
    lead = next(r for r in twin.control.dump("salesforce", "Lead") if not r["IsDeleted"] and not r["IsConverted"])
    twin.control.edit("salesforce", "Lead", lead["Id"], {"Title": "Chief Tester"})
    assert sf(twin, f"/sobjects/Lead/{lead['Id']}")["Title"] == "Chief Tester"
    with pytest.raises(ValueError, match="there is no live contact"):
        twin.control.edit("hubspot", "contacts", "12", {"jobtitle": "x"})
    with pytest.raises(ValueError, match="unknown side 'zoho'; there are: salesforce, hubspot"):
        twin.control.edit("zoho", "contacts", "12", {})
    with pytest.raises(ValueError, match="missing: values"):
        twin.control.call("POST", "/edit", {"side": "hubspot", "object": "contacts", "id": "1"})


def test_a_fault_strikes_the_api_and_the_requests_are_listed(twin: Running) -> None:
    last = twin.control.requests()[-1]["seq"] if twin.control.requests() else 0
    twin.control.fault(side="hubspot", path="/owners", status=503, body={"status": "error"}, count=1)
    url = twin.ready["hubspot"]["url"] + "/crm/v3/owners/"
    headers = {"Authorization": f"Bearer {twin.ready['hubspot']['access_token']}"}
    assert [requests.get(url, headers=headers).status_code for _ in range(2)] == [503, 200]
    assert [f["hits"] for f in twin.control.faults()] == [1]
    twin.control.clear_faults()
    listed = twin.control.requests("hubspot", since=last)
    assert [(r["path"], r["status"], r["headers"]["authorization"]) for r in listed] == [
        ("/crm/v3/owners/", 503, "***"),
        ("/crm/v3/owners/", 200, "***"),
    ]
    with pytest.raises(ValueError, match="unknown action"):
        twin.control.fault(action="explode")


def test_a_lost_answer_was_committed_and_a_snapshot_tells_what_changed(twin: Running) -> None:
    photo = twin.control.snapshot()
    twin.control.fault(side="hubspot", method="PATCH", action="reset_after", count=1)
    contact = next(r for r in twin.control.dump("hubspot", "contacts") if r["properties"].get("city"))
    url = f"{twin.ready['hubspot']['url']}/crm/v3/objects/contacts/{contact['id']}"
    headers = {"Authorization": f"Bearer {twin.ready['hubspot']['access_token']}"}
    with pytest.raises(requests.ConnectionError):
        requests.patch(url, json={"properties": {"city": "Elsewhere"}}, headers=headers)
    twin.control.clear_faults()
    write = twin.control.writes("hubspot")[-1]
    assert (
        write["id"],
        write["after"]["properties"]["city"] if "properties" in write["after"] else write["after"]["city"],
    ) == (contact["id"], "Elsewhere")
    assert write["seq"] == twin.control.requests("hubspot", method="PATCH")[-1]["seq"]
    changed = twin.control.diff(photo, ignore=("lastmodifieddate", "updatedAt"))
    assert [(c["object"], c["id"], c["after"]["properties"]["city"]) for c in changed if c["object"] == "contacts"] == [
        ("contacts", contact["id"], "Elsewhere")
    ]
    assert twin.control.diff(twin.control.snapshot()) == []


def test_an_outage_has_a_name_and_its_write_may_have_happened(twin: Running) -> None:
    url = twin.ready["hubspot"]["url"] + "/crm/v3/objects/companies"
    headers = {"Authorization": f"Bearer {twin.ready['hubspot']['access_token']}"}
    body = {"properties": {"name": "Written though 504"}}

    twin.control.fault(side="hubspot", method="POST", outage="gateway_timeout", action="answer_after", count=1)
    lost = requests.post(url, json=body, headers=headers)
    write = twin.control.writes("hubspot")[-1]
    twin.control.fault(side="hubspot", method="POST", outage="migrating", count=1)
    moved = requests.post(url, json=body, headers=headers)
    twin.control.clear_faults()

    assert lost.status_code == 504
    assert (write["action"], write["after"]["name"]) == ("create", "Written though 504")
    assert (moved.status_code, moved.headers["Retry-After"]) == (477, "30")
    assert twin.control.writes("hubspot")[-1]["seq"] == write["seq"]
    with pytest.raises(ValueError, match=r"unknown outage 'x' of hubspot; there are: .*locked"):
        twin.control.fault(side="hubspot", outage="x")
    with pytest.raises(ValueError, match="there are: none"):
        twin.control.fault(side="salesforce", outage="locked")


def test_the_clock_moves_and_the_state_tells(twin: Running) -> None:
    frozen = twin.control.clock(set="2030-01-02T03:04:05Z", freeze=True)
    assert frozen == {"now": "2030-01-02T03:04:05+00:00", "frozen": True} or frozen["now"].startswith(
        "2030-01-02T03:04:05"
    )
    twin.control.clock(advance=60)
    assert twin.control.clock()["now"].startswith("2030-01-02T03:05:05")
    twin.control.clock(thaw=True, set="2026-11-22T00:00:00Z")
    with pytest.raises(ValueError, match="say one of"):
        twin.control.clock(jump=3)
    state = twin.control.state()
    assert state["made"]["people"] == 200
    assert "search_lag_seconds" in state["switches"]["hubspot"]
    assert twin.control.switch("hubspot", "search_lag_seconds", 0)["search_lag_seconds"] == 0
    with pytest.raises(ValueError, match="unknown switch"):
        twin.control.switch("hubspot", "nonsense", 1)


def test_the_ready_line_has_every_promised_key(twin: Running) -> None:
    ready = twin.ready
    assert set(ready) >= {"salesforce", "hubspot", "control", "ledger"}
    assert set(ready["salesforce"]) >= {
        "url", "tls_url", "ca_file", "my_domain", "username", "password", "security_token", "access_token",
        "refresh_token", "client_id", "client_secret", "private_key_file",
    }  # fmt: skip
    assert set(ready["hubspot"]) >= {
        "url",
        "tls_url",
        "ca_file",
        "access_token",
        "client_id",
        "client_secret",
        "refresh_token",
        "portal_id",
    }
    tls = requests.get(
        ready["hubspot"]["tls_url"] + "/crm/v3/owners/",
        verify=ready["hubspot"]["ca_file"],
        headers={"Authorization": f"Bearer {ready['hubspot']['access_token']}"},
    )
    assert tls.status_code == 200


def test_a_client_with_the_real_address_written_in_can_be_led_to_the_twin(twin: Running) -> None:
    hosts = {"salesforce": ("acme.my.salesforce.com", "login.salesforce.com"), "hubspot": ("api.hubapi.com",)}
    for side, host in ((side, host) for side, names in hosts.items() for host in names):
        trusted = ssl.create_default_context(cafile=twin.ready[side]["ca_file"])
        port = int(twin.ready[side]["tls_url"].rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trusted.wrap_socket(plain, server_hostname=host) as led,
        ):
            assert led.version() is not None


def test_a_state_folder_is_kept_between_starts_and_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with running(people=30, seed=3, state=folder) as first:
        contact = next(r for r in first.control.dump("hubspot", "contacts") if r["properties"].get("city"))
        first.control.edit("hubspot", "contacts", contact["id"], {"city": "Kept"})
        before = first.ledger()
        token = first.ready["hubspot"]["access_token"]
    with running(people=30, seed=3, state=folder) as second:
        row = next(r for r in second.control.dump("hubspot", "contacts") if r["id"] == contact["id"])
        assert row["properties"]["city"] == "Kept"
        assert second.ledger() == before
        assert second.ready["hubspot"]["access_token"] == token
        assert len(second.control.writes("hubspot")) == 1


def test_a_world_that_was_interrupted_while_made_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with running(people=20, state=folder) as first:
        rows = first.ready["made"]["rows"]
    (folder / "world.json").unlink()
    with running(people=20, state=folder) as second:
        assert second.ready["made"]["rows"] == rows


def test_a_temporary_state_leaves_nothing_behind() -> None:
    with Twin(people=5) as twin:
        folder = twin.folder
        assert folder.exists()
    assert not folder.exists()
    twin.close()


def test_the_command_prints_one_line_and_ends_cleanly_on_a_signal() -> None:
    command = [sys.executable, "-c", "from trueup.commands.twin import serve; serve(people=200)"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        control = Control(ready["control"]["url"])
        assert control.state()["made"]["people"] == 200
        control.close()
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=120)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_world_file_adds_its_fields_to_those_that_the_world_writes(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "twin.md").read_text()
    file = tmp_path / "world.yaml"
    file.write_text("faults: none\n" + page.partition("```yaml\n")[2].partition("```")[0])
    with running(people=20, world=file) as it:
        known = it.ready["salesforce"]
        fields = requests.get(
            f"{known['url']}/services/data/v60.0/sobjects/Account/describe",
            headers={"Authorization": f"Bearer {known['access_token']}"},
        ).json()["fields"]
        linked = [row for row in it.control.dump("salesforce", "Account") if row["HubSpot_Id__c"]]
    assert {"HubSpot_Id__c", "Won__c", "Size__c"} <= {field["name"] for field in fields}
    assert linked
