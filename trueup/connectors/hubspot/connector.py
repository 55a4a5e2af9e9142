"""The HubSpot connector: the contract, put together from client, definitions, reader and writer."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime

from trueup.connectors.hubspot import authors, options, scopes
from trueup.connectors.hubspot.batch import SIZE
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.reader import Reader
from trueup.connectors.hubspot.schema import Definitions
from trueup.connectors.hubspot.types import (
    ACTIVITIES,
    HISTORY,
    MERGEABLE,
    OBJECTS,
    STAGED,
    TIED_TO,
    TYPE_IDS,
)
from trueup.connectors.hubspot.writer import Writer
from trueup.connectors.kit.base import Coming, Connector, Permissions, Settings
from trueup.connectors.kit.transport import RetryPolicy
from trueup.errors import CredentialsError, LimitError, TrueupError, UnavailableError
from trueup.model.authorship import Wrote
from trueup.model.changes import Action, Change, Reversal
from trueup.model.receipts import Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities, Limit, Schema

APP = "https://app.hubspot.com"


class HubSpotConnector(Connector):
    """One connection to one account. Nothing is sent before something is asked."""

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        super().__init__(settings)
        self.options = options.read(settings.options, settings.system)
        self.client = Client(settings, self.options, policy)
        self._definitions = Definitions(self.client, settings)
        self._reader = Reader(self.client, self._definitions)
        self._writer = Writer(self.client, self._reader, self._definitions)
        self._portal: tuple[str, str] | None = None
        self._capabilities: Capabilities | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What HubSpot can do; whether creates are repeatable depends on the account's properties, asked once."""
        if self._capabilities is None:
            self._capabilities = self._declare()
        return self._capabilities

    def describe(self, object: str) -> Schema:  # noqa: A002
        """All properties of the object."""
        return self._definitions.schema(object)

    def prepare(self, coming: Coming) -> None:
        """See `Reader.prepare`."""
        self._reader.prepare(coming)

    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """See `Reader.pull`."""
        return (yield from self._reader.pull(object, since))

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """See `Reader.get`."""
        return self._reader.get(refs)

    def _write(self, action: Action, changes: Sequence[Change]) -> Sequence[Receipt]:
        return self._writer.write(action, changes)

    def find(self, change: Change) -> Ref | None:
        """See `Creator.find`."""
        return self._writer.find(change)

    def wrote(self, cells: Sequence[tuple[Ref, str]]) -> Sequence[Wrote]:
        """See `Connector.wrote`."""
        return authors.wrote(self.client, self._definitions, self.system, cells)

    def limits(self) -> Sequence[Limit]:
        """The account's daily calls where its answers tell them, our budget, and the burst that we keep to."""
        if self.client.budget.remote_allowed is None:
            self.client.account()
        burst = Limit("burst", used=0, allowed=self.client.pace.calls, window="10 seconds")
        return (*self.client.budget.limits(), burst)

    def permissions(self) -> Permissions:
        """The scopes of the app; see `scopes`."""
        return scopes.examine(self.client, list(self.capabilities.objects), writing=not self.settings.read_only)

    @property
    def calls(self) -> int:
        """Requests made so far."""
        return self.client.budget.spent

    def record_url(self, ref: Ref) -> str:
        """The record's page; "" for objects without one, and while the account's number cannot be had."""
        if ref.object not in TYPE_IDS:
            return ""
        portal, app = self._account()
        return f"{app}/contacts/{portal}/record/{TYPE_IDS[ref.object]}/{ref.id}" if portal else ""

    def canonical_id(self, object: str, id: str) -> str:  # noqa: A002, ARG002
        """Digits only; spreadsheets have made `123.0` of many a stored id."""
        text = id.strip()
        return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text

    def server_time(self) -> datetime | None:
        """HubSpot's clock, from the Date of an answer."""
        return self.client.server_time()

    def close(self) -> None:
        """Close connections."""
        self._reader.close()
        self.client.close()

    def _declare(self) -> Capabilities:
        objects = {o: k for o, k in OBJECTS.items() if self.options.activities or o not in ACTIVITIES}
        plain = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE})
        ties = frozenset({Action.ASSOCIATE, Action.DISSOCIATE})
        writable = [o for o in objects if o != "owners"]
        return Capabilities(
            objects=objects,
            ties=tuple(HISTORY) if self.options.history else (),
            actions={
                o: plain
                | (ties if o in TIED_TO else frozenset())
                | (frozenset({Action.MERGE}) if o in MERGEABLE else frozenset())
                for o in writable
            },
            batch_size={**dict.fromkeys((*plain, *ties), SIZE), Action.MERGE: 1},
            incremental=True,
            tells_deletes=True,
            tells_merges=True,
            history=self.options.history,
            upsert_key=self._upsert_keys(writable),
            reversal={Action.MERGE: Reversal.NONE, Action.DELETE: Reversal.NONE, Action.CREATE: Reversal.EXACT},
            transitional=frozenset(STAGED.items()),
            merge_identity="new",
            merge_fills=True,
        )

    def _upsert_keys(self, objects: Sequence[str]) -> dict[str, str]:
        """Asks for the properties of what is made most; of a connection that only reads, nothing is asked."""
        if self.settings.read_only:
            return {}
        found = {}
        for object_ in (o for o in objects if o in MERGEABLE):
            try:
                key = self._writer.create_key(object_)
            except (CredentialsError, LimitError, UnavailableError):
                break  # the next would be asked in vain, after as many attempts
            except TrueupError:
                continue
            if key:
                found[object_] = key
        return found

    def _account(self) -> tuple[str, str]:
        """The account's number and the app's address, asked once at most, and not at all when configured."""
        if self._portal is None:
            if self.options.portal_id:
                self._portal = (self.options.portal_id, APP)
            else:
                try:
                    details = self.client.account()
                except TrueupError:
                    self._portal = ("", APP)
                else:
                    domain = str(details.get("uiDomain") or "")
                    self._portal = (str(details.get("portalId") or ""), f"https://{domain}" if domain else APP)
        return self._portal
