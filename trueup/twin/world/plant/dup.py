"""DUP: second entries of one person or company, drifted apart the way real ones do."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from trueup.twin.world import words
from trueup.twin.world.dates import DAY
from trueup.twin.world.facts import typo
from trueup.twin.world.parts import HS, LEAD_STATUS, SF, Person, Rec
from trueup.twin.world.people import set_path
from trueup.twin.world.plant.plan import CONTACTS, LEADS, LINKED, Scene, either, plan, sides

if TYPE_CHECKING:
    from trueup.twin.world.make import Maker


def _drift(maker: Maker, person: Person, rec: Rec, rng: random.Random, other_email: bool) -> str:
    """Change a copy of a person the way a second entry differs from the first; say how. The mobile number stays."""
    said = []
    kind = rng.choice(("typo", "nickname", "moved", "plain", "typo", "initial"))
    first = str(person.facts["first_name"])
    if kind == "nickname" and first in words.NICKNAMES:
        rec.f["first_name"] = words.NICKNAMES[first]
        said.append("nickname")
    elif kind == "initial" and first.isascii():
        rec.f["first_name"] = first[0] + "."
        said.append("initial")
    elif kind == "moved":
        address, company = maker.people.old_job(person, rng)
        rec.f["email"] = address
        if "company_name" in rec.f:
            rec.f["company_name"] = company
            for name in ("website", "industry", "employee_count", "annual_revenue", "phone"):
                rec.f[name] = None
        said.append("former company")
        other_email = False
    elif kind == "typo":
        rec.f["last_name"] = typo(str(person.facts["last_name"]), rng)
        said.append("typo in the name")
    if other_email:
        local = str(person.facts["email"]).split("@")[0]
        rec.f["email"] = f"{local}-{person.n}@{rng.choice(words.FREE_MAIL)}"
        said.append("private e-mail")
    if rng.random() < 0.4:
        rec.f["title"] = rng.choice(words.TITLES)
        said.append("other title")
    if rng.random() < 0.3:
        rec.f["phone"] = None
    for name in ("street", "postcode", "salutation", "linkedin_url"):
        if name in rec.f and rng.random() < 0.6:
            rec.f[name] = None
    rec.f["other_emails"] = None
    return ", ".join(said) or "entered twice"


def _copy(maker: Maker, person: Person, object_name: str, source: Rec, rng: random.Random) -> Rec:
    salesforce = object_name != "contacts"
    id_ = maker.ids.salesforce(object_name) if salesforce else maker.ids.hubspot(object_name)
    rec = Rec(SF if salesforce else HS, object_name, id_, dict(source.f), source.owner)
    rec.created = min(source.created + rng.randint(1, 40) * DAY, maker.end - DAY)
    rec.queue = source.queue
    rec.f["disqualified_reason"] = None
    person.recs.append(rec)
    return rec


@plan("DUP001", "lead:lead", *LEADS, mobile=True, stored="both")
def _double_lead(on: Scene) -> str:
    source = sides(on.person)[0]
    said = []
    for _ in range(2 if on.rng.random() < 0.08 else 1):
        rec = _copy(on.maker, on.person, "Lead", source, on.rng)
        rec.stage = source.stage
        rec.created = source.created + 1800
        rec.events = [(at + 1800, native) for at, native in source.events]
        said.append(_drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.4))
    return "two leads: " + "; ".join(said)


@plan("DUP001", "lead:lead", *LINKED, "hs:lead", mobile=True, stored="both")
def _double_hubspot(on: Scene) -> str:
    source = on.person.rec(HS)
    assert source is not None
    rec = _copy(on.maker, on.person, "contacts", source, on.rng)
    rec.company = source.company
    rec.owner = None
    set_path(rec, [(rec.created, "lead")])
    # HubSpot keeps e-mail unique, so its doubles always have another one.
    said = _drift(on.maker, on.person, rec, on.rng, True)
    if said.startswith("former"):
        rec.company = None
    return "two contacts in HubSpot: " + said


@plan("DUP001", *CONTACTS, mobile=True, stored="both")
def _double_contact(on: Scene) -> str:
    source = sides(on.person)[0]
    rec = _copy(on.maker, on.person, "Contact", source, on.rng)
    rec.company = source.company
    said = _drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.5)
    if said.startswith("former"):
        rec.company = None
    return "two contacts in Salesforce: " + said


@plan("DUP002", *CONTACTS, "contact:lost", mobile=True, stored="both")
def _lead_beside_contact(on: Scene) -> str:
    contact, hs = sides(on.person)
    rec = _copy(on.maker, on.person, "Lead", hs, on.rng)
    rec.f = {k: on.person.facts.get(k) for k in rec.f}
    rec.created = min(contact.created + on.rng.randint(1, 30) * DAY, on.maker.end - DAY)
    rec.stage = LEAD_STATUS["lead"]
    rec.owner = contact.owner
    return _drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.3)


@plan("DUP003", *LINKED, mobile=True, stored="both")
def _other_email(on: Scene) -> str:
    old, _ = on.maker.people.old_job(on.person, on.rng)
    rec = either(on.person, on.rng)
    rec.f["email"] = old
    on.person.rec(HS).f["other_emails"] = None  # type: ignore[union-attr]
    return "changed jobs; one side still has the old address"


@plan("DUP004", *LINKED, "lead:lead")
def _double_company(on: Scene) -> str | None:
    company = on.person.company
    source = company.rec(on.rng.choice((SF, HS)))
    if source is None or len(company.recs) != 2:
        return None
    on.maker.people.store_ids(company.recs[1], company.recs[0], on.rng, "both")
    salesforce = source.system == SF
    id_ = on.maker.ids.salesforce("Account") if salesforce else on.maker.ids.hubspot("companies")
    rec = Rec(source.system, source.object, id_, dict(source.f), source.owner)
    name = str(rec.f["name"]).split()
    rec.f["name"] = on.rng.choice((" ".join(name[:2]), f"The {' '.join(name[:2])} Group", " ".join(name[:2]).upper()))
    rec.f["street"] = None
    rec.created = min(source.created + 9 * DAY, on.maker.end - DAY)
    company.recs.append(rec)
    return f"also entered as {rec.f['name']}"
