"""A number for every record that changes whenever anything changes that comparing reads of it.

Comparing two records looks at these two alone, with three exceptions, in which others have a say: whether a mailbox or
a number is shared by many, whose ids a record stores and who stores its own, and which record is its parent. What each
exception says of a record goes into its mark beside its content, so a pair whose two marks are as they were stands on
the levels on which it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Codes, Ints
from trueup.reconcile.identity.claims import Claims
from trueup.reconcile.identity.encode import columns_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Marks = NDArray[np.uint64]


def marks(con: DuckDBPyConnection, staged: str, claims: Claims, swayed: Callable[[Marks], Sequence[Ints]]) -> Marks:
    """The mark of each record of a staged table; `swayed` gives, from marks of refs, what other records say of it."""
    content = ", ".join(f'"{name}"' for name in sorted(columns_of(con, staged) - {"i"}))
    got = con.execute(f"SELECT hash({content}) AS content, hash(ref) AS ref FROM {staged} ORDER BY i").fetchnumpy()
    found, refs = scramble(got["content"].astype(np.uint64)), got["ref"].astype(np.uint64)
    for number in swayed(refs):
        found = scramble(found + number.astype(np.int64).view(np.uint64))
    return found + _stored(claims, refs)


def bits(flags: Bools) -> Ints:
    """Flags of a record's slots as one number."""
    return np.asarray(flags.astype(np.int64) @ (np.int64(1) << np.arange(flags.shape[1], dtype=np.int64)))


def record(rows: Codes, refs: Marks) -> Ints:
    """The record to which each points, as a number that stays when others come or go; 0 where it is none."""
    return np.where(rows >= 0, scramble(refs)[rows], np.uint64(0)).view(np.int64)


def scramble(numbers: Marks) -> Marks:
    """Each number as another of which every bit depends on all of its own (the finaliser of SplitMix64)."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _stored(claims: Claims, refs: Marks) -> Marks:
    """What stored ids say of each record: its counterparts by object, and every claim in which it has a part."""
    found = np.zeros(len(refs), dtype=np.uint64)
    for salt, matrix in ((1, claims.target), (2, claims.partner)):
        for group in range(matrix.shape[1]):
            row = np.flatnonzero(matrix[:, group] >= 0)
            found[row] += scramble(refs[matrix[row, group]] * np.uint64(8) + np.uint64(salt))
    left, right = claims.pairs()
    level = claims.levels.astype(np.uint64)
    for one, other in ((left, right), (right, left)):
        np.add.at(found, one, scramble(scramble(refs[other]) + level))
    return found
