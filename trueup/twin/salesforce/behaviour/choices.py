"""Values that nobody configured: an unrestricted picklist takes them and lists them as inactive from then on.

[reference 5.2; doc api/field types, picklist]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..metadata.model import Choice, Field, SObject

if TYPE_CHECKING:  # the org holds these, and these know the org
    from ..org import Org

_KINDS = frozenset({"picklist", "multipicklist"})


class Choices:
    """The picklist values that came with records, kept with the state."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._known: dict[tuple[str, str], set[str]] = {}
        self._open: dict[str, tuple[str, ...]] = {}
        con = org.store.con
        con.execute("CREATE TABLE IF NOT EXISTS _choice (object TEXT, field TEXT, value TEXT)")
        for name, field, value in con.execute("SELECT object, field, value FROM _choice").fetchall():
            made = org.schema.objects.get(name)
            found = made.get(field) if made is not None else None
            if made is not None and found is not None:
                self._list(made, found, value)

    def met(self, made: SObject, values: Mapping[str, Any]) -> None:
        """Take note of the values that a record is saved with."""
        names = self._open.get(made.name)
        if names is None:
            names = tuple(f.name for f in made.stored_fields if f.type in _KINDS and f.choices and not f.restricted)
            self._open[made.name] = names
        for name in names:
            value = values.get(name)
            if isinstance(value, str) and value:
                self._each(made, made.by_name[name.lower()], value)

    def fill(self) -> None:
        """Take note of the values of loaded rows."""
        for made in self.org.schema.objects.values():
            for found in made.stored_fields:
                if found.type == "picklist" and found.choices and not found.restricted:
                    sql = f'SELECT DISTINCT "{found.name}" FROM "{made.name}" WHERE "{found.name}" IS NOT NULL'
                    for (value,) in self.org.store.con.execute(sql).fetchall():
                        self._each(made, found, value)

    def _each(self, made: SObject, found: Field, value: str) -> None:
        known = self._of(made, found)
        for part in value.split(";") if found.type == "multipicklist" else [value]:
            if part and part.lower() not in known:
                self.org.store.con.execute("INSERT INTO _choice VALUES (?, ?, ?)", (made.name, found.name, part))
                self._list(made, made.by_name[found.name.lower()], part)
                self.org.metadata_changed = self.org.now()

    def _of(self, made: SObject, found: Field) -> set[str]:
        return self._known.setdefault((made.name, found.name), {c.value.lower() for c in found.choices})

    def _list(self, made: SObject, found: Field, value: str) -> None:
        self._of(made, found).add(value.lower())
        made.replace_field(found.name, choices=(*found.choices, Choice(value, value, active=False)))
