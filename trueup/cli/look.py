"""What is known: state, runs, links, the report. None of these writes to a CRM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import end_progress, json_option, progress, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


@click.command()
@json_option
@with_workspace
def status(_: click.Context, workspace: Workspace, as_json: bool) -> int:
    """Show what is known, how old it is, and what waits for a person.

    Example: trueup status
    """
    from trueup.commands.status import status as run
    from trueup.report import terminal

    terminal.print_status(run(workspace), as_json=as_json)
    return 0


@click.command()
@click.option("--limit", default=20, show_default=True)
@json_option
@with_workspace
def runs(_: click.Context, workspace: Workspace, limit: int, as_json: bool) -> int:
    """List the newest runs and how they ended.

    Example: trueup runs --limit 5
    """
    from trueup.report import terminal

    terminal.print_runs(workspace.store.runs(limit=limit), as_json=as_json)
    return 0


@click.command()
@click.argument("ref", required=False)
@json_option
@with_workspace
def links(_: click.Context, workspace: Workspace, ref: str | None, as_json: bool) -> int:
    """Show the crosswalk: which records are held to be the same.

    Example: trueup links hubspot:contacts/512
    """
    from trueup.report import terminal

    found = [link for link in workspace.store.links() if ref is None or ref in (str(link.left), str(link.right))]
    terminal.print_links(found, as_json=as_json)
    return 0


@click.command()
@click.option("--plan", "plan_id", help="The plan; the newest when not given.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["html", "json", "csv", "findings.csv", "terminal"]),
    default="html",
    show_default=True,
    help="csv has a row per planned change, findings.csv a row per finding.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where to write it; - is standard output, where everything but html goes anyway.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Never work anything out anew: a plan that came from a file then has no reasons and weights.",
)
@with_workspace
def report(
    ctx: click.Context, workspace: Workspace, plan_id: str | None, format_: str, out: Path | None, quick: bool
) -> int:
    """Write the report of the newest plan.

    One self-contained HTML page that opens from a mail, or JSON, CSV, text.

    Example: trueup report --out review.html
    """
    from trueup.commands.report import write_report

    written = write_report(
        workspace,
        out,
        plan_id=plan_id,
        format_=format_,
        quick=quick,
        progress=progress(ctx),
        done=lambda: end_progress(ctx),
    )
    if written is not None:
        click.echo(written)
    return 0
