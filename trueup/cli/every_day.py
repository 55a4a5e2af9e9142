"""The path of a day: pull, check, plan, decide, apply, verify, take back; and all of it by night."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import decider, end_progress, exit_code_option, json_option, progress, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


@click.command()
@click.option("--full", is_flag=True, help="From the beginning, not from the high-water marks.")
@click.option("--only", multiple=True, metavar="SYSTEM[:OBJECT]", help="Only these.")
@click.option("--all-fields", is_flag=True, help="Keep long texts too, which no check needs and which cost pages.")
@json_option
@with_workspace
def pull(
    ctx: click.Context, workspace: Workspace, full: bool, only: Sequence[str], all_fields: bool, as_json: bool
) -> int:
    """Bring the store up to date with every system.

    Example: trueup pull --only hubspot:contacts
    """
    from trueup.commands.pull import pull as run
    from trueup.report import terminal

    result = run(workspace, full=full, only=only, all_fields=all_fields, progress=progress(ctx))
    end_progress(ctx)
    terminal.print_pull(result.pulled, as_json=as_json)
    return result.exit_code


@click.command()
@click.option("--code", "codes", multiple=True, metavar="CODE", help="Only these finding codes, e.g. STG001.")
@click.option("--full", is_flag=True, help="Compare all records anew, not only those that changed.")
@click.option("--limit", default=3, show_default=True, help="Findings shown of each code; 0 shows all.")
@json_option
@exit_code_option
@with_workspace
def check(
    ctx: click.Context,
    workspace: Workspace,
    codes: Sequence[str],
    full: bool,
    limit: int,
    as_json: bool,
    exit_code: bool,
) -> int:
    """Find what is out of true in what was pulled.

    Example: trueup check --code STG001 --limit 0
    """
    from trueup.commands.check import WAITING
    from trueup.commands.check import check as run
    from trueup.commands.naming import names, titles
    from trueup.report import terminal

    result = run(workspace, only=codes or None, full=full, progress=progress(ctx))
    end_progress(ctx)
    terminal.print_check(
        result.findings,
        result.not_looked_at,
        limit=limit,
        as_json=as_json,
        titles=titles(),
        names=partial(names, workspace),
        matching=result.matching,
    )
    return WAITING if exit_code and result.findings else 0


@click.command()
@click.option("--full", is_flag=True, help="Compare all records anew, not only those that changed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the sealed plan to a file as well.")
@click.option("--limit", default=10, show_default=True, help="Waiting changes shown; 0 shows all.")
@json_option
@exit_code_option
@with_workspace
def plan(
    ctx: click.Context,
    workspace: Workspace,
    full: bool,
    out: Path | None,
    limit: int,
    as_json: bool,
    exit_code: bool,
) -> int:
    """Propose the fixes as a sealed plan: old, new, why, who wins.

    Example: trueup plan --out tonight.json
    """
    from trueup.commands.approvals import verdicts
    from trueup.commands.check import WAITING
    from trueup.commands.naming import names
    from trueup.commands.plan import plan as run
    from trueup.reconcile.plan import to_json
    from trueup.report import terminal

    result = run(workspace, full=full, progress=progress(ctx))
    end_progress(ctx)
    if out:
        out.write_bytes(to_json(result.plan))
    terminal.print_plan(
        result.plan,
        result.approved_by_rule,
        result.unfixable,
        as_json=as_json,
        limit=limit,
        verdicts={change_id: decision.verdict for change_id, decision in verdicts(workspace, result.plan).items()},
        asked=result.asked,
        names=partial(names, workspace),
    )
    return WAITING if exit_code and result.waiting else 0


@click.command()
@click.argument("plan_id", required=False)
@with_workspace
def review(_: click.Context, workspace: Workspace, plan_id: str | None) -> int:
    """Go through a plan at the keyboard.

    Accept, skip, edit, never ask again for this pair, all of this kind. It resumes where it stopped.

    Example: trueup review
    """
    from trueup.commands.review import Session
    from trueup.keyboard import go_through

    return go_through(Session(workspace, plan_id, by=decider()))


@click.command()
@click.argument("changes", nargs=-1)
@click.option("--plan", "plan_id", help="The plan; the newest when not given.")
@click.option("--rule", "rules", multiple=True, help="All changes of this class, e.g. conflict.")
@click.option("--all", "everything", is_flag=True, help="Every change of the plan.")
@click.option("--reject", is_flag=True, help="Reject instead of approving.")
@click.option("--note", default="", help="Why, for the record.")
@with_workspace
def approve(
    _: click.Context,
    workspace: Workspace,
    changes: Sequence[str],
    plan_id: str | None,
    rules: Sequence[str],
    everything: bool,
    reject: bool,
    note: str,
) -> int:
    """Approve or reject changes of a plan by id, class or altogether.

    Example: trueup approve --rule conflict --note "checked with Dana"
    """
    from trueup.commands.approvals import approve as run
    from trueup.report import terminal

    result = run(
        workspace, plan_id, ids=changes, rules=rules, everything=everything, reject=reject, by=decider(), note=note
    )
    terminal.print_decided(result)
    return 0


@click.command()
@click.argument("plan_id", required=False)
@click.option(
    "--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A sealed plan file."
)
@click.option("--force", is_flag=True, help="Apply although a guard refuses.")
@json_option
@with_workspace
def apply(
    ctx: click.Context, workspace: Workspace, plan_id: str | None, file: Path | None, force: bool, as_json: bool
) -> int:
    """Write what was approved; nothing stale is overwritten.

    Example: trueup apply
    """
    from trueup.commands.apply import apply as run
    from trueup.commands.apply import take_file
    from trueup.report import terminal

    if file:
        plan_id = take_file(workspace, file)
    result = run(workspace, plan_id, force=force, progress=progress(ctx))
    end_progress(ctx)
    terminal.print_apply(result.applied.plan, result.applied.receipts, result.verified.drifted, as_json=as_json)
    return result.exit_code


@click.command()
@click.argument("plan_id", required=False)
@json_option
@with_workspace
def verify(_: click.Context, workspace: Workspace, plan_id: str | None, as_json: bool) -> int:
    """Read back what a plan wrote and say what no longer holds.

    Example: trueup verify
    """
    from trueup.commands.verify import verify as run
    from trueup.report import terminal

    result = run(workspace, plan_id)
    terminal.print_verify(result.checked, result.drifted, result.not_looked_at, as_json=as_json)
    return 0 if result.ok else 4


@click.command()
@click.argument("run_or_plan", required=False)
@click.option("--look", "look_only", is_flag=True, help="Only show what would be taken back, and what cannot.")
@click.option("--force", is_flag=True, help="Undo although a guard refuses.")
@json_option
@with_workspace
def undo(
    ctx: click.Context, workspace: Workspace, run_or_plan: str | None, look_only: bool, force: bool, as_json: bool
) -> int:
    """Take back what a run or a plan wrote.

    What somebody touched since stays as it is and is listed.

    Example: trueup undo --look
    """
    from trueup.commands.undo import undo as run
    from trueup.report import terminal

    result = run(workspace, run_or_plan, by=decider(), look_only=look_only, force=force, progress=progress(ctx))
    end_progress(ctx)
    receipts = result.result.applied.receipts if result.result else None
    terminal.print_undo(result.undoing.plan, result.undoing.lost, receipts, as_json=as_json)
    return result.result.exit_code if result.result else 0


@click.command(name="run")
@click.option("--full", is_flag=True, help="Pull from the beginning and compare all records anew.")
@click.option("--force", is_flag=True, help="Apply although a guard refuses.")
@click.option("--report", "report_to", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML report.")
@json_option
@exit_code_option
@with_workspace
def run_(
    ctx: click.Context,
    workspace: Workspace,
    full: bool,
    force: bool,
    report_to: Path | None,
    as_json: bool,
    exit_code: bool,
) -> int:
    """Do the nightly sequence; safe fixes are applied.

    Pull, check, plan, apply what the policy approves by rule, verify. The rest waits for review.

    Example: trueup run --report tonight.html --exit-code
    """
    from trueup.commands.check import WAITING
    from trueup.commands.report import write_report
    from trueup.commands.run import run
    from trueup.report import terminal

    result = run(workspace, full=full, force=force, progress=progress(ctx))
    if report_to:
        write_report(workspace, report_to)
    end_progress(ctx)
    applied = result.apply.applied if result.apply else None
    terminal.print_run(
        result.pull.pulled,
        result.plan.check.findings,
        result.plan.plan,
        applied.receipts if applied else {},
        waiting=result.plan.waiting,
        not_looked_at=result.plan.check.not_looked_at,
        refused=result.refused,
        report=report_to,
        as_json=as_json,
    )
    return result.exit_code or (WAITING if exit_code and result.plan.waiting else 0)
