"""CSV as Bulk reads and writes it: every value in quotes, null is empty, endings as declared. [reference 9.1, 9.2]"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "BACKQUOTE": "`", "CARET": "^"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_HEADER_LIMIT = 32_000
_FIELD_LIMIT = 131_072
_RECORD_LIMIT = 400_000


class BadFile(Exception):
    """The uploaded file cannot be read: the whole job (or batch) fails with this text."""


def line(values: Iterable[str], delimiter: str = ",", ending: str = "\n") -> str:
    """Write one line. Values are quoted whatever they hold."""
    return '"' + f'"{delimiter}"'.join(v.replace('"', '""') for v in values) + '"' + ending


def read(content: bytes, delimiter: str, ending: str | None) -> tuple[list[str], list[list[str]]]:
    """Read an upload: its header and its rows. `ending` None takes any line ending, as Bulk 1.0 does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("ClientInputError : InvalidBatch : the file is not UTF-8") from None
    if ending is not None:
        _check_endings(text, ending)
    if not text.strip():
        return [], []
    csv.field_size_limit(max(csv.field_size_limit(), _RECORD_LIMIT * 2))
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as exc:
        raise BadFile(f"InvalidBatch : Failed to parse CSV header or record: {exc}") from None
    header = [name.strip() for name in rows[0]]
    _check_header(header)
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            raise BadFile(
                f"InvalidBatch : Failed to parse CSV: record {number} has {len(row)} fields, the header {len(header)}"
            )
        if any(len(cell) > _FIELD_LIMIT for cell in row) or sum(map(len, row)) > _RECORD_LIMIT:
            raise BadFile(f"InvalidBatch : record {number} is too long")
    return header, rows[1:]


def _check_endings(text: str, ending: str) -> None:
    """A break of the other kind fails the job, in a quoted field too. [reference 9.2]"""
    crlf = text.count("\r\n")
    wrong = crlf > 0 or "\r" in text if ending == "LF" else text.count("\n") > crlf or text.count("\r") > crlf
    if wrong:
        raise BadFile(f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}")


def _check_header(header: Sequence[str]) -> None:
    if sum(len(name) + 1 for name in header) > _HEADER_LIMIT:
        raise BadFile("InvalidBatch : the header line is too long")
    seen: set[str] = set()
    for name in header:
        if not name:
            raise BadFile("InvalidBatch : Field name not found : ")
        if name.lower() in seen:
            raise BadFile(f"InvalidBatch : Duplicate column name found in the header : {name}")
        seen.add(name.lower())
