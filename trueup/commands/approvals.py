"""Who approved what: decisions of people and of rules, and what they make of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import PlanError, UsageError
from trueup.model.changes import Change, Plan
from trueup.model.receipts import Decision, Verdict

BY_RULE = "rule:"


def approve_by_rule(workspace: Workspace, plan: Plan) -> int:
    """Approve the classes of change that the policy names; returns how many changes of the plan are approved by rule.

    A person's earlier verdict on the very same change stands.
    """
    rules = workspace.policy.approve
    decided = verdicts(workspace, plan)
    named = [c for c in plan.changes if c.rule in rules.by_rule and c.rule not in rules.never_by_rule]
    fresh = [c for c in named if c.id not in decided]
    workspace.store.decide(*(Decision(c.id, Verdict.APPROVE, f"{BY_RULE}{c.rule}", plan.made_at) for c in fresh))
    return len(fresh) + sum(decided[c.id].verdict is Verdict.APPROVE for c in named if c.id in decided)


def verdicts(workspace: Workspace, plan: Plan) -> Mapping[str, Decision]:
    """The newest unexpired decision about each change of the plan."""
    return workspace.store.change_decisions(plan.id, at=utcnow())


def approved(workspace: Workspace, plan: Plan) -> list[Change]:
    """The changes of the plan that may be written, in its order."""
    decided = verdicts(workspace, plan)
    return [c for c in plan.changes if c.id in decided and decided[c.id].verdict is Verdict.APPROVE]


@dataclass(frozen=True, slots=True)
class Decided:
    """What one approving or rejecting came to."""

    plan: Plan
    verdict: Verdict
    changes: tuple[Change, ...]


def approve(
    workspace: Workspace,
    plan_id: str | None,
    *,
    ids: Sequence[str] = (),
    rules: Sequence[str] = (),
    everything: bool = False,
    reject: bool = False,
    by: str,
    note: str = "",
) -> Decided:
    """Approve or reject changes of a plan by id (a unique beginning is enough), by class, or all of them."""
    plan = workspace.store.plan(plan_id) if plan_id else newest_plan(workspace)
    if not (ids or rules or everything):
        raise UsageError("Say which changes: ids, --rule CLASS or --all.", hint="trueup report lists them.")
    classes = {change.rule for change in plan.changes}
    for rule in rules:
        if rule not in classes:
            listed = ", ".join(sorted(classes)) or "none"
            raise UsageError(f"Plan {plan.id} has no changes of class {rule!r}.", hint=f"It has: {listed}.")
    by_id = {change.id: change for change in plan.changes}
    named = {_whole_id(start, by_id, plan) for start in ids}
    chosen = [c for c in plan.changes if everything or c.rule in rules or c.id in named]
    verdict = Verdict.REJECT if reject else Verdict.APPROVE
    decide(workspace, chosen, verdict, by=by, note=note)
    return Decided(plan, verdict, tuple(chosen))


def _whole_id(start: str, by_id: Mapping[str, Change], plan: Plan) -> str:
    found = [change_id for change_id in by_id if change_id.startswith(start)]
    if len(found) != 1:
        many = "no change" if not found else f"{len(found)} changes"
        raise UsageError(f"Plan {plan.id} has {many} whose id begins with {start!r}.")
    return found[0]


def newest_plan(workspace: Workspace) -> Plan:
    """The newest plan. Raises PlanError when there is none."""
    plan = workspace.store.latest_plan()
    if plan is None:
        raise PlanError("There is no plan yet.", hint="Make one: trueup plan")
    return plan


def decide(workspace: Workspace, changes: Sequence[Change], verdict: Verdict, *, by: str, note: str = "") -> None:
    """Record a person's verdict on changes."""
    now = utcnow()
    workspace.store.decide(*(Decision(change.id, verdict, by, now, note) for change in changes))
