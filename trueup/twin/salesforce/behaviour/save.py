"""Create, update, delete of single records: rules, then what the org does by itself, then the rows.

Each runs inside the caller's transaction and either happens whole or raises an ApiError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError, bad_reference, deleted, no_access
from ..ids import canonical
from ..metadata.model import SObject
from ..metadata.record_types import default_record_type
from ..org import Actor, Org, UserAccess
from ..permissions import Permissions
from ..rules import (
    check_lock,
    check_lookup_filters,
    check_references,
    check_required,
    check_unique,
    check_validation_rules,
    clean,
)
from ..store import Row
from . import derive, duplicates, emails, history, owners, persons, rollups, triggers
from .numbering import next_number


def require(org: Org, actor: Actor, made: SObject, verb: str) -> None:
    """Refuse a verb that the object or the user does not allow. Verbs: create, update, delete."""
    flag = {"create": "createable", "update": "updateable", "delete": "deletable"}[verb]
    if flag not in made.flags:
        raise ApiError(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type {made.name} does not support {'insert' if verb == 'create' else verb}",
            fields=[],
        )
    if not Permissions(org, actor).may(verb, made):
        raise no_access()


def create(org: Org, actor: Actor, made: SObject, values: Mapping[str, Any]) -> str:
    """Insert one record and return its id."""
    require(org, actor, made, "create")
    check_lock(org, actor, None)
    if actor.limited and org.switches["storage_full"]:
        raise ApiError("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", fields=[])
    given = clean(org, actor, made, values, None)
    return insert(org, actor, made, given)


def insert(org: Org, actor: Actor, made: SObject, given: Row, *, checked: bool = True) -> str:
    """Insert one record from stored values: defaults, derived fields, checks, audit stamps, history."""
    new: Row = {**rollups.starting(made), **given}
    for f in made.stored_fields:
        if new.get(f.name) is None:
            default = f.default_choice() if f.choices else f.default
            if default is not None:
                new[f.name] = int(default) if isinstance(default, bool) else default
            elif f.name in {"OwnerId", "AuthorId"}:
                new[f.name] = actor.user_id
            elif f.auto_number:
                new[f.name] = _auto_number(org, made, f.name)
    stamped = triggers.before(org, actor, made, None, new)
    new |= stamped
    given = {**given, **stamped}
    persons.before(org, actor, made, None, new, given)
    if made.record_types and new.get("RecordTypeId") is None:
        new["RecordTypeId"] = default_record_type(made, person=bool(new.get("IsPersonAccount")))
    derive.before(org, made, None, new, given)
    if checked:
        owners.assign(org, actor, made, new)
        check_required(made, new, given, creating=True)
        check_references(org, made, given)
        if new.get("OwnerId") not in {None, actor.user_id}:
            owners.check_new(org, made, str(new["OwnerId"]))
        check_lookup_filters(org, made, given)
        check_unique(org, made, new, None)
        check_validation_rules(org, made, new)
        duplicates.check(org, actor, made, new, None)
    new["Id"] = org.store.next_id(made)
    stamp = org.stamp()
    for name, value in (
        ("CreatedDate", stamp),
        ("LastModifiedDate", stamp),
        ("SystemModstamp", stamp),
        ("CreatedById", actor.user_id),
        ("LastModifiedById", actor.user_id),
    ):
        if made.get(name):
            new[name] = value
    if made.custom and new.get("Name") is None:
        new["Name"] = new["Id"]
    org.store.insert(made, new)
    org.choices.met(made, new)
    history.created(org, actor, made, new)
    derive.after(org, actor, made, None, new)
    persons.after(org, actor, made, new)
    emails.after(org, actor, made, None, new)
    return str(new["Id"])


def _auto_number(org: Org, made: SObject, name: str) -> str:
    return f"{made.name[0].upper()}-{next_number(org, f'{made.name}.{name}'):05d}"


def locate(org: Org, actor: Actor, made: SObject, record_id: str) -> Row:
    """Find a live record to write to, or raise what the API answers for unknown, deleted and mistyped ids."""
    full = canonical(record_id)
    if full is None:
        raise ApiError("MALFORMED_ID", f"{made.label} ID: id value of incorrect type: {record_id}", fields=["Id"])
    if UserAccess(org, actor).sobject(made.name) is None:
        raise bad_reference()
    if not full.startswith(made.prefix):
        raise ApiError("MALFORMED_ID", f"{made.label} ID: id value of incorrect type: {record_id}", fields=["Id"])
    row = org.store.get(made.name, full)
    if row is None or owners.hidden(org, actor, made, row):
        raise bad_reference()
    if row.get("IsDeleted"):
        raise deleted()
    if Permissions(org, actor).freezes(made, row):
        raise no_access()
    return row


def update(org: Org, actor: Actor, made: SObject, record_id: str, values: Mapping[str, Any]) -> None:
    """Change one record."""
    require(org, actor, made, "update")
    old = locate(org, actor, made, record_id)
    check_lock(org, actor, str(old["Id"]))
    given = clean(org, actor, made, values, old)
    change(org, actor, made, old, given)


def change(org: Org, actor: Actor, made: SObject, old: Row, given: Row, *, checked: bool = True) -> Row:
    """Change one record to stored values: derived fields, checks, audit stamps, history."""
    if checked and made.name == "Lead" and old.get("IsConverted"):
        raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    new = {**old, **given}
    stamped = triggers.before(org, actor, made, old, new)
    new |= stamped
    given = {**given, **stamped}
    persons.before(org, actor, made, old, new, given)
    emails.before(made, old, given)
    derive.before(org, made, old, new, given)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if checked:
        check_required(made, new, given, creating=False)
        check_references(org, made, {n: v for n, v in given.items() if old.get(n) != v})
        if changed.get("OwnerId"):
            owners.check_new(org, made, str(changed["OwnerId"]))
        check_lookup_filters(org, made, changed)
        check_unique(org, made, changed, str(old["Id"]))
        check_validation_rules(org, made, new)
        if changed:
            duplicates.check(org, actor, made, new, old)
    if not changed and not org.switches["noop_update_moves_stamp"]:
        return old
    stamp = org.stamp()
    for name, value in (("LastModifiedDate", stamp), ("SystemModstamp", stamp), ("LastModifiedById", actor.user_id)):
        if made.get(name):
            changed[name] = value
    after = org.store.update(made.name, old, changed)
    org.choices.met(made, changed)
    history.changed(org, actor, made, old, after)
    derive.after(org, actor, made, old, after)
    persons.after(org, actor, made, after)
    return after


def touch(org: Org, made: SObject, old: Row, changes: Row, action: str = "update") -> Row:
    """Change a record as the system does: SystemModstamp moves, LastModifiedDate does not. [reference 1.2]"""
    if made.get("SystemModstamp"):
        changes = {**changes, "SystemModstamp": org.stamp()}
    return org.store.update(made.name, old, changes, action)
