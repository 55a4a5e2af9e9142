"""What the systems themselves say: stored ids of each other, followed through merges and conversions.

A stored id is strong evidence, not proof: integrations leave switched pairs and two records claiming one behind. So
it is
one comparison among others, and its level says how far it can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Codes, Ints

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEVELS = ("missing", "mutual", "stored", "contested", "elsewhere", "apart")
MISSING, MUTUAL, STORED, CONTESTED, ELSEWHERE, APART = range(6)
_MERGES_FOLLOWED = 5


def follow(con: DuckDBPyConnection) -> None:
    """Table `id_alias(ref, now)`: what a ref of a merged or converted record means today."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_alias AS SELECT ref, merged_into AS now FROM gone WHERE "
        "merged_into IS NOT NULL"
    )
    con.execute(
        "INSERT INTO id_alias SELECT ref, system || ':' || converted_person_id FROM record_person "
        "WHERE converted = 'true' AND converted_person_id IS NOT NULL"
    )
    for _ in range(_MERGES_FOLLOWED):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE id_alias AS SELECT a.ref, coalesce(b.now, a.now) AS now "
            "FROM id_alias a LEFT JOIN id_alias b ON b.ref = a.now AND b.now <> a.ref"
        )


@dataclass(frozen=True, slots=True)
class Claims:
    """Stored ids between the staged records of one kind, as sorted pair keys with their level.

    `target[row, group]` is the record of that object to which the row points; `partner` the one that it points to,
    or that
    points to it.
    """

    rows: int
    keys: Ints
    levels: Ints
    target: Codes
    partner: Codes
    group: Codes

    def level(self, left: Ints, right: Ints) -> Ints:
        """The level of each pair (left < right)."""
        found = np.zeros(len(left), dtype=np.int64)
        if not len(self.keys):
            return found
        for group in range(self.partner.shape[1]):
            mine, theirs = self.partner[left, group], self.partner[right, group]
            found[(mine >= 0) & (theirs >= 0) & (mine != theirs)] = APART
        for one, other in ((left, right), (right, left)):
            points = self.target[one, self.group[other]]
            found[(points >= 0) & (points != other)] = ELSEWHERE
        keys = left * self.rows + right
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hit = self.keys[place] == keys
        found[hit] = self.levels[place[hit]]
        return found

    def pairs(self) -> tuple[Ints, Ints]:
        """Every claimed pair, to be compared whatever the blocking rules say."""
        return self.keys // max(1, self.rows), self.keys % max(1, self.rows)


def read(con: DuckDBPyConnection, staged: str, source: str, group: Codes, groups: int) -> Claims:
    """The claims in `foreign_ids` of the records staged in table `staged(i, ref, …)`, read from table `source`."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_said AS "
        f"SELECT ref AS claimer, trim(unnest(string_split(foreign_ids, ';'))) AS ref FROM {source} "
        "WHERE foreign_ids IS NOT NULL "
        # A counterpart that we made ourselves is remembered as surely as a stored id, by both ends.
        "UNION ALL SELECT left_ref, right_ref FROM stored_link WHERE source = 'created' "
        "UNION ALL SELECT right_ref, left_ref FROM stored_link WHERE source = 'created'"
    )
    # Where nobody says anything, nobody is looked up.
    anybody = con.execute("SELECT count(*) > 0 FROM id_said").fetchall()[0][0]
    got = con.execute(
        f"SELECT DISTINCT c.i::BIGINT AS one, t.i::BIGINT AS other FROM id_said s JOIN {staged} c ON c.ref = s.claimer "
        f"LEFT JOIN id_alias a ON a.ref = s.ref JOIN {staged} t ON t.ref = coalesce(a.now, s.ref) "
        "WHERE c.i <> t.i ORDER BY one, other"
        if anybody
        else "SELECT 0::BIGINT AS one, 0::BIGINT AS other WHERE false"
    ).fetchnumpy()
    con.execute("DROP TABLE id_said")
    one, other = got["one"].astype(np.int64), got["other"].astype(np.int64)
    rows = len(group)
    target = np.full((rows, max(1, groups)), -1, dtype=np.int32)
    target[one[::-1], group[other[::-1]]] = other[::-1]
    partner = target.copy()
    fresh = partner[other, group[one]] < 0
    partner[other[fresh][::-1], group[one[fresh]][::-1]] = one[fresh][::-1]
    if not len(one):
        return Claims(rows, one, one, target, partner, group)
    # Contested: the same counterpart is claimed by two records of one object, or one record claims two.
    by_claimer = _count(other * groups + group[one])
    by_target = _count(one * groups + group[other])
    contested = (by_claimer > 1) | (by_target > 1)
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys = low * rows + high
    distinct, inverse, times = np.unique(keys, return_inverse=True, return_counts=True)
    doubtful = np.bincount(inverse, weights=contested, minlength=len(distinct)) > 0
    levels = np.where(doubtful, CONTESTED, np.where(times > 1, MUTUAL, STORED)).astype(np.int64)
    # The counterpart names another record of our object: the two systems contradict each other.
    crossed = np.zeros(len(distinct), dtype=bool)
    for a, b in ((distinct // rows, distinct % rows), (distinct % rows, distinct // rows)):
        back = target[a, group[b]]
        crossed |= (back >= 0) & (back != b)
    levels[crossed] = CONTESTED
    return Claims(rows, distinct, levels, target, partner, group)


def _count(keys: Ints) -> Ints:
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse], dtype=np.int64)
