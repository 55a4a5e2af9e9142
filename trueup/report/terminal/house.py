"""The setup and the store in the terminal: init, doctor, pull, status, runs, links, connectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from trueup.model.matching import Link
from trueup.model.receipts import Run, RunStatus
from trueup.report import documents
from trueup.report.shapes import ConnectorLike, DiagnosisLike, PrunedLike, PulledLike, StatusLike
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, document, entry, heading, onward, paper, table
from trueup.report.words import clean, count, listed, moment

_HEALTH = {"good": (GOOD, "ok"), "warning": (WARN, "look"), "bad": (BAD, "bad")}


def print_init(path: Path, read: Mapping[str, int], not_read: Mapping[str, str]) -> None:
    """Where the policy was written, and how much of it comes from the systems themselves."""
    console = paper()
    console.print(f"Wrote {path}.", style=f"{STRONG} {GOOD}")
    for system, objects in read.items():
        entry(console, (system, STRONG), f"  stages and fields read from {count(objects, 'object')}")
    for system, why in not_read.items():
        entry(console, (system, f"{STRONG} {WARN}"), f"  not read, so the defaults stand: {clean(why)}")
    onward(console, "edit it", "trueup config check", "trueup doctor")


def print_doctor(found: Sequence[DiagnosisLike], *, as_json: bool = False) -> None:
    """How everything is; what is not well says what to do."""
    if as_json:
        return document(documents.doctor(found))
    console = paper()
    bad = sum(d.health == "bad" for d in found)
    look = sum(d.health == "warning" for d in found)
    if bad or look:
        parts = [f"{bad:,} in the way"] * bool(bad) + [f"{look:,} to look at"] * bool(look)
        console.print(
            f"{'Not ready' if bad else 'Ready'}: {', '.join(parts)}, {len(found) - bad - look:,} fine.",
            style=f"{STRONG} {BAD if bad else WARN}",
        )
    else:
        console.print(f"Ready: all {len(found):,} fine.", style=f"{STRONG} {GOOD}")
    for diagnosis in sorted(found, key=lambda d: ("bad", "warning", "good").index(d.health)):
        style, word = _HEALTH[diagnosis.health]
        entry(console, (f"{word:<5}", style), (clean(diagnosis.subject), STRONG), f"  {clean(diagnosis.seen)}")
        if diagnosis.advice:
            entry(console, (f"→ {clean(diagnosis.advice)}", QUIET), indent=7)
    return None


def pull_verdict(pulled: Sequence[PulledLike]) -> tuple[str, str]:
    """The first line of a pull, and how good it is."""
    rows = count(sum(p.rows for p in pulled), "row")
    missing = sum(not p.complete for p in pulled)
    if missing:
        return f"Incomplete: {rows}; {missing:,} of {count(len(pulled), 'object')} were not seen whole.", BAD
    return f"Complete: {rows} from {count(len(pulled), 'object')}.", GOOD


def print_pull(pulled: Sequence[PulledLike], *, as_json: bool = False) -> None:
    """What came, object by object."""
    if as_json:
        return document(documents.pull(pulled))
    console = paper()
    text, style = pull_verdict(pulled)
    console.print(text, style=f"{STRONG} {style}")
    table(
        console,
        (("object", "left"), ("rows", "right"), ("", "left"), ("", "left")),
        [
            [
                f"{p.system}:{p.object}",
                f"{p.rows:,}",
                Text("whole" if p.complete else "not whole", style=GOOD if p.complete else BAD),
                ("all" if p.full else "what changed") + (f", by {p.way.partition(' (')[0]}" if p.way else ""),
            ]
            for p in pulled
        ],
    )
    for p in pulled:
        for note in (*p.notes, *([p.error] if p.error else [])):
            entry(console, (f"{p.system}:{p.object}", f"{STRONG} {WARN}"), f"  {clean(note)}")
    onward(console, "trueup pull" if style == BAD else "trueup plan")
    return None


def print_status(status: StatusLike, *, as_json: bool = False) -> None:
    """What is known, how old it is, what waits."""
    if as_json:
        return document(documents.status(status))
    console = paper()
    found = sum(status.open_findings.values())
    if not status.snapshots:
        console.print("Nothing has been pulled yet.", style=f"{STRONG} {WARN}")
        return onward(console, "trueup doctor", "trueup pull")
    waits = f"; {count(status.undecided, 'change')} wait for you" if status.undecided else ""
    ready = f"; {status.approved_unapplied:,} approved, not yet applied" if status.approved_unapplied else ""
    head = f"Not in true: {count(found, 'open finding')}" if found else "In true, as of the last check"
    console.print(f"{head}{waits}{ready}.", style=f"{STRONG} {WARN if found or waits or ready else GOOD}")
    if found:
        entry(console, ("findings  ", QUIET), listed((f"{c} {n:,}" for c, n in status.open_findings.items()), 40))
    if status.plan:
        plan = status.plan
        entry(
            console,
            ("plan      ", QUIET),
            f"{plan.id}, {count(len(plan.changes), 'change')}, good until {moment(plan.expires_at)}",
        )
    if status.last_run:
        run = status.last_run
        entry(console, ("last run  ", QUIET), f"{run.id} {run.verb}, {run.status.value}, {moment(run.started_at)}")
    if status.open_intents:
        left = count(status.open_intents, "write")
        entry(console, (f"{left} of a broken-off run not settled; the next apply or run looks.", f"{STRONG} {BAD}"))
    heading(console, "What was seen")
    table(
        console,
        (("object", "left"), ("rows", "right"), ("pulled", "left"), ("", "left")),
        [
            [
                f"{s.system}:{s.object}",
                f"{s.rows:,}",
                moment(s.taken_at),
                Text("whole" if s.complete else "not whole", style=GOOD if s.complete else BAD),
            ]
            for s in status.snapshots
        ],
    )
    return None


_RUN_STYLES = {
    RunStatus.DONE: GOOD,
    RunStatus.RUNNING: WARN,
    RunStatus.FAILED: BAD,
    RunStatus.INTERRUPTED: BAD,
}


_LEFT_OUT = ("pulled ", "calls to ")
"""Counts of a run that stand in its JSON document only."""


def print_runs(runs: Sequence[Run], *, as_json: bool = False) -> None:
    """The newest runs, newest first."""
    if as_json:
        return document(documents.runs(runs))
    console = paper()
    console.print(count(len(runs), "run") + ("." if runs else ": nothing was run yet."), style=STRONG)
    table(
        console,
        (("run", "left"), ("verb", "left"), ("", "left"), ("exit", "right"), ("began", "left"), ("", "left")),
        [
            [
                run.id,
                run.verb,
                Text(run.status.value, style=_RUN_STYLES[run.status]),
                "" if run.exit_code is None else str(run.exit_code),
                moment(run.started_at),
                listed((f"{n:,} {w}" for w, n in sorted(run.counts.items()) if n and not w.startswith(_LEFT_OUT)), 5),
            ]
            for run in runs
        ],
    ) if runs else None
    return None


def print_pruned(result: PrunedLike, *, as_json: bool = False) -> None:
    """What was forgotten, or would be, and which runs that takes the way back from."""
    if as_json:
        return document(documents.pruned(result))
    console = paper()
    gone = result.pruned
    since = f"older than {moment(result.before)}"
    if not gone.rows:
        return console.print(f"Nothing is {since} but what is needed.", style=f"{STRONG} {GOOD}")
    verb = "Would forget" if result.dry_run else "Forgot"
    console.print(f"{verb} {count(gone.plans, 'plan')} {since}, with their journal.", style=f"{STRONG} {WARN}")
    rows = (
        ("changes that were sent", gone.changes),
        ("records as they were before", gone.images),
        ("receipts", gone.receipts),
        ("written values that newer ones follow", gone.values),
        ("findings that are closed", gone.findings),
    )
    table(console, (("", "left"), ("", "right")), [[name, f"{number:,}"] for name, number in rows if number])
    if gone.runs:
        entry(console, (f"Not to be taken back any more: {listed(gone.runs, 12)}.", WARN))
    if not result.dry_run:
        entry(console, (f"The store took {_mb(result.bytes_before)}, now {_mb(result.bytes_after)}.", QUIET))
    else:
        onward(console, "the same without --dry-run")
    return None


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def print_links(links: Sequence[Link], *, as_json: bool = False) -> None:
    """The crosswalk, pair by pair."""
    if as_json:
        return document(documents.links(links))
    console = paper()
    console.print(count(len(links), "link") + ".", style=STRONG)
    for link in links:
        entry(
            console,
            (clean(str(link.left)), "cyan"),
            " = ",
            (clean(str(link.right)), "cyan"),
            (f"  {link.source.value} {link.score:.3f}  {clean(link.evidence)}", QUIET),
        )
    return None


def print_connectors(specs: Sequence[ConnectorLike], *, as_json: bool = False) -> None:
    """Every connector with its options."""
    if as_json:
        return document(documents.connectors(specs))
    console = paper()
    console.print(count(len(specs), "connector") + ".", style=STRONG)
    for spec in specs:
        heading(console, f"{spec.name}  {spec.summary}")
        for option in spec.options:
            facts = [option.type] + ["required"] * option.required + ["secret reference"] * option.secret
            facts += [f"one of {', '.join(option.choices)}"] if option.choices else []
            facts += [f"default {option.default}"] if option.default not in (None, "") else []
            entry(console, (option.name, STRONG), f"  {option.help}", (f"  ({', '.join(facts)})", QUIET))
    return None
