"""`trueup report`: everything that is known about a plan, as one page, document or table.

All of it lies in the store. Only for a plan without notes (it came from a file, or was made by an older Trueup) why a
finding has no fix, what could not be looked at and how pairs were weighed is worked out again from the store's columns;
`quick` leaves that out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from trueup.model.notes import PlanNotes

if TYPE_CHECKING:
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
    from trueup.reconcile.checks import NotLookedAt
    from trueup.report.facts import Facts
    from trueup.report.view import build
    from trueup.report.words import value_refs

    store = workspace.store
    plan = store.plan(plan_id) if plan_id else store.latest_plan()
    snapshots = store.snapshots()
    if plan is None and not snapshots:
        raise UsageError("There is nothing to report: nothing has been pulled yet.", hint="Start with: trueup pull")
    findings = store.open_findings()
    notes, missing = _notes(workspace, plan, findings, quick, progress) if plan else (PlanNotes(), ())
    progress.step("Writing the report")
    changes = plan.changes if plan else ()
    refs = {ref for finding in findings for ref in finding.subjects}
    refs |= {ref for change in changes for ref in (change.target, *change.others)}
    named = refs | value_refs(changes, findings)
    lifecycle = workspace.policy.lifecycle
    return build(
        Facts(
            plan=plan,
            decisions=verdicts(workspace, plan) if plan else {},
            receipts={receipt.change_id: receipt for receipt in store.receipts(plan_id=plan.id)} if plan else {},
            findings=findings,
            not_looked_at=[NotLookedAt(code, why) for code, why in notes.not_looked_at],
            reasons=notes.reasons,
            also=notes.also,
            snapshots=snapshots,
            totals=_totals(workspace),
            titles=titles(),
            names=names(workspace, named),
            urls=urls(workspace, refs),
            links=[link for link in store.links() if link.left in refs and link.right in refs],
            matches=notes.matches,
            matching=notes.matching,
            stages=(*(stage.key for stage in lifecycle.stages), *lifecycle.off_track),
            systems=tuple(workspace.policy.systems),
            missing=missing,
        )
    )


def _notes(
    workspace: Workspace, plan: Plan, findings: Sequence[Finding], quick: bool, progress: Progress
) -> tuple[PlanNotes, tuple[str, ...]]:
    """What was noted beside the plan, and sentences on what could not be had."""
    kept = workspace.store.notes(plan.undoes or plan.id)
    if kept is None and quick:
        return PlanNotes(), ()
    try:
        notes = kept if kept is not None else _worked_out(workspace, plan, findings, progress)
    except TrueupError as error:
        return PlanNotes(), (f"Reasons and weights of matches could not be worked out: {error.message}",)
    fixed = {change.finding for change in plan.changes} | set(notes.also)
    later = _IN_THE_NEXT_PLAN if plan.undoes else _CAME_AFTER
    new = {f.id: later for f in findings if f.id not in notes.reasons and f.id not in fixed}
    return replace(notes, reasons={**notes.reasons, **new}), ()


_CAME_AFTER = "It was found after this plan was made; the next one looks at it: trueup plan"
_IN_THE_NEXT_PLAN = "This plan takes another one back; the next one looks at it: trueup plan"


def _worked_out(workspace: Workspace, plan: Plan, findings: Sequence[Finding], progress: Progress) -> PlanNotes:
    """The notes of a plan without any (it came from a file, or from an older store), from the store's columns."""
    from trueup.commands.abilities import abilities
    from trueup.commands.analysis import analysis
    from trueup.commands.notes import notes_of
    from trueup.reconcile.propose import propose

    with analysis(workspace, at=plan.made_at, progress=progress) as found:
        fixed = {change.finding for change in plan.changes}
        left = [finding for finding in findings if finding.id not in fixed]
        proposal = propose(found.con, workspace.policy, left, abilities(workspace), plan.made_at, frame=found.frame)
        return notes_of(found, findings, proposal)


def _totals(workspace: Workspace) -> dict[Kind, int]:
    """Live records by kind."""
    kinds = {(schema.system, schema.object): schema.kind for schema in workspace.store.schemas()}
    totals: dict[Kind, int] = {}
    for place, number in workspace.store.totals().items():
        if kind := kinds.get(place):
            totals[kind] = totals.get(kind, 0) + number
    return totals
