"""Columns of text to columns of integer codes: equality becomes an integer compare, and counts come free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Ints, nothing
from trueup.reconcile.identity.ordering import distinct, side_by_side

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
    known = sorted({value for value in table if value})
    if not known:
        return Column(nothing(len(codes)), ())
    place = {value: number for number, value in enumerate(known)}
    lookup = np.array([place[value] if value else MISSING for value in table] + [MISSING], dtype=np.int32)
    return Column(lookup[codes], tuple(known))


def coded(texts: Iterable[str]) -> Column:
    """Codes of texts, numbered in the order in which they first come.

    The texts meet by their hashes: sorting millions of numbers is several times faster than filling a dictionary.
    """
    held = list(texts)
    codes, begins = numbered(np.fromiter(map(hash, held), dtype=np.int64, count=len(held)).view(np.uint64))
    return Column(codes, tuple(map(held.__getitem__, begins.tolist())))


def numbered(hashed: NDArray[np.uint64]) -> tuple[Codes, Ints]:
    """Codes of hashes, numbered in the order in which they first come, and the places where they do."""
    order, first = side_by_side(hashed)
    begins = order[first]
    by_place = np.argsort(begins)
    number = np.empty(len(begins), dtype=np.int32)
    number[by_place] = np.arange(len(begins), dtype=np.int32)
    codes = np.empty(len(hashed), dtype=np.int32)
    codes[order] = number[np.cumsum(first) - 1]
    return codes, begins[by_place]


def column(con: DuckDBPyConnection, table: str, expression: str, clean: str = "v") -> Column:
    """Codes of an SQL expression over a staged table that numbers its records in `i`.

    `clean` is SQL over `v`, worked out once for each distinct value; where it gives NULL there is none.
    """
    return fetched(con, table, expression, clean).column()


def fetched(con: DuckDBPyConnection, table: str, expression: str, clean: str = "v") -> Fetched:
    """The same as it left the engine; codes can be made of it while the engine is asked for more."""
    rows = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    return _fetch(con, f"SELECT i, nullif({expression}, '') AS v FROM {table}", rows, clean)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A column of so many rows as the engine told of it: the rows with a value and its hash, and each distinct value's
    hash and text."""

    rows: int
    record: Codes
    hashed: NDArray[np.uint64]
    distinct: NDArray[np.uint64]
    texts: NDArray[Any]

    def column(self) -> Column:
        """The codes of the column."""
        record, code, values = self.coded()
        if not values:
            return Column(nothing(self.rows), ())
        codes = np.full(self.rows, MISSING, dtype=np.int32)
        codes[record] = code
        return _without_gaps(codes, values)

    def coded(self) -> tuple[Codes, Codes, tuple[Any, ...]]:
        """The rows that have a value, each value's code, and the values.

        Codes are numbered by the hash of the value: sorting numbers is several times faster than sorting texts.
        """
        order, first = side_by_side(self.hashed)
        codes = np.cumsum(first, dtype=np.int32) - np.int32(1)
        by_hash, new = side_by_side(self.distinct)
        return self.record[order], codes, tuple(self.texts[by_hash[new]].tolist())


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


def slots(con: DuckDBPyConnection, query: str, rows: int, most: int) -> tuple[Codes, tuple[str, ...]]:
    """Several values a record, as a matrix padded with MISSING. `query` gives (i, v), any order, repeats allowed.

    At most `most` values are kept of one record, the first in the order of codes.
    """
    with _worked_out(con, query) as found:
        record, code, values = _fetch(con, f"SELECT i, v FROM {found}", rows).coded()
    return _matrix(record, code, len(values), rows, most), values


def slots_told(con: DuckDBPyConnection, query: str, told: str, rows: int, most: int) -> tuple[Codes, Bools]:
    """The same of values whose texts nobody needs; given back is what the SQL condition `told` says of each `v`."""
    with _worked_out(con, query) as found:
        got = con.execute(
            f"SELECT i::INTEGER AS i, hash(v) AS h, coalesce({told}, FALSE) AS told FROM {found} WHERE v IS NOT NULL"
        ).fetchnumpy()
    order, first = side_by_side(got["h"])
    codes = np.cumsum(first, dtype=np.int32) - np.int32(1)
    of_code = np.asarray(got["told"][order[first]], dtype=np.bool_)
    return _matrix(got["i"][order], codes, len(of_code), rows, most), of_code


@contextmanager
def _worked_out(con: DuckDBPyConnection, query: str) -> Iterator[str]:
    """A table of what a query gives: what is in it may be dear, and is asked for more than once."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE id_slots AS {query}")
    yield "id_slots"
    con.execute("DROP TABLE id_slots")


def _matrix(record: Codes | Ints, code: Codes | Ints, size: int, rows: int, most: int) -> Codes:
    """A row of at most so many of its codes (below `size`) for each record, the smallest first."""
    if not len(record):
        return nothing(rows).reshape(rows, 1)
    if np.bincount(record).max() <= 1:  # nobody has two
        matrix = np.full((rows, 1), MISSING, dtype=np.int32)
        matrix[record, 0] = code
        return matrix
    keys = record.astype(np.int64)
    keys *= size
    keys += code
    keys = distinct(keys)
    record = keys // size
    code = (keys - record * size).astype(np.int32)
    slot = np.arange(len(record)) - np.searchsorted(record, record, side="left")
    keep = slot < most
    matrix = np.full((rows, int(slot[keep].max()) + 1), MISSING, dtype=np.int32)
    matrix[record[keep], slot[keep]] = code[keep]
    return matrix


def _fetch(con: DuckDBPyConnection, query: str, rows: int, clean: str = "v") -> Fetched:
    """What a query (i, v) over so many rows gives, each value made clean. It is asked twice, so that only one text of
    each value leaves the engine."""
    known = f"(SELECT i, v FROM ({query}) WHERE v IS NOT NULL)"
    got = con.execute(f"SELECT i::INTEGER AS i, hash(v) AS h FROM {known}").fetchnumpy()
    once = con.execute(f"SELECT hash(v) AS h, {clean} AS v FROM (SELECT DISTINCT v FROM {known})").fetchnumpy()
    texts = np.ma.getdata(once["v"])
    texts[np.ma.getmaskarray(once["v"])] = None
    return Fetched(rows, got["i"], got["h"], once["h"], texts)


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
