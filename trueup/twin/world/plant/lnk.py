"""LNK: records that stand alone, and stored ids that point to the wrong place or to none."""

from __future__ import annotations

from trueup.twin.world.dates import DAY
from trueup.twin.world.parts import HS, LEAD_STATUS, SF, Finding, Rec
from trueup.twin.world.people import stored_field
from trueup.twin.world.plant.plan import CONTACTS, LEADS, LINKED, Scene, plan, sides


@plan("LNK001", "sf:lead")
def _lead_alone(_: Scene) -> str:
    return "a lead that marketing never got"


@plan("LNK001", "hs:mql")
def _qualified_alone(_: Scene) -> str:
    return "qualified, and sales never got it"


@plan("LNK001", "sf:contact", path=("lead", "mql", "sal", "sql"), age=(3, 40))
def _contact_alone(_: Scene) -> str:
    return "a contact that marketing never got"


@plan("LNK001", "sf:lead")
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


@plan("LNK002", *LINKED, stored="hs")
def _claimed_twice(on: Scene) -> str | None:
    sf, hs = sides(on.person)
    other = on.maker.another(on.unit, on.person, "hs:subscriber", on.rng)
    claimer = other.rec(HS)
    if claimer is None:
        return None
    claimer.stored[stored_field(sf.object, "contacts")] = sf.id
    refs = tuple(sorted((sf.ref, hs.ref, claimer.ref)))
    on.unit.planted.append(Finding("LNK002", "person", refs, entity=on.person.entity))
    on.maker.not_same(on.unit, on.person, other, "two people, one claimed record")
    return "another contact stores the same Salesforce id"


@plan("LNK003", *LEADS, stored="sf")
def _points_at_deleted(on: Scene) -> str:
    sf, hs = sides(on.person)
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


@plan("LNK003", *LINKED, stored="hs")
def _points_nowhere(on: Scene) -> str:
    sf, _ = sides(on.person)
    sf.stored = {"HubSpot_Id__c": on.maker.ids.hubspot("contacts")}
    on.unit.planted.append(Finding("LNK003", "person", (sf.ref,), entity=on.person.entity))
    return "stores the id of a contact that is not there"


@plan("LNK004", "lead:mql", stored="none")
def _switched(on: Scene) -> str | None:
    other = on.maker.another(on.unit, on.person, "lead:mql", on.rng, {"stored": "none"})
    (sf_a, hs_a), (sf_b, hs_b) = sides(on.person), sides(other)
    hs_a.stored, hs_b.stored = {"salesforceleadid": sf_b.id}, {"salesforceleadid": sf_a.id}
    refs = tuple(sorted((sf_a.ref, hs_a.ref, sf_b.ref, hs_b.ref)))
    on.unit.planted.append(Finding("LNK004", "person", refs, entity=on.person.entity))
    on.maker.not_same(on.unit, on.person, other, "two people whose links were switched")
    return "the ids of two leads were switched"


@plan("LNK005", "hs:lead")
def _account_alone(on: Scene) -> str:
    on.maker.company(on.unit, on.rng, systems=(SF,))
    return "an account that marketing does not have"


@plan("LNK005", "hs:lead")
def _company_alone(on: Scene) -> str:
    company = on.maker.company(on.unit, on.rng, systems=(HS,))
    on.unit.deals.append(
        on.maker.work.deal(company, company.owner, on.maker.end - 40 * DAY, "proposal", 0, on.rng, (HS,))
    )
    return "a company with a deal that sales does not have"


@plan("LNK006", *CONTACTS)
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
