"""Ten thousand rows on one time stamp: no page border, lost cursor, storm or merge meanwhile loses or doubles one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import campaigns
import pytest
from salesforce_org import Org, id_, running
from salesforce_storms import Store, assert_held, assert_true, night, states, weather

from trueup.errors import RemoteError

OBJECTS = ("Contact",)
ON_ONE = 0.9
"""At least so many of the rows still have the one stamp when a seed begins."""


def a_storm(org: Org, seed: int) -> None:
    """The first pull and the next night's in a storm while somebody works, then one in calm weather."""
    draw = random.Random(seed)
    store = Store(OBJECTS)
    for _ in range(2):
        began = states(org, OBJECTS)
        connector = org.connector(read_by=draw.choice(("auto", "query", "composite", "bulk")), page_size=1000)
        weather(org, draw, 0.3)
        try:
            said = night(org, store, connector, draw, busy=0.7)
        except RemoteError:
            said = {"Contact": "gave up"}
        finally:
            org.faults.clear()
            connector.close()
        campaigns.count(said["Contact"])
        if said["Contact"] == "complete":
            assert_held(store, "Contact", began["Contact"], states(org, OBJECTS)["Contact"])
        org.clock.advance(draw.choice((30, 400, 86_400)))
    org.clock.advance(600)
    said = night(org, store, org.connector(), draw, busy=0)
    assert said == {"Contact": "complete"}, seed
    assert_true(store, org)


@pytest.mark.campaign
def test_storms_over_one_stamp_lose_and_double_nothing(tmp_path: Path) -> None:
    rows, seeds = campaigns.part(10_000, least=2_500), campaigns.part(200, least=2)
    for first in range(0, seeds, 25):
        folder = tmp_path / str(first)
        folder.mkdir()
        with running(folder, people=rows, same_stamp=True) as org:
            for seed in range(9000 + first, 9000 + min(first + 25, seeds)):
                stamps = [row["SystemModstamp"] for row in org.side.dump("Contact") if not row["IsDeleted"]]
                assert max(stamps.count(s) for s in set(stamps)) >= ON_ONE * rows
                campaigns.count("seeds")
                a_storm(org, seed)


@pytest.mark.parametrize(
    "way",
    [pytest.param("query", marks=pytest.mark.campaign), "composite", pytest.param("bulk", marks=pytest.mark.campaign)],
)
def test_ten_thousand_rows_on_one_stamp_and_a_lost_cursor_lose_nothing(tmp_path: Path, way: str) -> None:
    people = 10_000 if way == "composite" else campaigns.part(10_000, least=2_500)
    with running(tmp_path, people=people, same_stamp=True) as org:
        connector = org.connector(read_by=way, page_size=1000)
        pull: Any = connector.pull("Contact", None)
        pages = [next(pull)]
        org.side.expire_cursors()
        while True:
            try:
                pages.append(next(pull))
            except StopIteration as end:
                summary = end.value
                break
        seen = [record.ref.id for page in pages for record in page.records]
        assert len(seen) == len(set(seen)) == people
        assert set(seen) == {id_("Contact", n) for n in range(1, people + 1)}
        assert summary.complete
