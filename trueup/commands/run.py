"""`trueup run`: the nightly sequence: pull, check, plan, apply what the policy approves by rule, verify, report."""

from __future__ import annotations

from dataclasses import dataclass

from trueup.commands.apply import ApplyResult, apply_within
from trueup.commands.plan import PlanResult, plan_within
from trueup.commands.progress import SILENT, Progress
from trueup.commands.pull import PullResult, pull_within
from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import GuardError
from trueup.sync.settle import settle_open


@dataclass(frozen=True, slots=True)
class RunResult:
    """The parts of one scheduled run. `refused` is the guard's sentence when the plan was too much to apply."""

    run_id: str
    pull: PullResult
    plan: PlanResult
    apply: ApplyResult | None
    refused: str = ""

    @property
    def exit_code(self) -> int:
        """The gravest of: 5 a guard refused, 4 partly applied, 7 not everything was seen, 0."""
        if self.refused:
            return GuardError.exit_code
        if self.apply and self.apply.exit_code:
            return self.apply.exit_code
        return self.pull.exit_code


def run(workspace: Workspace, *, full: bool = False, force: bool = False, progress: Progress = SILENT) -> RunResult:
    """One scheduled run. Safe to start twice (the second is refused) and to kill (the next settles what was open)."""
    with workspace.run("run") as record:
        if workspace.store.open_intents():
            progress.step("Settling what an earlier run left open")
            settle_open(workspace.connectors, workspace.store, now=utcnow)
        pulled = pull_within(workspace, record, full=full, progress=progress)
        planned = plan_within(workspace, record, full=full, progress=progress)
        workspace.store.set_run_plan(record.id, planned.plan.id)
        applied, refused = None, ""
        if planned.approved_by_rule:
            try:
                applied = apply_within(
                    workspace, record, planned.plan, force=force, around_read_only=True, progress=progress
                )
            except GuardError as error:
                refused = error.message
        result = RunResult(record.id, pulled, planned, applied, refused)
        record.counts["waiting"] = planned.waiting
        record.exit_code = result.exit_code
    return result
