"""The documents of the setup and the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trueup.model.matching import Link
from trueup.model.receipts import Run
from trueup.model.records import Snapshot
from trueup.report.shapes import ConnectorLike, DiagnosisLike, PrunedLike, PulledLike, StatusLike
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
            "way": row.way,
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


def pruned(result: PrunedLike) -> dict[str, Any]:
    """`trueup db prune --json`."""
    gone = result.pruned
    return {
        "before": stamp(result.before),
        "dry_run": result.dry_run,
        "plans": gone.plans,
        "runs": list(gone.runs),
        "changes": gone.changes,
        "images": gone.images,
        "receipts": gone.receipts,
        "values": gone.values,
        "findings": gone.findings,
        "bytes_before": result.bytes_before,
        "bytes_after": result.bytes_after,
    }
