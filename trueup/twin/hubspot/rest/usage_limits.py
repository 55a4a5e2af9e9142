"""How full the account is: records, properties, pipelines, custom objects against what it may have.

Paths and names are those of HubSpot's reference "CRM limits tracking" (v3, and the same under dated paths). Which
figure an account has depends on what it bought: those here are guesses [U], and `account_limits` replaces them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

FIGURES: Mapping[str, int | Mapping[str, int]] = {
    "records": 15_000_000,
    "custom_records": 500_000,
    "custom_properties": 1_000,
    "custom_properties_overall": 10_000,
    "calculated_properties": {"free": 0, "starter": 0, "professional": 25, "enterprise": 200},
    "pipelines": {"free": 1, "starter": 2, "professional": 15, "enterprise": 100},
    "custom_pipelines": 100,
    "custom_object_types": 10,
}
"""What an account may have of each, by plan where plans differ; an add-on is taken for Enterprise."""


def limit_of(call: Call, name: str) -> int:
    """A figure of this account: the switch's, else its plan's."""
    switches = call.portal.switches
    found = switches["account_limits"].get(name, FIGURES[name])
    if not isinstance(found, Mapping):
        return int(found)
    return int(found.get(str(switches["plan"]), found["enterprise"]))


def names_of(object_type: ObjectType) -> Json:
    """A type as every answer names it."""
    name = object_type.singular.replace("_", " ").capitalize()
    plural = object_type.name.replace("_", " ").capitalize()
    return {"objectTypeId": object_type.type_id, "singularLabel": name, "pluralLabel": plural}


def used(usage: int, most: int) -> Json:
    """A usage beside its limit."""
    return {"limit": most, "usage": usage, "percentage": share(usage, most)}


def share(usage: int, most: int) -> float:
    """Per cent of a limit that are used."""
    return round(100 * usage / most, 3) if most else 0.0


def _overall(usage: int, most: int) -> Json:
    return {"overallLimit": most, "overallUsage": usage, "overallPercentage": share(usage, most)}


def _custom(object_type: ObjectType) -> bool:
    return object_type.type_id.startswith("2-")


def _by_kind(counts: Iterable[tuple[ObjectType, int]], most: int, custom: int) -> Json:
    """HubSpot's own types each with a limit, the custom ones with one limit together."""
    listed = list(counts)
    own = [(t, n) for t, n in listed if _custom(t)]
    together = {"byObjectType": [names_of(t) | {"usage": n} for t, n in own]}
    return {
        "hubspotDefinedObjectTypes": [names_of(t) | used(n, most) for t, n in listed if not _custom(t)],
        "customObjectTypes": together | _overall(sum(n for _, n in own), custom),
    }


def records(call: Call) -> Reply:
    """`GET /crm/v3/limits/records`."""
    counts = [(t, call.portal.store.count(t)) for t in call.portal.types]
    return Reply(200, _by_kind(counts, limit_of(call, "records"), limit_of(call, "custom_records")))


def properties(call: Call) -> Reply:
    """`GET /crm/v3/limits/custom-properties`."""
    known, most = call.portal.catalogue, limit_of(call, "custom_properties")
    counts = [(t, sum(not d.hubspot_defined for d in known.all(t.name))) for t in call.portal.types]
    rows = [names_of(t) | used(n, most) for t, n in counts]
    overall = _overall(sum(n for _, n in counts), limit_of(call, "custom_properties_overall"))
    return Reply(200, {"byObjectType": rows} | overall)


def calculated(call: Call) -> Reply:
    """`GET /crm/v3/limits/calculated-properties`: those that the account made itself, one limit for all types."""
    known = call.portal.catalogue
    counts = [(t, sum(d.calculated and not d.hubspot_defined for d in known.all(t.name))) for t in call.portal.types]
    rows = [names_of(t) | {"usage": n} for t, n in counts if n]
    overall = _overall(sum(n for _, n in counts), limit_of(call, "calculated_properties"))
    return Reply(200, {"byObjectType": rows} | overall)


def pipelines(call: Call) -> Reply:
    """`GET /crm/v3/limits/pipelines`."""
    found = call.portal.catalogue.pipelines
    about = [t for t in call.portal.types if t.name in {"deals", "tickets", "leads"} or _custom(t)]
    counts = [(t, len(found.all(t.name))) for t in about]
    return Reply(200, _by_kind(counts, limit_of(call, "pipelines"), limit_of(call, "custom_pipelines")))


def custom_objects(call: Call) -> Reply:
    """`GET /crm/v3/limits/custom-object-types`."""
    made = sum(_custom(t) for t in call.portal.types)
    return Reply(200, used(made, limit_of(call, "custom_object_types")))


_BASE = "/crm/v3/limits"

RULES = (
    Rule("GET", f"{_BASE}/records", records),
    Rule("GET", f"{_BASE}/custom-properties", properties),
    Rule("GET", f"{_BASE}/calculated-properties", calculated),
    Rule("GET", f"{_BASE}/pipelines", pipelines),
    Rule("GET", f"{_BASE}/custom-object-types", custom_objects),
)
