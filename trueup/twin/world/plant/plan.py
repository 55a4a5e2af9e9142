"""A way of planting a fault: which life it needs, how that life is bent beforehand, and what is changed afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trueup.twin.world.parts import HS, SF, Person, Rec, Unit

if TYPE_CHECKING:
    from trueup.twin.world.make import Maker

LEADS = ("lead:mql", "lead:sal", "lead:sql")
"""Lives of qualified leads that both systems hold."""

CONTACTS = ("contact:sql", "contact:opportunity", "contact:customer")
"""Lives of contacts that both systems hold."""

LINKED = (*LEADS, *CONTACTS)
"""Lives of qualified people that both systems hold."""


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


_PLANS: list[Plan] = []


def plan(code: str, *lives: str, **flags: Any) -> Callable[[Apply], Apply]:
    """Declare a way to plant a code on people of these lives; the flags are those of `People`."""

    def take(apply: Apply) -> Apply:
        _PLANS.append(Plan(code, lives, apply, flags))
        return apply

    return take


def plans() -> dict[str, list[Plan]]:
    """The plans by code, in the order in which they take turns."""
    out: dict[str, list[Plan]] = {}
    for each in _PLANS:
        out.setdefault(each.code, []).append(each)
    return out


def sides(person: Person) -> tuple[Rec, Rec]:
    """The person's records in Salesforce and in HubSpot."""
    sf, hs = person.rec(SF), person.rec(HS)
    assert sf is not None
    assert hs is not None
    return sf, hs


def either(person: Person, rng: random.Random) -> Rec:
    """One of the two, by chance."""
    return rng.choice(sides(person))
