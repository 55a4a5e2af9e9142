"""From the checked file to the frozen policy that the rest of the program uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trueup.config.flatten import flatten
from trueup.config.meaning import WITHOUT_DEAL, Connectors
from trueup.config.shape import PolicyFile, SystemPart
from trueup.model.kinds import Kind
from trueup.model.policy import (
    ApprovalPolicy,
    CheckPolicy,
    FindingException,
    GuardPolicy,
    Lifecycle,
    MatchPolicy,
    Policy,
    Stage,
    StoredId,
    SystemPolicy,
    TruthRule,
)


def to_policy(file: PolicyFile, connectors: Connectors, *, digest: str, base: Path) -> Policy:
    """Translate a file that has no problems left."""
    return Policy(
        systems={name: _system(name, part, connectors[part.connector].defaults) for name, part in file.systems.items()},
        store=_store_url(file.store, base),
        truth={
            Kind(kind): {
                field: TruthRule(rule.owner, rule.strategy, rule.blanks, rule.compare) for field, rule in rules.items()
            }
            for kind, rules in file.truth.items()
        },
        lifecycle=_lifecycle(file),
        values=file.values,
        match=MatchPolicy(file.match.certain, file.match.likely, file.match.possible),
        guards=GuardPolicy(
            file.guards.max_changes, file.guards.max_share, file.guards.max_merges, file.guards.max_creates
        ),
        approve=ApprovalPolicy(frozenset(file.approve.by_rule), frozenset(file.approve.never_by_rule)),
        checks={
            code: CheckPolicy(part.enabled, part.severity, part.owner, part.params)
            for code, part in file.checks.items()
        },
        exceptions=tuple(FindingException(e.code, e.subject, e.reason, e.by, e.until) for e in file.exceptions),
        create_in={kind: tuple(getattr(file.create, kind)) for kind in (Kind.PERSON, Kind.COMPANY, Kind.DEAL)},
        junk=frozenset(text.casefold().strip() for text in file.junk),
        country=file.country,
        timezone=file.timezone,
        plan_expires_after=file.plan.expires_after,
        digest=digest,
    )


def _system(name: str, part: SystemPart, defaults: Mapping[str, object]) -> SystemPolicy:
    options = flatten(part.model_extra or {}, frozenset(defaults))
    return SystemPolicy(
        name=name,
        connector=part.connector,
        options=options,
        read_only=part.read_only,
        budget=part.budget,
        fields=part.fields,
        stored_ids=tuple(StoredId(s.object, s.field, *s.points_to.split(":", 1)) for s in part.stored_ids),
    )


def _lifecycle(file: PolicyFile) -> Lifecycle:
    values: dict[str, dict[str, dict[str, str]]] = {}
    without_deal: dict[str, dict[str, str]] = {}
    for system, by_field in file.lifecycle.map.items():
        for field, mapping in by_field.items():
            object_, dot, _ = field.partition(".")
            if dot:
                values.setdefault(system, {}).setdefault(object_, {}).update(mapping)
            else:
                without_deal.setdefault(system, {})[object_] = mapping[WITHOUT_DEAL]
    return Lifecycle(
        stages=tuple(
            Stage(s.key, s.owner, tuple(s.requires), s.evidence, s.stuck_after) for s in file.lifecycle.stages
        ),
        off_track=tuple(file.lifecycle.off_track),
        values=values,
        without_deal=without_deal,
        deal_stages=tuple(file.lifecycle.deals.stages),
        deal_values={
            system: {field.partition(".")[0]: dict(mapping) for field, mapping in by_field.items()}
            for system, by_field in file.lifecycle.deals.map.items()
        },
        shared_from=file.lifecycle.shared_from,
    )


def _store_url(url: str, base: Path) -> str:
    """SQLite files are named relative to the policy file, wherever the command was started."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith("sqlite:////") and url != "sqlite:///:memory:":
        return f"{prefix}{(base / url.removeprefix(prefix)).resolve()}"
    return url
