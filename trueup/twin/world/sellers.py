"""Who works at the company whose CRMs these are: the owners of records, by region and role; some have left."""

from __future__ import annotations

import random

from trueup.twin.world import words
from trueup.twin.world.facts import latin
from trueup.twin.world.ids import Ids
from trueup.twin.world.parts import Owner

SELLERS_DOMAIN = "brightloom.example"
"""The invented company whose CRMs these are."""

_ROLES = ("SDR", "AE", "AE", "Manager")


def sellers(people: int, seed: int, ids: Ids) -> list[Owner]:
    """As many sellers as a world of that many people needs; at least a dozen, at most four hundred."""
    rng = random.Random(f"{seed}:owners")
    out: list[Owner] = []
    for n in range(max(12, min(400, people // 120))):
        region = ("AMER", "EMEA", "AMER", "APAC")[n % 4]
        naming = words.NAMING[rng.choice(("en", "en", "de", "fr", "es", "in", "sv"))]
        first, last = rng.choice(naming.first), rng.choice(naming.last)
        email = f"{latin(first)}.{latin(last)}{n or ''}@{SELLERS_DOMAIN}"
        role = _ROLES[(n // 4) % len(_ROLES)]
        active = n < 8 or n % 6 != 5
        out.append(Owner(n, first, last, email, region, role, active, ids.salesforce("User"), ids.hubspot("owners")))
    return out
