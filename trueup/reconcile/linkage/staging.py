"""The tables to match, and all their records numbered in one relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Number all records of all tables by table, then record id; gives how many there are, and the table of each.

    The number does not depend on the order in which rows stand in a table, so neither does anything after it.
    `link_ids(i, t, rec)` has them in the order of their numbers, `link_rows(i, t, f0, f1, …)` what is compared as it
    stood in the tables: sorting the ids alone takes half of the time that sorting all columns takes.
    """
    parts = [
        f"SELECT {number}::INTEGER AS t, {_record(table)} AS rec, row_number() OVER () - 1 AS place "
        f"FROM {_quote(table.relation)}"
        for number, table in enumerate(tables)
    ]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE link_ids AS SELECT (row_number() OVER () - 1)::INTEGER AS i, * "
        f"FROM (SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY t, rec)"
    )
    got = con.execute("SELECT t, place FROM link_ids").fetchnumpy()
    side = got["t"].astype(np.int32)
    for number in range(len(tables)):
        mine = np.flatnonzero(side == number)
        places = np.empty(len(mine), dtype=np.int32)
        places[got["place"][mine]] = mine
        con.register("link_places", {"i": places, "place": np.arange(len(places))})
        con.execute(f"CREATE OR REPLACE TEMP TABLE link_number{number} AS SELECT i FROM link_places ORDER BY place")
        con.unregister("link_places")
    slots = slots_of(tables)
    rows = [
        f"SELECT link_number{number}.i, {number}::INTEGER AS t{''.join(_taken(table, slots))} "
        f"FROM {_quote(table.relation)} POSITIONAL JOIN link_number{number}"
        for number, table in enumerate(tables)
    ]
    con.execute(f"CREATE OR REPLACE TEMP TABLE link_rows AS {' UNION ALL '.join(rows)}")
    for number, table in enumerate(tables):
        con.execute(f"DROP TABLE link_number{number}")
        if table.once:
            con.execute(f"DROP TABLE {_quote(table.relation)}")
    con.execute("ALTER TABLE link_ids DROP place")
    return len(side), side


def _record(table: Table) -> str:
    """SQL for the record's id; rows without one are numbered."""
    ids = table.columns["id"]
    relation = _quote(table.relation)
    return f"trim({relation}.{_quote(ids[0])})" if ids else "row_number() OVER ()::VARCHAR"


def _taken(table: Table, slots: Sequence[tuple[str, int]]) -> Iterator[str]:
    """SQL for the compared columns, under the names that all tables have them by."""
    for place, (role, slot) in enumerate(slots):
        own = table.columns[role]
        column = f"{_quote(table.relation)}.{_quote(own[slot])}" if slot < len(own) else "NULL::VARCHAR"
        yield f", {column} AS f{place}"


def slots_of(tables: Sequence[Table]) -> list[tuple[str, int]]:
    """(role, which of its columns) for every staged column, as many for each role as the table with the most has."""
    found = []
    for role in dict.fromkeys(role for table in tables for role, _ in table.columns.compared):
        found += [(role, slot) for slot in range(max(len(table.columns[role]) for table in tables))]
    return found
