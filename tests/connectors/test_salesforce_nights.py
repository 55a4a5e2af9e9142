"""Nights in a storm: whatever the wire does and whoever works meanwhile, what is held ends true, or the pull says not."""

from __future__ import annotations

import random
from pathlib import Path

import campaigns
import pytest
from salesforce_org import Org, running
from salesforce_storms import Store, assert_held, assert_true, night, somebody_works, states, weather

from trueup.errors import RemoteError

OBJECTS = ("Account", "Contact", "Lead", "Task")


def a_week(org: Org, seed: int, nights: int) -> None:
    draw = random.Random(seed)
    store = Store(OBJECTS)
    for number in range(nights):
        org.faults.clear()
        began = states(org, OBJECTS)
        connector = org.connector(
            read_by=draw.choice(("auto", "query", "composite", "bulk")),
            page_size=200,
            bulk_page_rows=draw.choice((150, 250_000)),
        )
        if number or draw.random() < 0.5:
            weather(org, draw, 0.3)
        try:
            _ = connector.capabilities
            said = night(org, store, connector, draw, busy=0.5)
        except RemoteError:
            campaigns.count("nights that gave up")
            continue
        finally:
            org.faults.clear()
            connector.close()
        ended = states(org, OBJECTS)
        for name, word in said.items():
            campaigns.count(word)
            if word == "complete":
                assert_held(store, name, began[name], ended[name])
        for _ in range(draw.randrange(4)):
            somebody_works(org, draw, OBJECTS)
        org.clock.advance(draw.choice((30, 400, 86_400)))
    org.clock.advance(600)
    said = night(org, store, org.connector(), draw, busy=0)
    assert set(said.values()) == {"complete"}, said
    assert_true(store, org)


def test_a_week_in_a_storm_ends_true(tmp_path: Path) -> None:
    with running(tmp_path, people=260) as org:
        a_week(org, 1, nights=3)


@pytest.mark.campaign
def test_weeks_in_many_storms_end_true(tmp_path: Path) -> None:
    for seed in range(5000, 5000 + campaigns.part(200, least=2)):
        campaigns.count("seeds")
        folder = tmp_path / str(seed)
        folder.mkdir()
        with running(folder, people=260) as org:
            a_week(org, seed, nights=4)
