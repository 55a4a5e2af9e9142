"""Owners: assignment rules that run on creates, and records that are not shared with the caller."""

from __future__ import annotations

from ..ids import canonical
from ..metadata.model import SObject
from ..org import Actor, Org
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
