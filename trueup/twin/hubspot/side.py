"""The HubSpot side of the twin: what the rest of the twin sees of it.

The world fills it through `load` and its sisters, the server mounts `app`, the control port edits, deletes, merges and
turns switches. Rows to load are either the API's records (`id`, `properties`, `createdAt`, `updatedAt`, `archived`) or
flat property dicts with `id` or `hs_object_id`; nothing is stamped or checked on loading, times come from the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from trueup.errors import UsageError
from trueup.twin.hubspot import counting
from trueup.twin.hubspot.app import HubSpotApp
from trueup.twin.hubspot.association_types import CATEGORIES
from trueup.twin.hubspot.auth import USER_ID
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.integration import Integration, SalesforceLike
from trueup.twin.hubspot.outages import OUTAGES
from trueup.twin.hubspot.portal import ClockLike, Portal, RecorderLike
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.side_rows import dumped, row_of
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.types import ObjectType

RESTORABLE_MS = 90 * 86_400_000
"""How long an archived record may be restored in the app (reference 5.7)."""


class HubSpotSide:
    """One HubSpot account, served and edited."""

    name = "hubspot"

    def __init__(
        self,
        db_path: Path | str | None,
        clock: ClockLike,
        recorder: RecorderLike,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        path = Path(db_path) if db_path is not None and str(db_path) != ":memory:" else None
        self.portal = Portal(path, clock, recorder, settings or {})
        self.app = HubSpotApp(self.portal)
        self.integration: Integration | None = None
        if not self.empty:
            self.portal.store.make_indexes()

    # -- loading ---------------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether nothing has been loaded or written yet."""
        store = self.portal.store
        return not len(self.portal.owners) and all(not store.page(t, 0, 1, archived=False) for t in self.portal.types)

    def load(self, object: str, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: A002
        """Loads many records, or owners, in one transaction; only what HubSpot calculates is added where missing."""
        portal, store = self.portal, self.portal.store
        if object == "owners":
            with store.transaction():
                portal.owners.load(rows)
            return
        object_type = portal.types.resolve(object)
        unique = portal.catalogue.unique_names(object_type.name)
        claims: list[tuple[int, str, str, int]] = []
        now = portal.now()

        def made() -> Iterator[Row]:
            for raw in rows:
                row = row_of(object_type, raw)
                portal.records.following.complete(object_type, row, now)
                if not row.archived:
                    for name in unique:
                        if value := row.props.get(name):
                            claims.append((object_type.number, name, value.strip().casefold(), row.id))
                    if object_type.name == "contacts" and (more := row.props.get("hs_additional_emails")):
                        claims.extend((object_type.number, "email", e.casefold(), row.id) for e in more.split(";"))
                yield row

        with store.transaction():
            store.put_many(object_type, made())
            store.db.executemany("INSERT OR IGNORE INTO unique_value VALUES (?,?,?,?)", claims)

    def load_history(self, type: str, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: A002
        """Loads property versions: rows of id, property, value, timestamp, source_type, source_id."""
        object_type = self.portal.types.resolve(type)
        with self.portal.store.transaction():
            self.portal.history.load(object_type, rows)

    def associate_many(self, from_type: str, to_type: str, type_id: int, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Ties many pairs by one kind; a labelled kind brings the plain one, and both directions are stored."""
        types = self.portal.types
        with self.portal.store.transaction():
            self.portal.associations.load(types.resolve(from_type), types.resolve(to_type), type_id, pairs)

    def finish_loading(self) -> None:
        """Counts ties and makes the indexes; call it once after the last load."""
        portal = self.portal
        with portal.store.lock:
            if portal.switches["rollups"]:
                counting.fill(portal.store, portal.types, portal.catalogue, portal.now())
            portal.store.make_indexes()

    # -- acting as somebody in the CRM -----------------------------------------------------------------------------

    def edit(self, object: str, id: str, values: Mapping[str, Any], user: int | None = None) -> dict[str, Any]:  # noqa: A002
        """Changes a record as a person would in the app: checked and stamped, and free to move a stage back."""
        portal = self.portal
        if object == "owners":
            return portal.owners.change(str(id), values)
        object_type, row = self._live(object, id)
        with portal.store.lock, _sentences():
            checked = portal.checker.check(object_type, values, row)
            portal.checker.refuse_problems(checked.problems)
            portal.checker.refuse_conflict(object_type, checked.values, row.id)
            origin = self._person(user)
            written = portal.records.update(object_type, row, checked.values, origin, forward_only=False)
            return dumped(object_type, written.row)

    def create(self, object: str, values: Mapping[str, Any], user: int | None = None) -> dict[str, Any]:  # noqa: A002
        """Makes a record as a person would in the app."""
        portal = self.portal
        object_type = portal.types.resolve(object)
        with portal.store.lock, _sentences():
            checked = portal.checker.check(object_type, values, None)
            portal.checker.refuse_problems(checked.problems)
            portal.checker.refuse_conflict(object_type, checked.values, None)
            return dumped(object_type, portal.records.create(object_type, checked.values, self._person(user)).row)

    def delete(self, object: str, id: str) -> None:  # noqa: A002
        """Archives a record."""
        object_type, row = self._live(object, id)
        with self.portal.store.lock:
            self.portal.records.archive(object_type, row.id)

    def undelete(self, object: str, id: str) -> None:  # noqa: A002
        """Restores an archived record as a person would in the app: in ninety days, its unique values free."""
        portal, object_type = self.portal, self.portal.types.resolve(object)
        row = portal.store.get(object_type, number(id))
        if row is None or not row.archived:
            raise UsageError(f"hubspot: there is no archived {object_type.singular} {id}")
        if portal.now() - (row.archived_at or 0) > RESTORABLE_MS:
            raise UsageError(f"hubspot: {object_type.singular} {id} was archived more than 90 days ago")
        with portal.store.lock, _sentences():
            portal.checker.refuse_conflict(object_type, row.props, row.id)
            portal.records.restore(object_type, row)

    def merge(self, object: str, survivor: str, losers: Iterable[str]) -> str:  # noqa: A002
        """Merges records one after another; gives the id of what is left."""
        portal = self.portal
        for loser in losers:
            object_type, primary = self._live(object, survivor)
            _, other = self._live(object, loser)
            with portal.store.transaction(), _sentences():
                survivor = str(portal.merger.merge(object_type, primary, other, self._person(None)).row.id)
        return survivor

    def associate(self, from_type: str, from_id: str, to_type: str, to_id: str, type_id: int | None = None) -> None:
        """Ties two records as a person would."""
        portal = self.portal
        a, b = portal.types.resolve(from_type), portal.types.resolve(to_type)
        with portal.store.lock, _sentences():
            kinds = [k for k in portal.associations.kinds(a, b) if k.type_id == type_id]
            portal.links.tie(a, number(from_id), b, number(to_id), kinds)

    # -- looking ---------------------------------------------------------------------------------------------------

    def objects(self) -> list[str]:
        """What `dump` can give."""
        return [t.name for t in self.portal.types] + ["owners", "associations", "merged"]

    def dump(self, object: str) -> Iterator[dict[str, Any]]:  # noqa: A002
        """Every record of a type as it stands, archived ones too; also `owners`, `associations` and `merged`."""
        portal = self.portal
        if object == "owners":
            yield from portal.owners.everybody()
            return
        if object in {"associations", "merged"}:
            yield from self._dump_ties() if object == "associations" else self._dump_merged()
            return
        object_type = portal.types.resolve(object)
        for row in portal.store.rows(object_type):
            yield dumped(object_type, row)

    def _dump_ties(self) -> Iterator[dict[str, Any]]:
        portal = self.portal
        with portal.store.lock:
            rows = portal.store.db.execute(
                "SELECT from_type, from_id, to_type, to_id, category, type_id FROM association"
                " ORDER BY from_type, from_id, to_type, to_id, category, type_id"
            ).fetchall()
        for from_type, from_id, to_type, to_id, category, type_id in rows:
            yield {
                "from_type": portal.types.numbered(from_type).name,
                "from_id": str(from_id),
                "to_type": portal.types.numbered(to_type).name,
                "to_id": str(to_id),
                "category": CATEGORIES[category],
                "type_id": type_id,
            }

    def _dump_merged(self) -> Iterator[dict[str, Any]]:
        with self.portal.store.lock:
            rows = self.portal.store.db.execute("SELECT type, old_id, new_id FROM merged ORDER BY 1, 2").fetchall()
        for type_number, old_id, new_id in rows:
            name = self.portal.types.numbered(type_number).name
            yield {"object": name, "old_id": str(old_id), "new_id": str(new_id)}

    # -- the native integration ------------------------------------------------------------------------------------

    def connect_salesforce(self, salesforce: SalesforceLike) -> Integration:
        """Connects the org that the native integration syncs with; it runs while its switch is on."""
        self.integration = Integration(self.portal, salesforce)
        self.portal.on_commit = self.integration.note
        return self.integration

    def time_passes(self) -> None:
        """Does what is due by now without anybody asking: the native integration's ticks and pushes."""
        if self.integration is not None:
            self.integration.run_due()

    # -- switches, sessions ----------------------------------------------------------------------------------------

    def switches(self) -> dict[str, Any]:
        """Every switch and its present setting."""
        return self.portal.switches.all()

    def set_switch(self, name: str, value: Any) -> None:
        """Sets one switch; raises KeyError with the good names for an unknown one."""
        self.portal.switches.set(name, value)
        if name == "salesforce_integration" and value:
            self.portal.catalogue.add_salesforce()

    def outages(self) -> Mapping[str, Mapping[str, Any]]:
        """Ready faults by name: the answers of HubSpot's bad days."""
        return OUTAGES

    def expire_sessions(self) -> None:
        """Ends every OAuth access token."""
        self.portal.auth.expire()

    def credentials(self, base_url: str, tls_url: str = "") -> dict[str, Any]:
        """This side's part of the ready line."""
        auth = self.portal.auth
        return {
            "url": base_url,
            "tls_url": tls_url,
            "access_token": auth.private_token,
            "client_id": auth.client_id,
            "client_secret": auth.client_secret,
            "refresh_token": auth.refresh_token,
            "app_id": auth.app_id,
            "developer_api_key": auth.developer_key,
            "portal_id": self.portal.portal_id,
        }

    def close(self) -> None:
        """Closes the database."""
        self.portal.close()

    def _live(self, object_name: str, record_id: str) -> tuple[ObjectType, Row]:
        with _sentences():
            object_type = self.portal.types.resolve(object_name)
            row = self.portal.records.find(object_type, str(record_id))
        if row is None or row.archived:
            raise UsageError(f"hubspot: there is no live {object_type.singular} {record_id}")
        return object_type, row

    @staticmethod
    def _person(user: int | None) -> Origin:
        return Origin("CRM_UI", "", "CRM_UI", int(user) if user is not None else USER_ID)


class _sentences:  # noqa: N801
    """Turns HubSpot's refusals into the project's own error, for callers that are not HTTP clients."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ApiError):
            raise UsageError(f"hubspot: {error.message}") from error
