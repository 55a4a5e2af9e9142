"""All e-mail addresses of a person, per system, whichever field holds them.

`c_email(entity, system, email)`; `c_disjoint(left_ref, right_ref, left_emails, right_emails)` are linked people whose
sides share no address although both have one.
"""

from __future__ import annotations

from trueup.model.kinds import Kind
from trueup.reconcile.compare import values_sql
from trueup.reconcile.frame import Frame


def prepare(frame: Frame) -> None:
    """Make the tables, once."""
    if not frame.once("c_email"):
        return
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_email AS SELECT entity, system, norm AS email FROM"
        f" {values_sql(frame, Kind.PERSON, 'email')} WHERE state = 'known' UNION ALL"
        " SELECT entity, system, norm_email(part) FROM (SELECT m.entity, m.system,"
        "  unnest(string_split(r.other_emails, ';')) AS part FROM c_member m JOIN record_person r ON r.ref = m.ref"
        "  WHERE m.kind = 'person' AND r.other_emails IS NOT NULL) WHERE norm_email(part) IS NOT NULL"
    )
    # Most sides share an address: what is left after a plain join is the small set worth listing.
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_disjoint AS WITH apart AS (SELECT * FROM c_pair p WHERE kind = 'person'"
        "  AND NOT EXISTS (SELECT 1 FROM c_email a JOIN c_email b USING (entity, email) WHERE a.entity = p.entity"
        "   AND a.system = p.left_system AND b.system = p.right_system)),"
        " side AS (SELECT entity, system, string_agg(DISTINCT email, ';' ORDER BY email) AS emails FROM c_email"
        "  WHERE entity IN (SELECT entity FROM apart) GROUP BY 1, 2)"
        " SELECT p.left_ref, p.right_ref, a.emails AS left_emails, b.emails AS right_emails FROM apart p"
        " JOIN side a ON a.entity = p.entity AND a.system = p.left_system"
        " JOIN side b ON b.entity = p.entity AND b.system = p.right_system"
    )
