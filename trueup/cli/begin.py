"""What is done once: a policy, a look at the setup, a demonstration, and what the words mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import json_option, open_workspace, progress, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


@click.command()
@click.option("--connector", "connectors", multiple=True, default=("salesforce", "hubspot"), show_default=True)
@click.option("--read/--no-read", default=None, help="Read the systems and write down their real stages and fields.")
@click.option("--overwrite", is_flag=True, help="Replace an existing policy file.")
@click.option(
    "--twin",
    "ready",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A served twin's ready line, in a file: the policy is for that twin.",
)
@click.pass_context
def init(ctx: click.Context, connectors: Sequence[str], read: bool | None, overwrite: bool, ready: Path | None) -> None:
    """Write a commented starter policy.

    With credentials in the environment, the systems are read (never written) and their real stages filled in.

    Example: trueup init --no-read
    """
    from trueup.commands.init import init as run
    from trueup.commands.twin_policy import ready_line, write_twin_policy
    from trueup.report import terminal

    if ready:
        result = write_twin_policy(ready_line(ready), ctx.obj["policy"], overwrite=overwrite)
    else:
        result = run(ctx.obj["policy"], connectors=connectors, read=read is not False, overwrite=overwrite)
    terminal.print_init(result.path, result.read, result.not_read)


@click.command()
@json_option
@with_workspace
def doctor(_: click.Context, workspace: Workspace, as_json: bool) -> int:
    """Examine the setup and say what to do about each thing.

    Log-in, permissions, fields, picklists, stage map, clock, limits, store.

    Example: trueup doctor
    """
    from trueup.commands.doctor import Health
    from trueup.commands.doctor import doctor as run
    from trueup.report import terminal

    found = run(workspace)
    terminal.print_doctor(found, as_json=as_json)
    return 1 if any(diagnosis.health is Health.BAD for diagnosis in found) else 0


@click.command()
@click.option("--people", default=300, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path(".demo"), show_default=True)
@click.pass_context
def demo(ctx: click.Context, people: int, seed: int, folder: Path) -> None:
    """See everything once, on a local twin of both CRMs.

    Pull, check, plan, apply, verify, check again, undo, report; nothing leaves this machine.

    Example: trueup demo --people 300
    """
    from trueup.commands.demo import demo as run

    result = run(people=people, seed=seed, folder=folder, say=click.echo, progress=progress(ctx))
    click.echo(
        f"""
The report:  {result.report}
The policy:  {result.policy}
Try next:    trueup twin serve --people 200     a twin to play with
             trueup init                        a policy for your own org and portal, read-only to begin with
             trueup explain                     every finding code, what it means and how it is fixed"""
    )
    ctx.exit(result.exit_code)


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Tell what a finding code means and how it is fixed.

    Example: trueup explain STG001
    """
    from trueup.commands.explain import explain as run
    from trueup.report import terminal

    terminal.print_explain(run(code))


@click.command()
@json_option
def connectors(as_json: bool) -> None:
    """List the connectors and their options.

    Example: trueup connectors
    """
    from trueup.connectors.kit import registry
    from trueup.report import terminal

    terminal.print_connectors([registry.spec(name) for name in registry.connectors()], as_json=as_json)


@click.group()
def config() -> None:
    """Check the policy file, print its JSON Schema."""


@config.command()
def schema() -> None:
    """Print the JSON Schema of the policy file, for editors.

    Example: trueup config schema > trueup.schema.json
    """
    import json

    from trueup.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2, sort_keys=True))


@config.command(name="check")
@click.pass_context
def config_check(ctx: click.Context) -> None:
    """Validate the policy file; every problem at once, each with line and column.

    Example: trueup config check
    """
    with open_workspace(ctx) as workspace:
        click.echo(f"{ctx.obj['policy']}: fine ({len(workspace.policy.systems)} systems, {workspace.policy.digest})")
