"""The documents of what was found: findings, frozen fields, what could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from trueup.model.authorship import FROZEN, writers
from trueup.model.findings import Finding
from trueup.model.matching import Coverage
from trueup.report.shapes import NotLookedAtLike
from trueup.report.words import stamp


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


def covered(found: Iterable[Coverage]) -> list[dict[str, Any]]:
    """How far matching went, kind by kind."""
    return [
        {
            "kind": one.kind.value,
            "records": one.records,
            "grouped": one.grouped,
            "largest": one.largest,
            "largest_record": one.largest_record,
            "pairs": one.pairs,
            "left_out": one.left_out,
            "left_out_by": dict(one.left_out_by),
        }
        for one in found
    ]


def findings(
    found: Sequence[Finding], not_looked_at: Iterable[NotLookedAtLike] = (), matched: Iterable[Coverage] = ()
) -> dict[str, Any]:
    """`trueup check --json`: all findings, counted by code, what could not be looked at, how far matching went."""
    return {
        "counts": dict(sorted(Counter(f.code for f in found).items())),
        "frozen": frozen(found),
        "findings": [finding(f) for f in found],
        "not_looked_at": not_looked(not_looked_at),
        "matching": covered(matched),
        "in_true": not found,
    }
