"""Carries out changes: updates, creates and deletes by collections, the rest by its own module.

Every function here gives exactly one receipt per change. Nothing is raised for what concerns a record or a request:
a batch that failed as a whole is as many receipts, so that what other batches did is not forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trueup.connectors.kit.fieldmap import foreign_ids_to_native
from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import activities, associate, collections, merges, soql
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.collections import Item
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.receipts import done, item_error, not_done, refused
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.errors import UnknownOutcomeError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref

_GONE = {"ENTITY_IS_DELETED": "It was deleted already."}


class Writer:
    """Writes for one connection."""

    def __init__(self, client: Client, catalogue: Catalogue, system: str) -> None:
        self._client, self._catalogue, self._system = client, catalogue, system

    def write(self, action: Action, changes: Sequence[Change]) -> list[Receipt]:
        """Changes of one action on one object; see `Connector.write`."""
        described = self._catalogue.describe(changes[0].target.object)
        carry_out: Mapping[Action, Callable[[], list[Receipt]]] = {
            Action.UPDATE: lambda: self._update(described, changes),
            Action.CREATE: lambda: self._create(described, changes),
            Action.DELETE: lambda: self._delete(changes),
            Action.RESTORE: lambda: merges.restore(self._client, described, changes),
            Action.MERGE: lambda: merges.merge(self._client, described, changes, self._native),
            Action.CONVERT: lambda: merges.convert(self._client, self._catalogue, self._system, changes),
            Action.ASSOCIATE: lambda: associate.associate(self._client, self._catalogue, described, changes),
            Action.DISSOCIATE: lambda: associate.dissociate(self._client, self._catalogue, described, changes),
        }
        return carry_out[action]()

    def create_key(self, described: Described) -> str:
        """The external-id field that makes creates of this object repeatable; "" when the org has none we may write."""
        field = described.fields.get(self._client.options.create_key)
        usable = field is not None and field.get("externalId") and field.get("unique") and field.get("createable")
        return self._client.options.create_key if usable else ""

    # -- update --------------------------------------------------------------------------------------------------------

    def _update(self, described: Described, changes: Sequence[Change]) -> list[Receipt]:
        """Changes of one record are one item, since two items of one id in a list may be refused (reference 8.1)."""
        receipts: list[Receipt] = []
        bodies: dict[str, dict[str, Any]] = {}
        owners: dict[str, list[Change]] = {}
        for change in changes:
            try:
                native = self._native_update(described, change)
            except ValueError as error:
                receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", _sentence(error)))
                continue
            id_ = to_18(change.target.id)
            bodies.setdefault(id_, {}).update(native)
            owners.setdefault(id_, []).append(change)
        items = [
            Item(tuple(owners[id_]), {"attributes": {"type": described.object}, "Id": id_, **body}, id_)
            for id_, body in bodies.items()
        ]
        # Absolute values by id: sent twice, they leave the same record.
        answered = collections.send(self._client, "PATCH", "composite/sobjects", items, Effect.REPEATABLE)
        receipts += answered.receipts
        for item, answer in answered.answers:
            receipts += collections.outcome(item, answer)
        return receipts

    def _native_update(self, described: Described, change: Change) -> dict[str, Any]:
        if change.field != "foreign_ids":
            return self._native(described, {change.field: change.after}, create=False)
        before = foreign_ids_to_native(change.before, described.stored_ids)
        after = foreign_ids_to_native(change.after, described.stored_ids)
        # A field that holds the same before and after is not touched: what it holds now may be news.
        return {name: value for name, value in after.items() if value != before[name]}

    def _native(self, described: Described, values: Mapping[str, str | None], *, create: bool) -> dict[str, Any]:
        """Canonical values as native ones; raises ValueError naming what this user cannot write."""
        rest, row = dict(values), dict[str, Any]()
        if "foreign_ids" in rest:
            stored = foreign_ids_to_native(rest.pop("foreign_ids"), described.stored_ids)
            row.update({name: value for name, value in stored.items() if value is not None or not create})
        if described.object in activities.EXTRA:
            rest, native = activities.to_native(described.object, rest)
            row.update(native)
        assert described.map is not None
        row.update(described.map.to_native(rest))
        flag = "createable" if create else "updateable"
        for name in row:
            if not described.fields.get(name, {}).get(flag):
                verb = "given a value" if create else "changed"
                raise ValueError(
                    f"{name} of {described.object} may not be {verb} by this user: ask an admin, or map it away"
                )
        return row

    # -- create --------------------------------------------------------------------------------------------------------

    def _create(self, described: Described, changes: Sequence[Change]) -> list[Receipt]:
        """By upsert on the create key where the org has one, so that a lost answer cannot double a record."""
        key = self.create_key(described)
        receipts: list[Receipt] = []
        items = []
        for change in changes:
            try:
                values = {name: value for name, value in change.values.items() if value not in (None, "")}
                native = self._native(described, values, create=True)
            except ValueError as error:
                receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", _sentence(error)))
                continue
            body = {"attributes": {"type": described.object}, **native} | ({key: change.id} if key else {})
            items.append(Item((change,), body))
        if key:
            path, method, effect = f"composite/sobjects/{described.object}/{key}", "PATCH", Effect.REPEATABLE
        else:
            path, method, effect = "composite/sobjects", "POST", Effect.ONCE
        answered = collections.send(self._client, method, path, items, effect)
        receipts += answered.receipts
        for item, answer in answered.answers:
            (change,) = item.changes
            wrong = item_error(answer)
            if wrong is not None:
                receipts.append(refused(change, wrong))
                continue
            ref = Ref(self._system, described.object, to_18(answer["id"]))
            # The key is this change's own, so a record that was there is ours, from an attempt whose answer was lost.
            again = key and answer.get("created") is False
            note = "It was made by an earlier attempt whose answer was lost." if again else ""
            receipts.append(done(change, ref, message=note))
        return receipts

    def find(self, change: Change) -> Ref | None:
        """Whether a create of unknown outcome arrived; by its key, else by everything that it would have written.

        A query reads the records themselves, never the search index. Raises UnknownOutcomeError when several fit.
        """
        described = self._catalogue.describe(change.target.object)
        if key := self.create_key(described):
            where = [f"{key} = {soql.quote(change.id)}"]
        else:
            values = {name: value for name, value in change.values.items() if value not in (None, "")}
            native = self._native(described, values, create=True)
            where = [
                f"{name} = {_literal(value, described.fields[name])}"
                for name, value in native.items()
                if value is not None and described.fields[name].get("filterable")
            ]
        query = soql.select(("Id",), described.object, where=where, order=("Id",)) + " LIMIT 2"
        rows = self._client.get("query/", {"q": query})["records"]
        if len(rows) > 1:
            raise UnknownOutcomeError(
                f"{self._system}: several {described.object} records fit what was to be made.",
                system=self._system,
                hint=f"Create the external-id field {self._client.options.create_key} to make creates repeatable.",
            )
        return Ref(self._system, described.object, to_18(rows[0]["Id"])) if rows else None

    # -- delete --------------------------------------------------------------------------------------------------------

    def _delete(self, changes: Sequence[Change]) -> list[Receipt]:
        """Into the recycle bin; what lies there already counts as done."""
        by_id: dict[str, list[Change]] = {}
        for change in changes:
            by_id.setdefault(to_18(change.target.id), []).append(change)
        items = [Item(tuple(group), {}, id_) for id_, group in by_id.items()]
        answered = collections.send(self._client, "DELETE", "composite/sobjects", items, Effect.REPEATABLE, by_url=True)
        receipts = list(answered.receipts)
        for item, answer in answered.answers:
            receipts += collections.outcome(item, answer, already=_GONE)
        return receipts


def _literal(value: Any, field: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) or field.get("type") in ("date", "datetime"):
        return str(value)
    return soql.quote(str(value))


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + "."
