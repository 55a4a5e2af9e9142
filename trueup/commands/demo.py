"""`trueup demo`: everything once, on a local twin: look, plan, apply, verify, look again, take back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trueup.commands.apply import apply
from trueup.commands.approvals import approved, decide, verdicts
from trueup.commands.check import check
from trueup.commands.plan import plan
from trueup.commands.progress import SILENT, Progress
from trueup.commands.pull import pull
from trueup.commands.report import gather, write_report
from trueup.commands.twin_policy import write_twin_policy
from trueup.commands.undo import undo
from trueup.commands.workspace import Workspace
from trueup.errors import TrueupError, UsageError
from trueup.model.changes import Change, Reversal
from trueup.model.receipts import Verdict

Say = Callable[[str], None]
SAMPLE_OF_EACH = 3
"""How many changes of every class that waits for a person the demo approves in a person's place."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo came to: what was found first, what is left of the approved kinds, where the report lies."""

    findings: int
    applied: int
    still_fixable: int
    undone: int
    report: Path
    policy: Path

    @property
    def exit_code(self) -> int:
        """0 when everything that was approved is in true, and the undone plan came back whole."""
        return 0 if self.still_fixable == 0 else 1


def demo(*, people: int, seed: int, folder: Path, say: Say, progress: Progress = SILENT) -> Demo:
    """Run the demo in a folder of its own, which is made anew."""
    _fresh(folder)
    say(f"1  Starting a twin: a Salesforce and a HubSpot on this machine, {people} people, planted faults")
    with _twin(people=people, seed=seed, folder=folder) as ready:
        policy = folder / "trueup.yaml"
        write_twin_policy(ready, policy)
        say(f"   Salesforce {ready['salesforce']['url']}, HubSpot {ready['hubspot']['url']}; policy {policy}")
        with Workspace.from_file(policy) as workspace:
            return _tour(workspace, folder, say, progress)


def _tour(workspace: Workspace, folder: Path, say: Say, progress: Progress) -> Demo:
    pulled = pull(workspace, progress=progress)
    say(f"2  Pulled {sum(p.rows for p in pulled.pulled):,} rows of {len(pulled.pulled)} objects from both")

    planned = plan(workspace, progress=progress)
    findings = planned.check.findings
    families = Counter(finding.code[:3] for finding in findings)
    counted = ", ".join(f"{count} {family}" for family, count in sorted(families.items()))
    say(f"3  Checked: {len(findings)} findings ({counted})")
    say(f"4  Planned {len(planned.plan.changes)} changes; {planned.approved_by_rule} approved by the policy's rules")
    say(f"   The verdict: {gather(workspace, planned.plan.id, quick=True).verdict}")

    sample = _sample(workspace, planned.plan.changes)
    decide(workspace, sample, Verdict.APPROVE, by="demo", note="approved by the demo in a person's place")
    say(f"5  Approved {len(sample)} more in your place: {_classes(sample)}")

    wanted = approved(workspace, planned.plan)
    before = folder / "before.html"
    write_report(workspace, before, plan_id=planned.plan.id)
    result = apply(workspace, planned.plan.id, force=True, progress=progress)
    counts = result.applied.counts
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count and outcome != "planned")
    say(f"6  Applied and read back: {said}; {result.verified.held} of {result.verified.checked} hold")
    report = folder / "report.html"
    write_report(workspace, report, plan_id=planned.plan.id)

    pull(workspace, progress=progress)
    left = _still_fixable(workspace, wanted, progress)
    say(f"7  Checked again: {left} of what was approved and applied is still to be fixed")

    undone = undo(workspace, planned.plan.id, by="demo", force=True, progress=progress)
    back = undone.result.applied.counts["applied"] if undone.result else 0
    partly = sum(bool(loss.comes_back) for loss in undone.undoing.lost)
    away = f"{len(undone.undoing.lost) - partly} cannot be" + (f", {partly} only in part" if partly else "")
    say(f"8  Took it all back: {back} changes undone, {away} (said beforehand)")
    return Demo(len(findings), counts["applied"], left, back, report, folder / "trueup.yaml")


def _sample(workspace: Workspace, changes: tuple[Change, ...]) -> list[Change]:
    """A few of every class that waits for a person; of what cannot be taken back, one."""
    decided = verdicts(workspace, workspace.store.plan(workspace.store.plan_ids(1)[0]))
    taken: Counter[str] = Counter()
    sample = []
    for change in changes:
        most = 1 if change.reversal is Reversal.NONE else SAMPLE_OF_EACH
        if change.id not in decided and taken[change.rule] < most and not change.needs:
            taken[change.rule] += 1
            sample.append(change)
    return sample


def _classes(changes: list[Change]) -> str:
    counted = Counter(change.rule for change in changes)
    return ", ".join(f"{count} {rule}" for rule, count in sorted(counted.items())) or "nothing"


def _still_fixable(workspace: Workspace, wanted: list[Change], progress: Progress) -> int:
    """Approved changes whose finding is there again."""
    fixed = {change.finding for change in wanted if change.finding}
    return sum(finding.id in fixed for finding in check(workspace, progress=progress).findings)


def _fresh(folder: Path) -> None:
    """An empty folder; refuses one that holds anything but an earlier demo."""
    marker = folder / ".trueup-demo"
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise UsageError(f"{folder} holds something that is not a demo's.", hint="Name another with --folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()


@contextmanager
def _twin(*, people: int, seed: int, folder: Path) -> Iterator[dict[str, Any]]:
    """A twin in a process of its own, for as long as the demo needs it."""
    command = [sys.executable, "-m", "trueup", "twin", "serve", "--people", str(people), "--seed", str(seed)]
    log = folder / "twin.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--state", str(folder / "twin")], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise TrueupError("The twin did not start.", hint=f"See {log}")
            yield json.loads(line)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
