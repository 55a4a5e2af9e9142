"""What an org's own automation does before a save: fields stamped, values filled, by the switch `triggers`.

    {"Lead": [{"on": ["create", "update"], "changed": "Status", "when": {"LeadSource": "Web"},
               "set": {"Status_Changed__c": "{now}", "Last_Touched_By__c": "{user}", "Old_Status__c": "{old.Status}"}}]}

`{now}`, `{today}` and `{user}` stand for the moment, the day and who saves; `{Field}` and `{old.Field}` for values.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row
from ..values import reader

_HOLE = re.compile(r"^\{(old\.)?(\w+)\}$")


def before(org: Org, actor: Actor, made: SObject, old: Row | None, new: Row) -> Row:
    """The values that the triggers of an object set on a record that is about to be saved."""
    out: Row = {}
    for rule in org.switches["triggers"].get(made.name, ()):
        if ("create" if old is None else "update") not in rule.get("on", ("create", "update")):
            continue
        watched = rule.get("changed")
        if watched and old is not None and old.get(watched) == new.get(watched):
            continue
        if any(new.get(name) != value for name, value in (rule.get("when") or {}).items()):
            continue
        if rule.get("refuse"):
            raise ApiError("CANNOT_EXECUTE_FLOW_TRIGGER", str(rule["refuse"]), fields=[])
        for name, value in (rule.get("set") or {}).items():
            found = made.get(name)
            if found is None or not found.stored:
                raise ApiError("APEX_ERROR", f"a trigger sets {made.name}.{name}, which is no field", fields=[])
            plain = _filled(org, actor, old, new, value)
            out[found.name] = None if plain is None else reader(found.type)(plain)
    return out


def _filled(org: Org, actor: Actor, old: Row | None, new: Row, value: Any) -> Any:
    found = _HOLE.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    if found[1]:
        return (old or {}).get(found[2])
    if found[2] in {"now", "today", "user"}:
        return {"now": org.stamp(), "today": org.today(), "user": actor.user_id}[found[2]]
    return new.get(found[2])
