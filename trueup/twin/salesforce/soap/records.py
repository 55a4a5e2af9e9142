"""Records and pages of a query as the partner and the enterprise API write them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..rest.call import Call
from .envelope import NIL, is_nil, local, xsi_type

Result = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Style:
    """How a dialect writes records: partner gives every record one type and a type element, enterprise its own type."""

    enterprise: bool = False

    def typed(self, name: str, kind: str) -> str:
        """An element's name with the xsi:type of a record."""
        return f'{name} xsi:type="sf:{kind if self.enterprise else "sObject"}"'

    def page(self, answer: dict[str, Any]) -> Result:
        """A QueryResult."""
        locator = str(answer.get("nextRecordsUrl", "")).rpartition("/")[2]
        rows: Result = [("done", bool(answer["done"])), ("queryLocator", locator or NIL)]
        rows += [(self.typed("records", r["attributes"]["type"]), self.sobject(r)) for r in answer["records"]]
        return [*rows, ("size", answer["totalSize"])]

    def sobject(self, row: dict[str, Any], record_id: str | None = None) -> Result:
        """One record. In partner the Id stands first, nil when it was not asked for, and again among the fields."""
        out: Result = []
        if not self.enterprise:
            out = [("sf:type", row["attributes"]["type"]), ("sf:Id", row.get("Id") or record_id or NIL)]
        for name, value in row.items():
            if name == "attributes":
                continue
            if isinstance(value, dict) and "records" in value:
                out.append((f'sf:{name} xsi:type="QueryResult"', self.page(value)))
            elif isinstance(value, dict) and "attributes" in value:
                out.append((self.typed(f"sf:{name}", value["attributes"]["type"]), self.sobject(value)))
            elif isinstance(value, dict):
                out.append((f"sf:{name}", [(k, NIL if v is None else v) for k, v in value.items()]))
            else:
                shown = value.replace("+0000", "Z") if isinstance(value, str) and value.endswith(".000+0000") else value
                out.append((f"sf:{name}", NIL if shown is None else shown))
        return out


def record(element: ET.Element) -> tuple[str, dict[str, Any]]:
    """Read an sObject element: its type and its values; `fieldsToNull` become None."""
    kind = xsi_type(element) or ""
    values: dict[str, Any] = {}
    for child in element:
        name = local(child)
        if name == "type" and not len(child):
            kind = (child.text or "").strip() or kind
        elif name == "fieldsToNull":
            values[(child.text or "").strip()] = None
        elif len(child):
            inner_type, inner = record(child)
            del inner_type
            values[name] = inner
        elif is_nil(child):
            values.setdefault(name, None)
        else:
            values[name] = (child.text or "").strip()
    if "sObject" in kind:
        kind = ""
    return kind, values


def object_of(call: Call, name: str) -> SObject:
    """The object that a call names; an unknown one is a fault of the whole call."""
    made = call.access.sobject(name)
    if made is None:
        text = (
            f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append "
            "the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate "
            "names."
        )
        raise ApiError("INVALID_TYPE", text, status=500)
    return made
