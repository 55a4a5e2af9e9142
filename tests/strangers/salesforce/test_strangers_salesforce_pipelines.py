"""Data pipelines that never heard of the twin: a Singer tap and an Airbyte source read the org whole, a tracker seeds it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from salesforce_strangers import Stage, environment

pytestmark = pytest.mark.xdist_group("strangers-salesforce")

OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "Task", "User", "OpportunityHistory")


def tap(stage: Stage, config: dict[str, Any], *args: str) -> list[dict[str, Any]]:
    home = environment("tap-salesforce")
    file = stage.folder / "tap.json"
    file.write_text(json.dumps(config))
    done = stage.run([str(home / "bin" / "tap-salesforce"), "--config", str(file), *args])
    if "--discover" in args:
        return json.loads(done.stdout)["streams"]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("api", ["REST", "BULK"])
def test_the_singer_tap_reads_every_row_and_then_only_what_changed(salesforce_stage: Stage, api: str) -> None:
    stage = salesforce_stage
    config = {
        "client_id": stage.known["client_id"],
        "client_secret": stage.known["client_secret"],
        "refresh_token": stage.known["refresh_token"],
        "start_date": "2000-01-01T00:00:00Z",
        "api_type": api,
        "select_fields_by_default": True,
    }
    streams = [s for s in tap(stage, config, "--discover") if s["stream"] in OBJECTS]
    assert {s["stream"] for s in streams} == set(OBJECTS)
    for stream in streams:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = True
                if keys := entry["metadata"].get("valid-replication-keys"):
                    entry["metadata"] |= {"replication-method": "INCREMENTAL", "replication-key": keys[0]}
    catalog, state = stage.folder / "catalog.json", stage.folder / "state.json"
    catalog.write_text(json.dumps({"streams": streams}))
    messages = tap(stage, config, "--properties", str(catalog))
    got = {
        name: [m["record"]["Id"] for m in messages if m["type"] == "RECORD" and m["stream"] == name] for name in OBJECTS
    }
    for name in OBJECTS:
        # by queryAll in both: deleted and archived rows are read too
        assert sorted(set(got[name])) == [r["Id"] for r in stage.twin.twin.salesforce.dump(name)], name
    record = next(m["record"] for m in messages if m["type"] == "RECORD" and m["stream"] == "Contact")
    assert record["IsDeleted"] is False
    state.write_text(json.dumps([m for m in messages if m["type"] == "STATE"][-1]["value"]))
    stage.twin.control.clock(advance=120)
    changed = stage.rows("Contact")[3]["Id"]
    stage.twin.control.edit("salesforce", "Contact", changed, {"Title": f"Read by {api}"})
    again = tap(stage, config, "--properties", str(catalog), "--state", str(state))
    titles = {
        m["record"]["Id"]: m["record"]["Title"] for m in again if m["type"] == "RECORD" and m["stream"] == "Contact"
    }
    assert titles[changed] == f"Read by {api}"
    assert len(titles) < len(got["Contact"])


def test_the_airbyte_source_checks_discovers_and_reads(salesforce_stage: Stage) -> None:
    stage = salesforce_stage
    home = environment("airbyte-source-salesforce")
    source = str(home / "bin" / "source-salesforce")
    wanted = [{"criteria": "exacts", "value": n} for n in OBJECTS]
    config = {
        "auth_type": "Client",
        "client_id": stage.known["client_id"],
        "client_secret": stage.known["client_secret"],
        "refresh_token": stage.known["refresh_token"],
        "start_date": "2018-01-01T00:00:00Z",
        "stream_slice_step": "P10Y",
        "streams_criteria": wanted,
    }
    file = stage.folder / "airbyte.json"
    file.write_text(json.dumps(config))

    def run(*args: str) -> list[dict[str, Any]]:
        done = stage.run([source, *args, "--config", str(file)], timeout=240)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    checked = next(m["connectionStatus"] for m in run("check") if m["type"] == "CONNECTION_STATUS")
    assert checked["status"] == "SUCCEEDED", checked
    streams = next(m["catalog"]["streams"] for m in run("discover") if m["type"] == "CATALOG")
    assert {s["name"] for s in streams} == {*OBJECTS, "Describe"}
    configured = [
        {"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        for s in streams
        if s["name"] in {"Account", "Contact", "Lead", "OpportunityHistory"}
    ]
    catalog = stage.folder / "airbyte-catalog.json"
    catalog.write_text(json.dumps({"streams": configured}))
    messages = run("read", "--catalog", str(catalog))
    for entry in configured:
        name = entry["stream"]["name"]
        ids = [m["record"]["data"]["Id"] for m in messages if m["type"] == "RECORD" and m["record"]["stream"] == name]
        assert sorted(ids) == [r["Id"] for r in stage.twin.twin.salesforce.dump(name)], name


def test_pipeline_diff_seeds_a_test_org_changes_it_and_finds_every_change(
    salesforce_stage: Stage, tmp_path: Path
) -> None:
    known = salesforce_stage.known
    settings = {
        "PIPELINE_DIFF_SF_DOMAIN": f"{known['my_domain']}.my",
        "PIPELINE_DIFF_SF_CONSUMER_KEY": known["client_id"],
        "PIPELINE_DIFF_SF_CONSUMER_SECRET": known["client_secret"],
    }
    program = [str(environment("pipeline-diff") / "bin" / "python"), "-m", "pipeline_diff"]

    def diff(*words: str) -> str:
        return salesforce_stage.run([*program, "--data-dir", str(tmp_path), *words], **settings).stdout

    now = datetime.now(UTC).isoformat()  # it goes by its own clock: the twin's may have been moved on by others
    salesforce_stage.twin.control.clock(set=now)
    before = len(list(salesforce_stage.twin.twin.salesforce.dump("Opportunity")))
    assert "created 60 deals" in diff("seed", "salesforce", "--test-account", "--baseline", "60")
    assert f"{before + 60} deals" in diff("sync", "salesforce")
    time.sleep(1.1)  # its round begins a second after the baseline was written: stamps are whole seconds
    changed = diff("seed", "salesforce", "--test-account")
    diff("sync", "salesforce")
    assert "every change landed" in diff("seed", "salesforce", "--test-account", "--verify"), changed
