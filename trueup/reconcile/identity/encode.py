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


def coded(texts: Iterable[str]) -> Column:
    """Codes of texts, numbered in the order in which they first come.

    The texts meet by their hashes: sorting millions of numbers is several times faster than filling a dictionary.
    """
    held = list(texts)
    hashed = np.fromiter(map(hash, held), dtype=np.int64, count=len(held))
    _, first, inverse = np.unique(hashed, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(first), dtype=np.int32)
    number[order] = np.arange(len(first))
    return Column(number[inverse], tuple(map(held.__getitem__, first[order].tolist())))


def column(con: DuckDBPyConnection, table: str, expression: str, clean: str = "v") -> Column:
    """Codes of an SQL expression over a staged table that numbers its records in `i`.

    `clean` is SQL over `v`, worked out once for each distinct value; where it gives NULL there is none.
    """
    rows = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    codes = np.full(rows, MISSING, dtype=np.int32)
    got, values = _hashed(con, f"SELECT i, nullif({expression}, '') AS v FROM {table}", clean)
    codes[got["i"]] = got["c"]
    return Column(codes, values) if clean == "v" else _without_gaps(codes, values)


def _without_gaps(codes: Codes, values: tuple[str | None, ...]) -> Column:
    """The column without the codes that stand for no value."""
    there = np.array([bool(value) for value in values] + [False], dtype=np.bool_)
    if not there[:-1].all():
        lookup = np.where(there, np.cumsum(there) - 1, MISSING).astype(np.int32)
        codes = lookup[codes]
    return Column(codes, tuple(value for value in values if value))


def either(first: Column, second: Column) -> Column:
    """The first column's value, or where it has none the second's."""
    if not second.values:
        return first
    later = np.where(second.codes >= 0, second.codes + len(first.values), MISSING)
    return recode(np.where(first.codes >= 0, first.codes, later).astype(np.int32), [*first.values, *second.values])


def slots(con: DuckDBPyConnection, query: str, rows: int, most: int, told: str = "v") -> tuple[Codes, tuple[Any, ...]]:
    """Several values a record, as a matrix padded with MISSING. `query` gives (i, v), any order, repeats allowed.

    At most `most` values are kept of one record, the first in the order of codes. `told` is SQL over `v`: what is given
    back of each distinct value.
    """
    # Not materialised, an expression would be worked out once for each place where `v` stands.
    got, values = _hashed(con, f"WITH of AS MATERIALIZED ({query}) SELECT i, v FROM of", told)
    size = max(1, len(values))
    keys = got["i"].astype(np.int64)
    keys *= size
    keys += got["c"]
    del got
    keys = distinct(keys)
    record, code = keys // size, keys % size
    first = np.searchsorted(record, record, side="left")
    slot = np.arange(len(record)) - first
    keep = slot < most
    width = int(slot[keep].max()) + 1 if len(record) else 1
    matrix = np.full((rows, width), MISSING, dtype=np.int32)
    matrix[record[keep], slot[keep]] = code[keep]
    return matrix, values


def _hashed(con: DuckDBPyConnection, query: str, clean: str = "v") -> tuple[dict[str, Ints], tuple[Any, ...]]:
    """The rows `i` of a query (i, v) that have a value, each value's code `c`, and the values, each made clean.

    Codes are numbered by the hash of the value: sorting numbers is several times faster than sorting texts.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE id_hashed AS SELECT i::INTEGER AS i, hash(v) AS h, v FROM ({query}) "
        "WHERE v IS NOT NULL"
    )
    got = con.execute("SELECT i, h FROM id_hashed").fetchnumpy()
    place, hashed = got["i"], got["h"]
    order = np.argsort(hashed)
    ordered = hashed[order]
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    number = np.cumsum(first) - 1
    values = strings(con, f"SELECT {clean} FROM (SELECT h, min(v) AS v FROM id_hashed GROUP BY h) ORDER BY h")
    con.execute("DROP TABLE id_hashed")
    return {"i": place[order], "c": number.astype(np.int32)}, values


def distinct(keys: Ints) -> Ints:
    """The distinct keys in order: for millions of them sorting is several times faster than numpy's hashing."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def names_of(matrix: Codes, name: Codes, size: int) -> Ints:
    """Under how many different names each value is held (one more element serves MISSING)."""
    width = int(name.max(initial=0)) + 1
    pairs = [
        matrix[known, slot].astype(np.int64) * width + name[known]
        for slot in range(matrix.shape[1])
        for known in [(matrix[:, slot] >= 0) & (name >= 0)]
    ]
    return np.bincount(distinct(np.concatenate(pairs)) // width, minlength=size + 1)


def numpy_column(con: DuckDBPyConnection, query: str) -> NDArray[Any]:
    """The one column of a query without NULLs."""
    return next(iter(con.execute(query).fetchnumpy().values()))


def strings(con: DuckDBPyConnection, query: str) -> tuple[str, ...]:
    """The one text column of a query."""
    return tuple(next(iter(con.execute(query).fetchnumpy().values())).tolist())


def columns_of(con: DuckDBPyConnection, table: str) -> frozenset[str]:
    """The names of a table's columns."""
    return frozenset(row[0] for row in con.execute(f"DESCRIBE {table}").fetchall())


def select(present: frozenset[str], name: str) -> str:
    """A column by name, or NULL where the table has none: a system may not have the field at all."""
    return f'"{name}"' if name in present else f'NULL::VARCHAR AS "{name}"'


def known(name: str) -> str:
    """SQL for a text column without junk."""
    return f"CASE WHEN norm_junk({name}) THEN NULL ELSE {name} END"


KNOWN = known("v")
"""The same of the distinct values of a column."""
