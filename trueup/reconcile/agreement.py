"""What linked records agree on now: the base for the next three-way comparison.

A value that both sides hold today tells tomorrow which side moved. Only fields on which the sides agree get a new base;
where they differ, the base of their last agreement stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from trueup.model.policy import Policy
from trueup.reconcile.compare import compared_fields, values_sql
from trueup.reconcile.frame import SUBJECT_KINDS, Frame

if TYPE_CHECKING:
    import duckdb

LOT = 10_000


def agreed(
    con: duckdb.DuckDBPyConnection, policy: Policy, now: datetime, *, frame: Frame | None = None
) -> Iterator[tuple[str, str]]:
    """Records whose base moved, as (printed ref, JSON object of field → value), by ref.

    The object holds every base value of the record, those that did not move too. `frame` is the one the checks ran
    over, if its derived tables are still there.
    """
    frame = frame or Frame(con, policy, now)
    con.execute("CREATE OR REPLACE TEMP TABLE c_agreed(ref VARCHAR, field VARCHAR, value VARCHAR)")
    for kind in SUBJECT_KINDS:
        for name in compared_fields(policy, kind):
            # Inside `coalesce` the norms are no join condition: pairs are joined by ref, not all that share a company.
            con.execute(
                f"INSERT INTO c_agreed WITH v AS (SELECT ref, raw, norm FROM {values_sql(frame, kind, name)}"
                "  WHERE state = 'known'), both_sides AS ("
                "  SELECT p.left_ref, p.right_ref, l.raw AS left_raw, r.raw AS right_raw FROM c_pair p"
                "  JOIN v l ON l.ref = p.left_ref JOIN v r ON r.ref = p.right_ref"
                "  WHERE p.kind = $kind AND coalesce(l.norm = r.norm, false))"
                " SELECT left_ref, $name, left_raw FROM both_sides UNION"
                " SELECT right_ref, $name, right_raw FROM both_sides",
                {"kind": kind.value, "name": name},
            )
    cursor = con.execute(
        "WITH moved AS (SELECT DISTINCT ref FROM (FROM c_agreed EXCEPT FROM base_value)),"
        " kept AS (SELECT b.* FROM base_value b SEMI JOIN moved USING (ref) ANTI JOIN c_agreed a USING (ref, field)),"
        " whole AS (SELECT a.* FROM c_agreed a SEMI JOIN moved USING (ref) UNION FROM kept)"
        " SELECT ref, to_json(map_from_entries(list((field, value) ORDER BY field)))::VARCHAR FROM whole GROUP BY ref ORDER BY ref"
    )
    while rows := cursor.fetchmany(LOT):
        yield from rows
