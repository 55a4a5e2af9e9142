"""What became of a plan, in the terminal: applied, verified, undone, and the nightly run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from trueup.model.authorship import FROZEN
from trueup.model.changes import Loss, Plan
from trueup.model.findings import Finding
from trueup.model.receipts import Outcome, Receipt
from trueup.report import documents
from trueup.report.shapes import DriftLike, NotLookedAtLike, PulledLike
from trueup.report.terminal.findings import check_verdict, print_finding
from trueup.report.terminal.house import pull_verdict
from trueup.report.terminal.paper import (
    BAD,
    GOOD,
    QUIET,
    STRONG,
    WARN,
    document,
    entry,
    heading,
    more,
    onward,
    paper,
    table,
)
from trueup.report.words import address, clean, count, listed, shown, what

MOST = 20
"""How many changes that did not go well are shown."""

STYLES = {
    Outcome.APPLIED: GOOD,
    Outcome.ALREADY: GOOD,
    Outcome.STALE: WARN,
    Outcome.SKIPPED: QUIET,
    Outcome.REFUSED: BAD,
    Outcome.FAILED: BAD,
    Outcome.UNKNOWN: BAD,
}
MEANINGS = {
    Outcome.APPLIED: "written",
    Outcome.ALREADY: "held the wanted value already",
    Outcome.STALE: "moved since the plan; left as it is",
    Outcome.REFUSED: "the CRM said no",
    Outcome.FAILED: "did not get through; may be tried again",
    Outcome.UNKNOWN: "the answer was lost; the next run looks",
    Outcome.SKIPPED: "not approved, or what it depends on was not done",
}
_TROUBLE = (Outcome.UNKNOWN, Outcome.FAILED, Outcome.REFUSED, Outcome.STALE)


def apply_verdict(plan: Plan, receipts: Mapping[str, Receipt], drifted: Sequence[object]) -> tuple[str, str]:
    """The first line of an apply, and how good it is."""
    counts = documents.outcome_counts(plan, receipts)
    wanted = counts["planned"] - counts["skipped"]
    done = counts["applied"] + counts["already"]
    trouble = [f"{counts[outcome]:,} {outcome}" for outcome in _TROUBLE if counts[outcome]]
    trouble += [f"{len(drifted):,} did not hold"] if drifted else []
    if not wanted:
        return f"Nothing was written: none of {count(counts['planned'], 'planned change')} is approved.", WARN
    if not trouble:
        return f"Done: all {count(wanted, 'approved change')} hold.", GOOD
    return f"Partly done: {done:,} of {count(wanted, 'approved change')}; {', '.join(trouble)}.", BAD


def print_apply(
    plan: Plan, receipts: Mapping[str, Receipt], drifted: Sequence[DriftLike] = (), *, as_json: bool = False
) -> None:
    """What became of every change of a plan; the outcomes add up to planned."""
    if as_json:
        return document(documents.applied(plan, receipts, drifted))
    console = paper()
    text, style = apply_verdict(plan, receipts, drifted)
    console.print(text, style=f"{STRONG} {style}")
    _print_counts(console, plan, receipts)
    _print_trouble(console, plan, receipts)
    _print_drift(console, drifted)
    counts = documents.outcome_counts(plan, receipts)
    onward(console, *(["trueup review"] * bool(counts["skipped"])), "trueup check", f"trueup undo {plan.id} --look")
    return None


def _print_counts(console: Console, plan: Plan, receipts: Mapping[str, Receipt]) -> None:
    counts = documents.outcome_counts(plan, receipts)
    console.print(Text(f"Plan {plan.id}: {count(counts['planned'], 'change')} planned", style=QUIET))
    rows: list[list[str | Text]] = [
        [f"{counts[outcome]:,}", Text(outcome.value, style=STYLES[outcome]), MEANINGS[outcome]]
        for outcome in Outcome
        if counts[outcome]
    ]
    if rows:
        table(console, (("", "right"), ("", "left"), ("", "left")), rows)


def _print_trouble(console: Console, plan: Plan, receipts: Mapping[str, Receipt]) -> None:
    troubled = [(c, r) for c in plan.changes if (r := receipts.get(c.id)) and r.outcome in _TROUBLE]
    if not troubled:
        return
    heading(console, f"Look at these · {len(troubled):,}")
    for change, receipt in sorted(troubled, key=lambda pair: _TROUBLE.index(pair[1].outcome))[:MOST]:
        entry(
            console,
            (receipt.outcome.value, f"{STRONG} {STYLES[receipt.outcome]}"),
            f"  {what(change)}  ",
            (f"{address(change.target)}  {change.id}", QUIET),
        )
        said = [f"{name} is now {shown(value)}" for name, value in sorted(receipt.observed.items())]
        parts = [
            clean(receipt.message),
            listed(said),
            receipt.code,
            receipt.request_id and f"request {receipt.request_id}",
        ]
        if any(parts):
            entry(console, ("; ".join(part for part in parts if part), QUIET), indent=4)
    more(console, len(troubled) - MOST, "of these", "trueup report --format csv --out -")


def _print_drift(console: Console, drifted: Sequence[DriftLike]) -> None:
    if not drifted:
        return
    heading(console, f"Written, but it does not hold · {len(drifted):,}")
    for drift in drifted[:MOST]:
        change = drift.change
        entry(console, (what(change), STRONG), "  ", (f"{address(change.target)}  {change.id}", QUIET))
        entry(console, f"wrote {shown(change.after)}, now {shown(drift.now)}. {clean(drift.message)}", indent=4)
    more(console, len(drifted) - MOST, "of these", "trueup verify --json")


def print_verify(
    checked: int, drifted: Sequence[DriftLike], not_looked_at: Sequence[str] = (), *, as_json: bool = False
) -> None:
    """Whether what was written still holds."""
    if as_json:
        return document(documents.verified(checked, drifted, not_looked_at))
    console = paper()
    if drifted:
        text, style = f"{len(drifted):,} of {count(checked, 'written change')} do not hold.", BAD
    elif not_looked_at:
        text, style = f"{count(checked, 'written change')} hold, but not everything could be looked at.", WARN
    else:
        text, style = f"In true: all {count(checked, 'written change')} hold.", GOOD
    console.print(text, style=f"{STRONG} {style}")
    _print_drift(console, drifted)
    if not_looked_at:
        heading(console, f"Not looked at · {len(not_looked_at):,}")
        for why in not_looked_at:
            entry(console, clean(why))
    return None


def print_undo(
    plan: Plan,
    lost: Sequence[Loss],
    receipts: Mapping[str, Receipt] | None,
    *,
    as_json: bool = False,
) -> None:
    """What is taken back, and what cannot be; `receipts` is None when it was only looked at."""
    if as_json:
        return document(documents.undone(plan, lost, receipts))
    console = paper()
    partly, cannot = [it for it in lost if it.comes_back], [it for it in lost if not it.comes_back]
    said = f" {count(len(cannot), 'change')} cannot come back." if cannot else ""
    said += f" {count(len(partly), 'change')} {'comes' if len(partly) == 1 else 'come'} back in part." if partly else ""
    if receipts is None:
        style = WARN if lost else GOOD
        console.print(f"{count(len(plan.changes), 'change')} would be undone.{said}", style=f"{STRONG} {style}")
    elif not plan.changes:
        console.print(f"Nothing to undo.{said}", style=f"{STRONG} {WARN}")
    else:
        text, style = apply_verdict(plan, receipts, ())
        console.print(f"Undo of plan {plan.undoes}. {text}{said}", style=f"{STRONG} {style}")
        _print_counts(console, plan, receipts)
        _print_trouble(console, plan, receipts)
    _print_lost(console, "Cannot come back", cannot)
    _print_lost(console, "Comes back in part", partly)
    if receipts is None and plan.changes:
        onward(console, f"trueup undo {plan.undoes}")
    return None


def _print_lost(console: Console, title: str, lost: Sequence[Loss]) -> None:
    if not lost:
        return
    heading(console, f"{title} · {len(lost):,}")
    for it in lost[:MOST]:
        entry(console, (what(it.change), STRONG), "  ", (f"{address(it.change.target)}  {it.change.id}", QUIET))
        if it.comes_back:
            entry(console, ("comes back   ", QUIET), clean(it.comes_back), indent=4)
            entry(console, ("stays away   ", QUIET), clean(it.why), indent=4)
        else:
            entry(console, clean(it.why), indent=4)
    more(console, len(lost) - MOST, "of these", "trueup undo --look --json")


def print_run(
    pulled: Sequence[PulledLike],
    findings: Sequence[Finding],
    plan: Plan,
    receipts: Mapping[str, Receipt],
    *,
    waiting: int,
    not_looked_at: Sequence[NotLookedAtLike] = (),
    refused: str = "",
    report: Path | None = None,
    as_json: bool = False,
) -> None:
    """The nightly run: what was seen, what was found, what was done, what waits."""
    if as_json:
        return document(
            documents.nightly(
                pulled, findings, plan, receipts, waiting=waiting, refused=refused, report=str(report) if report else ""
            )
        )
    console = paper()
    style = BAD if refused else WARN if findings else GOOD
    waits = f" {count(waiting, 'change')} {'waits' if waiting == 1 else 'wait'} for you." if waiting else ""
    console.print(f"{check_verdict(findings, not_looked_at)}{waits}", style=f"{STRONG} {style}")
    entry(console, ("pulled    ", QUIET), pull_verdict(pulled)[0], indent=0)
    codes = Counter(finding.code for finding in findings)
    found = listed((f"{code} {number:,}" for code, number in sorted(codes.items())), 12) or "nothing"
    entry(console, ("found     ", QUIET), found, indent=0)
    entry(console, ("planned   ", QUIET), f"{count(len(plan.changes), 'change')}, plan {plan.id}", indent=0)
    done = (
        f"A guard refused: {clean(refused)}"
        if refused
        else apply_verdict(plan, receipts, ())[0]
        if receipts
        else "nothing"
    )
    entry(console, ("applied   ", QUIET), (done, BAD if refused else ""), indent=0)
    frozen = [finding for finding in findings if finding.code == FROZEN]
    if frozen:
        entry(console, ("frozen    ", QUIET), (f"{count(len(frozen), 'field')} changed back", WARN), indent=0)
    if report:
        entry(console, ("report    ", QUIET), str(report), indent=0)
    _print_trouble(console, plan, receipts)
    if frozen:
        heading(console, f"Frozen, because somebody changes it back · {len(frozen):,}")
        for finding in frozen[:MOST]:
            print_finding(console, finding, {})
        more(console, len(frozen) - MOST, "of these", "trueup check --code FLD006 --limit 0")
    if waiting:
        onward(console, "trueup review", "trueup report")
    return None
