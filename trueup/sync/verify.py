"""Read back what was applied: the CRM's word against the journal's, and the base for the next three-way comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trueup.connectors.kit.base import Connector
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change, Plan
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store

READ_AT_ONCE = 1000


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
    """Read back every applied change, refresh the store's records, and remember what both sides now agree on."""
    done = [
        change
        for change in plan.changes
        if receipts.get(change.id) and receipts[change.id].outcome in (Outcome.APPLIED, Outcome.ALREADY)
    ]
    seen, not_looked_at = _read(done, receipts, connectors)
    store.put_records([record for record in seen.values() if record is not None])
    drifted = []
    checked = 0
    for change in done:
        at = receipts[change.id].ref or change.target
        if at not in seen:
            continue
        checked += 1
        if drift := _drift(change, at, seen[at]):
            drifted.append(drift)
    store.agree(
        (receipts[c.id].ref or c.target, c.field, c.after)
        for c in done
        if c.action is Action.UPDATE and not any(d.change.id == c.id for d in drifted)
    )
    return Verified(checked, checked - len(drifted), tuple(drifted), tuple(not_looked_at))


def _read(
    changes: Sequence[Change], receipts: Mapping[str, Receipt], connectors: Mapping[str, Connector]
) -> tuple[dict[Ref, Record | None], list[str]]:
    wanted: dict[str, dict[Ref, None]] = {}
    for change in changes:
        for ref in (receipts[change.id].ref or change.target, *change.others):
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


def _drift(change: Change, ref: Ref, record: Record | None) -> Drift | None:
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
