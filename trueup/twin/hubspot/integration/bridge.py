"""What the integration reads and writes through, on both sides: as itself, counted, with its errors kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.integration.rules import STORED_ID, sync_error
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso

Json = dict[str, Any]

ORIGIN = Origin("SALESFORCE", "salesforce-integration", "SALESFORCE")
USERNAME = "hubspot.integration@acme.example"
_MOST_ERRORS = 10_000


class SalesforceLike(Protocol):
    """What is needed of the other side."""

    def dump(self, object: str) -> Iterator[dict[str, Any]]:  # noqa: A002
        """Every record of an object."""

    def get(self, object: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        """One record."""

    def edit(self, object: str, id: str, values: Mapping[str, Any], user: str | None = None) -> Any:  # noqa: A002
        """Changes a record as a user."""

    def create(self, object: str, values: Mapping[str, Any], user: str | None = None) -> Any:  # noqa: A002
        """Makes a record as a user; gives its id."""


class Bridge:
    """Both sides, and what was done and what failed since the last `begin`."""

    def __init__(self, portal: Portal, salesforce: SalesforceLike) -> None:
        self.portal = portal
        self.salesforce = salesforce
        self.errors: list[Json] = []
        self.done = {"hubspot": 0, "salesforce": 0}
        self.user: str | None = None
        """The Salesforce user that the integration is logged in as."""

    def begin(self) -> None:
        """A new run: counts from nothing, and makes sure of the user that it writes as in Salesforce."""
        self.done = {"hubspot": 0, "salesforce": 0}
        if self.user is None:
            known = (u for u in self.salesforce.dump("User") if str(u.get("Username")) == USERNAME)
            found = next(known, None)
            self.user = str(found["Id"]) if found else self._make_user()

    def _make_user(self) -> str:
        values = {
            "Username": USERNAME,
            "Email": USERNAME,
            "FirstName": "HubSpot",
            "LastName": "Integration",
            "Alias": "hubspot",
            "CommunityNickname": "hubspot.integration",
            "IsActive": True,
            "TimeZoneSidKey": "UTC",
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            "LanguageLocaleKey": "en_US",
        }
        return str(self.salesforce.create("User", values))

    # -- memory ----------------------------------------------------------------------------------------------------

    def recall(self, kind: str, key: str) -> Any:
        """Something the integration remembers."""
        return self.portal.store.kv_get(f"integration_{kind}", key)

    def keep(self, kind: str, key: str, value: Any) -> None:
        """Remembers something."""
        self.portal.store.kv_put(f"integration_{kind}", key, value)

    # -- writing ---------------------------------------------------------------------------------------------------

    def stamps(self, name: str, record: Mapping[str, Any]) -> dict[str, str]:
        """The id properties and the sync stamp that a synced record carries in HubSpot."""
        out = {STORED_ID[name]: str(record["Id"]), "salesforcelastsynctime": iso(self.portal.now())}
        if name == "Contact" and record.get("AccountId"):
            out["salesforceaccountid"] = str(record["AccountId"])
        return out

    def write_here(self, object_name: str, row: Row, values: Mapping[str, str]) -> None:
        """Writes what HubSpot takes; the rest are errors of the sync."""
        portal = self.portal
        object_type = portal.types.resolve(object_name)
        known = {n: v for n, v in values.items() if portal.catalogue.get(object_name, n) is not None}
        checked = portal.checker.check(object_type, known, row)
        for problem in checked.problems:
            self.fail("Property values", object_name, str(row.id), problem.message)
        try:
            portal.checker.refuse_conflict(object_type, checked.values, row.id)
        except ApiError as error:
            self.fail("Duplicates", object_name, str(row.id), error.message)
            return
        portal.records.update(object_type, row, checked.values, ORIGIN)
        self.done["hubspot"] += 1

    def create_here(self, object_name: str, values: Mapping[str, str], name: str, record: Mapping[str, Any]) -> Row:
        """Makes a HubSpot record for a Salesforce one; values that HubSpot refuses are left out and told."""
        portal = self.portal
        object_type = portal.types.resolve(object_name)
        checked = portal.checker.check(object_type, dict(values), None)
        for problem in checked.problems:
            self.fail("Property values", name, record["Id"], problem.message)
        self.done["hubspot"] += 1
        written = portal.records.create(object_type, checked.values, ORIGIN)
        portal.links.follow_creation(object_type, written.row)
        return written.row

    def write_there(self, name: str, record_id: str, values: Mapping[str, Any]) -> bool:
        """Changes a Salesforce record; what the org refuses becomes an error of the sync, as in the app."""
        try:
            self.salesforce.edit(name, record_id, {k: _none(v) for k, v in values.items()}, user=self.user)
        except Exception as error:
            self.fail(sync_error(str(error)), name, record_id, str(error))
            return False
        self.done["salesforce"] += 1
        return True

    def create_there(self, name: str, values: Mapping[str, Any], about: tuple[str, str]) -> str | None:
        """Makes a Salesforce record for a HubSpot one (`about`: type and id); None when the org refuses."""
        try:
            made = str(self.salesforce.create(name, dict(values), user=self.user))
        except Exception as error:
            self.fail(sync_error(str(error)), about[0], about[1], str(error))
            return None
        self.done["salesforce"] += 1
        return made

    def fail(self, category: str, object_name: str, record_id: str, message: str) -> None:
        """Notes an error of the sync, as the app's health page shows it (reference 14.5)."""
        at = iso(self.portal.now())
        self.errors.append(
            {"category": category, "object": object_name, "id": str(record_id), "message": message, "at": at}
        )
        del self.errors[:-_MOST_ERRORS]


def _none(value: Any) -> Any:
    return None if value == "" else value
