"""hubspot-sdk calls the paths of March 2026; the same records stand behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_library_of_the_dated_paths_does_its_ordinary_work(portal: Any, stranger: Callable[..., Any]) -> None:
    loaded = [row["id"] for row in portal.side.dump("contacts")]

    found = stranger("hubspot-sdk==0.1.0a9").script("sdk_client.py")

    assert sorted(found["contacts"]) == sorted(loaded)
    assert found["owners"] == ["ann@twin.example", "bo@twin.example"]
    assert found["made"] in found["conflict"]
    assert (found["missing"], found["updated"]) == (404, "Dated")
    assert found["search"] == [1, "Last5"]
    assert [types for _, types in found["associated"]] == [[1, 279]]
    assert found["merged"][0] == found["merged"][1]
    assert found["pipelines"] == [7]
    assert found["properties"] > 300
    assert all("2026-03" in r["path"] for r in portal.requests())
