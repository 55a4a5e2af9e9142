"""In the terminal: what learned weights would change, and what people decided about pairs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trueup.report.documents import matching as documents
from trueup.report.matching_shapes import RememberedLike, ToldLike, TunedKindLike, TuningLike
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, document, entry, heading, onward, paper
from trueup.report.words import clean, count

if TYPE_CHECKING:
    from rich.console import Console

_VERDICTS = {"same": "the same", "not_same": "not the same"}
_PEOPLE = {"person": "People", "company": "Companies"}


def print_tuning(found: TuningLike, *, as_json: bool = False) -> None:
    """Old and new weights, which matches would change grade, how remembered decisions come out."""
    if as_json:
        return document(documents.tuning(found))
    console = paper()
    if not found.changes:
        console.print("Nothing to change: the weights in use are what the data say.", style=f"{STRONG} {GOOD}")
    else:
        moved = sum(change.pairs for kind in found.kinds for change in kind.effects.regraded)
        console.print(
            f"{count(found.changes, 'level')} would weigh otherwise; {count(moved, 'pair')} would change grade.",
            style=f"{STRONG} {WARN if moved else GOOD}",
        )
    for kind in found.kinds:
        _kind(console, kind)
    file = os.path.relpath(found.file)
    if found.written:
        onward(
            console,
            f"Wrote {file}.",
            "" if found.named else f"Use it: match: {{weights: {found.spelled}}} in the policy",
        )
    elif found.changes:
        onward(console, "Nothing was written. To write the weights down for review:  trueup match tune --write")
    return None


def _kind(console: Console, item: TunedKindLike) -> None:
    learned = item.tuned
    heading(console, _PEOPLE[item.kind])
    decided = f" and {count(learned.decisions, 'decision')}" if learned.decisions else ""
    entry(
        console,
        (f"learned from {count(learned.records, 'record')}, {count(learned.pairs, 'pair')} of which about "
         f"{learned.matches:,.0f} true{decided}", QUIET),
    )  # fmt: skip
    if not item.effects.shifts:
        entry(console, "no level would change")
    for shift in item.effects.shifts:
        was, now = shift.weight
        style = GOOD if now > was else BAD
        of = f"m {shift.m[0]:.3g} → {shift.m[1]:.3g}"
        if shift.u:
            of += f", u {shift.u[0]:.3g} → {shift.u[1]:.3g}"
        about = " beside the value's own rarity" if shift.by_value else ""
        entry(
            console, f"{was:>+6.1f} → ", (f"{now:>+6.1f}", style), f"  {shift.comparison}: {shift.label}",
            (f"  {of}{about}", QUIET),
        )  # fmt: skip
    for change in item.effects.regraded:
        entry(console, (f"{count(change.pairs, 'pair')} from {change.before} to {change.after}", STRONG))
        for example in change.examples:
            p, q = example.score
            entry(console, f"{clean(example.left)}  {clean(example.right)}  {p:.3f} → {q:.3f}", indent=4)
        if change.pairs > len(change.examples):
            entry(console, (f"… {change.pairs - len(change.examples):,} more", QUIET), indent=4)
    if item.effects.shifts and not item.effects.regraded:
        entry(console, "no pair would change its grade")
    for outcome in item.effects.outcomes:
        before, after = outcome.right
        style = BAD if after < before else GOOD
        entry(
            console,
            f"decided {_VERDICTS[outcome.verdict]}: the weights alone agree with {before:,} of {outcome.pairs:,} now, ",
            (f"{after:,} with what was learned", style),
        )


def print_told(found: ToldLike, *, withdrawn: bool = False, as_json: bool = False) -> None:
    """What is remembered from now on, and where."""
    if as_json:
        return document(documents.told(found, withdrawn=withdrawn))
    console = paper()
    one = found.decision
    pair = f"{clean(one.left)} and {clean(one.right)}"
    if withdrawn:
        console.print(f"No longer decided: {pair}. The data decide again.", style=STRONG)
    else:
        until = f", until {one.until}" if one.until else ""
        console.print(f"Remembered: {pair} are {_VERDICTS[one.verdict]}{until}.", style=f"{STRONG} {GOOD}")
        entry(console, f"by {clean(one.by)}: {clean(one.why)}")
    if found.before and not withdrawn:
        entry(console, (f"before: {_VERDICTS[found.before.verdict]}, by {clean(found.before.by)}", QUIET))
    if found.file:
        entry(console, f"in {os.path.relpath(found.file)}, to be reviewed and committed like the policy")
    else:
        entry(
            console,
            ("kept in the store; to have decisions reviewed, name a file: match: {decisions: decisions.yaml}", QUIET),
        )
    if not withdrawn:
        onward(console, "trueup check")
    return None


def print_decisions(found: Sequence[RememberedLike], *, as_json: bool = False) -> None:
    """Every decision with who, why and until when, those that are not in force marked."""
    if as_json:
        return document(documents.decisions(found))
    console = paper()
    idle = sum(item.state != "in force" for item in found)
    if not found:
        console.print("Nothing was decided about any pair.", style=STRONG)
        return onward(console, "trueup match same A B --why …", "trueup match different A B --why …")
    rest = f"; {idle:,} not in force" if idle else ""
    console.print(f"{count(len(found), 'decision')} about pairs{rest}.", style=STRONG)
    for item in found:
        one = item.decision
        style = GOOD if one.verdict == "same" else WARN
        state = "" if item.state == "in force" else f"  [{item.state}]"
        until = f"  until {one.until}" if one.until else ""
        word = "same" if one.verdict == "same" else "different"
        entry(console, (f"{word:<9}", style), f"  {clean(one.left)}  {clean(one.right)}{until}", (state, BAD))
        entry(console, (f"{one.on or 'no date'}, {clean(one.by)}: {clean(one.why)}", QUIET), indent=13)
        if item.now != (one.left, one.right):
            entry(console, (f"today {item.now[0]} and {item.now[1]}", QUIET), indent=13)
    return None
