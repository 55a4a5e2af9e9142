"""Sensitive properties: which scope each wants, and the refusal for a caller who has none of them (reference 3.2).

The definitions may be read with the ordinary scopes; to make or change them, and to read or write the values, takes
`*.sensitive.*` or `*.highly_sensitive.*` scopes of the object (HubSpot's guide "Access and manage Sensitive Data"). A
request that names such a property without them is refused whole (airbytehq/airbyte#74032). The calls of before v3 never
refuse: they leave such values out, in both directions. Search and webhooks know nothing of the highly sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trueup.twin.hubspot.auth import Auth, Grant
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.errors import ApiError, missing_scopes
from trueup.twin.hubspot.types import ObjectType

PLAIN = "non_sensitive"
LEVELS = (PLAIN, "sensitive", "highly_sensitive")

_WITH_SCOPES = {"contacts", "companies", "deals"}


def scopes_of(object_type: ObjectType, level: str, verb: str) -> tuple[str, ...]:
    """The scopes of which one opens a level: the names of today, then those of before 2025, good for either."""
    if object_type.name == "tickets":
        return (f"tickets.{level}.v2", f"tickets.{level}")
    name = object_type.name if object_type.name in _WITH_SCOPES else "custom"
    return (f"crm.objects.{name}.{level}.{verb}.v2", f"crm.objects.{name}.{level}.{verb}")


def level_of(body: Mapping[str, Any]) -> str:
    """How sensitive a definition says it is; 400 for a word that is none of the three."""
    level = str(body.get("dataSensitivity") or PLAIN)
    if level not in LEVELS:
        raise ApiError(400, f"Invalid dataSensitivity: {level}", context={"dataSensitivity": [level]})
    return level


class Sensitivity:
    """The sensitive properties of one portal, and who may touch them."""

    def __init__(self, catalogue: Catalogue, auth: Auth, portal_id: int) -> None:
        self._catalogue = catalogue
        self._auth = auth
        self._portal_id = portal_id

    def refuse(self, grant: Grant | None, object_type: ObjectType, names: Iterable[str], verb: str) -> None:
        """403 naming the scopes when one of the properties is not for this caller; `verb` is read or write."""
        marked = self._catalogue.sensitive(object_type.name)
        if marked:
            for level in sorted({marked[name] for name in names if name in marked}):
                self.refuse_level(grant, object_type, level, verb)

    def refuse_level(self, grant: Grant | None, object_type: ObjectType, level: str, verb: str) -> None:
        """The same for a level as such."""
        if level != PLAIN and not self._may(grant, scopes_of(object_type, level, verb)):
            needed = scopes_of(object_type, level, verb)[:1]
            raise missing_scopes("objects", needed, object_type.singular, self._portal_id)

    def refuse_high(self, object_type: ObjectType, names: Iterable[str], what: str) -> None:
        """400 for what is never available for highly sensitive properties (the words are unverified)."""
        marked = self._catalogue.sensitive(object_type.name)
        high = sorted({name for name in names if marked.get(name) == LEVELS[2]})
        if high:
            raise ApiError(400, f"{what} cannot be used with highly sensitive properties: {', '.join(high)}",
                           context={"propertyName": high})  # fmt: skip

    def refuse_old_search(self, object_type: ObjectType, names: Iterable[str]) -> None:
        """403 for a search of before v3 that asks for sensitive values (the words are unverified)."""
        if not self._catalogue.sensitive(object_type.name).keys().isdisjoint(names):
            raise ApiError(403, "Sensitive properties are supported by version 3 of the search API or later.")

    def watch(self, grant: Grant | None, object_type: ObjectType, name: str) -> None:
        """Refuses a webhook on a property that may not be watched: only four types' merely sensitive ones may."""
        if object_type.name not in {*_WITH_SCOPES, "tickets"}:
            if name in self._catalogue.sensitive(object_type.name):
                raise ApiError(400, f"Webhooks cannot be used with sensitive properties of {object_type.internal}")
            return
        self.refuse_high(object_type, [name], "Webhooks")
        self.refuse(grant, object_type, [name], "read")

    def _may(self, grant: Grant | None, needed: Sequence[str]) -> bool:
        return grant is not None and self._auth.has(grant, needed)

    def visible(self, object_type: ObjectType, names: Iterable[str]) -> list[str]:
        """The names that are not sensitive: what the calls of before v3 show and take."""
        marked = self._catalogue.sensitive(object_type.name)
        return [name for name in names if name not in marked]
