"""`trueup plan`: the fixes for what is out of true, sealed, for a person to review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trueup.commands.abilities import abilities
from trueup.commands.analysis import Analysis, analysis
from trueup.commands.approvals import approve_by_rule
from trueup.commands.check import CheckResult, remember
from trueup.commands.notes import notes_of
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import RunRecord, Workspace, utcnow
from trueup.model.changes import Change, Plan

if TYPE_CHECKING:
    from trueup.reconcile.propose import Unfixable


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The sealed plan, the check it came from, and the findings nothing was proposed for, each with the reason."""

    plan: Plan
    check: CheckResult
    unfixable: tuple[Unfixable, ...]
    approved_by_rule: int
    asked: tuple[str, ...] = ()
    """The systems that had to be asked something; most plans are made from the store alone."""

    @property
    def waiting(self) -> int:
        """Changes that need a person."""
        return len(self.plan.changes) - self.approved_by_rule


def plan(workspace: Workspace, *, full: bool = False, progress: Progress = SILENT) -> PlanResult:
    """Check, propose and seal; classes of change that the policy names are approved by rule.

    `full` compares all records anew, not only what changed.
    """
    with workspace.run("plan") as record:
        return plan_within(workspace, record, full=full, progress=progress)


def plan_within(
    workspace: Workspace, record: RunRecord, *, full: bool = False, progress: Progress = SILENT
) -> PlanResult:
    """The same inside a run that already holds the lock."""
    before = workspace.calls
    with analysis(workspace, at=utcnow(), full=full, keep=True, progress=progress) as found:
        checked = remember(workspace, record, found, ask=True)
        progress.step("Planning")
        result = _propose(workspace, found, checked)
    asked = sorted(system for system, calls in workspace.calls.items() if calls > before.get(system, 0))
    return replace(result, asked=tuple(asked))


def _propose(workspace: Workspace, found: Analysis, checked: CheckResult) -> PlanResult:
    from trueup.reconcile.guards import judge
    from trueup.reconcile.plan import seal
    from trueup.reconcile.propose import propose

    proposal = propose(found.con, workspace.policy, checked.findings, abilities(workspace), found.at, frame=found.frame)
    changes: Sequence[Change] = proposal.changes
    sealed = seal(
        changes,
        judge(changes, workspace.policy, found.totals),
        tuple(snapshot.id for snapshot in workspace.store.snapshots()),
        workspace.policy,
        found.at,
    )
    workspace.store.save_plan(sealed)
    workspace.store.save_notes(sealed.id, notes_of(found, checked.findings, proposal))
    approved = approve_by_rule(workspace, sealed)
    return PlanResult(sealed, checked, tuple(proposal.unfixable), approved)
