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
from dataclasses import dataclass, field, replace
from datetime import datetime

from trueup.connectors.kit.base import Connector
from trueup.errors import (
    CredentialsError,
    GuardError,
    LimitError,
    PermissionDeniedError,
    ReadOnlyError,
    RefusedError,
    RemoteError,
    StalePlanError,
    UnknownOutcomeError,
)
from trueup.model.changes import Action, Change, GuardVerdict, Plan
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.sync.batches import batches
from trueup.sync.decide import Decided, Step, decide
from trueup.sync.placeholders import DONE, filled_in, note, real_value
from trueup.sync.settle import settle_open, settled

FINAL = frozenset({Outcome.APPLIED, Outcome.ALREADY, Outcome.STALE, Outcome.REFUSED})
"""Outcomes that an earlier apply of the same plan left for good; failed and unknown ones may be tried again."""

Connectors = Mapping[str, Connector]
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
    _remember_earlier(job)
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
        job.broken_off = settle_open(connectors, store, now=now)
        _remember_earlier(job)
        todo = _todo(job, wanted)
        sizes = {system: connectors[system].capabilities.batch_size for system in {c.target.system for c in todo}}
        for batch in batches(todo, sizes):
            _one_batch(job, batch)
            progress(sum(c.id in job.receipts for c in todo), len(todo))
        _settle_unknown(job, todo)
    return Applied(plan, job.receipts, job.sent, frozenset(change.id for change in todo))


def _todo(job: Job, wanted: set[str]) -> list[Change]:
    """The changes still to be carried out; all others get their receipt here."""
    todo = []
    for change in job.plan.changes:
        if change.id in job.receipts:
            continue
        if change.id in wanted:
            todo.append(change)
        else:
            job.receipts[change.id] = _receipt(job, change, Outcome.SKIPPED, "Not approved.")
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
        job.receipts[change.id] = _receipt(job, change, Outcome.SKIPPED, f"{change.target.system} is read-only.")
    return kept


def _remember_earlier(job: Job) -> None:
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
        _note_made(job, by_id.get(receipt.change_id), receipt)


def _one_batch(job: Job, batch: Sequence[Change]) -> None:
    ready = [change for change in batch if _may_start(job, change)]
    if not ready:
        return
    real = {change.id: filled_in(change, job.made) for change in ready}
    connector = job.connectors[ready[0].target.system]
    try:
        seen = _look(connector, list(real.values()))
    except RemoteError as error:
        _fail(job, ready, error, sent=False)
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
            records.append(_receipt(job, change, outcome, decided.message, observed=decided.observed, ref=ref))
    _record(job, ready, records)
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
        _fail(job, changes, error, sent=True)
        return
    except ReadOnlyError as error:
        _record(job, changes, [_receipt(job, c, Outcome.REFUSED, error.message) for c in changes])
        raise
    job.sent += len(changes)
    _record(job, changes, [_named(answer, planned[answer.change_id]) for answer in answers])
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


def _fail(job: Job, changes: Sequence[Change], error: RemoteError, *, sent: bool) -> None:
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
    _record(job, changes, receipts)


def _may_start(job: Job, change: Change) -> bool:
    """Whether nothing stands in the way; if something does, the change gets its receipt here."""
    if why := job.closed.get(change.target.system):
        job.receipts[change.id] = _receipt(job, change, Outcome.SKIPPED, f"Not tried: {why}")
        return False
    for needed in change.needs:
        earlier = job.receipts.get(needed)
        if earlier is None or earlier.outcome not in DONE:
            state = "was not in this plan" if earlier is None else f"is {earlier.outcome.value}"
            job.receipts[change.id] = _receipt(job, change, Outcome.SKIPPED, f"Needs {needed}, which {state}.")
            return False
    return True


def _settle_unknown(job: Job, todo: Sequence[Change]) -> None:
    """Look once more at what was left in doubt, so that the run ends knowing as much as can be known."""
    for change in todo:
        if job.receipts[change.id].outcome is Outcome.UNKNOWN and change.target.system not in job.closed:
            real = filled_in(change, job.made)
            receipt = settled(real, job.connectors[change.target.system], job.now())
            if receipt.outcome is not Outcome.UNKNOWN:
                _record(job, [change], [_named(receipt, change.id)])


def _record(job: Job, changes: Sequence[Change], receipts: Sequence[Receipt]) -> None:
    if not receipts:
        return
    job.store.record_receipts(job.run_id, receipts, job.plan.id)
    by_id = {change.id: change for change in changes}
    for receipt in receipts:
        job.receipts[receipt.change_id] = receipt
        _note_made(job, by_id[receipt.change_id], receipt)


def _note_made(job: Job, change: Change | None, receipt: Receipt) -> None:
    """Remember under which address a created or merged record is found from now on."""
    if change is None or receipt.ref is None or receipt.outcome not in DONE:
        return
    if change.action is Action.UPDATE:
        job.ours.setdefault(change.target, {})[change.field] = change.after
    elif change.action is Action.MERGE:
        job.ours.setdefault(receipt.ref, {}).update(change.values)
    note(job.made, change, receipt)


def _receipt(
    job: Job,
    change: Change,
    outcome: Outcome,
    message: str,
    *,
    observed: Mapping[str, str | None] | None = None,
    ref: Ref | None = None,
) -> Receipt:
    return Receipt(change.id, outcome, job.now(), ref, observed or {}, message=message)
