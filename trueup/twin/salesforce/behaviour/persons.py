"""What keeps a person account and its contact one: names, the shadow contact, and who may write what."""

from __future__ import annotations

from ..errors import ApiError
from ..metadata.model import SObject
from ..metadata.person_accounts import SHARED
from ..org import Actor, Org
from ..store import Row, full_name


def before(org: Org, actor: Actor, made: SObject, old: Row | None, new: Row, given: Row) -> None:
    """Before a save: tell persons from businesses, and keep the contact closed to direct writes."""
    if org.schema.person_fields is None:
        return
    if made.name == "Contact" and old is not None and old.get("IsPersonAccount") and actor.options is not SHADOW:
        raise ApiError(
            "INVALID_FIELD_FOR_INSERT_UPDATE", "The contact of a person account cannot be edited: edit the account.",
            fields=[],
        )  # fmt: skip
    if made.name != "Account":
        return
    person = bool(old["IsPersonAccount"]) if old is not None else bool(new.get("LastName"))
    new["IsPersonAccount"] = int(person)
    if not person:
        wrong = [name for name in org.schema.person_fields if new.get(name) not in {None, 0}]
        if wrong:
            raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", f"business account cannot use {wrong[0]}", fields=wrong)
        return
    if not new.get("LastName"):
        raise ApiError("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", fields=["LastName"])
    if given.get("Name") is not None:  # composed, as a contact's is
        text = "Account: bad field names on insert/update call: Name"
        raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", text, fields=["Name"])
    if new.get("ParentId"):
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION", "a person account cannot have a parent account", fields=["ParentId"]
        )
    new["Name"] = full_name(new.get("FirstName"), new.get("LastName"))


SHADOW = {"shadow": "true"}
"""The options of the org's own write to the contact of a person account."""


def after(org: Org, actor: Actor, made: SObject, new: Row) -> None:
    """After a save of a person account: make its contact, or bring it up to date."""
    if org.schema.person_fields is None or made.name != "Account" or not new.get("IsPersonAccount"):
        return
    from . import save

    contacts = org.schema.objects["Contact"]
    values: Row = {source: new.get(name) for name, source in org.schema.person_fields.items()}
    values |= {there: new.get(name) for name, there in SHARED.items()}
    own = Actor(actor.user_id, limited=False, options=SHADOW)
    if new.get("PersonContactId"):
        row = org.store.get("Contact", str(new["PersonContactId"]))
        changed = {k: v for k, v in values.items() if row is not None and row.get(k) != v}
        if row is not None and changed:
            save.change(org, own, contacts, row, changed, checked=False)
        return
    values |= {"AccountId": new["Id"], "IsPersonAccount": 1}
    contact_id = save.insert(org, own, contacts, values, checked=False)
    org.store.update("Account", new, {"PersonContactId": contact_id})
    new["PersonContactId"] = contact_id
