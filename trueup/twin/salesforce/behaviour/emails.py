"""E-mail messages: each makes a task of its own, and is closed to edits once it is no draft. [reference 11.1]"""

from __future__ import annotations

from ..errors import ApiError
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row

_DRAFT = "5"
_ALWAYS = frozenset({"Status", "ActivityId", "RelatedToId"})


def before(made: SObject, old: Row | None, given: Row) -> None:
    """Refuse to change a message that was sent or received."""
    if made.name != "EmailMessage" or old is None or old.get("Status") == _DRAFT:
        return
    closed = sorted(name for name, value in given.items() if name not in _ALWAYS and old.get(name) != value)
    if closed:
        raise ApiError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(closed)}. Only drafts of e-mail messages can be edited.",
            fields=closed,
        )


def after(org: Org, actor: Actor, made: SObject, old: Row | None, new: Row) -> None:
    """Make the task of a new message; tell it of the person whom a relation names."""
    from . import save

    tasks = org.schema.objects["Task"]
    if made.name == "EmailMessage" and old is None and not new.get("ActivityId"):
        moment = str(new.get("MessageDate") or org.stamp())
        values: Row = {
            "Subject": f"Email: {new.get('Subject') or ''}"[:255].strip(),
            "Status": "Completed",
            "TaskSubtype": "Email",
            "ActivityDate": moment[:10],
            "WhatId": new.get("RelatedToId"),
            "Description": (new.get("TextBody") or "")[:32000] or None,
        }
        task = save.insert(org, actor, tasks, values, checked=False)
        org.store.update("EmailMessage", new, {"ActivityId": task})
        new["ActivityId"] = task
    if made.name == "EmailMessageRelation" and old is None and str(new.get("RelationId") or "")[:3] in {"003", "00Q"}:
        message = org.store.get("EmailMessage", str(new["EmailMessageId"])) or {}
        row = org.store.get("Task", str(message.get("ActivityId") or ""))
        if row is not None and not row.get("WhoId"):
            lead = str(new["RelationId"]).startswith("00Q")
            link: Row = {"WhoId": new["RelationId"], **({"WhatId": None} if lead else {})}
            save.change(org, actor, tasks, row, link, checked=False)
