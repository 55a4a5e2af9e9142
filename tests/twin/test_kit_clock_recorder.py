"""The twin's clock and its lists."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trueup.twin.kit import Clock, Recorder

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


def test_the_clock_runs_jumps_stands_still_and_runs_on() -> None:
    clock = Clock(NOON)
    assert NOON <= clock.now() < NOON + timedelta(seconds=5)
    clock.freeze()
    first = clock.now()
    time.sleep(0.01)
    assert clock.now() == first
    clock.advance(3600)
    assert clock.now() == first + timedelta(hours=1)
    clock.set(NOON)
    assert clock.now() == NOON
    clock.thaw()
    time.sleep(0.01)
    assert clock.now() > NOON


def test_the_clock_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        Clock().set(datetime(2026, 1, 1))


def test_the_lists_survive_a_restart_and_go_on_counting(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.db")
    for n in range(1000):
        recorder.respond(recorder.request("a", "GET", f"/{n}", "", {}, b""), 200, 1)
    recorder.close()
    again = Recorder(tmp_path / "log.db")
    assert again.request("b", "GET", "/x", "", {}, b"") == 1001
    assert len(list(again.requests(since=990))) == 11
    assert [r["path"] for r in again.requests(side="b")] == ["/x"]
    assert again.counts == {"requests": 1001, "writes": 0}
    again.close()
    again.close()


def test_a_huge_body_is_cut_and_says_so() -> None:
    recorder = Recorder()
    recorder.request("a", "POST", "/", "", {}, b"x" * 1_000_000)
    (row,) = recorder.requests()
    assert row["body"].endswith("(1000000 characters)")
    assert len(row["body"]) < 300_000
    recorder.close()
