"""Columns of text to columns of integer codes: equality becomes an integer compare, and counts come free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

MISSING = -1


@dataclass(frozen=True, slots=True)
class Column:
    """One value a record: `codes[row]` points into `values`, MISSING where there is none."""

    codes: Codes
    values: tuple[str, ...]

    def take(self, table: Iterable[str | None]) -> Column:
        """The column with each distinct value replaced: a function call per value, not per record."""
        return recode(self.codes, list(table))


def recode(codes: Codes, table: Sequence[str | None]) -> Column:
    """New codes after each old value became `table[old]` (blank or None: MISSING); codes follow the values' order."""
    distinct = sorted({value for value in table if value})
    place = {value: number for number, value in enumerate(distinct)}
    lookup = np.array([place[value] if value else MISSING for value in table] + [MISSING], dtype=np.int32)
    return Column(lookup[codes], tuple(distinct))


def column(con: DuckDBPyConnection, table: str, expression: str) -> Column:
    """Codes of an SQL expression over a staged table that numbers its records in `i`."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE id_column AS SELECT i, nullif({expression}, '') AS v FROM {table}")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_values AS SELECT v, (row_number() OVER (ORDER BY v) - 1)::INTEGER AS c "
        "FROM (SELECT DISTINCT v FROM id_column WHERE v IS NOT NULL)"
    )
    got = con.execute("SELECT t.i, d.c FROM id_column t JOIN id_values d USING (v)").fetchnumpy()
    rows = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    codes = np.full(rows, MISSING, dtype=np.int32)
    codes[got["i"]] = got["c"]
    return Column(codes, strings(con, "SELECT v FROM id_values ORDER BY c"))


def slots(con: DuckDBPyConnection, query: str, rows: int, most: int) -> tuple[Codes, tuple[str, ...]]:
    """Several values a record, as a matrix padded with MISSING. `query` gives (i, v), any order, repeats allowed.

    At most `most` values are kept of one record, the first in the order of values.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE id_slots AS SELECT DISTINCT i, v FROM ({query}) WHERE v IS NOT NULL")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_values AS SELECT v, (row_number() OVER (ORDER BY v) - 1)::INTEGER AS c "
        "FROM (SELECT DISTINCT v FROM id_slots)"
    )
    got = con.execute(
        "SELECT s.i::BIGINT AS i, d.c, (row_number() OVER (PARTITION BY s.i ORDER BY d.c) - 1)::INTEGER AS slot "
        f"FROM id_slots s JOIN id_values d USING (v) QUALIFY slot < {most}"
    ).fetchnumpy()
    width = int(got["slot"].max()) + 1 if len(got["slot"]) else 1
    matrix = np.full((rows, width), MISSING, dtype=np.int32)
    matrix[got["i"], got["slot"]] = got["c"]
    return matrix, strings(con, "SELECT v FROM id_values ORDER BY c")


def distinct(keys: Ints) -> Ints:
    """The distinct keys in order: for millions of them sorting is several times faster than numpy's hashing."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def numpy_column(con: DuckDBPyConnection, query: str) -> NDArray[Any]:
    """The one column of a query without NULLs."""
    return next(iter(con.execute(query).fetchnumpy().values()))


def strings(con: DuckDBPyConnection, query: str) -> tuple[str, ...]:
    """The one text column of a query."""
    return tuple(row[0] for row in con.execute(query).fetchall())


def columns_of(con: DuckDBPyConnection, table: str) -> frozenset[str]:
    """The names of a table's columns."""
    return frozenset(row[0] for row in con.execute(f"DESCRIBE {table}").fetchall())


def select(present: frozenset[str], name: str) -> str:
    """A column by name, or NULL where the table has none: a system may not have the field at all."""
    return f'"{name}"' if name in present else f'NULL::VARCHAR AS "{name}"'
