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


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault is planted: the person on whom, the unit around them, and what makes more of the world."""

    maker: Maker
    unit: Unit
    person: Person
    rng: random.Random


Apply = Callable[[Scene], "str | None"]


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
def _double_lead(on: Scene) -> str:
    source = _sides(on.person)[0]
    said = []
    for _ in range(2 if on.rng.random() < 0.08 else 1):
        rec = _copy(on.maker, on.person, "Lead", source, on.rng)
        rec.stage = source.stage
        rec.created = source.created + 1800
        rec.events = [(at + 1800, native) for at, native in source.events]
        said.append(_drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.4))
    return "two leads: " + "; ".join(said)


@_plan("DUP001", "lead:lead", *_LINKED, "hs:lead", mobile=True, stored="both")
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


@_plan("DUP001", *_CONTACTS, mobile=True, stored="both")
def _double_contact(on: Scene) -> str:
    source = _sides(on.person)[0]
    rec = _copy(on.maker, on.person, "Contact", source, on.rng)
    rec.company = source.company
    said = _drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.5)
    if said.startswith("former"):
        rec.company = None
    return "two contacts in Salesforce: " + said


@_plan("DUP002", *_CONTACTS, "contact:lost", mobile=True, stored="both")
def _lead_beside_contact(on: Scene) -> str:
    contact, hs = _sides(on.person)
    rec = _copy(on.maker, on.person, "Lead", hs, on.rng)
    rec.f = {k: on.person.facts.get(k) for k in rec.f}
    rec.created = min(contact.created + on.rng.randint(1, 30) * DAY, on.maker.end - DAY)
    rec.stage = LEAD_STATUS["lead"]
    rec.owner = contact.owner
    return _drift(on.maker, on.person, rec, on.rng, on.rng.random() < 0.3)


@_plan("DUP003", *_LINKED, mobile=True, stored="both")
def _other_email(on: Scene) -> str:
    old, _ = on.maker.people.old_job(on.person, on.rng)
    rec = _either(on.person, on.rng)
    rec.f["email"] = old
    on.person.rec(HS).f["other_emails"] = None  # type: ignore[union-attr]
    return "changed jobs; one side still has the old address"


@_plan("DUP004", *_LINKED, "lead:lead")
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


# -- LNK


@_plan("LNK001", "sf:lead")
def _lead_alone(_: Scene) -> str:
    return "a lead that marketing never got"


@_plan("LNK001", "hs:mql")
def _qualified_alone(_: Scene) -> str:
    return "qualified, and sales never got it"


@_plan("LNK001", "sf:contact", path=("lead", "mql", "sal", "sql"), age=(3, 40))
def _contact_alone(_: Scene) -> str:
    return "a contact that marketing never got"


@_plan("LNK001", "sf:lead")
def _shared_mailbox(on: Scene) -> str | None:
    other = next((p for p in on.unit.people if p is not on.person and not p.fault and p.rec(HS) and p.rec(SF)), None)
    rec = on.person.rec(SF)
    box = f"office@{on.person.company.facts['domain']}"
    used = any(it.f.get("email") == box for p in on.unit.people for it in p.recs)
    if other is None or rec is None or other.company is not on.person.company or used:
        return "a lead that marketing never got"
    for it in other.recs:
        it.f["email"] = box
    rec.f["email"] = box
    other.fault = "shared mailbox"
    on.maker.not_same(on.unit, on.person, other, "a shared mailbox, two people")
    return "shares its mailbox with a colleague"


@_plan("LNK002", *_LINKED, stored="hs")
def _claimed_twice(on: Scene) -> str | None:
    sf, hs = _sides(on.person)
    other = on.maker.another(on.unit, on.person, "hs:subscriber", on.rng)
    claimer = other.rec(HS)
    if claimer is None:
        return None
    claimer.stored[stored_field(sf.object, "contacts")] = sf.id
    refs = tuple(sorted((sf.ref, hs.ref, claimer.ref)))
    on.unit.planted.append(Finding("LNK002", "person", refs, entity=on.person.entity))
    on.maker.not_same(on.unit, on.person, other, "two people, one claimed record")
    return "another contact stores the same Salesforce id"


@_plan("LNK003", *_LEADS, stored="sf")
def _points_at_deleted(on: Scene) -> str:
    sf, hs = _sides(on.person)
    gone = Rec(
        SF, "Lead", on.maker.ids.salesforce("Lead"), dict(sf.f), sf.owner, stage=LEAD_STATUS["lead"], created=sf.created
    )
    gone.gone = on.rng.choice(("deleted", "merged"))
    if gone.gone == "merged":
        gone.merged_into = sf.id
    on.unit.extra.append(gone)
    hs.stored = {"salesforceleadid": gone.id}
    on.unit.planted.append(Finding("LNK003", "person", (hs.ref,), entity=on.person.entity))
    return f"stores the id of a lead that was {gone.gone}"


@_plan("LNK003", *_LINKED, stored="hs")
def _points_nowhere(on: Scene) -> str:
    sf, _ = _sides(on.person)
    sf.stored = {"HubSpot_Id__c": on.maker.ids.hubspot("contacts")}
    on.unit.planted.append(Finding("LNK003", "person", (sf.ref,), entity=on.person.entity))
    return "stores the id of a contact that is not there"


@_plan("LNK004", "lead:mql", stored="none")
def _switched(on: Scene) -> str | None:
    other = on.maker.another(on.unit, on.person, "lead:mql", on.rng, {"stored": "none"})
    (sf_a, hs_a), (sf_b, hs_b) = _sides(on.person), _sides(other)
    hs_a.stored, hs_b.stored = {"salesforceleadid": sf_b.id}, {"salesforceleadid": sf_a.id}
    refs = tuple(sorted((sf_a.ref, hs_a.ref, sf_b.ref, hs_b.ref)))
    on.unit.planted.append(Finding("LNK004", "person", refs, entity=on.person.entity))
    on.maker.not_same(on.unit, on.person, other, "two people whose links were switched")
    return "the ids of two leads were switched"


@_plan("LNK005", "hs:lead")
def _account_alone(on: Scene) -> str:
    on.maker.company(on.unit, on.rng, systems=(SF,))
    return "an account that marketing does not have"


@_plan("LNK005", "hs:lead")
def _company_alone(on: Scene) -> str:
    company = on.maker.company(on.unit, on.rng, systems=(HS,))
    on.unit.deals.append(
        on.maker.work.deal(company, company.owner, on.maker.end - 40 * DAY, "proposal", 0, on.rng, (HS,))
    )
    return "a company with a deal that sales does not have"


@_plan("LNK006", *_CONTACTS)
def _deal_alone(on: Scene) -> str:
    system = on.rng.choice((SF, HS))
    deal = on.maker.work.deal(
        on.person.company,
        on.person.company.owner,
        on.maker.end - on.rng.randint(10, 60) * DAY,
        "qualification",
        0,
        on.rng,
        (system,),
    )
    on.unit.deals.append(deal)
    return f"a deal that only {system} has"


# -- STG


@_plan("STG001", "lead:sal", age=(2, 12))
def _hubspot_behind(on: Scene) -> str:
    set_path(_sides(on.person)[1], [p for p in on.person.path if p[1] != "sal"])
    return "accepted by sales; HubSpot was not told"


@_plan("STG001", "contact:opportunity", age=(2, 30))
def _hubspot_at_sql(on: Scene) -> str:
    set_path(_sides(on.person)[1], [p for p in on.person.path if p[1] != "opportunity"])
    return "a deal was opened; HubSpot was not told"


@_plan("STG001", "lead:sql", age=(2, 12))
def _lead_behind(on: Scene) -> str:
    sf = _sides(on.person)[0]
    keep = [e for e in sf.events if e[1] in (LEAD_STATUS["mql"],)]
    sf.events, sf.stage = keep, LEAD_STATUS["mql"]
    return "HubSpot ran ahead of the lead"


@_plan("STG001", "contact:customer", age=(5, 200))
def _still_opportunity(on: Scene) -> str:
    set_path(_sides(on.person)[1], [p for p in on.person.path if p[1] != "customer"])
    return "the deal was won; HubSpot was not told"


@_plan("STG001", "lead:recycled", age=(2, 5), path=("lead", "mql", "recycled"))
def _recycled_there_only(on: Scene) -> str | None:
    hs = _sides(on.person)[1]
    if not any(stage == "mql" for _, stage in on.person.path) or not any(a.outbound for a in on.person.activities):
        return None
    set_path(hs, [p for p in on.person.path if p[1] != "recycled"])
    return "recycled by sales; still qualified in HubSpot"


@_plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_hubspot(on: Scene) -> str:
    hs = _sides(on.person)[1]
    (at_mql, _), (at_sal, _) = (p for p in on.person.path if p[1] in ("mql", "sal"))
    step = max((at_sal - at_mql) // 4, 60)
    path = [p for p in on.person.path if p[0] <= at_mql]
    path += [(at_mql + step, "sal"), (at_mql + 2 * step, "mql")]
    set_path(hs, path + [p for p in on.person.path if p[0] > at_mql])
    return "HubSpot's stage went back and forward again"


@_plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_salesforce(on: Scene) -> str:
    sf = _sides(on.person)[0]
    at_mql = next(at for at, native in sf.events if native == LEAD_STATUS["mql"])
    at_sal = next(at for at, native in sf.events if native == LEAD_STATUS["sal"])
    step = max((at_sal - at_mql) // 4, 60)
    sf.events += [(at_mql + step, LEAD_STATUS["sal"]), (at_mql + 2 * step, LEAD_STATUS["mql"])]
    sf.events.sort()
    return "the lead's status went back and forward again"


@_plan("STG003", "lead:sal", "lead:sql", age=(2, 14))
def _skipped_in_hubspot(on: Scene) -> str:
    drop = {"mql"} if on.person.life == "lead:sal" else {"mql", "sal"}
    set_path(_sides(on.person)[1], [p for p in on.person.path if p[1] not in drop])
    return "HubSpot jumped over a stage"


@_plan("STG003", "lead:sql", age=(2, 14))
def _skipped_in_salesforce(on: Scene) -> str:
    sf = _sides(on.person)[0]
    sf.events = [e for e in sf.events if e[1] != LEAD_STATUS["sal"]]
    return "the lead jumped over a stage"


@_plan("STG004", "lead:mql", age=(30, 70))
@_plan("STG004", "lead:sal", age=(42, 90))
@_plan("STG004", "lead:sql", age=(100, 200))
def _stuck(_: Scene) -> str:
    return "nobody moved it on"


@_plan("STG005", *_LEADS, age=(2, 3))
def _undated_in_hubspot(on: Scene) -> str:
    hs = _sides(on.person)[1]
    hs.events = [e for e in hs.events if e[1] != hs.stage]
    hs.stamps.pop(str(hs.stage), None)
    return "set by an import that left no date"


@_plan("STG005", *_LEADS, age=(2, 3))
def _undated_in_salesforce(on: Scene) -> str:
    sf = _sides(on.person)[0]
    sf.events = [e for e in sf.events if e[1] != sf.stage]
    return "history tracking was off"


@_plan("STG006", "lead:sql", "contact:opportunity", "contact:customer")
def _dates_crossed(on: Scene) -> str:
    stamps = _sides(on.person)[1].stamps
    a, b = HS_STAGE["lead"], HS_STAGE["mql"]
    stamps[a], stamps[b] = stamps[b], stamps[a]
    return "the dates of lead and qualification are crossed"


@_plan("STG007", "contact:sql", age=(4, 40))
def _no_deal(on: Scene) -> str:
    set_path(_sides(on.person)[1], [*on.person.path, (on.person.path[-1][0] + DAY, "opportunity")])
    return "opportunity in HubSpot, and no deal anywhere"


@_plan("STG008", "contact:opportunity", age=(4, 80))
def _not_won(on: Scene) -> str | None:
    if any(rec.stage == "closedwon" for deal in on.person.deals for rec in deal.recs):
        return None
    set_path(_sides(on.person)[1], [*on.person.path, (on.person.path[-1][0] + DAY, "customer")])
    return "customer in HubSpot while the deal is open"


@_plan("STG009", "hs:lead")
def _unknown_stage(on: Scene) -> str:
    rec = on.person.rec(HS)
    assert rec is not None
    rec.stage = "other"
    rec.events.append((rec.events[-1][0] + DAY // 2, "other"))
    return "a lifecycle stage that no map knows"


@_plan("STG009", "lead:lead")
def _unknown_status(on: Scene) -> str:
    rec = _sides(on.person)[0]
    rec.stage = on.rng.choice(("Nurturing", "On Hold", "Attempted"))
    rec.events.append((min(rec.created + DAY, on.maker.end - 3600), rec.stage))
    return "a lead status that somebody made up"


@_plan("STG009", "contact:opportunity")
def _unknown_deal_stage(on: Scene) -> str:
    rec = on.person.deals[0].rec(SF)
    assert rec is not None
    rec.stage = "Verbal Agreement"
    rec.events.append((rec.events[-1][0] + 3600, rec.stage))
    return "a deal stage that somebody made up"


@_plan("STG010", "lead:sal", age=(2, 3), quiet=True)
@_plan("STG010", "lead:sql", age=(2, 3), quiet=True)
def _nothing_done(_: Scene) -> str:
    return "accepted by sales, and nothing was done"


@_plan("STG011", "contact:opportunity")
def _deal_stages_differ(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(HS)
    if rec is None:
        return None
    other = next(n for n in ("qualifiedtobuy", "contractsent", "presentationscheduled") if n != rec.stage)
    if other == rec.stage or rec.events[-1][1] == other:
        return None
    rec.stage = other
    rec.events.append((min(rec.events[-1][0] + DAY // 2, on.maker.end - 600), other))
    return "moved in one system only"


# -- FLD


@_plan("FLD001", *_LEADS)
def _nothing_known(on: Scene) -> str:
    name = on.rng.choice(("original_source", "industry", "employee_count", "company_name"))
    for rec in _sides(on.person):
        rec.f[name] = None
    if name == "company_name" or (name == "industry" and on.rng.random() < 0.5):
        _sides(on.person)[0].f[name] = on.rng.choice(("n/a", "Unknown", "-"))
    return f"{name} is missing on every side"


_OTHER: dict[str, Callable[[random.Random], str]] = {
    "title": lambda rng: rng.choice(words.TITLES),
    "city": lambda rng: rng.choice(("Springfield", "Riverside", "Newtown", "Lakewood")),
    "mobile": lambda rng: f"+1415555{rng.randint(1000, 9999)}",
    "phone": lambda rng: f"+1206555{rng.randint(1000, 9999)}",
    "street": lambda rng: f"{rng.randint(1, 900)} Relocation Way",
    "original_source": lambda rng: rng.choice(list(words.SOURCES)),
    "postcode": lambda rng: str(rng.randint(10_000, 99_999)),
}  # fmt: skip


@_plan("FLD002", *_LINKED)
def _conflict(on: Scene) -> str | None:
    for name in on.rng.sample(("title", "city", "mobile", "phone", "street", "original_source"), 6):
        value = _OTHER[name](on.rng)
        if on.person.facts.get(name) and value != on.person.facts[name]:
            _either(on.person, on.rng).f[name] = value
            return f"{name} was changed in one system"
    return None


@_plan("FLD002", *_LINKED)
def _company_conflict(on: Scene) -> str | None:
    rec = on.person.company.rec(HS)
    if rec is None or len(on.person.company.recs) != 2 or any("touched" in r.f for r in on.person.company.recs):
        return None
    rec.f["touched"] = "yes"
    rec.f["phone"] = f"+1303555{on.rng.randint(1000, 9999)}"
    return "the company's phone was changed in HubSpot"


@_plan("FLD002", "contact:opportunity", "contact:customer")
def _amount_conflict(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(SF)
    if rec is None:
        return None
    rec.f["amount"] = str(int(str(rec.f["amount"])) + on.rng.randint(5, 60) * 100)
    return "the deal's amount was changed in Salesforce"


@_plan("FLD003", *_LINKED, "lead:lead")
def _blank(on: Scene) -> str | None:
    for name in on.rng.sample(("title", "city", "mobile", "phone", "postcode", "linkedin_url", "original_source"), 7):
        if on.person.facts.get(name):
            rec = _either(on.person, on.rng)
            junk = name in ("title", "city") and on.rng.random() < 0.3
            rec.f[name] = on.rng.choice(("n/a", "TBD", "unknown")) if junk else None
            return f"{name} is known on one side only"
    return None


@_plan("FLD003", *_LINKED)
def _company_blank(on: Scene) -> str | None:
    rec = on.person.company.rec(SF)
    if rec is None or len(on.person.company.recs) != 2 or any("touched" in r.f for r in on.person.company.recs):
        return None
    rec.f["touched"] = "yes"
    name = on.rng.choice(("annual_revenue", "street", "phone"))
    rec.f[name] = None
    return f"the account's {name} is blank"


_BROKEN = {
    "phone": ("call the office", "12", "+1 555"),
    "mobile": ("ask Dana", "00000", "123"),
    "website": ("not yet", "http://"),
    "country": ("Atlantis", "Planet Earth"),
}


@_plan("FLD004", *_LINKED, mobile=True)
def _malformed(on: Scene) -> str:
    rec = _either(on.person, on.rng)
    name = on.rng.choice(("mobile", "country"))
    rec.f[name] = on.rng.choice(_BROKEN[name])
    rec.malformed.add(name)
    return f"{name} holds {rec.f[name]!r}"


@_plan("FLD004", "hs:subscriber", "hs:lead")
def _malformed_email(on: Scene) -> str:
    rec = on.person.rec(HS)
    assert rec is not None
    local = latin(str(on.person.facts["last_name"])) or "someone"
    rec.f["email"] = on.rng.choice(
        (
            f"{local}{on.person.n}@@mailpost.test",
            f"{local} {on.person.n}@mailpost",
            f"{local}{on.person.n}(at)mailpost.test",
        )
    )
    rec.malformed.add("email")
    return "no e-mail address"


@_plan("FLD005", "hs:lead", "hs:subscriber")
def _unmapped_source(on: Scene) -> str:
    rec = on.person.rec(HS)
    assert rec is not None
    rec.f["original_source"] = "PAID_SOCIAL"
    rec.unmapped.add("original_source")
    return "a source that no map knows"


@_plan("FLD005", *_LINKED)
def _unmapped_lead_source(on: Scene) -> str:
    rec = _sides(on.person)[0]
    rec.f["original_source"] = on.rng.choice(("Purchased List", "Other"))
    rec.unmapped.add("original_source")
    return "a lead source that no map knows"


# -- ACT


@_plan("ACT001", *_LINKED)
def _one_sided(on: Scene) -> str | None:
    done = [a for a in on.person.activities if a.done and a.type in ("call", "email", "meeting") and len(a.copies) == 2]
    if not done:
        return None
    activity = on.rng.choice(done)
    del activity.copies[on.rng.choice((SF, HS))]
    return "logged in one system only"


@_plan("ACT002", *_LINKED, mobile=True)
def _twice(on: Scene) -> str | None:
    first = next((a for a in on.person.activities if a.outbound and a.done and a.type in ("call", "email")), None)
    other = next((o for o in on.maker.people.owners if o.active and o is not on.person.owner), None)
    if first is None or other is None:
        return None
    at = first.at + on.rng.randint(2, 5) * 3600
    near = [
        a for a in on.person.activities if a is not first and a.type in ("call", "email") and abs(a.at - at) < 2 * DAY
    ]
    if near or at > on.maker.end - 3600:
        return None
    second = on.maker.work.activity(on.person, on.rng.choice(("call", "email")), at, other, True, on.rng)
    on.maker.work.copy(second)
    return "two sellers on one day"


@_plan("ACT003", "lead:mql", age=(9, 16), quiet=True)
def _never(_: Scene) -> str:
    return "qualified, and nobody rang"


# -- OWN


@_plan("OWN001", *_LINKED, "lead:recycled")
def _other_owner(on: Scene) -> str | None:
    others = [o for o in on.maker.people.owners if o.active and o is not on.person.owner]
    if not others:
        return None
    _sides(on.person)[1].owner = on.rng.choice(others)
    return "given to somebody else in HubSpot"


@_plan("OWN001", "contact:opportunity")
def _other_deal_owner(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(HS)
    others = [o for o in on.maker.people.owners if o.active and o is not on.person.owner]
    if rec is None or not others:
        return None
    rec.owner = on.rng.choice(others)
    return "the deal was given to somebody else in HubSpot"


@_plan("OWN002", *_LINKED)
def _owner_left(on: Scene) -> str | None:
    left = [o for o in on.maker.people.owners if not o.active]
    if not left:
        return None
    for rec in _sides(on.person):
        rec.owner = left[on.person.n % len(left)]
    return "still with a seller who left"


@_plan("OWN003", "lead:mql", "contact:opportunity", "contact:customer")
def _nobody(on: Scene) -> str:
    _sides(on.person)[1].owner = None
    return "nobody owns it in HubSpot"
