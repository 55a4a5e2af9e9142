"""Makes people with their lives: who they are, which records hold them, which stages they went through and when."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from trueup.twin.world import words
from trueup.twin.world.facts import employee_range, former_employer
from trueup.twin.world.facts import person as person_facts
from trueup.twin.world.ids import Ids
from trueup.twin.world.lives import path
from trueup.twin.world.parts import (
    CONVERTED_STATUS,
    HS,
    HS_STAGE,
    LEAD_STATUS,
    OFF_TRACK,
    SF,
    Company,
    Owner,
    Person,
    Rec,
)
from trueup.twin.world.settings import WorldSettings

_STAMPED = frozenset(
    ["subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist"]
)

LEAD_FIELDS = [
    "first_name",
    "last_name",
    "salutation",
    "title",
    "email",
    "phone",
    "mobile",
    "company_name",
    "website",
    "linkedin_url",
    "street",
    "city",
    "state",
    "postcode",
    "country",
    "industry",
    "employee_count",
    "annual_revenue",
    "original_source",
    "disqualified_reason",
    "email_opt_out",
]
_OF_THE_COMPANY = frozenset({"company_name", "website", "industry", "employee_count", "annual_revenue"})
CONTACT_FIELDS = [name for name in LEAD_FIELDS if name not in _OF_THE_COMPANY and name != "disqualified_reason"]
"""A contact's company is a record of its own, and nobody disqualifies a contact."""

HS_FIELDS = (*LEAD_FIELDS, "other_emails")


class People:
    """Makes people one by one. `flags` bend a life for the fault that is to be planted on it:

    `age` (working days in the present stage, from and to), `stored` (both, hs, sf, none), `mobile` (always has one),
    `quiet` (never contacted), `path`.
    """

    def __init__(self, ids: Ids, owners: list[Owner], seed: int, today: int, settings: WorldSettings) -> None:
        self._ids, self._seed, self._today = ids, seed, today
        self._script_share, self._stored_share = settings.non_local_script, settings.stored_ids
        self._from_leads = settings.from_leads
        self.owners = owners
        self._active = {r: [o for o in owners if o.active and o.region == r] for r in ("AMER", "EMEA", "APAC")}

    def owner(self, region: str, rng: random.Random, role: str = "") -> Owner:
        """An active seller of a region, of a role where there is one."""
        there = self._active[region] or [o for o in self.owners if o.active]
        fitting = [o for o in there if o.role == role] or there
        return rng.choice(fitting)

    def make(
        self,
        company: Company,
        place: words.Place,
        landline: str,
        life: str,
        taken: set[str],
        rng: random.Random,
        flags: Mapping[str, Any] | None = None,
        name: tuple[str, str, str, str] | None = None,
    ) -> Person:
        """A person with records, without deals and activities yet."""
        flags = flags or {}
        n = self._ids.number("person")
        alone = life in ("hs:subscriber", "hs:lead")
        facts = person_facts(
            n,
            company,
            place,
            landline,
            taken,
            rng,
            self._script_share,
            alone=alone,
            mobile=bool(flags.get("mobile")),
            name=name,
        )
        stage = life.split(":")[1]
        owned = life not in ("hs:subscriber", "hs:lead", "lead:lead") or (life == "lead:lead" and rng.random() < 0.4)
        owner = self.owner(place.region, rng, "SDR" if stage in ("lead", "mql", "sal") else "AE") if owned else None
        person = Person(n, f"P{n:07d}", company, life, facts, owner)
        if stage in OFF_TRACK:
            person.reason = rng.choice(words.REASONS)
        person.path = path(life, self._today, int(company.tz), rng, flags.get("path"), flags.get("age"))
        self._records(person, rng, flags)
        return person

    # -- records

    def _records(self, person: Person, rng: random.Random, flags: Mapping[str, Any]) -> None:
        side, stage = person.life.split(":")
        person.facts["disqualified_reason"] = person.reason
        born = person.path[0][0]
        if side != "sf" or stage == "":
            person.recs.append(self.hubspot_contact(person, person.path))
        if side == "lead" or (side == "sf" and stage == "lead"):
            person.recs.append(self.lead(person, [p for p in person.path if p[1] != "subscriber"] or person.path, rng))
        elif side in ("contact", "sf"):
            self._contact(person, rng)
        for rec in person.recs:
            rec.created = rec.created or born
        hubspot, salesforce = person.rec(HS), person.rec(SF)
        if hubspot and salesforce:
            self.store_ids(hubspot, salesforce, rng, flags.get("stored"))

    def store_ids(self, hubspot: Rec, salesforce: Rec, rng: random.Random, how: str | None = None) -> None:
        """Let both, one or none of a pair remember the other's id."""
        if how is None:
            how = "none"
            if rng.random() < self._stored_share:
                how = rng.choices(("both", "hs", "sf"), (55, 20, 10))[0]
        if how in ("both", "hs"):
            hubspot.stored[stored_field(salesforce.object, hubspot.object)] = salesforce.id
        if how in ("both", "sf"):
            salesforce.stored["HubSpot_Id__c"] = hubspot.id

    def hubspot_contact(self, person: Person, path: list[tuple[int, str]]) -> Rec:
        """The person's contact in HubSpot, with stage history and stage dates (each set once)."""
        rec = Rec(
            HS, "contacts", self._ids.hubspot("contacts"), {k: person.facts.get(k) for k in HS_FIELDS}, person.owner
        )
        if rec.f["employee_count"]:
            rec.f["employee_count"] = employee_range(str(rec.f["employee_count"]))
        set_path(rec, path)
        if person.facts.get("company_name"):
            rec.company = person.company.rec(HS)
        return rec

    def lead(self, person: Person, path: list[tuple[int, str]], rng: random.Random) -> Rec:
        """A Salesforce lead that went the same way a few minutes later."""
        rec = Rec(SF, "Lead", self._ids.salesforce("Lead"), {k: person.facts.get(k) for k in LEAD_FIELDS}, person.owner)
        if not rec.f["company_name"]:
            rec.f["company_name"] = person.company.facts["name"]
        late = rng.randint(60, 600)
        rec.created = path[0][0] + late
        rec.stage = LEAD_STATUS[path[-1][1]]
        rec.events = [(at + late, LEAD_STATUS[stage]) for at, stage in path[1:]]
        if person.owner is None:
            rec.queue = "Inbound"
        return rec

    def _contact(self, person: Person, rng: random.Random) -> None:
        rec = Rec(
            SF,
            "Contact",
            self._ids.salesforce("Contact"),
            {k: person.facts.get(k) for k in CONTACT_FIELDS},
            person.owner,
        )
        rec.company = person.company.rec(SF)
        to_sql: list[tuple[int, str]] = []
        for at, stage in person.path:
            if stage in LEAD_STATUS:
                to_sql.append((at, stage))
            if stage == "sql":
                break
        rec.created = (to_sql or person.path)[-1][0] + 7200
        person.recs.append(rec)
        grown = bool(to_sql) and to_sql[-1][1] == "sql" and person.life.startswith("contact")
        if grown and rng.random() < self._from_leads:
            lead = self.lead(person, to_sql, rng)
            lead.events.append((rec.created, CONVERTED_STATUS))
            lead.stage, lead.converted, lead.converted_at = CONVERTED_STATUS, rec, rec.created
            lead.f["disqualified_reason"] = None
            person.recs.append(lead)
            hubspot = person.rec(HS)
            if hubspot and rng.random() < 0.3:
                hubspot.stored["salesforceleadid"] = lead.id

    def old_job(self, person: Person, rng: random.Random) -> tuple[str, str]:
        """The e-mail address and company name that the person had in a former job."""
        before = former_employer(rng, self._seed)
        latin_part = str(person.facts["email"]).split("@")[0]
        return f"{latin_part}@{before['domain']}", str(before["name"])


def set_path(rec: Rec, path: list[tuple[int, str]]) -> None:
    """Give a HubSpot contact its present stage, history and stage dates from a path."""
    rec.stage = HS_STAGE[path[-1][1]]
    rec.events = [(at, HS_STAGE[stage]) for at, stage in path]
    rec.stamps = {}
    for at, native in rec.events:
        if native in _STAMPED:
            rec.stamps.setdefault(native, at)
    rec.created = rec.created or path[0][0]


def stored_field(salesforce_object: str, hubspot_object: str) -> str:
    """The HubSpot property that remembers the id of a Salesforce record of that object."""
    if hubspot_object == "contacts":
        return "salesforcecontactid" if salesforce_object == "Contact" else "salesforceleadid"
    return "salesforceaccountid" if hubspot_object == "companies" else "hs_salesforceopportunityid"
