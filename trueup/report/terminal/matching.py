"""Matching in the terminal: what a table's clusters came to, why two records are held to be one, how good it all is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from trueup.model.matching import Grade, Match
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, entry, paper
from trueup.report.words import clean, count


class TableMatchLike(Protocol):
    """What `match table` tells."""

    @property
    def out(self) -> Path: ...
    @property
    def tables(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def clusters(self) -> int: ...
    @property
    def matched(self) -> int: ...
    @property
    def largest(self) -> int: ...
    @property
    def pairs(self) -> int: ...
    @property
    def left_out(self) -> int: ...
    @property
    def threshold(self) -> float: ...
    @property
    def split(self) -> bool: ...
    @property
    def one_to_one(self) -> bool: ...
    @property
    def expected(self) -> float: ...
    @property
    def seconds(self) -> dict[str, float]: ...


def print_table(found: TableMatchLike) -> None:
    """The clusters in numbers, what was chosen by the data, and what the bounds left out."""
    console = paper()
    rows = sum(n for _, n in found.tables)
    console.print(
        f"{count(rows, 'record')} are {count(found.clusters, 'cluster')}; "
        f"{count(found.matched, 'record')} have company. Wrote {found.out}.",
        style=f"{STRONG} {GOOD}",
    )
    for name, n in found.tables:
        entry(console, (clean(name), STRONG), f"  {count(n, 'record')}")
    how = (
        "each record once"
        if found.one_to_one
        else "groups split where they do not hold"
        if found.split
        else "whole groups"
    )
    entry(console, f"chosen by the data: threshold {found.threshold:.2f}, {how}; expected F1 {found.expected:.3f}")
    entry(console, f"the largest cluster has {count(found.largest, 'record')}; {count(found.pairs, 'pair')} compared")
    if found.left_out:
        entry(console, (f"{count(found.left_out, 'pair')} of blocks too large to compare were left out", WARN))
    if found.seconds:
        entry(console, (", ".join(f"{k} {v:.2f} s" for k, v in found.seconds.items()), QUIET))


def print_match(match: Match) -> None:
    """A pair as a waterfall: the prior, every level with its weight and the running total, what capped the grade."""
    console = paper()
    bad = match.grade in (Grade.NO, Grade.POSSIBLE)
    console.print(
        f"{match.left} and {match.right}: {match.grade} ({match.score:.4f}).", style=f"{STRONG} {WARN if bad else GOOD}"
    )
    total = match.prior_weight
    entry(console, f"{total:>+8.1f}  {total:>+8.1f}  prior: any two records")
    for level in sorted(match.levels, key=lambda item: (-item.weight, item.comparison)):
        total += level.weight
        style = GOOD if level.weight > 0 else BAD if level.weight < 0 else QUIET
        values = "" if level.left is None and level.right is None else f"  {level.left or '–'} | {level.right or '–'}"
        entry(
            console,
            (f"{level.weight:>+8.1f}", style),
            f"  {total:>+8.1f}  {bar(level.weight)} {level.comparison}: {level.label}",
            (clean(values), QUIET),
        )
    entry(console, f"{'':>8}  {total:>+8.1f}  total, in bits: odds of 2^{total:.1f} that they are one")
    against = [level.comparison for level in match.levels if level.weight < 0]
    entry(console, f"spoke against: {', '.join(against) or 'nothing'}")
    if match.capped_by:
        entry(console, (f"held down: {clean(match.capped_by)}", WARN))


def bar(weight: float) -> str:
    """A weight as a bar of up to ten signs, `+` for and `-` against."""
    length = min(10, round(abs(weight)))
    return (("+" if weight > 0 else "-") * length).ljust(10)


class ShareLike(Protocol):
    """A share with its interval."""

    @property
    def right(self) -> int: ...
    @property
    def of(self) -> int: ...
    @property
    def value(self) -> float: ...
    @property
    def interval(self) -> tuple[float, float]: ...


class MistakeLike(Protocol):
    """A labelled pair that was got wrong."""

    @property
    def left(self) -> str: ...
    @property
    def right(self) -> str: ...
    @property
    def joined(self) -> bool: ...
    @property
    def probability(self) -> float: ...


class EvaluationLike(Protocol):
    """How labelled pairs came out."""

    @property
    def pairs(self) -> int: ...
    @property
    def precision(self) -> ShareLike: ...
    @property
    def recall(self) -> ShareLike: ...
    @property
    def f1(self) -> float: ...
    @property
    def mistakes(self) -> Sequence[MistakeLike]: ...
    @property
    def unknown(self) -> int: ...


def print_evaluation(found: EvaluationLike) -> None:
    """Precision, recall and F1 with 95 % intervals, and the worst mistakes."""
    console = paper()
    console.print(f"F1 {found.f1:.3f} over {count(found.pairs, 'labelled pair')}.", style=STRONG)
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
