"""From findings to changes: what each finding's fix is, as far as policy, capabilities and the CRMs' own rules allow.

Every finding ends in a change or in `unfixable` with its reason, so that nothing is silent. Of two changes that want
one field of one record, the one of the weightier class stays; the order of findings does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from trueup.model.authorship import FROZEN
from trueup.model.changes import Action, Change
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.policy import Policy
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.reconcile.frame import SUBJECT_KINDS, Frame
from trueup.reconcile.propose import fields, meaning, merging, owning, staging, storing, uniqueness
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.creating import Creator
from trueup.reconcile.propose.following import followed, without_written
from trueup.reconcile.propose.outcome import Item, Proposal, Unfixable, unfixable
from trueup.reconcile.propose.relinking import relinked

if TYPE_CHECKING:
    import duckdb

__all__ = ["Proposal", "Unfixable", "propose"]

_Proposer = Callable[[Context, Sequence[Finding]], Iterator[Item]]

_PROPOSERS: Mapping[tuple[str, ...], _Proposer] = {
    ("STG001",): staging.people,
    ("STG011",): staging.deals,
    ("OWN001",): owning.differing,
    ("OWN002", "OWN003"): owning.missing,
    ("FLD002", "FLD003"): fields.conflicts,
    ("FLD004",): fields.malformed,
    ("DUP001", "DUP004"): merging.merges,
    ("DUP002",): merging.conversions,
    ("LNK001", "LNK005", "LNK006"): lambda context, findings: Creator(context).create(findings),
    ("LNK003",): storing.dead,
}

_BY_HAND = {
    "ACT": "Activities are not copied or made up; the evidence says what is missing.",
    "DUP003": "Whether the link is right, or which address is, only a person can find out.",
    "FLD001": "No system knows the value; somebody must find it out.",
    "FLD005": "Add the value to the policy's value map, or correct it in the CRM.",
    "LNK002": "Whose counterpart it is, a person must decide; if the claimers are duplicates, merging them settles it.",
    "LNK004": "A person must confirm which records belong together before their ids are exchanged.",
    "STG009": "Add the value to the policy's lifecycle map, or correct it in the CRM.",
    "STG": "Only a person knows what really happened; the evidence says what is missing.",
}

_RULE_ORDER = ("stage_back", "stage_forward", "owner", "conflict", "normalize", "fill_blank", "link_id")


def propose(
    con: duckdb.DuckDBPyConnection,
    policy: Policy,
    findings: Sequence[Finding],
    capabilities: Mapping[str, Capabilities],
    now: datetime,
    *,
    frame: Frame | None = None,
) -> Proposal:
    """Changes for the findings, sorted by address and field; the same input gives the same output.

    `frame` is the one the checks ran over, if its derived tables are still there.
    """
    context = Context(frame or Frame(con, policy, now), capabilities)
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda f: f.id):
        by_code[finding.code].append(finding)
    _fetch(context, findings)
    items: list[Item] = []
    for codes, proposer in _PROPOSERS.items():
        found = [finding for code in codes for finding in by_code.pop(code, [])]
        items += proposer(context, sorted(found, key=lambda f: ([str(r) for r in f.subjects], f.field)))
    items += (_frozen(finding) for finding in by_code.pop(FROZEN, []))
    items += (_by_hand(finding) for group in by_code.values() for finding in group)
    changes = [item for item in items if isinstance(item, Change)]
    busy = _busy(findings, changes)
    changes += storing.absent(context, busy)
    left = [item for item in items if isinstance(item, Unfixable)]
    wanted = without_written(_thawed(context, changes, left))
    wanted = meaning.settled(uniqueness.free(context, wanted, left), left)
    proposal = _settle(wanted, left)
    changes = uniqueness.free(context, [*proposal.changes, *followed(context, proposal.changes)], [])
    return replace(proposal, changes=_sorted(relinked(context, changes, _busy(findings, ()))))


def _fetch(context: Context, findings: Sequence[Finding]) -> None:
    """Read what the findings are about and the counterparts of it, kind by kind."""
    wanted: dict[Kind, set[str]] = defaultdict(set)
    for finding in findings:
        if any(finding.code in codes for codes in _PROPOSERS):
            wanted[finding.kind].update(map(str, finding.subjects))
    for kind in SUBJECT_KINDS:
        context.fetch(kind, wanted[kind])
        context.fetch(kind, [partner for ref in wanted[kind] for partner in context.partners(ref)])


def _by_hand(finding: Finding) -> Unfixable:
    reason = _BY_HAND.get(finding.code) or _BY_HAND.get(finding.code[:3]) or "There is no automatic fix for it."
    return Unfixable(finding.id, finding.code, reason)


def _frozen(finding: Finding) -> Unfixable:
    return unfixable(finding, " ".join((f"{finding.field} of {finding.subjects[0]}:", *finding.evidence)))


def _busy(findings: Sequence[Finding], changes: Iterable[Change]) -> set[str]:
    """Records whose stored ids are in question or already being written."""
    busy = {
        str(ref)
        for finding in findings
        if finding.code.startswith(("LNK002", "LNK003", "LNK004"))
        for ref in finding.subjects
    }
    return busy | {str(change.target) for change in changes if change.field == "foreign_ids"}


def _thawed(context: Context, changes: Sequence[Change], left: list[Unfixable]) -> list[Change]:
    """The changes but those of frozen fields, which go to what is left over."""
    kept = []
    for change in changes:
        flip = context.frozen.get((str(change.target), change.field)) if change.action is Action.UPDATE else None
        if flip is None:
            kept.append(change)
        elif change.finding:
            left.append(Unfixable(change.finding, change.finding.partition("-")[0], flip.sentence))
    return kept


def _settle(changes: Sequence[Change], left: list[Unfixable]) -> Proposal:
    """One change per record and field, and none to a record that is about to be merged away or converted."""
    going: dict[Ref, str] = {}
    for change in changes:
        if change.action is Action.MERGE:
            going |= {loser: f"{loser} is to be merged into {change.target} first." for loser in change.others}
        elif change.action is Action.CONVERT:
            going[change.target] = f"{change.target} is to be converted first."
    kept: dict[tuple[object, ...], Change] = {}
    also: dict[str, str] = {}
    for change in sorted(changes, key=_weight):
        if change.action is Action.UPDATE and change.target in going:
            # An id that it was to store is stored by whoever takes its place.
            if change.finding and not (change.field == "foreign_ids" and change.needs):
                left.append(Unfixable(change.finding, change.finding.partition("-")[0], going[change.target]))
            continue
        if change.action is Action.UPDATE and change.before == change.after:
            continue
        key: tuple[object, ...] = (
            (change.target, change.field)
            if change.action is Action.UPDATE
            else (change.target, change.action, change.others)
        )
        winner = kept.setdefault(key, change)
        if winner is change or not change.finding:
            continue
        if winner.after == change.after:
            also[change.finding] = winner.id
        else:
            reason = f"Another change writes {change.field} of {change.target} first ({winner.rule})."
            left.append(Unfixable(change.finding, change.finding.partition("-")[0], reason))
    # A finding of which one side could be mended and the other not is told as far as it could not.
    unique = {(item.finding, item.reason): item for item in left}
    left_over = sorted(unique.values(), key=lambda item: (item.code, item.finding, item.reason))
    return Proposal(_sorted(kept.values()), tuple(left_over), also)


def _sorted(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda c: (str(c.target), c.field, c.action.value, c.others, c.id)))


def _weight(change: Change) -> tuple[object, ...]:
    rule = _RULE_ORDER.index(change.rule) if change.rule in _RULE_ORDER else len(_RULE_ORDER)
    return rule, str(change.target), change.field, change.finding, change.id
