"""`trueup twin serve` in a process of its own, and its control port."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.check.measured import clean_environment


class Served:
    """A running twin with its state in a folder; `ready` is the line that it printed, `started_s` how long it took."""

    def __init__(self, state: Path, people: int, seed: int, world: Path | None = None) -> None:
        options = ["--people", str(people), "--seed", str(seed), "--state", str(state)]
        if world is not None:
            options += ["--world", str(world)]
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trueup", "twin", "serve", *options],
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.started_s = time.perf_counter() - begun
        if not line:
            raise RuntimeError(f"the twin did not start; it ended with {self.process.wait(60)}")
        self.ready: dict[str, Any] = json.loads(line)

    def write_policy(self, path: Path) -> None:
        """The starter policy, pointed at this twin."""
        from trueup.commands.twin_policy import write_twin_policy

        write_twin_policy(self.ready, path)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)
