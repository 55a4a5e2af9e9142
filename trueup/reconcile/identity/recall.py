"""What earlier runs settled, so that a run compares what changed with everything, and nothing else a second time.

Remembered are pairs of records that cannot match, each as two numbers, no values. A pair is *settled* when its levels
keep it below every grade even if each value in which the two agree were as rare as a value can be. Levels follow from
the two records alone (`marks`), so the pair stays settled until one of them changes; how common a value is, how many
records there are and what else is global may move as it likes within the bounds that are kept beside the pairs. Outside
of them, and under other rules, everything is compared again. What is not settled (whatever matches, nearly matches, is
new or changed) is compared and weighed in every run, so the result is that of a full run, byte for byte.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

import numpy as np

from trueup.model.policy import Policy
from trueup.reconcile.identity.encode import Bools, Codes, Floats, Ints, distinct
from trueup.reconcile.identity.marks import Marks
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.scoring import Model, log_odds

GROWTH = 1.25
"""So much may the number of records grow, or shrink, before all is compared again."""
_MARGIN = 0.01
"""Bits: far more than the rounding of a sum."""
_LIBRARIES = ("duckdb", "numpy", "phonenumberslite", "rapidfuzz", "tldextract")


@dataclass(frozen=True, slots=True)
class Settled:
    """Pairs of one kind that cannot match. Records are numbered by ref; `right[starts[i]:starts[i + 1]]` are i's.

    Each pair's evidence stays below `evidence` bits as long as no value counts as rarer than `rarest`.
    """

    rules: str
    marks: Marks
    starts: Ints
    right: Codes
    evidence: float
    rarest: float

    def __post_init__(self) -> None:
        """Raises ValueError for what no run can have settled: such a memory is damaged, or of something else."""
        rows = len(self.marks)
        sound = (
            len(self.starts) == rows + 1
            and (np.diff(self.starts) >= 0).all()
            and (self.starts[0], self.starts[-1]) == (0, len(self.right))
            and not ((self.right <= self._left()) | (self.right >= rows)).any()
            and len(np.unique(self.marks)) == rows
        )
        if not sound:
            raise ValueError("these are no settled pairs")

    def _left(self) -> Ints:
        return np.repeat(np.arange(len(self.marks), dtype=np.int64), np.diff(self.starts))

    def today(self, marks: Marks) -> Ints:
        """The pairs of which both records are still there and unchanged, as sorted `left * rows + right` of today."""
        order = np.argsort(marks)
        place = np.minimum(np.searchsorted(marks[order], self.marks), max(0, len(marks) - 1))
        if not len(marks):
            return np.empty(0, dtype=np.int64)
        now = np.where(marks[order[place]] == self.marks, order[place], -1)
        left, right = now[self._left()], now[self.right]
        # Both were numbered by ref: whoever stood first still does.
        known = (left >= 0) & (right > left)
        return np.sort(left[known] * len(marks) + right[known])


class Recall:
    """One run's use of what was settled for a kind: asks it, adds to it, and hands on what is settled now."""

    def __init__(self, before: Settled | None, marks: Marks, model: Model, policy: Policy) -> None:
        self._marks, self._model = marks, model
        self._rules = rules(model, policy)
        rows = len(marks)
        rarest, evidence = model.rarest(rows), log_odds(policy.match.possible) - model.prior(rows)
        self._known = np.empty(0, dtype=np.int64)
        # Bounds with room: a few records more or less a night must not unsettle everything.
        self._rarest = model.rarest(int(rows * GROWTH) + 1)
        self._evidence = log_odds(policy.match.possible) - model.prior(int(rows / GROWTH)) - _MARGIN
        if before and before.rules == self._rules and before.rarest <= rarest and before.evidence <= evidence:
            self._known = before.today(marks)
            self._rarest, self._evidence = before.rarest, before.evidence
        self._best = tuple(ladder.at_most(self._rarest) for ladder in model.ladders)
        self._kept: list[Ints] = []

    def settled(self, keys: Ints) -> Bools:
        """Which of these pairs (`left * rows + right`, in order) need no comparing; they are handed on."""
        if not len(self._known):
            return np.zeros(len(keys), dtype=np.bool_)
        place = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        found = np.asarray(self._known[place] == keys)
        self._kept.append(keys[found])
        return found

    def add(self, keys: Ints, compared: Compared) -> None:
        """Settle what was compared and cannot match."""
        most: Floats = np.zeros(len(keys))
        for best, levels in zip(self._best, compared.levels, strict=True):
            most += best[levels]
        self._kept.append(keys[most < self._evidence])

    def after(self) -> Settled:
        """All that is settled among the pairs that this run looked at."""
        rows = len(self._marks)
        keys = distinct(np.concatenate(self._kept)) if self._kept else np.empty(0, dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(np.bincount(keys // max(1, rows), minlength=rows))])
        right = (keys % max(1, rows)).astype(np.int32)
        return Settled(self._rules, self._marks, starts.astype(np.int64), right, self._evidence, self._rarest)


def rules(model: Model, policy: Policy) -> str:
    """A digest of all from which levels and weights follow besides the records: policy, weights, program, libraries."""
    told = (model, policy.country, sorted(policy.junk or ()), _program())
    return hashlib.sha256(repr(told).encode()).hexdigest()


@cache
def _program() -> str:
    """A digest of this program's rules of matching and normalising, their word lists, and what they are built on."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for name in ("identity", "normalize"):
        _read(resources.files("trueup.reconcile").joinpath(name), digest)
    return digest.hexdigest()


def _read(folder: Traversable, digest: hashlib._Hash) -> None:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            if item.name != "__pycache__":
                _read(item, digest)
        elif not item.name.endswith((".pyc", ".pyo")):
            digest.update(f"{item.name}\n".encode() + item.read_bytes())
