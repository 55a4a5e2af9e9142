"""Roll-up summaries: kept true by every write below, moving SystemModstamp and not LastModifiedDate. [reference 1.2]

Campaigns have theirs from the start; the world file declares others on any object.
"""

from __future__ import annotations

from typing import Any

from ..metadata.model import Field, Rollup, SObject
from ..org import Org
from ..store import Row

_ANY = object()
"""Stands for whatever value there is: the field is not empty."""
_LEADS = ("CampaignMember", "CampaignId", "COUNT", None)
_DEALS = ("Opportunity", "CampaignId")
STANDARD: dict[str, dict[str, Rollup]] = {
    "Campaign": {
        "NumberOfLeads": Rollup(*_LEADS, (("Type", "Lead"),)),
        "NumberOfConvertedLeads": Rollup(*_LEADS, (("LeadId", _ANY), ("Type", "Contact"))),
        "NumberOfContacts": Rollup(*_LEADS, (("Type", "Contact"),)),
        "NumberOfResponses": Rollup(*_LEADS, (("HasResponded", 1),)),
        "NumberOfOpportunities": Rollup(*_DEALS, "COUNT"),
        "NumberOfWonOpportunities": Rollup(*_DEALS, "COUNT", None, (("IsWon", 1),)),
        "AmountAllOpportunities": Rollup(*_DEALS, "SUM", "Amount"),
        "AmountWonOpportunities": Rollup(*_DEALS, "SUM", "Amount", (("IsWon", 1),)),
    }
}


def starting(made: SObject) -> Row:
    """The roll-ups of a record that nothing is tied to yet: a count and a sum begin with nought."""
    own = STANDARD.get(made.name, {})
    rules = {f.name: (f, rule) for f in made.fields if (rule := f.rollup or own.get(f.name)) is not None}
    return {
        name: 0 if f.type == "int" else 0.0 for name, (f, rule) in rules.items() if rule.function in {"COUNT", "SUM"}
    }


class Rollups:
    """All roll-ups of the org, by the object that they are rolled up from."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.by_child: dict[str, list[tuple[SObject, Field, Rollup]]] = {}
        for made in org.schema.objects.values():
            for found in made.fields:
                rule = found.rollup or STANDARD.get(made.name, {}).get(found.name)
                if rule is not None:
                    self._check(made, found, rule)
                    self.by_child.setdefault(rule.sobject, []).append((made, found, rule))

    def _check(self, made: SObject, found: Field, rule: Rollup) -> None:
        child = self.org.schema.objects.get(rule.sobject)
        names = [rule.link, *([rule.field] if rule.field else []), *(name for name, _ in rule.where)]
        missing = [n for n in names if child is None or child.get(n) is None or not child.by_name[n.lower()].stored]
        if child is None or missing or made.name not in child.by_name[rule.link.lower()].refers_to:
            what = f"no fields {', '.join(missing)}" if child is not None else "no such object"
            raise KeyError(f"custom_fields: the rollup of {made.name}.{found.name} from {rule.sobject}: {what}")

    def moved(self, sobject: str, before: Row | None, after: Row | None) -> None:
        """A row was written: bring its parents up to date, the old one and the new."""
        for made, found, rule in self.by_child.get(sobject, ()):
            watched = [rule.link, "IsDeleted", *([rule.field] if rule.field else []), *(n for n, _ in rule.where)]
            if before is not None and after is not None and all(before.get(n) == after.get(n) for n in watched):
                continue
            for parent_id in sorted({str(r[rule.link]) for r in (before, after) if r is not None and r.get(rule.link)}):
                row = self.org.store.get(made.name, parent_id)
                value = self._value(found, rule, "?1", (parent_id,))
                if row is not None and row.get(found.name) != value:
                    changes: Row = {found.name: value}
                    if made.get("SystemModstamp"):
                        changes["SystemModstamp"] = self.org.stamp()
                    self.org.store.update(made.name, row, changes)

    def _value(self, found: Field, rule: Rollup, parent: str, args: tuple[Any, ...]) -> Any:
        return self.org.store.con.execute(f"SELECT {self._sql(found, rule, parent)}", args).fetchone()[0]

    def _sql(self, found: Field, rule: Rollup, parent: str) -> str:
        """The sub-select that works a roll-up out for a parent."""
        child = self.org.schema.objects[rule.sobject]
        parts = [f'c."{rule.link}" = {parent}']
        if child.get("IsDeleted"):
            parts.append('c."IsDeleted" = 0')
        parts += [f'c."{name}" IS {"NOT NULL" if value is _ANY else _spelled(value)}' for name, value in rule.where]
        function = "count(*)" if rule.function == "COUNT" else f'{rule.function.lower()}(c."{rule.field}")'
        if rule.function in {"SUM", "COUNT"}:
            function = f"IFNULL({function}, 0)"
        if found.type == "int":
            function = f"CAST({function} AS INTEGER)"
        return f'(SELECT {function} FROM "{child.name}" c WHERE {" AND ".join(parts)})'

    def settle(self) -> None:
        """Work all of them out for loaded rows, without moving a stamp."""
        for rules in self.by_child.values():
            for made, found, rule in rules:
                sql = self._sql(found, rule, f'"{made.name}"."Id"')
                self.org.store.con.execute(f'UPDATE "{made.name}" SET "{found.name}" = {sql}')


def _spelled(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
