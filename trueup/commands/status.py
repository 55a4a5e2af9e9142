"""`trueup status` and `trueup runs`: what is known, how old it is, what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trueup.commands.approvals import verdicts
from trueup.commands.workspace import Workspace
from trueup.model.changes import Plan
from trueup.model.receipts import Run
from trueup.model.records import Snapshot


@dataclass(frozen=True, slots=True)
class Status:
    """Where things stand."""

    snapshots: Sequence[Snapshot]
    open_findings: Mapping[str, int]
    plan: Plan | None
    undecided: int
    approved_unapplied: int
    open_intents: int
    last_run: Run | None


def status(workspace: Workspace) -> Status:
    """Read from the store alone; no CRM is asked."""
    store = workspace.store
    findings: dict[str, int] = {}
    for finding in store.open_findings():
        findings[finding.code] = findings.get(finding.code, 0) + 1
    plan = store.latest_plan()
    undecided = unapplied = 0
    if plan is not None:
        decided = verdicts(workspace, plan)
        done = {receipt.change_id for receipt in store.receipts(plan_id=plan.id)}
        undecided = sum(change.id not in decided for change in plan.changes)
        unapplied = sum(
            change.id in decided and decided[change.id].verdict == "approve" and change.id not in done
            for change in plan.changes
        )
    runs = store.runs(limit=1)
    return Status(
        store.snapshots(),
        dict(sorted(findings.items())),
        plan,
        undecided,
        unapplied,
        len(store.open_intents()),
        runs[0] if runs else None,
    )
