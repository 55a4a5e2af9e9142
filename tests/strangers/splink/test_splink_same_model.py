"""The model that leaves this machine is the one that was trained: Splink says the same, on DuckDB and on Spark."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

Script = Callable[..., Any]


def test_splink_on_duckdb_weighs_every_pair_as_we_do(script: Script) -> None:
    told = script("same_pairs.py", "duckdb", "150")

    assert told["same_pairs"], "the same candidates, and no other"
    assert told["farthest"] < 1e-9, "match weights are the same number"
    assert told["same_clusters"]
    assert told["strong"] > 50
    assert set(told["levels"]) == {"given_name", "family_name", "email", "city", "postcode"}


@pytest.mark.usefixtures("java")
def test_spark_gives_the_same_pairs_and_clusters(script: Script) -> None:
    told = script("same_pairs.py", "spark", "60")

    assert told["same_pairs"]
    assert told["farthest"] < 1e-9
    assert told["same_clusters"]
    assert told["strong"] > 20
    assert 60 < told["clusters"] < 120, "some are together, not all"


def test_our_statistics_are_splinks_on_the_same_levels(script: Script) -> None:
    told = script("same_statistics.py", "1500")

    assert 0.05 < told["share"] < 0.3
    compared = 0
    for name, plain in told["plain"].items():
        rows = zip(plain["keys"], plain["m"], plain["splink_m"], plain["u"], plain["splink_u"], strict=True)
        for key, m, splink_m, u, splink_u in rows:
            if m > 0.01:  # Splink leaves a level that it never met where it started
                assert m == pytest.approx(splink_m, abs=0.005), f"m of {name}.{key}"
            if u > 0.003:  # both count random pairs; rarer levels are a handful in either sample
                chance = 4 / math.sqrt(told["sample"] * u)
                assert u == pytest.approx(splink_u, rel=max(0.03, chance)), f"u of {name}.{key}"
            if m > 0.01 and u > 0.003:
                compared += 1
                assert math.log2(m / u) == pytest.approx(math.log2(splink_m / splink_u), abs=0.35), f"{name}.{key}"
    assert compared >= 6
