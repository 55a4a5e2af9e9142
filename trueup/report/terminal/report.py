"""A whole report as text: for a terminal, or a mail that takes no pages."""

from __future__ import annotations

import io

from rich.console import Console

from trueup.report.rows import ChangeRow, FindingRow, State, View
from trueup.report.terminal.findings import print_bounds
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, entry, heading, more, paper, table
from trueup.report.words import clean, moment, shown

MOST = 200
"""Rows of each list that are shown; a longer one is for the page or a table."""
_TONES = {"bad": BAD, "wait": WARN, "good": GOOD, "quiet": QUIET}


def print_report(view: View) -> None:
    """The report on standard output."""
    _write(paper(), view)


def report_text(view: View, width: int = 100) -> str:
    """The report as plain text."""
    out = io.StringIO()
    _write(
        Console(file=out, width=width, markup=False, highlight=False, emoji=False, color_system=None, soft_wrap=True),
        view,
    )
    return out.getvalue()


def _write(console: Console, view: View) -> None:
    console.print(view.verdict, style=f"{STRONG} {GOOD if view.in_true else WARN}")
    if view.plan:
        entry(
            console,
            (f"Plan {view.plan}, made {moment(view.at)}, good until {moment(view.expires_at)}", QUIET),
            indent=0,
        )
    heading(console, "Agreement by family")
    table(
        console,
        (("family", "left"), ("findings", "right"), ("in true", "right"), ("", "left")),
        [
            [
                row.name,
                f"{row.findings:,}",
                "–" if row.share is None else f"{100 * row.share:.1f}%",
                ", ".join(f"{code} {number:,}" for code, _, number in row.codes),
            ]
            for row in view.families
        ],
    )
    for name, what, tripped in view.guards:
        if tripped:
            entry(console, (f"Guard {name}: {clean(what)}", BAD))
    if view.not_looked_at or view.missing:
        heading(console, "Not looked at")
        for code, title, why in view.not_looked_at:
            entry(console, (code, STRONG), f"  {title}: {clean(why)}")
        for why in view.missing:
            entry(console, clean(why))
    print_bounds(console, view.matching)
    _frozen(console, view.frozen)
    _changes(console, view.changes)
    _findings(console, [row for row in view.findings if row.state is State.NO_FIX])


def _frozen(console: Console, rows: tuple[FindingRow, ...]) -> None:
    if rows:
        heading(console, f"Frozen, because somebody changes it back · {len(rows):,}")
    for row in rows[:MOST]:
        label = " · ".join(part for part in (clean(row.name), row.field_label) if part)
        entry(console, (row.code, f"{STRONG} {WARN}"), f"  {label}", (f"  {row.subjects[0].ref}", QUIET))
        for sentence in row.evidence:
            entry(console, clean(sentence), indent=4)
    more(console, len(rows) - MOST, "frozen fields", "trueup check --code FLD006 --limit 0")


def _changes(console: Console, rows: tuple[ChangeRow, ...]) -> None:
    if rows:
        heading(console, f"Planned fixes · {len(rows):,}")
    for row in rows[:MOST]:
        entry(
            console,
            (row.state.label, f"{STRONG} {_TONES[row.state.tone]}"),
            f"  {row.sign} ",
            (" · ".join(part for part in (clean(row.name), row.what) if part), STRONG),
            (f"  {row.target.ref}  {row.id}", QUIET),
        )
        if row.is_value:
            entry(console, f"{shown(row.old)} → {shown(row.new)}", indent=4)
        for label, value in row.told:
            entry(console, f"{label}: {shown(value)}", indent=4)
        entry(
            console,
            (" ".join(part for part in (clean(row.why), clean(row.message), row.undo) if part), QUIET),
            indent=4,
        )
    more(console, len(rows) - MOST, "fixes", "trueup report --format csv --out fixes.csv")


def _findings(console: Console, rows: list[FindingRow]) -> None:
    if rows:
        heading(console, f"Findings without a fix · {len(rows):,}")
    for row in rows[:MOST]:
        label = " · ".join(part for part in (clean(row.name), row.title, row.field_label) if part)
        entry(console, (row.code, STRONG), f"  {label}")
        for subject in row.subjects:
            entry(console, f"{subject.ref}{'  ' + shown(subject.value) if subject.has_value else ''}", indent=4)
        entry(console, (clean(row.reason), QUIET), indent=4)
    more(console, len(rows) - MOST, "findings", "trueup report --format findings.csv --out findings.csv")
