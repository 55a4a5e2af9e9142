"""Changes of single values: conflicts, blanks, and what can surely be mended (FLD002, FLD003, FLD004)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC

from trueup.model.changes import Action, Change, Reversal, Risk
from trueup.model.findings import Finding
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.refs import Ref
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.fitting import Refusal, allowed, fit, writable
from trueup.reconcile.propose.outcome import Item, unfixable
from trueup.reconcile.survivorship import CONSENT, Claim, survive

CONSENT_STAYS = "An opt-out is not taken back by undo: consent only becomes stricter."


def conflicts(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """FLD002 and FLD003: the survivor's value into the records that hold another or none."""
    for finding in findings:
        claims = [
            claim(context, finding.kind, finding.field, ref, finding.values.get(str(ref))) for ref in finding.subjects
        ]
        ruling = survive(finding.field, context.policy.truth_for(finding.kind, finding.field), claims)
        winner = ruling.winner
        if winner is None:
            yield unfixable(finding, f"{ruling.why}; a person must decide")
            continue
        for loser in claims:
            if loser.ref == winner.ref or (loser.state == "known" and loser.norm == winner.norm):
                continue
            try:
                after = _after(context, finding, winner, loser.ref)
            except Refusal as refusal:
                yield unfixable(finding, f"{refusal}.")
                continue
            yield _update(context, finding, loser, after, winner.ref, ruling.why)


def claim(context: Context, kind: Kind, name: str, ref: Ref, raw: str | None) -> Claim:
    """What a record says in a field, with the base and the date that survivorship weighs."""
    judged = context.judge(kind, name, ref, raw)
    has_base, base = context.base_for(str(ref), name, raw)
    modified_at = context.modified_at(str(ref))
    return Claim(
        ref=ref,
        value=raw,
        state=judged.state,
        norm=judged.norm,
        modified_at=modified_at.replace(tzinfo=UTC) if modified_at is not None else None,
        has_base=has_base,
        base=context.judge(kind, name, ref, base).norm if has_base else None,
    )


def _after(context: Context, finding: Finding, winner: Claim, target: Ref) -> str | None:
    if winner.value is None or winner.missing:  # the owner's blank erases, as the policy said
        writable(context, target, finding.field)
        return None
    return fit(context, finding.kind, finding.field, winner.ref, winner.value, target)


def _update(context: Context, finding: Finding, loser: Claim, after: str | None, winner: Ref, why: str) -> Change:
    fills = loser.missing
    consent = finding.field in CONSENT
    return Change(
        action=Action.UPDATE,
        target=loser.ref,
        kind=finding.kind,
        field=finding.field,
        before=loser.value,
        after=after,
        base=context.base(str(loser.ref), finding.field)[1],
        winner=winner,
        reason=f"{winner.system} wins: {why}.",
        rule="fill_blank" if fills else "conflict",
        finding=finding.id,
        risk=Risk.LOW if fills and not consent else Risk.MEDIUM,
        reversal=Reversal.NONE if consent else Reversal.EXACT,
        irreversible=CONSENT_STAYS if consent else "",
    )


def malformed(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """FLD004: what is surely a slip is mended; else a linked record's value takes the place."""
    for finding in findings:
        ref, raw = finding.subjects[0], finding.values.get(str(finding.subjects[0]))
        try:
            slot = writable(context, ref, finding.field)
            mended = _mend(context, finding.kind, finding.field, ref, raw or "")
            if mended is not None:
                yield _replacement(context, finding, ref, raw, allowed(slot, mended), None)
                continue
            source = _knowing(context, finding, ref)
            if source is None:
                raise Refusal("it cannot surely be mended, and no linked record has a usable value")
            value = context.record(str(source))[finding.field] or ""
            after = fit(context, finding.kind, finding.field, source, value, ref)
            yield _replacement(context, finding, ref, raw, after, source)
        except Refusal as refusal:
            yield unfixable(finding, f"{refusal}.")


def _knowing(context: Context, finding: Finding, ref: Ref) -> Ref | None:
    """A linked record with a usable value in the field."""
    for partner in map(Ref.parse, context.partners(str(ref))):
        value = context.record(str(partner)).get(finding.field)
        if context.judge(finding.kind, finding.field, partner, value).state == "known":
            return partner
    return None


def _replacement(
    context: Context, finding: Finding, ref: Ref, raw: str | None, after: str, source: Ref | None
) -> Change:
    reason = f"{source.system} has a usable value." if source else "The spelling was mended; nothing else changed."
    return Change(
        action=Action.UPDATE,
        target=ref,
        kind=finding.kind,
        field=finding.field,
        before=raw,
        after=after,
        base=context.base(str(ref), finding.field)[1],
        winner=source,
        reason=reason,
        rule="conflict" if source else "normalize",
        finding=finding.id,
        risk=Risk.MEDIUM if source else Risk.LOW,
    )


_SPACE = re.compile(r"\s+")
_SLIPS = (
    (re.compile(r"^(https?)(?::/|//|:)(?!/)", re.IGNORECASE), r"\1://"),
    (re.compile(r"^(htp|ttp|hhtp)s?://"), "http://"),
)
_LABEL = re.compile(r"^(?:tel|phone|ph|mobile|mob|cell|t|m)\s*[.:]\s*", re.IGNORECASE)


def _mend(context: Context, kind: Kind, name: str, ref: Ref, raw: str) -> str | None:
    """The one value that was surely meant, or None. Only white space, labels and slips of punctuation are touched."""
    for candidate in _candidates(FIELDS[kind][name].type, raw):
        if candidate != raw and context.judge(kind, name, ref, candidate).state == "known":
            return candidate
    return None


def _candidates(type_: FieldType, raw: str) -> Iterator[str]:
    if type_ is FieldType.EMAIL:
        bare = _SPACE.sub("", raw).rstrip(".,;:")
        yield bare
        yield bare.replace(",", ".")
    elif type_ is FieldType.PHONE:
        yield _LABEL.sub("", raw.strip())
    elif type_ is FieldType.URL:
        bare = _SPACE.sub("", raw) if raw.strip().lower().startswith(("http", "www")) else raw.strip()
        yield bare
        for slip, right in _SLIPS:
            yield slip.sub(right, bare)
