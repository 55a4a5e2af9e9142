"""The documents of what became of a plan: applied, verified, undone, and the nightly run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trueup.model.changes import Loss, Plan
from trueup.model.findings import Finding
from trueup.model.receipts import Outcome, Receipt
from trueup.report.documents.changes import change
from trueup.report.documents.findings import frozen
from trueup.report.documents.house import pull
from trueup.report.shapes import DriftLike, PulledLike
from trueup.report.words import stamp


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


def undone(sealed: Plan, lost: Sequence[Loss], receipts: Mapping[str, Receipt] | None) -> dict[str, Any]:
    """`trueup undo --json`; `counts` and `receipts` are null when it was only looked at."""
    return {
        "plan": sealed.id,
        "undoes": sealed.undoes,
        "changes": [change(item) for item in sealed.changes],
        "cannot": [{"change": change(it.change), "why": it.why, "comes_back": it.comes_back} for it in lost],
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
