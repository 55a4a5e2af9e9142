"""One stage for all strangers of a worker: making a world costs more than most of their work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_strangers import Stage, stage


@pytest.fixture(scope="session")
def salesforce_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A served twin with the strangers' way to it."""
    with stage(tmp_path_factory.mktemp("salesforce-strangers")) as made:
        yield made
