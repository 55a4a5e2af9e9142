"""The JSON documents of `--json`, as plain values. Keys are a promise (docs/scripting.md): they are only added to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from trueup.model.changes import Change, Plan
from trueup.model.findings import Finding
from trueup.model.matching import Link
from trueup.model.receipts import Outcome, Receipt, Run


class PulledLike(Protocol):
    """What a pull says of one object."""

    @property
    def system(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def full(self) -> bool: ...
    @property
    def complete(self) -> bool: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def error(self) -> str: ...


def pulled(rows: Iterable[PulledLike]) -> list[dict[str, Any]]:
    """One entry per object."""
    return [
        {
            "system": row.system,
            "object": row.object,
            "rows": row.rows,
            "full": row.full,
            "complete": row.complete,
            "notes": list(row.notes),
            "error": row.error,
        }
        for row in rows
    ]


def finding(found: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "id": found.id,
        "code": found.code,
        "severity": found.severity.value,
        "kind": found.kind.value,
        "field": found.field,
        "subjects": [str(ref) for ref in found.subjects],
        "values": dict(found.values),
        "evidence": list(found.evidence),
        "first_seen": found.first_seen.isoformat() if found.first_seen else None,
    }


def findings(found: Sequence[Finding], not_looked_at: Iterable[object] = ()) -> dict[str, Any]:
    """All findings, counted by code, and what could not be looked at."""
    return {
        "counts": dict(sorted(Counter(f.code for f in found).items())),
        "findings": [finding(f) for f in found],
        "not_looked_at": [str(item) for item in not_looked_at],
    }


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
        "values": dict(item.values),
        "winner": str(item.winner) if item.winner else None,
        "reason": item.reason,
        "rule": item.rule,
        "finding": item.finding,
        "risk": item.risk.value,
        "reversal": item.reversal.value,
        "irreversible": item.irreversible,
    }


def plan(sealed: Plan, approved_by_rule: int, unfixable: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A plan, counted by class, with what no change was proposed for."""
    return {
        "plan": sealed.id,
        "digest": sealed.digest,
        "made_at": sealed.made_at.isoformat(),
        "expires_at": sealed.expires_at.isoformat(),
        "planned": len(sealed.changes),
        "approved_by_rule": approved_by_rule,
        "waiting": len(sealed.changes) - approved_by_rule,
        "by_rule": dict(sorted(Counter(c.rule for c in sealed.changes).items())),
        "guards": [
            {"name": g.name, "count": g.count, "limit": g.limit, "tripped": g.tripped, "what": g.what}
            for g in sealed.guards
        ],
        "changes": [change(c) for c in sealed.changes],
        "unfixable": [{"finding": finding_id, "reason": reason} for finding_id, reason in unfixable],
    }


def outcome_counts(sealed: Plan, receipts: Mapping[str, Receipt]) -> dict[str, int]:
    """planned and every outcome; the outcomes add up to planned."""
    counted = Counter(receipt.outcome for receipt in receipts.values())
    return {"planned": len(sealed.changes)} | {outcome.value: counted[outcome] for outcome in Outcome}


def applied(sealed: Plan, receipts: Mapping[str, Receipt], drifted: Iterable[str] = ()) -> dict[str, Any]:
    """What became of every change of a plan."""
    return {
        "plan": sealed.id,
        "counts": outcome_counts(sealed, receipts),
        "receipts": [
            {
                "change": r.change_id,
                "outcome": r.outcome.value,
                "at": r.at.isoformat(),
                "ref": str(r.ref) if r.ref else None,
                "observed": dict(r.observed),
                "code": r.code,
                "message": r.message,
                "request_id": r.request_id,
            }
            for c in sealed.changes
            if (r := receipts.get(c.id))
        ],
        "drifted": list(drifted),
    }


def run(item: Run) -> dict[str, Any]:
    """One run."""
    return {
        "run": item.id,
        "verb": item.verb,
        "started_at": item.started_at.isoformat(),
        "ended_at": item.ended_at.isoformat() if item.ended_at else None,
        "status": item.status.value,
        "exit_code": item.exit_code,
        "plan": item.plan_id,
        "counts": dict(item.counts),
    }


def link(item: Link) -> dict[str, Any]:
    """One link of the crosswalk."""
    return {
        "left": str(item.left),
        "right": str(item.right),
        "kind": item.kind.value,
        "source": item.source.value,
        "score": item.score,
        "since": item.since.isoformat(),
        "evidence": item.evidence,
    }
