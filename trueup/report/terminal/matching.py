"""Matching in the terminal: what a table's clusters came to, why two records are held to be one, how good it all is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trueup.model.matching import Grade, Level, Match
from trueup.report.matching_shapes import EvaluationLike, ExportedLike, TableMatchLike, TablePairLike
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, document, entry, paper
from trueup.report.words import clean, count, listed

if TYPE_CHECKING:
    from types import ModuleType

    from rich.console import Console


def _documents() -> ModuleType:
    """The documents of `--json`, which nobody else waits for."""
    from trueup.report.documents import matching

    return matching


def print_table(found: TableMatchLike, *, as_json: bool = False) -> None:
    """The clusters in numbers, what was chosen by the data, and what the bounds left out."""
    if as_json:
        return document(_documents().table(found))
    console = paper()
    rows = sum(n for _, n in found.tables)
    console.print(
        f"{count(rows, 'record')} are {count(found.clusters, 'cluster')}; "
        f"{count(found.matched, 'record')} have company. Wrote {found.out}.",
        style=f"{STRONG} {GOOD}",
    )
    for name, n in found.tables:
        entry(console, (clean(name), STRONG), f"  {count(n, 'record')}")
    entry(
        console,
        f"chosen by the data: threshold {found.threshold:.2f}, {_grouped(found)}; expected F1 {found.expected:.3f}",
    )
    entry(console, f"the largest cluster has {count(found.largest, 'record')}; {count(found.pairs, 'pair')} compared")
    if found.left_out:
        by = listed((f"{rule} {pairs:,}" for rule, pairs in found.left_out_by), 3)
        said = f"{count(found.left_out, 'pair')} of blocks too large to compare were left out ({by})"
        entry(console, (said, WARN))
    if found.seconds:
        entry(console, (", ".join(f"{k} {v:.2f} s" for k, v in found.seconds.items()), QUIET))
    return None


def _grouped(found: TableMatchLike) -> str:
    if len(found.held_once) == 2:
        return "each record once"
    if found.held_once:
        return f"one counterpart in {clean(found.held_once[0])} at most, which holds everything once"
    return "groups split where they do not hold" if found.split else "whole groups"


def print_export(found: ExportedLike) -> None:
    """Where the settings and the records lie, and what is in them."""
    console = paper()
    console.print(f"Wrote {found.settings} and {found.records}.", style=f"{STRONG} {GOOD}")
    entry(
        console,
        f"{count(found.comparisons, 'comparison')}, {count(found.rules, 'blocking rule')}, "
        f"{count(found.rows, 'record')} with normalised values",
    )
    if found.held:
        share = f"{100 * found.found / found.held:.1f}%"
        said = f"of {count(found.held, 'pair')} that are one person here it finds {found.found:,} ({share})"
        entry(console, (said, QUIET))


def print_match(match: Match, *, as_json: bool = False) -> None:
    """A pair as a waterfall: the prior, every level with its weight and the running total, what capped the grade."""
    if as_json:
        return document(_documents().match(match))
    console = paper()
    bad = match.grade in (Grade.NO, Grade.POSSIBLE)
    console.print(
        f"{match.left} and {match.right}: {match.grade} ({shown(match.score)}).",
        style=f"{STRONG} {WARN if bad else GOOD}",
    )
    _waterfall(console, match.prior_weight, match.levels)
    if match.capped_by:
        entry(console, (f"held down: {clean(match.capped_by)}", WARN))
    return None


def print_table_pair(found: TablePairLike, *, as_json: bool = False) -> None:
    """Two records of a table, the same way; what counts there is whether they ended in one cluster."""
    if as_json:
        return document(_documents().table_pair(found))
    console = paper()
    verdict = "in one cluster" if found.together else "apart"
    numbers = f"{shown(found.score)}; threshold {found.threshold:.2f}"
    console.print(
        f"{clean(found.left)} and {clean(found.right)}: {verdict} ({numbers}).",
        style=f"{STRONG} {GOOD if found.together else WARN}",
    )
    _waterfall(console, found.prior_weight, found.levels)
    if found.capped_by:
        entry(console, (f"although: {clean(found.capped_by)}" if found.together else found.capped_by, WARN))
    return None


def shown(score: float) -> str:
    """A probability with four digits; never 1 where something might still be wrong."""
    return "1" if score == 1 else f"{min(score, 0.9999):.4f}"


WIDE = 24
"""Signs that the waterfall is wide."""


def _waterfall(console: Console, prior: float, levels: Sequence[Level]) -> None:
    """Where the total stands after each part, what speaks for sameness first, as bars over one axis."""
    parts = [("prior: any two records", prior, "")]
    for level in sorted(levels, key=lambda item: (-item.weight, item.comparison)):
        values = "" if level.left is None and level.right is None else f"  {level.left or '–'} | {level.right or '–'}"
        parts.append((f"{level.comparison}: {level.label}", level.weight, values))
    edges = [0.0]
    for _, weight, _ in parts:
        edges.append(edges[-1] + weight)
    total, low, high = edges[-1], min(edges), max(edges)
    for (words, weight, values), start, end in zip(parts, edges, edges[1:], strict=False):
        style = GOOD if weight > 0 else BAD if weight < 0 else QUIET
        bar = waterfall_bar(start, end, low, high)
        entry(
            console, (f"{weight:>+7.1f}", style), f" {end:>+7.1f}  ", (bar, style), f"  {clean(words)}",
            (clean(values), QUIET),
        )  # fmt: skip
    entry(
        console, f"{'':>7} {total:>+7.1f}  ", (waterfall_bar(0.0, total, low, high), STRONG),
        f"  total, in bits: odds of 2^{total:.1f} that they are one",
    )  # fmt: skip
    against = [level.comparison for level in levels if level.weight < 0]
    entry(console, f"spoke against: {', '.join(against) or 'nothing'}")


def waterfall_bar(start: float, end: float, low: float, high: float) -> str:
    """A stretch of the axis from `low` to `high` as a bar; `·` marks where nothing speaks either way."""
    scale = (WIDE - 1) / ((high - low) or 1.0)
    a, b = (round((min(start, end) - low) * scale), round((max(start, end) - low) * scale))
    signs = [" "] * WIDE
    signs[round((0.0 - low) * scale)] = "·"
    for place in range(a, max(b, a + 1)):
        signs[place] = "█"
    return "".join(signs)


def print_evaluation(found: EvaluationLike, *, as_json: bool = False) -> None:
    """Precision, recall and F1 with 95 % intervals, and the worst mistakes."""
    if as_json:
        return document(_documents().evaluation(found))
    console = paper()
    console.print(f"F1 {found.f1:.3f} over {count(found.pairs, 'labelled pair')}.", style=STRONG)
    low, high = found.f1_interval
    entry(console, f"{'F1':<9}  {found.f1:.3f}  ({low:.3f} to {high:.3f}, 19 times of 20)")
    for name, share in (("precision", found.precision), ("recall", found.recall)):
        low, high = share.interval
        entry(console, f"{name:<9}  {share.value:.3f}  ({low:.3f} to {high:.3f}; {share.right:,} of {share.of:,})")
    if found.unknown:
        entry(console, (f"{count(found.unknown, 'pair')} name records that are not there: not judged", WARN))
    for mistake in found.mistakes:
        what = "joined, but different" if mistake.joined else "missed"
        entry(
            console, (f"{what:<21}", BAD), f"  {clean(mistake.left)}  {clean(mistake.right)}  {mistake.probability:.3f}"
        )
    return None
