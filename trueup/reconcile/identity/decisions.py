"""What people decided about pairs: the same, or not the same. It stands over everything the data say, until it
expires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Ints

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAME, NOT_SAME = "same", "not_same"


@dataclass(frozen=True, slots=True)
class Decided:
    """Sorted pair keys (`left * rows + right`) decided each way."""

    rows: int
    same: Ints
    not_same: Ints

    def is_same(self, left: Ints, right: Ints) -> Bools:
        """Which pairs somebody called the same."""
        return _among(self.same, left * self.rows + right)

    def is_not_same(self, left: Ints, right: Ints) -> Bools:
        """Which pairs somebody told apart."""
        return _among(self.not_same, left * self.rows + right)


def _among(known: Ints, keys: Ints) -> Bools:
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[place] == keys)


def read(con: DuckDBPyConnection, staged: str, rows: int) -> Decided:
    """Decisions about records of the staged table, following merges. Expired ones are gone; a later "not" beats a
    "same".

    The store hands over only what is in force; an expiry in the past of the newest snapshot is dropped here all the
    same.
    """
    got = con.execute(
        f"SELECT least(a.i, b.i)::BIGINT AS one, greatest(a.i, b.i)::BIGINT AS other, "
        f"lower(d.verdict) AS verdict FROM decision d "
        "LEFT JOIN id_alias x ON x.ref = d.left_ref LEFT JOIN id_alias y ON y.ref = d.right_ref "
        f"JOIN {staged} a ON a.ref = coalesce(x.now, d.left_ref) JOIN {staged} b ON b.ref = "
        f"coalesce(y.now, d.right_ref) "
        "WHERE a.i <> b.i AND (d.expires_at IS NULL OR d.expires_at > coalesce((SELECT max(taken_at) "
        "FROM snapshot)::TIMESTAMP, "
        "TIMESTAMP '1970-01-01'))"
    ).fetchall()
    same = {one * rows + other for one, other, verdict in got if verdict == SAME}
    apart = {one * rows + other for one, other, verdict in got if verdict == NOT_SAME}
    return Decided(rows, np.array(sorted(same - apart), dtype=np.int64), np.array(sorted(apart), dtype=np.int64))
