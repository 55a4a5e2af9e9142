"""What people have a part in on both sides: deals that are one in two systems, and calls, e-mails and meetings.

Two records of two systems that hang on one deal, or on a call of the same subject, minute and kind, are likelier one
person: a deal has few people, an hour has one call. But colleagues share deals and sit in meetings together, so beside
one employer it says little, and by itself nothing is ever certain of it. Within one system it says nothing at all: who
puts two records on one deal means two people. Nor do other deals speak against: not every deal is kept twice.

What a record has a part in is a column of that record (`stage`), so a pair is judged from its two records alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Ints
from trueup.reconcile.identity.blocking import Blocks, combine
from trueup.reconcile.identity.comparisons import any_equal_among, placed
from trueup.reconcile.identity.encode import slots
from trueup.reconcile.identity.pairing import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from trueup.reconcile.identity.people_columns import People

KEPT = 4
"""Of more deals or activities than this a record keeps the first by hash: whoever shares them keeps the same."""
MOST = 40
"""A deal or a call that more records have a part in tells nobody from anybody."""
_REPLY = "'^((re|fw|fwd|aw|wg|tr|rv|call|email|e-mail|meeting|task|log(ged)?) *: *)+'"
"""What mail programs and integrations put before a subject."""

_STAGE = f"""
CREATE OR REPLACE TEMP TABLE id_dealing AS
WITH deal AS (
    SELECT s.entity,
        replace(concat_ws(' ', max(CASE WHEN d.ref = s.entity THEN d.name END), s.entity), ';', ',') AS said
    FROM same s JOIN record_deal d ON d.ref = s.ref WHERE s.kind = 'deal'
    GROUP BY s.entity HAVING count(DISTINCT d.system) > 1),
on_deal AS (
    SELECT DISTINCT t.target AS ref, split_part(t.target, ':', 1) AS system, deal.said
    FROM association t JOIN same s ON s.kind = 'deal' AND s.ref = t.source JOIN deal ON deal.entity = s.entity
    WHERE t.type = 'deal_person'),
touch AS (
    SELECT ref, system, activity_type, date_trunc('minute', try_cast(occurred_at AS TIMESTAMP)) AS minute,
        trim(regexp_replace(lower(trim(subject)), {_REPLY}, '')) AS subject FROM record_activity),
on_touch AS (
    SELECT DISTINCT t.target AS ref, a.system,
        replace(concat_ws(' ', a.activity_type, strftime(a.minute, '%Y-%m-%d %H:%M'), a.subject), ';', ',') AS said
    FROM association t JOIN touch a ON a.ref = t.source
    WHERE t.type = 'activity_person' AND a.activity_type <> '' AND a.minute IS NOT NULL AND a.subject <> ''),
part AS (
    SELECT 'deal' AS of, ref, system, said FROM on_deal UNION ALL SELECT 'activity', ref, system, said FROM on_touch),
telling AS (
    SELECT of, said FROM part GROUP BY of, said HAVING count(DISTINCT system) > 1 AND count(*) <= {MOST})
SELECT ref, string_agg(said, ';' ORDER BY said) FILTER (of = 'deal') AS deals,
    string_agg(said, ';' ORDER BY said) FILTER (of = 'activity') AS activities
FROM part JOIN telling USING (of, said) GROUP BY ref
"""


def stage(con: DuckDBPyConnection) -> None:
    """What people have a part in, by ref, in table `id_dealing`: deals and activities that two systems hold."""
    con.execute(_STAGE)


def parts(con: DuckDBPyConnection, name: str, rows: int) -> Codes:
    """A staged column of several parts as a matrix of codes."""
    query = f"SELECT i, unnest(string_split({name}, ';')) AS v FROM id_person WHERE {name} IS NOT NULL"
    return slots(con, query, rows, KEPT)[0]


def block(p: People, blocks: Blocks) -> None:
    """Those who share a deal or an activity and a name: a bounded rule more for who has no address in common."""
    for label, matrix in (("deal", p.deals), ("activity", p.activities)):
        for half, name in (("last name", p.names.family_key), ("first name", p.names.root)):
            keys = np.stack([combine(matrix[:, slot], name) for slot in range(matrix.shape[1])], axis=1)
            blocks.add(f"{label} and {half}", keys, cap=20)


def compare(p: People, sheet: Sheet, left: Ints, right: Ints, same_company: Bools) -> None:
    """Mark the ladders `deal` and `activity`; whoever shares a deal is in its meetings, and colleagues are in both."""
    with_deal = _shared(p, sheet, "deal", p.deals, left, right)
    sheet.mark("deal", "follows", with_deal & same_company)
    in_touch = _shared(p, sheet, "activity", p.activities, left, right)
    sheet.mark("activity", "follows", in_touch & (same_company | with_deal))


def _shared(p: People, sheet: Sheet, name: str, matrix: Codes, left: Ints, right: Ints) -> Bools:
    # Slots are filled from the first, and hardly anyone has any.
    maybe = np.flatnonzero(matrix[left, 0] >= 0)
    across = placed(maybe[p.system[left[maybe]] != p.system[right[maybe]]], len(left))
    found, common = any_equal_among(across, matrix, left, right)
    sheet.mark(name, "shared", found)
    sheet.common_value(name, sheet.shares(matrix, int(matrix.max(initial=0)) + 1), common)
    return found
