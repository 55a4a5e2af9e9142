"""Carry out the approved part of a sealed plan: look again, write down the intent, write, write down the answer.

The order of things for every batch, and why:

1. **look**: read the records now. What moved since the plan is stale and stays as it is.
2. **intend**: the changes and the records' before-images go into the journal, committed, before the wire. A crash
   after this leaves an open intent, which the next run settles by looking (`trueup.sync.settle`).
3. **write**: one request; the connector gives one receipt per change.
4. **record**: the receipts go into the journal, committed.

A lost answer is *unknown*: it is settled by looking before this run ends, and blocks what depends on it until then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trueup.connectors.kit.base import Connector
from trueup.errors import (
    GuardError,
    ReadOnlyError,
    RemoteError,
    StalePlanError,
)
from trueup.model.changes import Action, Change, GuardVerdict, Plan
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.sync.batches import batches
from trueup.sync.decide import Decided, Step, decide
from trueup.sync.job import Connectors, Job, fail, may_start, receipt_of, record, remember_earlier
from trueup.sync.placeholders import filled_in, real_value
from trueup.sync.settle import settle_open, settled

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply came to: exactly one receipt for every change of the plan.

    `sent` counts changes that went over the wire; `touched` are the ids that this run looked at or wrote.
    """

    plan: Plan
    receipts: Mapping[str, Receipt]
    sent: int = 0
    touched: frozenset[str] = frozenset()

    @property
    def counts(self) -> Mapping[str, int]:
        """Outcome → number, every outcome named; they add up to `planned`."""
        counted = Counter(receipt.outcome for receipt in self.receipts.values())
        return {"planned": len(self.plan.changes)} | {outcome.value: counted[outcome] for outcome in Outcome}

    @property
    def complete(self) -> bool:
        """Whether nothing that was approved is left in doubt, refused, stale or failed."""
        bad = (Outcome.STALE, Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN)
        return not any(receipt.outcome in bad for receipt in self.receipts.values())


def apply(
    plan: Plan,
    approved: Iterable[str],
    connectors: Connectors,
    store: Store,
    *,
    run_id: str,
    now: Callable[[], datetime],
    guards: Sequence[GuardVerdict] = (),
    force: bool = False,
    around_read_only: bool = False,
    progress: Progress = _silent,
) -> Applied:
    """Apply the approved changes of a plan.

    `guards` are the verdicts on what is approved. Raises StalePlanError when the plan expired, ReadOnlyError when a
    system to be written to is read-only (`around_read_only` leaves its changes out instead), and GuardError when a
    guard tripped and `force` is not set; all before anything is read or written. Everything later ends in receipts.
    """
    if now() > plan.expires_at:
        raise StalePlanError(
            f"Plan {plan.id} expired on {plan.expires_at:%Y-%m-%d %H:%M} UTC.", hint="Make a new one: trueup plan"
        )
    job = Job(plan, run_id, connectors, store, now)
    remember_earlier(job)
    wanted = set(approved)
    todo = _todo(job, wanted)
    todo = _without_read_only(job, todo, leave_out=around_read_only)
    if todo:
        tripped = [guard.what for guard in guards if guard.tripped]
        if tripped and not force:
            raise GuardError(
                " ".join(tripped) + " Nothing was written.",
                hint=f"Look at plan {plan.id}, then: trueup apply {plan.id} --force",
            )
    if todo or store.open_intents():  # what an earlier run left in doubt is settled even if nothing else is to be done
        job.broken_off = settle_open(connectors, store, now=now)
        remember_earlier(job)
        todo = _todo(job, wanted)
        sizes = _sizes(job, todo)
        for batch in batches([change for change in todo if change.id not in job.receipts], sizes):
            _one_batch(job, batch)
            progress(sum(c.id in job.receipts for c in todo), len(todo))
        _settle_unknown(job, todo)
    return Applied(plan, job.receipts, job.sent, frozenset(change.id for change in todo))


def _sizes(job: Job, todo: Sequence[Change]) -> dict[str, Mapping[Action, int]]:
    """What each system takes in one request. The changes of one that does not answer fail; the others go on."""
    sizes: dict[str, Mapping[Action, int]] = {}
    for system in sorted({change.target.system for change in todo}):
        try:
            sizes[system] = job.connectors[system].capabilities.batch_size
        except RemoteError as error:
            fail(job, [change for change in todo if change.target.system == system], error, sent=False)
    return sizes


def _todo(job: Job, wanted: set[str]) -> list[Change]:
    """The changes still to be carried out; all others get their receipt here."""
    todo = []
    for change in job.plan.changes:
        if change.id in job.receipts:
            continue
        if change.id in wanted:
            todo.append(change)
        else:
            job.receipts[change.id] = receipt_of(job, change, Outcome.SKIPPED, "Not approved.")
    return todo


def _without_read_only(job: Job, todo: list[Change], *, leave_out: bool) -> list[Change]:
    """Stop at a read-only system before anything is sent, or leave its changes for a run that may write."""
    kept = [change for change in todo if not job.connectors[change.target.system].settings.read_only]
    shut = [change for change in todo if job.connectors[change.target.system].settings.read_only]
    if shut and not leave_out:
        systems = " and ".join(sorted({change.target.system for change in shut}))
        raise ReadOnlyError(
            f"{systems}: read-only, so {len(shut)} approved changes cannot be written. Nothing was written.",
            hint="Remove `read_only: true` from the policy (or the option --read-only) to allow writing.",
        )
    for change in shut:
        job.receipts[change.id] = receipt_of(job, change, Outcome.SKIPPED, f"{change.target.system} is read-only.")
    return kept


def _one_batch(job: Job, batch: Sequence[Change]) -> None:
    ready = [change for change in batch if may_start(job, change)]
    if not ready:
        return
    real = {change.id: filled_in(change, job.made) for change in ready}
    connector = job.connectors[ready[0].target.system]
    try:
        seen = _look(connector, list(real.values()))
    except RemoteError as error:
        fail(job, ready, error, sent=False)
        return
    to_write: list[Change] = []
    records: list[Receipt] = []
    for change in ready:
        decided = _decide(job, change, real[change.id], seen)
        if decided.step is Step.WRITE:
            to_write.append(change)
        else:
            outcome = Outcome.ALREADY if decided.step is Step.ALREADY else Outcome.STALE
            ref = _live_ref(real[change.id], seen)
            records.append(receipt_of(job, change, outcome, decided.message, observed=decided.observed, ref=ref))
    record(job, ready, records)
    if to_write:
        _write(job, connector, to_write, real, seen)


def _decide(job: Job, change: Change, real: Change, seen: Mapping[Ref, Record | None]) -> Decided:
    remembered = job.store.records((real.target, *real.others)) if real.others else {}
    expected = {ref: job.known.get(ref) or _expected(job, record) for ref, record in remembered.items()}
    able = job.connectors[real.target.system].capabilities
    return decide(real, seen, expected, resuming=change.id in job.broken_off, transitional=able.transitional)


def _expected(job: Job, record: Record) -> Record:
    """A record as the plan knew it, with what this plan itself has changed on it since."""
    fields = {**record.fields, **job.ours.get(record.ref, {})}
    moved = {name: real_value(record.kind, name, value, record.ref.system, job.made) for name, value in fields.items()}
    return replace(record, fields=moved)


def _look(connector: Connector, changes: Sequence[Change]) -> Mapping[Ref, Record | None]:
    refs = dict.fromkeys(
        ref
        for change in changes
        if change.action is not Action.CREATE
        for ref in (change.target, *change.others)
        if ref.system == connector.system
    )
    return connector.get(list(refs)) if refs else {}


def _live_ref(change: Change, seen: Mapping[Ref, Record | None]) -> Ref | None:
    record = seen.get(change.target)
    return record.ref if record else None


def _write(
    job: Job,
    connector: Connector,
    changes: Sequence[Change],
    real: Mapping[str, Change],
    seen: Mapping[Ref, Record | None],
) -> None:
    images = {real[c.id].target: seen.get(real[c.id].target) for c in changes}
    images |= {ref: seen.get(ref) for c in changes for ref in real[c.id].others if ref in seen}
    job.store.intend(job.run_id, job.plan.id, changes, images, job.now())
    planned = {real[c.id].id: c.id for c in changes}
    try:
        answers = connector.write([real[c.id] for c in changes])
    except RemoteError as error:
        fail(job, changes, error, sent=True)
        return
    except ReadOnlyError as error:
        record(job, changes, [receipt_of(job, c, Outcome.REFUSED, error.message) for c in changes])
        raise
    job.sent += len(changes)
    record(job, changes, [_named(answer, planned[answer.change_id]) for answer in answers])
    if changes[0].action in (Action.MERGE, Action.CONVERT):
        _look_again(job, connector, list(real.values()))


def _look_again(job: Job, connector: Connector, changes: Sequence[Change]) -> None:
    """Remember what the CRM made of merged and converted records, where a later change of the plan is about them too.

    A CRM fills blanks of the survivor by itself; without this the next merge would take that for somebody's edit.
    """
    touched = {job.made.get(ref, ref) for change in changes for ref in (change.target, *change.others)}
    later = {
        job.made.get(ref, ref)
        for change in job.plan.changes
        if change.action in (Action.MERGE, Action.CONVERT) and change.id not in job.receipts
        for ref in (change.target, *change.others)
    }
    try:
        seen = connector.get(sorted(touched & later))
    except RemoteError:
        return  # then a later merge is stale rather than wrong
    job.known |= {ref: record for ref, record in seen.items() if record is not None}


def _named(receipt: Receipt, change_id: str) -> Receipt:
    """The receipt under the id that the change has in the plan (placeholders filled in give another)."""
    return replace(receipt, change_id=change_id)


def _settle_unknown(job: Job, todo: Sequence[Change]) -> None:
    """Look once more at what was left in doubt, so that the run ends knowing as much as can be known."""
    for change in todo:
        if job.receipts[change.id].outcome is Outcome.UNKNOWN and change.target.system not in job.closed:
            real = filled_in(change, job.made)
            receipt = settled(real, job.connectors[change.target.system], job.now())
            if receipt.outcome is not Outcome.UNKNOWN:
                record(job, [change], [_named(receipt, change.id)])
