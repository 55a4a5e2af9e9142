"""Who is who: in any table, why two records are held to be one, what people decided, and with which weights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trueup.cli.options import decider, end_progress, json_option, open_workspace, progress, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


def _why_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--why", required=True, help="The reason, for whoever reads this next year.")(command)


def _until_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which it holds; else for good."
    )(command)


@click.group()
def match() -> None:
    """Say who is who: in any table, or why two records are held to be one; decide, tune, measure."""


@match.command(name="table")
@click.argument("tables", nargs=-1, required=True, type=_FILE)
@click.option("--columns", required=True, type=_FILE, help="Which column is what.")
@click.option("--out", required=True, type=_FILE, help="Write clusters here (CSV).")
@click.option("--country", default="US", show_default=True, help="Where numbers without a country code are dialled.")
@click.option("--one-to-one/--many", default=None, help="Whether a record has one counterpart; default: the data say.")
@click.option(
    "--engine",
    type=click.Choice(["own", "spark", "duckdb"]),
    default="own",
    show_default=True,
    help="Where pairs are weighed; spark and duckdb are Splink's, of the extra `spark`.",
)
@json_option
def match_table(tables: tuple[Path, ...], columns: Path, out: Path, engine: str, as_json: bool, **options: Any) -> None:
    """Deduplicate one table (CSV or Parquet), or link two.

    Weights, threshold and splitting are learned from the data, without labels.

    Example: trueup match table customers.csv --columns columns.yaml --out clusters.csv
    """
    from trueup.commands.match_table import match_table as run
    from trueup.report.terminal import matching

    predict = None
    if engine != "own":
        from trueup.commands.match_spark import predictor

        predict = predictor(engine)
    matching.print_table(run(tables, columns, out, predict=predict, **options), as_json=as_json)


@match.command(name="export")
@click.argument("tables", nargs=-1, type=_FILE)
@click.option("--columns", type=_FILE, help="Which column of the tables is what.")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder.")
@click.option("--dialect", type=click.Choice(["spark", "duckdb"]), default="spark", show_default=True)
@click.option("--country", default="US", show_default=True, help="Where numbers without a country code are dialled.")
@click.pass_context
def match_export(
    ctx: click.Context, tables: tuple[Path, ...], columns: Path | None, folder: Path, dialect: str, country: str
) -> None:
    """Export a trained model as Splink settings, with the records it speaks of.

    Writes settings.json and records.parquet; any Splink runs them, and its match weights are those learned here.
    Without TABLES it is the people that were pulled, and the weights in use (`match tune`) say what to expect.

    Example: trueup match export customers.csv --columns columns.yaml --to splink
    """
    from trueup.commands.match_spark import export
    from trueup.report.terminal import matching

    if bool(tables) != (columns is not None):
        raise click.UsageError("TABLES and --columns go together.")
    if columns is None:
        from trueup.commands.match_export_people import export_people

        with open_workspace(ctx) as workspace:
            found = export_people(workspace, folder, dialect=dialect, progress=progress(ctx))
        end_progress(ctx)
        return matching.print_export(found)
    return matching.print_export(export(tables, columns, folder, dialect=dialect, country=country))


@match.command(name="explain")
@click.argument("a")
@click.argument("b")
@click.option("--table", "tables", multiple=True, type=_FILE, help="A and B are ids in this table; twice for two.")
@click.option("--columns", type=_FILE, help="Which column of the tables is what.")
@click.option("--country", default="US", show_default=True, help="Where numbers without a country code are dialled.")
@json_option
@click.pass_context
def match_explain(
    ctx: click.Context, a: str, b: str, tables: tuple[Path, ...], columns: Path | None, country: str, as_json: bool
) -> None:
    """Show why two records are held to be one, or are not.

    Every comparison with its weight, the prior, the total, what spoke against, what held the grade down. With --table
    and --columns the two are records of tables, weighed with what `match table` learns from them.

    Example: trueup match explain hubspot:contacts/512 salesforce:Contact/003000000000001AAA
    """
    from trueup.report.terminal import matching

    if bool(tables) != (columns is not None):
        raise click.UsageError("--table and --columns go together.")
    if columns is not None:
        from trueup.commands.match_table import explain_table

        return matching.print_table_pair(explain_table(tables, columns, a, b, country=country), as_json=as_json)
    from trueup.commands.match_explain import match_explain as run

    with open_workspace(ctx) as workspace:
        found = run(workspace, a, b, progress(ctx))
    end_progress(ctx)
    return matching.print_match(found, as_json=as_json)


@match.command(name="same")
@click.argument("a")
@click.argument("b")
@_why_option
@_until_option
@json_option
@with_workspace
def match_same(
    _: click.Context, workspace: Workspace, a: str, b: str, why: str, until: datetime | None, as_json: bool
) -> int:
    """Decide that two records are the same; nobody is asked again.

    It stands over everything the data say, follows merges, and goes to the policy's file of decisions, if it names one.

    Example: trueup match same hubspot:contacts/512 salesforce:Contact/003000000000001AAA --why "same mobile"
    """
    return _decide(workspace, a, b, "same", why, until, as_json)


@match.command(name="different")
@click.argument("a")
@click.argument("b")
@_why_option
@_until_option
@json_option
@with_workspace
def match_different(
    _: click.Context, workspace: Workspace, a: str, b: str, why: str, until: datetime | None, as_json: bool
) -> int:
    """Decide that two records are not the same, however alike they look.

    Example: trueup match different hubspot:contacts/7 hubspot:contacts/8 --why "father and son" --until 2027-06-30
    """
    return _decide(workspace, a, b, "not_same", why, until, as_json)


def _decide(workspace: Workspace, a: str, b: str, verdict: str, why: str, until: datetime | None, as_json: bool) -> int:
    from trueup.commands.match_decisions import decide
    from trueup.report.terminal import tuning

    last: date | None = until.date() if until else None
    found = decide(workspace, a, b, verdict, by=decider(), why=why, until=last)
    tuning.print_told(found, as_json=as_json)
    return 0


@match.command(name="forget")
@click.argument("a")
@click.argument("b")
@_why_option
@json_option
@with_workspace
def match_forget(_: click.Context, workspace: Workspace, a: str, b: str, why: str, as_json: bool) -> int:
    """Withdraw a decision about two records; the data decide again.

    Example: trueup match forget hubspot:contacts/7 hubspot:contacts/8 --why "it was the daughter"
    """
    from trueup.commands.match_decisions import forget
    from trueup.report.terminal import tuning

    tuning.print_told(forget(workspace, a, b, by=decider(), why=why), withdrawn=True, as_json=as_json)
    return 0


@match.command(name="decisions")
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write those in force to a file (- is standard output).",
)
@click.option("--import", "import_from", type=_FILE, help="Take every decision of a file.")
@json_option
@with_workspace
def match_decisions(
    _: click.Context, workspace: Workspace, export_to: Path | None, import_from: Path | None, as_json: bool
) -> int:
    """List what was decided about pairs: by whom, why, until when.

    Example: trueup match decisions --export decisions.yaml
    """
    from trueup.commands import match_decisions as commands
    from trueup.report.terminal import tuning

    if import_from is not None:
        taken = commands.take(workspace, import_from)
        click.echo(f"New or changed decisions taken from {import_from}: {len(taken)}.", err=True)
    if export_to is not None:
        return commands.export_to(workspace, export_to)
    tuning.print_decisions(commands.remembered(workspace), as_json=as_json)
    return 0


@match.command(name="tune")
@click.option("--write", is_flag=True, help="Write the weights down; without it nothing but this view is made.")
@click.option("--out", type=_FILE, help="Where to; default: the policy's file of weights, else weights.yaml beside it.")
@json_option
@with_workspace
def match_tune(ctx: click.Context, workspace: Workspace, write: bool, out: Path | None, as_json: bool) -> int:
    """Learn the weights of matching from your own data and decisions, and show what would change.

    Nothing is used before the policy names the file: match: {weights: weights.yaml}.

    Example: trueup match tune
    """
    from trueup.commands.match_tune import tune
    from trueup.report.terminal import tuning

    found = tune(workspace, write=write, out=out, progress=progress(ctx))
    end_progress(ctx)
    tuning.print_tuning(found, as_json=as_json)
    return 0


@match.command(name="evaluate")
@click.argument("labels", type=_FILE)
@click.option("--clusters", type=_FILE, help="What `match table` wrote.")
@click.option("--min-precision", type=click.FloatRange(0, 1), help="Exit 1 when precision is below this.")
@json_option
@click.pass_context
def match_evaluate(
    ctx: click.Context, labels: Path, clusters: Path | None, min_precision: float | None, as_json: bool
) -> None:
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
        from trueup.commands.match_explain import evaluate_pairs

        with open_workspace(ctx) as workspace:
            found = evaluate_pairs(workspace, pairs, progress(ctx))
    end_progress(ctx)
    matching.print_evaluation(found, as_json=as_json)
    low = min_precision is not None and found.precision.value < min_precision
    if low:
        click.echo(f"Precision {found.precision.value:.4f} is below {min_precision}.", err=True)
    ctx.exit(1 if low else 0)
