"""The memory connector: a CRM within the process, the example to copy when writing a connector, and a test double.

    systems:
      left:  {connector: memory, database: left}
      right: {connector: memory, database: right, upsert_key: key}

Read it in this order: this file (what is declared), `reader` (how rows become records), `writer` (how changes become
receipts), `client` (the far side; a real connector has the CRM's client library there).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime

from trueup.connectors.kit.base import Connector, ConnectorSpec, Option, Settings
from trueup.connectors.memory.client import Fault, Killed, MemoryCrm, Row
from trueup.connectors.memory.reader import HISTORY, Reader
from trueup.connectors.memory.writer import Writer
from trueup.model.changes import Action, Change, Reversal
from trueup.model.receipts import Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities, Schema

__all__ = ["SPEC", "Fault", "Killed", "MemoryConnector", "MemoryCrm", "Row", "database", "forget"]

OPTIONS = (
    Option("database", "name of the in-process database; connections that name the same one share it", required=True),
    Option("page_size", "records in a page of a pull", type="integer", default=100),
    Option("incremental", "whether pulls can begin at a mark", type="boolean", default=True),
    Option("tells_deletes", "whether pulls tell deleted records", type="boolean", default=True),
    Option("tells_merges", "whether pulls tell merged records", type="boolean", default=True),
    Option("conditional", "whether an update checks the values it was based on", type="boolean", default=True),
    Option("upsert_key", "native field that makes creates repeatable; blank for none", default=""),
)

_DATABASES: dict[str, MemoryCrm] = {}


def database(name: str, crm: MemoryCrm | None = None) -> MemoryCrm:
    """The in-process database of that name, made when it is first asked for; giving `crm` puts it under the name."""
    if crm is not None:
        _DATABASES[name] = crm
    return _DATABASES.setdefault(name, MemoryCrm())


def forget(name: str) -> None:
    """Drop a database, for tests that end."""
    _DATABASES.pop(name, None)


class MemoryConnector(Connector):
    """One connection to a `MemoryCrm`."""

    def __init__(self, settings: Settings, crm: MemoryCrm | None = None) -> None:
        super().__init__(settings)
        self.crm = crm or database(str(settings.options["database"]))
        for stored in settings.stored_ids:
            self.crm.native_fields.setdefault(stored.object, set()).add(stored.field)
        self.upsert_key = str(self._option("upsert_key") or "")
        if self.upsert_key:
            self.crm.unique.update({o: self.upsert_key for o in self.crm.objects if o != "owners"})
        self._reader = Reader(
            self.crm,
            settings,
            tells_deletes=bool(self._option("tells_deletes")),
            tells_merges=bool(self._option("tells_merges")),
        )
        self._writer = Writer(self.crm, self._reader, conditional=bool(self._option("conditional")))

    @property
    def capabilities(self) -> Capabilities:
        """Everything, but what the options switch off; owners are only read."""
        actions = frozenset(Action) - {Action.CONVERT}
        return Capabilities(
            objects=self.crm.objects,
            ties=(HISTORY,),
            actions={o: actions for o in self.crm.objects if o != "owners"},
            batch_size={Action.UPDATE: 100, Action.CREATE: 100},
            incremental=bool(self._option("incremental")),
            tells_deletes=bool(self._option("tells_deletes")),
            tells_merges=bool(self._option("tells_merges")),
            conditional_write=bool(self._option("conditional")),
            history=True,
            upsert_key=dict(self.crm.unique),
            reversal={Action.MERGE: Reversal.NONE},
            transitional=frozenset(self.crm.two_steps),
            merge_identity=self.crm.merge_identity,
            merge_fills=True,
        )

    def describe(self, object: str) -> Schema:  # noqa: A002
        """See `Reader.describe`."""
        return self._reader.describe(object)

    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """See `Reader.pull`."""
        return (yield from self._reader.pull(object, since))

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """See `Reader.get`."""
        return self._reader.get(refs)

    def _write(self, action: Action, changes: Sequence[Change]) -> Sequence[Receipt]:
        return self._writer.write(action, changes)

    def find(self, change: Change) -> Ref | None:
        """By the unique field that a create carries; nothing lags here, so None is certain."""
        return self._writer.find(change)

    def record_url(self, ref: Ref) -> str:
        """An address that looks like one, for reports in tests."""
        return f"memory://{self.settings.options.get('database') or self.system}/{ref.object}/{ref.id}"

    def server_time(self) -> datetime | None:
        """The database's clock."""
        return self.crm.clock()

    def _option(self, name: str) -> object:
        declared = next(o for o in OPTIONS if o.name == name)
        return self.settings.options.get(name, declared.default)


SPEC = ConnectorSpec("memory", "A CRM within the process: an example and a test double.", OPTIONS, MemoryConnector)
