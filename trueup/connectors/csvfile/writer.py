"""Writing: all changes of one call go into the file in one replacement of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from trueup.connectors.csvfile import client
from trueup.connectors.csvfile.reader import TIES, Reader
from trueup.connectors.kit.fieldmap import foreign_ids_to_native, stored_ids_of
from trueup.errors import TrueupError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


class Writer:
    """Turns changes into cells. `before` is compared with the file in the same breath as it is written."""

    def __init__(self, reader: Reader, key_column: str) -> None:
        self.reader = reader
        self.key_column = key_column

    def write(self, action: Action, changes: Sequence[Change]) -> list[Receipt]:
        """Decide each change against the file as it is now, then replace the file once; no file, no change."""
        object_ = changes[0].target.object
        one = {
            Action.UPDATE: self._update,
            Action.CREATE: self._create,
            Action.DELETE: self._delete,
            Action.ASSOCIATE: self._tie,
            Action.DISSOCIATE: self._tie,
        }[action]
        try:
            table = self.reader.table(object_)
            receipts = [one(table, change) for change in changes]
            receipts = _whole_records(changes, receipts) if action is Action.UPDATE else receipts
            applied = {r.change_id for r in receipts if r.outcome is Outcome.APPLIED}
            if applied:
                if len(applied) < len(receipts):
                    # Those that were refused have left their cells in the table: begin again with the others only.
                    self.reader.forget(object_)
                    table = self.reader.table(object_)
                    for change in changes:
                        if change.id in applied:
                            one(table, change)
                client.write(table)
        except TrueupError as error:
            self.reader.forget(object_)
            return [_receipt(c, Outcome.FAILED, code=type(error).__name__, message=error.message) for c in changes]
        except BaseException:
            self.reader.forget(object_)
            raise
        if not applied:
            self.reader.forget(object_)
        return receipts

    def find(self, change: Change) -> Ref | None:
        """By the key column; without one, a row that holds exactly what the create would have written."""
        table = self.reader.table(change.target.object)
        if self.key_column in table.columns:
            there = table.with_value(self.key_column, self._key(change))
            return Ref(self.reader.settings.system, change.target.object, there) if there else None
        wanted = self._cells(table, change)
        at = {table.columns.index(name): value for name, value in wanted.items()}
        for id_, row in table.rows.items():
            if all(row[i] == value for i, value in at.items()):
                return Ref(self.reader.settings.system, change.target.object, id_)
        return None

    def _update(self, table: client.Table, change: Change) -> Receipt:
        if change.target.id not in table.rows:
            return _receipt(
                change, Outcome.REFUSED, code="NOT_FOUND", message=f"{change.target} is not in {table.path}."
            )
        record = self.reader.record(change.target.object, table, change.target.id)
        observed = {change.field: record.fields.get(change.field)}
        if observed[change.field] == change.after and change.field in record.fields:
            return _receipt(change, Outcome.ALREADY, ref=change.target, observed=observed)
        if observed[change.field] != change.before:
            return _receipt(change, Outcome.STALE, observed=observed)
        try:
            table.put(change.target.id, self._to_cells(table, change.target.object, {change.field: change.after}))
        except ValueError as error:
            return _receipt(change, Outcome.REFUSED, observed=observed, code="INVALID_VALUE", message=str(error))
        return _receipt(change, Outcome.APPLIED, ref=change.target, observed=observed)

    def _create(self, table: client.Table, change: Change) -> Receipt:
        if self.key_column in table.columns and (there := self.find(change)) is not None:
            return _receipt(change, Outcome.ALREADY, ref=there)
        try:
            cells = self._cells(table, change)
        except ValueError as error:
            return _receipt(change, Outcome.REFUSED, code="INVALID_VALUE", message=str(error))
        id_ = table.next_id()
        table.put(id_, cells)
        return _receipt(change, Outcome.APPLIED, ref=Ref(change.target.system, change.target.object, id_))

    def _delete(self, table: client.Table, change: Change) -> Receipt:
        if table.rows.pop(change.target.id, None) is None:
            return _receipt(change, Outcome.ALREADY, ref=change.target)
        return _receipt(change, Outcome.APPLIED, ref=change.target)

    def _tie(self, table: client.Table, change: Change) -> Receipt:
        """Add an id to, or take it out of, a column of ids."""
        kind = self.reader.objects[change.others[0].object]
        column = next((c for c, k in TIES.items() if k is kind and c in table.columns), None)
        if column is None or change.target.id not in table.rows:
            message = f"{table.path} has no column for {change.field}, or no row {change.target.id!r}."
            return _receipt(change, Outcome.REFUSED, code="NOT_FOUND", message=message)
        other = f"{change.others[0].object}/{change.others[0].id}"
        held = table.cells(change.target.id)[column]
        parts = [self.reader.with_object(p.strip(), kind) for p in held.split(";") if p.strip()]
        wanted = [p for p in parts if p != other] + ([other] if change.action is Action.ASSOCIATE else [])
        if (other in parts) is (change.action is Action.ASSOCIATE):
            return _receipt(change, Outcome.ALREADY, ref=change.target)
        table.put(change.target.id, {column: ";".join(self.reader.without_object(p, kind) for p in wanted)})
        return _receipt(change, Outcome.APPLIED, ref=change.target)

    def _cells(self, table: client.Table, change: Change) -> dict[str, str]:
        cells = self._to_cells(table, change.target.object, change.values)
        if self.key_column in table.columns:
            cells[self.key_column] = self._key(change)
        return cells

    def _key(self, change: Change) -> str:
        return change.values.get(self.key_column) or change.id

    def _to_cells(self, table: client.Table, object: str, values: Mapping[str, str | None]) -> dict[str, str]:  # noqa: A002
        cells: dict[str, str] = {}
        columns = self.reader.columns(object)
        for name, value in values.items():
            stored = [s for s in stored_ids_of(object, self.reader.settings.stored_ids) if s.field in table.columns]
            if name == "foreign_ids" and stored:
                cells |= {k: v or "" for k, v in foreign_ids_to_native(value, stored).items()}
            elif name in columns:
                cells[columns[name]] = self.reader.to_cell(name, value)
            elif name in table.columns and name != table.id_column:
                cells[name] = value or ""
            elif value is not None:
                raise ValueError(f"{table.path} has no column for {name}")
        return cells


def _whole_records(changes: Sequence[Change], receipts: Sequence[Receipt]) -> list[Receipt]:
    """Changes of one record share its fate: when one is stale or refused, the others are not written either."""
    worst: dict[Ref, Receipt] = {}
    for change, receipt in zip(changes, receipts, strict=True):
        if receipt.outcome in (Outcome.STALE, Outcome.REFUSED):
            worst.setdefault(change.target, receipt)
    shared = []
    for change, receipt in zip(changes, receipts, strict=True):
        bad = worst.get(change.target)
        if bad is not None and receipt.outcome is Outcome.APPLIED:
            receipt = _receipt(change, bad.outcome, observed=dict(receipt.observed), code=bad.code, message=bad.message)
        shared.append(receipt)
    return shared


def _receipt(
    change: Change,
    outcome: Outcome,
    *,
    ref: Ref | None = None,
    observed: dict[str, str | None] | None = None,
    code: str = "",
    message: str = "",
) -> Receipt:
    return Receipt(change.id, outcome, datetime.now(UTC), ref, observed or {}, code, message)
