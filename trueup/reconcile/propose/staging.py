"""Changes of stages: people by who owns the stage they claim, deals by whose word counts (STG001, STG011)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trueup.model.changes import Action, Change, Risk
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.refs import Ref
from trueup.reconcile import stages
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.fields import claim
from trueup.reconcile.propose.fitting import Refusal, allowed, writable
from trueup.reconcile.propose.outcome import Item, unfixable
from trueup.reconcile.survivorship import Claim, survive


def people(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """STG001: the side whose claim does not stand is set to the stage that does."""
    lifecycle = context.policy.lifecycle
    for finding in findings:
        claims = {ref.system: finding.values.get(str(ref)) or "" for ref in finding.subjects}
        ruling = stages.rule_stage(lifecycle, claims)
        if not ruling.stage:
            yield unfixable(finding, f"{ruling.why}; a person must decide.")
            continue
        winner = next(ref for ref in finding.subjects if ref.system == ruling.system)
        for ref in finding.subjects:
            if claims[ref.system] == ruling.stage:
                continue
            if ref.object in lifecycle.without_deal.get(ref.system, {}):
                yield unfixable(
                    finding,
                    f"{winner.system} says {ruling.stage}; a {ref.object}'s stage follows from its deals and is"
                    " not written.",
                )
                continue
            values = lifecycle.values.get(ref.system, {}).get(ref.object, {})
            forward = -1 < lifecycle.rank(claims[ref.system]) < lifecycle.rank(ruling.stage)
            yield _move(
                context, finding, "lifecycle_stage", ref, winner, values, ruling.stage, forward=forward, why=ruling.why
            )


def deals(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """STG011: the side whose word does not count is set to the other's stage."""
    lifecycle = context.policy.lifecycle
    for finding in findings:
        claims = []
        for ref in finding.subjects:
            said = claim(context, Kind.DEAL, "stage", ref, context.record(str(ref)).get("stage"))
            base = context.base_for(str(ref), "stage", said.value)[1]
            values = lifecycle.deal_values.get(ref.system, {}).get(ref.object, {})
            claims.append(
                Claim(
                    ref,
                    said.value,
                    "known",
                    finding.values.get(str(ref)),
                    said.modified_at,
                    said.has_base,
                    values.get(base or ""),
                )
            )
        ruling = survive("stage", context.policy.truth_for(Kind.DEAL, "stage"), claims)
        if ruling.winner is None or ruling.winner.norm is None:
            yield unfixable(finding, f"{ruling.why}; a person must decide.")
            continue
        key, track = ruling.winner.norm, list(lifecycle.deal_stages)
        for loser in claims:
            if loser.norm == key:
                continue
            values = lifecycle.deal_values.get(loser.ref.system, {}).get(loser.ref.object, {})
            forward = key in track and loser.norm in track and track.index(key) > track.index(loser.norm)
            yield _move(
                context, finding, "stage", loser.ref, ruling.winner.ref, values, key, forward=forward, why=ruling.why
            )


def _move(
    context: Context,
    finding: Finding,
    name: str,
    ref: Ref,
    winner: Ref,
    values: Mapping[str, str],
    key: str,
    *,
    forward: bool,
    why: str,
) -> Item:
    native = stages.native_value(values, key)
    if native is None:
        return unfixable(finding, f"{ref.system} {ref.object} has no value for the stage {key}.")
    try:
        native = allowed(writable(context, ref, name), native)
    except Refusal as refusal:
        return unfixable(finding, f"{refusal}.")
    return Change(
        action=Action.UPDATE,
        target=ref,
        kind=finding.kind,
        field=name,
        before=context.record(str(ref)).get(name),
        after=native,
        base=context.base(str(ref), name)[1],
        winner=winner,
        reason=f"{winner.system} wins: {why}.",
        rule="stage_forward" if forward else "stage_back",
        finding=finding.id,
        risk=Risk.MEDIUM if forward else Risk.HIGH,
    )
