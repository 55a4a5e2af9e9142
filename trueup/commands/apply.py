"""`trueup apply`: write what was approved, then read it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trueup.commands.approvals import approved, newest_plan
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import RunRecord, Workspace, utcnow
from trueup.errors import PlanError
from trueup.model.changes import Plan
from trueup.sync.apply import Applied
from trueup.sync.apply import apply as apply_plan
from trueup.sync.verify import Verified
from trueup.sync.verify import verify as verify_plan

PARTLY = 4


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What became of every change of the plan, and whether it holds."""

    run_id: str
    applied: Applied
    verified: Verified

    @property
    def exit_code(self) -> int:
        """0, or 4 when something approved was stale, refused, failed, left unknown or does not hold."""
        return 0 if self.applied.complete and self.verified.ok else PARTLY


def apply(
    workspace: Workspace, plan_id: str | None = None, *, force: bool = False, progress: Progress = SILENT
) -> ApplyResult:
    """Apply the approved changes of a plan (the newest when none is named) and verify them."""
    plan = workspace.store.plan(plan_id) if plan_id else newest_plan(workspace)
    with workspace.run("apply", plan_id=plan.id) as record:
        return apply_within(workspace, record, plan, force=force, progress=progress)


def apply_within(
    workspace: Workspace,
    record: RunRecord,
    plan: Plan,
    *,
    force: bool = False,
    around_read_only: bool = False,
    progress: Progress = SILENT,
) -> ApplyResult:
    """The same inside a run that already holds the lock; `around_read_only` leaves out what may not be written to."""
    from trueup.reconcile.guards import judge

    wanted = approved(workspace, plan)
    # The guards count what would be written now, not all that was proposed.
    guards = judge(wanted, workspace.policy, workspace.store.totals())
    progress.step(f"Applying {len(wanted)} approved changes")
    connectors = workspace.connectors
    applied = apply_plan(
        plan,
        [change.id for change in wanted],
        connectors,
        workspace.store,
        run_id=record.id,
        now=utcnow,
        guards=guards,
        force=force,
        around_read_only=around_read_only,
        progress=progress.applied,
    )
    fresh = {change_id: receipt for change_id, receipt in applied.receipts.items() if change_id in applied.touched}
    if fresh:
        progress.step("Reading back")
    verified = verify_plan(plan, fresh, connectors, workspace.store)
    record.counts |= applied.counts
    result = ApplyResult(record.id, applied, verified)
    record.exit_code = result.exit_code
    return result


def take_file(workspace: Workspace, file: Path) -> str:
    """Take a sealed plan from a file into the store; returns its id. Raises PlanError when it was tampered with."""
    from trueup.reconcile.plan import from_json

    try:
        plan = from_json(file.read_bytes())
    except PlanError as error:
        raise PlanError(f"{file}: {error.message}", hint=error.hint) from error
    workspace.store.save_plan(plan)
    return plan.id
