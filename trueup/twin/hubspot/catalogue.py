"""The portal's own property definitions: what HubSpot ships, what the world adds, what callers change.

Calls are frequent and changes rare, so the whole catalogue is kept in memory and every change is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from trueup.twin.hubspot.definitions import Definition, Option, shipped
from trueup.twin.hubspot.lifecycle import stage_dates, stage_property, stages_of
from trueup.twin.hubspot.pipelines import Pipelines
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.types import Types

Json = dict[str, Any]

FIELD_TYPES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file", "calculation_equation"}),
    "number": frozenset({"number", "calculation_equation", "calculation_rollup", "calculation_score", "text"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "phone_number": frozenset({"phonenumber"}),
    "object_coordinates": frozenset({"text"}),
    "json": frozenset({"text"}),
}
"""Which field types go with which type (reference 9.1)."""

_DEFAULT_FIELD_TYPE = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "enumeration": "select",
    "date": "date",
    "datetime": "date",
}

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,99}$")

_SALESFORCE = {
    "contacts": (
        ("salesforcecontactid", "Salesforce Contact ID", "string", "text"),
        ("salesforceleadid", "Salesforce Lead ID", "string", "text"),
        ("salesforceaccountid", "Salesforce Account ID", "string", "text"),
        ("salesforceownerid", "Salesforce Owner ID", "string", "text"),
        ("salesforcecampaignids", "Salesforce Campaign IDs", "enumeration", "checkbox"),
        ("salesforceopportunitystage", "Salesforce Opportunity Stage", "string", "text"),
        ("salesforcedeleted", "Salesforce Deleted", "bool", "booleancheckbox"),
        ("salesforcelastsynctime", "Last Salesforce Sync Time", "datetime", "date"),
    ),
    "companies": (
        ("salesforceaccountid", "Salesforce Account ID", "string", "text"),
        ("salesforcedeleted", "Salesforce Deleted", "bool", "booleancheckbox"),
        ("salesforcelastsynctime", "Last Salesforce Sync Time", "datetime", "date"),
    ),
    "deals": (
        ("hs_salesforceopportunityid", "Salesforce Opportunity ID", "string", "text"),
        ("salesforcelastsynctime", "Last Salesforce Sync Time", "datetime", "date"),
    ),
}


def is_property_name(name: str) -> bool:
    """Whether a text may name a property: lower case, digits and underscores, beginning with a letter."""
    return bool(_NAME.match(name))


class Catalogue:
    """Definitions and groups of every type, the lifecycle stages, the pipelines."""

    def __init__(self, store: Store, types: Types, settings: Mapping[str, Any]) -> None:
        self._store = store
        self.lifecycle = stages_of(settings.get("lifecycle_stages") or ())
        self.pipelines = Pipelines(store, settings, self.lifecycle)
        self._by_type: dict[str, dict[str, Definition]] = {}
        self._groups: dict[str, dict[str, Json]] = {}
        self._sensitive: dict[str, dict[str, str]] = {}
        for object_type in types:
            self._by_type[object_type.name] = {d.name: d for d in shipped(object_type.name).definitions}
            self._groups[object_type.name] = {
                name: {"name": name, "label": label, "displayOrder": order, "archived": False}
                for order, (name, label) in enumerate(shipped(object_type.name).groups.items())
            }
            self._derive(object_type.name)
        if settings.get("salesforce_integration"):
            self.add_salesforce()
        for name, rows in dict(settings.get("properties") or {}).items():
            for row in rows:
                self._declare(name, row)
        for key, stored in store.kv_all("definition").items():
            object_name, _, name = key.partition("/")
            if object_name in self._by_type:
                self._by_type[object_name][name] = from_json(stored)
        for key, stored in store.kv_all("group").items():
            object_name, _, name = key.partition("/")
            self._groups.setdefault(object_name, {})[name] = stored

    def get(self, object_name: str, name: str) -> Definition | None:
        """A live definition, or None."""
        found = self._by_type[object_name].get(name)
        return found if found is not None and not found.archived else None

    def archived(self, object_name: str, name: str) -> Definition | None:
        """An archived definition, or None."""
        found = self._by_type[object_name].get(name)
        return found if found is not None and found.archived else None

    def all(self, object_name: str, *, archived: bool = False) -> list[Definition]:
        """All definitions of a type by name; the live ones, or the archived ones."""
        chosen = [d for d in self._by_type[object_name].values() if d.archived == archived]
        return sorted(chosen, key=lambda d: d.name)

    def known(self, object_name: str, names: Iterable[str]) -> list[str]:
        """Those of the names that exist, once each: an unknown one is left out in silence (reference 4)."""
        have = self._by_type[object_name]
        return sorted({name for name in names if name in have and not have[name].archived})

    def put(self, object_name: str, definition: Definition) -> None:
        """Adds or changes a definition."""
        self._sensitive.pop(object_name, None)
        self._by_type[object_name][definition.name] = definition
        self._store.kv_put("definition", f"{object_name}/{definition.name}", definition.to_json())

    def groups(self, object_name: str) -> dict[str, Json]:
        """The property groups of a type by name, archived ones too."""
        return self._groups.setdefault(object_name, {})

    def put_group(self, object_name: str, group: Json) -> None:
        """Adds or changes a group."""
        self.groups(object_name)[group["name"]] = group
        self._store.kv_put("group", f"{object_name}/{group['name']}", group)

    def know(self, object_name: str, group: str, label: str) -> None:
        """Gives a custom object what every type has, and the properties that were stored for it."""
        own = self._by_type.setdefault(object_name, {})
        own.update({d.name: d for d in shipped(object_name).definitions if d.name not in own})
        groups = self._groups.setdefault(object_name, {})
        groups.setdefault(
            group, {"name": group, "label": f"{label} information", "displayOrder": -1, "archived": False}
        )
        for key, stored in self._store.kv_all("definition").items():
            name, _, prop = key.partition("/")
            if name == object_name:
                own[prop] = from_json(stored)

    def unique_names(self, object_name: str) -> list[str]:
        """The properties whose value belongs to one record at most; a contact's e-mail is one in all but name."""
        names = [d.name for d in self._by_type[object_name].values() if d.unique and not d.archived]
        return ["email", *names] if object_name == "contacts" else names

    def sensitive(self, object_name: str) -> Mapping[str, str]:
        """The sensitive properties of a type with their level; most accounts have none."""
        found = self._sensitive.get(object_name)
        if found is None:
            own = self._by_type[object_name].values()
            found = {d.name: d.sensitivity for d in own if d.sensitivity != "non_sensitive" and not d.archived}
            self._sensitive[object_name] = found
        return found

    def stages_changed(self, object_name: str) -> None:
        """Makes the stage properties of a type again, after its pipelines changed."""
        self._derive(object_name)

    def _derive(self, object_name: str) -> None:
        own = self._by_type[object_name]
        if object_name in {"contacts", "companies"}:
            singular = "contact" if object_name == "contacts" else "company"
            group = f"{singular}lcs"
            self._groups[object_name].setdefault(
                group, {"name": group, "label": "Lifecycle stage properties", "displayOrder": -1, "archived": False}
            )
            old_group = f"{singular}information"
            own["lifecyclestage"] = stage_property(old_group, self.lifecycle)
            pairs = [(stage.value, stage.label) for stage in self.lifecycle]
            became = object_name == "contacts"
            own.update(
                (d.name, d) for d in stage_dates(group, old_group, pairs, "Lifecycle Stage Pipeline", became=became)
            )
            return
        stage_name = {"deals": "dealstage", "tickets": "hs_pipeline_stage", "leads": "hs_pipeline_stage"}
        if object_name not in stage_name:
            return
        options: list[Option] = []
        group = {"deals": "dealinformation", "tickets": "ticketinformation"}.get(object_name, "leadinformation")
        for pipeline in self.pipelines.all(object_name):
            pairs = [(stage["id"].replace("-", "_"), stage["label"]) for stage in pipeline["stages"]]
            own.update((d.name, d) for d in stage_dates(group, group, pairs, pipeline["label"], became=False))
            for stage in pipeline["stages"]:
                options.append(Option(stage["id"], stage["label"], len(options)))
        stage_definition = own[stage_name[object_name]]
        own[stage_definition.name] = replace(stage_definition, options=tuple(options))
        pipelines = [Option(p["id"], p["label"], n) for n, p in enumerate(self.pipelines.all(object_name))]
        pipeline_name = "pipeline" if object_name == "deals" else "hs_pipeline"
        own[pipeline_name] = replace(own[pipeline_name], options=tuple(pipelines))

    def _declare(self, object_name: str, row: Mapping[str, Any]) -> None:
        definition = from_json({"groupName": _home(object_name), "displayOrder": -1} | dict(row))
        self._by_type[object_name][definition.name] = definition
        if definition.group not in self._groups[object_name]:
            self._groups[object_name][definition.group] = {
                "name": definition.group,
                "label": definition.group.replace("_", " ").capitalize(),
                "displayOrder": -1,
                "archived": False,
            }

    def add_salesforce(self) -> None:
        """Adds the properties that the Salesforce integration brings, where they are missing."""
        for object_name, rows in _SALESFORCE.items():
            group = "salesforceinformation" if object_name == "contacts" else "salesforce_information"
            for name, label, kind, field_type in rows:
                if name in self._by_type[object_name]:
                    continue
                self._declare(
                    object_name,
                    {"name": name, "label": label, "type": kind, "fieldType": field_type, "groupName": group},
                )


def _home(object_name: str) -> str:
    groups = {"contacts": "contactinformation", "companies": "companyinformation", "deals": "dealinformation"}
    return groups.get(object_name, "objectinformation")


def from_json(row: Mapping[str, Any]) -> Definition:
    """A definition from its JSON form, as a caller, a world file or our own store writes it."""
    kind = str(row.get("type", "string"))
    meta = dict(row.get("modificationMetadata") or {})
    options = []
    for order, option in enumerate(row.get("options") or ()):
        if not isinstance(option, Mapping):
            option = {"value": option}
        value = str(option.get("value", ""))
        options.append(
            Option(
                value,
                str(option.get("label", value)),
                int(option.get("displayOrder", order)),
                bool(option.get("hidden", False)),
                str(option.get("description") or ""),
            )
        )
    if kind == "bool" and not options:
        options = [Option("true", "True", 0), Option("false", "False", 1)]
    shipped_at = "2024-01-15T09:00:00Z"
    return Definition(
        name=str(row["name"]),
        label=str(row.get("label") or row["name"]),
        type=kind,
        field_type=str(row.get("fieldType") or _DEFAULT_FIELD_TYPE.get(kind, "text")),
        group=str(row.get("groupName", "")),
        options=tuple(options),
        read_only=bool(meta.get("readOnlyValue", False)),
        read_only_definition=bool(meta.get("readOnlyDefinition", False)),
        calculated=bool(row.get("calculated", False)),
        external_options=bool(row.get("externalOptions", False)),
        unique=bool(row.get("hasUniqueValue", False)),
        hidden=bool(row.get("hidden", False)),
        form_field=bool(row.get("formField", False)),
        description=str(row.get("description") or ""),
        display_order=int(row.get("displayOrder", -1)),
        hubspot_defined=bool(row.get("hubspotDefined", False)),
        archived=bool(row.get("archived", False)),
        created_at=str(row.get("createdAt") or shipped_at),
        updated_at=str(row.get("updatedAt") or shipped_at),
        referenced=str(row.get("referencedObjectType") or ""),
        sensitivity=str(row.get("dataSensitivity") or "non_sensitive"),
        categories=tuple(str(c) for c in row.get("sensitiveDataCategories") or ()),
        formula=str(row.get("calculationFormula") or ""),
    )
