"""Plants faults: one way of going wrong after another, each on people (or their company or deal) of its own.

A `Plan` says which life a fault needs, how that life is bent beforehand, and what is changed afterwards. What was
changed is a fault because the oracle says so, not because it was meant to be one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trueup.twin.world import words
from trueup.twin.world.dates import DAY
from trueup.twin.world.facts import latin, typo
from trueup.twin.world.parts import HS, HS_STAGE, LEAD_STATUS, SF, Finding, Person, Rec, Unit
from trueup.twin.world.people import set_path, stored_field

if TYPE_CHECKING:
    from trueup.twin.world.make import Maker

Apply = Callable[["Maker", Unit, Person, random.Random], "str | None"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One way to plant a code. `apply` returns a note, or None when it could not be done on this person after all."""

    code: str
    lives: tuple[str, ...]
    apply: Apply
    flags: Mapping[str, Any] = field(default_factory=dict)


_LEADS = ("lead:mql", "lead:sal", "lead:sql")
_CONTACTS = ("contact:sql", "contact:opportunity", "contact:customer")
_LINKED = (*_LEADS, *_CONTACTS)
_PLANS: list[Plan] = []


def _plan(code: str, *lives: str, **flags: Any) -> Callable[[Apply], Apply]:
    def take(apply: Apply) -> Apply:
        _PLANS.append(Plan(code, lives, apply, flags))
        return apply

    return take


def plans() -> dict[str, list[Plan]]:
    """The plans by code, in the order in which they take turns."""
    out: dict[str, list[Plan]] = {}
    for plan in _PLANS:
        out.setdefault(plan.code, []).append(plan)
    return out


def _sides(person: Person) -> tuple[Rec, Rec]:
    sf, hs = person.rec(SF), person.rec(HS)
    assert sf is not None
    assert hs is not None
    return sf, hs


def _either(person: Person, rng: random.Random) -> Rec:
    return rng.choice(_sides(person))


# -- DUP


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


@_plan("DUP001", "lead:lead", *_LEADS, mobile=True, stored="both")
def _double_lead(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    source = _sides(person)[0]
    said = []
    for _ in range(2 if rng.random() < 0.08 else 1):
        rec = _copy(maker, person, "Lead", source, rng)
        rec.stage = source.stage
        rec.created = source.created + 1800
        rec.events = [(at + 1800, native) for at, native in source.events]
        said.append(_drift(maker, person, rec, rng, rng.random() < 0.4))
    return "two leads: " + "; ".join(said)


@_plan("DUP001", "lead:lead", *_LINKED, "hs:lead", mobile=True, stored="both")
def _double_hubspot(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    source = person.rec(HS)
    assert source is not None
    rec = _copy(maker, person, "contacts", source, rng)
    rec.company = source.company
    rec.owner = None
    set_path(rec, [(rec.created, "lead")])
    # HubSpot keeps e-mail unique, so its doubles always have another one.
    said = _drift(maker, person, rec, rng, True)
    if said.startswith("former"):
        rec.company = None
    return "two contacts in HubSpot: " + said


@_plan("DUP001", *_CONTACTS, mobile=True, stored="both")
def _double_contact(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    source = _sides(person)[0]
    rec = _copy(maker, person, "Contact", source, rng)
    rec.company = source.company
    said = _drift(maker, person, rec, rng, rng.random() < 0.5)
    if said.startswith("former"):
        rec.company = None
    return "two contacts in Salesforce: " + said


@_plan("DUP002", *_CONTACTS, "contact:lost", mobile=True, stored="both")
def _lead_beside_contact(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    contact, hs = _sides(person)
    rec = _copy(maker, person, "Lead", hs, rng)
    rec.f = {k: person.facts.get(k) for k in rec.f}
    rec.created = min(contact.created + rng.randint(1, 30) * DAY, maker.end - DAY)
    rec.stage = LEAD_STATUS["lead"]
    rec.owner = contact.owner
    return _drift(maker, person, rec, rng, rng.random() < 0.3)


@_plan("DUP003", *_LINKED, mobile=True, stored="both")
def _other_email(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    old, _ = maker.people.old_job(person, rng)
    rec = _either(person, rng)
    rec.f["email"] = old
    person.rec(HS).f["other_emails"] = None  # type: ignore[union-attr]
    return "changed jobs; one side still has the old address"


@_plan("DUP004", *_LINKED, "lead:lead")
def _double_company(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    company = person.company
    source = company.rec(rng.choice((SF, HS)))
    if source is None or len(company.recs) != 2:
        return None
    maker.people.store_ids(company.recs[1], company.recs[0], rng, "both")
    salesforce = source.system == SF
    id_ = maker.ids.salesforce("Account") if salesforce else maker.ids.hubspot("companies")
    rec = Rec(source.system, source.object, id_, dict(source.f), source.owner)
    name = str(rec.f["name"]).split()
    rec.f["name"] = rng.choice((" ".join(name[:2]), f"The {' '.join(name[:2])} Group", " ".join(name[:2]).upper()))
    rec.f["street"] = None
    rec.created = min(source.created + 9 * DAY, maker.end - DAY)
    company.recs.append(rec)
    return f"also entered as {rec.f['name']}"


# -- LNK


@_plan("LNK001", "sf:lead")
def _lead_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "a lead that marketing never got"


@_plan("LNK001", "hs:mql")
def _qualified_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "qualified, and sales never got it"


@_plan("LNK001", "sf:contact", path=("lead", "mql", "sal", "sql"), age=(3, 40))
def _contact_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "a contact that marketing never got"


@_plan("LNK001", "sf:lead")
def _shared_mailbox(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    other = next((p for p in unit.people if p is not person and not p.fault and p.rec(HS) and p.rec(SF)), None)
    rec = person.rec(SF)
    box = f"office@{person.company.facts['domain']}"
    used = any(it.f.get("email") == box for p in unit.people for it in p.recs)
    if other is None or rec is None or other.company is not person.company or used:
        return "a lead that marketing never got"
    for it in other.recs:
        it.f["email"] = box
    rec.f["email"] = box
    other.fault = "shared mailbox"
    maker.not_same(unit, person, other, "a shared mailbox, two people")
    return "shares its mailbox with a colleague"


@_plan("LNK002", *_LINKED, stored="hs")
def _claimed_twice(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    sf, hs = _sides(person)
    other = maker.another(unit, person, "hs:subscriber", rng)
    claimer = other.rec(HS)
    if claimer is None:
        return None
    claimer.stored[stored_field(sf.object, "contacts")] = sf.id
    refs = tuple(sorted((sf.ref, hs.ref, claimer.ref)))
    unit.planted.append(Finding("LNK002", "person", refs, entity=person.entity))
    maker.not_same(unit, person, other, "two people, one claimed record")
    return "another contact stores the same Salesforce id"


@_plan("LNK003", *_LEADS, stored="sf")
def _points_at_deleted(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf, hs = _sides(person)
    gone = Rec(
        SF, "Lead", maker.ids.salesforce("Lead"), dict(sf.f), sf.owner, stage=LEAD_STATUS["lead"], created=sf.created
    )
    gone.gone = rng.choice(("deleted", "merged"))
    if gone.gone == "merged":
        gone.merged_into = sf.id
    unit.extra.append(gone)
    hs.stored = {"salesforceleadid": gone.id}
    unit.planted.append(Finding("LNK003", "person", (hs.ref,), entity=person.entity))
    return f"stores the id of a lead that was {gone.gone}"


@_plan("LNK003", *_LINKED, stored="hs")
def _points_nowhere(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf, _ = _sides(person)
    sf.stored = {"HubSpot_Id__c": maker.ids.hubspot("contacts")}
    unit.planted.append(Finding("LNK003", "person", (sf.ref,), entity=person.entity))
    return "stores the id of a contact that is not there"


@_plan("LNK004", "lead:mql", stored="none")
def _switched(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    other = maker.another(unit, person, "lead:mql", rng, {"stored": "none"})
    (sf_a, hs_a), (sf_b, hs_b) = _sides(person), _sides(other)
    hs_a.stored, hs_b.stored = {"salesforceleadid": sf_b.id}, {"salesforceleadid": sf_a.id}
    refs = tuple(sorted((sf_a.ref, hs_a.ref, sf_b.ref, hs_b.ref)))
    unit.planted.append(Finding("LNK004", "person", refs, entity=person.entity))
    maker.not_same(unit, person, other, "two people whose links were switched")
    return "the ids of two leads were switched"


@_plan("LNK005", "hs:lead")
def _account_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    maker.company(unit, rng, systems=(SF,))
    return "an account that marketing does not have"


@_plan("LNK005", "hs:lead")
def _company_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    company = maker.company(unit, rng, systems=(HS,))
    unit.deals.append(maker.work.deal(company, company.owner, maker.end - 40 * DAY, "proposal", 0, rng, (HS,)))
    return "a company with a deal that sales does not have"


@_plan("LNK006", *_CONTACTS)
def _deal_alone(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    system = rng.choice((SF, HS))
    deal = maker.work.deal(
        person.company, person.company.owner, maker.end - rng.randint(10, 60) * DAY, "qualification", 0, rng, (system,)
    )
    unit.deals.append(deal)
    return f"a deal that only {system} has"


# -- STG


@_plan("STG001", "lead:sal", age=(2, 12))
def _hubspot_behind(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    set_path(_sides(person)[1], [p for p in person.path if p[1] != "sal"])
    return "accepted by sales; HubSpot was not told"


@_plan("STG001", "contact:opportunity", age=(2, 30))
def _hubspot_at_sql(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    set_path(_sides(person)[1], [p for p in person.path if p[1] != "opportunity"])
    return "a deal was opened; HubSpot was not told"


@_plan("STG001", "lead:sql", age=(2, 12))
def _lead_behind(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf = _sides(person)[0]
    keep = [e for e in sf.events if e[1] in (LEAD_STATUS["mql"],)]
    sf.events, sf.stage = keep, LEAD_STATUS["mql"]
    return "HubSpot ran ahead of the lead"


@_plan("STG001", "contact:customer", age=(5, 200))
def _still_opportunity(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    set_path(_sides(person)[1], [p for p in person.path if p[1] != "customer"])
    return "the deal was won; HubSpot was not told"


@_plan("STG001", "lead:recycled", age=(2, 5), path=("lead", "mql", "recycled"))
def _recycled_there_only(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    hs = _sides(person)[1]
    if not any(stage == "mql" for _, stage in person.path) or not any(a.outbound for a in person.activities):
        return None
    set_path(hs, [p for p in person.path if p[1] != "recycled"])
    return "recycled by sales; still qualified in HubSpot"


@_plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_hubspot(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    hs = _sides(person)[1]
    (at_mql, _), (at_sal, _) = (p for p in person.path if p[1] in ("mql", "sal"))
    step = max((at_sal - at_mql) // 4, 60)
    path = [p for p in person.path if p[0] <= at_mql]
    path += [(at_mql + step, "sal"), (at_mql + 2 * step, "mql")]
    set_path(hs, path + [p for p in person.path if p[0] > at_mql])
    return "HubSpot's stage went back and forward again"


@_plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_salesforce(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf = _sides(person)[0]
    at_mql = next(at for at, native in sf.events if native == LEAD_STATUS["mql"])
    at_sal = next(at for at, native in sf.events if native == LEAD_STATUS["sal"])
    step = max((at_sal - at_mql) // 4, 60)
    sf.events += [(at_mql + step, LEAD_STATUS["sal"]), (at_mql + 2 * step, LEAD_STATUS["mql"])]
    sf.events.sort()
    return "the lead's status went back and forward again"


@_plan("STG003", "lead:sal", "lead:sql", age=(2, 14))
def _skipped_in_hubspot(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    drop = {"mql"} if person.life == "lead:sal" else {"mql", "sal"}
    set_path(_sides(person)[1], [p for p in person.path if p[1] not in drop])
    return "HubSpot jumped over a stage"


@_plan("STG003", "lead:sql", age=(2, 14))
def _skipped_in_salesforce(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf = _sides(person)[0]
    sf.events = [e for e in sf.events if e[1] != LEAD_STATUS["sal"]]
    return "the lead jumped over a stage"


@_plan("STG004", "lead:mql", age=(30, 70))
@_plan("STG004", "lead:sal", age=(42, 90))
@_plan("STG004", "lead:sql", age=(100, 200))
def _stuck(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "nobody moved it on"


@_plan("STG005", *_LEADS, age=(2, 3))
def _undated_in_hubspot(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    hs = _sides(person)[1]
    hs.events = [e for e in hs.events if e[1] != hs.stage]
    hs.stamps.pop(str(hs.stage), None)
    return "set by an import that left no date"


@_plan("STG005", *_LEADS, age=(2, 3))
def _undated_in_salesforce(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    sf = _sides(person)[0]
    sf.events = [e for e in sf.events if e[1] != sf.stage]
    return "history tracking was off"


@_plan("STG006", "lead:sql", "contact:opportunity", "contact:customer")
def _dates_crossed(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    stamps = _sides(person)[1].stamps
    a, b = HS_STAGE["lead"], HS_STAGE["mql"]
    stamps[a], stamps[b] = stamps[b], stamps[a]
    return "the dates of lead and qualification are crossed"


@_plan("STG007", "contact:sql", age=(4, 40))
def _no_deal(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    set_path(_sides(person)[1], [*person.path, (person.path[-1][0] + DAY, "opportunity")])
    return "opportunity in HubSpot, and no deal anywhere"


@_plan("STG008", "contact:opportunity", age=(4, 80))
def _not_won(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    if any(rec.stage == "closedwon" for deal in person.deals for rec in deal.recs):
        return None
    set_path(_sides(person)[1], [*person.path, (person.path[-1][0] + DAY, "customer")])
    return "customer in HubSpot while the deal is open"


@_plan("STG009", "hs:lead")
def _unknown_stage(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = person.rec(HS)
    assert rec is not None
    rec.stage = "other"
    rec.events.append((rec.events[-1][0] + DAY // 2, "other"))
    return "a lifecycle stage that no map knows"


@_plan("STG009", "lead:lead")
def _unknown_status(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = _sides(person)[0]
    rec.stage = rng.choice(("Nurturing", "On Hold", "Attempted"))
    rec.events.append((min(rec.created + DAY, maker.end - 3600), rec.stage))
    return "a lead status that somebody made up"


@_plan("STG009", "contact:opportunity")
def _unknown_deal_stage(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = person.deals[0].rec(SF)
    assert rec is not None
    rec.stage = "Verbal Agreement"
    rec.events.append((rec.events[-1][0] + 3600, rec.stage))
    return "a deal stage that somebody made up"


@_plan("STG010", "lead:sal", age=(2, 3), quiet=True)
@_plan("STG010", "lead:sql", age=(2, 3), quiet=True)
def _nothing_done(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "accepted by sales, and nothing was done"


@_plan("STG011", "contact:opportunity")
def _deal_stages_differ(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    rec = person.deals[0].rec(HS)
    if rec is None:
        return None
    other = next(n for n in ("qualifiedtobuy", "contractsent", "presentationscheduled") if n != rec.stage)
    if other == rec.stage or rec.events[-1][1] == other:
        return None
    rec.stage = other
    rec.events.append((min(rec.events[-1][0] + DAY // 2, maker.end - 600), other))
    return "moved in one system only"


# -- FLD


@_plan("FLD001", *_LEADS)
def _nothing_known(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    name = rng.choice(("original_source", "industry", "employee_count", "company_name"))
    for rec in _sides(person):
        rec.f[name] = None
    if name == "company_name" or (name == "industry" and rng.random() < 0.5):
        _sides(person)[0].f[name] = rng.choice(("n/a", "Unknown", "-"))
    return f"{name} is missing on every side"


_OTHER = {
    "title": lambda rng: rng.choice(words.TITLES),
    "city": lambda rng: rng.choice(("Springfield", "Riverside", "Newtown", "Lakewood")),
    "mobile": lambda rng: f"+1415555{rng.randint(1000, 9999)}",
    "phone": lambda rng: f"+1206555{rng.randint(1000, 9999)}",
    "street": lambda rng: f"{rng.randint(1, 900)} Relocation Way",
    "original_source": lambda rng: rng.choice(list(words.SOURCES)),
    "linkedin_url": lambda rng: None,
    "postcode": lambda rng: str(rng.randint(10_000, 99_999)),
}  # fmt: skip


@_plan("FLD002", *_LINKED)
def _conflict(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    for name in rng.sample(("title", "city", "mobile", "phone", "street", "original_source"), 6):
        value = _OTHER[name](rng)
        if person.facts.get(name) and value != person.facts[name]:
            _either(person, rng).f[name] = value
            return f"{name} was changed in one system"
    return None


@_plan("FLD002", *_LINKED)
def _company_conflict(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    rec = person.company.rec(HS)
    if rec is None or len(person.company.recs) != 2 or any("touched" in r.f for r in person.company.recs):
        return None
    rec.f["touched"] = "yes"
    rec.f["phone"] = f"+1303555{rng.randint(1000, 9999)}"
    return "the company's phone was changed in HubSpot"


@_plan("FLD002", "contact:opportunity", "contact:customer")
def _amount_conflict(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    rec = person.deals[0].rec(SF)
    if rec is None:
        return None
    rec.f["amount"] = str(int(str(rec.f["amount"])) + rng.randint(5, 60) * 100)
    return "the deal's amount was changed in Salesforce"


@_plan("FLD003", *_LINKED, "lead:lead")
def _blank(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    for name in rng.sample(("title", "city", "mobile", "phone", "postcode", "linkedin_url", "original_source"), 7):
        if person.facts.get(name):
            rec = _either(person, rng)
            junk = name in ("title", "city") and rng.random() < 0.3
            rec.f[name] = rng.choice(("n/a", "TBD", "unknown")) if junk else None
            return f"{name} is known on one side only"
    return None


@_plan("FLD003", *_LINKED)
def _company_blank(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    rec = person.company.rec(SF)
    if rec is None or len(person.company.recs) != 2 or any("touched" in r.f for r in person.company.recs):
        return None
    rec.f["touched"] = "yes"
    name = rng.choice(("annual_revenue", "street", "phone"))
    rec.f[name] = None
    return f"the account's {name} is blank"


_BROKEN = {
    "phone": ("call the office", "12", "+1 555"),
    "mobile": ("ask Dana", "00000", "123"),
    "website": ("not yet", "http://"),
    "country": ("Atlantis", "Planet Earth"),
}


@_plan("FLD004", *_LINKED, mobile=True)
def _malformed(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = _either(person, rng)
    name = rng.choice(("mobile", "country"))
    rec.f[name] = rng.choice(_BROKEN[name])
    rec.malformed.add(name)
    return f"{name} holds {rec.f[name]!r}"


@_plan("FLD004", "hs:subscriber", "hs:lead")
def _malformed_email(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = person.rec(HS)
    assert rec is not None
    local = latin(str(person.facts["last_name"])) or "someone"
    rec.f["email"] = rng.choice(
        (f"{local}{person.n}@@mailpost.test", f"{local} {person.n}@mailpost", f"{local}{person.n}(at)mailpost.test")
    )
    rec.malformed.add("email")
    return "no e-mail address"


@_plan("FLD005", "hs:lead", "hs:subscriber")
def _unmapped_source(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = person.rec(HS)
    assert rec is not None
    rec.f["original_source"] = "PAID_SOCIAL"
    rec.unmapped.add("original_source")
    return "a source that no map knows"


@_plan("FLD005", *_LINKED)
def _unmapped_lead_source(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    rec = _sides(person)[0]
    rec.f["original_source"] = rng.choice(("Purchased List", "Other"))
    rec.unmapped.add("original_source")
    return "a lead source that no map knows"


# -- ACT


@_plan("ACT001", *_LINKED)
def _one_sided(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    done = [a for a in person.activities if a.done and a.type in ("call", "email", "meeting") and len(a.copies) == 2]
    if not done:
        return None
    activity = rng.choice(done)
    del activity.copies[rng.choice((SF, HS))]
    return "logged in one system only"


@_plan("ACT002", *_LINKED, mobile=True)
def _twice(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    first = next((a for a in person.activities if a.outbound and a.done and a.type in ("call", "email")), None)
    other = next((o for o in maker.people.owners if o.active and o is not person.owner), None)
    if first is None or other is None:
        return None
    at = first.at + rng.randint(2, 5) * 3600
    near = [a for a in person.activities if a is not first and a.type in ("call", "email") and abs(a.at - at) < 2 * DAY]
    if near or at > maker.end - 3600:
        return None
    second = maker.work.activity(person, rng.choice(("call", "email")), at, other, True, rng)
    maker.work.copy(second)
    return "two sellers on one day"


@_plan("ACT003", "lead:mql", age=(9, 16), quiet=True)
def _never(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    return "qualified, and nobody rang"


# -- OWN


@_plan("OWN001", *_LINKED, "lead:recycled")
def _other_owner(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    others = [o for o in maker.people.owners if o.active and o is not person.owner]
    if not others:
        return None
    _sides(person)[1].owner = rng.choice(others)
    return "given to somebody else in HubSpot"


@_plan("OWN001", "contact:opportunity")
def _other_deal_owner(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    rec = person.deals[0].rec(HS)
    others = [o for o in maker.people.owners if o.active and o is not person.owner]
    if rec is None or not others:
        return None
    rec.owner = rng.choice(others)
    return "the deal was given to somebody else in HubSpot"


@_plan("OWN002", *_LINKED)
def _owner_left(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str | None:
    left = [o for o in maker.people.owners if not o.active]
    if not left:
        return None
    for rec in _sides(person):
        rec.owner = left[person.n % len(left)]
    return "still with a seller who left"


@_plan("OWN003", "lead:mql", "contact:opportunity", "contact:customer")
def _nobody(maker: Maker, unit: Unit, person: Person, rng: random.Random) -> str:
    _sides(person)[1].owner = None
    return "nobody owns it in HubSpot"
