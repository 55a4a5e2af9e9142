"""The two stages that are measured; in a module of their own, for the process that runs them imports them by name."""

from __future__ import annotations

import resource
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def made(people: int) -> dict[str, Any]:
    """The generator alone: people, deals, activities, faults and their judging."""
    from trueup.twin.world.make import Maker
    from trueup.twin.world.settings import load_settings

    started = time.perf_counter(), time.process_time()
    findings = sum(len(found) for _, found in Maker(load_settings(), people, 1, date(2026, 11, 20)).units())
    return _measured(people, started) | {"findings": findings}


def served(people: int) -> dict[str, Any]:
    """The twin ready to answer."""
    from trueup.twin.serve import Twin

    with TemporaryDirectory() as folder:
        started = time.perf_counter(), time.process_time()
        with Twin(people, 1, Path(folder)) as twin:
            out = _measured(people, started)
            rows = sum(twin.made["rows"].values())
        size = sum(f.stat().st_size for f in Path(folder).glob("*.db"))
    return out | {"rows": rows, "mb_on_disk": round(size / 1e6)}


def _measured(people: int, started: tuple[float, float]) -> dict[str, Any]:
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "people": people,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "people_per_s": round(people / wall),
        "peak_mb": round(peak),
    }
