"""One CSV file as a table: read whole and strictly, written back whole and atomically, in the file's own dialect.

What a person or a spreadsheet chose stays: column order, columns that nobody mapped, delimiter, line ends, encoding and
byte order mark. What cannot be read without guessing is an error that names file, line and value; a row that was
guessed at would be reconciled as if somebody had entered it.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trueup.errors import UnavailableError, UsageError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_DELIMITERS = ",;\t|"

Stamp = tuple[int, int, int]
"""Tells whether a file is still the one that was read: inode, size, time of change."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is spelled, found when it was read."""

    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    quote_all: bool = False


@dataclass(slots=True)
class Table:
    """A file's content: `rows` by id, in the file's order; every row has one cell per column."""

    path: Path
    columns: list[str]
    id_column: str
    rows: dict[str, list[str]]
    dialect: Dialect = field(default_factory=Dialect)
    stamp: Stamp | None = None
    _by_value: dict[str, dict[str, str]] = field(default_factory=dict)
    _last_id: int | None = None

    def cells(self, id: str) -> dict[str, str]:  # noqa: A002
        """One row by column name."""
        return dict(zip(self.columns, self.rows[id], strict=True))

    def put(self, id: str, cells: Mapping[str, str]) -> None:  # noqa: A002
        """Change or add a row; cells that are not named stay, or are blank in a new row."""
        row = self.rows.setdefault(id, [id if c == self.id_column else "" for c in self.columns])
        for name, value in cells.items():
            row[self.columns.index(name)] = value
            if name in self._by_value:
                self._by_value[name].setdefault(value, id)

    def with_value(self, column: str, value: str) -> str | None:
        """The id of the first row that has the value in the column; remembered for the next question."""
        if column not in self._by_value:
            at = self.columns.index(column)
            found: dict[str, str] = {}
            for id_, row in self.rows.items():
                found.setdefault(row[at], id_)
            self._by_value[column] = found
        return self._by_value[column].get(value)

    def next_id(self) -> str:
        """The number after the greatest one in use; ids that are no numbers do not count."""
        if self._last_id is None:
            self._last_id = max((int(i) for i in self.rows if i.isascii() and i.isdigit()), default=0)
        self._last_id += 1
        return str(self._last_id)


def read(path: Path, id_column: str, encoding: str = "auto") -> Table:
    """Read a file whole. Raises UsageError, naming file, line and value, for anything that would need a guess."""
    stamp, raw = _bytes(path)
    encoding = _encoding(raw) if encoding == "auto" else encoding
    text = _text(path, raw, encoding)
    first_line = text.split("\n", 1)[0]
    dialect = Dialect(
        encoding,
        max(_DELIMITERS, key=first_line.count) if any(d in first_line for d in _DELIMITERS) else ",",
        "\r\n" if "\r\n" in text else "\n",
        first_line.startswith('"'),
    )
    lines = _lines(path, text, dialect)
    try:
        _, columns = next(lines)
    except StopIteration:
        raise UsageError(f"{path}:1: the file is empty; its first line must name the columns.") from None
    columns = [c.strip() for c in columns]
    _check_columns(path, columns, id_column)
    rows: dict[str, list[str]] = {}
    first_seen: dict[str, int] = {}
    at = columns.index(id_column)
    for line, cells in lines:
        if len(cells) != len(columns):
            raise UsageError(
                f"{path}:{line}: the row has {len(cells)} cells, the header {len(columns)}: {_brief(cells)}.",
                hint="Look for a missing delimiter, or one inside a value without quotes.",
            )
        id_ = cells[at].strip()
        if not id_:
            raise UsageError(f"{path}:{line}: the row has no value in {id_column!r}: {_brief(cells)}.")
        if id_ in rows:
            raise UsageError(f"{path}:{line}: the {id_column} {id_!r} stands on line {first_seen[id_]} already.")
        rows[id_], first_seen[id_] = cells, line
    return Table(path, columns, id_column, rows, dialect, stamp)


def write(table: Table) -> None:
    """Put the table in the file's place, all of it or nothing.

    Raises UnavailableError when the file is not the one that was read: somebody saved it in between.
    """
    buffer = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if table.dialect.quote_all else csv.QUOTE_MINIMAL
    out = csv.writer(buffer, delimiter=table.dialect.delimiter, lineterminator=table.dialect.line_end, quoting=quoting)
    out.writerow(table.columns)
    out.writerows(table.rows.values())
    try:
        raw = buffer.getvalue().encode(table.dialect.encoding)
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{table.path}: {error.object[error.start : error.end]!r} cannot be written in {table.dialect.encoding}.",
            hint="Save the file as UTF-8 once.",
        ) from None
    handle, name = tempfile.mkstemp(dir=table.path.parent, prefix=f".{table.path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, table.path.stat().st_mode & 0o7777)
        if stamp_of(table.path) != table.stamp:
            raise UnavailableError(f"{table.path} was changed by somebody else while it was being written.")
        os.replace(name, table.path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    table.stamp = stamp_of(table.path)


def stamp_of(path: Path) -> Stamp:
    """What tells two states of a file apart."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _bytes(path: Path) -> tuple[Stamp, bytes]:
    try:
        return stamp_of(path), path.read_bytes()
    except FileNotFoundError:
        there = sorted(p.name for p in path.parent.glob("*.csv")) if path.parent.is_dir() else []
        raise UsageError(
            f"{path}: there is no such file.",
            hint=f"In {path.parent} there are: {', '.join(there)}." if there else "The folder holds no CSV file.",
        ) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error


def _encoding(raw: bytes) -> str:
    return next((name for bom, name in _BOMS if raw.startswith(bom)), "utf-8")


def _text(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        bad = raw[error.start : error.start + 1].hex()
        raise UsageError(
            f"{path}:{line}: the byte 0x{bad} is not {encoding}.",
            hint="Save the file as UTF-8, or name its encoding in the option `encoding` (often cp1252).",
        ) from None
    except LookupError:
        raise UsageError(f"{path}: there is no encoding {encoding!r}.") from None


def _lines(path: Path, text: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; empty lines are passed over."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)
    begins = 1
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(
                f"{path}:{begins}: the row cannot be read ({error}).", hint="Look at its quotes."
            ) from None
        if cells:
            yield begins, cells
        begins = rows.line_num + 1


def _check_columns(path: Path, columns: list[str], id_column: str) -> None:
    twice = next((c for c in columns if columns.count(c) > 1), None)
    if twice is not None:
        raise UsageError(f"{path}:1: the column {twice!r} is there twice.")
    if id_column not in columns:
        raise UsageError(
            f"{path}:1: there is no column {id_column!r}.",
            hint=f"Columns: {', '.join(columns)}. Name the one with the ids in the option `id_column`.",
        )


def _brief(cells: list[str]) -> str:
    text = ", ".join(cells)
    return repr(text if len(text) <= 60 else text[:57] + "...")
