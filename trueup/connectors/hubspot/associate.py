"""Associating and dissociating by v4 batches, with the type ids of reference 10.3 and the account's own labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.receipts import done, failed, not_done
from trueup.connectors.hubspot.ties import TieReader
from trueup.connectors.hubspot.types import PRIMARY, PRIMARY_IDS, TIED_TO
from trueup.connectors.kit.transport import Effect
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Outcome, Receipt

BATCH = 100


class Associator:
    """Writes ties that start at deals and activities."""

    def __init__(self, client: Client, ties: TieReader) -> None:
        self._client = client
        self._ties = ties
        self._labels: dict[tuple[str, str], dict[str, Json]] = {}

    def write(self, action: Action, changes: Sequence[Change]) -> list[Receipt]:
        """One receipt per change; what is tied (or not) already is not sent."""
        receipts: list[Receipt] = []
        for to in sorted({c.others[0].object for c in changes}):
            mine = [c for c in changes if c.others[0].object == to]
            for start in range(0, len(mine), BATCH):
                receipts += self._some(action, changes[0].target.object, to, mine[start : start + BATCH])
        return receipts

    def _some(self, action: Action, object: str, to: str, changes: Sequence[Change]) -> list[Receipt]:  # noqa: A002
        if to not in TIED_TO.get(object, ()):
            message = f"{object} are not tied to {to}."
            return [not_done(c, Outcome.REFUSED, "NO_SUCH_TIE", message) for c in changes]
        try:
            there = self._ties.read_types(object, to, sorted({c.target.id for c in changes}))
        except RemoteError as error:
            message = f"Nothing was sent: the ties could not be read. {error.message}"
            return [not_done(c, Outcome.FAILED, error.code or "UNREAD", message) for c in changes]
        receipts: list[Receipt] = []
        waiting: dict[str, list[Change]] = {}
        for change in changes:
            types = there.get(change.target.id, {}).get(change.others[0].id)
            if self._is_so(action, change, types):
                receipts.append(done(change, change.target, Outcome.ALREADY))
            else:
                waiting.setdefault(change.after or "", []).append(change)
        for label, some in sorted(waiting.items()):
            if action is Action.ASSOCIATE:
                receipts += self._associate(object, to, label, some, there)
            else:
                receipts += self._dissociate(object, to, some)
        return receipts

    def _is_so(self, action: Action, change: Change, types: Sequence[Json] | None) -> bool:
        if action is Action.DISSOCIATE:
            return types is None
        return types is not None and (not change.after or any(t.get("label") == change.after for t in types))

    def _associate(
        self,
        object: str,  # noqa: A002
        to: str,
        label: str,
        changes: Sequence[Change],
        there: Mapping[str, Mapping[str, Sequence[Json]]],
    ) -> list[Receipt]:
        """Tie, with a label or without. Writing labels replaces those of the pair, so what is to stay goes along."""
        pairs: list[Json] = [{"from": {"id": c.target.id}, "to": {"id": c.others[0].id}} for c in changes]
        base = f"/crm/v4/associations/{object}/{to}/batch"
        try:
            if not label:
                path, inputs = f"{base}/associate/default", pairs
            else:
                type_ = self._type(object, to, label)
                if type_ is None:
                    message = f"HubSpot has no association label {label!r} from {object} to {to}."
                    return [not_done(c, Outcome.REFUSED, "NO_SUCH_LABEL", message) for c in changes]
                path, inputs = f"{base}/create", []
                for pair, change in zip(pairs, changes, strict=True):
                    kept = there.get(change.target.id, {}).get(change.others[0].id, ())
                    inputs.append({**pair, "types": [type_, *(_as_written(t) for t in kept if t.get("label"))]})
            answer = self._client.send("POST", path, Effect.REPEATABLE, body={"inputs": inputs})
        except RemoteError as error:
            if len(changes) > 1 and error.status in (400, 404):
                # One bad pair refuses all: each on its own.
                return [r for c in changes for r in self._associate(object, to, label, [c], there)]
            return failed(changes, error)
        return self._settle(object, to, answer, changes)

    def _dissociate(self, object: str, to: str, changes: Sequence[Change]) -> list[Receipt]:  # noqa: A002
        inputs = [{"from": {"id": c.target.id}, "to": [{"id": c.others[0].id}]} for c in changes]
        path = f"/crm/v4/associations/{object}/{to}/batch/archive"
        try:
            self._client.send("POST", path, Effect.REPEATABLE, body={"inputs": inputs})
        except RemoteError as error:
            return failed(changes, error)
        return [done(c, c.target) for c in changes]

    def _settle(self, object: str, to: str, answer: Json, changes: Sequence[Change]) -> list[Receipt]:  # noqa: A002
        """Pairs that the answer names are tied; with errors in it, the others are looked up."""
        if not answer.get("errors"):
            return [done(c, c.target) for c in changes]
        why = "; ".join(str(e.get("message")) for e in answer["errors"])
        try:
            there = self._ties.read(object, to, sorted({c.target.id for c in changes}))
        except RemoteError as error:
            return [not_done(c, Outcome.UNKNOWN, "UNREAD", f"{why} {error.message}") for c in changes]
        return [
            done(c, c.target)
            if c.others[0].id in there.get(c.target.id, {})
            else not_done(c, Outcome.REFUSED, "ASSOCIATION_REFUSED", why)
            for c in changes
        ]

    def _type(self, object: str, to: str, label: str) -> Mapping[str, Any] | None:  # noqa: A002
        """The category and number of a label; Primary has fixed ones, others are the account's."""
        if label == PRIMARY and (object, to) in PRIMARY_IDS:
            return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": PRIMARY_IDS[object, to]}
        if (object, to) not in self._labels:
            answer = self._client.get(f"/crm/v4/associations/{object}/{to}/labels")
            self._labels[object, to] = {str(t["label"]): t for t in answer.get("results") or () if t.get("label")}
        found = self._labels[object, to].get(label)
        if found is None:
            return None
        return _as_written(found)


def _as_written(type_: Mapping[str, Any]) -> Mapping[str, Any]:
    """A type as it is written; it is read under other names."""
    return {"associationCategory": type_["category"], "associationTypeId": type_["typeId"]}
