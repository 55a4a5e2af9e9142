"""History rows: OpportunityHistory always, field histories for tracked fields. [reference 11.2]"""

from __future__ import annotations

from typing import Any

from ..metadata.custom import history_of
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row

_STAGE_FIELDS = ("StageName", "Amount", "Probability", "CloseDate", "ForecastCategory", "ExpectedRevenue")
_TABLES = {
    "Lead": ("LeadHistory", "LeadId"),
    "Contact": ("ContactHistory", "ContactId"),
    "Account": ("AccountHistory", "AccountId"),
    "Opportunity": ("OpportunityFieldHistory", "OpportunityId"),
}
_DATA_TYPES = {
    "reference": "EntityId",
    "date": "DateOnly",
    "datetime": "DateTime",
    "currency": "Currency",
    "double": "Double",
    "percent": "Percent",
    "boolean": "Boolean",
    "int": "Number",
}


def created(org: Org, actor: Actor, made: SObject, new: Row) -> None:
    """A record came to be: the first OpportunityHistory row, and the `created` row of the field history."""
    if made.name == "Opportunity":
        _stage_row(org, actor, new, None)
    if org.switches["history_tracking"].get(made.name):
        note(org, actor, made, str(new["Id"]), "created", None, None, "Text")


def changed(org: Org, actor: Actor, made: SObject, old: Row, new: Row) -> None:
    """A record changed: one row per tracked field (two for a lookup: ids and names)."""
    if made.name == "Opportunity" and any(old.get(f) != new.get(f) for f in _STAGE_FIELDS):
        _stage_row(org, actor, new, old)
    for name in org.switches["history_tracking"].get(made.name, ()):
        found = made.get(name)
        if found is None or old.get(found.name) == new.get(found.name):
            continue
        before, after = old.get(found.name), new.get(found.name)
        if found.type == "reference":
            label = found.relationship or found.name
            note(org, actor, made, str(new["Id"]), label, _named(org, before), _named(org, after), "Text")
            note(org, actor, made, str(new["Id"]), label, before, after, "EntityId")
        else:
            kind = _DATA_TYPES.get(found.type, "Text")
            note(org, actor, made, str(new["Id"]), found.name, before, after, kind)


def note(org: Org, actor: Actor, made: SObject, record_id: str, field: str, before: Any, after: Any, kind: str) -> None:
    """Write one field-history row."""
    table = _TABLES.get(made.name)
    if table is None and made.custom:
        table = (history_of(made.name), "ParentId")
    if table is None or table[0] not in org.schema.objects:
        return
    target = org.schema.objects[table[0]]
    org.store.insert(
        target,
        {
            "Id": org.store.next_id(target),
            table[1]: record_id,
            "Field": field,
            "OldValue": _text(before),
            "NewValue": _text(after),
            "DataType": kind,
            "CreatedById": actor.user_id,
            "CreatedDate": org.stamp(),
        },
    )


def _text(value: Any) -> Any:
    return None if value is None else str(value)


def _named(org: Org, record_id: Any) -> Any:
    for made in org.schema.of_id(record_id or ""):
        row = org.store.get(made.name, record_id)
        title = made.name_of()
        if row is not None and title is not None:
            return row.get(title.name)
    return record_id


def _stage_row(org: Org, actor: Actor, new: Row, old: Row | None) -> None:
    target = org.schema.objects["OpportunityHistory"]
    org.store.insert(
        target,
        {
            "Id": org.store.next_id(target),
            "OpportunityId": new["Id"],
            "CreatedById": actor.user_id,
            "CreatedDate": org.stamp(),
            "SystemModstamp": org.stamp(),
            **{f: new.get(f) for f in _STAGE_FIELDS},
            "PrevAmount": (old or {}).get("Amount"),
            "PrevCloseDate": (old or {}).get("CloseDate"),
            "PrevForecastUpdate": (old or {}).get("ForecastCategory"),
        },
    )
