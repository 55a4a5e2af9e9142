"""Writing: each change becomes one request to the memory CRM, and each request's fate becomes receipts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from trueup.connectors.kit.fieldmap import foreign_ids_to_native, stored_ids_of
from trueup.connectors.memory.client import MemoryCrm
from trueup.connectors.memory.reader import Reader
from trueup.errors import RefusedError, UnavailableError, UnknownOutcomeError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


class Writer:
    """Carries out changes for one connection; when `conditional`, only if what is there is what the plan saw."""

    def __init__(self, crm: MemoryCrm, reader: Reader, *, conditional: bool) -> None:
        self.crm = crm
        self.reader = reader
        self.conditional = conditional

    def write(self, action: Action, changes: Sequence[Change]) -> list[Receipt]:
        """Changes of one record travel together; other actions go one by one."""
        if action is Action.UPDATE:
            by_record = groupby(sorted(changes, key=lambda c: c.target), key=lambda c: c.target)
            return [receipt for ref, group in by_record for receipt in self._update(ref, list(group))]
        one: dict[Action, Callable[[Change], Receipt]] = {
            Action.CREATE: self._create,
            Action.MERGE: self._merge,
            Action.ASSOCIATE: self._associate,
            Action.DISSOCIATE: self._dissociate,
            Action.DELETE: self._delete,
            Action.RESTORE: self._restore,
        }
        return [one[action](change) for change in changes]

    def find(self, change: Change) -> Ref | None:
        """The record that a create made, by the value of the unique field that the create carried."""
        name = self.crm.unique.get(change.target.object, "")
        key = _key(change, name)
        for row in self.crm.table(change.target.object).values():
            if name and row.fields.get(name) == key and not row.deleted and not row.merged_into:
                return self._ref(change, row.id)
        return None

    def _update(self, ref: Ref, changes: list[Change]) -> list[Receipt]:
        """All fields of one record in one request: all of them are written, or none."""
        record = self.reader.look(ref)
        there = record.fields if record else {}
        observed = {c.field: there.get(c.field) for c in changes}
        if record is not None and all(observed[c.field] == c.after for c in changes):
            return [self._receipt(c, Outcome.ALREADY, ref=record.ref, observed=observed) for c in changes]
        if self.conditional and any(observed[c.field] not in (c.before, c.after) for c in changes):
            return [self._receipt(c, Outcome.STALE, observed=observed) for c in changes]
        try:
            values = self._native(ref.object, {c.field: c.after for c in changes})
        except ValueError as error:
            return [self._receipt(c, Outcome.REFUSED, code="INVALID_VALUE", message=str(error)) for c in changes]
        cleared = {n: None for n in values if (ref.object, n) in self.crm.two_steps and there.get(n) is not None}
        if cleared:
            sent = self._send(changes[0], lambda: self.crm.edit(ref.object, ref.id, cleared))
            if sent.outcome is not Outcome.APPLIED:
                return [replace(sent, change_id=c.id, observed=observed) for c in changes]
        sent = self._send(changes[0], lambda: self.crm.edit(ref.object, ref.id, values))
        return [replace(sent, change_id=c.id, observed=observed) for c in changes]

    def _create(self, change: Change) -> Receipt:
        object_ = change.target.object
        there = self.find(change)
        if there is not None:
            return self._receipt(change, Outcome.ALREADY, ref=there)
        name = self.crm.unique.get(object_, "")
        values = self._native(object_, change.values)
        if name:
            values[name] = _key(change, name)
        return self._send(change, lambda: self.crm.add(object_, values))

    def _merge(self, change: Change) -> Receipt:
        """Losers one after another; a loser that was merged into the survivor before is done."""
        object_, kept = change.target.object, change.target.id
        done = Outcome.ALREADY
        for loser in change.others:
            survivor, second = self.crm.live(object_, kept), self.crm.live(object_, loser.id)
            if survivor is not None and survivor is second:
                continue
            receipt = self._send(change, partial(self.crm.merge, object_, kept, loser.id))
            if receipt.outcome is not Outcome.APPLIED or receipt.ref is None:
                return receipt
            kept, done = receipt.ref.id, Outcome.APPLIED
        survivor = self.crm.live(object_, kept)
        if survivor is None:
            return self._receipt(change, Outcome.REFUSED, code="NOT_FOUND", message=f"{change.target} is not there")
        values = self._native(object_, change.values)
        if all(survivor.fields.get(name) == value for name, value in values.items()):
            return self._receipt(change, done, ref=self._ref(change, survivor.id))
        receipt = self._send(change, lambda: self.crm.edit(object_, survivor.id, values))
        return replace(receipt, ref=self._ref(change, survivor.id))

    def _associate(self, change: Change) -> Receipt:
        source, target = _ends(change)
        if self.crm.ties.get((change.field, *source, *target)) == (change.after or ""):
            return self._receipt(change, Outcome.ALREADY, ref=change.target)
        return self._send(change, lambda: self.crm.associate(change.field, source, target, change.after or ""))

    def _dissociate(self, change: Change) -> Receipt:
        source, target = _ends(change)
        if (change.field, *source, *target) not in self.crm.ties:
            return self._receipt(change, Outcome.ALREADY, ref=change.target)
        return self._send(change, lambda: self.crm.dissociate(change.field, source, target))

    def _delete(self, change: Change) -> Receipt:
        if self.crm.live(change.target.object, change.target.id) is None:
            return self._receipt(change, Outcome.ALREADY, ref=change.target)
        return self._send(change, lambda: self.crm.delete(change.target.object, change.target.id))

    def _restore(self, change: Change) -> Receipt:
        if self.crm.live(change.target.object, change.target.id) is not None:
            return self._receipt(change, Outcome.ALREADY, ref=change.target)
        return self._send(change, lambda: self.crm.restore(change.target.object, change.target.id))

    def _native(self, object: str, values: Mapping[str, str | None]) -> dict[str, str | None]:  # noqa: A002
        """Names are the same on both sides, but for `foreign_ids`, which is spread over the fields that store ids."""
        row = {name: value for name, value in values.items() if name != "foreign_ids"}
        if "foreign_ids" in values:
            row |= foreign_ids_to_native(values["foreign_ids"], stored_ids_of(object, self.reader.settings.stored_ids))
        return row

    def _send(self, change: Change, carry_out: Callable[[], str | None]) -> Receipt:
        """One request. What the CRM says about it, or that it said nothing, becomes the outcome."""
        what = f"{change.action.value} {change.target.object}/{change.target.id}"
        try:
            id_ = self.crm.request(what, lambda: carry_out() or change.target.id)
        except UnknownOutcomeError as error:
            return self._receipt(change, Outcome.UNKNOWN, code=error.code, message=error.message)
        except UnavailableError as error:
            return self._receipt(change, Outcome.FAILED, code=error.code, message=error.message)
        except RefusedError as error:
            return self._receipt(change, Outcome.REFUSED, code=error.code, message=error.message)
        return self._receipt(change, Outcome.APPLIED, ref=self._ref(change, id_))

    def _ref(self, change: Change, id: str) -> Ref:  # noqa: A002
        return Ref(self.reader.settings.system, change.target.object, id)

    def _receipt(
        self,
        change: Change,
        outcome: Outcome,
        *,
        ref: Ref | None = None,
        observed: dict[str, str | None] | None = None,
        code: str = "",
        message: str = "",
    ) -> Receipt:
        return Receipt(change.id, outcome, self.crm.clock(), ref, observed or {}, code, message)


def _ends(change: Change) -> tuple[tuple[str, str], tuple[str, str]]:
    return (change.target.object, change.target.id), (change.others[0].object, change.others[0].id)


def _key(change: Change, name: str) -> str:
    """The value that makes a create repeatable: what the plan gave, else the change's own id."""
    return change.values.get(name) or change.id
