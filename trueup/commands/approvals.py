"""Who approved what: decisions of people and of rules, and what they make of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from trueup.commands.workspace import Workspace, utcnow
from trueup.model.changes import Change, Plan
from trueup.model.receipts import Decision, Verdict

BY_RULE = "rule:"


def approve_by_rule(workspace: Workspace, plan: Plan) -> int:
    """Approve the classes of change that the policy names; returns how many changes of the plan are approved by rule.

    A person's earlier verdict on the very same change stands.
    """
    rules = workspace.policy.approve
    decided = verdicts(workspace, plan)
    count = 0
    for change in plan.changes:
        if change.rule not in rules.by_rule or change.rule in rules.never_by_rule:
            continue
        earlier = decided.get(change.id)
        if earlier is None:
            workspace.store.decide(Decision(change.id, Verdict.APPROVE, f"{BY_RULE}{change.rule}", plan.made_at))
            count += 1
        elif earlier.verdict is Verdict.APPROVE:
            count += 1
    return count


def verdicts(workspace: Workspace, plan: Plan, *, at: datetime | None = None) -> Mapping[str, Decision]:
    """The newest unexpired decision about each change of the plan."""
    now = at or utcnow()
    wanted = {change.id for change in plan.changes}
    found: dict[str, Decision] = {}
    for decision in workspace.store.decisions():
        if decision.subject in wanted and (decision.expires_at is None or decision.expires_at > now):
            known = found.get(decision.subject)
            if known is None or known.at <= decision.at:
                found[decision.subject] = decision
    return found


def approved(workspace: Workspace, plan: Plan) -> list[Change]:
    """The changes of the plan that may be written, in its order."""
    decided = verdicts(workspace, plan)
    return [c for c in plan.changes if c.id in decided and decided[c.id].verdict is Verdict.APPROVE]


def decide(workspace: Workspace, changes: Sequence[Change], verdict: Verdict, *, by: str, note: str = "") -> None:
    """Record a person's verdict on changes."""
    now = utcnow()
    for change in changes:
        workspace.store.decide(Decision(change.id, verdict, by, now, note))
