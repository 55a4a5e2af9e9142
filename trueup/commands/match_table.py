"""`trueup match table`: files in, clusters out."""

from __future__ import annotations

import difflib
import mmap
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from trueup.reconcile.linkage import Columns, Matched, RepeatedIds, Table, TablePair
    from trueup.reconcile.linkage.portable import Predict

HEADER = ("table", "record_id", "cluster_id", "probability")
MEMORY_LIMIT = "1GB"
"""What the columnar engine may hold before it spills to disk."""
_NONE = "(empty)"
"""What the engine says where a file has no such mark."""


@dataclass(frozen=True, slots=True)
class TableMatch:
    """What was done, for the summary."""

    out: Path
    tables: tuple[tuple[str, int], ...]
    clusters: int
    matched: int
    largest: int
    pairs: int
    left_out: int
    left_out_by: tuple[tuple[str, int], ...]
    threshold: float
    split: bool
    held_once: tuple[str, ...]
    expected: float
    seconds: dict[str, float]


def match_table(
    files: Sequence[Path], columns: Path, out: Path, *, country: str = "US", one_to_one: bool | None = None,
    predict: Predict | None = None,
) -> TableMatch:  # fmt: skip
    """Deduplicate one file or link two, and write `table, record_id, cluster_id, probability`.

    With `predict` the pairs are weighed by another engine (see `match_spark`), on ladders that it can climb.

    Raises UsageError with every problem of the columns file, or what is wrong with a table, before anything is written.
    """
    with opened(files, columns) as (con, tables):
        import numpy as np

        from trueup.reconcile import linkage

        tables = [replace(table, once=True) for table in tables]
        if predict is None:
            matched = linkage.match(con, tables, country=country, one_to_one=one_to_one)
        else:
            from trueup.reconcile.linkage import portable

            matched = portable.match(con, tables, country=country, one_to_one=one_to_one, predict=predict)
        counts = dict(con.execute("SELECT t, count(*) FROM link_ids GROUP BY t").fetchall())
        _write(con, tables, matched, out)
        size = np.bincount(matched.cluster, minlength=1)
        return TableMatch(
            out,
            tuple((table.name, int(counts.get(n, 0))) for n, table in enumerate(tables)),
            int(matched.cluster.max(initial=0)),
            int((size[matched.cluster] > 1).sum()),
            matched.largest,
            matched.pairs,
            sum(rule.pairs_left_out for rule in matched.blocking),
            tuple(
                (rule.rule, rule.pairs_left_out)
                for rule in sorted(matched.blocking, key=lambda rule: -rule.pairs_left_out)
                if rule.pairs_left_out
            ),
            matched.grouped.threshold,
            matched.grouped.split,
            tuple(table.name for table, once in zip(tables, matched.grouped.once, strict=False) if once),
            matched.grouped.expected,
            matched.seconds,
        )


def explain_table(
    files: Sequence[Path], columns: Path, a: str, b: str, *, country: str = "US", one_to_one: bool | None = None
) -> TablePair:
    """Two records of the tables, weighed with what `match table` learns from them. Raises UsageError for others."""
    with opened(files, columns) as (con, tables):
        from trueup.reconcile import linkage

        matched = linkage.match(con, tables, country=country, one_to_one=one_to_one)
        try:
            return linkage.explain(con, matched, tables, a, b)
        except ValueError as error:
            raise UsageError(f"{error}.", hint="Records are named by their id, or as table:id.") from error


@contextmanager
def opened(files: Sequence[Path], columns: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Table]]]:
    """The files as relations of an in-process engine, with their roles."""
    import duckdb

    from trueup.reconcile.linkage import RepeatedIds, Table

    if len(files) not in (1, 2):
        raise UsageError(f"One table is deduplicated, or two are linked; {len(files)} were given.")
    names = _names(files)
    roles = read_columns(columns, names)
    with tempfile.TemporaryDirectory(prefix="trueup-spill-") as spill:
        con = duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill, "threads": "2"})
        try:
            tables = []
            for name, file in zip(names, files, strict=True):
                _load(con, name, file, roles[name], columns)
                tables.append(Table(name, name, roles[name]))
            yield con, tables
        except RepeatedIds as error:
            raise _repeated(files[names.index(error.table.name)], error) from error
        finally:
            con.close()


def _names(files: Sequence[Path]) -> list[str]:
    """The files' names without their endings; told apart where they are the same."""
    found: list[str] = []
    for file in files:
        found.append(file.stem if file.stem not in found else f"{file.stem} (2)")
    return found


def read_columns(file: Path, tables: Sequence[str]) -> dict[str, Columns]:
    """The roles of each table. Raises UsageError for a file that cannot be read or says what cannot be meant."""
    import yaml

    from trueup.reconcile.linkage import ColumnsError, parse

    try:
        text = file.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=yaml.BaseLoader)  # all is text: a column may be called `no`
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not text in UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{file}{where}: not valid YAML ({getattr(error, 'problem', error)}).") from error
    try:
        return parse(data, tables)
    except ColumnsError as error:
        raise UsageError(
            f"{file}: " + (f"\n  {file}: ".join(error.problems)),
            hint="For example:  id: customer_no\n                first name: given\n                last name: surname",
        ) from error


def _load(con: duckdb.DuckDBPyConnection, name: str, file: Path, roles: Columns, columns: Path) -> None:
    """The named columns of a file, as text."""
    import duckdb

    readers = {".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet"}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise UsageError(f"{file}: tables are read from .csv, .tsv and .parquet files.")
    if not file.is_file():
        raise UsageError(f"{file} is not a file.")
    if not file.stat().st_size:
        raise UsageError(f"{file} is empty.")
    try:
        options, have = _as_text(con, file) if reader == "read_csv" else ("", [])
        source = f"{reader}({_text(str(file))}{options})"
        have = have or [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        wanted = [*roles["id"], *(column for _, column in roles.compared)]
        missing = [column for column in wanted if column not in have]
        if missing:
            lines = []
            for column in missing:
                near = difflib.get_close_matches(column, have, n=2, cutoff=0.5)
                lines.append(f"{file} has no column {column!r}" + (f" (perhaps {' or '.join(near)})" if near else ""))
            raise UsageError(f"{columns}: " + "; ".join(lines) + ".", hint=f"{file} has: {', '.join(have[:40])}.")
        taken = ", ".join(f"{_quote(c)}::VARCHAR AS {_quote(c)}" for c in dict.fromkeys(wanted))
        # Rows that have an id are numbered by it: they need not be kept in the order in which they stand in the file.
        con.execute(f"SET preserve_insertion_order = {not roles['id']}")
        con.execute(f"CREATE TABLE {_quote(name)} AS SELECT {taken} FROM {source}")
        con.execute("RESET preserve_insertion_order")
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be read as a table: {str(error).splitlines()[0]}") from error
    if roles["id"]:
        _check_ids(con, name, file, roles["id"][0])


def _as_text(con: duckdb.DuckDBPyConnection, file: Path) -> tuple[str, list[str]]:
    """How a text file is read: all columns as text, with the marks that its beginning shows; and the columns' names.

    Where the beginning shows no quotation marks but the file has some, all of it is looked at. No names: what was seen
    is not everything that the reader has to know, and it looks for itself.
    """
    options = ", all_varchar = true, header = true"
    look = f"SELECT Delimiter, Quote, Escape, Comment, SkipRows, Columns FROM sniff_csv({_text(str(file))}{options}"
    delimiter, quote, escape, comment, skip, columns = con.execute(f"{look})").fetchall()[0]
    hidden = quote == _NONE and _quotes(file)
    if hidden:
        delimiter, quote, escape, comment, skip, columns = con.execute(f"{look}, sample_size = -1)").fetchall()[0]
    marks = f", delim = {_text(delimiter)}, skip = {skip}"
    if quote == _NONE and hidden:
        return options + marks, []
    if quote == _NONE:
        quoted = ", quote = '', escape = ''"
    else:
        quoted = f", quote = {_text(quote)}, escape = {_text(quote if escape == _NONE else escape)}"
    if comment != _NONE:
        return options + (marks + quoted if quote != _NONE else ""), []
    names = [column["name"] for column in columns]
    typed = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    return f", auto_detect = false, header = true, columns = {{{typed}}}{marks}{quoted}", names


def _quotes(file: Path) -> bool:
    """Whether a quotation mark stands anywhere in the file."""
    with file.open("rb") as bytes_, mmap.mmap(bytes_.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        return seen.find(b'"') >= 0 or seen.find(b"'") >= 0


def _check_ids(con: duckdb.DuckDBPyConnection, name: str, file: Path, column: str) -> None:
    """Whether every row has an id; that no two share one shows when they are numbered."""
    from trueup.reconcile.linkage.staging import trimmed

    blank = f"{_quote(column)} IS NULL OR {trimmed(_quote(column))} = ''"
    if found := con.execute(f"SELECT count(*) FROM {_quote(name)} WHERE {blank}").fetchall()[0][0]:
        raise UsageError(f"{file}: {found} rows have no {column!r}, which is the id.")


def _repeated(file: Path, error: RepeatedIds) -> UsageError:
    column = error.table.columns["id"][0]
    listed = ", ".join(error.ids[:3]) + (", …" if len(error.ids) > 3 else "")
    return UsageError(
        f"{file}: {column!r} is the id, but several rows share one: {listed}.",
        hint="Name a column that tells the rows apart, or leave `id` out: rows are then numbered.",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], matched: Matched, out: Path) -> None:
    """The clusters, by table and record id; the file appears whole or not at all."""
    import duckdb

    half = out.with_name(out.name + ".part")
    names = " ".join(f"WHEN {number} THEN {_text(table.name)}" for number, table in enumerate(tables))
    cells = zip((f"CASE t {names} END", "rec", "c", "p::DECIMAL(7, 6)"), HEADER, strict=True)
    con.register("link_found", {"c": matched.cluster, "p": matched.probability})
    try:
        half.open("wb").close()  # why a file cannot be written is told in the system's own words
        with in_order(con):  # and COMMENT '': what has a # in it needs no quotation marks
            con.execute(
                f"COPY (SELECT {', '.join(f'{cell} AS {_quote(name)}' for cell, name in cells)} "
                f"FROM link_ids POSITIONAL JOIN link_found) TO {_text(str(half.absolute()))} "
                "(FORMAT csv, HEADER, COMMENT '', USE_TMP_FILE false)"
            )
        os.replace(half, out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}.") from error
    except duckdb.IOException as error:
        number = re.search(r'"errno":"(\d+)"', str(error))
        why = os.strerror(int(number[1])) if number else str(error).splitlines()[0]
        raise UsageError(f"{out} cannot be written: {why}.") from error
    finally:
        con.unregister("link_found")


@contextmanager
def in_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One thread: what lies in Python's memory is read in parts, which two threads hand on as they are done."""
    threads = con.execute("SELECT current_setting('threads')").fetchall()[0][0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")
