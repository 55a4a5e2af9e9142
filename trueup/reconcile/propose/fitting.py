"""A value of one record written into another: translated, and checked against what the CRM would refuse."""

from __future__ import annotations

from trueup.model.changes import Action
from trueup.model.kinds import Kind
from trueup.model.refs import Ref
from trueup.reconcile.compare import value_map
from trueup.reconcile.propose.context import Context, Slot


class Refusal(Exception):
    """The change would be refused or would not help; the message says why."""


def writable(context: Context, target: Ref, name: str) -> Slot:
    """The target's field, if Trueup may write it. Raises Refusal."""
    slot = context.slot(target.system, target.object, name)
    if slot is None:
        raise Refusal(f"{target.system} {target.object} has no field for {name}")
    if not slot.writable:
        raise Refusal(f"{target.system} does not let {slot.native} of {target.object} be written")
    if not context.can(Action.UPDATE, target.system, target.object) and not target.id.startswith("new-"):
        raise Refusal(f"{target.system} {target.object} cannot be updated")
    return slot


def allowed(slot: Slot, value: str) -> str:
    """The value as the field takes it: within its length, and one of its choices. Raises Refusal."""
    if slot.length is not None and len(value) > slot.length:
        raise Refusal(f"{value!r} is {len(value)} characters long, {slot.native} holds {slot.length}")
    if slot.choices and value not in slot.choices:
        alike = [choice for choice in slot.choices if choice.casefold() == value.casefold()]
        if alike:
            return alike[0]
        if slot.restricted:
            raise Refusal(f"{slot.native} takes only its own choices, and {value!r} is none of them")
    return value


def fit(context: Context, kind: Kind, name: str, source: Ref, raw: str, target: Ref) -> str:
    """What to write into the target's field so that it says what `raw` says in the source. Raises Refusal."""
    slot = writable(context, target, name)
    judged = context.judge(kind, name, source, raw)
    if judged.state != "known":
        raise Refusal(f"{raw!r} is {judged.state} and cannot be carried over")
    value = raw.strip()
    ours = value_map(context.policy, kind, name, target.system)
    if ours and source.system != target.system:
        native = next((n for n, canonical in ours.items() if canonical == judged.norm), None)
        if native is None:
            raise Refusal(f"the value map has nothing in {target.system} for {judged.norm!r}")
        value = native
    value = allowed(slot, value)
    if not _says_the_same(context, kind, name, target, value, judged.norm):
        # A phone number read in another country means another number, unless it has its code.
        value = allowed(slot, judged.norm or value)
        if not _says_the_same(context, kind, name, target, value, judged.norm):
            raise Refusal(f"{raw!r} would mean something else in {target.system}")
    return value


def _says_the_same(context: Context, kind: Kind, name: str, target: Ref, value: str, norm: str | None) -> bool:
    judged = context.judge(kind, name, target, value)
    return judged.state == "known" and judged.norm == norm
