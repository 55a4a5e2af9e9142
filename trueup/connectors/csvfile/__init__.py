"""The csvfile connector: a folder with one CSV file per object, so that exports can be reconciled without an API.

    systems:
      export:
        connector: csvfile
        folder: exports/march
        id_column: Id
        objects: {users: owner, accounts: company, contacts: person}
        fields: {contacts: {first_name: FirstName, email: Email}}

Columns with canonical names need no map. Ids of other files may stand alone (`12`) or with their object
(`accounts/12`). Deals and activities name their people, companies and deals in the columns `person_ids`,
`company_ids` and `deal_ids`, joined by `;`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from trueup.connectors.csvfile.reader import Reader
from trueup.connectors.csvfile.writer import Writer
from trueup.connectors.kit.base import Connector, ConnectorSpec, Option, Settings
from trueup.model.changes import Action, Change, Reversal
from trueup.model.kinds import Kind
from trueup.model.receipts import Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities, Schema

__all__ = ["SPEC", "CsvConnector"]

OPTIONS = (
    Option("folder", "folder with one file per object", type="path", required=True),
    Option("objects", "each file (without .csv) and its kind, as in {people: person}", type="mapping", required=True),
    Option("id_column", "column that holds the record's id, the same in all files", default="id"),
    Option("modified_column", "column that holds when a row was last changed, if there is one", default="modified_at"),
    Option("key_column", "column that makes creates repeatable, used where a file has it", default="trueup_key"),
    Option("encoding", "encoding of the files; auto reads UTF-8, or what a byte order mark says", default="auto"),
)

_BATCH = 1000


class CsvConnector(Connector):
    """One folder of CSV files."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._key_column = str(settings.options.get("key_column") or "trueup_key")
        self._reader = Reader(settings)
        self._writer = Writer(self._reader, self._key_column)

    @property
    def capabilities(self) -> Capabilities:
        """What the files allow: a tie can be written where there is a column for it."""
        objects = self._reader.objects
        plain = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE})
        ties = frozenset({Action.ASSOCIATE, Action.DISSOCIATE})
        return Capabilities(
            objects=objects,
            actions={
                o: plain | (ties if k in (Kind.DEAL, Kind.ACTIVITY) else frozenset())
                for o, k in objects.items()
                if k is not Kind.OWNER
            },
            batch_size=dict.fromkeys((*plain, *ties), _BATCH),
            conditional_write=True,
            upsert_key={o: self._key_column for o in objects if self._reader.has_column(o, self._key_column)},
            reversal={Action.DELETE: Reversal.NONE},
        )

    def describe(self, object: str) -> Schema:  # noqa: A002
        """See `Reader.describe`."""
        return self._reader.describe(object)

    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002, ARG002
        """The whole file whatever the mark; see `Reader.pull`."""
        return (yield from self._reader.pull(object))

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """See `Reader.get`."""
        return self._reader.get(refs)

    def _write(self, action: Action, changes: Sequence[Change]) -> Sequence[Receipt]:
        return self._writer.write(action, changes)

    def find(self, change: Change) -> Ref | None:
        """See `Writer.find`; a file does not lag."""
        return self._writer.find(change)

    def record_url(self, ref: Ref) -> str:
        """The file; a spreadsheet has no address for a row."""
        return (self._reader.folder.absolute() / f"{ref.object}.csv").as_uri()


SPEC = ConnectorSpec("csvfile", "A folder with one CSV file per object.", OPTIONS, CsvConnector)
