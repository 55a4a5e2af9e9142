"""The command line: options, help, exit codes. Every command calls one function of `trueup.commands` and prints.

Results go to standard output, everything else to standard error. Nothing of weight is imported before a command runs.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trueup import __version__
from trueup.errors import TrueupError

if TYPE_CHECKING:
    from trueup.commands.progress import Progress
    from trueup.commands.workspace import Workspace

EXIT_CODES = """\b
Exit codes: 0 done · 1 failed · 2 usage or configuration · 3 findings or changes wait
(with --exit-code) · 4 partly applied · 5 refused by a guard · 6 another run holds
the lock · 7 incomplete pull · 130 interrupted"""

_VERBS = (
    ("Begin", ("init", "doctor", "demo", "explain", "connectors", "config")),
    ("Every day", ("pull", "check", "plan", "review", "approve", "apply", "verify", "undo", "run")),
    ("Look", ("status", "runs", "links", "report", "match")),
    ("Keep", ("db", "twin")),
)


class _Group(click.Group):
    """Lists commands in the order of work, and turns our errors into sentences and exit codes."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in _VERBS:
            rows = [
                (name, command.get_short_help_str(72))
                for name in names
                if (command := self.get_command(ctx, name)) is not None
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TrueupError as error:
            from trueup.commands.failures import sentences

            _rest(ctx)
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
            _rest(ctx)
            click.echo("Interrupted. What was written is in the journal; the next run settles what was open.", err=True)
            sys.exit(130)


@click.group(cls=_Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
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


@contextmanager
def _workspace(ctx: click.Context) -> Iterator[Workspace]:
    from trueup.commands.workspace import Workspace

    with Workspace.from_file(ctx.obj["policy"], read_only=ctx.obj["read_only"]) as workspace:
        yield workspace


def _progress(ctx: click.Context) -> Progress:
    """A line on standard error that moves, when that is a terminal; its last part is left standing when all is over."""
    from trueup.commands.progress import SILENT

    if ctx.obj["quiet"] or not sys.stderr.isatty():
        return SILENT
    from trueup.report.terminal import LiveProgress

    live = LiveProgress()
    ctx.obj["progress"] = live
    return live


def _rest(ctx: click.Context) -> None:
    """End the moving line, so that results begin on a line of their own."""
    if live := (ctx.obj or {}).pop("progress", None):
        live.close()


def _by() -> str:
    """Who decides, for the record: TRUEUP_USER or the account's name."""
    return os.environ.get("TRUEUP_USER") or getpass.getuser()


def _json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print a JSON document (see docs/scripting.md).")(
        command
    )


def _exit_code_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--exit-code", is_flag=True, help="Exit 3 when something waits for a person.")(command)


def _with_workspace(command: Callable[..., int | None]) -> Callable[..., None]:
    """Open the workspace, run the command, exit with the code it returns."""

    @click.pass_context
    @wraps(command)
    def wrapper(ctx: click.Context, /, *args: Any, **kwargs: Any) -> None:
        with _workspace(ctx) as workspace:
            code = command(ctx, workspace, *args, **kwargs)
        ctx.exit(code or 0)

    return wrapper


@main.command()
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


@main.command()
@_json_option
@_with_workspace
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


@main.command()
@click.option("--full", is_flag=True, help="From the beginning, not from the high-water marks.")
@click.option("--only", multiple=True, metavar="SYSTEM[:OBJECT]", help="Only these.")
@_json_option
@_with_workspace
def pull(ctx: click.Context, workspace: Workspace, full: bool, only: Sequence[str], as_json: bool) -> int:
    """Bring the store up to date with every system.

    Example: trueup pull --only hubspot:contacts
    """
    from trueup.commands.pull import pull as run
    from trueup.report import terminal

    result = run(workspace, full=full, only=only, progress=_progress(ctx))
    _rest(ctx)
    terminal.print_pull(result.pulled, as_json=as_json)
    return result.exit_code


@main.command()
@click.option("--code", "codes", multiple=True, metavar="CODE", help="Only these finding codes, e.g. STG001.")
@click.option("--limit", default=3, show_default=True, help="Findings shown of each code; 0 shows all.")
@_json_option
@_exit_code_option
@_with_workspace
def check(
    ctx: click.Context, workspace: Workspace, codes: Sequence[str], limit: int, as_json: bool, exit_code: bool
) -> int:
    """Find what is out of true in what was pulled.

    Example: trueup check --code STG001 --limit 0
    """
    from trueup.commands.check import WAITING
    from trueup.commands.check import check as run
    from trueup.commands.naming import names, titles
    from trueup.report import terminal

    result = run(workspace, only=codes or None, progress=_progress(ctx))
    _rest(ctx)
    terminal.print_check(
        result.findings,
        result.not_looked_at,
        limit=limit,
        as_json=as_json,
        titles=titles(),
        names=partial(names, workspace),
    )
    return WAITING if exit_code and result.findings else 0


@main.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the sealed plan to a file as well.")
@click.option("--limit", default=10, show_default=True, help="Waiting changes shown; 0 shows all.")
@_json_option
@_exit_code_option
@_with_workspace
def plan(ctx: click.Context, workspace: Workspace, out: Path | None, limit: int, as_json: bool, exit_code: bool) -> int:
    """Propose the fixes as a sealed plan: old, new, why, who wins.

    Example: trueup plan --out tonight.json
    """
    from trueup.commands.approvals import verdicts
    from trueup.commands.check import WAITING
    from trueup.commands.naming import names
    from trueup.commands.plan import plan as run
    from trueup.reconcile.plan import to_json
    from trueup.report import terminal

    result = run(workspace, progress=_progress(ctx))
    _rest(ctx)
    if out:
        out.write_bytes(to_json(result.plan))
    terminal.print_plan(
        result.plan,
        result.approved_by_rule,
        result.unfixable,
        as_json=as_json,
        limit=limit,
        verdicts={change_id: decision.verdict for change_id, decision in verdicts(workspace, result.plan).items()},
        names=partial(names, workspace),
    )
    return WAITING if exit_code and result.waiting else 0


@main.command()
@click.argument("plan_id", required=False)
@_with_workspace
def review(_: click.Context, workspace: Workspace, plan_id: str | None) -> int:
    """Go through a plan at the keyboard.

    Accept, skip, edit, never ask again for this pair, all of this kind. It resumes where it stopped.

    Example: trueup review
    """
    from trueup.commands.review import Session
    from trueup.keyboard import go_through

    return go_through(Session(workspace, plan_id, by=_by()))


@main.command()
@click.argument("changes", nargs=-1)
@click.option("--plan", "plan_id", help="The plan; the newest when not given.")
@click.option("--rule", "rules", multiple=True, help="All changes of this class, e.g. conflict.")
@click.option("--all", "everything", is_flag=True, help="Every change of the plan.")
@click.option("--reject", is_flag=True, help="Reject instead of approving.")
@click.option("--note", default="", help="Why, for the record.")
@_with_workspace
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
        workspace, plan_id, ids=changes, rules=rules, everything=everything, reject=reject, by=_by(), note=note
    )
    terminal.print_decided(result)
    return 0


@main.command()
@click.argument("plan_id", required=False)
@click.option(
    "--file", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A sealed plan file."
)
@click.option("--force", is_flag=True, help="Apply although a guard refuses.")
@_json_option
@_with_workspace
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
    result = run(workspace, plan_id, force=force, progress=_progress(ctx))
    _rest(ctx)
    terminal.print_apply(result.applied.plan, result.applied.receipts, result.verified.drifted, as_json=as_json)
    return result.exit_code


@main.command()
@click.argument("plan_id", required=False)
@_json_option
@_with_workspace
def verify(_: click.Context, workspace: Workspace, plan_id: str | None, as_json: bool) -> int:
    """Read back what a plan wrote and say what no longer holds.

    Example: trueup verify
    """
    from trueup.commands.verify import verify as run
    from trueup.report import terminal

    result = run(workspace, plan_id)
    terminal.print_verify(result.checked, result.drifted, result.not_looked_at, as_json=as_json)
    return 0 if result.ok else 4


@main.command()
@click.argument("run_or_plan", required=False)
@click.option("--look", "look_only", is_flag=True, help="Only show what would be taken back, and what cannot.")
@click.option("--force", is_flag=True, help="Undo although a guard refuses.")
@_json_option
@_with_workspace
def undo(
    ctx: click.Context, workspace: Workspace, run_or_plan: str | None, look_only: bool, force: bool, as_json: bool
) -> int:
    """Take back what a run or a plan wrote.

    What somebody touched since stays as it is and is listed.

    Example: trueup undo --look
    """
    from trueup.commands.undo import undo as run
    from trueup.report import terminal

    result = run(workspace, run_or_plan, by=_by(), look_only=look_only, force=force, progress=_progress(ctx))
    _rest(ctx)
    receipts = result.result.applied.receipts if result.result else None
    terminal.print_undo(result.undoing.plan, result.undoing.cannot, receipts, as_json=as_json)
    return result.result.exit_code if result.result else 0


@main.command(name="run")
@click.option("--full", is_flag=True, help="Pull from the beginning.")
@click.option("--force", is_flag=True, help="Apply although a guard refuses.")
@click.option("--report", "report_to", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML report.")
@_json_option
@_exit_code_option
@_with_workspace
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

    result = run(workspace, full=full, force=force, progress=_progress(ctx))
    if report_to:
        write_report(workspace, report_to)
    _rest(ctx)
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


@main.command()
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
@click.option("--quick", is_flag=True, help="Leave out what has to be worked out anew: reasons and weighed matches.")
@_with_workspace
def report(
    ctx: click.Context, workspace: Workspace, plan_id: str | None, format_: str, out: Path | None, quick: bool
) -> int:
    """Write the report of the newest plan.

    One self-contained HTML page that opens from a mail, or JSON, CSV, text.

    Example: trueup report --out review.html
    """
    from trueup.commands.report import write_report

    written = write_report(
        workspace, out, plan_id=plan_id, format_=format_, quick=quick, progress=_progress(ctx), done=lambda: _rest(ctx)
    )
    if written is not None:
        click.echo(written)
    return 0


@main.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Tell what a finding code means and how it is fixed.

    Example: trueup explain STG001
    """
    from trueup.commands.explain import explain as run
    from trueup.report import terminal

    terminal.print_explain(run(code))


@main.command()
@_json_option
@_with_workspace
def status(_: click.Context, workspace: Workspace, as_json: bool) -> int:
    """Show what is known, how old it is, and what waits for a person.

    Example: trueup status
    """
    from trueup.commands.status import status as run
    from trueup.report import terminal

    terminal.print_status(run(workspace), as_json=as_json)
    return 0


@main.command()
@click.option("--limit", default=20, show_default=True)
@_json_option
@_with_workspace
def runs(_: click.Context, workspace: Workspace, limit: int, as_json: bool) -> int:
    """List the newest runs and how they ended.

    Example: trueup runs --limit 5
    """
    from trueup.report import terminal

    terminal.print_runs(workspace.store.runs(limit=limit), as_json=as_json)
    return 0


@main.command()
@click.argument("ref", required=False)
@_json_option
@_with_workspace
def links(_: click.Context, workspace: Workspace, ref: str | None, as_json: bool) -> int:
    """Show the crosswalk: which records are held to be the same.

    Example: trueup links hubspot:contacts/512
    """
    from trueup.report import terminal

    found = [link for link in workspace.store.links() if ref is None or ref in (str(link.left), str(link.right))]
    terminal.print_links(found, as_json=as_json)
    return 0


@main.command()
@_json_option
def connectors(as_json: bool) -> None:
    """List the connectors and their options.

    Example: trueup connectors
    """
    from trueup.connectors.kit import registry
    from trueup.report import terminal

    terminal.print_connectors([registry.spec(name) for name in registry.connectors()], as_json=as_json)


@main.group()
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
    with _workspace(ctx) as workspace:
        click.echo(f"{ctx.obj['policy']}: fine ({len(workspace.policy.systems)} systems, {workspace.policy.digest})")


@main.group()
def match() -> None:
    """Say who is who: in any table, or why two records are held to be one."""


@match.command(name="table")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--columns", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Which column is what.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Write clusters here (CSV)."
)
@click.option("--country", default="US", show_default=True, help="Where numbers without a country code are dialled.")
@click.option("--one-to-one/--many", default=None, help="Whether a record has one counterpart; default: the data say.")
def match_table(tables: tuple[Path, ...], columns: Path, out: Path, **options: Any) -> None:
    """Deduplicate one table (CSV or Parquet), or link two.

    Weights, threshold and splitting are learned from the data, without labels.

    Example: trueup match table customers.csv --columns columns.yaml --out clusters.csv
    """
    from trueup.commands.match_table import match_table as run
    from trueup.report.terminal import matching

    matching.print_table(run(tables, columns, out, **options))


@match.command(name="explain")
@click.argument("a")
@click.argument("b")
@_with_workspace
def match_explain(ctx: click.Context, workspace: Workspace, a: str, b: str) -> int:
    """Show why two records are held to be one, or are not.

    Every comparison with its weight, the prior, the total, what spoke against, what held the grade down.

    Example: trueup match explain hubspot:contacts/512 salesforce:Contact/003000000000001AAA
    """
    from trueup.commands.match_explain import match_explain as run
    from trueup.report.terminal import matching

    matching.print_match(run(workspace, a, b, _progress(ctx)))
    return 0


@match.command(name="evaluate")
@click.argument("labels", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--clusters", type=click.Path(path_type=Path, dir_okay=False), help="What `match table` wrote.")
@click.option("--min-precision", type=click.FloatRange(0, 1), help="Exit 1 when precision is below this.")
@click.pass_context
def match_evaluate(ctx: click.Context, labels: Path, clusters: Path | None, min_precision: float | None) -> None:
    """Measure matching against pairs you labelled (CSV: left, right, same).

    Precision, recall and F1 with 95 % intervals, and the worst mistakes. Without --clusters the pairs are refs of the
    CRMs' records.

    Example: trueup match evaluate labels.csv --min-precision 0.99
    """
    from trueup.commands.match_evaluate import evaluate, read_clusters, read_labels
    from trueup.report.terminal import matching

    pairs = read_labels(labels)
    if clusters is not None:
        found = evaluate(pairs, read_clusters(clusters))
    else:
        from trueup.commands.match_explain import groups

        with _workspace(ctx) as workspace:
            found = evaluate(pairs, groups(workspace, _progress(ctx)))
    _rest(ctx)
    matching.print_evaluation(found)
    ctx.exit(1 if min_precision is not None and found.precision.value < min_precision else 0)


@main.group()
def db() -> None:
    """Look after the store."""


@db.command()
@_with_workspace
def upgrade(_: click.Context, workspace: Workspace) -> int:
    """Bring an older store to this version's schema.

    Example: trueup db upgrade
    """
    from trueup.store import upgrade_store

    before, after = upgrade_store(workspace.policy.store)
    click.echo(f"The store is at {after}." if before == after else f"The store went from {before} to {after}.")
    return 0


@main.group()
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


@main.command()
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

    result = run(people=people, seed=seed, folder=folder, say=click.echo, progress=_progress(ctx))
    click.echo(
        f"""
The report:  {result.report}
The policy:  {result.policy}
Try next:    trueup twin serve --people 200     a twin to play with
             trueup init                        a policy for your own org and portal, read-only to begin with
             trueup explain                     every finding code, what it means and how it is fixed"""
    )
    ctx.exit(result.exit_code)
