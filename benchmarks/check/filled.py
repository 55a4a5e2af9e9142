"""A filled store of the seeded world: served by the twin, pulled over HTTP, and kept for the next run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.check.measured import clean_environment, measured

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


def serving(folder: Path, people: int, seed: int) -> Twin:
    """The twin over the world of the folder, for what has to ask the CRMs."""
    return Twin(folder, people, seed)


def _make(folder: Path, people: int, seed: int) -> dict[str, Any]:
    begun = time.perf_counter()
    with serving(folder, people, seed) as twin:
        ready = time.perf_counter() - begun
        twin.write_policy()
        pull = measured([sys.executable, "-m", "trueup", "pull"], folder)
    return {"world ready": {"wall": ready}, "pull": pull}


class Twin:
    """`trueup twin serve` in a process of its own, its state beside the store."""

    def __init__(self, folder: Path, people: int, seed: int) -> None:
        self.folder = folder
        options = ["--people", str(people), "--seed", str(seed), "--state", str(folder / "twin")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trueup", "twin", "serve", *options],
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        assert self._process.stdout is not None
        self.ready_line = self._process.stdout.readline()

    def write_policy(self) -> None:
        """The starter policy, pointed at this twin."""
        import json

        from trueup.commands.twin_policy import write_twin_policy

        write_twin_policy(json.loads(self.ready_line), self.folder / POLICY)

    def __enter__(self) -> Twin:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)
