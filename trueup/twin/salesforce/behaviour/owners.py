"""Owners: assignment rules that run on creates, and records that are not shared with the caller."""

from __future__ import annotations

from ..errors import ApiError, bad_reference
from ..ids import canonical
from ..metadata.model import SObject
from ..org import Actor, Org, UserAccess
from ..permissions import Permissions
from ..store import Row

_ASSIGNED = frozenset({"Lead", "Account", "Case"})


def assign(org: Org, actor: Actor, made: SObject, new: Row) -> None:
    """Run the assignment rules, as creates through the API do unless `Sforce-Auto-Assign: FALSE`. [reference 5.7]"""
    if made.name not in _ASSIGNED or not actor.limited:
        return
    if actor.options.get("sforce-auto-assign", "TRUE").strip().upper() == "FALSE":
        return
    for rule in org.switches["assignment_rules"].get(made.name, ()):
        if "field" not in rule or new.get(rule["field"]) == rule.get("equals"):
            new["OwnerId"] = canonical(str(rule["owner"])) or str(rule["owner"])
            return


def hidden(org: Org, actor: Actor, made: SObject, row: Row) -> bool:
    """Whether sharing keeps a record from the caller: not seen, which is not the same as deleted."""
    return Permissions(org, actor).hides(made, row)


def check_new(org: Org, made: SObject, owner_id: str) -> None:
    """Refuse an owner who is not there, is inactive, cannot read the object, or is a queue of other objects."""
    link = made.get("OwnerId")
    if link is None or "User" not in link.refers_to or not owner_id.startswith(("005", "00G")):
        return
    there = org.exists(link.refers_to, owner_id)
    if there is None:
        raise bad_reference(400)
    target, row = there
    if target.name == "Group":
        objects = org.switches["queue_objects"].get(owner_id) or org.switches["queue_objects"].get(owner_id[:15])
        if objects is not None and made.name not in objects:
            raise ApiError("INVALID_OPERATION", "Queue not associated with this SObject type", fields=[])
        return
    if not row["IsActive"]:
        text = f"operation performed with inactive user [{owner_id[:15]}] as owner of {made.label.lower()}"
        raise ApiError("INACTIVE_OWNER_OR_USER", text, fields=[])
    if UserAccess(org, Actor(owner_id)).sobject(made.name) is None:
        raise ApiError("TRANSFER_REQUIRES_READ", "The new owner must have read permission", fields=[])
