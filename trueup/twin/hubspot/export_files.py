"""The files that an export leaves: CSV or a workbook; several of them in a zip when the rows are too many for one."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Table = Sequence[Sequence[str]]

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file as it is downloaded."""

    content: bytes
    content_type: str


def ending(form: str, rows: int, most: int) -> str:
    """How the name of the download ends, known before the file is made."""
    if rows > most:
        return "zip"
    return "csv" if form == "CSV" else "xlsx"


def packed(table: Table, form: str, most: int) -> ExportFile:
    """One file of up to `most` rows, or a zip of several; each begins with the heading, the first row of the table."""
    heading, rows = table[0], table[1:]
    if len(rows) <= most:
        return ExportFile(_made(table, form), "text/csv" if form == "CSV" else _WORKBOOK)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, start in enumerate(range(0, len(rows), most), start=1):
            part = [heading, *rows[start : start + most]]
            archive.writestr(f"export-{n}.{ending(form, 0, most)}", _made(part, form))
    return ExportFile(out.getvalue(), "application/zip")


def _made(table: Table, form: str) -> bytes:
    return _csv(table) if form == "CSV" else _xlsx(table)


def _csv(table: Table) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue().encode()


def _xlsx(table: Table) -> bytes:
    """The least workbook that spreadsheets open: one sheet of inline text."""
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(v)}</t></is></c>' for v in row) + "</row>" for row in table
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="export" '
        'sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()
