"""Matching in the terminal: what a table's clusters came to, why two records are held to be one, how good it all is."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from trueup.report.terminal.paper import GOOD, QUIET, STRONG, WARN, entry, paper
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
