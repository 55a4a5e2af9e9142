"""OWN: records of the wrong owner, of one who left, or of nobody."""

from __future__ import annotations

from trueup.twin.world.parts import HS
from trueup.twin.world.plant.plan import LINKED, Scene, plan, sides


@plan("OWN001", *LINKED, "lead:recycled")
def _other_owner(on: Scene) -> str | None:
    others = [o for o in on.maker.people.owners if o.active and o is not on.person.owner]
    if not others:
        return None
    sides(on.person)[1].owner = on.rng.choice(others)
    return "given to somebody else in HubSpot"


@plan("OWN001", "contact:opportunity")
def _other_deal_owner(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(HS)
    others = [o for o in on.maker.people.owners if o.active and o is not on.person.owner]
    if rec is None or not others:
        return None
    rec.owner = on.rng.choice(others)
    return "the deal was given to somebody else in HubSpot"


@plan("OWN002", *LINKED)
def _owner_left(on: Scene) -> str | None:
    left = [o for o in on.maker.people.owners if not o.active]
    if not left:
        return None
    for rec in sides(on.person):
        rec.owner = left[on.person.n % len(left)]
    return "still with a seller who left"


@plan("OWN003", "lead:mql", "contact:opportunity", "contact:customer")
def _nobody(on: Scene) -> str:
    sides(on.person)[1].owner = None
    return "nobody owns it in HubSpot"
