"""The tables to match, and all their records numbered in one relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.encode import Codes
from trueup.reconcile.linkage.roles import Columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Table:
    """One table to match: its name for people, the relation in the connection (all columns text), its roles.

    `once`: nobody needs the relation again, so that it goes once its rows are numbered.
    """

    name: str
    relation: str
    columns: Columns
    once: bool = False


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stage(con: DuckDBPyConnection, tables: Sequence[Table]) -> tuple[int, Codes]:
    """Number all records of all tables in `link_rows(i, t, rec, f0, f1, …)`, by table, record id, then values.

    The number does not depend on the order in which rows stand in a table, so neither does anything after it.
    """
    slots = slots_of(tables)
    parts = []
    for number, table in enumerate(tables):
        ids = table.columns["id"]
        rec = f"trim({_quote(ids[0])})" if ids else "row_number() OVER ()::VARCHAR"
        taken = []
        for place, (role, slot) in enumerate(slots):
            own = table.columns[role]
            taken.append(f"{_quote(own[slot])} AS f{place}" if slot < len(own) else f"NULL::VARCHAR AS f{place}")
        parts.append(f"SELECT {number}::INTEGER AS t, {rec} AS rec, {', '.join(taken)} FROM {_quote(table.relation)}")
    order = ", ".join(["t", "rec", *(f"f{place}" for place in range(len(slots)))])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE link_rows AS SELECT (row_number() OVER () - 1)::INTEGER AS i, * "
        f"FROM (SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order})"
    )
    for table in tables:
        if table.once:
            con.execute(f"DROP TABLE {_quote(table.relation)}")
    side = con.execute("SELECT t FROM link_rows ORDER BY i").fetchnumpy()["t"].astype(np.int32)
    return len(side), side


def slots_of(tables: Sequence[Table]) -> list[tuple[str, int]]:
    """(role, which of its columns) for every staged column, as many for each role as the table with the most has."""
    found = []
    for role in dict.fromkeys(role for table in tables for role, _ in table.columns.compared):
        found += [(role, slot) for slot in range(max(len(table.columns[role]) for table in tables))]
    return found
