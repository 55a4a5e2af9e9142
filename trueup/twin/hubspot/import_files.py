"""What an import's files hold: rows of text, out of CSV or out of the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLACE = re.compile(r"([A-Z]+)\d*")
_MOST_BYTES = 256 * 1024 * 1024
"""What one part of a workbook may hold unpacked."""


class UnreadableFileError(ValueError):
    """A file that is not what it says it is; the import fails with it."""


def table(content: bytes, file_format: str) -> list[list[str]]:
    """All rows, the header too. A workbook is known by its own bytes, whatever the request calls it."""
    if content[:2] == b"PK" or file_format.upper() == "SPREADSHEET":
        return _workbook(content)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"))))


def _workbook(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheets = sorted(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n))
            shared = _strings(archive)
            sheet = ElementTree.fromstring(_part(archive, sheets[0]))
    except (zipfile.BadZipFile, ElementTree.ParseError, IndexError, KeyError) as error:
        raise UnreadableFileError("The file is not a workbook that can be read.") from error
    rows = [dict(_cells(row, shared)) for row in sheet.iter(f"{_MAIN}row")]
    width = max((max(row, default=-1) for row in rows), default=-1) + 1
    return [[row.get(n, "") for n in range(width)] for row in rows]


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise UnreadableFileError("The workbook is too large.")
    content = archive.read(name)
    if b"<!DOCTYPE" in content[:1_000]:
        raise UnreadableFileError("The file is not a workbook that can be read.")
    return content


def _strings(archive: zipfile.ZipFile) -> list[str]:
    """Texts that cells name by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(_part(archive, "xl/sharedStrings.xml"))
    return ["".join(t.text or "" for t in item.iter(f"{_MAIN}t")) for item in root.iter(f"{_MAIN}si")]


def _cells(row: ElementTree.Element, shared: list[str]) -> Iterator[tuple[int, str]]:
    for n, cell in enumerate(row.iter(f"{_MAIN}c")):
        found = _PLACE.match(cell.get("r", ""))
        place = _column(found[1]) if found else n
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            yield place, "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
            continue
        value = cell.findtext(f"{_MAIN}v") or ""
        if kind == "s" and value.isdigit() and int(value) < len(shared):
            value = shared[int(value)]
        elif kind == "b":
            value = "true" if value == "1" else "false"
        elif kind == "n" and value.endswith(".0"):
            value = value[:-2]
        yield place, value


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
