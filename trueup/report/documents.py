"""The JSON documents of `--json`, as plain values. Keys are a promise (docs/scripting.md): they are only added to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trueup.model.authorship import FROZEN, writers
from trueup.model.changes import Change, Plan
from trueup.model.findings import Finding
from trueup.model.matching import Link
from trueup.model.receipts import Outcome, Receipt, Run
from trueup.model.records import Snapshot
from trueup.report.shapes import (
    ConnectorLike,
    DiagnosisLike,
    DriftLike,
    NotLookedAtLike,
    PulledLike,
    StatusLike,
    UnfixableLike,
)
from trueup.report.words import stamp


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


def pull(rows: Sequence[PulledLike]) -> dict[str, Any]:
    """`trueup pull --json`."""
    return {"complete": all(row.complete for row in rows), "rows": sum(r.rows for r in rows), "pulled": pulled(rows)}


def doctor(found: Sequence[DiagnosisLike]) -> dict[str, Any]:
    """`trueup doctor --json`."""
    return {
        "counts": {h: sum(d.health == h for d in found) for h in ("good", "warning", "bad")},
        "diagnoses": [
            {"subject": d.subject, "health": str(d.health), "seen": d.seen, "advice": d.advice} for d in found
        ],
    }


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
        "first_seen": stamp(found.first_seen),
    }


def frozen(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Fields that somebody else keeps changing back: what is held, and who does it as far as the CRM tells."""
    return [
        {
            "finding": one.id,
            "record": str(one.subjects[0]),
            "kind": one.kind.value,
            "field": one.field,
            "held": one.values.get(str(one.subjects[0])),
            "said": [sentence for sentence in one.evidence if sentence not in writers(one)],
            "writers": list(writers(one)),
        }
        for one in found
        if one.code == FROZEN
    ]


def not_looked(rows: Iterable[NotLookedAtLike]) -> list[dict[str, str]]:
    """What could not be looked at."""
    return [{"code": row.code, "why": row.why} for row in rows]


def findings(found: Sequence[Finding], not_looked_at: Iterable[NotLookedAtLike] = ()) -> dict[str, Any]:
    """`trueup check --json`: all findings, counted by code, and what could not be looked at."""
    return {
        "counts": dict(sorted(Counter(f.code for f in found).items())),
        "frozen": frozen(found),
        "findings": [finding(f) for f in found],
        "not_looked_at": not_looked(not_looked_at),
        "in_true": not found,
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


def outcome_counts(sealed: Plan, receipts: Mapping[str, Receipt]) -> dict[str, int]:
    """planned and every outcome; they add up: a change that nothing was tried with is skipped."""
    counted = Counter(receipts[c.id].outcome if c.id in receipts else Outcome.SKIPPED for c in sealed.changes)
    return {"planned": len(sealed.changes)} | {outcome.value: counted[outcome] for outcome in Outcome}


def receipt(item: Receipt) -> dict[str, Any]:
    """What happened to one change."""
    return {
        "change": item.change_id,
        "outcome": item.outcome.value,
        "at": stamp(item.at),
        "ref": str(item.ref) if item.ref else None,
        "observed": dict(item.observed),
        "code": item.code,
        "message": item.message,
        "request_id": item.request_id,
    }


def receipts_of(sealed: Plan, receipts: Mapping[str, Receipt]) -> list[dict[str, Any]]:
    """The receipts in the order of the plan."""
    return [receipt(receipts[c.id]) for c in sealed.changes if c.id in receipts]


def drift(item: DriftLike) -> dict[str, Any]:
    """A change that does not hold."""
    return {
        "change": item.change.id,
        "target": str(item.change.target),
        "field": item.change.field,
        "wrote": item.change.after,
        "now": item.now,
        "message": item.message,
    }


def applied(sealed: Plan, receipts: Mapping[str, Receipt], drifted: Iterable[DriftLike] = ()) -> dict[str, Any]:
    """`trueup apply --json`: what became of every change of a plan."""
    return {
        "plan": sealed.id,
        "counts": outcome_counts(sealed, receipts),
        "receipts": receipts_of(sealed, receipts),
        "drifted": [drift(item) for item in drifted],
    }


def verified(checked: int, drifted: Sequence[DriftLike], not_looked_at: Sequence[str]) -> dict[str, Any]:
    """`trueup verify --json`."""
    return {
        "checked": checked,
        "held": checked - len(drifted),
        "drifted": [drift(item) for item in drifted],
        "not_looked_at": list(not_looked_at),
    }


def undone(
    sealed: Plan, cannot: Sequence[tuple[Change, str]], receipts: Mapping[str, Receipt] | None
) -> dict[str, Any]:
    """`trueup undo --json`; `counts` and `receipts` are null when it was only looked at."""
    return {
        "plan": sealed.id,
        "undoes": sealed.undoes,
        "changes": [change(item) for item in sealed.changes],
        "cannot": [{"change": change(item), "why": why} for item, why in cannot],
        "counts": None if receipts is None else outcome_counts(sealed, receipts),
        "receipts": None if receipts is None else receipts_of(sealed, receipts),
    }


def nightly(
    rows: Sequence[PulledLike],
    found: Sequence[Finding],
    sealed: Plan,
    receipts: Mapping[str, Receipt],
    *,
    waiting: int,
    refused: str,
    report: str,
) -> dict[str, Any]:
    """`trueup run --json`."""
    return {
        "pull": pull(rows),
        "findings": dict(sorted(Counter(f.code for f in found).items())),
        "frozen": frozen(found),
        "plan": sealed.id,
        "counts": outcome_counts(sealed, receipts),
        "receipts": receipts_of(sealed, receipts),
        "waiting": waiting,
        "refused": refused,
        "report": report,
    }


def snapshot(item: Snapshot) -> dict[str, Any]:
    """What one pull of one object saw."""
    return {
        "snapshot": item.id,
        "system": item.system,
        "object": item.object,
        "taken_at": stamp(item.taken_at),
        "rows": item.rows,
        "complete": item.complete,
        "full": item.full,
        "notes": list(item.notes),
    }


def status(item: StatusLike) -> dict[str, Any]:
    """`trueup status --json`."""
    return {
        "snapshots": [snapshot(s) for s in item.snapshots],
        "open_findings": dict(item.open_findings),
        "plan": item.plan.id if item.plan else None,
        "plan_expires_at": stamp(item.plan.expires_at) if item.plan else None,
        "undecided": item.undecided,
        "approved_unapplied": item.approved_unapplied,
        "open_intents": item.open_intents,
        "last_run": run(item.last_run) if item.last_run else None,
    }


def run(item: Run) -> dict[str, Any]:
    """One run."""
    return {
        "run": item.id,
        "verb": item.verb,
        "started_at": stamp(item.started_at),
        "ended_at": stamp(item.ended_at),
        "status": item.status.value,
        "exit_code": item.exit_code,
        "plan": item.plan_id,
        "counts": dict(item.counts),
    }


def runs(items: Sequence[Run]) -> dict[str, Any]:
    """`trueup runs --json`."""
    return {"runs": [run(item) for item in items]}


def links(items: Sequence[Link]) -> dict[str, Any]:
    """`trueup links --json`."""
    return {"links": [link(item) for item in items]}


def connectors(specs: Sequence[ConnectorLike]) -> dict[str, Any]:
    """`trueup connectors --json`."""
    return {
        "connectors": [
            {
                "name": spec.name,
                "summary": spec.summary,
                "options": [
                    {
                        "name": o.name,
                        "help": o.help,
                        "type": o.type,
                        "default": o.default,
                        "required": o.required,
                        "secret": o.secret,
                        "choices": list(o.choices),
                    }
                    for o in spec.options
                ],
            }
            for spec in specs
        ]
    }


def link(item: Link) -> dict[str, Any]:
    """One link of the crosswalk."""
    return {
        "left": str(item.left),
        "right": str(item.right),
        "kind": item.kind.value,
        "source": item.source.value,
        "score": item.score,
        "since": stamp(item.since),
        "evidence": item.evidence,
    }
