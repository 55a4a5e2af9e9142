"""Updates by batch; lifecycle stages that move back are cleared first, read, and then set.

HubSpot answers success to a backward move and does nothing (reference 8.2). The clearing must be a request of its own,
so that between the two the stage is blank. When the second is refused, the old stage is put back; when the process
dies there, the blank stage is what `Capabilities.transitional` announces, and writing the same change again ends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trueup.connectors.hubspot import batch, native
from trueup.connectors.hubspot.batch import Fate, Input
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.reader import Reader
from trueup.connectors.hubspot.receipts import done, failed, not_done
from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.types import STAGED
from trueup.connectors.kit.transport import Effect
from trueup.errors import RemoteError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref

STAGE = "lifecyclestage"


@dataclass
class Item:
    """All changes of one record, which share one input and one fate."""

    ref: Ref
    changes: list[Change] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    clear_first: bool = False
    stage_before: str = ""


class Updater:
    """Writes values of existing records."""

    def __init__(self, client: Client, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def update(self, properties: Properties, changes: Sequence[Change]) -> list[Receipt]:
        """One receipt per change."""
        receipts: list[Receipt] = []
        items: dict[str, Item] = {}
        for change in changes:
            try:
                row = native.for_update(properties, change.field, change.before, change.after)
            except ValueError as error:
                receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", f"{error}."))
                continue
            item = items.setdefault(change.target.id, Item(change.target))
            item.changes.append(change)
            item.properties |= row
            if moves_back(properties, change):
                item.clear_first, item.stage_before = True, change.before or ""
        going, ended = self._clear(properties, [i for i in items.values() if i.clear_first])
        receipts += ended
        going += [i for i in items.values() if not i.clear_first]
        fates = self._send(properties.object, {i.ref.id: i.properties for i in going})
        for item in going:
            receipts += self._settle(properties, item, fates.get(item.ref.id))
        return receipts

    def _clear(self, properties: Properties, items: Sequence[Item]) -> tuple[list[Item], list[Receipt]]:
        """Blank the stage of those that move back; those still in the race, and receipts of the others."""
        if not items:
            return [], []
        fates = self._send(properties.object, {i.ref.id: {STAGE: ""} for i in items})
        going: list[Item] = []
        receipts: list[Receipt] = []
        for item in items:
            fate = fates.get(item.ref.id)
            if isinstance(fate, RemoteError):
                receipts += failed(item.changes, fate)
            elif fate is None:
                receipts += self._silent(item)
            else:
                going.append(item)
        try:
            ids = [i.ref.id for i in going]
            rows = self._reader.fetch.batch_read(properties.object, ids, properties=[STAGE]) if ids else []
        except RemoteError as error:
            message = f"The stage was cleared and could not be read back: {error.message}"
            return [], receipts + [not_done(c, Outcome.UNKNOWN, "HALF_WAY", message) for i in going for c in i.changes]
        stage = {str(row["id"]): str((row.get("properties") or {}).get(STAGE) or "") for row in rows}
        cleared = [i for i in going if stage.get(i.ref.id, "") == ""]
        for item in going:
            if item not in cleared:
                observed = {"lifecycle_stage": stage[item.ref.id]}
                message = "Somebody, or an automation, set the stage as soon as it was cleared."
                receipts += [
                    not_done(c, Outcome.STALE, "STAGE_MOVED", message, observed=observed) for c in item.changes
                ]
        return cleared, receipts

    def _settle(self, properties: Properties, item: Item, fate: Fate | None) -> list[Receipt]:
        if fate is None:
            return self._silent(item)
        if isinstance(fate, RemoteError):
            receipts = failed(item.changes, fate)
            if item.clear_first and all(r.outcome is not Outcome.UNKNOWN for r in receipts):
                return self._put_back(properties, item, receipts)
            return receipts
        answered: Mapping[str, object] = fate.get("properties") or {}
        ref = Ref(item.ref.system, item.ref.object, str(fate["id"]))
        observed = properties.map.to_canonical({n: v for n, v in answered.items() if n in item.properties})
        wanted = item.properties.get(STAGE)
        if wanted is not None and STAGE in answered and str(answered[STAGE] or "") != wanted:
            message = f"HubSpot kept the stage {answered[STAGE]!r}: it has moved since and only moves forward."
            return [not_done(c, Outcome.STALE, "STAGE_KEPT", message, observed=observed) for c in item.changes]
        return [done(change, ref, observed=observed) for change in item.changes]

    def _silent(self, item: Item) -> list[Receipt]:
        """Neither result nor error: what HubSpot does with ids that were merged away. Look what is there."""
        try:
            record = self._reader.get([item.ref])[item.ref]
        except RemoteError as error:
            message = f"HubSpot gave no answer for this record, and it could not be read: {error.message}"
            return [not_done(c, Outcome.UNKNOWN, "NO_RESULT", message) for c in item.changes]
        if record is None:
            return [not_done(c, Outcome.REFUSED, "OBJECT_NOT_FOUND", f"{item.ref} is not there.") for c in item.changes]
        if record.ref != item.ref:
            message = f"{item.ref} was merged into {record.ref}."
            return [not_done(c, Outcome.STALE, "MERGED_AWAY", message, ref=record.ref) for c in item.changes]
        receipts = []
        for change in item.changes:
            observed = {change.field: record.fields.get(change.field)}
            if observed[change.field] == change.after:
                receipts.append(done(change, record.ref, observed=observed))
            else:
                message = "HubSpot answered without this record, and it does not hold the new value."
                receipts.append(not_done(change, Outcome.FAILED, "NO_RESULT", message, observed=observed))
        return receipts

    def _put_back(self, properties: Properties, item: Item, receipts: list[Receipt]) -> list[Receipt]:
        """The stage was cleared and the new one refused: from blank, the old one is a move forward."""
        fate = self._send(properties.object, {item.ref.id: {STAGE: item.stage_before}}).get(item.ref.id)
        if fate is not None and not isinstance(fate, RemoteError):
            return receipts
        message = f"{receipts[0].message} The stage is blank now; it was {item.stage_before!r}."
        return [not_done(c, Outcome.FAILED, "HALF_WAY", message) for c in item.changes]

    def _send(self, object: str, rows: Mapping[str, Mapping[str, str]]) -> dict[str, Fate]:  # noqa: A002
        inputs = [Input(trace=id_, properties=row, id=id_) for id_, row in rows.items()]
        return batch.send(self._client, object, "update", inputs, Effect.REPEATABLE)


def moves_back(properties: Properties, change: Change) -> bool:
    """Whether a change sets a lifecycle stage that stands before the present one in the account's order."""
    if STAGED.get(properties.object) != change.field or change.after is None or change.before is None:
        return False
    order = properties.stages
    if change.before not in order or change.after not in order:
        return change.after in order
    return order.index(change.after) < order.index(change.before)
