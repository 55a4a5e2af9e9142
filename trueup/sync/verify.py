"""Read back what was applied: the CRM's word against the journal's.

What was read renews the store at once, so that a check right after an apply sees what we did: a search index may lag
by half a minute, and a merge may leave its losers unmentioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trueup.connectors.kit.base import Connector
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change, Plan
from trueup.model.kinds import Kind
from trueup.model.receipts import Receipt
from trueup.model.records import Record, StageEvent, StageSource
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.sync.placeholders import DONE, filled_in, made_by

READ_AT_ONCE = 1000

_STAGE_FIELD = {Kind.PERSON: "lifecycle_stage", Kind.DEAL: "stage"}

Seen = Mapping[Ref, Record | None]


@dataclass(frozen=True, slots=True)
class Drift:
    """An applied change whose record does not hold what was written."""

    change: Change
    now: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many applied changes were read back, which of them do not hold, which could not be looked at."""

    checked: int
    held: int
    drifted: tuple[Drift, ...]
    not_looked_at: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was applied was seen to hold."""
        return not self.drifted and not self.not_looked_at


def verify(plan: Plan, receipts: Mapping[str, Receipt], connectors: Mapping[str, Connector], store: Store) -> Verified:
    """Read back every change that has a receipt of being done, and renew the store with what was read.

    `receipts` are those to look at; addresses of created records come from all receipts of the plan.
    """
    everything = {r.change_id: r for r in store.receipts(plan_id=plan.id)} | dict(receipts)
    made, created = made_by(plan, everything), made_by(plan, everything, merged=False)
    done = [
        # A merge is told with the addresses that it did away with.
        (filled_in(change, created if change.action in (Action.MERGE, Action.CONVERT) else made), receipts[change.id])
        for change in plan.changes
        if change.id in receipts and receipts[change.id].outcome in DONE
    ]
    seen, not_looked_at = _read(done, connectors)
    _renew(store, done, seen)
    looked_at = [(change, receipt) for change, receipt in done if _address(change, receipt) in seen]
    drifted = [drift for change, receipt in looked_at if (drift := _drift(change, _address(change, receipt), seen))]
    return Verified(len(looked_at), len(looked_at) - len(drifted), tuple(drifted), tuple(not_looked_at))


def _address(change: Change, receipt: Receipt) -> Ref:
    return receipt.ref or change.target


def _read(
    done: Sequence[tuple[Change, Receipt]], connectors: Mapping[str, Connector]
) -> tuple[dict[Ref, Record | None], list[str]]:
    wanted: dict[str, dict[Ref, None]] = {}
    for change, receipt in done:
        # A conversion's answer names the contact; the lead is looked at too, to see that it is converted.
        lead = (change.target,) if change.action is Action.CONVERT else ()
        for ref in (_address(change, receipt), *lead, *change.others):
            wanted.setdefault(ref.system, {})[ref] = None
    seen: dict[Ref, Record | None] = {}
    not_looked_at = []
    for system, refs in wanted.items():
        asked = list(refs)
        for start in range(0, len(asked), READ_AT_ONCE):
            lot = asked[start : start + READ_AT_ONCE]
            try:
                seen |= connectors[system].get(lot)
            except RemoteError as error:
                not_looked_at.append(f"{system}: {len(lot)} records could not be read back: {error.message}")
    return seen, not_looked_at


def _renew(store: Store, done: Sequence[tuple[Change, Receipt]], seen: Seen) -> None:
    """Give the store what is true now: records as read, losers merged away, what was deleted, stages entered."""
    store.put_records([record for record in seen.values() if record is not None])
    store.put_records(list(_gone(done, seen)))
    store.put_stage_events(_entered([pair for pair in done if pair[0].action is not Action.CREATE], seen))
    # What a record was created with stands in no CRM's history of changes.
    store.put_stage_events(_entered([pair for pair in done if pair[0].action is Action.CREATE], seen), lasting=True)


def _gone(done: Sequence[tuple[Change, Receipt]], seen: Seen) -> Iterator[Record]:
    for change, receipt in done:
        at = _address(change, receipt)
        if change.action is Action.MERGE:
            for ref in (change.target, *change.others):
                if ref != at:
                    yield Record(ref, change.kind, {}, merged_into=at)
        elif change.action is Action.DELETE and seen.get(at) is None:
            yield Record(at, change.kind, {}, deleted=True)


def _entered(done: Sequence[tuple[Change, Receipt]], seen: Seen) -> Iterator[StageEvent]:
    """The stages that records entered with our write; the CRM's own dates come with the next pull."""
    for change, receipt in done:
        name = _STAGE_FIELD.get(change.kind)
        record = seen.get(_address(change, receipt))
        moved = change.action in (Action.CREATE, Action.MERGE) or change.field == name
        if name and moved and record is not None and (stage := record.fields.get(name)):
            yield StageEvent(record.ref, name, stage, receipt.at, StageSource.INFERRED)


def _drift(change: Change, ref: Ref, seen: Seen) -> Drift | None:
    record = seen.get(ref)
    there = record is not None and not record.deleted
    match change.action:
        case Action.UPDATE:
            now = record.fields.get(change.field) if record else None
            if there and now == change.after:
                return None
            return Drift(change, now, f"{ref} holds {now!r} instead of {change.after!r}.")
        case Action.DELETE:
            return None if not there else Drift(change, None, f"{ref} is still there.")
        case _:
            return None if there else Drift(change, None, f"{ref} is not there.")
