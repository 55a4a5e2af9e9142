"""What a number under one last name says where a first name is not known: a person's, or a family's?

The shipped weights leave that open, for it depends on the table: of customers at home many have their family's number,
of people at their work hardly one has. So it is counted on those whose first names are known: how many who share a
number and a last name have one first name, and how many have two.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trueup.reconcile.identity.arrays import Ints
from trueup.reconcile.identity.blocking import combine
from trueup.reconcile.identity.name_columns import Names
from trueup.reconcile.identity.ordering import by_key, runs
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.phones import Phones
from trueup.reconcile.identity.resolve import Subject, moved
from trueup.reconcile.identity.scoring import Model

_COUNTED = 20.0
"""How many families are reckoned with beside those that were seen."""
_BEARERS = 12
"""A number and a last name with more records than this are no family's."""


def learned(of: Subject, names: Names, phones: Phones) -> Subject:
    """The same records, compared by how many numbers with a last name are one person's among them."""
    one, two = counted(names, phones)
    odds = float(np.log2((one + 1) / (two + _COUNTED)))
    if odds <= 0:
        return of
    return moved(of, lambda model, compared: _moved(model, compared, odds, of.rows))


def counted(names: Names, phones: Phones) -> tuple[int, int]:
    """How many pairs who share a number of their own and a last name have one first name, and how many clearly two.

    Only names that exist count, for a slip of the finger makes no second person.
    """
    known = names.of_word.common[names.given] & (names.family_key >= 0)
    # A number that one record has makes no pair: most do.
    own = phones.own
    several = np.append(np.bincount(own[own >= 0], minlength=phones.count) > 1, False)
    row, slot = np.nonzero(known[:, None] & several[own])
    home = combine(own[row, slot], names.family_key[row])
    place, home = by_key(np.arange(len(home)), home, len(home))
    size = runs(home)[1]
    few = np.repeat(size <= _BEARERS, size)
    one = combine(home[few], names.root[row[place[few]]])
    alike = _pairs(runs(np.sort(one))[1])
    return alike, _pairs(size[size <= _BEARERS]) - alike


def _pairs(size: Ints) -> int:
    """How many pairs there are in groups of such sizes."""
    return int((size * (size - 1) // 2).sum())


def _moved(model: Model, compared: Compared, odds: float, rows: int) -> Compared:
    """The pairs with the number weighed so that it and the last name give these odds; never less than before."""
    place = {ladder.key: number for number, ladder in enumerate(model.ladders)}
    levels, weights = compared.levels, list(compared.weights)
    unknown = levels[place["given"]] == 0
    home = np.flatnonzero(unknown & (levels[place["phone"]] == model.ladder("phone").at("household")))
    if not len(home):
        return compared
    number = weights[place["phone"]].copy()
    there = odds - model.prior(rows) - weights[place["family"]][home]
    number[home] = np.clip(there, number[home], max(0.0, -model.prior(rows)))
    weights[place["phone"]] = number
    return replace(compared, weights=tuple(weights))
