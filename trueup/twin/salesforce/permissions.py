"""What each user may see and do: the org's permission switches, and what a user's own entry says instead.

The switch `users` maps a user name (or id) to switches of that user alone:
`{"reader@acme.example": {"hidden_fields": {"Lead": ["Email"]}, "only_own": ["Opportunity"], "read_only_user": true}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .ids import canonical
from .metadata.model import SObject

if TYPE_CHECKING:  # the org knows its users, and these know the org
    from .org import Actor, Org

OF_A_USER = frozenset(
    {
        "hidden_objects",
        "hidden_fields",
        "read_only_fields",
        "read_only_user",
        "no_create",
        "no_update",
        "no_delete",
        "private_to_owners",
        "read_only_owners",
        "only_own",
    }
)
"""The switches that can be set for one user."""


_ABOUT = frozenset({"EntityDefinition", "FieldDefinition", "RecentlyViewed"})


def _quoted(names: Iterable[object]) -> str:
    return ", ".join("'" + str(name).replace("'", "''") + "'" for name in names)


class Permissions:
    """One actor's permissions. People in the CRM (control's edits) have them all."""

    def __init__(self, org: Org, actor: Actor) -> None:
        self.actor = actor
        self._switches = org.switches
        self._own: Mapping[str, Any] = {}
        users = org.switches["users"]
        if users and actor.limited:
            name = str((org.user(actor.user_id) or {}).get("Username", "")).lower()
            for key, own in users.items():
                if str(key).lower() == name or canonical(str(key)) == actor.user_id:
                    self._own = own

    def __getitem__(self, name: str) -> Any:
        """A permission switch as it is for this actor; an unlimited one has the empty value."""
        value = self._own.get(name, self._switches[name])
        return value if self.actor.limited else type(value)()

    def may(self, verb: str, made: SObject) -> bool:
        """Whether the object can be created, updated or deleted."""
        return not (self["read_only_user"] or made.name in self[f"no_{verb}"])

    def locked_fields(self, made: SObject) -> set[str]:
        """Fields that can be seen and not written, in small letters."""
        return {str(f).lower() for f in self["read_only_fields"].get(made.name, ())}

    def _owners(self, name: str, made: SObject) -> list[str]:
        given = self[name].get(made.name) or ()
        return sorted({full for i in given if (full := canonical(str(i)))})

    def shared_sql(self, made: SObject, alias: str) -> str:
        """The SQL that leaves out records which are not shared with the user; empty when all are."""
        if made.name in _ABOUT:
            return self._told_sql(made.name, alias)
        if made.get("OwnerId") is None:
            return ""
        if made.name in self["only_own"]:
            return f"{alias}.\"OwnerId\" = '{self.actor.user_id}'"
        owners = ", ".join(f"'{i}'" for i in self._owners("private_to_owners", made))
        return f'{alias}."OwnerId" NOT IN ({owners})' if owners else ""

    def _told_sql(self, name: str, alias: str) -> str:
        """Of what an org tells of itself, a user sees its own looks, and the objects and fields that it may read."""
        if name == "RecentlyViewed":
            return f"{alias}.\"_user\" = '{self.actor.user_id}'"
        entity = "QualifiedApiName" if name == "EntityDefinition" else "EntityDefinitionId"
        parts = [f'{alias}."{entity}" NOT IN ({_quoted(self["hidden_objects"])})']
        if name == "FieldDefinition":
            hidden = [f"{made}.{field}" for made, fields in self["hidden_fields"].items() for field in fields]
            parts.append(f'{alias}."DurableId" NOT IN ({_quoted(hidden)})')
        return " AND ".join(parts)

    def hides(self, made: SObject, row: Mapping[str, Any]) -> bool:
        """Whether sharing keeps a record from the user: not seen, which is not the same as deleted."""
        if made.get("OwnerId") is None:
            return False
        if made.name in self["only_own"]:
            return row.get("OwnerId") != self.actor.user_id
        return row.get("OwnerId") in self._owners("private_to_owners", made)

    def freezes(self, made: SObject, row: Mapping[str, Any]) -> bool:
        """Whether a record is shared with the user to read only."""
        return row.get("OwnerId") in self._owners("read_only_owners", made)
