"""Which stages a life goes through, and on which days: working hours, in order, ending some days before today."""

from __future__ import annotations

import random

from trueup.twin.world.dates import instant

_AGES = {  # working days since entering the present stage: never near the age at which a stage counts as stuck
    "subscriber": (2, 380), "lead": (2, 300), "mql": (2, 16), "sal": (2, 25), "sql": (3, 68), "opportunity": (2, 110),
    "customer": (4, 420), "recycled": (8, 260), "rejected": (8, 260),
}  # fmt: skip


def path(
    life: str,
    today: int,
    tz: int,
    rng: random.Random,
    stages: tuple[str, ...] | None = None,
    age: tuple[int, int] | None = None,
) -> list[tuple[int, str]]:
    """When each stage of a life was entered, first to last. `stages` and `age` (working days in the last) bend it."""
    stages = stages or _stages(life, rng)
    low, high = age or _AGES[stages[-1]]
    day = today - rng.randint(low, high)
    out: list[tuple[int, str]] = []
    for stage in reversed(stages):
        out.append((instant(day, rng.randint(0, 27_000), tz), stage))
        day -= rng.randint(1, 30 if stage == "mql" else 9)
    out.reverse()
    return out


def _stages(life: str, rng: random.Random) -> tuple[str, ...]:
    side, stage = life.split(":")
    head = ("subscriber", "lead") if rng.random() < 0.3 else ("lead",)
    match stage:
        case "subscriber":
            return ("subscriber",)
        case "lead":
            return head
        case "mql":
            return (*head, "mql")
        case "sal":
            return (*head, "mql", "sal")
        case "sql":
            return (*head, "mql", "sal", "sql")
        case "opportunity":
            return (*head, "mql", "sal", "sql", "opportunity")
        case "customer":
            return (*head, "mql", "sal", "sql", "opportunity", "customer")
        case "recycled":
            return (
                (*head, "mql", "sal", "recycled")
                if side == "lead" and rng.random() < 0.4
                else (*head, "mql", "recycled")
            )
        case "rejected":
            return (*head, "mql", "rejected") if rng.random() < 0.7 else (*head, "rejected")
        case "lost":
            whole = (*head, "mql", "sal", "sql")
            return (*whole, "opportunity", "recycled", "lead", "mql", "sal", "sql") if rng.random() < 0.5 else whole
    raise ValueError(f"unknown life: {life}")
