"""The outcome of matching: the cluster of each record, and how probable it is that it belongs there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trueup.reconcile.identity.arrays import Floats, Ints
from trueup.reconcile.identity.blocking import LeftOut
from trueup.reconcile.identity.clustering import members
from trueup.reconcile.identity.resolve import Subject
from trueup.reconcile.identity.scoring import probability
from trueup.reconcile.linkage.counterparts import Counterparts
from trueup.reconcile.linkage.grouping import Grouped
from trueup.reconcile.linkage.pairs import Weigh
from trueup.reconcile.linkage.prepare import Prepared
from trueup.reconcile.linkage.training import Trained
from trueup.reconcile.linkage.uniqueness import NEITHER, taken


@dataclass(frozen=True, slots=True)
class Matched:
    """The outcome: rows are those of `link_rows`; `cluster` counts from 1 in their order.

    `contacts` are what a table of business contacts was compared by, in place of features.
    """

    prepared: Prepared
    trained: Trained
    grouped: Grouped
    cluster: Ints
    probability: Floats
    pairs: int
    blocking: tuple[LeftOut, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    contacts: tuple[Subject, Counterparts, Weigh] | None = None

    @property
    def largest(self) -> int:
        """The size of the largest cluster."""
        return int(np.bincount(self.cluster).max(initial=0))


def alone(prepared: Prepared, left_out: tuple[LeftOut, ...]) -> Matched:
    """Nothing to compare: everybody stands alone."""
    label = np.arange(prepared.rows, dtype=np.int64)
    return Matched(
        prepared, Trained((), (), (), 0.0, 0.0, 0), Grouped(label, 1.0, False, NEITHER, 0.0), label + 1,
        np.ones(prepared.rows), 0, left_out,
    )  # fmt: skip


def cluster_numbers(label: Ints) -> Ints:
    """Clusters counted from 1 in the order of their first record."""
    return np.unique(label, return_inverse=True)[1].astype(np.int64) + 1


def belongs(weigh: Weigh, grouped: Grouped, left: Ints, right: Ints, weight: Floats) -> Floats:
    """How probable it is that each record is where it was put.

    In a cluster: by the member that it resembles most. Alone: that it is not the record which it resembles most, of
    those that may still have a counterpart.
    """
    label = grouped.label
    rows = len(label)
    near = np.full(rows, -np.inf)
    a, b = members(label, 2)
    inside = weigh(a, b)
    np.maximum.at(near, a, inside)
    np.maximum.at(near, b, inside)
    alone = np.bincount(label, minlength=rows)[label] == 1
    free = ~taken(~alone, left, right, grouped.once)
    far = np.full(rows, -np.inf)
    np.maximum.at(far, left[free], weight[free])
    np.maximum.at(far, right[free], weight[free])
    return np.where(alone, 1 - probability(np.maximum(far, -60)), probability(np.maximum(near, -60)))
