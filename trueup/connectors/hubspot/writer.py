"""Carries out changes: each action by its own module, every one with exactly one receipt per change.

Nothing is raised for what concerns a record or a request: a batch that failed as a whole is as many receipts, so that
what other batches did is not forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.hubspot.associate import Associator
from trueup.connectors.hubspot.batch import SIZE
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.creates import Creator
from trueup.connectors.hubspot.merges import Merger
from trueup.connectors.hubspot.reader import Reader
from trueup.connectors.hubspot.receipts import done, failed
from trueup.connectors.hubspot.schema import Definitions
from trueup.connectors.hubspot.updates import Updater
from trueup.connectors.kit.transport import Effect
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change
from trueup.model.receipts import Receipt
from trueup.model.refs import Ref


class Writer:
    """Writes for one connection."""

    def __init__(self, client: Client, reader: Reader, definitions: Definitions) -> None:
        self._client = client
        self._definitions = definitions
        self._creator = Creator(client, reader, definitions)
        self._updater = Updater(client, reader)
        self._merger = Merger(client, reader, self._updater)
        self._associator = Associator(client, reader.ties)

    def write(self, action: Action, changes: Sequence[Change]) -> list[Receipt]:
        """Changes of one action on one object; see `Connector.write`."""
        if action in (Action.ASSOCIATE, Action.DISSOCIATE):
            return self._associator.write(action, changes)
        if action is Action.DELETE:
            return self._archive(changes)
        try:
            properties = self._definitions.of(changes[0].target.object)
        except RemoteError as error:
            return failed(changes, error)
        if action is Action.UPDATE:
            return self._updater.update(properties, changes)
        if action is Action.CREATE:
            return self._creator.create(properties, changes)
        if action is Action.MERGE:
            return self._merger.merge(properties, changes)
        raise ValueError(f"HubSpot has no {action.value}")

    def find(self, change: Change) -> Ref | None:
        """See `Connector.find`."""
        return self._creator.find(change)

    def create_key(self, object: str) -> str:  # noqa: A002
        """See `Creator.key`."""
        return self._creator.key(object)

    def _archive(self, changes: Sequence[Change]) -> list[Receipt]:
        """Archiving answers 204 also for what was never there (reference 5.5): it is done either way."""
        receipts: list[Receipt] = []
        for start in range(0, len(changes), SIZE):
            some = changes[start : start + SIZE]
            body = {"inputs": [{"id": c.target.id} for c in some]}
            path = f"/crm/v3/objects/{some[0].target.object}/batch/archive"
            try:
                self._client.send("POST", path, Effect.REPEATABLE, body=body)
            except RemoteError as error:
                receipts += failed(some, error)
            else:
                receipts += [done(c, c.target) for c in some]
        return receipts
