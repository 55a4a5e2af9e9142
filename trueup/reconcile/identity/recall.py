"""What earlier runs settled, so that a run compares what changed with everything, and nothing else a second time.

Remembered are pairs of records that cannot match, each as two numbers, no values. A pair is *settled* when its evidence
is so far below every grade that it stays there though the values in which the two agree become rarer by some bits.
Levels follow from the two records alone (`marks`), so only how common their values are can move the pair, and that is
looked up for every record in every run (`commonness`). A record that changed, or whose values became rarer by more than
its part of the slack, is compared with all again; under other rules, and when there are many more or fewer records,
everything is. What is not settled (whatever matches or nearly matches) is compared and weighed in every run, so the
result is that of a full run, byte for byte.
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
from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.commonness import ROUNDING, Commonness
from trueup.reconcile.identity.marks import Marks
from trueup.reconcile.identity.ordering import changes, distinct, side_by_side
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.scoring import Model, log_odds

GROWTH = 1.25
"""By so much may the number of records shrink before all is compared again."""
SLACK = 3.0
"""Bits by which a settled pair's evidence may grow; half of them is each record's part."""
_MARGIN = 0.01
"""Bits: far more than the rounding of a sum."""
_LIBRARIES = ("duckdb", "numpy", "phonenumberslite", "rapidfuzz", "tldextract")


@dataclass(frozen=True, slots=True)
class Settled:
    """Pairs of one kind that cannot match. Records are numbered by ref; `right[starts[i]:starts[i + 1]]` are i's.

    Each pair's evidence stays below `evidence` bits while its records' values are as `common`, but for the slack.
    """

    rules: str
    marks: Marks
    starts: Ints
    right: Codes
    common: Commonness
    evidence: float

    def __post_init__(self) -> None:
        """Raises ValueError for what no run can have settled: such a memory is damaged, or of something else."""
        rows = len(self.marks)
        sound = (
            len(self.starts) == rows + 1
            and (np.diff(self.starts) >= 0).all()
            and (self.starts[0], self.starts[-1]) == (0, len(self.right))
            and not ((self.right <= self._left()) | (self.right >= rows)).any()
            and changes(np.sort(self.marks)).all()
            and rows == len(self.common.bits)
        )
        if not sound:
            raise ValueError("these are no settled pairs")

    def _left(self) -> Codes:
        return np.repeat(np.arange(len(self.marks), dtype=np.int32), np.diff(self.starts))

    def places(self, marks: Marks) -> Ints:
        """Where each of these records stood among the remembered, unchanged; -1 where it did not."""
        then = len(self.marks)
        order, first = side_by_side(np.concatenate([self.marks, marks]))
        # Of each mark the remembered record is the first.
        stood = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
        places = np.full(len(marks), -1, dtype=np.int64)
        known = (order >= then) & (stood < then)
        places[order[known] - then] = stood[known]
        return places

    def today(self, places: Ints) -> Ints:
        """The pairs of which both records are among those at `places`, as sorted `left * rows + right` of today."""
        now = np.full(len(self.marks), -1, dtype=np.int32)
        here = np.flatnonzero(places >= 0)
        now[places[here]] = here
        left, right = np.repeat(now, np.diff(self.starts)), now[self.right]
        # Both were numbered by ref: whoever stood first still does.
        known = (left >= 0) & (right > left)
        keys = left[known].astype(np.int64)
        keys *= len(places)
        keys += right[known]
        keys.sort()
        return keys


class Recall:
    """One run's use of what was settled for a kind: asks it, adds to it, and hands on what is settled now."""

    def __init__(self, before: Settled | None, marks: Marks, common: Commonness, model: Model, policy: Policy) -> None:
        self._marks, self._rules, self._common = marks, rules(model, policy), common
        rows, possible = len(marks), log_odds(policy.match.possible)
        self._known = np.empty(0, dtype=np.int64)
        self._risen: Floats = np.zeros(rows)
        # With room: a few records less must not unsettle everything.
        self._evidence = possible - model.prior(int(rows / GROWTH)) - _MARGIN
        if (
            before
            and before.rules == self._rules
            and before.evidence <= possible - model.prior(rows)
            and before.common.fits(common)
        ):
            self._evidence = before.evidence
            self._take_up(before)
        self._kept: list[Codes] = []
        self._counts = np.zeros(rows, dtype=np.int64)

    def _take_up(self, before: Settled) -> None:
        """Keep the pairs of records that did not change, and whose values did not become much rarer since."""
        widths = tuple(max(pair) for pair in zip(before.common.widths, self._common.widths, strict=True))
        now = self._common.padded(widths)
        places = before.places(self._marks)
        then = before.common.padded(widths).take(np.maximum(places, 0))
        steady = (places >= 0) & (then.fall(now) + ROUNDING * len(widths) <= SLACK / 2)
        self._known = before.today(np.where(steady, places, -1))
        # A steady record keeps the moment from which it is reckoned; of the others it is today.
        self._risen = np.where(steady, then.rise(now) + ROUNDING * len(widths), 0)
        then.bits[~steady] = now.bits[~steady]
        self._common = then

    def settled(self, keys: Ints) -> Bools:
        """Which of these pairs (`left * rows + right`, in order) need no comparing."""
        if not len(self._known):
            return np.zeros(len(keys), dtype=np.bool_)
        place = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        return np.asarray(self._known[place] == keys)

    def far(self, keys: Ints, compared: Compared) -> Ints:
        """Of the pairs that were compared those so far from matching that they need no comparing again."""
        rows = max(1, len(self._marks))
        then = compared.total + self._risen[keys // rows] + self._risen[keys % rows]
        return keys[then + SLACK < self._evidence]

    def add(self, settled: Ints, far: Ints) -> None:
        """Keep what was settled of a slice and is handed on, and what is settled now. Slices come in order."""
        rows = max(1, len(self._marks))
        found = distinct(np.concatenate([settled, far])) if len(settled) else far
        self._counts += np.bincount(found // rows, minlength=len(self._counts))
        self._kept.append((found % rows).astype(np.int32))

    def after(self) -> Settled:
        """All that is settled among the pairs that this run looked at."""
        starts = np.concatenate([[0], np.cumsum(self._counts)])
        right = np.concatenate([np.empty(0, dtype=np.int32), *self._kept])
        return Settled(self._rules, self._marks, starts.astype(np.int64), right, self._common, self._evidence)


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
