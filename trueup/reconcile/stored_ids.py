"""The ids of each other that records store, as rows.

`c_pointer(kind, ref, system, target, target_system, target_object)`: a live record points at a record of the same
kind in another system. Pointers at another kind (a contact that stores its account's id) tell nothing about sameness
and are left out. `c_live(ref)` is every live record.
"""

from __future__ import annotations

from trueup.reconcile.frame import RECORD_KINDS, SUBJECT_KINDS, Frame


def prepare(frame: Frame) -> None:
    """Make the tables above, once."""
    if not frame.once("c_pointer"):
        return
    live = " UNION ALL ".join(f"SELECT ref FROM record_{kind}" for kind in RECORD_KINDS)
    frame.con.execute(f"CREATE OR REPLACE TEMP TABLE c_live AS {live}")
    stored = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, m.ref, m.system, trim(unnest(string_split(m.foreign_ids, ';'))) AS target"
        f" FROM c_member m WHERE m.kind = '{kind}' AND m.foreign_ids IS NOT NULL"
        for kind in SUBJECT_KINDS
    )
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_pointer AS WITH split AS (SELECT DISTINCT *, split_part(target, ':', 1)"
        " AS target_system,"
        " split_part(substr(target, strpos(target, ':') + 1), '/', 1) AS target_object"
        f" FROM ({stored}) WHERE regexp_matches(target, '^[^:]+:[^/]+/.+$'))"
        " SELECT s.* FROM split s JOIN c_object o ON o.system = s.target_system AND o.object = s.target_object"
        " AND o.kind = s.kind WHERE s.target_system <> s.system"
    )
