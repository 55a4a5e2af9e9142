"""Records that do not exist yet: a change may point at one by its planned ref, and gets the real one before writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trueup.model.changes import Action, Change, Plan, merged_ref
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref

DONE = frozenset({Outcome.APPLIED, Outcome.ALREADY})
"""Outcomes after which the wanted state is there."""


def made_by(plan: Plan, receipts: Mapping[str, Receipt], *, merged: bool = True) -> dict[Ref, Ref]:
    """Planned ref → real one, for every record that the plan has created, and (`merged`) for those merged away."""
    made: dict[Ref, Ref] = {}
    for change in plan.changes:
        receipt = receipts.get(change.id)
        if receipt is not None and (merged or change.action is Action.CREATE):
            note(made, change, receipt)
    return made


def note(made: dict[Ref, Ref], change: Change, receipt: Receipt) -> None:
    """Remember under which address a created or merged record is found from now on; earlier addresses follow."""
    now = receipt.ref
    if now is None or receipt.outcome not in DONE:
        return
    if change.action is Action.CREATE:
        made[change.target] = now
    elif change.action in (Action.MERGE, Action.CONVERT):
        old = {ref for ref in (change.target, *change.others) if ref.object == now.object}
        old |= {made[ref] for ref in old if ref in made}
        old.discard(now)
        for ref, at in made.items():
            if at in old:
                made[ref] = now
        made.update(dict.fromkeys(old, now))
        if change.action is Action.MERGE:
            made[merged_ref(change)] = now


def filled_in(change: Change, made: Mapping[Ref, Ref]) -> Change:
    """The change with every planned ref that has become real (or moved by a merge) replaced by the real one."""
    if not made:
        return change
    target = change.target if change.action is Action.CREATE else made.get(change.target, change.target)
    others = tuple(made.get(ref, ref) for ref in change.others)

    def real(name: str, value: str | None) -> str | None:
        return real_value(change.kind, name, value, change.target.system, made)

    return replace(
        change,
        target=target,
        others=others,
        after=real(change.field, change.after),
        values={name: real(name, value) for name, value in change.values.items()},
    )


def real_value(kind: Kind, name: str, value: str | None, system: str, made: Mapping[Ref, Ref]) -> str | None:
    """A field's value with every planned or merged address in it replaced by the real one."""
    definition = FIELDS[kind].get(name)
    if value is None or not made or definition is None or definition.type not in (FieldType.REF, FieldType.REFS):
        return value
    # Two planned addresses may have become one record.
    return ";".join(sorted({_real_part(part, system, made) for part in value.split(";")}))


def _real_part(part: str, system: str, made: Mapping[Ref, Ref]) -> str:
    """`object/id` of the same system, or a whole ref of another."""
    whole = ":" in part.partition("/")[0]
    try:
        ref = Ref.parse(part if whole else f"{system}:{part}")
    except ValueError:
        return part
    found = made.get(ref)
    if found is None:
        return part
    return str(found) if whole else f"{found.object}/{found.id}"
