"""Owners: one user is one e-mail address, in whichever system."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LEVELS = (
    "to_json([{comparison: 'e-mail', label: 'same address', weight: 20.0, \"left\": email, \"right\": email}])::VARCHAR"
)


def resolve(con: DuckDBPyConnection) -> None:
    """Groups and links of owners. Of several users with one address in a system, the active one with the smallest
    ref is linked."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_owner AS SELECT ref, system, norm_email(email) AS email, "
        "row_number() OVER (PARTITION BY system, norm_email(email) ORDER BY (active IS DISTINCT FROM "
        "'false') DESC, ref) AS turn "
        "FROM record_owner"
    )
    con.execute(
        "INSERT INTO same SELECT 'owner', ref, CASE WHEN email IS NULL THEN ref ELSE min(ref) OVER "
        "(PARTITION BY email) END "
        "FROM id_owner ORDER BY ref"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_owner_pair AS SELECT a.ref AS left_ref, b.ref AS right_ref, a.email, "
        "a.system = b.system AS within, a.turn = 1 AND b.turn = 1 AS first FROM id_owner a JOIN id_owner b "
        "ON a.email = b.email AND a.ref < b.ref"
    )
    con.execute(
        f"INSERT INTO match SELECT 'owner', left_ref, right_ref, 1.0, 'certain', {_LEVELS}, 0.0, '' FROM id_owner_pair "
        "ORDER BY left_ref, right_ref"
    )
    con.execute(
        "INSERT INTO link SELECT 'owner', left_ref, right_ref, 'email', 1.0, 'certain', 'e-mail: "
        "same address' FROM id_owner_pair "
        "WHERE NOT within AND first ORDER BY left_ref, right_ref"
    )
    con.execute(
        "INSERT INTO duplicate SELECT 'owner', left_ref, right_ref, 1.0, 'certain', 'e-mail: same "
        "address' FROM id_owner_pair "
        "WHERE within ORDER BY left_ref, right_ref"
    )
