"""Over a twin's world, edited by others night after night: a check that remembers says what a full one says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from identity_worlds import told

from trueup.commands.analysis import frame
from trueup.commands.check import check
from trueup.commands.pull import pull
from trueup.commands.twin_policy import write_twin_policy
from trueup.commands.workspace import Workspace
from trueup.reconcile.identity.recall import Recall
from trueup.twin.testing import running


def test_after_edits_deletes_merges_and_creates_both_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    far = Recall.far

    def counted(self: Any, keys: Any, found: Any) -> Any:
        compared.append(len(keys))
        return far(self, keys, found)

    monkeypatch.setattr(Recall, "far", counted)
    rng = random.Random(9)
    with running(people=150, seed=9) as twin:
        path = tmp_path / "trueup.yaml"
        write_twin_policy(twin.ready, path)
        with Workspace.from_file(path) as workspace:
            pull(workspace)
            check(workspace)
            for night in range(2):
                people = [row["id"] for row in twin.control.dump("hubspot", "contacts")]
                one, other, third, fourth = rng.sample(people, 4)
                twin.control.edit("hubspot", "contacts", one, {"lastname": "Hofmann", "phone": "+14155550101"})
                twin.control.edit("hubspot", "contacts", other, {"email": f"moved{night}@fen.example"})
                twin.control.delete("hubspot", "contacts", third)
                twin.control.create("hubspot", "contacts", {"lastname": "Hofmann", "phone": "+14155550101"})
                twin.control.merge("hubspot", "contacts", fourth, [one])
                pull(workspace)
                compared.clear()
                with frame(workspace, full=True) as con:
                    full = told(con)
                everything = sum(compared)
                compared.clear()
                with frame(workspace, keep=True) as con:
                    assert told(con) == full
                assert 0 < sum(compared) < everything
