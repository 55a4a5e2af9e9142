"""`trueup undo`: take back what a run or a plan wrote, as a plan of its own."""

from __future__ import annotations

from dataclasses import dataclass

from trueup.commands.abilities import abilities
from trueup.commands.apply import ApplyResult, apply_within
from trueup.commands.approvals import decide
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import PlanError
from trueup.model.changes import Plan
from trueup.model.receipts import Run, Verdict
from trueup.store import Store
from trueup.sync.undo import Undoing, undo_plan

ALL_PLANS = 1_000_000
"""More than there are."""


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What does not come back, known beforehand, and what the undoing came to (None when it was only looked at)."""

    undoing: Undoing
    result: ApplyResult | None


def undo(
    workspace: Workspace,
    run_or_plan: str | None = None,
    *,
    by: str,
    look_only: bool = False,
    force: bool = False,
    progress: Progress = SILENT,
) -> UndoResult:
    """Undo a plan, given by its id or by that of the run that applied it; the newest applied one when none is given.

    `look_only` makes and shows the plan but does not apply it.
    """
    plan = _applied_plan(workspace, run_or_plan)
    undoing = undo_plan(plan, workspace.store, workspace.policy, abilities(workspace), now=utcnow())
    if look_only:
        return UndoResult(undoing, None)
    with workspace.run("undo", plan_id=undoing.plan.id) as record:
        workspace.store.save_plan(undoing.plan)
        decide(workspace, undoing.plan.changes, Verdict.APPROVE, by=by, note=f"undo of plan {plan.id}")
        result = apply_within(workspace, record, undoing.plan, force=force, progress=progress)
        # What was taken back is not to be done again by the next run: a person must approve it anew.
        decide(workspace, undoing.undone, Verdict.REJECT, by=by, note=f"taken back by plan {undoing.plan.id}")
    return UndoResult(undoing, result)


def _applied_plan(workspace: Workspace, run_or_plan: str | None) -> Plan:
    store = workspace.store
    if run_or_plan is None:
        for run in store.runs(limit=200):
            if run.verb in ("apply", "run") and run.plan_id and run.counts.get("applied"):
                return _still_there(store, run)
        raise PlanError("No run has applied anything yet: there is nothing to undo.")
    known = next((run for run in store.runs(limit=10_000) if run.id == run_or_plan), None)
    if known is not None:
        if not known.plan_id:
            raise PlanError(f"Run {known.id} ({known.verb}) applied no plan.", hint="trueup runs lists those that did")
        return _still_there(store, known)
    return store.plan(run_or_plan)


def _still_there(store: Store, run: Run) -> Plan:
    if run.plan_id not in store.plan_ids(limit=ALL_PLANS):
        raise PlanError(
            f"Run {run.id} can no longer be taken back: what it wrote was forgotten by `trueup db prune`.",
            hint="trueup runs lists the others.",
        )
    return store.plan(run.plan_id)
