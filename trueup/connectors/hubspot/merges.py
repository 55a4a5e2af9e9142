"""Merges, one loser after another, each time with the id that the merge before it answered.

A merge makes a new record with a new id, and the old ids keep resolving on single reads only (reference 7). So the
survivor's address after it is in the receipt, and a merge whose answer was lost is settled by asking what the ids
resolve to: two that resolve to one record have been merged.
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.reader import Reader
from trueup.connectors.hubspot.receipts import done, failed, not_done
from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.updates import Updater
from trueup.connectors.kit.transport import Effect
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


class Merger:
    """Merges records of one object."""

    def __init__(self, client: Client, reader: Reader, updater: Updater) -> None:
        self._client = client
        self._reader = reader
        self._updater = updater

    def merge(self, properties: Properties, changes: Sequence[Change]) -> list[Receipt]:
        """One receipt per change; changes are carried out in their order."""
        return [self._one(properties, change) for change in changes]

    def _one(self, properties: Properties, change: Change) -> Receipt:
        object_ = properties.object
        refs = [change.target, *change.others]
        try:
            there = self._reader.get(refs)
        except RemoteError as error:
            message = f"Nothing was merged: the records could not be read. {error.message}"
            return not_done(change, Outcome.FAILED, error.code or "UNREAD", message)
        gone = [ref for ref in refs if there[ref] is None]
        if gone:
            message = f"{', '.join(map(str, gone))} is not there: nothing was merged."
            return not_done(change, Outcome.REFUSED, "OBJECT_NOT_FOUND", message)
        resolved = {ref: record.ref.id for ref, record in there.items() if record is not None}
        kept, outcome = resolved[change.target], Outcome.ALREADY
        for loser in change.others:
            if resolved[loser] == resolved[change.target]:
                continue
            body = {"primaryObjectId": kept, "objectIdToMerge": resolved[loser]}
            try:
                answer = self._client.send("POST", f"/crm/v3/objects/{object_}/merge", Effect.ONCE, body=body)
            except RemoteError as error:
                (receipt,) = failed([change], error, ref=Ref(change.target.system, object_, kept))
                return receipt
            kept, outcome = str(answer.get("id") or kept), Outcome.APPLIED
        return self._fill(properties, change, Ref(change.target.system, object_, kept), outcome)

    def _fill(self, properties: Properties, change: Change, survivor: Ref, outcome: Outcome) -> Receipt:
        """Give the survivor the values that the plan wants it to hold, where the merge itself did not."""
        try:
            record = self._reader.get([survivor])[survivor]
        except RemoteError as error:
            message = f"The records were merged; the survivor could not be read: {error.message}"
            return not_done(change, Outcome.UNKNOWN, "SURVIVOR_UNREAD", message, ref=survivor)
        held = record.fields if record is not None else {}
        missing = {name: value for name, value in change.values.items() if held.get(name) != value}
        if not missing:
            return done(change, survivor, outcome, observed=held)
        updates = [
            Change(Action.UPDATE, survivor, change.kind, field=name, before=held.get(name), after=value)
            for name, value in sorted(missing.items())
        ]
        worst = next(
            (r for r in self._updater.update(properties, updates) if r.outcome is not Outcome.APPLIED),
            None,
        )
        if worst is None:
            return done(change, survivor, Outcome.APPLIED, observed=dict(held) | missing)
        message = f"The records were merged, but the survivor does not hold all the values: {worst.message}"
        return not_done(change, worst.outcome, worst.code, message, ref=survivor)
