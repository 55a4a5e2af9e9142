"""Records and pages of a query as the partner API writes them."""

from __future__ import annotations

from typing import Any

from .envelope import NIL

Result = list[tuple[str, Any]]


def page(answer: dict[str, Any]) -> Result:
    """A QueryResult."""
    locator = str(answer.get("nextRecordsUrl", "")).rpartition("/")[2]
    rows: Result = [("done", bool(answer["done"])), ("queryLocator", locator or NIL)]
    rows += [('records xsi:type="sf:sObject"', sobject(r)) for r in answer["records"]]
    return [*rows, ("size", answer["totalSize"])]


def sobject(row: dict[str, Any]) -> Result:
    """One record."""
    kind = row["attributes"]["type"]
    url = str(row["attributes"].get("url", ""))
    out: Result = [("sf:type", kind), ("sf:Id", row.get("Id") or url.rpartition("/")[2] or NIL)]
    for name, value in row.items():
        if name in {"attributes", "Id"}:
            continue
        if isinstance(value, dict) and "records" in value:
            out.append((f'sf:{name} xsi:type="QueryResult"', page(value)))
        elif isinstance(value, dict) and "attributes" in value:
            out.append((f'sf:{name} xsi:type="sf:sObject"', sobject(value)))
        elif isinstance(value, dict):
            out.append((f"sf:{name}", [(k, NIL if v is None else v) for k, v in value.items()]))
        else:
            shown = value.replace("+0000", "Z") if isinstance(value, str) and value.endswith(".000+0000") else value
            out.append((f"sf:{name}", NIL if shown is None else shown))
    return out
