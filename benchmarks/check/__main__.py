"""`trueup check` and `trueup plan` from a filled store: wall, CPU, peak memory, where the time goes, and the floor.

    .venv/bin/python -m benchmarks.check [--people 10000,100000] [--seed 1]

The first check of a store also writes the crosswalk and the base of every linked record; the second is what a night
costs. CPU seconds and the ratio to the floor, measured in the same minute, are what to compare on a shared machine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.calls.changes import change_share
from benchmarks.check.filled import POLICY, filled, serving
from benchmarks.check.measured import measured
from trueup.twin.testing import Control

CHANGED = 0.01
"""Share of every object that somebody changes before the incremental pull."""

SHOWN = 0.02
"""Shares of the CPU below this are summed up."""


def main() -> None:
    """Measure every size, then say how the cost grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default="10000", help="sizes, with commas between them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sizes = [int(size) for size in options.people.split(",")]
    costs = {size: of_size(size, options.seed) for size in sizes}
    for smaller, larger in itertools.pairwise(sizes):
        times = ", ".join(f"{verb} {costs[larger][verb] / costs[smaller][verb]:.1f}" for verb in costs[larger])
        print(f"{smaller:,} → {larger:,} people (times {larger / smaller:.0f}), CPU times: {times}")


def of_size(people: int, seed: int) -> dict[str, float]:
    """Measure one size and print it; gives the CPU seconds of each row."""
    folder, made = filled(people, seed)
    print(f"\n{people:,} people, seed {seed}")
    for name, row in made.items():
        _row(name, row)
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for name in (POLICY, "secrets"):
        (work / name).symlink_to(folder / name)
    shutil.copy(folder / "trueup.db", work / "trueup.db")
    trueup = [sys.executable, "-m", "trueup"]
    measured([*trueup, "db", "upgrade"], work)  # a kept store may be an older program's
    rows: dict[str, dict[str, Any]] = {}

    def run(name: str, command: list[str]) -> dict[str, Any]:
        rows[name] = measured(command, work, codes=(0, 3))
        _row(name, rows[name], rows["floor"]["cpu"])
        return rows[name]

    floor = run("floor", [sys.executable, "-m", "benchmarks.check.floor", str(work / "trueup.db")])
    run("check, first", [*trueup, "check"])
    run("check, again", [*trueup, "check"])
    shutil.copytree(folder / "twin", work / "twin")  # it will be changed, and the kept store knows it unchanged
    with serving(work, people, seed) as twin:
        (work / POLICY).unlink()
        (work / "secrets").unlink()
        twin.write_policy(work / POLICY)
        control = Control(twin.ready["control"]["url"])
        run("plan", [*trueup, "plan"])
        _pull(run, control, "nothing new")
        change_share(control, work / "twin", CHANGED)
        _pull(run, control, f"{CHANGED:.0%} changed")
        run(f"check, {CHANGED:.0%} changed", [*trueup, "check"])
        run("check, in full", [*trueup, "check", "--full"])
        control.close()
    inside = measured([sys.executable, "-m", "benchmarks.check.phases", POLICY, "check"], work)
    told = json.loads(inside["output"].splitlines()[-1])
    _phases(told["phases"])
    print(f"  floor: {json.loads(floor['output'].splitlines()[-1])}; {told['counts']}")
    shutil.rmtree(work)
    return {name: row["cpu"] for name, row in rows.items()}


def _pull(run: Callable[..., dict[str, Any]], control: Control, what: str) -> None:
    """A pull, and its own floor: the same requests once more from a client that only parses the answers."""
    since = int(control.state()["counts"]["requests"])
    pulled = run(f"pull, {what}", [sys.executable, "-m", "trueup", "pull"])
    until = int(control.state()["counts"]["requests"])
    again = [sys.executable, "-m", "benchmarks.check.replay", control.url, str(since), str(until)]
    told = run("  its requests only", again)
    ratio = pulled["cpu"] / told["cpu"]
    print(f"  {'':18} {json.loads(told['output'].splitlines()[-1])}; the pull takes {ratio:.1f} × the CPU of that")


def _row(name: str, row: dict[str, Any], floor: float = 0.0) -> None:
    cpu, peak = row.get("cpu"), row.get("peak")
    said = f"  {name:18} wall {row['wall']:7.1f} s"
    if cpu is not None and peak is not None:
        said += f"   CPU {cpu:7.1f} s   peak {peak:6.0f} MB"
        said += f"   {cpu / floor:5.1f} × floor" if floor else ""
    print(said, flush=True)


def _phases(phases: dict[str, dict[str, float]]) -> None:
    """Check by check within a family is one share; so is whatever is small."""
    shares: dict[str, list[float]] = {}
    for name, cost in phases.items():
        share = shares.setdefault(name.partition(":")[0] if name.startswith("checks ") else name, [0.0, 0.0])
        share[0] += cost["wall"]
        share[1] += cost["cpu"]
    total = sum(cpu for _, cpu in shares.values())
    small = [0.0, 0.0]
    print("  where a repeated check's time goes:          wall      CPU")
    for name, (wall, cpu) in sorted(shares.items(), key=lambda item: -item[1][1]):
        if cpu < SHOWN * total:
            small = [small[0] + wall, small[1] + cpu]
        else:
            print(f"    {name:38} {wall:7.1f}  {cpu:7.1f}")
    print(f"    {'everything smaller':38} {small[0]:7.1f}  {small[1]:7.1f}")


if __name__ == "__main__":
    main()
