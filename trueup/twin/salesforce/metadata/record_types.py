"""Record types as describe prints them, and which one a record has that was given none. [reference 1.1]"""

from __future__ import annotations

from typing import Any

from ..ids import MASTER_RECORD_TYPE
from .model import SObject


def default_record_type(made: SObject, *, person: bool = False) -> str:
    """The record type of a record that was given none: the default, else Master; persons have their own kind."""
    fitting = [r for r in made.record_types if bool(r.get("person", False)) is person]
    chosen = next((r for r in fitting if r.get("default")), fitting[0] if person and fitting else None)
    return MASTER_RECORD_TYPE if chosen is None else str(chosen["id"])


def record_type_infos(made: SObject, version: str) -> list[dict[str, Any]]:
    """Print recordTypeInfos: the declared ones, then Master."""
    rows = [
        {
            "name": r["name"],
            "developerName": r["developer_name"],
            "recordTypeId": r["id"],
            "master": False,
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": bool(r.get("default", False)),
        }
        for r in made.record_types
    ]
    if "layoutable" in made.flags:
        rows.append(
            {
                "name": "Master",
                "developerName": "Master",
                "recordTypeId": MASTER_RECORD_TYPE,
                "master": True,
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": not any(r["defaultRecordTypeMapping"] for r in rows),
            }
        )
    return [
        {
            "active": r["active"],
            "available": r["available"],
            "defaultRecordTypeMapping": r["defaultRecordTypeMapping"],
            "developerName": r["developerName"],
            "master": r["master"],
            "name": r["name"],
            "recordTypeId": r["recordTypeId"],
            "urls": {"layout": f"/services/data/v{version}/sobjects/{made.name}/describe/layouts/{r['recordTypeId']}"},
        }
        for r in rows
    ]
