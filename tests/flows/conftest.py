"""Worlds for the flows: one that is pulled and planned once a session and copied, and a small one made afresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_desk import MANY_UPDATES, Desk, Prepared, desk_over_twin

PEOPLE = 500


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A world of some hundred people, pulled and planned."""
    return Prepared.make(tmp_path_factory.mktemp("prepared"), PEOPLE, seed=5, world=MANY_UPDATES)


@pytest.fixture
def desk(prepared: Prepared, tmp_path: Path) -> Iterator[Desk]:
    """That world for one test alone; its twin may be written to."""
    with prepared.desk(tmp_path / "desk") as made:
        yield made


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Desk]:
    """A small world of its own with nothing pulled yet."""
    with desk_over_twin(tmp_path / "desk", people=40, seed=2) as made:
        yield made
