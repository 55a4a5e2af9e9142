"""Sales activities as they concern people: `c_touch` has a row per call, e-mail or meeting that took place, and person.

Columns: ref, entity (of the person), type, moment, direction, system, owner (entity of the owner, NULL when there is
none).
"""

from __future__ import annotations

from trueup.reconcile.frame import Frame


def prepare(frame: Frame) -> None:
    """Make the table, once."""
    if not frame.once("c_touch"):
        return
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_touch AS SELECT DISTINCT r.ref, s.entity, r.activity_type AS type,"
        " try_cast(r.occurred_at AS TIMESTAMP) AS moment, r.direction, r.system,"
        " coalesce(o.entity, r.system || ':' || r.owner_id) AS owner, coalesce(o.name, r.owner_id) AS owner_name"
        " FROM record_activity r JOIN association a ON a.source = r.ref AND a.type = 'activity_person'"
        " JOIN same s ON s.kind = 'person' AND s.ref = a.target"
        " LEFT JOIN c_owner o ON o.system = r.system AND o.local = r.owner_id"
        " WHERE r.done = 'true' AND r.activity_type IN ('call', 'email', 'meeting')"
    )
