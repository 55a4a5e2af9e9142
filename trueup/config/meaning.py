"""What a policy file of good shape may still get wrong: systems, fields, stages and options that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from trueup.config import marked
from trueup.config.flatten import flatten
from trueup.config.shape import PolicyFile
from trueup.errors import Problem
from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import BY_STAGE, Strategy

RULE_CLASSES = (
    "fill_blank",
    "normalize",
    "conflict",
    "stage_forward",
    "stage_back",
    "owner",
    "merge",
    "create",
    "convert",
    "associate",
    "link_id",
    "delete",
)
WITHOUT_DEAL = "without_deal"


@dataclass(frozen=True, slots=True)
class KnownConnector:
    """What the policy file needs to know of a connector: its options with their defaults, and what it objects to.

    `problems` takes options by flat dotted name and gives (name, sentence) pairs; a required option that is missing is
    named too.
    """

    defaults: Mapping[str, object]
    problems: Callable[[Mapping[str, object]], Iterable[tuple[str, str]]]


Connectors = Mapping[str, KnownConnector]


def problems_of_meaning(
    policy: PolicyFile,
    document: marked.Document,
    connectors: Connectors,
    codes: frozenset[str],
) -> list[Problem]:
    """Every problem of meaning, each at its place."""

    def at(place: marked.Place, message: str, hint: str = "") -> Problem:
        mark = document.mark(place)
        return Problem(mark.file, mark.line, mark.column, ".".join(map(str, place)), message, hint)

    return [
        at(*found)
        for check in (_systems, _truth, _lifecycle, _deals, _values, _rules, _times)
        for found in check(policy, connectors)
    ] + [at(*found) for found in _codes(policy, codes)]


Found = tuple[marked.Place, str, str]


def _unknown(place: marked.Place, what: str, name: str, good: Iterable[str]) -> Found:
    values = list(good)
    near = difflib.get_close_matches(name, values, n=1)
    listed = f"there are: {', '.join(values)}"
    return place, f"unknown {what} {name!r}", f"did you mean {near[0]!r}? {listed}" if near else listed


def _systems(policy: PolicyFile, connectors: Connectors) -> Iterator[Found]:
    for name, system in policy.systems.items():
        place: marked.Place = ("systems", name)
        if system.connector not in connectors:
            yield _unknown((*place, "connector"), "connector", system.connector, sorted(connectors))
            continue
        known = connectors[system.connector]
        given = flatten(system.model_extra or {}, frozenset(known.defaults))
        for key, message in known.problems(given):
            yield (*place, *key.split(".")), message, ""
        for index, stored in enumerate(system.stored_ids):
            target = stored.points_to.partition(":")[0]
            if target not in policy.systems:
                yield _unknown((*place, "stored_ids", index, "points_to"), "system", target, policy.systems)


def _truth(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    kinds = [kind.value for kind in Kind]
    for kind, rules in policy.truth.items():
        if kind not in kinds:
            yield _unknown(("truth", kind), "kind", kind, kinds)
            continue
        for field, rule in rules.items():
            if field != "default" and field not in FIELDS[Kind(kind)]:
                yield _unknown(("truth", kind, field), f"field of {kind}", field, FIELDS[Kind(kind)])
            owners = [*policy.systems, BY_STAGE]
            if rule.owner and rule.owner not in owners:
                yield _unknown(("truth", kind, field, "owner"), "system", rule.owner, owners)
            if rule.owner == BY_STAGE and field != "lifecycle_stage":
                yield ("truth", kind, field, "owner"), "by_stage is for lifecycle_stage only", ""
            if rule.strategy is Strategy.OWNER and not rule.owner and rule.compare:
                yield ("truth", kind, field), "strategy owner needs an owner", f"one of {', '.join(policy.systems)}"


def _lifecycle(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    lifecycle = policy.lifecycle
    keys = [stage.key for stage in lifecycle.stages]
    for index, stage in enumerate(lifecycle.stages):
        if stage.key in keys[:index]:
            yield ("lifecycle", "stages", index, "key"), f"stage {stage.key!r} is given twice", ""
        if stage.owner and stage.owner not in policy.systems:
            yield _unknown(("lifecycle", "stages", index, "owner"), "system", stage.owner, policy.systems)
        for n, name in enumerate(stage.requires):
            if name not in FIELDS[Kind.PERSON]:
                place = ("lifecycle", "stages", index, "requires", n)
                yield _unknown(place, "field of person", name, FIELDS[Kind.PERSON])
    known = [*keys, *lifecycle.off_track]
    if lifecycle.shared_from and lifecycle.shared_from not in keys:
        yield _unknown(("lifecycle", "shared_from"), "stage", lifecycle.shared_from, keys)
    yield from _stage_map(policy, ("lifecycle", "map"), lifecycle.map, known, constants=True)


def _deals(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    deals = policy.lifecycle.deals
    yield from _stage_map(policy, ("lifecycle", "deals", "map"), deals.map, deals.stages, constants=False)


def _stage_map(
    policy: PolicyFile,
    place: marked.Place,
    by_system: Mapping[str, Mapping[str, Mapping[str, str]]],
    known: list[str],
    *,
    constants: bool,
) -> Iterator[Found]:
    for system, fields in by_system.items():
        if system not in policy.systems:
            yield _unknown((*place, system), "system", system, policy.systems)
        for field, values in fields.items():
            where = (*place, system, field)
            if "." not in field and not (constants and set(values) == {WITHOUT_DEAL}):
                yield where, f"{field!r} is not of the form Object.field", "for example Lead.Status"
            for value, stage in values.items():
                if stage not in known:
                    yield _unknown((*where, value), "stage", stage, known)


def _values(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    good = [f"{kind}.{field}" for kind, fields in FIELDS.items() for field in fields]
    for field, by_system in policy.values.items():
        if field not in good:
            yield _unknown(("values", field), "field", field, [])
        for system in by_system:
            if system not in policy.systems:
                yield _unknown(("values", field, system), "system", system, policy.systems)


def _rules(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    for key, rules in (("by_rule", policy.approve.by_rule), ("never_by_rule", policy.approve.never_by_rule)):
        for index, rule in enumerate(rules):
            if rule not in RULE_CLASSES:
                yield _unknown(("approve", key, index), "class of change", rule, RULE_CLASSES)
    for index, rule in enumerate(policy.approve.by_rule):
        if rule in policy.approve.never_by_rule:
            yield ("approve", "by_rule", index), f"{rule!r} also stands in never_by_rule", "keep it in one of them"
    for kind in ("person", "company", "deal"):
        for index, system in enumerate(getattr(policy.create, kind)):
            if system not in policy.systems:
                yield _unknown(("create", kind, index), "system", system, policy.systems)
    match = policy.match
    if not match.certain >= match.likely >= match.possible:
        yield ("match",), "must be certain >= likely >= possible", ""


def _times(policy: PolicyFile, _: Connectors) -> Iterator[Found]:
    try:
        ZoneInfo(policy.timezone)
    except (KeyError, ValueError, OSError):
        yield ("timezone",), f"unknown time zone {policy.timezone!r}", "for example Europe/Berlin"
    if not (len(policy.country) == 2 and policy.country.isalpha() and policy.country.isupper()):
        yield ("country",), f"{policy.country!r} is not an ISO 3166 code", "for example US or DE"


def _codes(policy: PolicyFile, codes: frozenset[str]) -> Iterator[Found]:
    if not codes:
        return
    for code in policy.checks:
        if code not in codes:
            yield _unknown(("checks", code), "finding code", code, sorted(codes))
    for index, exception in enumerate(policy.exceptions):
        if exception.code not in codes:
            yield _unknown(("exceptions", index, "code"), "finding code", exception.code, sorted(codes))
