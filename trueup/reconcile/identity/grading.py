"""From total weight to probability and grade; one reason may cap the grade, and is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.model.policy import MatchPolicy
from trueup.reconcile.identity.arrays import Bools, Floats
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.scoring import Model, probability

NO, POSSIBLE, LIKELY, CERTAIN = range(4)
GRADES = ("no", "possible", "likely", "certain")
CONTRADICTED = -3.0
"""Evidence (in bits, without the prior) below which two records speak against each other rather than say little."""

ONLY_NAME = "little but the name agrees"
GENERATION = "only one has Jr, Sr or a number"
ONLY_SHARED = "only a shared mailbox agrees besides the name"
NO_KEY = "no address, number or id in common"
NO_FIRST = "one first name is not known"
INITIAL = "of one first name only the initial is known"
FAMILY = "different last names"
NAMES_DIFFER = "the names differ by more than a form"
KEYS_DIFFER = "no address, number or id in common, and what both have of them differs"
_NAME = frozenset({"given", "family", "middle", "suffix", "name"})
_SUPPORT = {"person": 3.0, "company": 1.0}


@dataclass(frozen=True, slots=True)
class Graded:
    """Pairs with their total weight (log2 odds), probability, grade, and the number of the reason that capped it."""

    weight: Floats
    score: Floats
    grade: NDArray[np.int8]
    cap: NDArray[np.int8]
    reasons: tuple[str, ...]
    against: Bools


def grade(compared: Compared, model: Model, rows: int, policy: MatchPolicy, conflicts: tuple[str, ...]) -> Graded:
    """Grade pairs by the policy's thresholds. What contradicts holds a pair at `possible`, however high it scores."""
    weight, against = weighed(compared, model, rows)
    score = probability(weight)
    free = np.select(
        [score >= policy.certain, score >= policy.likely, score >= policy.possible], [CERTAIN, LIKELY, POSSIBLE], NO
    ).astype(np.int8)
    reasons = list(conflicts)
    cap = np.zeros(len(score), dtype=np.int8)
    held = np.full(len(score), CERTAIN, dtype=np.int8)

    def hold(reason: str, at: int, pairs: Bools) -> None:
        if reason not in reasons:
            reasons.append(reason)
        mine = pairs & (held > at)
        held[mine] = at
        cap[mine] = reasons.index(reason)

    at = _Reader(compared, model)
    for number, reason in enumerate(conflicts):
        if number:
            hold(reason, POSSIBLE, compared.conflict == number)
    if model.kind == "person":
        _hold_people(at, hold)
    else:
        _hold_companies(at, hold)
    final = np.minimum(free, held).astype(np.int8)
    cap[final == free] = 0
    return Graded(weight, score, final, cap, tuple(reasons), against)


def weighed(compared: Compared, model: Model, rows: int) -> tuple[Floats, Bools]:
    """The total weight of each pair with the prior, and which contradict themselves."""
    evidence = compared.total
    return evidence + model.prior(rows), (compared.conflict > 0) | (evidence < CONTRADICTED)


@dataclass(frozen=True, slots=True)
class _Reader:
    compared: Compared
    model: Model

    def __call__(self, comparison: str, *keys: str) -> Bools:
        place = next(i for i, ladder in enumerate(self.model.ladders) if ladder.key == comparison)
        wanted = np.zeros(len(self.model.ladders[place].rungs), dtype=np.bool_)
        wanted[[self.model.ladders[place].at(key) for key in keys]] = True
        return np.asarray(wanted[self.compared.levels[place]])

    def weight(self, comparison: str) -> NDArray[np.float32]:
        place = next(i for i, ladder in enumerate(self.model.ladders) if ladder.key == comparison)
        return self.compared.weights[place]

    def support(self, *without: str) -> Floats:
        """Bits that speak for sameness besides the name and the comparisons named."""
        total = np.zeros(len(self.compared.conflict))
        for ladder, weight in zip(self.model.ladders, self.compared.weights, strict=True):
            if ladder.key not in _NAME and ladder.key not in without:
                total += np.maximum(weight, 0)
        return total


def _hold_people(at: _Reader, hold: object) -> None:
    assert callable(hold)
    stored = at("stored_id", "mutual", "stored")
    address = at("email", "exact") | at("linkedin", "exact") | at("other_code", "exact")
    # Namesakes at one company have mailboxes of their own and may have one number, the company's.
    number = at("phone", "exact") & (at.weight("phone") >= 6) & ~at("email", "colleague")
    born = at("birth_date", "exact") & (at("family", "exact", "swapped") | at("given", "exact", "short", "swapped"))
    # A city or country is shared by too many to count as support.
    fine = at("place", "postcode")
    support = at.support() - np.where(fine, 0, np.maximum(at.weight("place"), 0))
    hold(ONLY_NAME, POSSIBLE, support < _SUPPORT["person"])
    hold(GENERATION, POSSIBLE, at("suffix", "one") & ~(stored | address))
    hold(
        ONLY_SHARED,
        POSSIBLE,
        at("email", "shared") & (at.support("email", "company") < _SUPPORT["person"]) & ~at("given", "exact"),
    )
    hold(NO_FIRST, POSSIBLE, at("given", "missing") & ~(stored | address | born))
    # A mailbox is handed on, and a family has one: without the first name the address alone is not enough.
    hold(NO_FIRST, LIKELY, at("given", "missing") & ~stored)
    hold(NO_FIRST, POSSIBLE, at("given", "missing") & at("phone", "desk") & ~stored)
    # J. may be any of a family who have one number.
    hold(INITIAL, LIKELY, at("given", "initial") & ~(stored | address | born))
    # A namesake differs in all that is a person's own; who moved on keeps a number, a profile or an address.
    differing = sum(
        (
            at("email", "other", "moved", "colleague", "abroad").astype(np.int8),
            at("phone", "other", "desk", "household").astype(np.int8),
            at("linkedin", "other").astype(np.int8),
            at("company", "other").astype(np.int8),
            at("stored_id", "elsewhere", "apart").astype(np.int8),
        )
    )
    hold(KEYS_DIFFER, POSSIBLE, ~(stored | address | number | born) & (differing >= 2))
    hold(NO_KEY, LIKELY, ~(stored | address | number | born))
    hold(FAMILY, POSSIBLE, at("family", "other") & ~(stored | address | born))
    hold(FAMILY, LIKELY, at("family", "other") & ~stored)


def _hold_companies(at: _Reader, hold: object) -> None:
    assert callable(hold)
    stored = at("stored_id", "mutual", "stored")
    name = at("name", "exact", "similar")
    here = at("phone", "exact") | at("street", "exact", "similar") | at("place", "postcode")
    hold(NAMES_DIFFER, POSSIBLE, at("name", "other") & at("domain", "exact") & ~stored)
    hold(NAMES_DIFFER, POSSIBLE, at("name", "contained") & ~here & ~stored)
    hold(NAMES_DIFFER, LIKELY, at("name", "contained") & ~stored)
    hold(ONLY_NAME, LIKELY, name & ~stored & (at.support() < _SUPPORT["company"]))
    hold(NO_KEY, LIKELY, ~(stored | at("domain", "exact") | at("phone", "exact")))
