"""`trueup verify`: read back what a plan wrote, any time later."""

from __future__ import annotations

from trueup.commands.approvals import newest_plan
from trueup.commands.workspace import Workspace
from trueup.sync.verify import Verified
from trueup.sync.verify import verify as verify_plan


def verify(workspace: Workspace, plan_id: str | None = None) -> Verified:
    """Compare what every applied change of the plan wrote with what the CRM holds now."""
    plan = workspace.store.plan(plan_id) if plan_id else newest_plan(workspace)
    receipts = {receipt.change_id: receipt for receipt in workspace.store.receipts(plan_id=plan.id)}
    with workspace.run("verify", plan_id=plan.id) as record:
        verified = verify_plan(plan, receipts, workspace.connectors, workspace.store)
        record.counts |= {"checked": verified.checked, "held": verified.held, "drifted": len(verified.drifted)}
        record.exit_code = 0 if verified.ok else 4
    return verified
