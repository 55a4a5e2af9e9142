"""What other weights would change, told before they are used: which levels move, which pairs change grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.model.matching import Grade
from trueup.reconcile.identity.arrays import Floats, Ints
from trueup.reconcile.identity.grading import GRADES, LIKELY
from trueup.reconcile.identity.resolve import SLICE, Subject, reweighed
from trueup.reconcile.identity.scoring import Model, Rung
from trueup.reconcile.identity.tuning import candidates

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXAMPLES = 3
"""Pairs shown of each change of grade."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A level whose weight moves, in bits; `by_value`: how common the shared value is comes on top both times."""

    key: str
    comparison: str
    label: str
    m: tuple[float, float]
    u: tuple[float, float] | None
    weight: tuple[float, float]
    by_value: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A pair whose grade changes, with its match probability before and after."""

    left: str
    right: str
    score: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Regraded:
    """So many pairs go from one grade to another; those that move most come first among the examples."""

    before: Grade
    after: Grade
    pairs: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of so many decided pairs of one verdict, how many the weights by themselves call so, before and after."""

    verdict: str
    pairs: int
    right: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Effects:
    """All that other weights would change for one kind."""

    shifts: tuple[Shift, ...]
    kept: tuple[int, ...]
    regraded: tuple[Regraded, ...]
    outcomes: tuple[Outcome, ...]


def effects(con: DuckDBPyConnection, subject: Subject, after: Model) -> Effects:
    """Compare the subject's own weights with `after`. Pairs that people decided are counted apart."""
    before, then = subject, reweighed(subject, after)
    counts = np.zeros((len(GRADES), len(GRADES)), dtype=np.int64)
    best: dict[tuple[int, int], list[tuple[float, int, int, float, float]]] = {}
    left, right = candidates(subject)
    for start in range(0, len(left), SLICE):
        a, b = left[start : start + SLICE], right[start : start + SLICE]
        free = ~(subject.decided.is_same(a, b) | subject.decided.is_not_same(a, b))
        a, b = a[free], b[free]
        old, new = before.assess(a, b)[1], then.assess(a, b)[1]
        counts += np.bincount(old.grade * len(GRADES) + new.grade, minlength=counts.size).reshape(counts.shape)
        for one, other in zip(*np.nonzero(counts), strict=True):
            if one != other:
                here = np.flatnonzero((old.grade == one) & (new.grade == other))
                _best(best.setdefault((int(one), int(other)), []), here, (a, b), (old.score, new.score))
    regraded = tuple(
        Regraded(
            Grade(GRADES[one]), Grade(GRADES[other]), int(counts[one, other]),
            tuple(Example(*_refs(con, subject, i, j), (p, q)) for _, i, j, p, q in best[one, other]),
        )
        for one, other in sorted(best, key=lambda pair: (-abs(pair[1] - pair[0]), -pair[1], -pair[0]))
        if counts[one, other]
    )  # fmt: skip
    same_grades = tuple(int(counts[n, n]) for n in range(len(GRADES)))
    return Effects(_shifts(subject.model, after), same_grades, regraded, tuple(_outcomes(before, then)))


def _best(
    kept: list[tuple[float, int, int, float, float]],
    here: Ints,
    pairs: tuple[Ints, Ints],
    scores: tuple[Floats, Floats],
) -> None:
    """Keep the pairs that move most, in a stable order."""
    moved = -np.abs(scores[1][here] - scores[0][here])
    for place in here[np.argsort(moved, kind="stable")[:EXAMPLES]].tolist():
        p, q = float(scores[0][place]), float(scores[1][place])
        kept.append((-abs(q - p), int(pairs[0][place]), int(pairs[1][place]), p, q))
    kept.sort()
    del kept[EXAMPLES:]


def _refs(con: DuckDBPyConnection, subject: Subject, left: int, right: int) -> tuple[str, str]:
    rows = con.execute(
        f"SELECT ref FROM id_{subject.model.kind} WHERE i IN (?, ?) ORDER BY i", [left, right]
    ).fetchall()
    return str(rows[0][0]), str(rows[1][0])


def _shifts(before: Model, after: Model) -> tuple[Shift, ...]:
    """Levels whose m or u differ, in the order of the ladders."""
    found = []
    for old, new in zip(before.ladders, after.ladders, strict=True):
        for was, now in zip(old.rungs, new.rungs, strict=True):
            if (was.m, was.u) == (now.m, now.u):
                continue
            found.append(
                Shift(
                    f"{old.key}.{was.key}", old.label, was.label, (was.m, now.m),
                    None if was.tf else (was.u, now.u), (_bits(was, was), _bits(was, now)), was.tf,
                )
            )  # fmt: skip
    return tuple(found)


def _bits(was: Rung, now: Rung) -> float:
    """The weight of a level; of one by value, what m adds to the value's own rarity."""
    return float(np.log2(now.m)) if was.tf else now.weight


def _outcomes(before: Subject, then: Subject) -> list[Outcome]:
    """How remembered decisions come out by the weights alone."""
    found = []
    for verdict, keys in (("same", before.decided.same), ("not_same", before.decided.not_same)):
        if not len(keys):
            continue
        left, right = keys // before.rows, keys % before.rows
        right_of = []
        for subject in (before, then):
            joined = subject.assess(left, right)[1].grade >= LIKELY
            right_of.append(int((joined if verdict == "same" else ~joined).sum()))
        found.append(Outcome(verdict, len(keys), (right_of[0], right_of[1])))
    return found
