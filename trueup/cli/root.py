"""The command `trueup` itself: options before the verb, the overview of verbs, errors turned into exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from trueup import __version__
from trueup.cli import begin, every_day, keep, look, match
from trueup.cli.options import end_progress
from trueup.errors import TrueupError

EXIT_CODES = """\b
Exit codes: 0 done · 1 failed · 2 usage or configuration · 3 findings or changes wait
(with --exit-code) · 4 partly applied · 5 refused by a guard · 6 another run holds
the lock · 7 incomplete pull · 130 interrupted"""

VERBS: tuple[tuple[str, tuple[click.Command, ...]], ...] = (
    ("Begin", (begin.init, begin.doctor, begin.demo, begin.explain, begin.connectors, begin.config)),
    (
        "Every day",
        (
            every_day.pull,
            every_day.check,
            every_day.plan,
            every_day.review,
            every_day.approve,
            every_day.apply,
            every_day.verify,
            every_day.undo,
            every_day.run_,
        ),
    ),
    ("Look", (look.status, look.runs, look.links, look.report, match.match)),
    ("Keep", (keep.db, keep.twin)),
)
"""Every verb under its heading, in the order of work. A verb that is not here does not exist."""


class _Group(click.Group):
    """Lists commands in the order of work, and turns our errors into sentences and exit codes."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        for title, commands in VERBS:
            with formatter.section(title):
                formatter.write_dl([(str(command.name), command.get_short_help_str(72)) for command in commands])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TrueupError as error:
            from trueup.commands.failures import sentences

            end_progress(ctx)
            for line in sentences(error):
                click.echo(line, err=True)
            if os.environ.get("TRUEUP_DEBUG"):
                raise
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # Whoever read our output has seen enough (`trueup links | head`).
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except KeyboardInterrupt:
            end_progress(ctx)
            click.echo("Interrupted. What was written is in the journal; the next run settles what was open.", err=True)
            sys.exit(130)


@click.group(
    cls=_Group,
    commands=[command for _, commands in VERBS for command in commands],
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="trueup")
@click.option(
    "--policy",
    "-p",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TRUEUP_POLICY",
    default=Path("trueup.yaml"),
    show_default=True,
    help="The policy file.",
)
@click.option("--read-only", is_flag=True, help="Refuse every write to a CRM, whatever the policy says.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@click.pass_context
def main(ctx: click.Context, policy: Path, read_only: bool, quiet: bool) -> None:
    """Keep two CRMs telling one truth.

    Pull both, see what is out of true, review the fixes, apply what you approved, take it back if you must.
    Looking never writes to a CRM.

    Example: trueup demo
    """
    ctx.obj = {"policy": policy, "read_only": read_only, "quiet": quiet}
