"""What the verbs share: options with one meaning everywhere, the opened workspace, the moving line of progress."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trueup.commands.progress import Progress
    from trueup.commands.workspace import Workspace


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`: a document on standard output, whose keys are a promise."""
    return click.option("--json", "as_json", is_flag=True, help="Print a JSON document (see docs/scripting.md).")(
        command
    )


def exit_code_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--exit-code`, for scripts that ask whether a person is needed."""
    return click.option("--exit-code", is_flag=True, help="Exit 3 when something waits for a person.")(command)


@contextmanager
def open_workspace(ctx: click.Context) -> Iterator[Workspace]:
    """Open what a verb works with, as the options before the verb say; it is closed at the end."""
    from trueup.commands.workspace import Workspace

    with Workspace.from_file(ctx.obj["policy"], read_only=ctx.obj["read_only"]) as workspace:
        yield workspace


def with_workspace(command: Callable[..., int | None]) -> Callable[..., None]:
    """Open the workspace, run the command, exit with the code it returns."""

    @click.pass_context
    @wraps(command)
    def wrapper(ctx: click.Context, /, *args: Any, **kwargs: Any) -> None:
        with open_workspace(ctx) as workspace:
            code = command(ctx, workspace, *args, **kwargs)
        ctx.exit(code or 0)

    return wrapper


def progress(ctx: click.Context) -> Progress:
    """A line on standard error that moves, when that is a terminal; its last part is left standing when all is over."""
    from trueup.commands.progress import SILENT

    if ctx.obj["quiet"] or not sys.stderr.isatty():
        return SILENT
    from trueup.report.terminal import LiveProgress

    live = LiveProgress()
    ctx.obj["progress"] = live
    return live


def end_progress(ctx: click.Context) -> None:
    """End the moving line, so that results begin on a line of their own."""
    if live := (ctx.obj or {}).pop("progress", None):
        live.close()


def decider() -> str:
    """Who decides, for the record: TRUEUP_USER or the account's name."""
    return os.environ.get("TRUEUP_USER") or getpass.getuser()
