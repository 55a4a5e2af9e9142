"""A value of one record written into another: translated, and checked against what the CRM would refuse."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from trueup.model.changes import Action
from trueup.model.kinds import FieldType, Kind
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
    if value not in slot.choices and not _spelled(slot.type, value):
        raise Refusal(f"{value!r} is no {slot.type.value}, and {slot.native} takes nothing else")
    if slot.length is not None and len(value) > slot.length:
        raise Refusal(f"{value!r} is {len(value)} characters long, {slot.native} holds {slot.length}")
    if slot.choices and value not in slot.choices:
        alike = [choice for choice in slot.choices if choice.casefold() == value.casefold()]
        if alike:
            return alike[0]
        if slot.restricted:
            raise Refusal(f"{slot.native} takes only its own choices, and {value!r} is none of them")
    return value


def _spelled(type_: FieldType, value: str) -> bool:
    """Whether a value is spelled as its type wants (see `trueup.model.kinds`); text takes anything."""
    try:
        if type_ is FieldType.NUMBER:
            return Decimal(value).is_finite()
        if type_ is FieldType.DATE:
            date.fromisoformat(value)
        elif type_ is FieldType.DATETIME:
            datetime.fromisoformat(value)
    except (ValueError, ArithmeticError):
        return False
    return type_ is not FieldType.BOOLEAN or value in ("true", "false")


def fit_new(context: Context, kind: Kind, name: str, source: Ref, raw: str, target: Ref) -> str:
    """What to give a record that is to be created: as `fit`, and of picklists only what they list. Raises Refusal.

    A picklist that takes anything would take the other system's word as well, and nobody would know what it means.
    """
    slot = writable(context, target, name)
    if slot.choices and raw.strip() not in slot.choices and _number(raw) is not None:
        raw_range = _in_range(slot, raw)
        if raw_range is None:
            raise Refusal(f"no choice of {slot.native} surely holds {raw!r}")
        return raw_range
    value = fit(context, kind, name, source, raw, target)
    if slot.choices and value not in slot.choices:
        raise Refusal(f"{slot.native} has no choice {value!r}")
    return value


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except ArithmeticError:
        return None


_RANGE = re.compile(r"^\s*([\d,]+)\s*(?:-|–|to)\s*([\d,]+)\s*$")


def _in_range(slot: Slot, raw: str) -> str | None:
    """The one choice, written as a range (`25-50`, `1000+`), in which a number lies; on a border nothing is sure."""
    number = _number(raw)
    found = []
    for choice in slot.choices:
        if match := _RANGE.match(choice):
            low, high = (Decimal(part.replace(",", "")) for part in match.groups())
            inside = number is not None and low <= number <= high
        else:
            least = _number(choice.strip().removesuffix("+").replace(",", "")) if choice.strip().endswith("+") else None
            inside = number is not None and least is not None and number >= least
        if inside:
            found.append(choice)
    return found[0] if len(found) == 1 else None


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
