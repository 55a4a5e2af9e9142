"""The native Salesforce integration beside everybody else: a tick every fifteen minutes, both ways (reference 14).

It writes as itself (source SALESFORCE), stamps what it synced, fills Salesforce's blanks, overwrites the loser's side
of a preferred field, creates leads for members of its inclusion list, and keeps its errors to itself: they show in the
app only, never in the API. On in an account whose switch `salesforce_integration` is on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.integration_rules import OBJECTS, STORED_ID, mappings, settle, sync_error
from trueup.twin.hubspot.lifecycle import is_backward
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms

Json = dict[str, Any]

TICK_MS = 15 * 60 * 1000
_ORIGIN = Origin("SALESFORCE", "salesforce-integration", "SALESFORCE")


class SalesforceLike(Protocol):
    """What is needed of the other side."""

    def dump(self, object: str) -> Iterator[dict[str, Any]]:  # noqa: A002
        """Every record of an object."""

    def edit(self, object: str, id: str, values: Mapping[str, Any]) -> Any:  # noqa: A002
        """Changes a record."""

    def create(self, object: str, values: Mapping[str, Any]) -> Any:  # noqa: A002
        """Makes a record; gives its id."""


class Integration:
    """The integration of one account with one org."""

    def __init__(self, portal: Portal, salesforce: SalesforceLike) -> None:
        self._portal = portal
        self._salesforce = salesforce
        self.errors: list[Json] = []
        self._busy = False

    def run_due(self) -> int:
        """Carries out the ticks whose time has come; one is enough for any number of missed ones."""
        if self._busy or not self._portal.switches["salesforce_integration"]:
            return 0
        last = self._portal.store.kv_get("integration", "last")
        if last is not None and self._portal.now() - int(last) < TICK_MS:
            return 0
        self.tick()
        return 1

    def tick(self) -> dict[str, int]:
        """One sync: gives how many records were written on each side."""
        portal, done = self._portal, {"hubspot": 0, "salesforce": 0}
        self._busy = True
        try:
            for name in ("Account", "Lead", "Contact", "Opportunity"):
                rows = [r for r in self._salesforce.dump(name) if not _blank(r.get("Id"))]
                with portal.store.transaction():
                    self._sync(name, rows, done)
            self._stages()
            self._include(done)
            portal.store.kv_put("integration", "last", portal.now())
        finally:
            self._busy = False
        return done

    # -- Salesforce's records and their counterparts ---------------------------------------------------------------

    def _sync(self, name: str, rows: list[Json], done: dict[str, int]) -> None:
        portal = self._portal
        object_type, stored = portal.types.resolve(OBJECTS[name]), STORED_ID[name]
        by_id = {r.props[stored][:15]: r for r in portal.store.rows(object_type) if r.props.get(stored)}
        for record in rows:
            if record.get("IsConverted") in (True, "true"):
                continue
            row = by_id.get(str(record["Id"])[:15])
            if _truth(record.get("IsDeleted")):
                if row is not None and not row.archived and row.props.get("salesforcedeleted") != "true":
                    self._write(object_type.name, row, {"salesforcedeleted": "true"}, done)
                continue
            if row is None or row.archived:
                row = self._match(name, record)
            if row is None:
                self._create_here(name, record, done)
                continue
            if name == "Lead" and row.props.get("salesforcecontactid"):
                # A contact shows one of Salesforce's records: a Contact goes before a Lead.
                continue
            self._settle(name, record, row, done)

    def _match(self, name: str, record: Json) -> Row | None:
        portal = self._portal
        if name in {"Lead", "Contact"}:
            contacts = portal.types.resolve("contacts")
            holder = portal.store.holder(contacts, "email", str(record.get("Email") or ""))
            row = portal.store.get(contacts, holder) if holder else None
            if row is not None and row.props.get(STORED_ID[name], str(record["Id"]))[:15] != str(record["Id"])[:15]:
                # Several records with one e-mail: the contact shows the first and the others stay out.
                return None
            return row
        if name == "Account" and (domain := _domain(record.get("Website"))):
            sql = "SELECT id FROM o_companies WHERE NOT archived AND json_extract(props, '$.domain') COLLATE NOCASE = ?"
            found = portal.store.db.execute(sql, (domain,)).fetchall()
            return portal.store.get(portal.types.resolve("companies"), found[0][0]) if len(found) == 1 else None
        return None

    def _create_here(self, name: str, record: Json, done: dict[str, int]) -> None:
        """Records of Salesforce flow in whether on the inclusion list or not; people need an e-mail."""
        portal = self._portal
        if name == "Opportunity" or (name in {"Lead", "Contact"} and not record.get("Email")):
            return
        object_type = portal.types.resolve(OBJECTS[name])
        if name in {"Lead", "Contact"} and portal.store.holder(object_type, "email", str(record["Email"])):
            self._fail("Duplicates", name, record["Id"], "Email already in use")
            return
        values = {m.prop: text for m in self._mapped(name) if (text := _text(record.get(m.field)))}
        if name == "Account":
            values |= {"domain": _domain(record.get("Website"))}
        checked = portal.checker.check(object_type, values | self._stamps(name, record), None)
        for problem in checked.problems:
            self._fail("Property values", name, record["Id"], problem.message)
        portal.records.create(object_type, checked.values, _ORIGIN)
        self._remember(name, record, values)
        done["hubspot"] += 1

    def _settle(self, name: str, record: Json, row: Row, done: dict[str, int]) -> None:
        key = f"{name}/{str(record['Id'])[:15]}"
        seen: Json = self._portal.store.kv_get("integration_seen", key) or {}
        here: dict[str, str] = {}
        there: dict[str, str] = {}
        agreed: dict[str, list[str]] = {}
        for m in self._mapped(name):
            if m.field not in record:
                continue
            theirs, ours = _text(record[m.field]), _comparable(m.prop, row.props.get(m.prop, ""))
            before = seen.get(m.prop)
            new_theirs, new_ours = settle(
                m.rule,
                theirs,
                ours,
                salesforce_changed=before is None or before[0] != theirs,
                hubspot_changed=before is not None and before[1] != ours,
            )
            if new_ours != ours:
                here[m.prop] = new_ours
            if new_theirs != theirs:
                there[m.field] = new_theirs
            agreed[m.prop] = [new_theirs, new_ours]
        if there and not self._write_there(name, record, there, done):
            agreed |= {m.prop: seen.get(m.prop, ["", ""]) for m in self._mapped(name) if m.field in there}
        stamps = self._stamps(name, record)
        links = {k: v for k, v in stamps.items() if k != "salesforcelastsynctime" and row.props.get(k) != v}
        if here or there or links:
            self._write(OBJECTS[name], row, here | stamps, done)
            # What was refused, or stored in another spelling, is tried again when it changes, not at every tick.
            written = self._portal.store.get(self._portal.types.resolve(OBJECTS[name]), row.id) or row
            agreed |= {p: [agreed[p][0], _comparable(p, written.props.get(p, ""))] for p in here}
        if agreed != seen:
            self._portal.store.kv_put("integration_seen", key, agreed)

    def _write(self, object_name: str, row: Row, values: Mapping[str, str], done: dict[str, int]) -> None:
        """Writes what HubSpot takes; the rest are errors of the sync."""
        portal = self._portal
        object_type = portal.types.resolve(object_name)
        known = {n: v for n, v in values.items() if portal.catalogue.get(object_name, n) is not None}
        checked = portal.checker.check(object_type, known, row)
        for problem in checked.problems:
            self._fail("Property values", object_name, str(row.id), problem.message)
        try:
            portal.checker.refuse_conflict(object_type, checked.values, row.id)
        except ApiError as error:
            self._fail("Duplicates", object_name, str(row.id), error.message)
            return
        portal.records.update(object_type, row, checked.values, _ORIGIN)
        done["hubspot"] += 1

    def _write_there(self, name: str, record: Json, values: Mapping[str, str], done: dict[str, int]) -> bool:
        try:
            self._salesforce.edit(name, record["Id"], {k: v or None for k, v in values.items()})
        except Exception as error:  # whatever the org refuses becomes an error of the sync, as in the app
            self._fail(sync_error(str(error)), name, record["Id"], str(error))
            return False
        done["salesforce"] += 1
        return True

    # -- HubSpot's own: stages, the inclusion list -----------------------------------------------------------------

    def _stages(self) -> None:
        """A contact role in an opportunity makes an opportunity of the contact, a won one a customer; forward only."""
        portal = self._portal
        if not portal.switches["salesforce_lifecycle"]:
            return
        contacts = portal.types.resolve("contacts")
        won = {str(o["Id"]): _truth(o.get("IsWon")) for o in self._salesforce.dump("Opportunity")}
        reached: dict[str, str] = {}
        for role in self._salesforce.dump("OpportunityContactRole"):
            person = str(role.get("ContactId") or "")[:15]
            if won.get(str(role.get("OpportunityId"))) or reached.get(person) == "customer":
                reached[person] = "customer"
            elif str(role.get("OpportunityId")) in won:
                reached[person] = "opportunity"
        for row in list(portal.store.rows(contacts)):
            stage = reached.get(row.props.get("salesforcecontactid", "")[:15] or "-")
            present = row.props.get("lifecyclestage")
            if not stage or row.archived or is_backward(portal.catalogue.lifecycle, present, stage):
                continue
            portal.records.update(contacts, row, {"lifecyclestage": stage}, _ORIGIN)

    def _include(self, done: dict[str, int]) -> None:
        """Makes a lead of every member of the inclusion list that Salesforce does not have."""
        portal, list_id = self._portal, str(self._portal.switches["salesforce_inclusion_list"])
        if not list_id:
            return
        contacts = portal.types.resolve("contacts")
        for contact_id, _ in portal.lists.members(portal.lists.get(list_id)):
            row = portal.store.get(contacts, contact_id)
            if row is None or row.props.get("salesforceleadid") or row.props.get("salesforcecontactid"):
                continue
            values = {m.field: row.props[m.prop] for m in self._mapped("Lead") if row.props.get(m.prop)}
            values = {"LastName": "[not provided]", "Company": "[not provided]", **values}
            try:
                lead_id = str(self._salesforce.create("Lead", values))
            except Exception as error:  # as above: the org's refusal is the sync's error
                self._fail(sync_error(str(error)), "contacts", str(contact_id), str(error))
                continue
            done["salesforce"] += 1
            record = {"Id": lead_id, **values}
            with portal.store.transaction():
                self._write("contacts", row, self._stamps("Lead", record), done)
                self._remember("Lead", record, {m.prop: _text(values.get(m.field)) for m in self._mapped("Lead")})

    # -- small things ----------------------------------------------------------------------------------------------

    def _mapped(self, name: str) -> Any:
        return mappings(self._portal.switches["salesforce_rules"])[name]

    def _stamps(self, name: str, record: Json) -> dict[str, str]:
        out = {STORED_ID[name]: str(record["Id"]), "salesforcelastsynctime": iso(self._portal.now())}
        if name == "Contact" and record.get("AccountId"):
            out["salesforceaccountid"] = str(record["AccountId"])
        return out

    def _remember(self, name: str, record: Json, values: Mapping[str, str]) -> None:
        seen = {m.prop: [_text(record.get(m.field)), values.get(m.prop, "")] for m in self._mapped(name)}
        self._portal.store.kv_put("integration_seen", f"{name}/{str(record['Id'])[:15]}", seen)

    def _fail(self, category: str, object_name: str, record_id: str, message: str) -> None:
        at = iso(self._portal.now())
        self.errors.append(
            {"category": category, "object": object_name, "id": str(record_id), "message": message, "at": at}
        )
        del self.errors[:-10_000]


def _blank(value: Any) -> bool:
    return value is None or value == ""


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in {"true", "1"}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _comparable(prop: str, value: str) -> str:
    """A HubSpot value as Salesforce would spell it: a deal's close date is a day there."""
    if prop == "closedate" and parse_ms(value) is not None:
        return value[:10]
    return value


def _domain(website: Any) -> str:
    text = str(website or "").lower().partition("//")[2] or str(website or "").lower()
    return text.partition("/")[0].removeprefix("www.").partition(":")[0]
