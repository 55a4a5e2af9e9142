"""Deleting is soft: rows go to the recycle bin with what hangs on them, and can come back. [reference 5.4, 7]"""

from __future__ import annotations

from ..errors import ApiError, bad_reference
from ..ids import canonical
from ..metadata.custom import is_history
from ..metadata.model import SObject
from ..org import Actor, Org
from ..rules import check_unique
from ..store import Row
from . import activity, products, save

_HISTORIES = frozenset(
    {"LeadHistory", "ContactHistory", "AccountHistory", "OpportunityFieldHistory", "OpportunityHistory"}
)


def delete(org: Org, actor: Actor, made: SObject, record_id: str) -> str:
    """Delete one record and what cascades from it; returns its 18-character id."""
    save.require(org, actor, made, "delete")
    row = save.locate(org, actor, made, record_id)
    if made.name == "Account":
        _refuse_won(org, row)
    if made.name in {"Account", "Contact"}:
        _refuse_cases(org, made, row)
    products.refuse_delete(org, made, row)
    bury(org, actor, made, row)
    return str(row["Id"])


def _refuse_won(org: Org, row: Row) -> None:
    won = org.store.find("Opportunity", '"AccountId" = ? AND "IsDeleted" = 0 AND "IsWon" = 1', (row["Id"],))
    if won:
        names = ", ".join(str(o["Name"]) for o in won)
        raise ApiError(
            "DELETE_FAILED",
            f"Your attempt to delete {row['Name']} could not be completed because it is associated with the following "
            f"closed won opportunities.: {names}\n",
            fields=[],
        )


def _refuse_cases(org: Org, made: SObject, row: Row) -> None:
    cases = org.store.find("Case", f'"{made.name}Id" = ? AND "IsDeleted" = 0', (row["Id"],))
    if cases:
        numbers = ", ".join(str(c["CaseNumber"]) for c in cases)
        raise ApiError(
            "DELETE_FAILED",
            f"Your attempt to delete {row['Name']} could not be completed because it is associated with the following "
            f"cases.: {numbers}\n",
            fields=[],
        )


def bury(org: Org, actor: Actor, made: SObject, row: Row, action: str = "delete", **more: object) -> None:
    """Put one record and its cascading children into the bin; clear the other lookups that point at it."""
    if made.get("IsDeleted") is None:
        org.store.purge(made.name, row)
        return
    stamp = org.stamp()
    changes: Row = {"IsDeleted": 1, **more}
    for name, value in (("SystemModstamp", stamp), ("LastModifiedDate", stamp), ("LastModifiedById", actor.user_id)):
        if made.get(name):
            changes[name] = value
    org.store.update(made.name, row, changes, action)
    _tell(org, actor, made, row)
    for child in made.children:
        target = org.schema.objects[child.sobject]
        link = target.get(child.field)
        if (
            link is None
            or child.field == "MasterRecordId"
            or child.sobject in {"User", *_HISTORIES}
            or is_history(child.sobject)
        ):
            continue
        if target.get("IsDeleted") is None or not link.stored:
            continue
        for there in org.store.find(target.name, f'"{link.name}" = ? AND "IsDeleted" = 0', (row["Id"],)):
            if child.cascade and not _has_other_home(there, child.field):
                bury(org, actor, target, there)
            elif child.cascade and child.field in {"WhoId", "WhatId"}:
                save.touch(org, target, there, {link.name: None})


def _has_other_home(row: Row, field: str) -> bool:
    """An activity tied to a person and to a deal survives the loss of one of them."""
    if field == "WhoId":
        return bool(row.get("WhatId"))
    return field == "WhatId" and bool(row.get("WhoId"))


def undelete(org: Org, actor: Actor, record_id: str) -> str:
    """Bring one record back from the bin, with the children that went with it."""
    full = canonical(record_id)
    for made in org.schema.of_id(full or ""):
        row = org.store.get(made.name, str(full))
        if row is None:
            continue
        if not row.get("IsDeleted"):
            raise ApiError("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=[])
        when = row["SystemModstamp"] if made.get("SystemModstamp") else None
        _raise_up(org, actor, made, row, when)
        return str(full)
    raise bad_reference()


def _tell(org: Org, actor: Actor, made: SObject, row: Row) -> None:
    """Have other records follow that this one went or came back."""
    if made.name in {"Task", "Event"}:
        activity.moved(org, row)
    elif made.name == "OpportunityLineItem":
        products.lines_moved(org, actor, row)


def _raise_up(org: Org, actor: Actor, made: SObject, row: Row, when: object) -> None:
    check_unique(org, made, row, str(row["Id"]))
    stamp = org.stamp()
    changes: Row = {"IsDeleted": 0}
    if made.get("MasterRecordId"):
        changes["MasterRecordId"] = None
    for name, value in (("SystemModstamp", stamp), ("LastModifiedDate", stamp), ("LastModifiedById", actor.user_id)):
        if made.get(name):
            changes[name] = value
    org.store.update(made.name, row, changes, "undelete")
    _tell(org, actor, made, row)
    for child in made.children:
        target = org.schema.objects[child.sobject]
        if not child.cascade or target.get("IsDeleted") is None or target.get("SystemModstamp") is None:
            continue
        where = f'"{child.field}" = ? AND "IsDeleted" = 1 AND "SystemModstamp" = ?'
        for there in org.store.find(target.name, where, (row["Id"], when)):
            _raise_up(org, actor, target, there, when)


def purge(org: Org, made: SObject, row: Row) -> None:
    """Remove one record of the bin for good, with what went there together with it."""
    for child in made.children:
        target = org.schema.objects[child.sobject]
        if child.cascade and target.get("IsDeleted") is not None:
            for there in org.store.find(target.name, f'"{child.field}" = ? AND "IsDeleted" = 1', (row["Id"],)):
                purge(org, target, there)
    org.store.purge(made.name, row)


def empty_bin(org: Org) -> int:
    """Remove for good what has lain in the bin longer than the retention; returns how many rows went."""
    from datetime import timedelta

    from ..values import print_datetime

    edge = print_datetime(org.now() - timedelta(days=int(org.switches["bin_days"])))
    gone = 0
    for made in org.schema.objects.values():
        if made.get("IsDeleted") and made.get("SystemModstamp"):
            cursor = org.store.con.execute(
                f'DELETE FROM "{made.name}" WHERE "IsDeleted" = 1 AND "SystemModstamp" < ?', (edge,)
            )
            gone += cursor.rowcount
    return gone
