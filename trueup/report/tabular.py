"""CSV and JSON of a whole report.

A cell that begins like a formula is run as one by spreadsheets, and what is in it was typed by strangers: such cells
get an apostrophe in front, which spreadsheets take for "this is text" (OWASP, CSV injection). Numbers of ours are
written as they are; values are all text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from trueup.model.authorship import NAMES_A_WRITER
from trueup.report import documents
from trueup.report.rows import ChangeRow, FamilyRow, FindingRow, MatchView, RecordLink, View
from trueup.report.words import stamp

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

CHANGE_COLUMNS = (
    "state",
    "risk",
    "class",
    "code",
    "name",
    "system",
    "record",
    "url",
    "other_records",
    "action",
    "field",
    "before",
    "after",
    "values",
    "winner",
    "why",
    "evidence",
    "undo",
    "decided_by",
    "note",
    "message",
    "change_id",
)
FINDING_COLUMNS = (
    "state",
    "severity",
    "code",
    "title",
    "name",
    "kind",
    "field",
    "records",
    "values",
    "urls",
    "evidence",
    "first_seen",
    "reason",
    "finding_id",
)


def harmless(value: str) -> str:
    """The cell, made text when a spreadsheet would take it for a formula; `-12` and `+31 20…` too."""
    return f"'{value}" if value.lstrip(" ").startswith(_STARTS) else value


def changes_csv(view: View) -> str:
    """One row per planned change, what needs a person first."""
    return _csv(CHANGE_COLUMNS, map(_change_cells, view.changes))


def findings_csv(view: View) -> str:
    """One row per finding, those without a fix first."""
    return _csv(FINDING_COLUMNS, map(_finding_cells, view.findings))


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue()


def _change_cells(row: ChangeRow) -> tuple[str, ...]:
    return (
        row.state.value,
        row.risk,
        row.rule,
        row.code,
        row.name,
        row.system,
        row.target.ref,
        row.target.url,
        _joined(other.ref for other in row.others),
        row.action,
        row.field,
        row.old or "",
        row.new or "",
        _joined(f"{label}: {value or ''}" for label, value in row.told),
        row.winner,
        row.why,
        _joined([*row.evidence, *(match.sentence for match in row.matches)]),
        row.undo,
        row.by,
        row.note,
        row.message,
        row.id,
    )


def _finding_cells(row: FindingRow) -> tuple[str, ...]:
    return (
        row.state.value,
        row.severity,
        row.code,
        row.title,
        row.name,
        row.kind,
        row.field,
        _joined(subject.ref for subject in row.subjects),
        _joined(f"{subject.ref}: {subject.told or ''}" for subject in row.subjects if subject.has_value),
        _joined(subject.url for subject in row.subjects if subject.url),
        _joined([*row.evidence, *(match.sentence for match in row.matches)]),
        stamp(row.since) or "",
        row.reason,
        row.id,
    )


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)


def document(view: View) -> dict[str, Any]:
    """The whole report as one JSON document (docs/scripting.md); keys are only added to."""
    return {
        "verdict": view.verdict,
        "in_true": view.in_true,
        "at": stamp(view.at),
        "counts": asdict(view.counts),
        "agreement": view.agreement,
        "families": [_family(row) for row in view.families],
        "lifecycle": asdict(view.matrix) if view.matrix else None,
        "plan": view.plan or None,
        "digest": view.digest or None,
        "policy_digest": view.policy_digest or None,
        "expires_at": stamp(view.expires_at),
        "undoes": view.undoes or None,
        "guards": [{"name": name, "what": what, "tripped": tripped} for name, what, tripped in view.guards],
        "changes": [_change(row) for row in view.changes],
        "frozen": [_frozen(row) for row in view.frozen],
        "findings": [_finding(row) for row in view.findings],
        "not_looked_at": [{"code": code, "title": title, "why": why} for code, title, why in view.not_looked_at],
        "sources": [
            {
                "system": row.system,
                "object": row.object,
                "rows": row.rows,
                "taken_at": stamp(row.taken_at),
                "complete": row.complete,
                "notes": list(row.notes),
            }
            for row in view.sources
        ],
        "missing": list(view.missing),
        "matching": documents.covered(view.matching),
    }


def _family(row: FamilyRow) -> dict[str, Any]:
    return {
        "family": row.family,
        "name": row.name,
        "findings": row.findings,
        "records": row.records,
        "looked_at": row.looked_at,
        "share_in_true": row.share,
        "codes": {code: number for code, _, number in row.codes},
    }


def _record(link: RecordLink) -> dict[str, Any]:
    value = {"value": link.value} if link.has_value else {}
    return {"ref": link.ref, "name": link.name, "url": link.url} | value


def _match(match: MatchView) -> dict[str, Any]:
    return {
        "left": match.left,
        "right": match.right,
        "sentence": match.sentence,
        "score": match.score,
        "prior": match.prior,
        "capped_by": match.capped_by,
        "levels": [{"comparison": x.comparison, "label": x.label, "weight": x.weight} for x in match.levels],
    }


def _change(row: ChangeRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "action": row.action,
        "what": row.what,
        "name": row.name,
        "kind": row.kind,
        "system": row.system,
        "field": row.field,
        "code": row.code,
        "before": row.before,
        "after": row.after,
        "old": row.old,
        "new": row.new,
        "values": [{"label": label, "value": value} for label, value in row.values],
        "why": row.why,
        "winner": row.winner,
        "target": _record(row.target),
        "others": [_record(link) for link in row.others],
        "evidence": list(row.evidence),
        "matches": [_match(match) for match in row.matches],
        "risk": row.risk,
        "class": row.rule,
        "reversal": row.reversal,
        "undo": row.undo,
        "by": row.by,
        "note": row.note,
        "message": row.message,
    }


def _frozen(row: FindingRow) -> dict[str, Any]:
    return {
        "finding": row.id,
        "record": row.subjects[0].ref,
        "url": row.subjects[0].url,
        "name": row.name,
        "kind": row.kind,
        "field": row.field,
        "held": row.subjects[0].value,
        "said": [sentence for sentence in row.evidence if not sentence.startswith(NAMES_A_WRITER)],
        "writers": [sentence for sentence in row.evidence if sentence.startswith(NAMES_A_WRITER)],
    }


def _finding(row: FindingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "code": row.code,
        "title": row.title,
        "severity": row.severity,
        "kind": row.kind,
        "field": row.field,
        "name": row.name,
        "subjects": [_record(link) for link in row.subjects],
        "evidence": list(row.evidence),
        "matches": [_match(match) for match in row.matches],
        "first_seen": stamp(row.since),
        "reason": row.reason,
    }
