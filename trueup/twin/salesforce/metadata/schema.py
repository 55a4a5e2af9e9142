"""The org's own schema: the standard objects plus what the world file declares.

The `salesforce:` section of the world gives custom_fields (by object), picklists and dependent_picklists
(`Object.Field`), lead_statuses, opportunity_stages, custom_objects and record_types; all optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..ids import make_id
from ..soql.calculated import formula_sql
from . import about, activity_views, dependent, person_accounts
from .custom import choice, custom_field, custom_object, history_object, history_of
from .model import Child, Choice, Field, SObject
from .parse import standard

DEFAULT_STAGES: tuple[tuple[str, int, str, bool, bool], ...] = (
    ("Prospecting", 10, "Pipeline", False, False),
    ("Qualification", 10, "Pipeline", False, False),
    ("Needs Analysis", 20, "Pipeline", False, False),
    ("Value Proposition", 50, "Pipeline", False, False),
    ("Id. Decision Makers", 60, "Pipeline", False, False),
    ("Perception Analysis", 70, "Pipeline", False, False),
    ("Proposal/Price Quote", 75, "Pipeline", False, False),
    ("Negotiation/Review", 90, "Forecast", False, False),
    ("Closed Won", 100, "Closed", True, True),
    ("Closed Lost", 0, "Omitted", True, False),
)
"""Name, probability, forecast category, closed, won. Names recorded, the rest [unverified; reference 11.2]."""

FORECAST_NAMES = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "BestCase": "Best Case",
    "MostLikely": "Most Likely",
    "Forecast": "Commit",
    "Closed": "Closed",
}

DEFAULT_LEAD_STATUSES: tuple[dict[str, Any], ...] = (
    {"value": "Open - Not Contacted", "default": True},
    {"value": "Working - Contacted"},
    {"value": "Closed - Converted", "converted": True},
    {"value": "Closed - Not Converted"},
)
TASK_STATUSES = (
    ("Not Started", False),
    ("In Progress", False),
    ("Completed", True),
    ("Waiting on someone else", False),
    ("Deferred", False),
)


_HANGING = (
    ("Attachment", "ParentId"),
    ("Note", "ParentId"),
    ("ContentDocumentLink", "LinkedEntityId"),
    ("ContentVersion", "FirstPublishLocationId"),
)


class Schema:
    """All object definitions of this org, with look-up by name, by key prefix and along relationships."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.objects = standard()
        self.stages = self._stages(settings.get("opportunity_stages") or settings.get("stages"))
        self.lead_statuses = [
            dict(s) if isinstance(s, Mapping) else {"value": str(s)}
            for s in settings.get("lead_statuses") or DEFAULT_LEAD_STATUSES
        ]
        for number, (name, given) in enumerate(dict(settings.get("custom_objects") or {}).items()):
            self.objects[name] = custom_object(name, given or {}, number)
            self.objects[history_of(name)] = history_object(self.objects[name], number)
        for name, fields in dict(settings.get("custom_fields") or {}).items():
            target = self.objects[name]
            target.fields.extend(custom_field(f) for f in fields or ())
            target.index()
        self._attachable()
        self.person_fields: dict[str, str] | None = None
        if settings.get("person_accounts"):
            self.person_fields = person_accounts.enable(
                self.objects["Account"], self.objects["Contact"], self.objects["Lead"]
            )
        self._picklists(settings.get("picklists") or {})
        self._statuses()
        dependent.declare(self.objects, settings.get("dependent_picklists") or {})
        types = {name: list(entries) for name, entries in dict(settings.get("record_types") or {}).items()}
        if self.person_fields is not None:
            person = {"name": "Person Account", "developer_name": person_accounts.RECORD_TYPE, "person": True}
            types.setdefault("Account", []).append(person)
        self._record_types(types)
        self._by_lower = {name.lower(): made for name, made in self.objects.items()}
        self._by_prefix: dict[str, list[SObject]] = {}
        for made in self.objects.values():
            self._by_prefix.setdefault(made.prefix, []).append(made)
        self._children()
        self._formulas()
        self.views = activity_views.objects(self.objects)
        self.about = about.objects()
        self._by_lower |= {name.lower(): made for name, made in (self.views | self.about).items()}
        for parent, links in activity_views.children().items():
            self.objects[parent].views = links

    def _attachable(self) -> None:
        """Notes, attachments and files hang on custom objects too."""
        own = tuple(name for name, made in self.objects.items() if made.custom)
        for name, link in _HANGING:
            found = self.objects[name].by_name[link.lower()]
            self.objects[name].replace_field(link, refers_to=(*found.refers_to, *own))

    def _formulas(self) -> None:
        """Read every formula once, so that a bad one is told when the org is made."""
        for made in self.objects.values():
            for found in made.fields:
                if found.formula is not None:
                    formula_sql(made, found, "t0", lambda _alias, link: ("t1", self.objects[link.refers_to[0]]))

    def get(self, name: str) -> SObject | None:
        """Find an object by name, whatever the case."""
        return self._by_lower.get(name.lower())

    def of_id(self, record_id: str) -> list[SObject]:
        """The objects whose records have ids like this (several share 01J and 017)."""
        return self._by_prefix.get(record_id[:3], [])

    def _stages(self, given: Iterable[Any] | None) -> list[dict[str, Any]]:
        if not given:
            return [
                {"value": n, "probability": p, "category": c, "closed": closed, "won": won}
                for n, p, c, closed, won in DEFAULT_STAGES
            ]
        known = {s[0]: s for s in DEFAULT_STAGES}
        out = []
        for entry in given:
            row = dict(entry) if isinstance(entry, Mapping) else {"value": str(entry)}
            row.setdefault("value", row.get("name", row.get("label")))
            base = known.get(row["value"], (row["value"], 0, "Pipeline", False, False))
            row.setdefault("probability", base[1])
            row.setdefault("closed", base[3])
            row.setdefault("won", base[4])
            row.setdefault("category", row.get("forecast_category", base[2]))
            out.append(row)
        return out

    def _picklists(self, given: Mapping[str, Any]) -> None:
        for key, values in given.items():
            if isinstance(values, Mapping):
                self._picklists({f"{key}.{name}": inner for name, inner in values.items()})
                continue
            sobject, _, field = str(key).partition(".")
            target = self.objects[sobject]
            found = target.get(field)
            if found is None:
                raise KeyError(f"picklists: {key} is not a field")
            target.replace_field(found.name, choices=tuple(choice(v) for v in values))

    def _statuses(self) -> None:
        leads = tuple(
            Choice(
                str(s.get("value", s.get("name", s.get("label")))),
                str(s.get("label", s.get("value", s.get("name")))),
                True,
                bool(s.get("default", False)),
            )
            for s in self.lead_statuses
        )
        self.objects["Lead"].replace_field("Status", choices=leads)
        stages = tuple(Choice(str(s["value"]), str(s["value"]), bool(s.get("active", True))) for s in self.stages)
        self.objects["Opportunity"].replace_field("StageName", choices=stages)
        self.objects["OpportunityHistory"].replace_field("StageName", choices=stages)
        for made in self.objects.values():
            for name in ("PhotoUrl",):
                if made.get(name):
                    made.replace_field(name, filterable=True)

    def _record_types(self, given: Mapping[str, Any]) -> None:
        number = 1
        for sobject, entries in given.items():
            target = self.objects[sobject]
            target.fields.append(
                Field(
                    "RecordTypeId",
                    "reference",
                    "Record Type ID",
                    createable=True,
                    updateable=True,
                    defaulted=True,
                    refers_to=("RecordType",),
                    relationship="RecordType",
                )
            )
            target.index()
            for entry in entries:
                row = {"name": str(entry)} if not isinstance(entry, Mapping) else dict(entry)
                row["id"] = make_id("012", number)
                row.setdefault("developer_name", str(row["name"]).replace(" ", "_"))
                target.record_types.append(row)
                number += 1

    def _children(self) -> None:
        for made in self.objects.values():
            for f in made.fields:
                for parent in f.refers_to:
                    target = self.objects.get(parent)
                    if target is not None and f.name not in {"CreatedById", "LastModifiedById", "OwnerId"}:
                        target.children.append(Child(made.name, f.name, f.child_name, f.cascade))
        for made in self.objects.values():
            made.children.sort(key=lambda c: (c.sobject, c.field))

    def lead_status(self, value: str) -> dict[str, Any] | None:
        """Find one lead status by its value, whatever the case."""
        return next(
            (s for s in self.lead_statuses if str(s.get("value", s.get("name", ""))).lower() == value.lower()), None
        )

    def stage(self, value: str | None) -> dict[str, Any] | None:
        """Find one opportunity stage by its value, whatever the case."""
        return next((s for s in self.stages if str(s["value"]).lower() == (value or "").lower()), None)
