"""What merges and conversions bring that is news to the other systems, so that the same plan fills it in there too.

A survivor's blank that the loser fills is a blank on the counterpart as well: without this the next plan would find it.
What another change of the plan writes to the survivor is not filled from the loser: the one with the reason wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trueup.model.changes import Action, Change, Reversal, Risk
from trueup.model.policy import Blanks
from trueup.model.refs import Ref
from trueup.reconcile.compare import compared_fields
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.fields import CONSENT_STAYS
from trueup.reconcile.propose.fitting import Refusal, fit
from trueup.reconcile.propose.merging import fill
from trueup.reconcile.survivorship import CONSENT


def without_written(changes: Sequence[Change]) -> list[Change]:
    """The changes, merges leaving alone the survivor's fields that another change writes (but for consent)."""
    written = {(c.target, c.field) for c in changes if c.action is Action.UPDATE}
    return [
        replace(
            c,
            values={n: v for n, v in c.values.items() if n in CONSENT or (c.target, n) not in written},
        )
        if c.action is Action.MERGE
        else c
        for c in changes
    ]


def followed(context: Context, changes: Sequence[Change]) -> Iterator[Change]:
    """Blanks of counterparts that a merge or conversion gives a value for."""
    taken = {(c.target, c.field) for c in changes if c.action is Action.UPDATE}
    going = {ref for c in changes if c.action is Action.MERGE for ref in c.others}
    going |= {c.target for c in changes if c.action is Action.CONVERT}
    for change in changes:
        if change.action not in (Action.MERGE, Action.CONVERT):
            continue
        taker, giver = _ends(change)
        news = {n: v for n, v in _news(context, change, taker, giver).items() if (taker, n) not in taken}
        names = (set(compared_fields(context.policy, change.kind)) | CONSENT) & news.keys()
        for partner in map(Ref.parse, context.partners(str(taker))):
            if partner in going:
                continue
            for name in sorted(names):
                if (partner, name) not in taken and (item := _fill(context, change, name, news[name], taker, partner)):
                    taken.add((partner, name))
                    yield item


def _ends(change: Change) -> tuple[Ref, Ref]:
    return (change.target, change.others[0]) if change.action is Action.MERGE else (change.others[0], change.target)


def _news(context: Context, change: Change, taker: Ref, giver: Ref) -> Mapping[str, str | None]:
    if change.action is Action.MERGE:
        return change.values
    # A conversion into a contact that is there fills its blanks from the lead and overwrites nothing.
    return fill(context, change.kind, dict(context.record(str(taker))), taker, giver)


def _fill(context: Context, change: Change, name: str, value: str | None, taker: Ref, partner: Ref) -> Change | None:
    held = context.record(str(partner)).get(name)
    consent = name in CONSENT
    if value is None or (consent and (value != "true" or held == "true")):
        return None
    if not consent and not context.judge(change.kind, name, partner, held).missing:
        return None
    if not consent and context.policy.truth_for(change.kind, name).blanks is Blanks.KEEP:
        return None
    try:
        after = fit(context, change.kind, name, taker, value, partner)
    except Refusal:
        return None
    return Change(
        action=Action.UPDATE,
        target=partner,
        kind=change.kind,
        field=name,
        before=held,
        after=after,
        base=context.base(str(partner), name)[1],
        winner=taker,
        reason=f"{taker.system} wins: once {taker.id} has taken in the other record, it knows this.",
        rule="fill_blank" if held is None else "conflict",
        finding=change.finding,
        risk=Risk.MEDIUM if consent else Risk.LOW,
        reversal=Reversal.NONE if consent else Reversal.EXACT,
        irreversible=CONSENT_STAYS if consent else "",
        needs=(change.id,),
    )
