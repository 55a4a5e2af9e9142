"""What the contract suite needs of each connector's fake: fill it, act as somebody else, count what arrived."""

from __future__ import annotations

import csv
import importlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trueup.connectors.hubspot import HubSpotConnector
from trueup.connectors.kit.base import Connector, Settings
from trueup.connectors.kit.registry import open_connector, spec, with_defaults
from trueup.connectors.kit.transport import NO_WAITING
from trueup.connectors.memory import MemoryConnector, MemoryCrm
from trueup.model.changes import Action, Change
from trueup.model.kinds import FIELDS, Kind
from trueup.model.refs import Ref

SYSTEM = "crm"

_numbers = itertools.count(1)


class Rig(ABC):
    """One fake CRM. Values are canonical throughout."""

    person = "people"
    company = "companies"
    deal = "deals"
    unknown_id = "999999"
    checks_types = False
    deal_values: Mapping[str, str] = {"name": "A deal", "stage": "qualification"}

    @abstractmethod
    def open(self, *, read_only: bool = False) -> Connector:
        """A new connection."""

    @abstractmethod
    def edit(self, object_: str, id_: str, values: Mapping[str, str | None]) -> None:
        """Change a record as somebody else would."""

    @abstractmethod
    def arrived(self) -> int:
        """How many requests, or writes where there are no requests, have arrived so far."""

    def add(self, object_: str, values: Mapping[str, str | None]) -> str:
        """Make a record; by another connection unless the fake has a shorter way."""
        connector = self.open()
        kind = connector.capabilities.objects[object_]
        target = Ref(SYSTEM, object_, f"new-rig-{next(_numbers)}")
        (receipt,) = connector.write([Change(Action.CREATE, target, kind, values=values)])
        assert receipt.ref is not None, receipt
        connector.close()
        return receipt.ref.id

    def delete(self, object_: str, id_: str) -> None:
        """Delete as somebody else would."""
        raise NotImplementedError

    def merge(self, object_: str, survivor: str, loser: str) -> str:
        """Merge as somebody else would; the id that lives on."""
        raise NotImplementedError

    def pass_time(self) -> None:  # noqa: B027  (most fakes index at once)
        """Let so much time pass that what was done is in every index."""

    def close(self) -> None:  # noqa: B027
        """Stop what runs."""


class MemoryRig(Rig):
    """The in-process CRM, with a unique key and small pages."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 5, 6, 12, tzinfo=UTC)
        self.crm = MemoryCrm(clock=lambda: self.now)

    def open(self, *, read_only: bool = False) -> Connector:
        options = {"database": "contract", "page_size": 2, "upsert_key": "key"}
        return MemoryConnector(Settings(SYSTEM, options, secret=str, read_only=read_only), self.crm)

    def add(self, object_: str, values: Mapping[str, str | None]) -> str:
        return self.crm.add(object_, values)

    def edit(self, object_: str, id_: str, values: Mapping[str, str | None]) -> None:
        self.crm.edit(object_, id_, values)

    def delete(self, object_: str, id_: str) -> None:
        self.crm.delete(object_, id_)

    def merge(self, object_: str, survivor: str, loser: str) -> str:
        return self.crm.merge(object_, survivor, loser)

    def arrived(self) -> int:
        return len(self.crm.writes)


class CsvRig(Rig):
    """A folder; somebody else is whoever has the file open in a spreadsheet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for object_, kind in (("people", Kind.PERSON), ("companies", Kind.COMPANY), ("deals", Kind.DEAL)):
            more = ["person_ids", "company_ids"] if kind is Kind.DEAL else []
            header = ["id", *FIELDS[kind], *more, "trueup_key", "Remarks"]
            (folder / f"{object_}.csv").write_text(",".join(header) + "\n")

    def open(self, *, read_only: bool = False) -> Connector:
        objects = {"people": "person", "companies": "company", "deals": "deal"}
        options = {"folder": str(self.folder), "objects": objects}
        return open_connector("csvfile", Settings(SYSTEM, options, secret=str, read_only=read_only))

    def edit(self, object_: str, id_: str, values: Mapping[str, str | None]) -> None:
        path = self.folder / f"{object_}.csv"
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        columns = path.read_text().splitlines()[0].split(",")
        for row in rows:
            if row["id"] == id_:
                row.update({name: value or "" for name, value in values.items()})
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def delete(self, object_: str, id_: str) -> None:
        path = self.folder / f"{object_}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{id_},")]
        assert len(kept) == len(lines) - 1
        path.write_text("".join(kept), encoding="utf-8")

    def arrived(self) -> int:
        return sum(path.stat().st_mtime_ns for path in self.folder.iterdir())


class TwinRig(Rig):
    """One side of the twin behind a real socket, with its clock and its memory."""

    checks_types = True
    side_module = ""
    side_class = ""
    settings: Mapping[str, Any] = {}

    def __init__(self, folder: Path) -> None:
        side_class = getattr(importlib.import_module(self.side_module), self.side_class)
        from trueup.twin.kit.clock import Clock
        from trueup.twin.kit.faults import Faults
        from trueup.twin.kit.pipeline import wrap
        from trueup.twin.kit.recorder import Recorder
        from trueup.twin.kit.serving import Listener, Servers

        self.clock = Clock()
        self.recorder = Recorder(None, self.clock)
        self.faults = Faults()
        self.side = side_class(folder / "twin.db", self.clock, self.recorder, dict(self.settings))
        app = wrap(self.side.app, self.side.name, self.clock, self.recorder, self.faults, self.side.expire_sessions)
        self.servers = Servers([Listener(self.side.name, app)])
        self.servers.start()
        self.url = self.servers.urls[self.side.name]
        self._native: dict[str, dict[str, str]] = {}

    def options(self) -> dict[str, object]:
        """Where and how to log in."""
        raise NotImplementedError

    def open(self, *, read_only: bool = False, **options: object) -> Connector:
        connector_spec = spec(self.side.name)
        given = with_defaults(connector_spec, self.options() | options)
        settings = Settings(SYSTEM, given, secret=lambda reference: reference, read_only=read_only, budget=1.0)
        return self.connect(settings)

    def connect(self, settings: Settings) -> Connector:
        """Open as the registry does; a rig that can spare the waiting says how."""
        return spec(self.side.name).open(settings)

    def natives(self, object_: str, values: Mapping[str, str | None]) -> dict[str, Any]:
        """Canonical values under native names."""
        if object_ not in self._native:
            connector = self.open(read_only=True)
            self._native[object_] = {f.canonical: f.name for f in connector.describe(object_).fields if f.canonical}
            connector.close()
        return {self._native[object_][name]: "" if value is None else value for name, value in values.items()}

    def edit(self, object_: str, id_: str, values: Mapping[str, str | None]) -> None:
        self.side.edit(object_, id_, self.natives(object_, values))

    def delete(self, object_: str, id_: str) -> None:
        self.side.delete(object_, id_)

    def merge(self, object_: str, survivor: str, loser: str) -> str:
        return str(self.side.merge(object_, survivor, [loser]) or survivor)

    def arrived(self) -> int:
        return self.recorder.counts["requests"]

    def pass_time(self) -> None:
        self.clock.advance(60)

    def close(self) -> None:
        self.servers.stop()
        self.side.close()
        self.recorder.close()


_KEY = {"name": "trueup_key", "label": "Trueup key", "type": "string", "fieldType": "text", "hasUniqueValue": True}


class HubSpotRig(TwinRig):
    """The twin's HubSpot, with pages of two and the index's real lag."""

    side_module = "trueup.twin.hubspot.side"
    side_class = "HubSpotSide"
    person, company, deal = "contacts", "companies", "deals"
    deal_values = {"name": "A deal", "stage": "qualifiedtobuy", "pipeline": "default"}
    settings = {
        "switches": {"limits": False},
        "lifecycle_stages": [{"id": "77234959", "label": "Recycled", "after": "other"}],
        "properties": {
            "contacts": [
                {**_KEY, "groupName": "contactinformation"},
                {
                    "name": "salesforcecontactid",
                    "label": "Salesforce Contact ID",
                    "type": "string",
                    "fieldType": "text",
                    "groupName": "contactinformation",
                },
            ],
            "companies": [{**_KEY, "groupName": "companyinformation"}],
            "deals": [{**_KEY, "groupName": "dealinformation"}],
        },
    }

    def options(self) -> dict[str, object]:
        token = self.side.credentials(self.url)["access_token"]
        return {"auth.token": token, "base_url": self.url, "page_size": 2, "search_page_size": 2}

    def connect(self, settings: Settings) -> Connector:
        return HubSpotConnector(settings, NO_WAITING)

    def add(self, object_: str, values: Mapping[str, str | None]) -> str:
        return str(self.side.create(object_, self.natives(object_, values))["id"])


_SF_KEY = {"external_id": True, "unique": True, "case_sensitive": True}


class SalesforceRig(TwinRig):
    """The twin's Salesforce."""

    side_module = "trueup.twin.salesforce.side"
    side_class = "SalesforceSide"
    person, company, deal = "Contact", "Account", "Opportunity"
    unknown_id = "003000000000001AAA"
    deal_values = {"name": "A deal", "stage": "Qualification", "close_date": "2027-01-31"}

    settings = {
        "custom_fields": {
            name: [{"name": "Trueup_Key__c", "label": "Key", "type": "string", "length": 64, **_SF_KEY}]
            for name in ("Contact", "Account", "Opportunity")
        }
    }

    def options(self) -> dict[str, object]:
        token = self.side.credentials(self.url)["access_token"]
        return {"auth.flow": "session", "auth.session_id": token, "instance_url": self.url}


RIGS: Mapping[str, type[Rig]] = {
    "memory": MemoryRig,
    "csvfile": CsvRig,
    "hubspot": HubSpotRig,
    "salesforce": SalesforceRig,
}
