"""The CSV of a Bulk result as the rows that REST would have given: the same record has one spelling for us.

Bulk writes every value in quotes: null is empty, booleans are words, datetimes end in Z where REST has `+0000`
(reference 1.2, 9.1). A version stamp spelt two ways would be two versions.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.schema import Described

_LONGEST_FIELD = 1 << 24
"""Characters of one value; the csv module's own limit is below that of a long text area."""

_Convert = Callable[[list[str]], list[Any]]
_BOOLEANS: dict[str, Any] = {"true": True, "false": False, "": None}


def read(file: IO[bytes], described: Described, lot: int) -> Iterator[list[Row]]:
    """Rows in lots, typed by describe; relationship columns (`Lead.CreatedDate`) become nested as in REST."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""), strict=True)
    names = next(reader, [])
    convert = [_converter(name, described) for name in names]
    while rows := list(islice(reader, lot)):
        columns: list[Sequence[Any]] = [
            change(list(column)) for change, column in zip(convert, zip(*rows, strict=True), strict=True)
        ]
        made: list[Row] = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        for name in (n for n in names if "." in n):
            parent, _, child = name.partition(".")
            for row in made:
                row[parent] = {child: row.pop(name)}
        yield made


def _converter(name: str, described: Described) -> _Convert:
    kind = str(described.fields.get(name, {}).get("type") or "")
    if name.endswith(("Date", "Stamp")) and "." in name:
        kind = "datetime"
    if kind == "boolean":
        return lambda column: [_BOOLEANS.get(v, v) for v in column]
    if kind == "datetime":
        return lambda column: [v[:-1] + "+0000" if v.endswith("Z") else v or None for v in column]
    if kind == "int":
        return lambda column: [int(float(v)) if v else None for v in column]
    if kind in ("double", "currency", "percent", "long"):
        return lambda column: [float(v) if v else None for v in column]
    return lambda column: [v or None for v in column]
