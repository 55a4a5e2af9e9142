"""`trueup report`: everything that is known about a plan, as one page, document or table.

Most of it lies in the store. Why a finding has no fix, what could not be looked at and how pairs were weighed is worked
out again from the store's columns (the same inputs, so the same result); `quick` leaves that out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.commands.approvals import verdicts
from trueup.commands.naming import names, titles, urls
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import TrueupError, UsageError
from trueup.model.changes import Plan
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.matching import Grade, Level, Match
from trueup.model.refs import Ref

if TYPE_CHECKING:
    import duckdb

    from trueup.reconcile.checks import NotLookedAt
    from trueup.report.rows import View

STANDARD_OUTPUT = "-"
DEFAULT = Path("trueup-report.html")
FORMATS = ("html", "json", "csv", "findings.csv", "terminal")


def write_report(
    workspace: Workspace,
    out: Path | None = None,
    *,
    plan_id: str | None = None,
    format_: str = "html",
    quick: bool = False,
    progress: Progress = SILENT,
    done: Callable[[], None] = lambda: None,
) -> str | None:
    """Write the report of a plan (the newest when none is named) and give back where it lies.

    Without `out` a page goes to trueup-report.html and everything else to standard output, as with `-`; None is given
    back then. A file appears whole or not at all. `done` is called when the work is over and the writing begins.
    """
    view = gather(workspace, plan_id, quick=quick, progress=progress)
    done()
    if out is None and format_ == "html":
        out = DEFAULT
    to_file = out is not None and str(out) != STANDARD_OUTPUT
    if format_ == "terminal" and not to_file:
        from trueup.report.terminal import print_report

        print_report(view)
        return None
    text = render(view, format_)
    if out is None or not to_file:
        sys.stdout.write(text)
        return None
    if not out.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {out.parent}.", hint="Make it first.")
    temporary = out.with_name(out.name + ".new")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.replace(out)
    return str(out)


def render(view: View, format_: str) -> str:
    """The report as text of a format."""
    from trueup.report import tabular

    if format_ == "html":
        from trueup.report.html import page

        return page(view)
    if format_ == "json":
        import orjson

        options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(tabular.document(view), option=options).decode()
    if format_ == "csv":
        return tabular.changes_csv(view)
    if format_ == "findings.csv":
        return tabular.findings_csv(view)
    from trueup.report.terminal import report_text

    return report_text(view)


def gather(
    workspace: Workspace, plan_id: str | None = None, *, quick: bool = False, progress: Progress = SILENT
) -> View:
    """Everything that a report shows, from the store."""
    from trueup.report.facts import Facts
    from trueup.report.view import build

    store = workspace.store
    plan = store.plan(plan_id) if plan_id else store.latest_plan()
    snapshots = store.snapshots()
    if plan is None and not snapshots:
        raise UsageError("There is nothing to report: nothing has been pulled yet.", hint="Start with: trueup pull")
    findings = store.open_findings()
    looked = _Looked() if quick or plan is None else _look_again(workspace, plan, findings, progress)
    progress.step("Writing the report")
    changes = plan.changes if plan else ()
    refs = {ref for finding in findings for ref in finding.subjects}
    refs |= {ref for change in changes for ref in (change.target, *change.others)}
    lifecycle = workspace.policy.lifecycle
    return build(
        Facts(
            plan=plan,
            decisions=verdicts(workspace, plan) if plan else {},
            receipts={receipt.change_id: receipt for receipt in store.receipts(plan_id=plan.id)} if plan else {},
            findings=findings,
            not_looked_at=looked.not_looked_at,
            reasons=looked.reasons,
            snapshots=snapshots,
            totals=_totals(workspace),
            titles=titles(),
            names=names(workspace, refs),
            urls=urls(workspace, refs),
            links=[link for link in store.links() if link.left in refs and link.right in refs],
            matches=looked.matches,
            stages=(*(stage.key for stage in lifecycle.stages), *lifecycle.off_track),
            systems=tuple(workspace.policy.systems),
            missing=looked.missing,
        )
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is not kept in the store, worked out again."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    not_looked_at: Sequence[NotLookedAt] = ()
    matches: Sequence[Match] = ()
    missing: tuple[str, ...] = ()


def _look_again(workspace: Workspace, plan: Plan, findings: Sequence[Finding], progress: Progress) -> _Looked:
    from trueup.commands.analysis import analysis
    from trueup.reconcile.propose import propose

    try:
        with analysis(workspace, at=plan.made_at, progress=progress) as found:
            fixed = {change.finding for change in plan.changes}
            left = [finding for finding in findings if finding.id not in fixed]
            proposal = propose(
                found.con, workspace.policy, left, workspace.capabilities, plan.made_at, frame=found.frame
            )
            return _Looked(
                {item.finding: item.reason for item in proposal.unfixable},
                found.not_looked_at,
                _matches(found.con, findings),
            )
    except TrueupError as error:
        return _Looked(missing=(f"Reasons and weights of matches could not be worked out: {error.message}",))


_PAIRS = """
SELECT m.kind, m.left_ref, m.right_ref, m.score, m.grade, m.levels, m.prior, m.capped_by FROM match m
JOIN report_pair p ON p.left_ref = m.left_ref AND p.right_ref = m.right_ref ORDER BY ALL
"""


def _matches(con: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> list[Match]:
    """How every pair of records that stands together in a finding was weighed."""
    import json

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
        "CREATE TEMP TABLE report_pair AS SELECT unnest(?) AS left_ref, unnest(?) AS right_ref", [lefts, rights]
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


def _totals(workspace: Workspace) -> dict[Kind, int]:
    """Live records by kind."""
    kinds = {(schema.system, schema.object): schema.kind for schema in workspace.store.schemas()}
    totals: dict[Kind, int] = {}
    for place, number in workspace.store.totals().items():
        if kind := kinds.get(place):
            totals[kind] = totals.get(kind, 0) + number
    return totals
