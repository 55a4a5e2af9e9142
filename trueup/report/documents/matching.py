"""The JSON documents of the `match` verbs. Keys are a promise (docs/scripting.md): they are only added to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.model.matching import Level, Match
from trueup.model.policy import PairDecision
from trueup.report.matching_shapes import (
    EvaluationLike,
    RememberedLike,
    ShareLike,
    TableMatchLike,
    TablePairLike,
    ToldLike,
    TunedKindLike,
    TuningLike,
    day,
)


def match(found: Match) -> dict[str, Any]:
    """`trueup match explain --json` of two records of the CRMs."""
    return _pair(str(found.left), str(found.right), found.score, found.levels, found.prior_weight, found.capped_by) | {
        "kind": found.kind.value,
        "grade": found.grade.value,
        "together": None,
        "threshold": None,
    }


def table_pair(found: TablePairLike) -> dict[str, Any]:
    """The same of two records of a table."""
    return _pair(found.left, found.right, found.score, found.levels, found.prior_weight, found.capped_by) | {
        "kind": None,
        "grade": None,
        "together": found.together,
        "threshold": found.threshold,
    }


def _pair(left: str, right: str, score: float, levels: Sequence[Level], prior: float, capped: str) -> dict[str, Any]:
    return {
        "left": left,
        "right": right,
        "probability": score,
        "prior": prior,
        "total": round(prior + sum(level.weight for level in levels), 4),
        "capped_by": capped,
        "levels": [
            {
                "comparison": level.comparison,
                "label": level.label,
                "weight": level.weight,
                "left": level.left,
                "right": level.right,
            }
            for level in levels
        ],
        "against": [level.comparison for level in levels if level.weight < 0],
    }


def evaluation(found: EvaluationLike) -> dict[str, Any]:
    """`trueup match evaluate --json`."""
    return {
        "pairs": found.pairs,
        "unknown": found.unknown,
        "precision": _share(found.precision),
        "recall": _share(found.recall),
        "f1": {"value": found.f1, "low": found.f1_interval[0], "high": found.f1_interval[1]},
        "mistakes": [
            {
                "left": mistake.left,
                "right": mistake.right,
                "mistake": "joined" if mistake.joined else "missed",
                "probability": mistake.probability,
            }
            for mistake in found.mistakes
        ],
    }


def _share(share: ShareLike) -> dict[str, Any]:
    low, high = share.interval
    return {"value": share.value, "low": low, "high": high, "right": share.right, "of": share.of}


def table(found: TableMatchLike) -> dict[str, Any]:
    """`trueup match table --json`."""
    return {
        "out": str(found.out),
        "tables": [{"name": name, "records": records} for name, records in found.tables],
        "clusters": found.clusters,
        "matched": found.matched,
        "largest": found.largest,
        "pairs": found.pairs,
        "left_out": found.left_out,
        "left_out_by": dict(found.left_out_by),
        "threshold": found.threshold,
        "split": found.split,
        "held_once": list(found.held_once),
        "one_to_one": len(found.held_once) == 2,
        "expected_f1": found.expected,
    }


def decision(one: PairDecision) -> dict[str, Any]:
    """One decision about a pair."""
    return {
        "left": one.left,
        "right": one.right,
        "verdict": one.verdict,
        "by": one.by,
        "why": one.why,
        "on": day(one.on),
        "until": day(one.until),
    }


def decisions(found: Sequence[RememberedLike]) -> dict[str, Any]:
    """`trueup match decisions --json`."""
    return {
        "in_force": sum(item.state == "in force" for item in found),
        "decisions": [
            decision(item.decision) | {"kept": item.kept, "state": item.state, "now": list(item.now)} for item in found
        ],
    }


def told(found: ToldLike, *, withdrawn: bool = False) -> dict[str, Any]:
    """`trueup match same`, `different` and `forget --json`."""
    return {
        "decision": decision(found.decision),
        "before": decision(found.before) if found.before else None,
        "file": found.file or None,
        "withdrawn": withdrawn,
    }


def tuning(found: TuningLike) -> dict[str, Any]:
    """`trueup match tune --json`."""
    return {
        "file": str(found.file),
        "written": found.written,
        "named_by_policy": found.named,
        "changes": found.changes,
        "kinds": [_kind(item) for item in found.kinds],
    }


def _kind(item: TunedKindLike) -> dict[str, Any]:
    effects = item.effects
    return {
        "kind": item.kind,
        "learned_from": {
            "records": item.tuned.records,
            "pairs": item.tuned.pairs,
            "matches": round(item.tuned.matches),
            "decisions": item.tuned.decisions,
        },
        "levels": [
            {
                "level": shift.key,
                "comparison": shift.comparison,
                "label": shift.label,
                "by_value": shift.by_value,
                "m": {"now": shift.m[0], "learned": shift.m[1]},
                "u": {"now": shift.u[0], "learned": shift.u[1]} if shift.u else None,
                "weight": {"now": round(shift.weight[0], 2), "learned": round(shift.weight[1], 2)},
            }
            for shift in effects.shifts
        ],
        "regraded": [
            {
                "now": change.before.value,
                "learned": change.after.value,
                "pairs": change.pairs,
                "examples": [
                    {"left": e.left, "right": e.right, "now": e.score[0], "learned": e.score[1]}
                    for e in change.examples
                ],
            }
            for change in effects.regraded
        ],
        "decided": [
            {"verdict": o.verdict, "pairs": o.pairs, "right": {"now": o.right[0], "learned": o.right[1]}}
            for o in effects.outcomes
        ],
    }
