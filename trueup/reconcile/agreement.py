"""What linked records agree on now: the base for the next three-way comparison.

A value that both sides hold today tells tomorrow which side moved. Only fields on which the sides agree get a new base;
where they differ, the base of their last agreement stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import Policy
from trueup.reconcile.compare import comparable, compared_fields, differing
from trueup.reconcile.frame import SUBJECT_KINDS, Frame

if TYPE_CHECKING:
    import duckdb

LOT = 10_000


def agreed(
    con: duckdb.DuckDBPyConnection, policy: Policy, now: datetime, *, frame: Frame | None = None
) -> Iterator[tuple[str, str]]:
    """Records whose base moved, as (printed ref, JSON object of field → value), kind by kind and by ref.

    The object holds every base value of the record, those that did not move too. `frame` is the one the checks ran
    over, if its derived tables are still there.
    """
    frame = frame or Frame(con, policy, now)
    for kind, name in comparable(frame):
        differing(frame, kind, name)
    if frame.once("c_agree"):
        return  # nothing is compared at all
    remembered = _remembered(con)
    for kind in SUBJECT_KINDS:
        cursor = con.execute(_moved(kind, compared_fields(policy, kind), remembered))
        while rows := cursor.fetchmany(LOT):
            yield from rows


def _moved(kind: Kind, names: Sequence[str], remembered: str) -> str:
    """The query for the kind: a bit per agreed field and record, so that no value is copied before it has moved."""
    bits = {name: f"mask & {1 << list(FIELDS[kind]).index(name)} <> 0" for name in names}
    fresh = ", ".join(f"""CASE WHEN {bit} THEN '"{name}":' || to_json({name}) END""" for name, bit in bits.items())
    listed = ", ".join(f"'{name}'" for name in names)
    differs = " OR ".join(
        f"({bit} AND known[{place}] IS DISTINCT FROM {name})" for place, (name, bit) in enumerate(bits.items(), start=1)
    )
    return (
        "WITH pairs AS (SELECT pair, bit_or(1::BIGINT << field) AS mask FROM c_agree GROUP BY pair),"
        " sides AS (SELECT p.kind, unnest([p.left_ref, p.right_ref]) AS ref, a.mask FROM pairs a"
        f"  JOIN c_pair p ON p.rowid = a.pair WHERE p.kind = '{kind}'),"
        " held AS (SELECT ref, bit_or(mask) AS mask FROM sides GROUP BY ref),"
        f" seen AS (SELECT r.*, h.mask, b.fields, json_extract_string(b.fields, [{listed}]) AS known"
        f"  FROM held h JOIN record_{kind} r ON r.ref = h.ref LEFT JOIN {remembered} b ON b.ref = h.ref),"
        f" moved AS (SELECT ref, fields, '{{' || concat_ws(',', {fresh}) || '}}' AS fresh FROM seen"
        f"  WHERE fields IS NULL OR {differs})"
        " SELECT ref, CASE WHEN fields IS NULL THEN fresh ELSE json_merge_patch(fields, fresh)::VARCHAR END"
        " FROM moved ORDER BY ref"
    )


def _remembered(con: duckdb.DuckDBPyConnection) -> str:
    """The table of what was agreed, as a JSON object per record: the store's own, else made from `base_value`."""
    if con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'base_record'").fetchall():
        return "base_record"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE c_base_record AS SELECT ref,"
        " to_json(map_from_entries(list((field, value) ORDER BY field)))::VARCHAR AS fields"
        " FROM base_value GROUP BY ref"
    )
    return "c_base_record"
