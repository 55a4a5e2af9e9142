"""Merges of duplicates, and conversions of a lead into its contact (DUP001, DUP002, DUP004)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from trueup.model.changes import Action, Change, Reversal, Risk
from trueup.model.findings import Finding
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.refs import Ref
from trueup.reconcile.compare import UNCOMPARED
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.outcome import Item, unfixable
from trueup.reconcile.survivorship import CONSENT


def merges(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """DUP001 and DUP004: every cluster into its survivor, one loser at a time."""
    clusters: dict[Ref, list[Finding]] = defaultdict(list)
    for finding in findings:
        clusters[finding.subjects[0]].append(finding)
    for first, group in clusters.items():
        if not context.can(Action.MERGE, first.system, first.object):
            yield from (
                unfixable(f, f"{first.system} {first.object} cannot be merged by its connector.") for f in group
            )
            continue
        members = sorted({ref for finding in group for ref in finding.subjects})
        survivor = max(members, key=lambda ref: _fitness(context, ref))
        losers = [ref for ref in members if ref != survivor]
        held = dict(context.record(str(survivor)))
        for finding, loser in zip(group, losers, strict=True):
            if _loses_consent(context, held, survivor, loser):
                yield unfixable(
                    finding,
                    f"{loser} opted out of e-mail, and {survivor.system} does not let that be written to {survivor}.",
                )
                continue
            values = fill(context, finding.kind, held, survivor, loser)
            held |= values
            yield _merge(context, finding, survivor, loser, values)


def _fitness(context: Context, ref: Ref) -> tuple[bool, bool, int, str, str]:
    """What makes a survivor: linked by a stored id, linked at all, fullest, oldest; the smallest address last."""
    record = context.record(str(ref))
    filled = sum(value is not None for value in record.values())
    age = _inverted(record.get("created_at") or "9")
    return record.get("foreign_ids") is not None, bool(context.partners(str(ref))), filled, age, _inverted(str(ref))


def _inverted(text: str) -> str:
    """A text that sorts the other way round."""
    return "".join(chr(0x10FFFF - ord(char)) if ord(char) < 0xD800 else chr(0) for char in text) + chr(0x10FFFF)


def fill(context: Context, kind: Kind, held: dict[str, str | None], survivor: Ref, loser: Ref) -> dict[str, str | None]:
    """The loser's usable values for the survivor's blanks, and the stricter consent."""
    values: dict[str, str | None] = {}
    record = context.record(str(loser))
    for name, field in FIELDS[kind].items():
        slot = context.slot(survivor.system, survivor.object, name)
        raw = record.get(name)
        if slot is None or not slot.writable or raw is None:
            continue
        if name in CONSENT:
            if raw == "true" and held.get(name) != "true":
                values[name] = raw
        elif name in UNCOMPARED or field.type is FieldType.REFS:
            continue
        elif (
            context.judge(kind, name, survivor, held.get(name)).missing
            and context.judge(kind, name, loser, raw).state == "known"
        ):
            values[name] = raw
    return values


def _loses_consent(context: Context, held: dict[str, str | None], survivor: Ref, loser: Ref) -> bool:
    for name in CONSENT:
        slot = context.slot(survivor.system, survivor.object, name)
        opted_out = context.record(str(loser)).get(name) == "true" and held.get(name) != "true"
        if opted_out and (slot is None or not slot.writable):
            return True
    return False


def _merge(context: Context, finding: Finding, survivor: Ref, loser: Ref, values: dict[str, str | None]) -> Change:
    reversal = context.capabilities[survivor.system].reversal.get(Action.MERGE, Reversal.NONE)
    gone = (
        f"{survivor.system} keeps one record: which activities, deals and lists were {loser.id}'s"
        " cannot be told afterwards"
    )
    back = "can be restored, without them" if reversal is not Reversal.NONE else "cannot be restored"
    return Change(
        action=Action.MERGE,
        target=survivor,
        kind=finding.kind,
        others=(loser,),
        values=values,
        winner=survivor,
        reason=_why(context, survivor, loser),
        rule="merge",
        finding=finding.id,
        risk=Risk.HIGH,
        reversal=reversal,
        irreversible=f"{gone}; the record itself {back}.",
    )


def _why(context: Context, survivor: Ref, loser: Ref) -> str:
    ours, theirs = _fitness(context, survivor), _fitness(context, loser)
    words = ("stores the counterpart's id", "is linked", "is fuller", "is older", "has the smaller id")
    return next(f"{survivor} {word}." for word, a, b in zip(words, ours, theirs, strict=True) if a != b)


def conversions(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """DUP002: the lead into the contact that is already there."""
    done: set[Ref] = set()
    for finding in findings:
        able = [r for r in finding.subjects if context.can(Action.CONVERT, r.system, r.object)]
        if len(able) != 1 or able[0] in done:
            yield unfixable(finding, f"{finding.subjects[0].system} cannot convert it by its connector.")
            continue
        lead = able[0]
        done.add(lead)
        contact = next(ref for ref in finding.subjects if ref != lead)
        yield Change(
            action=Action.CONVERT,
            target=lead,
            kind=finding.kind,
            others=(contact,),
            winner=contact,
            reason=f"{contact} is already there.",
            rule="convert",
            finding=finding.id,
            risk=Risk.HIGH,
            reversal=context.capabilities[lead.system].reversal.get(Action.CONVERT, Reversal.NONE),
            irreversible=f"A converted {lead.object} cannot be turned back, and its activities move to the contact.",
        )
