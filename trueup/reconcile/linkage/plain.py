"""The plain ladders of portable matching: each test twice, as SQL and for codes in memory, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes
from trueup.reconcile.identity.encode import Column, coded
from trueup.reconcile.identity.letters import Letters
from trueup.reconcile.identity.scoring import Levels
from trueup.reconcile.linkage.features import Step


@dataclass(frozen=True, slots=True)
class Rung:
    """One level below equality: edits at most, on values at least so long; or equal beginnings; or parts of an address.

    Exactly one of `edits`, `begin`, `part` says what is asked; none of them is the last level, anything else.
    """

    step: Step
    edits: int = 0
    least: int = 0
    begin: int = 0
    part: str = ""

    def sql(self, name: str) -> str:
        """The test as SQL that DuckDB and Spark both understand."""
        a, b = f"{name}_l", f"{name}_r"
        shorter = f"least(length({a}), length({b}))"
        if self.edits:
            return f"levenshtein({a}, {b}) <= {self.edits} AND {shorter} >= {self.least}"
        if self.begin:
            return f"substr({a}, 1, {self.begin}) = substr({b}, 1, {self.begin}) AND {shorter} >= {self.least}"
        if self.part:
            return f"{name}_{self.part}_l = {name}_{self.part}_r"
        return "ELSE"


def _near(m: float, edits: int, least: int) -> Rung:
    label = "one character apart" if edits == 1 else f"up to {edits} characters apart"
    return Rung(Step(f"near{edits}", label, m), edits=edits, least=least)


def _begins(m: float, letters: int, label: str) -> Rung:
    return Rung(Step("begins", label, m), begin=letters, least=letters)


OTHER = Rung(Step("other", "different", 0.08))
NAME = (_near(0.06, 1, 3), _near(0.02, 2, 6))
TEXT = (_near(0.06, 2, 5), _near(0.03, 4, 10), _begins(0.06, 6, "the same beginning"), OTHER)
_CODE = (_near(0.06, 1, 4), OTHER)
_EMAIL = (
    Rung(Step("local", "same name before the @", 0.10), part="local"),
    _near(0.06, 2, 8),
    Rung(Step("domain", "same domain", 0.05), part="domain"),
    OTHER,
)
LADDERS: dict[str, tuple[float, tuple[Rung, ...]]] = {
    "organisation": (0.75, TEXT),
    "e-mail": (0.7, _EMAIL),
    "phone": (0.6, (_near(0.05, 1, 7), OTHER)),
    "domain": (0.85, _CODE),
    "street": (0.6, TEXT),
    "city": (0.75, (_near(0.08, 1, 4), OTHER)),
    "postcode": (0.75, (_near(0.06, 1, 4), _begins(0.05, 3, "the same area"), OTHER)),
    "country": (0.9, (OTHER,)),
    "birth date": (0.8, (_near(0.08, 1, 6), _begins(0.05, 4, "same year"), OTHER)),
    "other code": (0.85, _CODE),
    "other text": (0.75, TEXT),
}


OF_COMPANIES = frozenset({"email", "street", "city", "postcode", "country"})
"""What colleagues share because they are colleagues. Of an e-mail address it is the domain alone."""


@dataclass(frozen=True, slots=True)
class Plain:
    """One comparison: its column by a name that SQL likes, the values' steps of rarity, its levels below equality.

    `beside` is the other half of a name: the two swapped are a level of their own, and nothing on the other ladder.
    `follows` are columns whose agreement silences this one: a company's place and mail domain come with the company,
    and would count it again.
    """

    name: str
    of: Column
    step: Levels
    exact: tuple[Step, ...]
    rungs: tuple[Rung, ...]
    beside: str = ""
    swap: Step | None = None
    follows: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All levels in the order of their numbers, from 1."""
        return (*self.exact, *((self.swap,) if self.swap else ()), *(rung.step for rung in self.rungs))


def judge(plain: Plain) -> Callable[[Codes, Codes], Levels]:
    """The first rung on which each pair of different values stands. What is asked of each value is worked out here."""
    values = (*plain.of.values, "")
    spelled = Letters(plain.of.values)
    most = max((rung.edits for rung in plain.rungs), default=0)
    heads: dict[int, Codes] = {}
    parts: dict[str, Codes] = {}
    for rung in plain.rungs:
        if rung.begin:
            heads[rung.begin] = coded(value[: rung.begin] for value in values).codes
        elif rung.part:
            of = coded([part_of(value, rung.part) or "" for value in values])
            # The last value is empty, and so has no parts.
            parts[rung.part] = np.where(of.codes == of.codes[-1], MISSING, of.codes)

    def judged(left: Codes, right: Codes) -> Levels:
        shorter = np.minimum(spelled.length[left], spelled.length[right])
        edits = spelled.edits(left, right, most) if most else shorter
        tests: list[Bools] = []
        for rung in plain.rungs:
            if rung.edits:
                tests.append((edits <= rung.edits) & (shorter >= rung.least))
            elif rung.begin:
                tests.append((heads[rung.begin][left] == heads[rung.begin][right]) & (shorter >= rung.least))
            elif rung.part:
                a, b = parts[rung.part][left], parts[rung.part][right]
                tests.append((a == b) & (a >= 0))
            else:
                tests.append(np.ones(len(left), dtype=bool))
        return np.select(tests, list(range(len(tests))), len(tests) - 1).astype(np.int8)

    return judged


def part_of(value: str, part: str) -> str | None:
    """The name before the @, or the domain behind it."""
    local, _, domain = value.partition("@")
    return (local if part == "local" else domain) or None
