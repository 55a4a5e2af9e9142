"""The tables to match, and all their records numbered in one relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Codes
from trueup.reconcile.linkage.roles import Columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Table:
    """One table to match: its name for people, the relation in the connection, its roles.

    The relation is a table, no view, and nothing was deleted of it: its rows are known by where they lie. Its columns
    are all text.

    `once`: nobody needs the relation again, so that its columns go once they are codes (`release`).
    """

    name: str
    relation: str
    columns: Columns
    once: bool = False


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class RepeatedIds(ValueError):
    """Several records of a table share one id: the table, and the first of such ids (four at most)."""

    def __init__(self, table: Table, ids: Sequence[str]) -> None:
        self.table, self.ids = table, ids
        super().__init__(f"several records of {table.name} share one id: {', '.join(ids)}")


def stage(con: DuckDBPyConnection, tables: Sequence[Table]) -> tuple[int, Codes]:
    """Number all records of all tables by table, then record id; gives how many there are, and the table of each.

    The number does not depend on the order in which rows stand in a table, so neither does anything after it.
    `link_ids(i, t, rec)` has them in the order of their numbers. What is compared stays where it is: the view
    `link_rows(i, t, f0, f1, …)` shows the rows as they stand in the tables, each beside its number. Raises RepeatedIds.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE link_ids (i INTEGER, t INTEGER, rec VARCHAR, place INTEGER)")
    start = 0
    for number, table in enumerate(tables):
        start += _number(con, number, table, start)
    con.execute("ALTER TABLE link_ids DROP place")
    slots = slots_of(tables)
    rows = [
        f"SELECT {_beside(number)}.i, {number}::INTEGER AS t{''.join(_taken(table, slots))} "
        f"FROM {_quote(table.relation)} POSITIONAL JOIN {_beside(number)}"
        for number, table in enumerate(tables)
    ]
    con.execute(f"CREATE OR REPLACE TEMP VIEW link_rows AS {' UNION ALL '.join(rows)}")
    return start, con.execute("SELECT t FROM link_ids").fetchnumpy()["t"].astype(np.int32)


def _number(con: DuckDBPyConnection, number: int, table: Table, start: int) -> int:
    """Number the records of one table from `start` on; gives how many they are."""
    relation = _quote(table.relation)
    con.execute(
        f"INSERT INTO link_ids SELECT {start} + row_number() OVER () - 1, {number}, rec, place "
        f"FROM (SELECT {_record(table)} AS rec, {relation}.rowid::INTEGER AS place FROM {relation} ORDER BY rec)"
    )
    got = con.execute(f"SELECT place, hash(rec) AS h FROM link_ids WHERE t = {number}").fetchnumpy()
    if (got["h"][1:] == got["h"][:-1]).any() and (ids := _repeated(con, number)):
        raise RepeatedIds(table, ids)
    numbers = np.empty(len(got["place"]), dtype=np.int32)
    numbers[got["place"]] = np.arange(start, start + len(numbers), dtype=np.int32)
    con.register("link_places", {"i": numbers, "place": np.arange(len(numbers))})
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_beside(number)} AS SELECT i FROM link_places ORDER BY place")
    con.unregister("link_places")
    if table.once and table.columns["id"]:
        con.execute(f"ALTER TABLE {relation} DROP {_quote(table.columns['id'][0])}")
    return len(numbers)


def _repeated(con: DuckDBPyConnection, number: int) -> list[str]:
    """The first ids of a table that several records have."""
    found = con.execute(
        f"SELECT rec FROM link_ids WHERE t = {number} AND rec IS NOT NULL "
        "GROUP BY rec HAVING count(*) > 1 ORDER BY rec LIMIT 4"
    )
    return [rec for (rec,) in found.fetchall()]


def release(con: DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """What is compared are codes from here on: `link_rows` goes, where nobody needs its tables again."""
    if all(table.once for table in tables):
        con.execute("DROP VIEW link_rows")
        for number, table in enumerate(tables):
            con.execute(f"DROP TABLE {_beside(number)}")
            con.execute(f"DROP TABLE {_quote(table.relation)}")


def _beside(number: int) -> str:
    """The table of the numbers of a table's rows, in the order in which these stand."""
    return f"link_number{number}"


def _record(table: Table) -> str:
    """SQL for the record's id; rows without one are numbered."""
    ids = table.columns["id"]
    return trimmed(f"{_quote(table.relation)}.{_quote(ids[0])}") if ids else "row_number() OVER ()::VARCHAR"


def trimmed(column: str) -> str:
    """SQL for a text without the blanks around it; `trim` walks through all of a text that has none as well."""
    blank = f"contains({column}, ' ') OR strlen({column}) <> length({column})"
    return f"CASE WHEN {blank} THEN trim({column}) ELSE {column} END"


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
