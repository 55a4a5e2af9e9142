"""The documents of a plan and its changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trueup.model.authorship import FROZEN
from trueup.model.changes import Change, Plan
from trueup.report.shapes import UnfixableLike
from trueup.report.words import stamp


def change(item: Change) -> dict[str, Any]:
    """One change."""
    return {
        "id": item.id,
        "action": item.action.value,
        "target": str(item.target),
        "others": [str(ref) for ref in item.others],
        "kind": item.kind.value,
        "field": item.field,
        "before": item.before,
        "after": item.after,
        "base": item.base,
        "needs": list(item.needs),
        "values": dict(item.values),
        "winner": str(item.winner) if item.winner else None,
        "reason": item.reason,
        "rule": item.rule,
        "finding": item.finding,
        "risk": item.risk.value,
        "reversal": item.reversal.value,
        "irreversible": item.irreversible,
    }


def plan(
    sealed: Plan, approved_by_rule: int, unfixable: Sequence[UnfixableLike], asked: Sequence[str] = ()
) -> dict[str, Any]:
    """`trueup plan --json`: a plan, counted by class, with what no change was proposed for."""
    return {
        "plan": sealed.id,
        "digest": sealed.digest,
        "made_at": stamp(sealed.made_at),
        "expires_at": stamp(sealed.expires_at),
        "planned": len(sealed.changes),
        "approved_by_rule": approved_by_rule,
        "waiting": len(sealed.changes) - approved_by_rule,
        "by_rule": dict(sorted(Counter(c.rule for c in sealed.changes).items())),
        "guards": [
            {"name": g.name, "count": g.count, "limit": g.limit, "tripped": g.tripped, "what": g.what}
            for g in sealed.guards
        ],
        "changes": [change(c) for c in sealed.changes],
        "asked": list(asked),
        "frozen": [{"finding": u.finding, "reason": u.reason} for u in unfixable if u.code == FROZEN],
        "unfixable": [{"finding": u.finding, "code": u.code, "reason": u.reason} for u in unfixable],
    }
