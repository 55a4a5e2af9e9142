"""`trueup doctor`: is everything in place, and if not, what to do about each thing. Looks, never writes to a CRM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import CredentialsError, PermissionDeniedError, RemoteError, TrueupError
from trueup.model.changes import Action
from trueup.model.kinds import Kind
from trueup.model.schema import FieldDef, Schema

if TYPE_CHECKING:
    from trueup.connectors.kit.base import Connector

CLOCK_SKEW_S = 120
"""A clock further off than this makes high-water marks and expiry times unreliable."""


class Health(StrEnum):
    """How one examined thing is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One examined thing: how it is, what was seen, and what to do."""

    subject: str
    health: Health
    seen: str
    advice: str = ""


def doctor(workspace: Workspace) -> list[Diagnosis]:
    """Examine the store and every system. A system that cannot be reached is one finding and the others go on."""
    found = list(_store(workspace))
    for name in workspace.policy.systems:
        found += _system(workspace, name)
    return found


def _store(workspace: Workspace) -> Iterator[Diagnosis]:
    try:
        snapshots = workspace.store.snapshots()
    except TrueupError as error:
        yield Diagnosis("store", Health.BAD, error.message, error.hint)
        return
    incomplete = [f"{s.system}:{s.object}" for s in snapshots if not s.complete]
    if not snapshots:
        yield Diagnosis("store", Health.GOOD, "ready and empty", "Fill it: trueup pull")
    elif incomplete:
        yield Diagnosis("store", Health.WARNING, f"incomplete: {', '.join(incomplete)}", "Pull again: trueup pull")
    else:
        rows = sum(s.rows for s in snapshots)
        yield Diagnosis("store", Health.GOOD, f"ready; the newest pulls saw {rows:,} rows")


def _system(workspace: Workspace, name: str) -> list[Diagnosis]:
    try:
        connector = workspace.connector(name)
        schemas, hidden = _described(connector)
    except CredentialsError as error:
        return [Diagnosis(f"{name}: log-in", Health.BAD, error.message, error.hint or "Check the credentials.")]
    except RemoteError as error:
        return [Diagnosis(f"{name}: connection", Health.BAD, error.message, error.hint or "Try again later.")]
    except TrueupError as error:
        return [Diagnosis(f"{name}: settings", Health.BAD, error.message, error.hint)]
    return [
        Diagnosis(f"{name}: log-in", Health.GOOD, "works"),
        *hidden,
        *_granted(connector),
        *_clock(connector),
        *_limits(connector),
        *_permissions(connector, schemas),
        *_stages(workspace, name, schemas),
        *_picklists(workspace, name, schemas),
        *_stored_ids(workspace, name, schemas),
        *_writing(workspace, name),
    ]


def _described(connector: Connector) -> tuple[list[Schema], list[Diagnosis]]:
    """What may be seen of each object; one that we may not see at all is a finding, and the others go on."""
    schemas: list[Schema] = []
    hidden: list[Diagnosis] = []
    for object_ in connector.capabilities.objects:
        try:
            schemas.append(connector.describe(object_))
        except PermissionDeniedError as error:
            hidden.append(Diagnosis(f"{connector.system}: {object_}", Health.BAD, error.message, error.hint))
    return schemas, hidden


def _granted(connector: Connector) -> Iterator[Diagnosis]:
    """The least permissions, by the names that the CRM has for them."""
    subject = f"{connector.system}: permissions"
    try:
        found = connector.permissions()
    except TrueupError as error:
        yield Diagnosis(subject, Health.WARNING, f"could not be examined: {error.message}", error.hint)
        return
    if found is None:
        return
    if found.lacking:
        yield Diagnosis(
            subject,
            Health.BAD,
            f"not granted: {', '.join(found.lacking)}",
            f"Grant them to the app; all that it needs: {', '.join(found.needed)}.",
        )
    elif found.untried:
        tried = [name for name in found.needed if name not in found.untried]
        seen = f"{', '.join(tried)} are granted; whether {', '.join(found.untried)} are, only a write can show"
        yield Diagnosis(subject, Health.GOOD, seen)
    else:
        yield Diagnosis(subject, Health.GOOD, f"{', '.join(found.needed)} are granted")


def _clock(connector: Connector) -> Iterator[Diagnosis]:
    theirs = connector.server_time()
    if theirs is None:
        return
    off = abs((utcnow() - theirs).total_seconds())
    if off > CLOCK_SKEW_S:
        yield Diagnosis(
            f"{connector.system}: clock",
            Health.WARNING,
            f"this machine's clock is {off:,.0f} s away from {connector.system}'s",
            "Set this machine's clock (NTP); plans expire and pulls begin by it.",
        )
    else:
        yield Diagnosis(f"{connector.system}: clock", Health.GOOD, f"within {CLOCK_SKEW_S} s")


def _limits(connector: Connector) -> Iterator[Diagnosis]:
    for limit in connector.limits():
        left = limit.allowed - limit.used
        low = limit.allowed > 0 and left < 0.1 * limit.allowed
        yield Diagnosis(
            f"{connector.system}: {limit.name}",
            Health.WARNING if low else Health.GOOD,
            f"{limit.used:,} of {limit.allowed:,} used this {limit.window}",
            "Little is left for others; run later or lower `budget`." if low else "",
        )


def _permissions(connector: Connector, schemas: Sequence[Schema]) -> Iterator[Diagnosis]:
    for schema in schemas:
        subject = f"{connector.system}: {schema.object}"
        actions = connector.capabilities.actions.get(schema.object, frozenset())
        unwritable = [f.name for f in schema.fields if f.canonical and f.readable and not f.writable]
        if schema.missing:
            yield Diagnosis(
                subject,
                Health.WARNING,
                f"not visible to us: {', '.join(schema.missing)}",
                "Give the API user read access to these fields, or accept that nothing is known of them.",
            )
        elif Action.UPDATE in actions and not schema.updatable:
            yield Diagnosis(
                subject, Health.WARNING, "may be read but not changed", "Give the API user edit permission to fix it."
            )
        else:
            seen = f"{sum(bool(f.canonical) for f in schema.fields)} fields mapped"
            yield Diagnosis(
                subject, Health.GOOD, f"{seen}, {len(unwritable)} of them read-only" if unwritable else seen
            )


def _stages(workspace: Workspace, name: str, schemas: Sequence[Schema]) -> Iterator[Diagnosis]:
    lifecycle = workspace.policy.lifecycle
    for schema in schemas:
        maps = lifecycle.deal_values if schema.kind is Kind.DEAL else lifecycle.values
        mapping = maps.get(name, {}).get(schema.object)
        field = _field(schema, "stage" if schema.kind is Kind.DEAL else "lifecycle_stage")
        if schema.kind not in (Kind.PERSON, Kind.DEAL) or field is None or not field.choices:
            continue
        subject = f"{name}: stages of {schema.object}.{field.name}"
        if mapping is None:
            yield Diagnosis(subject, Health.WARNING, "not in the policy's stage map", "Add it under lifecycle.map.")
            continue
        there = {choice.value: choice.label for choice in field.choices if choice.active}
        unmapped = [f"{label} ({value})" for value, label in there.items() if value not in mapping]
        vanished = [value for value in mapping if value not in there]
        if unmapped:
            yield Diagnosis(
                subject,
                Health.WARNING,
                f"without a meaning in the policy: {', '.join(unmapped)}",
                "Add a line for each under lifecycle.map; records with them are STG009.",
            )
        if vanished:
            yield Diagnosis(
                subject,
                Health.WARNING,
                f"in the policy but not in {name}: {', '.join(vanished)}",
                "Remove these lines.",
            )
        if not unmapped and not vanished:
            yield Diagnosis(subject, Health.GOOD, f"all {len(there)} have a meaning")


def _picklists(workspace: Workspace, name: str, schemas: Sequence[Schema]) -> Iterator[Diagnosis]:
    for place, by_system in workspace.policy.values.items():
        kind, _, canonical = place.partition(".")
        mapping = by_system.get(name)
        for schema in schemas:
            field = _field(schema, canonical) if schema.kind.value == kind else None
            if mapping is None or field is None or not field.choices:
                continue
            unmapped = [c.value for c in field.choices if c.active and c.value not in mapping]
            if unmapped:
                listed = ", ".join(unmapped[:8]) + (f" and {len(unmapped) - 8} more" if len(unmapped) > 8 else "")
                yield Diagnosis(
                    f"{name}: values of {schema.object}.{field.name}",
                    Health.WARNING,
                    f"{len(unmapped)} of {len(field.choices)} have no meaning in the policy: {listed}",
                    f"Add those you use under values.{place}.{name}; records with others are FLD005.",
                )


def _stored_ids(workspace: Workspace, name: str, schemas: Sequence[Schema]) -> Iterator[Diagnosis]:
    known = {schema.object: {field.name for field in schema.fields} for schema in schemas}
    for stored in workspace.policy.systems[name].stored_ids:
        if stored.field not in known.get(stored.object, set()):
            yield Diagnosis(
                f"{name}: {stored.object}.{stored.field}",
                Health.WARNING,
                f"is named in stored_ids but is not there, or not visible to us ({stored.system}'s ids)",
                "Remove it from stored_ids, or make the field: links by id are the surest there are.",
            )


def _writing(workspace: Workspace, name: str) -> Iterator[Diagnosis]:
    if workspace.policy.systems[name].read_only or workspace.read_only:
        yield Diagnosis(f"{name}: writing", Health.GOOD, "read-only: nothing can be written")


def _field(schema: Schema, canonical: str) -> FieldDef | None:
    return next((field for field in schema.fields if field.canonical == canonical), None)
