"""Changes in the terminal: old → new, why, who wins, and whether it can be taken back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from trueup.model.authorship import FROZEN
from trueup.model.changes import Action, Change, Plan, Reversal, Risk
from trueup.model.findings import Finding
from trueup.model.receipts import Verdict
from trueup.model.refs import Ref
from trueup.report import documents
from trueup.report.shapes import DecidedLike, UnfixableLike
from trueup.report.terminal.findings import Names, nobody
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
    width_of,
)
from trueup.report.words import (
    EMPTY,
    address,
    called,
    class_name,
    clean,
    count,
    field_label,
    listed,
    moment,
    shown,
    undo_note,
    value_refs,
    what,
)

URGENCY = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
STYLES = {Risk.HIGH: BAD, Risk.MEDIUM: WARN, Risk.LOW: GOOD}


def plan_verdict(plan: Plan, approved: int, unfixable: Collection[object]) -> str:
    """The first line of a plan."""
    left = f" {count(len(unfixable), 'finding')} without a fix." if unfixable else ""
    if not plan.changes:
        return f"Nothing to change.{left}"
    waiting = len(plan.changes) - approved
    waits = "none waits" if not waiting else f"{waiting:,} {'waits' if waiting == 1 else 'wait'}"
    return f"{count(len(plan.changes), 'fix')} planned: {approved:,} approved by rule, {waits} for you.{left}"


def print_plan(
    plan: Plan,
    approved_by_rule: int,
    unfixable: Sequence[UnfixableLike],
    *,
    as_json: bool = False,
    limit: int = 10,
    verdicts: Mapping[str, Verdict] | None = None,
    names: Names = nobody,
    asked: Sequence[str] = (),
) -> None:
    """The plan by class, its guards, what waits for a person (`limit` of them; 0 shows all), what has no fix.

    `asked` are the systems that had to be asked something for it.
    """
    if as_json:
        return document(documents.plan(plan, approved_by_rule, unfixable, asked))
    console = paper()
    tripped = any(guard.tripped for guard in plan.guards)
    console.print(
        plan_verdict(plan, approved_by_rule, unfixable),
        style=f"{STRONG} {BAD if tripped else WARN if plan.changes else GOOD}",
    )
    console.print(Text(f"Plan {plan.id}, good until {moment(plan.expires_at)}", style=QUIET))
    basis = f"Made from what was pulled; {listed(asked) if asked else 'no CRM'} was asked."
    console.print(Text(basis, style=QUIET))
    _print_classes(console, plan, verdicts or {})
    _print_guards(console, plan)
    undecided = sorted((c for c in plan.changes if c.id not in (verdicts or {})), key=lambda c: URGENCY[c.risk])
    visible = undecided[:limit] if limit else undecided
    known = names({ref for c in visible for ref in (c.target, *c.others)} | value_refs(visible))
    if visible:
        heading(console, f"Waiting for you · {len(undecided):,}")
        for change in visible:
            _print_lines(console, change, known)
        more(console, len(undecided) - len(visible), "waiting", "trueup plan --limit 0, or trueup review")
    _print_frozen(console, [item for item in unfixable if item.code == FROZEN], limit)
    _print_unfixable(console, [item for item in unfixable if item.code != FROZEN])
    if plan.changes:
        steps = ["trueup review"] * bool(undecided) + ["trueup apply"] * (len(undecided) < len(plan.changes))
        onward(console, *steps, "trueup report")
    return None


def _print_classes(console: Console, plan: Plan, verdicts: Mapping[str, Verdict]) -> None:
    if not plan.changes:
        return
    by_rule: dict[str, list[Change]] = defaultdict(list)
    for change in plan.changes:
        by_rule[change.rule].append(change)
    heading(console, "Fixes by class")
    rows: list[list[str | Text]] = []
    for rule, changes in sorted(by_rule.items(), key=lambda item: (min(URGENCY[c.risk] for c in item[1]), item[0])):
        waiting = sum(c.id not in verdicts for c in changes)
        risk = min((c.risk for c in changes), key=URGENCY.__getitem__)
        back = Counter(c.reversal for c in changes)
        kept = "exact" if back[Reversal.EXACT] == len(changes) else "none" if back[Reversal.NONE] else "in part"
        rows.append(
            [
                rule,
                class_name(rule),
                f"{len(changes):,}",
                f"{waiting:,}",
                Text(risk.value, style=STYLES[risk]),
                kept,
            ]
        )
    columns = (("class", "left"), ("", "left"), ("planned", "right"), ("waiting", "right"), ("risk", "left"))
    table(console, (*columns, ("undo", "left")), rows, flexible=1)


def _print_guards(console: Console, plan: Plan) -> None:
    tripped = [guard for guard in plan.guards if guard.tripped]
    if tripped:
        heading(console, "Guards that would refuse all of it at once")
        for guard in tripped:
            entry(console, (guard.name, f"{STRONG} {BAD}"), f"  {clean(guard.what)}")


def _print_frozen(console: Console, frozen: Sequence[UnfixableLike], limit: int) -> None:
    if not frozen:
        return
    heading(console, f"Frozen, because somebody changes it back · {len(frozen):,}")
    for item in frozen[:limit] if limit else frozen:
        entry(console, (item.code, f"{STRONG} {WARN}"), f"  {clean(item.reason)}")
    if limit:
        more(console, len(frozen) - limit, "frozen fields", "trueup plan --limit 0, or trueup check --code FLD006")


def _print_unfixable(console: Console, unfixable: Sequence[UnfixableLike]) -> None:
    if not unfixable:
        return
    heading(console, f"Without a fix · {len(unfixable):,}")
    counted = Counter((item.code, _kind_of(item.reason)) for item in unfixable)
    example = {(item.code, _kind_of(item.reason)): item.reason for item in reversed(unfixable)}
    for (code, kind), number in sorted(counted.items(), key=lambda pair: (pair[0][0], -pair[1])):
        entry(console, (code, STRONG), f"  {number:,}  ", (clean(example[code, kind]), QUIET))


def _kind_of(reason: str) -> str:
    """A reason without its addresses, so that the same reason counts as one."""
    return " ".join("…" if ":" in word and "/" in word else word for word in reason.split())


def _print_lines(console: Console, change: Change, names: Mapping[Ref, str]) -> None:
    """A change in a few lines, for lists."""
    name = clean(names.get(change.target, ""))
    entry(
        console,
        (change.action.sign, f"{STRONG} {STYLES[change.risk]}"),
        " ",
        (" · ".join(part for part in (name, what(change)) if part), STRONG),
    )
    for line in _values(change, console.width - 4, names):
        entry(console, *line, indent=4)
    entry(console, (address(change.target), "cyan"), ("  " + change.id, QUIET), indent=4)
    if change.reason:
        entry(console, (clean(change.reason), QUIET), indent=4)


def _values(change: Change, width: int, names: Mapping[Ref, str]) -> list[list[str | tuple[str, str]]]:
    """Old → new, next to each other where they fit, under each other where not; one line per value otherwise."""

    def told(field: str, value: str | None) -> str:
        return shown(called(change.kind, change.target.system, field, value, names))

    if change.action is Action.UPDATE:
        old, new = told(change.field, change.before), told(change.field, change.after)
        before, after = (old, QUIET if old == EMPTY else BAD), (new, QUIET if new == EMPTY else GOOD)
        if width_of(old) + width_of(new) + 3 <= width:
            return [[before, " → ", after]]
        return [[before], ["→ ", after]]
    lines: list[list[str | tuple[str, str]]] = []
    if change.action in (Action.MERGE, Action.CONVERT):
        lines += [[(address(other), BAD), " → ", (address(change.target), GOOD)] for other in change.others[:1]]
        lines = [[(address(o), BAD), " → ", (address(change.winner or change.target), GOOD)] for o in change.others]
        if change.action is Action.CONVERT:
            lines = [[(address(change.target), BAD), " → ", (address(o), GOOD)] for o in change.others]
    elif change.action in (Action.ASSOCIATE, Action.DISSOCIATE):
        tie = change.field + (f" ({clean(change.after)})" if change.after else "")
        lines += [[f"{tie}: {address(change.target)} – {address(other)}"] for other in change.others]
    lines += [
        [(f"{field_label(change.kind, name)}: ", QUIET), (told(name, value), GOOD)]
        for name, value in sorted(change.values.items())
    ]
    return lines


def print_change(
    change: Change,
    *,
    position: str = "",
    names: Mapping[Ref, str] | None = None,
    urls: Mapping[Ref, str] | None = None,
    finding: Finding | None = None,
    title: str = "",
) -> None:
    """One change with all that a person needs to decide it."""
    console, names = paper(), names or {}
    name = clean(names.get(change.target, ""))
    console.print()
    console.rule(Text(f" {position} " if position else "", style=QUIET), style=QUIET, align="left")
    entry(
        console,
        (change.action.sign, f"{STRONG} {STYLES[change.risk]}"),
        " ",
        (" · ".join(part for part in (name, what(change)) if part), STRONG),
        indent=0,
    )
    for line in _values(change, console.width - 4, names):
        entry(console, *line, indent=4)
    console.print()
    for label, text in _facts(change, names, urls or {}, finding, title):
        _fact(console, label, text)
    console.print()


def _facts(
    change: Change, names: Mapping[Ref, str], urls: Mapping[Ref, str], finding: Finding | None, title: str
) -> list[tuple[str, str]]:
    def record(ref: Ref) -> str:
        parts = (address(ref), clean(names.get(ref, "")), clean(urls.get(ref, "")))
        return "  ".join(part for part in parts if part)

    facts = [("Why", clean(change.reason))]
    if change.winner and change.winner not in (change.target,):
        facts.append(("Wins", record(change.winner)))
    facts.append(("Record", record(change.target)))
    counterparts = [ref for ref in (*change.others, *(finding.subjects if finding else ())) if ref != change.target]
    facts += [("Other", record(ref)) for ref in dict.fromkeys(counterparts) if ref != change.winner]
    if finding:
        facts.append(("Finding", " ".join(part for part in (finding.code, title) if part)))
        facts += [("Evidence", clean(sentence)) for sentence in finding.evidence]
    facts += [("Risk", f"{change.risk.value}, class {change.rule}"), ("Undo", undo_note(change))]
    return [(label, text) for label, text in facts if text]


def _fact(console: Console, label: str, text: str) -> None:
    body = Text(text).wrap(console, max(20, console.width - 14), overflow="fold")
    for place, line in enumerate(body):
        line.rstrip()
        console.print(Text(f"    {label if place == 0 else '':<10}", style=QUIET) + line)


def print_decided(decided: DecidedLike) -> None:
    """What was approved or rejected."""
    console = paper()
    verb = {Verdict.APPROVE: "Approved", Verdict.REJECT: "Rejected"}.get(decided.verdict, decided.verdict.value)
    classes = Counter(change.rule for change in decided.changes)
    said = listed(f"{number:,} {rule}" for rule, number in sorted(classes.items()))
    ending = f": {said}" if said else ""
    console.print(f"{verb} {count(len(decided.changes), 'change')} of plan {decided.plan.id}{ending}.", style=STRONG)
    if decided.verdict is Verdict.APPROVE and decided.changes:
        onward(console, f"trueup apply {decided.plan.id}")
