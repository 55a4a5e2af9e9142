"""Rows as the page shows them: one flat shape for changes and findings, drawn alike by template and script."""

from __future__ import annotations

from typing import Any

from trueup.model.matching import Level
from trueup.report.rows import ChangeRow, FindingRow, MatchView, RecordLink, View
from trueup.report.words import EMPTY, clean, clip, moment

LONGEST = 1_500
"""Characters of a value that are kept in the page; a body of 32,000 says no more about a difference."""
SHORT = 160
"""Characters of a value in the line that is always seen."""
_RISK_TONES = {"high": "bad", "medium": "wait", "low": "good", "error": "bad", "warning": "wait", "info": "quiet"}
_UNDO_TONES = {"exact": "good", "partial": "wait", "none": "bad"}


def headline(view: View) -> tuple[str, str]:
    """The verdict in two: the word that counts, and the rest of the sentence."""
    head, colon, tail = view.verdict.partition(": ")
    if colon:
        return head, tail[0].upper() + tail[1:]
    head, stop, tail = view.verdict.partition(". ")
    return head.rstrip("."), tail if stop else ""


def change_card(row: ChangeRow) -> dict[str, Any]:
    """A change."""
    return {
        "id": row.id,
        "sign": row.sign,
        "who": _text(row.name),
        "what": row.what,
        "ids": row.action in ("merge", "convert"),
        "old": _old(row),
        "new": _new(row),
        "long": [_text(row.old), _text(row.new)] if row.is_value and _is_long(row) else None,
        "lines": [[label, _text(value) or EMPTY] for label, value in row.told],
        "why": _text(row.why),
        "reason": "",
        "wins": row.winner,
        "state": row.state.label,
        "tone": row.state.tone,
        "risk": row.risk,
        "rtone": _RISK_TONES[row.risk],
        "code": row.code,
        "title": row.title,
        "records": [_record(row.target), *map(_record, row.others)],
        "evidence": [_text(sentence) for sentence in row.evidence],
        "matches": [_match(match) for match in row.matches],
        "undo": row.undo,
        "utone": _UNDO_TONES[row.reversal],
        "said": _text(row.message),
        "by": _decided(row),
        "since": "",
        "facets": {
            "state": row.state.label,
            "family": row.family,
            "code": row.code,
            "system": row.system,
            "field": row.field_label,
            "risk": row.risk,
            "class": row.rule_name,
        },
    }


def finding_card(row: FindingRow) -> dict[str, Any]:
    """A finding without a fix."""
    return {
        "id": row.id,
        "sign": "!",
        "who": _text(row.name),
        "what": row.title + (f" · {row.field_label}" if row.field_label else ""),
        "ids": False,
        "old": None,
        "new": None,
        "long": None,
        "lines": [],
        "why": _text(row.evidence[0] if row.evidence else _said(row) or row.reason),
        "reason": _text(row.reason),
        "wins": "",
        "state": row.state.label,
        "tone": row.state.tone,
        "risk": row.severity,
        "rtone": _RISK_TONES[row.severity],
        "code": row.code,
        "title": row.title,
        "records": [_record(link) for link in row.subjects],
        "evidence": [_text(sentence) for sentence in row.evidence[1:]],
        "matches": [_match(match) for match in row.matches],
        "undo": "",
        "utone": "quiet",
        "said": "",
        "by": "",
        "since": moment(row.since) if row.since else "",
        "facets": {
            "state": row.state.label,
            "family": row.family,
            "code": row.code,
            "system": row.system,
            "field": row.field_label,
            "risk": row.severity,
            "class": "",
        },
    }


def _said(row: FindingRow) -> str:
    """Both sides' values in one line."""
    return " · ".join(f"{link.system}: {_text(link.told) or EMPTY}" for link in row.subjects if link.has_value)


def _old(row: ChangeRow) -> str | None:
    if row.is_value:
        return clip(_text(row.old), SHORT) or EMPTY
    if row.action in ("merge", "convert"):
        return _place(row.others[0] if row.action == "merge" and row.others else row.target)
    return None


def _new(row: ChangeRow) -> str | None:
    if row.is_value:
        return clip(_text(row.new), SHORT) or EMPTY
    if row.action == "merge":
        return _place(row.target)
    if row.action == "convert":
        return _place(row.others[0]) if row.others else None
    if row.action == "create":
        return clip(", ".join(_text(value) for _, value in row.values if value), SHORT) or None
    return None


def _place(link: RecordLink) -> str:
    """A record within its own system."""
    return link.ref.removeprefix(f"{link.system}:")


def _is_long(row: ChangeRow) -> bool:
    return len(row.old or "") > SHORT or len(row.new or "") > SHORT


def _text(value: str | None) -> str:
    if not value:
        return ""
    if len(value) > LONGEST:
        return f"{clean(value[:LONGEST])}… ({len(value) - LONGEST:,} more characters)"
    return clean(value)


def _record(link: RecordLink) -> list[str | None]:
    """System, address, name, link, value (None where there is none to show)."""
    url = link.url if link.url.startswith(("https://", "http://")) else ""
    return [link.system, link.ref, _text(link.name), url, (_text(link.told) or EMPTY) if link.has_value else None]


def _decided(row: ChangeRow) -> str:
    if not row.by:
        return ""
    by = f"by the rule for {row.rule_name}" if row.by.startswith("rule:") else f"by {_text(row.by)}"
    return by + (f": {_text(row.note)}" if row.note else "")


def _match(match: MatchView) -> dict[str, Any]:
    score = "" if match.score is None else f"{min(match.score, 0.9999) if match.levels else match.score:.4f}"
    return {
        "sentence": _text(match.sentence),
        "pair": f"{match.left} = {match.right}",
        "score": score,
        "cap": _text(match.capped_by),
        "bars": _bars(match.levels, match.prior),
        "zero": _zero(match.levels, match.prior),
        "against": _text(", ".join(level.comparison for level in match.levels if level.weight < 0)),
    }


def _edges(levels: tuple[Level, ...], prior: float) -> list[float]:
    """Where the total stands before anything and after each part."""
    edges = [0.0]
    for weight in ([prior] if prior else []) + [level.weight for level in levels]:
        edges.append(edges[-1] + weight)
    return edges


def _zero(levels: tuple[Level, ...], prior: float) -> float:
    """The place, in percent, where nothing speaks either way."""
    edges = _edges(levels, prior)
    return round(-min(edges) / ((max(edges) - min(edges)) or 1.0) * 100, 1)


def _bars(levels: tuple[Level, ...], prior: float) -> list[list[Any]]:
    """The parts as a waterfall: (part, outcome, weight, where it begins, how long it is, tone); places in percent."""
    if not levels:
        return []
    parts = [("before looking", "how rare a match is", prior)] * bool(prior)
    parts += [(level.comparison, level.label, level.weight) for level in levels]
    edges = _edges(levels, prior)
    at = edges[-1]
    low, high = min(edges), max(edges)
    span = (high - low) or 1.0
    bars: list[list[Any]] = []
    for (name, label, weight), start, end in zip(parts, edges, edges[1:], strict=False):
        left, width = (min(start, end) - low) / span * 100, abs(weight) / span * 100
        tone = "good" if weight > 0 else "bad" if weight < 0 else "quiet"
        bars.append([name, _text(label), f"{weight:+.1f}", round(left, 1), round(max(width, 0.6), 1), tone])
    total_left, total_width = (min(0.0, at) - low) / span * 100, abs(at) / span * 100
    bars.append(["all together", "", f"{at:+.1f}", round(total_left, 1), round(max(total_width, 0.6), 1), "sum"])
    return bars
