"""How far matching went, kind by kind: the largest group, and what the bounds of blocking left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueup.model.kinds import Kind
from trueup.model.matching import Coverage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GROUPS = """
WITH size AS (SELECT entity, count(*) AS n FROM same WHERE kind = ? GROUP BY entity)
SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n) FILTER (n > 1), 0)::BIGINT, coalesce(max(n), 0)::BIGINT,
    (SELECT entity FROM size WHERE n > 1 ORDER BY n DESC, entity LIMIT 1) FROM size
"""
_RULES = """
SELECT rule, pairs, pairs_left_out FROM blocking WHERE kind = ? ORDER BY pairs_left_out DESC, rule
"""


def coverage(con: DuckDBPyConnection) -> tuple[Coverage, ...]:
    """What matching did of the kinds that are matched by score, from the tables that `resolve` left."""
    found = []
    for kind in (Kind.PERSON, Kind.COMPANY):
        records, grouped, largest, record = con.execute(_GROUPS, [kind.value]).fetchall()[0]
        rules = con.execute(_RULES, [kind.value]).fetchall()
        if records:
            found.append(
                Coverage(
                    kind,
                    records,
                    grouped,
                    largest if record else 0,
                    record or "",
                    sum(pairs for _, pairs, _ in rules),
                    sum(left for _, _, left in rules),
                    tuple((rule, left) for rule, _, left in rules if left),
                )
            )
    return tuple(found)
