"""After a crash or a lost answer: find out by looking what became of an intent, before anything else happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from trueup.connectors.kit.base import Connector
from trueup.errors import RemoteError, UnknownOutcomeError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.sync.decide import Step, Transitional, decide
from trueup.sync.placeholders import filled_in, made_by


def settle_open(connectors: Mapping[str, Connector], store: Store, *, now: Callable[[], datetime]) -> set[str]:
    """Settle every intent that has no receipt, or one that says unknown.

    Returns the ids of changes that did not arrive, or arrived by half: they may be tried again.
    """
    broken_off: set[str] = set()
    for intent in store.open_intents():
        connector = connectors.get(intent.change.target.system)
        if connector is None:
            continue
        receipts = {r.change_id: r for r in store.receipts(plan_id=intent.plan_id)}
        real = filled_in(intent.change, made_by(store.plan(intent.plan_id), receipts))
        receipt = replace(settled(real, connector, now()), change_id=intent.change.id)
        store.record_receipts(intent.run_id, [receipt], intent.plan_id)
        if receipt.outcome is Outcome.FAILED:
            broken_off.add(receipt.change_id)
    return broken_off


def settled(change: Change, connector: Connector, at: datetime) -> Receipt:
    """What became of a change whose answer was lost: applied, failed (it did not arrive), stale, or still unknown."""
    try:
        if change.action is Action.CREATE:
            return _create(change, connector, at)
        refs = [ref for ref in (change.target, *change.others) if ref.system == connector.system]
        seen = connector.get(refs)
    except RemoteError as error:
        return Receipt(change.id, Outcome.UNKNOWN, at, code=error.code, message=f"Cannot look: {error.message}")
    if change.action in (Action.ASSOCIATE, Action.DISSOCIATE):
        return Receipt(change.id, Outcome.FAILED, at, message="The answer was lost; tying again is harmless.")
    return _seen(change, seen, at, connector.capabilities.transitional)


def _create(change: Change, connector: Connector, at: datetime) -> Receipt:
    try:
        found = connector.find(change)
    except UnknownOutcomeError as error:
        return Receipt(change.id, Outcome.UNKNOWN, at, code=error.code, message=error.message)
    if found is not None:
        return Receipt(change.id, Outcome.APPLIED, at, found, message="The answer was lost; the record was found.")
    return Receipt(change.id, Outcome.FAILED, at, message="The request did not arrive.")


def _seen(change: Change, seen: Mapping[Ref, Record | None], at: datetime, transitional: Transitional) -> Receipt:
    # The before-images are not compared here: what matters is whether the write arrived.
    decided = decide(change, seen, {}, resuming=True, transitional=transitional)
    record = seen.get(change.target)
    ref = record.ref if record else change.target
    if decided.step is Step.ALREADY:
        message = "The answer was lost; the wanted state was found."
        return Receipt(change.id, Outcome.APPLIED, at, ref, decided.observed, message=message)
    if decided.step is Step.WRITE:
        return Receipt(change.id, Outcome.FAILED, at, ref, decided.observed, message="The request did not arrive.")
    return Receipt(change.id, Outcome.STALE, at, ref, decided.observed, message=decided.message)
