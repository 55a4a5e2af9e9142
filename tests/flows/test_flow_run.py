"""`trueup run`: exit codes, guards, signals, two at once, and that our own writes are not taken for anybody's."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import pytest
from flow_desk import Desk

APPROVE_MORE = "by_rule: [fill_blank, normalize, conflict, link_id, owner, stage_forward]"


def loosen(desk: Desk, approve: str = APPROVE_MORE, max_share: str = "100%") -> None:
    """Let the policy approve more by rule, and its guard let more through."""
    desk.edit_policy("by_rule: [fill_blank, normalize]", approve)
    desk.edit_policy("max_share: 10%", f"max_share: {max_share}")


def until(true: Callable[[], bool], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_runs_exit_with_what_they_came_to_and_converge(small: Desk) -> None:
    # A guard: too much would change, so nothing is written.
    loosen(small, max_share="0.1%")
    small.edit_policy("max_changes: 500", "max_changes: 1")
    refused = small.trueup("run", "--json").ok(5).json
    assert small.writes() == []
    assert "the guard allows" in refused["refused"]
    small.edit_policy("max_changes: 1", "max_changes: 500")
    small.edit_policy("max_share: 0.1%", "max_share: 100%")

    # What the policy approves is applied; the rest waits, and --exit-code says so.
    first = small.trueup("run", "--json", "--exit-code").ok(3).json
    assert first["counts"]["applied"] > 5
    written = small.writes()

    # Three more nights: nothing more to write, nothing flips back, and what waits stays the same.
    waiting = [first["waiting"]]
    for _ in range(3):
        night = small.trueup("run", "--json").ok(0).json
        waiting.append(night["waiting"])
        assert night["counts"].get("applied", 0) == 0
    assert small.writes() == written
    assert len(set(waiting[1:])) == 1

    # Nothing waits when nothing is proposed: exit 0 even with --exit-code.
    small.trueup("approve", "--all").ok()
    small.trueup("apply", "--force").ok()
    for _ in range(2):  # merged records have new addresses, which their counterparts learn in the next round
        small.trueup("run", "--force").ok()
        if small.trueup("run", "--json").json["waiting"]:
            small.trueup("approve", "--all").ok()
            small.trueup("apply", "--force").ok()
    small.trueup("run", "--exit-code").ok(0)


def test_a_value_edited_between_plan_and_write_makes_the_run_partly_applied(small: Desk) -> None:
    small.trueup("pull").ok()
    plan = small.trueup("plan", "--json").ok().json
    small.trueup("approve", "--all").ok()
    change = next(c for c in plan["changes"] if c["field"] == "foreign_ids" and c["target"].startswith("salesforce:"))
    name, _, id_ = change["target"].partition(":")[2].partition("/")
    small.twin.control.edit("salesforce", name, id_, {"HubSpot_Id__c": "somebody's"})
    ran = small.trueup("apply", "--force", "--json").ok(4).json
    assert ran["counts"]["stale"] == 1


def test_the_second_of_two_runs_is_refused_and_told_who_holds_the_lock(small: Desk) -> None:
    small.twin.control.fault(action="latency", latency_s=1.0)
    before = small.requests()
    first = small.start("run")
    try:
        until(lambda: small.requests() > before)
        second = small.trueup("run").ok(6)
        assert f"process {first.pid} " in second.err
        assert "run r1 " in second.err
        assert "Wait" in second.err
        small.twin.control.clear_faults()
        _, err = first.communicate(timeout=240)
        assert first.returncode in (0, 4, 5), err
    finally:
        first.kill()
        first.wait()
    runs = small.trueup("runs", "--json").ok().json["runs"]
    assert [run["exit_code"] for run in sorted(runs, key=lambda run: run["run"])][1] == 6


def test_an_interrupted_run_says_so_and_exits_130(small: Desk) -> None:
    small.twin.control.fault(action="latency", latency_s=0.5)
    before = small.requests()
    process = small.start("run")
    try:
        until(lambda: small.requests() > before + 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail("it did not end")
    assert process.returncode == 130, (out, err)
    assert "Interrupted" in err
    assert "Traceback" not in err
    small.twin.control.clear_faults()
    (run,) = small.trueup("runs", "--json").ok().json["runs"]
    assert (run["status"], run["exit_code"]) == ("interrupted", 130)
