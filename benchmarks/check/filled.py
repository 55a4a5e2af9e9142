"""A filled store of the seeded world: served by the twin, pulled over HTTP, and kept for the next run."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.check.measured import measured
from benchmarks.served import Served

POLICY = "trueup.yaml"


def folder_of(people: int, seed: int) -> Path:
    """Where the store of that world is kept."""
    return Path(tempfile.gettempdir()) / f"trueup-bench-check-{os.getuid()}" / f"seed{seed}-people{people}"


def filled(people: int, seed: int) -> tuple[Path, dict[str, Any]]:
    """The folder with policy and store, and what making it cost (nothing when it was there)."""
    folder = folder_of(people, seed)
    finished = folder / "filled"
    if finished.exists():
        return folder, {}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("trueup.db", "trueup.db-wal", "trueup.db-shm"):
        (folder / name).unlink(missing_ok=True)
    made = _make(folder, people, seed)
    finished.touch()
    return folder, made


def serving(folder: Path, people: int, seed: int) -> Served:
    """The twin over the world of the folder, for what has to ask the CRMs."""
    return Served(folder / "twin", people, seed)


def _make(folder: Path, people: int, seed: int) -> dict[str, Any]:
    with serving(folder, people, seed) as twin:
        twin.write_policy(folder / POLICY)
        pull = measured([sys.executable, "-m", "trueup", "pull"], folder)
    return {"world ready": {"wall": twin.started_s}, "pull": pull}
