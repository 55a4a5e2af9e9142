"""Which fault is planted next, and in which of its ways: each code keeps pace with the people made."""

from __future__ import annotations

from trueup.twin.world.plant import Plan, plans
from trueup.twin.world.settings import WorldSettings


class Quota:
    """Counts what is planted and says what is due: the code furthest behind first."""

    def __init__(self, settings: WorldSettings, people: int) -> None:
        self._plans = plans()
        self._turn: dict[str, int] = dict.fromkeys(self._plans, 0)
        self._uses: dict[Plan, int] = {}
        # More faults than people to carry them cannot be asked for: shares first, then the minimum as far as it goes.
        self._target = {
            code: max(round(share * people), settings.at_least if people >= 150 else min(1, settings.at_least))
            for code, share in settings.faults.items()
            if share > 0
        }
        self._count = dict.fromkeys(self._target, 0)

    def due(self, made: int, total: int) -> str | None:
        """The code that is furthest behind, if any is."""
        best, most = None, 0.0
        progress = (made + 1) / total * 1.08
        for code, target in self._target.items():
            behind = min(progress, 1.0) * target - self._count[code]
            if behind > 0 and behind / target > most:
                best, most = code, behind / target
        return best

    def plan(self, code: str) -> Plan:
        """The next way of planting the code."""
        ways = self._plans[code]
        plan = ways[self._turn[code] % len(ways)]
        self._turn[code] += 1
        return plan

    def turn(self, plan: Plan) -> int:
        """How often this way was tried before."""
        used = self._uses.get(plan, 0)
        self._uses[plan] = used + 1
        return used

    def done(self, code: str) -> None:
        """One more is planted."""
        self._count[code] += 1
