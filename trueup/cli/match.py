"""Who is who: in any table, or why two records are held to be one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trueup.cli.options import end_progress, open_workspace, progress, with_workspace

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


@click.group()
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
@with_workspace
def match_explain(ctx: click.Context, workspace: Workspace, a: str, b: str) -> int:
    """Show why two records are held to be one, or are not.

    Every comparison with its weight, the prior, the total, what spoke against, what held the grade down.

    Example: trueup match explain hubspot:contacts/512 salesforce:Contact/003000000000001AAA
    """
    from trueup.commands.match_explain import match_explain as run
    from trueup.report.terminal import matching

    matching.print_match(run(workspace, a, b, progress(ctx)))
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

        with open_workspace(ctx) as workspace:
            found = evaluate(pairs, groups(workspace, progress(ctx)))
    end_progress(ctx)
    matching.print_evaluation(found)
    ctx.exit(1 if min_precision is not None and found.precision.value < min_precision else 0)
