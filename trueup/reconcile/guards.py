"""How much a plan may do before it refuses itself: every guard counts, and says so with numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from trueup.model.changes import Action, Change, GuardVerdict
from trueup.model.policy import Policy

_REPLACES = (Action.UPDATE, Action.MERGE, Action.CONVERT, Action.DELETE)


def judge(changes: Sequence[Change], policy: Policy, totals: Mapping[tuple[str, str], int]) -> tuple[GuardVerdict, ...]:
    """Count the changes against the policy's guards. `totals` is the live records of each (system, object)."""
    guards = policy.guards
    merges = sum(change.action is Action.MERGE for change in changes)
    creates = sum(change.action is Action.CREATE for change in changes)
    return (
        _count("max_changes", len(changes), guards.max_changes, "changes"),
        *_shares(changes, policy, totals),
        _count("max_merges", merges, guards.max_merges, "merges"),
        _count("max_creates", creates, guards.max_creates, "creates"),
    )


def _count(name: str, count: int, limit: int, what: str) -> GuardVerdict:
    tripped = count > limit
    return GuardVerdict(name, count, limit, tripped, f"{count:,} {what}; the guard allows {limit:,}.")


def _shares(changes: Sequence[Change], policy: Policy, totals: Mapping[tuple[str, str], int]) -> list[GuardVerdict]:
    """One verdict per (system, object): the share of its existing records that would change."""
    touched: dict[tuple[str, str], set[str]] = defaultdict(set)
    for change in changes:
        if change.action in _REPLACES:
            for ref in (change.target, *(change.others if change.action is Action.MERGE else ())):
                touched[ref.system, ref.object].add(ref.id)
    share = policy.guards.max_share
    found = []
    for (system, name), ids in sorted(touched.items()):
        total, count = totals.get((system, name), 0), len(ids)
        # A handful may always change: ten per cent of five records would be none.
        limit = max(int(total * share), 1)
        part = f"{count / total:.1%}" if total else "more than there are"
        what = (
            f"{system}: {count:,} of {total:,} {name} would change ({part}; the guard allows {share:.0%}, {limit:,})."
        )
        found.append(GuardVerdict(f"max_share {system} {name}", count, limit, count > limit, what))
    return found
