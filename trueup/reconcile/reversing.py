"""The way back: what undoes each change that was applied, and what cannot be undone, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trueup.model.changes import Action, Change, Loss, Reversal, Risk
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.reconcile.survivorship import CONSENT

UNDO = "undo"
"""The class of changes that take something back; never approved by rule unless the policy names it."""


def reverse(
    applied: Iterable[tuple[Change, Receipt]],
    capabilities: Mapping[str, Capabilities] | None = None,
    before: Mapping[str, Record] | None = None,
) -> tuple[list[Change], list[Loss]]:
    """The changes that undo what was applied, last first, and what cannot be undone, or not whole.

    Only receipts that say `applied` count: what was already so was not ours, and what is unknown must be settled first.
    `capabilities`, when given, leave out what a system cannot do. `before` holds, by change id of the plan, the target
    as it was, so that a merge's survivor loses what the merge filled in.
    """
    pairs = list(applied)
    changes: list[Change] = []
    lost: list[Loss] = []
    born = {str(c.target): str(r.ref) for c, r in pairs if c.action is Action.CREATE and r.ref is not None}
    # A record made by this plan is deleted as a whole; what was written to it afterwards goes with it.
    made = {r.ref for c, r in pairs if c.action is Action.CREATE and r.outcome is Outcome.APPLIED}
    stays = {r.change_id for c, r in pairs if c.action is Action.CONVERT or _stays_merged(c)}
    for change, receipt in reversed(pairs):
        if receipt.outcome is Outcome.APPLIED and stays.intersection(change.needs):
            lost.append(Loss(change, "it goes with a merge or conversion that stays"))
            continue
        if receipt.outcome is Outcome.UNKNOWN:
            lost.append(Loss(change, "it is not known whether it was carried out; settle it first"))
        if receipt.outcome is not Outcome.APPLIED:
            continue
        if change.action in (Action.UPDATE, Action.ASSOCIATE) and (
            (receipt.ref or change.target) in made or str(change.target) in born
        ):
            continue
        back = _back(_named(change, born), receipt, (before or {}).get(receipt.change_id))
        if isinstance(back, str):
            lost.append(Loss(change, back))
            continue
        able = [item for item in back if capabilities is None or _can(capabilities, item)]
        if change.reversal is Reversal.PARTIAL and able:
            lost.append(Loss(change, change.irreversible or "the rest of it does not come back", _told(able)))
        for item in back:
            if item not in able:
                lost.append(Loss(change, f"{item.target.system} cannot {item.action.value} {item.target.object}"))
        changes += able
    return changes, lost


def _told(back: Sequence[Change]) -> str:
    """What these changes bring back, in a sentence."""
    restored = [str(change.target) for change in back if change.action is Action.RESTORE]
    values = [change.field for change in back if change.action is Action.UPDATE]
    parts = [f"{' and '.join(restored)} {'is' if len(restored) == 1 else 'are'} restored"] if restored else []
    if values:
        holder = next(change.target for change in back if change.action is Action.UPDATE)
        parts.append(f"{', '.join(sorted(values))} of {holder} as before the merge")
    return "; ".join(parts)


def _stays_merged(change: Change) -> bool:
    return change.action is Action.MERGE and change.reversal is Reversal.NONE


def _named(change: Change, born: Mapping[str, str]) -> Change:
    """The change with the addresses that its records got, in place of those they had in the plan."""
    if change.action is Action.CREATE or not born:
        return change
    after = change.after
    if after is not None and change.field == "foreign_ids":
        after = ";".join(sorted(born.get(part, part) for part in after.split(";")))
    others = tuple(Ref.parse(born.get(str(ref), str(ref))) for ref in change.others)
    return replace(
        change, target=Ref.parse(born.get(str(change.target), str(change.target))), others=others, after=after
    )


def _can(capabilities: Mapping[str, Capabilities], change: Change) -> bool:
    able = capabilities.get(change.target.system)
    return able is not None and change.action in able.actions.get(change.target.object, frozenset())


def _back(change: Change, receipt: Receipt, was: Record | None) -> list[Change] | str:
    """The changes that undo one, or why it cannot be undone."""
    ref = receipt.ref or change.target
    plain = replace(
        change,
        target=ref,
        reason=f"takes back: {change.reason}" if change.reason else "takes back a change",
        rule=UNDO,
        needs=(),
        winner=None,
        base=None,
        risk=Risk.MEDIUM,
        reversal=Reversal.EXACT,
        irreversible="",
    )
    match change.action:
        case Action.UPDATE if change.field in CONSENT:
            return "consent only becomes stricter: an opt-out is lifted in the CRM, by whoever asked the person"
        case Action.UPDATE:
            return [replace(plain, before=change.after, after=change.before)]
        case Action.CREATE:
            return [replace(plain, action=Action.DELETE, field="", before=None, after=None)]
        case Action.DELETE:
            return [replace(plain, action=Action.RESTORE)]
        case Action.RESTORE:
            return [replace(plain, action=Action.DELETE)]
        case Action.ASSOCIATE:
            return [replace(plain, action=Action.DISSOCIATE)]
        case Action.DISSOCIATE:
            return [replace(plain, action=Action.ASSOCIATE)]
        case Action.MERGE if change.reversal is not Reversal.NONE:
            losers = [
                replace(plain, action=Action.RESTORE, target=loser, others=(), values={}) for loser in change.others
            ]
            filled = [(n, v) for n, v in change.values.items() if was is not None and n not in CONSENT]
            return losers + [
                replace(plain, action=Action.UPDATE, others=(), values={}, field=name, before=value, after=old)
                for name, value in filled
                if was is not None and (old := was.fields.get(name)) != value
            ]
        case Action.MERGE:
            return change.irreversible or "a merge cannot be taken apart again there"
        case Action.CONVERT:
            return change.irreversible or "a conversion cannot be taken back"
