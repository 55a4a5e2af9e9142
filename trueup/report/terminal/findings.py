"""Findings in the terminal: counts by family and code, then the first of each code with both sides' values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby

from rich.console import Console

from trueup.model.findings import Finding, Severity
from trueup.model.kinds import Kind
from trueup.model.matching import Coverage
from trueup.model.refs import Ref
from trueup.report import documents
from trueup.report.shapes import EntryLike, NotLookedAtLike
from trueup.report.terminal.paper import BAD, GOOD, QUIET, STRONG, WARN, document, entry, heading, more, onward, paper
from trueup.report.words import clean, count, family_name, field_label, listed, shown

Names = Callable[[Collection[Ref]], Mapping[Ref, str]]
LARGE = 10
"""A group of so many records is a fault of another sort, or a wrong decision: it is shown unasked."""
STYLES = {Severity.ERROR: BAD, Severity.WARNING: WARN, Severity.INFO: QUIET}


def nobody(_refs: Collection[Ref]) -> Mapping[Ref, str]:
    """No names are known."""
    return {}


def check_verdict(findings: Sequence[Finding], not_looked_at: Collection[object]) -> str:
    """The first line of a check."""
    blind = f" {count(len(not_looked_at), 'thing')} could not be looked at." if not_looked_at else ""
    if not findings:
        return f"In true{' as far as was looked' if blind else ''}: nothing was found.{blind}"
    records = len({ref for finding in findings for ref in finding.subjects})
    grave = [(sum(f.severity is s for f in findings), s.value) for s in Severity]
    said = ", ".join(count(number, noun) for number, noun in grave if number and noun != "info")
    return f"Not in true: {count(len(findings), 'finding')} on {count(records, 'record')}" + (
        f" ({said}).{blind}" if said else f".{blind}"
    )


def print_check(
    findings: Sequence[Finding],
    not_looked_at: Sequence[NotLookedAtLike],
    *,
    limit: int = 3,
    as_json: bool = False,
    titles: Mapping[str, str] | None = None,
    names: Names = nobody,
    matching: Iterable[Coverage] = (),
) -> None:
    """What is out of true; `limit` findings of each code are shown, 0 shows all."""
    if as_json:
        return document(documents.findings(findings, not_looked_at, matching))
    console = paper()
    console.print(check_verdict(findings, not_looked_at), style=f"{STRONG} {BAD if findings else GOOD}")
    ordered = sorted(findings, key=lambda f: f.code)
    groups = [(code, list(found)) for code, found in groupby(ordered, key=lambda f: f.code)]
    visible = [f for _, found in groups for f in (found[:limit] if limit else found)]
    called = names({ref for finding in visible for ref in finding.subjects})
    for family, of_family in groupby(groups, key=lambda group: family_name(group[0])):
        listed = list(of_family)
        heading(console, f"{family} · {sum(len(found) for _, found in listed):,}")
        for code, found in listed:
            _print_code(console, code, (titles or {}).get(code, ""), found, limit, called)
    print_not_looked_at(console, not_looked_at)
    print_bounds(console, matching)
    if findings:
        onward(console, "trueup plan", "trueup explain CODE", "trueup report")
    return None


def _print_code(
    console: Console, code: str, title: str, found: Sequence[Finding], limit: int, names: Mapping[Ref, str]
) -> None:
    style = STYLES[found[0].severity]
    entry(console, (code, f"{STRONG} {style}"), f"  {title}  " if title else "  ", (f"{len(found):,}", STRONG))
    visible = found[:limit] if limit else found
    for finding in visible:
        print_finding(console, finding, names)
    more(console, len(found) - len(visible), f"of {code}", f"trueup check --code {code} --limit 0", indent=4)


def print_finding(console: Console, finding: Finding, names: Mapping[Ref, str]) -> None:
    """One finding: whom it concerns, each side's value, the evidence."""
    label = field_label(finding.kind, finding.field) if finding.field else ""
    name = next((clean(names[ref]) for ref in finding.subjects if names.get(ref)), "")
    head = " · ".join(part for part in (name, label) if part)
    if head:
        entry(console, (head, STRONG), indent=4)
    for ref in finding.subjects:
        value = finding.values.get(str(ref))
        said = ("  ", shown(value)) if str(ref) in finding.values else ()
        entry(console, (clean(str(ref)), "cyan"), *said, indent=6)
    for sentence in finding.evidence:
        entry(console, (clean(sentence), QUIET), indent=6)


def print_not_looked_at(console: Console, not_looked_at: Iterable[NotLookedAtLike]) -> None:
    """Their own box: what was not looked at is never clean."""
    rows = list(not_looked_at)
    if rows:
        heading(console, f"Not looked at · {len(rows):,}")
        for row in rows:
            entry(console, (row.code, f"{STRONG} {WARN}"), f"  {clean(row.why)}")


def print_bounds(console: Console, matching: Iterable[Coverage]) -> None:
    """What the bounds of matching left out, and groups so large that somebody should look."""
    rows = [one for one in matching if one.left_out or one.largest >= LARGE]
    if rows:
        heading(console, "Who is who")
    for one in rows:
        for sentence, style in bounds(one):
            entry(console, (kinds(one.kind), STRONG), "  ", (sentence, style))


def bounds(one: Coverage) -> list[tuple[str, str]]:
    """Sentences on one kind: its largest group, and what was left out by which rule."""
    said = []
    if one.largest:
        style = WARN if one.largest >= LARGE else QUIET
        among = f"{clean(one.largest_record)} among them"
        said.append((f"the largest group has {count(one.largest, 'record')}, {among}", style))
    if one.left_out:
        by = listed((f"{rule} {pairs:,}" for rule, pairs in one.left_out_by), 3)
        said.append((f"{count(one.left_out, 'pair')} of blocks too large to compare were left out ({by})", WARN))
    return said


def kinds(kind: Kind) -> str:
    """The kind as a reader says it of many."""
    return {Kind.PERSON: "people", Kind.COMPANY: "companies"}.get(kind, kind.value)


def print_explain(entries: Sequence[EntryLike]) -> None:
    """One code in full, or the whole catalogue a line each."""
    console = paper()
    if len(entries) != 1:
        console.print(f"{count(len(entries), 'finding code')}. More of one: trueup explain CODE", style=STRONG)
        for family, listed in groupby(entries, key=lambda item: family_name(item.code)):
            heading(console, family)
            for item in listed:
                entry(console, (item.code, f"{STRONG} {STYLES[item.severity]}"), f"  {item.title}")
        return
    item = entries[0]
    console.print(f"{item.code}  {item.title}  ({item.severity.value})", style=f"{STRONG} {STYLES[item.severity]}")
    for title, text in (
        ("What it means", item.means),
        ("Why it matters", item.why),
        ("How it is found", item.how),
        ("How it is fixed", item.fix),
    ):
        heading(console, title)
        entry(console, text)
