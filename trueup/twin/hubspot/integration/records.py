"""Leads, contacts, accounts and opportunities beside contacts, companies and deals: matched, made, settled.

A field is settled by its rule and by what either side held when both were last seen; rules apply to later changes,
not backwards, so records that carried each other's ids before the integration ever saw them are only remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot.integration.bridge import Bridge
from trueup.twin.hubspot.integration.rules import (
    OBJECTS,
    STORED_ID,
    Mapped,
    Rule,
    deal_stage,
    mappings,
    settle,
)
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import parse_ms

Json = dict[str, Any]

OWNER = Mapped("hubspot_owner_id", "OwnerId", Rule.TWO_WAY)
"""The owner is always two-way (reference 14.3); its ids are translated by e-mail address."""

_PLACEHOLDERS = {"Lead": {"LastName": "[not provided]", "Company": "[not provided]"}}


class Syncing:
    """The records of one connection."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._portal = bridge.portal
        self._owner_here: dict[str, str] = {}
        self._owner_there: dict[str, str] = {}
        self._members: set[int] | None = None

    def know_owners(self, pairs: Mapping[str, str]) -> None:
        """Tells which HubSpot owner each Salesforce user is."""
        self._owner_here = dict(pairs)
        self._owner_there = {here: there for there, here in pairs.items()}

    # -- Salesforce's changes --------------------------------------------------------------------------------------

    def sync(self, name: str) -> None:
        """Brings every Salesforce record of an object and its counterpart together."""
        portal = self._portal
        if name == "Opportunity" and not portal.switches["salesforce_deals"]:
            return
        self._members = self._listed()
        rows = [r for r in self._bridge.salesforce.dump(name) if r.get("Id")]
        object_type, stored = portal.types.resolve(OBJECTS[name]), STORED_ID[name]
        with portal.store.transaction():
            by_id = {r.props[stored][:15]: r for r in portal.store.rows(object_type) if r.props.get(stored)}
            for record in rows:
                if not truth(record.get("IsConverted")):
                    self._one(name, record, by_id.get(str(record["Id"])[:15]))
        if name == "Opportunity":
            self._tie_deals()

    def _one(self, name: str, record: Json, row: Row | None) -> None:
        if truth(record.get("IsDeleted")):
            if row is not None and not row.archived and row.props.get("salesforcedeleted") != "true":
                self._bridge.write_here(OBJECTS[name], row, {"salesforcedeleted": "true"})
            return
        carried = row is not None and not row.archived
        if not carried:
            row = self._match(name, record)
        if row is None:
            self._create(name, record)
            return
        if name == "Lead" and row.props.get("salesforcecontactid"):
            # A contact shows one of Salesforce's records: a Contact goes before a Lead.
            return
        key = f"{name}/{str(record['Id'])[:15]}"
        if carried and self._bridge.recall("seen", key) is None:
            self._remember(name, record, row)
            return
        self._settle(name, record, row)

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
        if name == "Account" and (found := domain(record.get("Website"))):
            sql = "SELECT id FROM o_companies WHERE NOT archived AND json_extract(props, '$.domain') COLLATE NOCASE = ?"
            rows = portal.store.db.execute(sql, (found,)).fetchall()
            return portal.store.get(portal.types.resolve("companies"), rows[0][0]) if len(rows) == 1 else None
        return None

    def _create(self, name: str, record: Json) -> None:
        """Records of Salesforce flow in whether on the inclusion list or not; people need an e-mail."""
        portal, bridge = self._portal, self._bridge
        if name in {"Lead", "Contact"}:
            email = str(record.get("Email") or "")
            if not email:
                return
            if portal.store.holder(portal.types.resolve("contacts"), "email", email):
                bridge.fail("Duplicates", name, record["Id"], "Email already in use")
                return
        values = {m.prop: shown for m in self._mapped(name) if (shown := self._here(m, record.get(m.field)))}
        if name == "Account":
            values |= {"domain": domain(record.get("Website"))}
        if name == "Opportunity":
            values |= deal_stage(record, portal.switches["salesforce_stages"])
        row = bridge.create_here(OBJECTS[name], values | bridge.stamps(name, record), name, record)
        self._remember(name, record, row)
        if name in {"Contact", "Opportunity"} and record.get("AccountId"):
            self._tie_company(name, record, row)

    # -- HubSpot's changes -----------------------------------------------------------------------------------------

    def push(self, object_name: str, record_id: int) -> None:
        """Carries what changed in a HubSpot record over to Salesforce, where the rules let it."""
        portal = self._portal
        row = portal.store.get(portal.types.resolve(object_name), record_id)
        if row is None or row.archived:
            return
        if object_name == "deals" and not portal.switches["salesforce_deals"]:
            return
        self._members = self._listed()
        for name in ("Contact", "Lead", "Account", "Opportunity"):
            stored = row.props.get(STORED_ID[name]) if OBJECTS[name] == object_name else None
            if not stored:
                continue
            record = self._bridge.salesforce.get(name, stored)
            if record is None or truth(record.get("IsDeleted")) or truth(record.get("IsConverted")):
                return
            if self._bridge.recall("seen", f"{name}/{stored[:15]}") is not None:
                self._settle(name, record, row, push=True)
            return

    def include(self, row: Row) -> None:
        """Makes a lead of a contact that Salesforce does not have."""
        values = {m.field: row.props[m.prop] for m in self._mapped("Lead") if row.props.get(m.prop) and m is not OWNER}
        if owner := self._owner_there.get(row.props.get("hubspot_owner_id", "")):
            values["OwnerId"] = owner
        values = _PLACEHOLDERS["Lead"] | values
        lead_id = self._bridge.create_there("Lead", values, ("contacts", str(row.id)))
        if lead_id is None:
            return
        record = self._bridge.salesforce.get("Lead", lead_id) or {"Id": lead_id, **values}
        with self._portal.store.transaction():
            again = {"salesforcecontactid": "", "salesforcedeleted": ""} if row.props.get("salesforcedeleted") else {}
            self._bridge.write_here("contacts", row, again | self._bridge.stamps("Lead", record))
            self._remember("Lead", record, row)

    # -- settling --------------------------------------------------------------------------------------------------

    def _settle(self, name: str, record: Json, row: Row, *, push: bool = False) -> None:
        """Settles every mapped field; with `push` only towards Salesforce."""
        bridge, key = self._bridge, f"{name}/{str(record['Id'])[:15]}"
        seen: Json = bridge.recall("seen", key) or {}
        here: dict[str, str] = {}
        there: dict[str, str] = {}
        agreed: dict[str, list[str]] = dict(seen) if push else {}
        shut = self._shut_out(row)
        for m in self._mapped(name):
            if m.field not in record or (m is OWNER and not self._owner_known(record, row)):
                continue
            theirs, ours = self._here(m, record[m.field]), _comparable(m.prop, row.props.get(m.prop, ""))
            before = seen.get(m.prop)
            new_theirs, new_ours = settle(
                m.rule,
                theirs,
                ours,
                salesforce_changed=before is None or before[0] != theirs,
                hubspot_changed=before is not None and before[1] != ours,
            )
            if shut:
                new_theirs = theirs
            if m is OWNER and not new_theirs:  # nothing is without an owner there
                new_theirs = new_ours = theirs
            if push:
                # What Salesforce has to say waits for its tick.
                if before is None or before[0] != theirs or new_theirs == theirs:
                    continue
                new_ours = ours
            if new_ours != ours:
                here[m.prop] = new_ours
            if new_theirs != theirs:
                there[m.field] = self._there(m, new_theirs)
            agreed[m.prop] = [new_theirs, new_ours]
        if there and not bridge.write_there(name, str(record["Id"]), there):
            agreed |= {m.prop: seen.get(m.prop, ["", ""]) for m in self._mapped(name) if m.field in there}
        if name == "Opportunity" and not push:
            here |= self._stage(record, row, seen, agreed)
        stamps = bridge.stamps(name, record)
        links = {k: v for k, v in stamps.items() if k != "salesforcelastsynctime" and row.props.get(k) != v}
        if here or there or links:
            bridge.write_here(OBJECTS[name], row, here | stamps)
            # What was refused, or stored in another spelling, is tried again when it changes, not at every tick.
            written = self._portal.store.get(self._portal.types.resolve(OBJECTS[name]), row.id) or row
            agreed |= {p: [agreed[p][0], _comparable(p, written.props.get(p, ""))] for p in here}
        if agreed != seen:
            bridge.keep("seen", key, agreed)

    def _stage(self, record: Json, row: Row, seen: Json, agreed: dict[str, list[str]]) -> dict[str, str]:
        """A deal follows its opportunity's stage when that moves, where the account maps the stage."""
        theirs, before = str(record.get("StageName") or ""), seen.get("dealstage", [None])[0]
        agreed["dealstage"] = [theirs, row.props.get("dealstage", "")]
        if before in (None, theirs):
            return {}
        wanted = deal_stage(record, self._portal.switches["salesforce_stages"]).get("dealstage", "")
        return {"dealstage": wanted} if wanted and wanted != row.props.get("dealstage") else {}

    def _remember(self, name: str, record: Json, row: Row) -> None:
        """Takes both sides as they are for agreed."""
        fresh = self._portal.store.get(self._portal.types.resolve(OBJECTS[name]), row.id) or row
        seen = {
            m.prop: [self._here(m, record.get(m.field)), _comparable(m.prop, fresh.props.get(m.prop, ""))]
            for m in self._mapped(name)
            if m.field in record
        }
        if name == "Opportunity":
            seen["dealstage"] = [str(record.get("StageName") or ""), fresh.props.get("dealstage", "")]
        self._bridge.keep("seen", f"{name}/{str(record['Id'])[:15]}", seen)

    def _mapped(self, name: str) -> tuple[Mapped, ...]:
        return (*mappings(self._portal.switches["salesforce_rules"])[name], OWNER)

    def _here(self, m: Mapped, value: Any) -> str:
        return self._owner_here.get(str(value or ""), "") if m is OWNER else text(value)

    def _there(self, m: Mapped, value: str) -> str:
        return self._owner_there.get(value, value) if m is OWNER else value

    def _owner_known(self, record: Json, row: Row) -> bool:
        """Queues, and owners that the other side has no account for, are left as they are."""
        held = row.props.get("hubspot_owner_id", "")
        return str(record.get("OwnerId")) in self._owner_here and (not held or held in self._owner_there)

    def _listed(self) -> set[int] | None:
        list_id = str(self._portal.switches["salesforce_inclusion_list"])
        return {i for i, _ in self._portal.lists.members(self._portal.lists.get(list_id))} if list_id else None

    def _shut_out(self, row: Row) -> bool:
        """Only members of the inclusion list are changed in Salesforce from HubSpot (reference 14.2)."""
        contact = "salesforceleadid" in row.props or "salesforcecontactid" in row.props
        return contact and self._members is not None and row.id not in self._members

    # -- ties ------------------------------------------------------------------------------------------------------

    def _tie_company(self, name: str, record: Json, row: Row) -> None:
        portal = self._portal
        companies = portal.types.resolve("companies")
        sql = (
            "SELECT id FROM o_companies WHERE NOT archived AND"
            " substr(json_extract(props, '$.salesforceaccountid'), 1, 15) = ?"
        )
        found = portal.store.db.execute(sql, (str(record["AccountId"])[:15],)).fetchone()
        if found is None:
            self._bridge.fail("Associations", name, record["Id"], "Waiting for account to sync")
            return
        portal.links.tie(portal.types.resolve(OBJECTS[name]), row.id, companies, int(found[0]))

    def _tie_deals(self) -> None:
        """Contact roles become associations of the deal; each is carried over once."""
        portal = self._portal
        deals, contacts = portal.types.resolve("deals"), portal.types.resolve("contacts")
        deal_of = {r.props["hs_salesforceopportunityid"][:15]: r.id for r in portal.store.rows(deals)
                   if not r.archived and r.props.get("hs_salesforceopportunityid")}  # fmt: skip
        contact_of = {r.props["salesforcecontactid"][:15]: r.id for r in portal.store.rows(contacts)
                      if not r.archived and r.props.get("salesforcecontactid")}  # fmt: skip
        for role in self._bridge.salesforce.dump("OpportunityContactRole"):
            key = str(role.get("Id"))
            deal = deal_of.get(str(role.get("OpportunityId") or "")[:15])
            contact = contact_of.get(str(role.get("ContactId") or "")[:15])
            if truth(role.get("IsDeleted")) or not deal or not contact or self._bridge.recall("role", key):
                continue
            if not portal.associations.between(deals, deal, contacts, contact):
                portal.links.tie(deals, deal, contacts, contact)
            self._bridge.keep("role", key, True)


def truth(value: Any) -> bool:
    """A checkbox of Salesforce, however it is spelled."""
    return value is True or str(value).lower() in {"true", "1"}


def text(value: Any) -> str:
    """A Salesforce value as HubSpot would store it."""
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


def domain(website: Any) -> str:
    """The domain of a web address."""
    low = str(website or "").lower()
    bare = low.partition("//")[2] or low
    return bare.partition("/")[0].removeprefix("www.").partition(":")[0]
