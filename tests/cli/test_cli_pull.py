"""`trueup pull`: what its options tell the connectors."""

from __future__ import annotations

from pathlib import Path

import pytest
from csv_workspace import CsvWorkspace

from trueup.connectors.kit import registry
from trueup.connectors.kit.base import Connector, Settings


@pytest.mark.parametrize(("arguments", "asked"), [((), False), (("--all-fields",), True)])
def test_all_fields_are_asked_for_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], asked: bool
) -> None:
    opened: list[bool] = []
    really = registry.open_connector

    def noted(name: str, settings: Settings) -> Connector:
        opened.append(settings.all_fields)
        return really(name, settings)

    monkeypatch.setattr(registry, "open_connector", noted)
    CsvWorkspace(tmp_path / "w").run("pull", *arguments)
    assert opened == [asked, asked]
