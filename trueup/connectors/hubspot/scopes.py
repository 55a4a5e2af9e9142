"""The least scopes that the connector needs, and which of them are missing (reference 3.2).

An OAuth token says what it may do. The token of a private app or service key does not: reading is tried with the
smallest request of each kind, and what writing needs can only be named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trueup.connectors.hubspot import search
from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.types import ACTIVITIES
from trueup.connectors.kit.base import Permissions
from trueup.errors import PermissionDeniedError, RefusedError

_WITH_SCHEMA = ("contacts", "companies", "deals")

READ: Mapping[str, tuple[str, ...]] = {
    "owners": ("crm.objects.owners.read",),
    **{name: (f"crm.objects.{name}.read", f"crm.schemas.{name}.read") for name in _WITH_SCHEMA},
    **dict.fromkeys(ACTIVITIES, ("crm.objects.contacts.read",)),
    "emails": ("crm.objects.contacts.read", "sales-email-read"),
}
"""Object → the scopes that reading it needs."""

WRITE: Mapping[str, tuple[str, ...]] = {
    **{name: (f"crm.objects.{name}.write",) for name in _WITH_SCHEMA},
    **dict.fromkeys(ACTIVITIES, ("crm.objects.contacts.write",)),
}
"""Object → the scopes that writing it needs."""


def examine(client: Client, objects: Sequence[str], *, writing: bool) -> Permissions:
    """What is needed for these objects, what of it is missing, and what could not be tried."""
    reads = _of(READ, objects)
    writes = tuple(s for s in _of(WRITE, objects) if s not in reads) if writing else ()
    granted = client.granted()
    if granted is not None:
        return Permissions((*reads, *writes), tuple(s for s in (*reads, *writes) if s not in granted))
    lacking: list[str] = []
    for object_ in objects:
        try:
            if object_ == "owners":
                client.get("/crm/v3/owners/", {"limit": 1})
            else:
                search.total(client, object_)
        except PermissionDeniedError as error:
            named = [s for s in READ[object_] if s in error.hint] or [READ[object_][-1]]
            lacking += [s for s in named if s not in lacking]
        except RefusedError:
            continue  # not a matter of scopes; the pull says what it is
    return Permissions((*reads, *writes), tuple(lacking), untried=writes)


def _of(table: Mapping[str, tuple[str, ...]], objects: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({scope for name in objects for scope in table.get(name, ())}))
