"""FLD: values that are missing, broken, in no map, or not the same on both sides."""

from __future__ import annotations

import random
from collections.abc import Callable

from trueup.twin.world import words
from trueup.twin.world.facts import latin
from trueup.twin.world.parts import HS, SF, Rec
from trueup.twin.world.plant.plan import LEADS, LINKED, Scene, either, plan, sides


@plan("FLD001", *LEADS)
def _nothing_known(on: Scene) -> str:
    name = on.rng.choice(("original_source", "industry", "employee_count", "company_name"))
    for rec in sides(on.person):
        rec.f[name] = None
    if name == "company_name" or (name == "industry" and on.rng.random() < 0.5):
        sides(on.person)[0].f[name] = on.rng.choice(("n/a", "Unknown", "-"))
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


@plan("FLD002", *LINKED)
def _conflict(on: Scene) -> str | None:
    for name in on.rng.sample(("title", "city", "mobile", "phone", "street", "original_source"), 6):
        value = _OTHER[name](on.rng)
        if on.person.facts.get(name) and value != on.person.facts[name]:
            either(on.person, on.rng).f[name] = value
            return f"{name} was changed in one system"
    return None


@plan("FLD002", *LINKED)
def _company_conflict(on: Scene) -> str | None:
    rec = _untouched_company(on, HS)
    if rec is None:
        return None
    rec.f["phone"] = f"+1303555{on.rng.randint(1000, 9999)}"
    return "the company's phone was changed in HubSpot"


def _untouched_company(on: Scene, system: str) -> Rec | None:
    """The company's record there, from now on touched; None where it was before, or has no counterpart."""
    company = on.person.company
    rec = company.rec(system)
    if rec is None or len(company.recs) != 2 or any("touched" in r.f for r in company.recs):
        return None
    rec.f["touched"] = "yes"
    return rec


@plan("FLD002", "contact:opportunity", "contact:customer")
def _amount_conflict(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(SF)
    if rec is None:
        return None
    rec.f["amount"] = str(int(str(rec.f["amount"])) + on.rng.randint(5, 60) * 100)
    return "the deal's amount was changed in Salesforce"


@plan("FLD003", *LINKED, "lead:lead")
def _blank(on: Scene) -> str | None:
    for name in on.rng.sample(("title", "city", "mobile", "phone", "postcode", "linkedin_url", "original_source"), 7):
        if on.person.facts.get(name):
            rec = either(on.person, on.rng)
            junk = name in ("title", "city") and on.rng.random() < 0.3
            rec.f[name] = on.rng.choice(("n/a", "TBD", "unknown")) if junk else None
            return f"{name} is known on one side only"
    return None


@plan("FLD003", *LINKED)
def _company_blank(on: Scene) -> str | None:
    rec = _untouched_company(on, SF)
    if rec is None:
        return None
    name = on.rng.choice(("annual_revenue", "street", "phone"))
    rec.f[name] = None
    return f"the account's {name} is blank"


_BROKEN = {
    "phone": ("call the office", "12", "+1 555"),
    "mobile": ("ask Dana", "00000", "123"),
    "website": ("not yet", "http://"),
    "country": ("Atlantis", "Planet Earth"),
}


@plan("FLD004", *LINKED, mobile=True)
def _malformed(on: Scene) -> str:
    rec = either(on.person, on.rng)
    name = on.rng.choice(("mobile", "country"))
    rec.f[name] = on.rng.choice(_BROKEN[name])
    rec.malformed.add(name)
    return f"{name} holds {rec.f[name]!r}"


@plan("FLD004", "hs:subscriber", "hs:lead")
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


@plan("FLD005", "hs:lead", "hs:subscriber")
def _unmapped_source(on: Scene) -> str:
    rec = on.person.rec(HS)
    assert rec is not None
    rec.f["original_source"] = "PAID_SOCIAL"
    rec.unmapped.add("original_source")
    return "a source that no map knows"


@plan("FLD005", *LINKED)
def _unmapped_lead_source(on: Scene) -> str:
    rec = sides(on.person)[0]
    rec.f["original_source"] = on.rng.choice(("Purchased List", "Other"))
    rec.unmapped.add("original_source")
    return "a lead source that no map knows"
