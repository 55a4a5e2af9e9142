"""`python -m benchmarks.findings [--people 1000] [--seeds 1,2,3]`: a table per code; exit 1 when an aim is missed.

For every seed a twin is served, pulled whole over HTTP, checked with the starter policy, and its open findings are
held against the ledger. A finding counts when code and subjects are the ledger's, and the field too where it names one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from trueup.commands.check import check
from trueup.commands.pull import pull
from trueup.commands.twin_policy import write_twin_policy
from trueup.commands.workspace import Workspace
from trueup.model.findings import Finding
from trueup.twin.testing import running

Key = tuple[str, ...]

AIMS = {"DUP": (0.98, 0.95)}
"""(precision, recall) by family; every other family is a matter of fact: 1.0 and 1.0."""


def key(code: str, field: str, subjects: list[str]) -> Key:
    return (code, field, *sorted(subjects))


def measure(people: int, seed: int) -> tuple[dict[str, tuple[int, int, int]], list[str], float]:
    """For each code (planted, found, right), the first mistakes in words, and the seconds that checking took."""
    with tempfile.TemporaryDirectory() as folder, running(people=people, seed=seed) as twin:
        policy = Path(folder) / "trueup.yaml"
        write_twin_policy(twin.ready, policy)
        ledger = json.loads(Path(twin.ready["ledger"]).read_text(encoding="utf-8"))
        with Workspace.from_file(policy) as workspace:
            pull(workspace)
            started = time.perf_counter()
            findings = check(workspace).findings
            took = time.perf_counter() - started
    return *compare(ledger["findings"], findings), took


def compare(
    planted: list[dict[str, Any]], findings: tuple[Finding, ...]
) -> tuple[dict[str, tuple[int, int, int]], list[str]]:
    by_field = {entry["code"] for entry in planted if entry.get("field")}

    def field(code: str, name: str) -> str:
        return name if code in by_field else ""

    wanted = {key(e["code"], field(e["code"], e.get("field") or ""), e["subjects"]): e for e in planted}
    found = {key(f.code, field(f.code, f.field), [str(ref) for ref in f.subjects]): f for f in findings}
    counts: dict[str, tuple[int, int, int]] = {}
    for code in sorted({k[0] for k in wanted} | {k[0] for k in found}):
        w, g = {k for k in wanted if k[0] == code}, {k for k in found if k[0] == code}
        counts[code] = (len(w), len(g), len(w & g))
    mistakes = [f"missed {' '.join(k)} ({wanted[k].get('note', '')})" for k in sorted(wanted.keys() - found.keys())]
    mistakes += [f"extra  {' '.join(k)} ({'; '.join(found[k].evidence)})" for k in sorted(found.keys() - wanted.keys())]
    return counts, mistakes


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--mistakes", type=int, default=10, help="how many mistakes to show for each seed")
    arguments = parser.parse_args()
    total: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for seed in map(int, arguments.seeds.split(",")):
        counts, mistakes, took = measure(arguments.people, seed)
        print(f"seed {seed}: {arguments.people} people, checked in {took:.1f} s, {len(mistakes)} mistakes")
        for mistake in mistakes[: arguments.mistakes]:
            print(f"   {mistake}")
        for code, numbers in counts.items():
            total[code] = [a + b for a, b in zip(total[code], numbers, strict=True)]
    return report(total)


def report(total: dict[str, list[int]]) -> int:
    print(f"\n{'code':8}{'planted':>9}{'found':>8}{'right':>8}{'precision':>11}{'recall':>9}  aim")
    missed = 0
    for code, (planted, found, right) in sorted(total.items()):
        precision, recall = right / found if found else 1.0, right / planted if planted else 1.0
        aim = AIMS.get(code[:3], (1.0, 1.0))
        good = precision >= aim[0] and recall >= aim[1]
        missed += not good
        mark = "met" if good else "MISSED"
        print(f"{code:8}{planted:9}{found:8}{right:8}{precision:11.4f}{recall:9.4f}  {aim[0]:.2f}/{aim[1]:.2f} {mark}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
