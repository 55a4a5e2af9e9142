"""`trueup check` compares what changed, `--full` everything; the file in which it remembers may be lost or spoilt."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from csv_workspace import CsvWorkspace

from trueup.reconcile.identity.recall import Recall

DESK = "+44 20 7946 0099"
COLLEAGUES = "".join(f"s{n},{first},{last},,{DESK},,,,Working,owners/o1,\n" for n, first, last in (
    (11, "Greta", "Lindqvist"), (12, "Hugo", "Marchetti"), (13, "Irene", "Papadaki"), (14, "Jonas", "Weber")))  # fmt: skip


@pytest.fixture
def space(tmp_path: Path) -> CsvWorkspace:
    made = CsvWorkspace(tmp_path / "space")
    with (made.folder / "sales" / "people.csv").open("a", encoding="utf-8") as file:
        file.write(COLLEAGUES)
    made.run("pull")
    return made


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many candidate pairs were compared since it was last asked."""
    counts: list[int] = []
    far = Recall.far

    def counted(self: Any, keys: Any, found: Any) -> Any:
        counts.append(len(keys))
        return far(self, keys, found)

    def asked() -> int:
        told = sum(counts)
        counts.clear()
        return told

    monkeypatch.setattr(Recall, "far", counted)
    return asked


def findings(space: CsvWorkspace, *arguments: str) -> Any:
    told = space.json(*arguments, "--limit", "0")
    return json.dumps({key: value for key, value in told.items() if key != "run"}, sort_keys=True)


def test_what_did_not_change_is_not_compared_again_unless_asked(space: CsvWorkspace, compared: Any) -> None:
    first = findings(space, "check")
    everything = compared()
    assert everything >= 6
    assert findings(space, "check") == first
    assert compared() <= everything - 6
    assert findings(space, "check", "--full") == first
    assert compared() == everything
    space.run("plan")
    assert compared() <= everything - 6
    space.run("plan", "--full")
    assert compared() == everything


def test_a_lost_or_spoilt_memory_costs_a_full_comparison_and_a_word(
    space: CsvWorkspace, compared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first, file = findings(space, "check"), space.folder / "trueup.db.settled"
    everything = compared()
    good = file.read_bytes()
    at = good.index(b"person_marks.npy") + 200  # within the marks themselves
    harms = {
        "nothing": None,
        "torn": good[: len(good) // 2],
        "flipped": good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :],
        "another": b"PK",
    }
    for harm, content in harms.items():
        file.unlink() if content is None else file.write_bytes(content)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert findings(space, "check") == first
        assert compared() == everything, harm
        said = [record.getMessage() for record in caplog.records]
        assert (content is None) == (said == []), harm
        assert all("Comparing everything anew" in line and str(file) in line for line in said)


def test_where_it_cannot_be_kept_the_check_says_so_and_is_done(
    space: CsvWorkspace, compared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (space.folder / "trueup.db.settled").mkdir()
    with caplog.at_level(logging.WARNING):
        first = findings(space, "check")
    assert any("cannot be kept" in record.getMessage() for record in caplog.records)
    everything = compared()
    assert findings(space, "check", "--full") == first
    assert compared() == everything


def test_looking_leaves_no_memory_behind(space: CsvWorkspace) -> None:
    space.run("match", "explain", "sales:people/s1", "mail:people/m1")
    assert not (space.folder / "trueup.db.settled").exists()
