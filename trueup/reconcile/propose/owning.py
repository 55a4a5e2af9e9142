"""Changes of owners: only to an active owner who exists on both sides (OWN001, OWN002, OWN003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trueup.model.changes import Action, Change, Risk
from trueup.model.findings import Finding
from trueup.model.refs import Ref
from trueup.reconcile.propose.context import Context, OwnerRow
from trueup.reconcile.propose.fields import claim
from trueup.reconcile.propose.fitting import Refusal, writable
from trueup.reconcile.propose.outcome import Item, unfixable
from trueup.reconcile.survivorship import Claim, survive


def differing(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """OWN001: the survivor's owner, as the other system knows that person."""
    for finding in findings:
        claims = [_claim(context, finding, ref) for ref in finding.subjects]
        # Nobody is to be given to somebody who left: an inactive owner's word counts only where all have left.
        active = [c for c in claims if (o := context.owner(c.ref.system, c.value)) is not None and o.active]
        ruling = survive("owner_id", context.policy.truth_for(finding.kind, "owner_id"), active or claims)
        winner = active[0] if len(active) == 1 else ruling.winner
        why = "the other owner is not active" if len(active) == 1 else ruling.why
        if winner is None:
            yield unfixable(finding, f"{why}; a person must decide.")
            continue
        owner = context.owner(winner.ref.system, winner.value)
        for loser in claims:
            if loser.norm != winner.norm:
                yield _give(context, finding, loser.ref, loser.value, owner, winner.ref, why)


def missing(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """OWN002 and OWN003: the owner of the linked record, if that one is active."""
    for finding in findings:
        ref = finding.subjects[0]
        found = None
        for partner in map(Ref.parse, context.partners(str(ref))):
            owner = context.owner(partner.system, context.record(str(partner)).get("owner_id"))
            if owner is not None and owner.active:
                found = _give(
                    context, finding, ref, finding.values.get(str(ref)), owner, partner, "its owner is active"
                )
                break
        yield found or unfixable(finding, "No linked record has an active owner; a person must decide.")


def _claim(context: Context, finding: Finding, ref: Ref) -> Claim:
    said = claim(context, finding.kind, "owner_id", ref, finding.values.get(str(ref)))
    owner = context.owner(ref.system, said.value)
    base = context.owner(ref.system, context.base_for(str(ref), "owner_id", said.value)[1])
    return Claim(
        ref,
        said.value,
        "known" if owner else "unmapped",
        owner.entity if owner else None,
        said.modified_at,
        base is not None,
        base.entity if base else None,
    )


def _give(
    context: Context, finding: Finding, ref: Ref, before: str | None, owner: OwnerRow | None, winner: Ref, why: str
) -> Item:
    if owner is None:
        return unfixable(finding, f"{winner.system} does not know the owner; a person must decide.")
    here = context.owner_in(ref.system, owner)
    if here is None:
        return unfixable(finding, f"{owner.name} has no user in {ref.system}.")
    if not here.active:
        return unfixable(finding, f"{owner.name} is not active in {ref.system}.")
    try:
        writable(context, ref, "owner_id")
    except Refusal as refusal:
        return unfixable(finding, f"{refusal}.")
    return Change(
        action=Action.UPDATE,
        target=ref,
        kind=finding.kind,
        field="owner_id",
        before=before,
        after=here.local,
        base=context.base(str(ref), "owner_id")[1],
        winner=winner,
        reason=f"{winner.system} wins: {why}.",
        rule="owner",
        finding=finding.id,
        risk=Risk.MEDIUM,
    )
