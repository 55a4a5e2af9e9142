"""An apply on its way: what is known so far, and every receipt as it comes.

Receipts go into the journal the moment they are known; what follows from one (where a created record is found now,
what this plan itself put where) is remembered for the changes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from trueup.connectors.kit.base import Connector
from trueup.errors import (
    CredentialsError,
    LimitError,
    PermissionDeniedError,
    RefusedError,
    RemoteError,
    UnknownOutcomeError,
)
from trueup.model.changes import Action, Change, Plan
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.sync.placeholders import DONE, note

FINAL = frozenset({Outcome.APPLIED, Outcome.ALREADY, Outcome.STALE, Outcome.REFUSED})
"""Outcomes that an earlier apply of the same plan left for good; failed and unknown ones may be tried again."""

Connectors = Mapping[str, Connector]


@dataclass(slots=True)
class Job:
    """One apply on its way: what is known so far.

    `made` says where created and merged records are found now, `ours` which values this plan itself put where, `known`
    how records look after a merge or conversion of this plan: none of that is somebody else's edit.
    """

    plan: Plan
    run_id: str
    connectors: Connectors
    store: Store
    now: Callable[[], datetime]
    receipts: dict[str, Receipt] = field(default_factory=dict)
    made: dict[Ref, Ref] = field(default_factory=dict)
    ours: dict[Ref, dict[str, str | None]] = field(default_factory=dict)
    known: dict[Ref, Record] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    broken_off: set[str] = field(default_factory=set)
    sent: int = 0


def remember_earlier(job: Job) -> None:
    """Take over what an earlier apply of this plan brought to an end; nothing is sent for it again."""
    for receipt in job.store.receipts(plan_id=job.plan.id):
        if receipt.outcome not in FINAL:
            job.receipts.pop(receipt.change_id, None)
            continue
        done_before = receipt.outcome in DONE
        job.receipts[receipt.change_id] = (
            replace(receipt, outcome=Outcome.ALREADY, message="Applied by an earlier run of this plan.")
            if done_before
            else receipt
        )
    by_id = {change.id: change for change in job.plan.changes}
    for receipt in job.receipts.values():
        note_made(job, by_id.get(receipt.change_id), receipt)


def may_start(job: Job, change: Change) -> bool:
    """Whether nothing stands in the way; if something does, the change gets its receipt here."""
    if why := job.closed.get(change.target.system):
        job.receipts[change.id] = receipt_of(job, change, Outcome.SKIPPED, f"Not tried: {why}")
        return False
    for needed in change.needs:
        earlier = job.receipts.get(needed)
        if earlier is None or earlier.outcome not in DONE:
            state = "was not in this plan" if earlier is None else f"is {earlier.outcome.value}"
            job.receipts[change.id] = receipt_of(job, change, Outcome.SKIPPED, f"Needs {needed}, which {state}.")
            return False
    return True


def fail(job: Job, changes: Sequence[Change], error: RemoteError, *, sent: bool) -> None:
    """A whole batch got no answer that says what became of each change."""
    if sent and isinstance(error, UnknownOutcomeError):
        outcome = Outcome.UNKNOWN
    elif isinstance(error, RefusedError | PermissionDeniedError):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.FAILED
    if isinstance(error, CredentialsError | LimitError):
        job.closed[changes[0].target.system] = error.message
    receipts = [
        Receipt(c.id, outcome, job.now(), code=error.code, message=error.message, request_id=error.request_id)
        for c in changes
    ]
    record(job, changes, receipts)


def record(job: Job, changes: Sequence[Change], receipts: Sequence[Receipt]) -> None:
    """Write receipts down, and what follows from them for the rest of the plan."""
    if not receipts:
        return
    job.store.record_receipts(job.run_id, receipts, job.plan.id)
    by_id = {change.id: change for change in changes}
    for receipt in receipts:
        job.receipts[receipt.change_id] = receipt
        note_made(job, by_id[receipt.change_id], receipt)


def note_made(job: Job, change: Change | None, receipt: Receipt) -> None:
    """Remember under which address a created or merged record is found from now on."""
    if change is None or receipt.ref is None or receipt.outcome not in DONE:
        return
    if change.action is Action.UPDATE:
        job.ours.setdefault(change.target, {})[change.field] = change.after
    elif change.action is Action.MERGE:
        job.ours.setdefault(receipt.ref, {}).update(change.values)
    note(job.made, change, receipt)


def receipt_of(
    job: Job,
    change: Change,
    outcome: Outcome,
    message: str,
    *,
    observed: Mapping[str, str | None] | None = None,
    ref: Ref | None = None,
) -> Receipt:
    """A receipt of now for a change that no connector answered about."""
    return Receipt(change.id, outcome, job.now(), ref, observed or {}, message=message)
