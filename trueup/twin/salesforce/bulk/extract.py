"""Query jobs: the result is fixed when the job runs, so that pages never shift under the reader's feet.

Values print as Bulk prints them: datetimes end in `Z`, booleans are words, null is an empty pair of quotes.
"""

from __future__ import annotations

import base64
import binascii
import shutil
import tempfile
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from ..errors import ApiError
from ..rest.call import Call
from ..rest.query import compile_query, executor
from ..soql import ast
from ..soql.parser import parse
from ..soql.planner import Plan
from ..soql.shape import Nested, Plain, Shape
from ..values import NUMBER_TYPES
from .csvtext import line

_CHUNK = 5000
_UNSUPPORTED = frozenset({"TaskStatus"})
"""Objects that Bulk does not serve; the others of the vendor's list are not objects of this org."""

NESTED = "Aggregate Relationships not supported in {} with CSV content type"
"""What is said of a subquery. [live-h]"""
Print = Callable[[Any], str]


class Result:
    """The lines of a finished query, in a file of its own, with the place of each."""

    def __init__(self, header: bytes) -> None:
        self.header = header
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115  (lives as long as the job)
        self._ends = array("Q", [0])
        self._kept: Path | None = None

    def keep(self, path: Path) -> None:
        """Write the lines to a file that outlives the process, once."""
        if self._kept == path:
            return
        self._file.seek(0)
        with path.open("wb") as file:
            shutil.copyfileobj(self._file, file)
        path.with_suffix(".ends").write_bytes(len(self.header).to_bytes(8, "big") + self.header + self._ends.tobytes())
        self._kept = path

    @classmethod
    def kept(cls, path: Path) -> Result:
        """Read what was kept."""
        known = path.with_suffix(".ends").read_bytes()
        size = int.from_bytes(known[:8], "big")
        result = cls(known[8 : 8 + size])
        result._ends = array("Q")
        result._ends.frombytes(known[8 + size :])
        result._file.close()
        result._file = path.open("rb")
        result._kept = path
        return result

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, lines: Sequence[bytes]) -> None:
        """Append lines."""
        at = self._ends[-1]
        for one in lines:
            at += len(one)
            self._ends.append(at)
        self._file.write(b"".join(lines))

    def page(self, start: int, count: int) -> bytes:
        """The header and some lines."""
        end = min(start + count, len(self))
        self._file.seek(self._ends[start])
        return self.header + self._file.read(self._ends[end] - self._ends[start])

    def close(self) -> None:
        """Throw the lines away."""
        self._file.close()


def check(call: Call, text: str, deleted: bool) -> Plan:
    """Compile a query for Bulk, refusing what Bulk cannot do. [reference 9.1; texts partly unverified]"""
    query = parse(text)
    for item in query.selected:
        if isinstance(item.expression, ast.Query):
            raise ApiError("API_ERROR", NESTED.format("Bulk V2 Query"))
        if isinstance(item.expression, ast.TypeOf):
            raise ApiError("API_ERROR", "TYPEOF not supported in Bulk Query")
    if query.offset:
        raise ApiError("API_ERROR", "Offset not supported in Bulk Query")
    plan = compile_query(call, text, deleted)
    if plan.aggregate is not None or plan.count_only:
        raise ApiError("API_ERROR", "Aggregate Relationship not supported in Bulk Query")
    if plan.sobject.name in _UNSUPPORTED:
        raise ApiError("INVALIDENTITY", f"Entity '{plan.sobject.name}' is not supported by the Bulk API.")
    columns(plan)
    return plan


def columns(plan: Plan) -> list[tuple[str, int, Print]]:
    """The columns of the CSV in the order asked for: name, place in the page's rows, how to print."""
    assert plan.shape is not None
    out: list[tuple[str, int, Print]] = []

    def walk(shape: Shape, before: str) -> None:
        for key, item in shape.items:
            if isinstance(item, Nested):
                walk(item.shape, f"{before}{key}.")
            elif isinstance(item, Plain):
                out.append((before + key, item.index, _printer(item)))
            else:
                raise ApiError("API_ERROR", "Selecting compound data not supported in Bulk Query")

    walk(plan.shape, "")
    return out


def _printer(item: Plain) -> Print:
    kind = item.kind
    if kind == "boolean":
        return lambda v: "" if v is None else "true" if v else "false"
    if kind == "datetime":
        return lambda v: "" if v is None else v[:-5] + "Z"
    if kind in NUMBER_TYPES:
        return lambda v: "" if v is None else repr(float(v))
    convert = item.convert
    if convert is not None:
        return lambda v: "" if v is None else str(convert(v))
    if kind in {"id", "reference", "date"}:
        return lambda v: v or ""
    return lambda v: "" if v is None else str(v).replace('"', '""')


def rows_of(call: Call, plan: Plan) -> array[int]:
    """The numbers of the rows that a query matches, in its order."""
    return array("q", (row[0] for row in call.org.store.con.execute(plan.find_sql, plan.find_args)))


def to_csv(call: Call, plan: Plan, rows: Sequence[int], delimiter: str = ",", ending: str = "\n") -> Result:
    """Read rows and write them down."""
    import json

    wanted = columns(plan)
    result = Result(line([name for name, _, _ in wanted], delimiter, ending).encode())
    between = f'"{delimiter}"'
    for start in range(0, len(rows), _CHUNK):
        page = json.dumps(list(rows[start : start + _CHUNK]))
        got = list(zip(*call.org.store.con.execute(plan.page_sql, (page,)), strict=True))
        if got:
            shown = [[show(v) for v in got[index]] for _, index, show in wanted]
            result.add([f'"{between.join(row)}"{ending}'.encode() for row in zip(*shown, strict=True)])
    return result


def to_records(call: Call, plan: Plan, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Read rows as JSON records, for Bulk 1.0 jobs of that content type."""
    run = executor(call)
    out: list[dict[str, Any]] = []
    for start in range(0, len(rows), _CHUNK):
        out += run.records(plan, rows[start : start + _CHUNK])
    return out


def locator(start: int) -> str:
    """The name of the page that begins at a row; opaque to clients."""
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def read_locator(text: str, rows: int) -> int:
    """The row at which a locator points, or a refusal."""
    try:
        start = int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        start = -1
    if not 0 <= start <= rows:
        raise ApiError("INVALID_QUERY_LOCATOR", "Invalid locator")
    return start
