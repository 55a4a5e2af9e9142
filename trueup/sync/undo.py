"""Take a run back: turn its journal into a plan of its own, which is applied like any other.

What somebody touched since is stale and stays; what cannot come back is listed before anything happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from trueup.model.changes import Action, Change, Loss, Plan
from trueup.model.policy import Policy
from trueup.model.receipts import Outcome
from trueup.model.records import Record
from trueup.model.schema import Capabilities
from trueup.reconcile.plan import seal
from trueup.reconcile.reversing import reverse
from trueup.store import Store
from trueup.sync.placeholders import filled_in, made_by

ALL_RUNS = 1_000_000
"""More than there are."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """The plan that takes a run back, what stays away, and the changes of which at least a part comes back."""

    plan: Plan
    lost: tuple[Loss, ...]
    undone: tuple[Change, ...] = ()


def undo_plan(
    of: Plan, store: Store, policy: Policy, capabilities: Mapping[str, Capabilities], *, now: datetime
) -> Undoing:
    """Make the plan that undoes what was applied of `of`."""
    receipts = {r.change_id: r for r in store.receipts(plan_id=of.id) if r.outcome is Outcome.APPLIED}
    made, created = made_by(of, receipts), made_by(of, receipts, merged=False)
    applied = []
    planned = []
    for change in of.changes:
        if (receipt := receipts.get(change.id)) is None:
            continue
        planned.append(change)
        if change.action in (Action.MERGE, Action.CONVERT):
            applied.append((filled_in(change, created), receipt))
        else:
            # What was written to a record that was merged since is found at its new address.
            ref = receipt.ref and made.get(receipt.ref, receipt.ref)
            applied.append((filled_in(change, made), replace(receipt, ref=ref)))
    changes, lost = reverse(applied, capabilities, _before(of, store))
    plan = seal(changes, (), of.snapshots, policy, now, undoes=of.id)
    stays = {loss.change.id for loss in lost if not loss.comes_back}
    undone = (c for c, (real, _) in zip(planned, applied, strict=True) if real.id not in stays)
    return Undoing(plan, tuple(lost), tuple(undone))


def _before(of: Plan, store: Store) -> dict[str, Record]:
    """Every change's target as the journal holds it from just before the write."""
    found: dict[str, Record] = {}
    for run in store.runs(limit=ALL_RUNS):
        if run.plan_id == of.id:
            found |= {i.change.id: i.image for i in store.intents(run.id) if i.image is not None}
    return found
