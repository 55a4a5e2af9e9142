"""What the HubSpot connector decides without asking: when to send, what to remember, which associations to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trueup.connectors.hubspot.existence import cut_of
from trueup.connectors.hubspot.marks import Mark
from trueup.connectors.hubspot.pace import Burst
from trueup.connectors.hubspot.tie_rounds import next_part
from trueup.connectors.hubspot.types import ACTIVITIES, TYPE_IDS
from trueup.model.records import HighWater

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class Time:
    """A clock that only sleeping and calling move."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def burst(calls: int) -> tuple[Time, Burst]:
    time = Time()
    return time, Burst(calls, 10.0, sleep=time.sleep, clock=time.clock)


def test_the_burst_is_used_to_its_last_call_and_never_over() -> None:
    time, pace = burst(190)
    arrived = []
    for _ in range(1_000):
        pace.wait()
        time.now += 0.02  # the way there: here HubSpot counts
        arrived.append(time.now)
        time.now += 0.03
        pace.answered()

    counted = [sum(1 for other in arrived if at - 10.0 < other <= at) for at in arrived]
    assert max(counted) == 190
    assert time.now < 1_000 / 19 + 1


def test_what_others_use_of_the_app_is_left_to_them() -> None:
    time, pace = burst(100)
    for _ in range(10):
        pace.wait()
        pace.told(100, 100 - 60)  # ten of the sixty are ours
        pace.answered()

    made = 10
    while time.now == 0.0:
        pace.wait()
        pace.answered()
        made += 1
    assert made in range(40, 62)


def test_everything_used_by_others_ends_in_waiting_not_in_standing_still() -> None:
    time, pace = burst(100)
    pace.wait()
    pace.told(100, 0)
    pace.answered()
    time.now += 20

    pace.wait()

    assert time.now < 31


@pytest.mark.parametrize(
    "mark",
    [
        Mark(NOW),
        Mark(NOW, round_since=NOW - timedelta(days=3), round_after=7_000),
        Mark(NOW, unindexed=2),
    ],
)
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert Mark.of(mark.high_water) == mark


def test_a_bare_moment_is_a_mark() -> None:
    assert Mark.of(HighWater("2026-11-20T02:00:00Z")) == Mark(NOW)


@pytest.mark.parametrize("changed", [0, 1, 250, 630, 1_400])
@pytest.mark.parametrize("n", [3, 40, 5_800, 25_000, 63_000])
def test_every_record_is_asked_for_in_each_round_and_batches_go_out_full(n: int, changed: int) -> None:
    ids = [10 + 3 * i for i in range(n)]
    mark, seen, batches = Mark(NOW, round_since=NOW), set[int](), 0
    for night in range(1, 32):
        part, mark = next_part(ids, changed, mark, NOW + timedelta(days=night), days=30, batch=1_000)
        seen.update(part)
        batches += -(-(changed + len(part)) // 1_000)
        if night == 31:
            break

    assert seen == set(ids)
    alone = 31 * -(-changed // 1_000)
    assert batches <= max(alone, -(-(31 * changed + n * 31 // 30) // 1_000)) + 2


def test_each_object_is_counted_once_more_in_turn_and_each_time_elsewhere() -> None:
    cuts = {
        name: [c for n in range(60) if (c := cut_of(name, NOW + timedelta(days=n))) is not None] for name in TYPE_IDS
    }

    assert {name: len(found) for name, found in cuts.items()} == {
        name: 12 if name in ACTIVITIES else 20 for name in TYPE_IDS
    }
    for found in cuts.values():
        gaps = [b - a for a, b in zip([0.0, *sorted(found)], [*sorted(found), 1.0], strict=True)]
        assert max(gaps) < 0.2  # two records further apart than a fifth of all are told apart within one round


def test_a_sweep_that_is_off_asks_for_nothing() -> None:
    assert next_part([1, 2, 3], 5, Mark(NOW), NOW, days=0, batch=1_000) == ((), Mark(NOW))
