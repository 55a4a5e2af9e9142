"""Doing a SOAP call's work for each of its elements: each alone, or all or none, 200 at most. [reference 10, 12]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ApiError, Unreadable
from ..rest.call import Call
from .duplicates import duplicate_result
from .records import Style

Result = list[tuple[str, Any]]
ALL_OR_NONE = "allornone"
"""The header of a call that says to undo everything when one element fails."""
_ROLLED_BACK = ApiError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    fields=[],
)


class BadValue(Exception):
    """A value that its field's XML type does not know: the call as a whole cannot be read."""


class _RollBack(Exception):
    """Leaves the transaction without its changes."""


def errors(exc: ApiError) -> Result:
    """The `errors` elements of a failed result."""
    rows: Result = []
    for item in exc.as_items():
        found = exc.extra.get("duplicateResut") if not rows else None
        inner: Result = [] if found is None else [("duplicateResult", duplicate_result(found, Style()))]
        inner += [("fields", name) for name in item["fields"]]
        inner += [("message", item["message"]), ("statusCode", item["statusCode"])]
        rows.append(("errors", inner))
    return rows


def refuse_many(elements: Sequence[Any], most: int = 200) -> None:
    """A call with too many elements is a fault."""
    if len(elements) > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise ApiError("EXCEEDED_ID_LIMIT", text, status=500)


def each(
    call: Call, elements: list[ET.Element], work: Callable[[ET.Element], Result], failed: Result, most: int = 200
) -> Result:
    """Do the work per element, each its own transaction; AllOrNoneHeader makes them one."""
    refuse_many(elements, most)
    out: list[Result] = []
    bad: list[bool] = []
    try:
        with call.org.store.transaction():
            for element in elements:
                try:
                    with call.org.store.transaction():
                        out.append(work(element))
                    bad.append(False)
                except Unreadable as exc:
                    raise BadValue(exc.as_xml) from None
                except ApiError as exc:
                    if exc.status == 500:
                        raise
                    out.append([*errors(exc), *failed])
                    bad.append(True)
            if any(bad) and call.headers.get(ALL_OR_NONE) == "true":
                raise _RollBack
    except _RollBack:
        out = [kept if wrong else [*errors(_ROLLED_BACK), *failed] for kept, wrong in zip(out, bad, strict=True)]
    return [("result", one) for one in out]
