"""What is kept: the store, and a twin to rehearse on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trueup.cli.options import json_option, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


@click.group()
def db() -> None:
    """Look after the store."""


@db.command()
@with_workspace
def upgrade(_: click.Context, workspace: Workspace) -> int:
    """Bring an older store to this version's schema.

    Example: trueup db upgrade
    """
    from trueup.store import upgrade_store

    before, after = upgrade_store(workspace.policy.store)
    click.echo(f"The store is at {after}." if before == after else f"The store went from {before} to {after}.")
    return 0


@db.command()
@click.option("--before", required=True, metavar="DAY|AGE", help="2026-01-31, or an age: 90 days.")
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
@json_option
@with_workspace
def prune(_: click.Context, workspace: Workspace, before: str, dry_run: bool, as_json: bool) -> int:
    """Forget old plans and their journal; what they wrote can no longer be taken back.

    Never forgotten: the newest plan, plans that have not expired, what is not settled, the crosswalk, decisions, base
    values, and of every field the last values that Trueup wrote.

    Example: trueup db prune --before "90 days" --dry-run
    """
    from trueup.commands.prune import prune as run
    from trueup.report import terminal

    terminal.print_pruned(run(workspace, before, dry_run=dry_run), as_json=as_json)
    return 0


@click.group()
def twin() -> None:
    """A local Salesforce and HubSpot that speak the real APIs, to rehearse on."""


@twin.command()
@click.option("--people", default=200, show_default=True, help="How many people the world has.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same world.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="Keep the state here between starts.")
@click.option("--world", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Custom fields and rules.")
@click.option("--salesforce-port", default=0, help="0 takes any free port.")
@click.option("--hubspot-port", default=0)
@click.option("--control-port", default=0)
def serve(**options: Any) -> None:
    """Serve both twins on loopback until interrupted; prints one JSON line when ready.

    Example: trueup twin serve --people 200 --seed 7
    """
    from trueup.commands.twin import serve as run

    run(**options)
