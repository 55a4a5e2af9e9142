"""Which scopes each family of calls needs, of which the caller must hold one."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.twin.hubspot.http import Call, Needs
from trueup.twin.hubspot.types import ObjectType

_SCHEMAS = {"contacts", "companies", "deals"}


def fixed(*names: str) -> Needs:
    """The same scopes whatever the path names."""
    return lambda _call: names


def read(call: Call) -> Sequence[str]:
    """To read the records of the path's type."""
    return _objects(call, "read")


def write(call: Call) -> Sequence[str]:
    """To write them."""
    return _objects(call, "write")


def _objects(call: Call, verb: str) -> Sequence[str]:
    return _of(call.object_type, verb)


def _of(object_type: ObjectType, verb: str) -> Sequence[str]:
    scope = object_type.scope
    if scope == "tickets":
        return ("tickets",)
    if scope == "sales-email":
        return ("sales-email-read", "crm.objects.contacts.read") if verb == "read" else ("crm.objects.contacts.write",)
    return (f"{scope}.{verb}",)


def schema_read(call: Call) -> Sequence[str]:
    """To read definitions: the schema's scope or the records' own."""
    return of_schema(call.object_type)


def of_schema(object_type: ObjectType) -> Sequence[str]:
    """The same of a type that the path does not name in the usual place."""
    name = object_type.name
    if name in _SCHEMAS:
        return (f"crm.schemas.{name}.read", f"crm.objects.{name}.read")
    return _of(object_type, "read")


def schema_write(call: Call) -> Sequence[str]:
    """To change definitions."""
    name = call.object_type.name
    return (f"crm.schemas.{name}.write",) if name in _SCHEMAS else write(call)


def from_read(call: Call) -> Sequence[str]:
    """To read associations from the path's first type."""
    return read(call)


def from_write(call: Call) -> Sequence[str]:
    """To write associations from the path's first type."""
    return write(call)


owners_read = fixed("crm.objects.owners.read")
"""To read owners."""
custom_read = fixed("crm.schemas.custom.read")
"""To read custom schemas."""
