"""Puts the parts of one HubSpot account together; the endpoints see this and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.auth import Auth
from trueup.twin.hubspot.automation import Automation
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.checking import Checker
from trueup.twin.hubspot.exports import Exports
from trueup.twin.hubspot.history import History, Origin
from trueup.twin.hubspot.imports import Imports
from trueup.twin.hubspot.limits import Limits
from trueup.twin.hubspot.links import Links
from trueup.twin.hubspot.lists import Lists
from trueup.twin.hubspot.merge import Merger
from trueup.twin.hubspot.owners import Owners
from trueup.twin.hubspot.records import Records
from trueup.twin.hubspot.render import Renderer
from trueup.twin.hubspot.schemas import Schemas
from trueup.twin.hubspot.search import Searcher
from trueup.twin.hubspot.sensitivity import Sensitivity
from trueup.twin.hubspot.store import Event, Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.tie_limits import TieLimits
from trueup.twin.hubspot.timetext import ms_of
from trueup.twin.hubspot.types import Types
from trueup.twin.hubspot.validations import Validations
from trueup.twin.hubspot.webhooks import Webhooks


class ClockLike(Protocol):
    """What is needed of the twin's clock."""

    def now(self) -> Any:
        """The present instant, aware, UTC."""


class RecorderLike(Protocol):
    """What is needed of the twin's recorder."""

    def commit(
        self,
        side: str,
        object: str,  # noqa: A002
        id: str,  # noqa: A002
        action: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        seq: int | None = None,
    ) -> None:
        """Notes a committed write."""


class Portal:
    """One account: its settings, its records, its rules."""

    def __init__(
        self, db_path: Path | None, clock: ClockLike, recorder: RecorderLike, settings: Mapping[str, Any]
    ) -> None:
        self.portal_id = int(settings.get("portal_id", 44_237_313))
        self.app_host = str(settings.get("app_host", "https://app.hubspot.com"))
        self.settings = settings
        self._clock = clock
        self._recorder = recorder
        self.on_commit: Callable[[Event], None] | None = None
        given = dict(settings.get("switches") or {})
        for name in ("plan", "salesforce_integration"):
            if name in settings:
                given.setdefault(name, settings[name])
        self.switches = Switches(given)
        self.types = Types()
        self.store = Store(db_path, self.types, self._announce)
        integrated = {"salesforce_integration": self.switches["salesforce_integration"]}
        self.catalogue = Catalogue(self.store, self.types, {**settings, **integrated})
        self.history = History(self.store, lambda: self.switches["history_versions"])
        self.associations = Associations(self.store, self.types)
        self.owners = Owners(self.store)
        self.checker = Checker(self.store, self.catalogue, self.switches, self.owners.known, self.portal_id)
        self.records = Records(
            self.store,
            self.types,
            self.catalogue,
            self.history,
            self.associations,
            self.switches,
            self.checker,
            self.now,
        )
        self.links = Links(self.records)
        self.merger = Merger(self.records)
        self.tie_limits = TieLimits(self.store, self.associations, self.switches)
        self.links.limits = self.tie_limits
        self.automation = Automation(self.records, self.links)
        self.schemas = Schemas(self.store, self.types, self.catalogue, self.associations, self.portal_id, self.now)
        self.validations = Validations(self.store, self.catalogue, self.switches, settings)
        self.renderer = Renderer(self.catalogue, self.history, self.portal_id, self.app_host, self.now)
        self.searcher = Searcher(self.store, self.types, self.catalogue, self.switches)
        self.auth = Auth(settings, self.portal_id, self.switches, self.now)
        self.sensitivity = Sensitivity(self.catalogue, self.auth, self.portal_id)
        self.limits = Limits(self.switches, self.now)
        self.lists = Lists(self.store, self.types, self.catalogue, self.history, self.associations, self.now)
        self.exports = Exports(
            self.store,
            self.types,
            self.catalogue,
            self.searcher,
            self.lists,
            self.associations,
            self.switches,
            self.now,
        )
        self.imports = Imports(
            self.store, self.types, self.catalogue, self.checker, self.records, self.links, self.switches, self.now
        )
        self.webhooks = Webhooks(
            self.store,
            self.types,
            self.catalogue,
            self.switches,
            self.portal_id,
            self.auth.client_secret,
            self.auth.app_id,
            self.now,
        )

    def now(self) -> int:
        """The present in epoch milliseconds, by the twin's clock."""
        return ms_of(self._clock.now())

    def api_origin(self, app_id: int) -> Origin:
        """Who an API call writes as."""
        return Origin("INTEGRATION", str(app_id))

    def _announce(self, event: Event) -> None:
        object_name, record_id, action, before, after = event
        self._recorder.commit("hubspot", object_name, record_id, action, before, after)
        self.webhooks.note(event)
        if self.on_commit is not None:
            self.on_commit(event)

    def close(self) -> None:
        """Ends what runs beside the requests and closes the database."""
        self.webhooks.close()
        self.store.close()
