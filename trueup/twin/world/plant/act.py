"""ACT: work logged on one side only, done twice, or never done."""

from __future__ import annotations

from trueup.twin.world.dates import DAY
from trueup.twin.world.parts import HS, SF
from trueup.twin.world.plant.plan import LINKED, Scene, plan


@plan("ACT001", *LINKED)
def _one_sided(on: Scene) -> str | None:
    done = [a for a in on.person.activities if a.done and a.type in ("call", "email", "meeting") and len(a.copies) == 2]
    if not done:
        return None
    activity = on.rng.choice(done)
    del activity.copies[on.rng.choice((SF, HS))]
    return "logged in one system only"


@plan("ACT002", *LINKED, mobile=True)
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


@plan("ACT003", "lead:mql", age=(9, 16), quiet=True)
def _never(_: Scene) -> str:
    return "qualified, and nobody rang"
