"""What to do about one approved change, given the record as it is now: the promise "nothing stale", as a pure function.

The record was read a moment ago. Equal to what the plan saw: write. Equal to what the plan wants: already so. Anything
else: somebody was here since, the change is stale, and what moved is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trueup.model.changes import Action, Change
from trueup.model.records import Record
from trueup.model.refs import Ref


class Step(StrEnum):
    """What happens next to a change."""

    WRITE = "write"
    ALREADY = "already"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Decided:
    """The step, a sentence for the receipt, and the values seen."""

    step: Step
    message: str = ""
    observed: Mapping[str, str | None] = field(default_factory=dict)


Seen = Mapping[Ref, Record | None]
Known = Mapping[Ref, Record]
Transitional = frozenset[tuple[str, str]]

_WRITE = Decided(Step.WRITE)


def decide(
    change: Change,
    seen: Seen,
    remembered: Known,
    *,
    resuming: bool = False,
    transitional: Transitional = frozenset(),
) -> Decided:
    """Decide about one change. `seen` are its records read just now, `remembered` the same as the plan knew them.

    `resuming` says that an earlier attempt of this very change broke off: then a blank is ours where the connector
    said that it may leave one halfway (`Capabilities.transitional`), and somebody's edit everywhere else.
    """
    match change.action:
        case Action.CREATE:
            return _WRITE
        case Action.UPDATE:
            return _update(change, seen, halfway=resuming and (change.target.object, change.field) in transitional)
        case Action.MERGE:
            return _merge(change, seen, remembered)
        case Action.CONVERT:
            return _convert(change, seen, remembered)
        case Action.ASSOCIATE | Action.DISSOCIATE:
            return _tie(change, seen)
        case Action.DELETE:
            return _delete(change, seen)
        case Action.RESTORE:
            return _restore(change, seen)


def _gone(ref: Ref, record: Record | None) -> str:
    """Why a record cannot be written to, or "" when it is there."""
    if record is None:
        return f"{ref} is not there any more, or not visible to us."
    if record.merged_into is not None:
        return f"{ref} was merged into {record.merged_into} since the plan was made."
    if record.ref != ref:
        return f"{ref} now answers as {record.ref}: it was merged since the plan was made."
    if record.deleted:
        return f"{ref} was deleted since the plan was made."
    return ""


def _update(change: Change, seen: Seen, *, halfway: bool) -> Decided:
    record = seen.get(change.target)
    if why := _gone(change.target, record):
        return Decided(Step.STALE, why)
    assert record is not None
    if change.field not in record.fields:
        return Decided(Step.STALE, f"{change.field} of {change.target} is no longer visible to us.")
    now = record.fields[change.field]
    observed = {change.field: now}
    if now == change.after:
        return Decided(Step.ALREADY, "It already holds the wanted value.", observed)
    if now == change.before or (halfway and now is None):
        return Decided(Step.WRITE, observed=observed)
    return Decided(
        Step.STALE, f"The plan saw {_show(change.before)}; it is now {_show(now)}. Not overwritten.", observed
    )


def _merge(change: Change, seen: Seen, remembered: Known) -> Decided:
    survivor = seen.get(change.target)
    losers = {ref: seen.get(ref) for ref in change.others}
    if survivor is not None and losers and all(_is_merged_into(r, survivor) for r in losers.values()):
        return Decided(Step.ALREADY, f"Already merged into {survivor.ref}.")
    for ref, record in ((change.target, survivor), *losers.items()):
        if why := _gone(ref, record):
            return Decided(Step.STALE, why)
    if moved := _moved([change.target, *change.others], seen, remembered):
        return Decided(Step.STALE, f"Not merged: {moved}")
    return _WRITE


def _is_merged_into(loser: Record | None, survivor: Record) -> bool:
    return loser is not None and survivor.ref in (loser.merged_into, loser.ref)


def _convert(change: Change, seen: Seen, remembered: Known) -> Decided:
    lead = seen.get(change.target)
    if why := _gone(change.target, lead):
        return Decided(Step.STALE, why)
    assert lead is not None
    if lead.fields.get("converted") == "true":
        wanted = {f"{ref.object}/{ref.id}" for ref in change.others}
        if lead.fields.get("converted_person_id") in wanted:
            return Decided(Step.ALREADY, "Already converted into this contact.")
        return Decided(Step.STALE, f"{change.target} was converted into another record since the plan was made.")
    for ref in change.others:
        if why := _gone(ref, seen.get(ref)):
            return Decided(Step.STALE, why)
    if moved := _moved([change.target, *change.others], seen, remembered):
        return Decided(Step.STALE, f"Not converted: {moved}")
    return _WRITE


def _tie(change: Change, seen: Seen) -> Decided:
    """Both ends must be there; whether the tie already stands only the writer can see."""
    for ref in (change.target, *change.others):
        if why := _gone(ref, seen.get(ref)):
            return Decided(Step.STALE, why)
    return _WRITE


def _delete(change: Change, seen: Seen) -> Decided:
    record = seen.get(change.target)
    if record is None or record.deleted:
        return Decided(Step.ALREADY, "It is already gone.")
    if why := _gone(change.target, record):
        return Decided(Step.STALE, why)
    touched = {name: record.fields.get(name) for name, was in change.values.items() if record.fields.get(name) != was}
    if touched:
        return Decided(Step.STALE, f"Not deleted: {', '.join(sorted(touched))} changed since it was created.", touched)
    return _WRITE


def _restore(change: Change, seen: Seen) -> Decided:
    record = seen.get(change.target)
    if record is not None and not record.deleted and record.ref == change.target:
        return Decided(Step.ALREADY, "It is already back.")
    return _WRITE


VOLATILE = frozenset({"last_activity_at"})
"""Fields that move by themselves and say nothing about whether somebody edited a record."""


def _moved(refs: list[Ref], seen: Seen, remembered: Known) -> str:
    """What changed on any of the records since we last knew them, as a sentence; "" when nothing did."""
    for ref in refs:
        now, then = seen.get(ref), remembered.get(ref)
        if now is None or then is None:
            continue
        moved = sorted(
            name
            for name, value in now.fields.items()
            if name not in VOLATILE and name in then.fields and then.fields[name] != value
        )
        if moved:
            return f"{', '.join(moved)} of {ref} changed since the plan was made."
    return ""


def _show(value: str | None) -> str:
    return "a blank" if value is None else repr(value)
