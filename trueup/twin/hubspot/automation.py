"""What an account does by itself after a write: companies found by domain, stages copied, ties counted.

Each is a setting of the account (reference 8.4, 10.3). Counts are rolled up without moving the last-modified time;
the dates of the last activity move it, as in HubSpot.
"""

from __future__ import annotations

from collections.abc import Collection

from trueup.twin.hubspot.counting import CONTACTED, COUNTED
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.lifecycle import is_backward
from trueup.twin.hubspot.links import Links
from trueup.twin.hubspot.pipelines import is_closed
from trueup.twin.hubspot.records import Records
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

_SETTING = Origin("CRM_SETTING", "", "CRM_SETTING")
_COMPANIES = Origin("COMPANIES", "", "CRM_SETTING")
_FREEMAIL = frozenset(
    {
        *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "icloud.com"),
        *("aol.com", "msn.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.com", "me.com"),
    }
)
_ACTIVITY_DATES = ("notes_last_updated", "notes_last_contacted")


def _by_type(tied: tuple[ObjectType, int]) -> tuple[int, int]:
    return tied[0].number, tied[1]


class Automation:
    """The settings' consequences for one portal; hooked into its records and links."""

    def __init__(self, records: Records, links: Links) -> None:
        self._records = records
        self._links = links
        self._store = records.store
        self._associations = records.associations
        records.after_write = self.after_write
        records.after_presence = self.after_presence
        links.after_tie = self.after_tie

    def _type(self, name: str) -> ObjectType:
        return self._records.types.resolve(name)

    def after_write(self, object_type: ObjectType, row: Row, changed: set[str], *, new: bool) -> None:
        """Called inside the transaction of every create and update."""
        switches = self._records.switches
        if object_type.name == "contacts" and "email" in changed and switches["associate_by_domain"]:
            self._company_by_domain(row)
        if object_type.name == "companies" and "lifecyclestage" in changed and switches["company_stage_to_contacts"]:
            contacts = self._type("contacts")
            for other, contact_id, _, _ in self._associations.everything(object_type, row.id):
                if other.name == "contacts":
                    self._copy_stage(contacts, contact_id, row)
        moved = (object_type.name == "deals" and "dealstage" in changed) or (
            object_type.engagement and "hs_timestamp" in changed
        )
        if moved and not new and switches["rollups"]:
            for other, record_id in sorted(self._records.tied(object_type, row.id), key=_by_type):
                self._roll_up(other, record_id)

    def after_tie(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> None:
        """Called inside the transaction of every tie made or cut."""
        switches = self._records.switches
        if switches["company_stage_to_contacts"] and {a.name, b.name} == {"contacts", "companies"}:
            contact_id, company_id = (a_id, b_id) if a.name == "contacts" else (b_id, a_id)
            company = self._store.get(self._type("companies"), company_id)
            if company is not None:
                self._copy_stage(self._type("contacts"), contact_id, company)
        for one, one_id in ((a, a_id), (b, b_id)):
            if one.name == "leads":
                self._orphaned(one, one_id)
        if switches["rollups"]:
            self._roll_up(a, a_id)
            self._roll_up(b, b_id)

    def after_presence(self, object_type: ObjectType, record_id: int, tied: Collection[tuple[ObjectType, int]]) -> None:
        """Called inside the transaction of every archive, restore, erasure and merge."""
        for other, other_id in sorted(tied, key=_by_type):
            if object_type.name == "companies" and other.name == "contacts":
                self._links.mirror(other, other_id, object_type, record_id)
            if self._records.switches["rollups"] and (object_type.name, other.name) != ("companies", "contacts"):
                self._roll_up(other, other_id, stamp=False)
        if self._records.switches["rollups"]:
            self._roll_up(object_type, record_id, stamp=False)

    def _orphaned(self, leads: ObjectType, lead_id: int) -> None:
        """A lead that has lost its contact is deleted (reference 8.5)."""
        if all(other.name != "contacts" for other, _, _, _ in self._associations.everything(leads, lead_id)):
            self._records.archive(leads, lead_id)

    def _copy_stage(self, contacts: ObjectType, contact_id: int, company: Row) -> None:
        """One way, forward only, from the primary company."""
        companies, stage = self._type("companies"), company.props.get("lifecyclestage", "")
        if not stage or self._associations.primary(contacts, contact_id, companies) != company.id:
            return
        row = self._store.get(contacts, contact_id)
        if row is None or row.archived:
            return
        present = row.props.get("lifecyclestage")
        if present != stage and not is_backward(self._records.catalogue.lifecycle, present, stage):
            self._records.update(contacts, row, {"lifecyclestage": stage}, _SETTING)

    def _company_by_domain(self, contact: Row) -> None:
        """Ties a contact to the company of its e-mail's domain; makes the company when there is none."""
        domain = contact.props.get("email", "").rpartition("@")[2].lower()
        contacts, companies = self._type("contacts"), self._type("companies")
        if not domain or domain in _FREEMAIL or self._associations.primary(contacts, contact.id, companies):
            return
        found = self._store.db.execute(
            "SELECT id FROM o_companies WHERE NOT archived"
            " AND json_extract(props, '$.domain') COLLATE NOCASE = ? ORDER BY id LIMIT 1",
            (domain,),
        ).fetchone()
        if found is None:
            name = domain.partition(".")[0].capitalize()
            company_id = self._records.create(companies, {"name": name, "domain": domain}, _COMPANIES).row.id
        else:
            company_id = int(found[0])
        self._links.tie(contacts, contact.id, companies, company_id)

    def _roll_up(self, object_type: ObjectType, record_id: int, *, stamp: bool = True) -> None:
        name = object_type.name
        if name not in COUNTED:
            return
        row = self._store.get(object_type, record_id)
        if row is None or row.archived:
            return
        after = row.copy()
        counts = self._counts(object_type, record_id)
        known = self._records.catalogue
        after.props |= {n: v for n, v in counts.items() if known.get(name, n) is not None}
        activity = {n: v for n, v in self._activity(object_type, record_id).items() if known.get(name, n) is not None}
        if not activity.get("num_notes") and row.props.get("num_notes", "0") != "0":
            activity = {"num_notes": "0", "num_contacted_notes": "0", **dict.fromkeys(_ACTIVITY_DATES, "")}
        after.props |= activity
        after.props = {n: v for n, v in after.props.items() if v}
        if after.props == row.props:
            return
        if stamp and any(row.props.get(n, "") != v for n, v in activity.items()):
            after.updated = self._records.now()
        self._records.put_rolled_up(object_type, row, after)

    def _tied(self, object_type: ObjectType, record_id: int, other: str) -> set[int]:
        found = self._associations.of(object_type, [record_id], self._type(other))
        return {to for to, _, _ in found.get(record_id, ())}

    def _counts(self, object_type: ObjectType, record_id: int) -> dict[str, str]:
        out = {"num_associated_contacts": str(len(self._tied(object_type, record_id, "contacts")))}
        deals = self._tied(object_type, record_id, "deals")
        out["num_associated_deals"] = str(len(deals))
        if object_type.name == "companies":
            stages = self._records.catalogue.pipelines
            rows = self._store.get_many(self._type("deals"), sorted(deals)).values()
            found = [stages.find_stage("deals", r.props.get("dealstage", "")) for r in rows]
            out["hs_num_open_deals"] = str(sum(1 for f in found if f is not None and not is_closed(f[1])))
            children = self._associations.of(object_type, [record_id], object_type).get(record_id, ())
            out["hs_num_child_companies"] = str(sum(1 for _, category, kind in children if (category, kind) == (0, 13)))
        return out

    def _activity(self, object_type: ObjectType, record_id: int) -> dict[str, str]:
        """How often and when somebody was in touch, from the engagements tied to the record."""
        notes, contacted, last, touched = 0, 0, 0, 0
        now = self._records.now()
        for engagement in (t for t in self._records.types if t.engagement):
            ids = sorted(self._tied(object_type, record_id, engagement.name))
            for row in self._store.get_many(engagement, ids).values():
                at = parse_ms(row.props.get("hs_timestamp")) or row.created
                notes += 1
                touched = max(touched, at) if at <= now else touched
                if engagement.name in CONTACTED and at <= now:
                    contacted += 1
                    last = max(last, at)
        if not notes:
            return {}
        dates = {"notes_last_updated": touched, "notes_last_contacted": last}
        counts = {"num_notes": str(notes), "num_contacted_notes": str(contacted)}
        return counts | {name: iso(at) if at else "" for name, at in dates.items()}
