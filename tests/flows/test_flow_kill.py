"""Kill `trueup run` at random moments, start it again until it ends, and let a stranger read the CRMs' own lists."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from pathlib import Path

import campaigns
import pytest
from flow_desk import Desk, desk_over_twin
from history_check import lost, twice, unasked

SEEDS = 16
BY_RULE = (
    "by_rule: [fill_blank, normalize, conflict, link_id, stage_forward, stage_back, owner, merge, convert, create]"
)

STORM = (
    {"action": "answer", "status": 503, "probability": 0.08},
    {"action": "answer", "status": 429, "headers": {"Retry-After": "0"}, "probability": 0.08},
    {"action": "reset_before", "probability": 0.07},
    {"action": "reset_after", "probability": 0.07},
)
"""Together they strike three requests in ten."""


def everything_by_rule(desk: Desk) -> None:
    """A policy under which one run writes as much as there is to write, without a person."""
    desk.edit_policy("by_rule: [fill_blank, normalize]", BY_RULE)
    desk.edit_policy("  never_by_rule: [merge, stage_back, delete, create, convert]\n", "  never_by_rule: [delete]\n")
    desk.edit_policy("max_share: 10%", "max_share: 100%")
    desk.edit_policy(
        "create: {person: [], company: [], deal: []}", "create: {person: [hubspot], company: [], deal: []}"
    )


def run_and_kill(desk: Desk, chance: random.Random, what: str) -> bool:
    """Start a run and kill it when the CRMs have seen so many requests, or writes; whether it was killed."""
    counts = desk.twin.control.state()["counts"]
    moment = counts[what] + (chance.randint(1, 60) if what == "requests" else chance.randint(1, 12))
    process = desk.start("run", "--full")
    while process.poll() is None:
        if desk.twin.control.state()["counts"][what] >= moment:
            process.kill()
            break
        time.sleep(0.002)
    process.communicate()
    if process.returncode == -signal.SIGKILL:
        campaigns.count(f"kills by {what}")
        return True
    assert process.returncode in (0, 1, 4, 7), process.returncode
    return False


def approved(desk: Desk) -> set[str]:
    """Ids of all records that any plan of the store names, and the values it puts there."""
    known: set[str] = set()
    with sqlite3.connect(desk.store) as connection:
        for (body,) in connection.execute("SELECT change FROM intents"):
            change = json.loads(body)
            for ref in (change["target"], *change["others"]):
                known.add(ref["id"] if isinstance(ref, dict) else ref.rpartition("/")[2])
    connection.close()
    return known


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(campaigns.part(SEEDS)))
@pytest.mark.parametrize("storm", [False, True], ids=["calm", "storm"])
def test_a_killed_run_loses_nothing_and_does_nothing_twice(tmp_path: Path, storm: bool, seed: int) -> None:
    campaigns.count("seeds")
    chance = random.Random(seed * 2 + storm)
    with desk_over_twin(tmp_path / "desk", people=60, seed=100 + seed) as desk:
        everything_by_rule(desk)
        control = desk.twin.control
        control.fault(action="latency", latency_s=0.02, probability=0.2, seed=seed)
        if storm:
            for number, rule in enumerate(STORM):
                control.fault(**rule, seed=seed * 10 + number)
        # The first run has much to write and is killed at it, if only the storm lets it write; the next find less.
        killed = [run_and_kill(desk, chance, what) for what in ("writes", "requests", "writes")]
        assert killed[0] or storm
        control.clear_faults()
        last = desk.trueup("run", "--full", "--json").ok(0, 4).json
        for _ in range(2):
            if last["counts"]["applied"] == 0 and last["counts"]["stale"] == 0:
                break
            last = desk.trueup("run", "--json").ok(0, 4).json

        runs = desk.trueup("runs", "--json").ok().json["runs"]
        statuses = [run["status"] for run in runs]
        assert statuses.count("interrupted") == sum(killed), runs
        assert "running" not in statuses
        assert last["counts"]["unknown"] == last["counts"]["failed"] == 0, last["counts"]

        writes = desk.writes()
        campaigns.count("writes", len(writes))
        assert writes
        assert twice(writes) == []
        assert lost(writes, desk.store) == []
        assert unasked(writes, approved(desk)) == []
