"""merge(): the survivor's values win, the losers' children move, the losers go to the bin. [reference 10.1]"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from ..ids import canonical
from ..metadata.model import SObject
from ..org import Actor, Org
from ..rules import clean
from ..store import Row
from . import history, save
from .delete import bury

_NOT_MOVED = frozenset({"LeadHistory", "ContactHistory", "AccountHistory"})


@dataclass(frozen=True, slots=True)
class Merged:
    """What one merge did."""

    id: str
    merged_ids: list[str]
    updated_related: list[str]


def merge(org: Org, actor: Actor, sobject: str, master: Mapping[str, Any], losers: Sequence[str]) -> Merged:
    """Merge up to two losers into the survivor; `master` holds its Id and the values to set with it."""
    made = org.schema.get(sobject)
    if made is None or "mergeable" not in made.flags:
        raise ApiError("INVALID_TYPE_FOR_OPERATION", "entity type does not support merge", status=500)
    if not losers or len(losers) > 2:
        raise ApiError("INVALID_NUMBER_OF_RECORDS", "merge requires one or two records to merge", fields=[])
    save.require(org, actor, made, "update")
    save.require(org, actor, made, "delete")
    survivor = save.locate(org, actor, made, str(master.get("Id", master.get("id", ""))))
    rows = [save.locate(org, actor, made, one) for one in losers]
    ids = [str(r["Id"]) for r in rows]
    if survivor["Id"] in ids or len(set(ids)) < len(ids):
        raise ApiError("MERGE_FAILED", "a record cannot be merged with itself", fields=[])
    for row in (survivor, *rows):
        if row.get("IsConverted"):
            raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    _refuse_cycles(made, survivor, ids)
    given = clean(org, actor, made, {k: v for k, v in master.items() if k.lower() != "id"}, survivor)
    moved: list[str] = []
    for row in rows:
        moved += _merge_shadows(org, actor, made, row, survivor)
        moved += _move_children(org, actor, made, str(row["Id"]), str(survivor["Id"]))
        # children have moved, so nothing cascades; unique values of the loser are free before the survivor takes them
        bury(org, actor, made, org.store.get(made.name, str(row["Id"])) or row, "merge", MasterRecordId=survivor["Id"])
    now = org.store.get(made.name, str(survivor["Id"])) or survivor
    save.change(org, actor, made, now, given, checked=True)
    for loser in ids:
        history.note(org, actor, made, str(survivor["Id"]), f"{made.name.lower()}Merged", None, loser, "EntityId")
    return Merged(str(survivor["Id"]), ids, moved)


def _merge_shadows(org: Org, actor: Actor, made: SObject, loser: Row, survivor: Row) -> list[str]:
    """The contacts of two person accounts become one; a person does not merge with a business."""
    if bool(loser.get("IsPersonAccount")) != bool(survivor.get("IsPersonAccount")):
        raise ApiError("MERGE_FAILED", "a person account cannot be merged with a business account", fields=[])
    if made.name != "Account" or not loser.get("IsPersonAccount"):
        return []
    contacts = org.schema.objects["Contact"]
    kept, gone = str(survivor["PersonContactId"]), str(loser["PersonContactId"])
    moved = _move_children(org, actor, contacts, gone, kept)
    row = org.store.get("Contact", gone)
    if row is not None:
        bury(org, actor, contacts, row, "merge", MasterRecordId=kept)
    return moved


def _refuse_cycles(made: SObject, survivor: Row, losers: Sequence[str]) -> None:
    parent = {"Account": "ParentId", "Contact": "ReportsToId"}.get(made.name)
    if parent and survivor.get(parent) in losers:
        raise ApiError(
            "MERGE_FAILED",
            f"merge would make the {made.label.lower()} hierarchy cyclic: the survivor is a child of a loser",
            fields=[],
        )


def _move_children(org: Org, actor: Actor, made: SObject, loser: str, survivor: str) -> list[str]:
    moved: list[str] = []
    for child in made.children:
        target = org.schema.objects[child.sobject]
        link = target.get(child.field)
        if link is None or child.field in {"MasterRecordId", "LeadOrContactId"} or child.sobject in _NOT_MOVED:
            continue
        live = ' AND "IsDeleted" = 0' if target.get("IsDeleted") else ""
        for row in org.store.find(target.name, f'"{link.name}" = ?{live}', (loser,)):
            if target.name == "CampaignMember":
                moved += _move_member(org, actor, target, row, link.name, survivor)
            elif target.name == "OpportunityContactRole" and _has_role(org, row, survivor):
                bury(org, actor, target, row)
            elif row["Id"] != survivor:
                save.touch(org, target, row, {link.name: survivor})
                moved.append(str(row["Id"]))
    return moved


def _has_role(org: Org, row: Row, survivor: str) -> bool:
    where = '"OpportunityId" = ? AND "ContactId" = ? AND "IsDeleted" = 0'
    return bool(org.store.find("OpportunityContactRole", where, (row["OpportunityId"], survivor)))


def _move_member(org: Org, actor: Actor, target: SObject, row: Row, link: str, survivor: str) -> list[str]:
    """Campaign members are deleted and made anew; one membership stays where both belonged. [reference 10.1]"""
    bury(org, actor, target, row)
    where = f'"CampaignId" = ? AND "{link}" = ? AND "IsDeleted" = 0'
    if org.store.find("CampaignMember", where, (row["CampaignId"], survivor)):
        return []
    new: Row = {"CampaignId": row["CampaignId"], link: survivor, "Status": row["Status"]}
    return [save.insert(org, actor, target, new, checked=False)]


def by_ids(org: Org, actor: Actor, sobject: str, survivor: str, losers: Sequence[str]) -> None:
    """Merge as a person would in the interface, any number of losers, two at a time."""
    full = canonical(survivor) or survivor
    with org.store.transaction():
        for start in range(0, len(losers), 2):
            merge(org, actor, sobject, {"Id": full}, list(losers[start : start + 2]))
