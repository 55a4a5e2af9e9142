"""Creates, changes, archives and removes records by HubSpot's rules; every way into the store leads through here.

A write is checked first and wholly (all problems of all properties), then carried out: the lifecycle's forward rule,
what follows from the values, unique values, history, stamps. Writing what is already stored changes nothing, not even
the last-modified time (reference 5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.automatic import HANDFUL, HANDFUL_CONTACT, on_create
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.checking import Checker
from trueup.twin.hubspot.following import Following
from trueup.twin.hubspot.history import History, Origin
from trueup.twin.hubspot.hooks import AfterPresence, AfterWrite
from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.store import Row, Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType, Types


@dataclass(slots=True)
class Written:
    """A record after a write, and the names that the answer shows."""

    row: Row
    touched: set[str]
    new: bool = False


class Records:
    """The rules of one portal's records."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        history: History,
        associations: Associations,
        switches: Switches,
        checker: Checker,
        now: Callable[[], int],
    ) -> None:
        self.store = store
        self.types = types
        self.catalogue = catalogue
        self.history = history
        self.associations = associations
        self.switches = switches
        self.now = now
        self.checker = checker
        self.following = Following(catalogue, switches)
        self._next: dict[str, int] = {}
        self.after_write: AfterWrite | None = None
        self.after_presence: AfterPresence | None = None

    # -- looking up ------------------------------------------------------------------------------------------------

    def find(
        self, object_type: ObjectType, raw: str, id_property: str | None = None, *, secondary: bool = True
    ) -> Row | None:
        """The record of an id (merged-away ids lead to the survivor) or of a unique value; None when not there.

        `secondary` says whether a contact is also found by the e-mails that are not its first.
        """
        if id_property and id_property not in {"hs_object_id", "id"}:
            self.checker.check_id_property(object_type, id_property)
            holder = self.store.holder(object_type, id_property, raw)
            found = self.store.get(object_type, holder) if holder is not None else None
            if found and not secondary and found.props.get(id_property, "").casefold() != raw.strip().casefold():
                return None
            return found
        return self.store.get(object_type, self.store.resolve(object_type, number(raw)))

    # -- writing ---------------------------------------------------------------------------------------------------

    def create(self, object_type: ObjectType, new: Mapping[str, str], origin: Origin) -> Written:
        """Makes a record of checked values."""
        now = self.now()
        record_id = self._fresh_id(object_type)
        props = {name: value for name, value in new.items() if value and name not in object_type.always}
        row = Row(record_id, parse_ms(new.get(object_type.created)) or now, now, props=props)
        stage = str(self.switches["default_lifecycle_stage"])
        props |= on_create(object_type.name, record_id, props, row.created, stage)
        props |= {
            "hs_object_source": origin.source,
            "hs_object_source_id": origin.user_id,
            "hs_object_source_label": origin.label or origin.source,
        }
        if props.get("hubspot_owner_id"):
            props |= {"hubspot_owner_assigneddate": iso(now), "hs_all_owner_ids": props["hubspot_owner_id"]}
        self.following.fill(object_type, {}, row, now)
        for name in [name for name, value in props.items() if not value]:
            del props[name]
        with self.store.transaction():
            self.store.put(object_type, row)
            self._stale(object_type, record_id, None)
            for name in self.catalogue.unique_names(object_type.name):
                if value := props.get(name):
                    self.store.claim(object_type, name, value, record_id)
            self.store.event(object_type.name, str(record_id), "create", None, dict(props))
            if company := props.get("associatedcompanyid"):
                self._tie_company(record_id, company)
            if self.after_write is not None:
                self.after_write(object_type, row, set(props), new=True)
                row = self.store.get(object_type, record_id) or row
        return Written(row, set(props), new=True)

    def update(
        self,
        object_type: ObjectType,
        before: Row,
        new: Mapping[str, str],
        origin: Origin,
        *,
        forward_only: bool = True,
        stamp: bool = True,
    ) -> Written:
        """Changes a record by checked values; blank clears. The answer's names come back with it."""
        now = self.now()
        after = before.copy()
        for name, value in new.items():
            if name == object_type.created and value:
                after.created = parse_ms(value) or after.created
            elif name == "lifecyclestage" and forward_only and self.following.ignored(object_type, before, value):
                continue
            elif value:
                after.props[name] = value
            else:
                after.props.pop(name, None)
        if after.props.get("hubspot_owner_id") != before.props.get("hubspot_owner_id"):
            after.props["hubspot_owner_assigneddate"] = iso(now)
        touched = set(new) | set(HANDFUL)
        if object_type.name == "contacts":
            touched |= set(HANDFUL_CONTACT)
        changed = self._changes(before.props, after.props)
        if not changed and after.created == before.created:
            return Written(before, touched)
        self.following.fill(object_type, before.props, after, now)
        for name in [name for name, value in after.props.items() if not value]:
            del after.props[name]
        changed = self._changes(before.props, after.props)
        if stamp:
            after.updated = now
        with self.store.transaction():
            self._stale(object_type, before.id, before)
            self.store.put(object_type, after)
            self.history.change(object_type, before, changed, now, origin)
            for name in self.catalogue.unique_names(object_type.name):
                if name in changed:
                    if old := before.props.get(name):
                        self.store.release(object_type, before.id, name, old)
                    if taken := after.props.get(name):
                        self.store.claim(object_type, name, taken, before.id)
            self.store.event(object_type.name, str(before.id), "update", dict(before.props), dict(after.props))
            if "associatedcompanyid" in changed and object_type.name == "contacts":
                self._tie_company(before.id, changed["associatedcompanyid"])
            if self.after_write is not None:
                self.after_write(object_type, after, set(changed), new=False)
        return Written(after, touched | set(changed))

    def archived_by(self, object_type: ObjectType, record_id: int) -> int:
        """The record that a delete by that id archives: the survivor of a merge, where an old id leads to it."""
        if self.switches["delete_by_merged_id"] == "survivor":
            return self.store.resolve(object_type, record_id)
        return record_id

    def archive(self, object_type: ObjectType, record_id: int) -> bool:
        """Archives a record; the last-modified time stays. True if there was a live one."""
        before = self.store.get(object_type, record_id)
        if before is None or before.archived:
            return False
        after = before.copy()
        after.archived, after.archived_at = True, self.now()
        with self.store.transaction():
            self._stale(object_type, record_id, before)
            self.store.put(object_type, after)
            if self.switches["archived_email_is_free"]:
                self._release_all(object_type, before)
            self.store.event(object_type.name, str(record_id), "archive", dict(before.props), None)
            self.tell_presence(object_type, record_id, self.tied(object_type, record_id))
        return True

    def restore(self, object_type: ObjectType, before: Row) -> None:
        """Brings an archived record back; the last-modified time stays."""
        after = before.copy()
        after.archived, after.archived_at = False, None
        with self.store.transaction():
            self.put_merged(object_type, after)
            self.store.event(object_type.name, str(before.id), "restore", None, dict(after.props))
            self.associations.step_back(object_type, before.id)
            self.tell_presence(object_type, before.id, self.tied(object_type, before.id))

    def erase(self, object_type: ObjectType, row: Row, action: str = "gdpr-delete") -> None:
        """Removes a record for good, with its history and ties."""
        with self.store.transaction():
            tied = self.tied(object_type, row.id)
            self._stale(object_type, row.id, row)
            self._release_all(object_type, row)
            self.store.remove(object_type, row.id)
            self.history.remove(object_type, row.id)
            self.associations.cut_all(object_type, row.id)
            self.store.event(object_type.name, str(row.id), action, dict(row.props), None)
            self.tell_presence(object_type, row.id, tied)

    def tied(self, object_type: ObjectType, record_id: int) -> set[tuple[ObjectType, int]]:
        """What a record is tied to, each once."""
        return {(other, other_id) for other, other_id, _, _ in self.associations.everything(object_type, record_id)}

    def tell_presence(self, object_type: ObjectType, record_id: int, tied: Collection[tuple[ObjectType, int]]) -> None:
        """Lets what follows from a record's going or coming follow."""
        if self.after_presence is not None:
            self.after_presence(object_type, record_id, tied)

    def put_merged(self, object_type: ObjectType, row: Row) -> None:
        """Stores the record that a merge made, with its unique values and secondary e-mails."""
        self.store.put(object_type, row)
        self._stale(object_type, row.id, None)
        for name in self.catalogue.unique_names(object_type.name):
            if value := row.props.get(name):
                self.store.claim(object_type, name, value, row.id)
        if object_type.name == "contacts":
            for email in filter(None, row.props.get("hs_additional_emails", "").split(";")):
                self.store.claim(object_type, "email", email, row.id)

    def put_rolled_up(self, object_type: ObjectType, before: Row, after: Row) -> None:
        """Stores what was counted anew; no history, and the index hears of it as of any write."""
        self._stale(object_type, before.id, before)
        self.store.put(object_type, after)
        self.store.event(object_type.name, str(before.id), "update", dict(before.props), dict(after.props))

    def fresh_id(self, object_type: ObjectType) -> int:
        """An id that no record of the type has or had."""
        return self._fresh_id(object_type)

    def drop_for_merge(self, object_type: ObjectType, row: Row) -> None:
        """Takes a record away because it goes into another."""
        self._stale(object_type, row.id, row)
        self._release_all(object_type, row)
        self.store.remove(object_type, row.id)

    def _tie_company(self, contact_id: int, company: str | None) -> None:
        contacts, companies = self.types.resolve("contacts"), self.types.resolve("companies")
        present = self.associations.primary(contacts, contact_id, companies)
        wanted = int(float(company)) if company else None
        if wanted == present:
            return
        if wanted is None:
            if present is not None:
                self.associations.cut(contacts, contact_id, companies, present)
            return
        if self.store.get(companies, wanted) is not None:
            kind = self.associations.kind(contacts, companies, 0, 1)
            self.associations.tie(contacts, contact_id, companies, wanted, [kind])

    @staticmethod
    def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
        out: dict[str, str | None] = {name: value for name, value in after.items() if before.get(name, "") != value}
        out.update({name: None for name in before if name not in after})
        return out

    def _stale(self, object_type: ObjectType, record_id: int, before: Row | None) -> None:
        lag_s = float(str(self.switches["search_lag_seconds"]))
        if lag_s > 0:
            self.store.remember(object_type, record_id, before, self.now() + int(lag_s * 1000))

    def _release_all(self, object_type: ObjectType, row: Row) -> None:
        for name in self.catalogue.unique_names(object_type.name):
            if value := row.props.get(name):
                self.store.release(object_type, row.id, name, value)
        if object_type.name == "contacts":
            for email in filter(None, row.props.get("hs_additional_emails", "").split(";")):
                self.store.release(object_type, row.id, "email", email)

    def _fresh_id(self, object_type: ObjectType) -> int:
        name = object_type.name
        n = self._next.get(name)
        if n is None:
            n = int(self.store.kv_get("next_id", name) or self.store.count(object_type))
        while True:
            record_id = int(make_id(name, n))
            n += 1
            if (
                self.store.get(object_type, record_id) is None
                and self.store.resolve(object_type, record_id) == record_id
            ):
                break
        self._next[name] = n
        self.store.kv_put("next_id", name, n)
        return record_id


def number(raw: Any) -> int:
    """A record id from text or a number; HubSpot's own 404 for anything else."""
    text = str(raw).strip()
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or int(text) == 0 or len(text) > 18:
        raise errors.not_numeric(text)
    return int(text)
