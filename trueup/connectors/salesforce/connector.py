"""The connector itself: what it can do, and where each part is done."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime

from trueup.connectors.kit import fieldmap
from trueup.connectors.kit.base import Coming, Connector, Settings
from trueup.connectors.kit.transport import RetryPolicy
from trueup.connectors.salesforce import associate, authors, ids, retrieve
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.merges import CONVERSIONS_A_CALL, MERGES_A_CALL, RESTORES_A_CALL
from trueup.connectors.salesforce.options import Options
from trueup.connectors.salesforce.reader import Reader
from trueup.connectors.salesforce.schema import TIES, Catalogue
from trueup.connectors.salesforce.writer import Writer
from trueup.errors import RefusedError
from trueup.model.authorship import Wrote
from trueup.model.changes import Action, Change, Reversal
from trueup.model.kinds import Kind
from trueup.model.receipts import Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities, Limit, Schema

OPTIONAL = frozenset({"Group", "Campaign", *TIES})
"""Objects that an org may not have, or may not show us, without its records becoming unreadable."""


class SalesforceConnector(Connector):
    """One connection to one org."""

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        super().__init__(settings)
        options = Options.read(settings.options)
        self._maps = fieldmap.load(__package__, settings.fields)
        self._client = Client(settings, options, policy)
        self._catalogue = Catalogue(self._client, self._maps, settings.stored_ids, all_fields=settings.all_fields)
        self._reader = Reader(self._client, self._catalogue, settings.system)
        self._writer = Writer(self._client, self._catalogue, settings.system)
        self._capabilities: Capabilities | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Asked once per connection: what the org has and this user may do comes from describe."""
        if self._capabilities is None:
            self._capabilities = self._ask()
        return self._capabilities

    def describe(self, object: str) -> Schema:  # noqa: A002  (the field's word)
        """See `Connector.describe`."""
        return self._catalogue.describe(object).schema

    def prepare(self, coming: Coming) -> None:
        """See `Connector.prepare`."""
        self._reader.prepare(coming)

    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """See `Connector.pull`."""
        return self._reader.pull(object, since)

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """See `Connector.get`."""
        return retrieve.get(self._client, self._catalogue, self.system, refs)

    def _write(self, action: Action, changes: Sequence[Change]) -> Sequence[Receipt]:
        return self._writer.write(action, changes)

    def find(self, change: Change) -> Ref | None:
        """See `Connector.find`."""
        return self._writer.find(change)

    def wrote(self, cells: Sequence[tuple[Ref, str]]) -> Sequence[Wrote]:
        """See `Connector.wrote`."""
        return authors.wrote(self._client, self._catalogue, self.system, cells)

    def limits(self) -> Sequence[Limit]:
        """The org's daily allowances that concern us, and our budget."""
        answer = self._client.get("limits/")
        daily = answer.get("DailyApiRequests")
        if daily:
            self._client.budget.learn(daily["Max"] - daily["Remaining"], daily["Max"])
        found = list(self._client.budget.limits())
        for name, label in (("DailyBulkV2QueryJobs", "bulk query jobs"), ("DailyBulkApiBatches", "bulk batches")):
            if name in answer:
                maximum = answer[name]["Max"]
                found.append(Limit(name=label, used=maximum - answer[name]["Remaining"], allowed=maximum))
        return found

    @property
    def calls(self) -> int:
        """Requests made so far."""
        return self._client.budget.spent

    def record_url(self, ref: Ref) -> str:
        """The record's page in Lightning."""
        instance = self._client.instance
        return f"{instance}/lightning/r/{ref.object}/{ref.id}/view" if instance else ""

    def canonical_id(self, object: str, id: str) -> str:  # noqa: A002, ARG002
        """18 characters with a true checksum."""
        return ids.to_18(id)

    def server_time(self) -> datetime | None:
        """The org's clock."""
        return self._client.server_time()

    def close(self) -> None:
        """See `Connector.close`."""
        self._reader.close()
        self._client.close()

    def _ask(self) -> Capabilities:
        there = self._catalogue.names()
        objects = {name: m.kind for name, m in self._maps.items() if name not in OPTIONAL or name in there}
        actions: dict[str, frozenset[Action]] = {}
        upsert_key: dict[str, str] = {}
        for name, kind in objects.items():
            if kind is Kind.OWNER:
                continue
            allowed, key = self._allowed(name)
            actions[name] = allowed
            if key:
                upsert_key[name] = key
        batch = self._client.options.batch_size
        return Capabilities(
            objects=objects,
            ties=tuple(name for name in TIES if name in there),
            actions=actions,
            batch_size={
                Action.CREATE: batch,
                Action.UPDATE: batch,
                Action.DELETE: batch,
                Action.ASSOCIATE: batch,
                Action.DISSOCIATE: batch,
                Action.MERGE: MERGES_A_CALL,
                Action.CONVERT: CONVERSIONS_A_CALL,
                Action.RESTORE: RESTORES_A_CALL,
            },
            incremental=True,
            tells_deletes=True,
            tells_merges=True,
            conditional_write=False,
            history="LeadHistory" in there or "OpportunityHistory" in there,
            upsert_key=upsert_key,
            reversal={
                Action.CREATE: Reversal.EXACT,
                Action.UPDATE: Reversal.EXACT,
                Action.ASSOCIATE: Reversal.EXACT,
                Action.DISSOCIATE: Reversal.EXACT,
                Action.DELETE: Reversal.PARTIAL,
                Action.RESTORE: Reversal.EXACT,
                Action.MERGE: Reversal.PARTIAL,
                Action.CONVERT: Reversal.NONE,
            },
        )

    def _allowed(self, name: str) -> tuple[frozenset[Action], str]:
        try:
            described = self._catalogue.describe(name)
        except RefusedError:
            # Not visible to us: the pull will say so; nothing can be written.
            return frozenset(), ""
        schema, found = described.schema, set[Action]()
        if schema.creatable:
            found.add(Action.CREATE)
        if schema.updatable:
            found.add(Action.UPDATE)
        if schema.deletable:
            found |= {Action.DELETE, Action.RESTORE}
        if schema.mergeable and schema.updatable and schema.deletable:
            found.add(Action.MERGE)
        if name == "Lead" and schema.updatable:
            found.add(Action.CONVERT)
        ties = {object_ for object_, _ in (*associate.LOOKUPS, *associate.JUNCTIONS)}
        if name in ties and schema.updatable:
            found |= {Action.ASSOCIATE, Action.DISSOCIATE}
        return frozenset(found), self._writer.create_key(described)
