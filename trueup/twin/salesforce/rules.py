"""What a write must satisfy: known and writable fields, types, lengths, syntax, picklists, references, uniqueness.

Messages use field labels, `fields` the API names. [reference 12; doc api/core-data-types]
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from .errors import ApiError, Unreadable, bad_reference, no_column
from .ids import MASTER_RECORD_TYPE, canonical
from .metadata.model import Field, SObject
from .org import Actor, Org, UserAccess
from .store import Row
from .text import one_of
from .values import is_email, reader

_ALWAYS_NULLABLE = frozenset({"boolean"})


def clean(org: Org, actor: Actor, made: SObject, given: Mapping[str, Any], existing: Row | None) -> Row:
    """Turn the body of a write into stored values; raises the refusals that the real service gives, in its order."""
    access = UserAccess(org, actor)
    locked = access.allowed.locked_fields(made)
    out: Row = {}
    read_only: list[str] = []
    for key, value in given.items():
        if key in {"attributes", "type"}:
            continue
        found = access.field(made, key)
        if found is None:
            if isinstance(value, Mapping):
                name, resolved = _parent_by_external_id(org, access, made, key, value)
                out[name] = resolved
                continue
            raise no_column(key, made.name)
        if isinstance(value, Mapping) and found.type == "reference":
            raise no_column(key, made.name)
        if found.name == "Id":
            if existing is None:
                raise ApiError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
            continue
        writable = found.createable if existing is None else found.updateable
        if not writable or found.name.lower() in locked:
            read_only.append(found.name)
            continue
        out[found.name] = _value(found, value, actor.options.get("allow-field-truncation") == "true")
    if read_only:
        raise ApiError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(read_only)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set.",
            fields=read_only,
        )
    return out


def _value(found: Field, value: Any, truncate: bool = False) -> Any:
    if value is None or (value == "" and found.type not in {"boolean", "base64"}):
        if found.type == "boolean":
            return 0
        return None
    if found.type == "reference":
        return _reference_form(found, value)
    try:
        stored = reader(found.type)(value)
    except Unreadable as exc:
        exc.field = found.name
        raise
    if truncate and isinstance(stored, str) and found.length and found.type in _TRUNCATED:
        stored = stored[: found.length].rstrip() or None
    return _fits(found, stored)


_TRUNCATED = frozenset({"string", "textarea", "phone", "email", "combobox", "encryptedstring"})
"""What AllowFieldTruncationHeader cuts to its length. [doc api/allowfieldtruncationheader]"""


def _fits(found: Field, stored: Any) -> Any:
    if isinstance(stored, str):
        if found.length and len(stored) > found.length and found.type != "anyType":
            raise ApiError(
                "STRING_TOO_LONG",
                f"{found.label}: data value too large: {stored} (max length={found.length})",
                fields=[found.name],
            )
        if found.type == "email" and not is_email(stored):
            raise ApiError(
                "INVALID_EMAIL_ADDRESS", f"{found.label}: invalid email address: {stored}", fields=[found.name]
            )
        if found.type in {"picklist", "multipicklist"}:
            return _choice(found, stored)
    if isinstance(stored, float) and found.precision and abs(stored) >= 10 ** (found.precision - found.scale):
        raise ApiError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{found.label}: value outside of valid range on numeric field: {stored}",
            fields=[found.name],
        )
    if isinstance(stored, float) and found.precision:
        return round(stored, found.scale)
    if isinstance(stored, int) and found.type == "int" and abs(stored) > 2_147_483_647:
        raise ApiError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{found.label}: value outside of valid range on numeric field: {stored}",
            fields=[found.name],
        )
    return stored


def _choice(found: Field, stored: str) -> str:
    """Match picklist values without case; an unknown one passes unless the list is restricted. [reference 5.2]"""
    known = {c.value.lower(): c.value for c in found.choices}
    parts = stored.split(";") if found.type == "multipicklist" else [stored]
    out = []
    for part in parts:
        match = known.get(part.lower())
        if match is None and found.restricted:
            raise ApiError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{found.label}: bad value for restricted picklist field: {part}",
                fields=[found.name],
            )
        out.append(match or part)
    return ";".join(out)


def _reference_form(found: Field, value: Any) -> str:
    full = canonical(value) if isinstance(value, str) else None
    if full is None:
        raise ApiError("MALFORMED_ID", f"{found.label}: id value of incorrect type: {value}", fields=[found.name])
    return full


def _parent_by_external_id(
    org: Org, access: UserAccess, made: SObject, key: str, value: Mapping[str, Any]
) -> tuple[str, str | None]:
    """Resolve `"Account": {"Ext__c": "A-1"}` to the parent's id. [reference 5.5]"""
    link = made.by_relationship.get(key.lower())
    names = [k for k in value if k not in {"attributes", "type"}]
    if link is None or len(names) != 1:
        raise no_column(key, made.name)
    wanted = (value.get("attributes") or {}).get("type")
    for name in link.refers_to:
        if wanted and name.lower() != str(wanted).lower():
            continue
        target = access.sobject(name)
        found = access.field(target, names[0]) if target else None
        if target is None or found is None or not (found.external_id or found.id_lookup):
            continue
        rows = matching(org, target, found, value[names[0]])
        if len(rows) == 1:
            return link.name, str(rows[0]["Id"])
        if not rows:
            raise ApiError(
                "INVALID_FIELD",
                f"Foreign key external ID: {str(value[names[0]]).lower()} not found for field {found.name} in entity "
                f"{target.name}",
                fields=[],
            )
        raise ApiError(
            "DUPLICATE_EXTERNAL_ID", f"Foreign key external ID matches several {target.name} records", fields=[]
        )
    raise ApiError("INVALID_FIELD", not_external(names[0], str(wanted or link.refers_to[0])), fields=[])


def not_external(field: str, sobject: str) -> str:
    """What is said when a field cannot address records. [quoted from live orgs in public code]"""
    return f"Field name provided, {field} does not match an External ID, Salesforce Id, or indexed field for {sobject}"


def matching(org: Org, made: SObject, found: Field, value: Any) -> list[Row]:
    """The live records whose external id (or idLookup field) has a value."""
    if value is None or value == "":
        return []
    if found.type == "id":
        full = canonical(str(value))
        row = org.store.get(made.name, full) if full else None
        return [row] if row is not None and not row.get("IsDeleted") else []
    live = ' AND "IsDeleted" = 0' if made.get("IsDeleted") else ""
    return org.store.find(made.name, *_same_value(found, reader(found.type)(value), live))


def _same_value(found: Field, stored: Any, live: str) -> tuple[str, list[Any]]:
    """The condition that a field holds a value, without case where the field has none."""
    if isinstance(stored, str):
        sql, args = one_of(f'"{found.name}"', [stored], exact=not found.caseless)
        return sql + live, list(args)
    return f'"{found.name}" = ?{live}', [stored]


def check_required(made: SObject, new: Row, given: Row, *, creating: bool) -> None:
    """Refuse empty required fields, all in one error."""
    missing = [
        f.name
        for f in made.fields
        if (f.required if creating else (not f.nillable and f.updateable and f.type != "boolean" and f.name in given))
        and new.get(f.name) is None
    ]
    if missing:
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=missing)


def check_references(org: Org, made: SObject, values: Row) -> None:
    """Refuse lookups to the wrong type, to nothing, or into the recycle bin."""
    for name, value in values.items():
        found = made.get(name)
        if found is None or found.type != "reference" or value is None or not found.refers_to:
            continue
        if found.name == "RecordTypeId" and value == MASTER_RECORD_TYPE:
            continue
        allowed = [org.schema.objects[n] for n in found.refers_to if n in org.schema.objects]
        if not any(value.startswith(target.prefix) for target in allowed):
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION", f"{found.label}: id value of incorrect type: {value}", fields=[found.name]
            )
        there = org.exists(found.refers_to, value)
        if there is None:
            raise bad_reference(400)
        if there[1].get("IsDeleted"):
            raise ApiError("ENTITY_IS_DELETED", "entity is deleted", fields=[])


def check_unique(org: Org, made: SObject, values: Row, own_id: str | None) -> None:
    """Refuse a second record with the same unique value. [reference 12, DUPLICATE_VALUE]"""
    for name, value in values.items():
        found = made.get(name)
        if found is None or not found.unique or value is None:
            continue
        live = ' AND "IsDeleted" = 0' if made.get("IsDeleted") else ""
        for row in org.store.find(made.name, *_same_value(found, value, live)):
            if row["Id"] != own_id:
                raise ApiError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {name} duplicates value on record with id: {row['Id'][:15]}",
                    fields=[],
                )


_OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def check_validation_rules(org: Org, made: SObject, new: Row) -> None:
    """Refuse what a configured validation rule forbids: the rule names the forbidden state and its own text."""
    for rule in org.switches["validation_rules"].get(made.name, ()):
        value = new.get(rule["field"])
        kind = rule.get("operator", "blank")
        wrong = value is None if kind == "blank" else value is not None and _OPERATORS[kind](value, rule["value"])
        if wrong and all(new.get(k) == v for k, v in (rule.get("when") or {}).items()):
            where = [rule["field"]] if rule.get("on_field", True) else []
            raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", str(rule["message"]), fields=where)


def check_lookup_filters(org: Org, made: SObject, changed: Row) -> None:
    """Refuse a lookup whose target fails the configured filter, with the filter's own text. [reference 12]"""
    for rule in org.switches["lookup_filters"].get(made.name, ()):
        found = made.get(rule["field"])
        target = changed.get(rule["field"])
        if found is None or target is None:
            continue
        there = org.exists(found.refers_to, str(target))
        if there is not None and there[1].get(rule["parent_field"]) != rule["equals"]:
            text = str(rule.get("message", "Value does not exist or does not match filter criteria."))
            raise ApiError("FIELD_FILTER_VALIDATION_EXCEPTION", text, fields=[found.name])


def check_lock(org: Org, actor: Actor, record_id: str | None) -> None:
    """Say that somebody else holds the row, for the rows and as often as the switches say. [reference 12]"""
    if not actor.limited:
        return
    locked = record_id is not None and record_id[:15] in {str(i)[:15] for i in org.switches["locked_records"]}
    every = int(org.switches["lock_every"])
    if every:
        org.writes += 1
        locked = locked or org.writes % every == 0
    if locked:
        shown = record_id or "unknown"
        text = f"unable to obtain exclusive access to this record or 1 records: {shown}"
        raise ApiError("UNABLE_TO_LOCK_ROW", text, fields=[])
