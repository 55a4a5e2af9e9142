"""The first steps of somebody new: init, doctor, demo."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from flow_desk import Desk


def test_init_reads_the_real_stages_and_does_not_overwrite(small: Desk) -> None:
    ready = small.twin.ready
    small.env = {
        "SF_CLIENT_ID": ready["salesforce"]["client_id"],
        "SF_CLIENT_SECRET": ready["salesforce"]["client_secret"],
        "HUBSPOT_TOKEN": ready["hubspot"]["access_token"],
    }
    text = small.policy.read_text("utf-8")
    # What `write_twin_policy` made holds what init read from the twin: HubSpot's own number of a stage nobody guesses.
    assert "'77234958': sal" in text
    assert "Sales Accepted: sal" in text
    assert "HubSpot_Id__c" in text
    # A stage without a meaning is left to the admin, as a comment that names it.
    assert "# other: ?" in text

    refused = small.trueup("init").ok(2)
    assert "already there" in refused.err
    assert "--overwrite" in refused.err
    assert small.policy.read_text("utf-8") == text

    # Without a terminal nothing is asked, and what could not be read is said.
    done = small.trueup("--policy", "new.yaml", "init", "--connector", "hubspot", "--no-read").ok()
    assert "new.yaml" in done.out
    fresh = (small.folder / "new.yaml").read_text("utf-8")
    assert "read_only: true" in fresh
    for secret in small.env.values():
        assert secret not in fresh


def test_doctor_says_what_to_do_for_a_missing_field_and_an_unmapped_stage(small: Desk) -> None:
    small.edit_policy(
        "field: HubSpot_Id__c, points_to: 'hubspot:companies'", "field: Gone__c, points_to: 'hubspot:companies'"
    )
    small.edit_policy("        customer: customer   # Customer\n", "")
    found = {d["subject"]: d for d in small.trueup("doctor", "--json").ok().json["diagnoses"]}
    field = found["salesforce: Account.Gone__c"]
    assert field["health"] == "warning"
    assert "stored_ids" in field["seen"]
    assert field["advice"]
    stages = found["hubspot: stages of contacts.lifecyclestage"]
    assert stages["health"] == "warning"
    assert "Customer (customer)" in stages["seen"]
    assert "lifecycle.map" in stages["advice"]
    # All is said for people too, and doctor has written to nobody.
    text = small.trueup("doctor").ok().out
    assert "Gone__c" in text
    assert small.writes() == []


def test_the_demo_runs_through_in_under_two_minutes(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("TRUEUP_")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "trueup", "demo", "--people", "80"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=900,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # its own time: a shared machine may take longer
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 120
    numbers = [line.split()[0] for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert numbers == [str(number) for number in range(1, 9)]
    assert (tmp_path / ".demo" / "report.html").stat().st_size > 10_000
    assert "Try next" in done.stdout
