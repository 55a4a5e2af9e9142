"""What the report shows beside a plan, gathered while it is made: reasons, blind spots, how pairs were weighed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.matching import Grade, Level, Match
from trueup.model.notes import PlanNotes
from trueup.model.refs import Ref

if TYPE_CHECKING:
    import duckdb

    from trueup.commands.analysis import Analysis
    from trueup.reconcile.propose import Proposal


def notes_of(found: Analysis, findings: Sequence[Finding], proposal: Proposal) -> PlanNotes:
    """The notes of a plan that was proposed for these findings."""
    fixed = {change.finding for change in proposal.changes}
    reasons = {finding.id: "" for finding in findings if finding.id not in fixed}
    reasons |= {item.finding: item.reason for item in proposal.unfixable}
    return PlanNotes(
        reasons=reasons,
        also=dict(proposal.also),
        not_looked_at=tuple((item.code, item.why) for item in found.not_looked_at),
        matches=tuple(_matches(found.con, findings)),
        matching=found.matching,
    )


_PAIRS = """
SELECT m.kind, m.left_ref, m.right_ref, m.score, m.grade, m.levels, m.prior, m.capped_by FROM match m
JOIN report_pair p ON p.left_ref = m.left_ref AND p.right_ref = m.right_ref ORDER BY ALL
"""


def _matches(con: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> list[Match]:
    """How every pair of records that stands together in a finding was weighed."""
    pairs = sorted(
        {
            tuple(sorted((str(left), str(right))))
            for finding in findings
            for place, left in enumerate(finding.subjects)
            for right in finding.subjects[place + 1 :]
        }
    )
    if not pairs:
        return []
    lefts, rights = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE report_pair AS SELECT unnest(?) AS left_ref, unnest(?) AS right_ref",
        [lefts, rights],
    )
    return [
        Match(
            Ref.parse(left),
            Ref.parse(right),
            Kind(kind),
            score,
            Grade(grade),
            tuple(
                Level(x["comparison"], x["label"], x["weight"], x.get("left"), x.get("right"))
                for x in json.loads(levels or "[]")
            ),
            prior or 0.0,
            capped_by or "",
        )
        for kind, left, right, score, grade, levels, prior, capped_by in con.execute(_PAIRS).fetchall()
    ]
