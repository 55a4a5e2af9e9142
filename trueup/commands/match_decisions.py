"""`trueup match same`, `different`, `forget`, `decisions`: what people decided about pairs, as text and as rows.

Every decision becomes a row of the store (history: nothing is overwritten). Where the policy names a file of decisions,
that file is what counts: it is written beside the policy, reviewed like the policy, and the same on every machine that
has the checkout. A row that is not in the file is told about, and not in force. Without a file the rows count.

A decision is about two things, not two ids: where a record was merged away or converted, the decision follows it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trueup.commands.workspace import Workspace, utcnow
from trueup.config import decisions as texts
from trueup.errors import ConfigError, UsageError
from trueup.model.kinds import Kind
from trueup.model.policy import PairDecision
from trueup.model.receipts import Decision, Verdict
from trueup.model.refs import Ref

if TYPE_CHECKING:
    import duckdb

_SCORED = (Kind.PERSON, Kind.COMPANY)
_MERGES_FOLLOWED = 5


@dataclass(frozen=True, slots=True)
class Remembered:
    """One decision, where it is kept, and how it stands: `in force`, `expired`, or `not in the file`.

    `now` are the two records of today, where merges led them.
    """

    decision: PairDecision
    kept: str
    state: str
    now: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a decision: the one that was there before, if any, and the file that was written."""

    decision: PairDecision
    before: PairDecision | None
    file: str


def decide(workspace: Workspace, a: str, b: str, verdict: str, *, by: str, why: str, until: date | None = None) -> Told:
    """Remember that two records are the same, or are not. Raises UsageError for records that are not known."""
    left, right = _pair(workspace, a, b)
    today = utcnow().astimezone(ZoneInfo(workspace.policy.timezone)).date()
    if not why.strip():
        raise UsageError("A decision needs a reason.", hint='Give it: --why "father and son"')
    if until and until < today:
        raise UsageError(f"{until} is in the past: the decision would never hold.")
    decision = PairDecision(left, right, verdict, by, why.strip(), today, until)
    return _keep(workspace, [decision])[0]


def forget(workspace: Workspace, a: str, b: str, *, by: str, why: str) -> Told:
    """Withdraw what was decided about a pair; the data decide again. The rows keep the history."""
    left, right = sorted((str(_ref(a)), str(_ref(b))))
    before = _standing(workspace).get((left, right))
    if before is None:
        raise UsageError(f"Nothing was decided about {left} and {right}.", hint="See: trueup match decisions")
    file = workspace.policy.match.decisions_file
    if workspace.policy.match.decisions is not None and Path(file).is_file():
        _write(Path(file), texts.without_decision(Path(file).read_text(encoding="utf-8-sig"), before, file))
    workspace.store.decide(Decision(f"{left}|{right}", Verdict.WITHDRAWN, by, utcnow(), why))
    return Told(before, before, file)


def take(workspace: Workspace, file: Path) -> list[Told]:
    """Remember every decision of a file that somebody wrote or exported. Raises ConfigError with all its problems."""
    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    found, problems = texts.read_decisions(file)
    if problems:
        raise ConfigError(f"{file}: {len(problems)} problem{'s' * (len(problems) != 1)}; nothing was done.", problems)
    standing = _standing(workspace)
    new = [one for one in found if standing.get((one.left, one.right)) != one]
    return _keep(workspace, new) if new else []


def export_to(workspace: Workspace, file: Path) -> int:
    """Write every decision in force as text, to a file or (`-`) to standard output.

    Those of the store that a file named by the policy does not hold are in it: this is how they get there.
    """
    text = texts.whole_text([item.decision for item in remembered(workspace) if item.state != "expired"])
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        _write(file, text)
    return 0


def remembered(workspace: Workspace) -> list[Remembered]:
    """Every decision there is, by its records."""
    match, zone = workspace.policy.match, ZoneInfo(workspace.policy.timezone)
    rows = _rows(workspace)
    in_file = None if match.decisions is None else {(one.left, one.right): one for one in match.decisions}
    today = utcnow().astimezone(zone).date()
    found = []
    for pair in sorted({*rows, *(in_file or {})}):
        one = rows[pair] if in_file is None or pair not in in_file else in_file[pair]
        kept = "store" if in_file is None or pair not in in_file else "file and store" if pair in rows else "file"
        state = "expired" if one.until and one.until < today else "in force"
        if in_file is not None and pair not in in_file:
            state = "not in the file"
        found.append(Remembered(one, kept, state, (_today(workspace, pair[0]), _today(workspace, pair[1]))))
    return found


def overlay(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Put the decisions that count into a loaded frame: those of the policy's file, where it names one.

    Raises UsageError when the file is gone while the store remembers decisions: they would silently be forgotten.
    """
    match = workspace.policy.match
    if match.decisions is None:
        return
    if not Path(match.decisions_file).is_file():
        if rows := _rows(workspace):
            raise UsageError(
                f"{match.decisions_file} is not there, but the store remembers {_decisions(len(rows))}.",
                hint="Put the file back, or write it anew: trueup match decisions --export "
                + os.path.relpath(match.decisions_file),
            )
        return
    con.execute("DELETE FROM decision")
    zone = ZoneInfo(workspace.policy.timezone)
    lines = [
        [one.left, one.right, one.verdict, (end := _end(one, zone)) and end.astimezone(UTC).replace(tzinfo=None)]
        for one in match.decisions
    ]
    if lines:
        con.executemany("INSERT INTO decision VALUES (?, ?, ?, ?)", lines)


def _pair(workspace: Workspace, a: str, b: str) -> tuple[str, str]:
    """Two known records of one kind that is matched by score."""
    refs = [_ref(a), _ref(b)]
    if refs[0] == refs[1]:
        raise UsageError(f"{refs[0]} is always the same as itself.")
    known = workspace.store.records(refs)
    for ref in refs:
        if ref not in known:
            raise UsageError(f"{ref} is not known.", hint="It must have been pulled: trueup pull")
    kinds = {known[ref].kind for ref in refs}
    if len(kinds) > 1:
        raise UsageError(f"{refs[0]} and {refs[1]} are of two kinds: {' and '.join(sorted(k.value for k in kinds))}.")
    if (kind := kinds.pop()) not in _SCORED:
        raise UsageError(f"Decisions are about people and companies; a {kind.value} is matched by its key.")
    left, right = sorted(str(ref) for ref in refs)
    return left, right


def _ref(text: str) -> Ref:
    try:
        return Ref.parse(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no record.", hint="Write it as system:object/id.") from error


def _keep(workspace: Workspace, new: Sequence[PairDecision]) -> list[Told]:
    """Write decisions to the file, where the policy names one, and then as rows."""
    match, zone = workspace.policy.match, ZoneInfo(workspace.policy.timezone)
    standing = _standing(workspace)
    file = ""
    if match.decisions is not None:
        file = match.decisions_file
        path = Path(file)
        # A file that is not there yet begins with what the store remembers: nothing is lost by naming one.
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else texts.whole_text(list(standing.values()))
        for one in new:
            text = texts.with_decision(text, one, file)
        _write(path, text)
    workspace.store.decide(
        *(
            Decision(
                f"{one.left}|{one.right}", Verdict(one.verdict), one.by, _moment(one, zone), one.why, _end(one, zone)
            )
            for one in new
        )
    )
    return [Told(one, standing.get((one.left, one.right)), file) for one in new]


def _moment(decision: PairDecision, zone: ZoneInfo) -> datetime:
    """When it was decided: now, or at noon of the day that the text names."""
    now = utcnow()
    if decision.on is None or decision.on == now.astimezone(zone).date():
        return now
    return datetime.combine(decision.on, time(12), zone).astimezone(UTC)


def _end(decision: PairDecision, zone: ZoneInfo) -> datetime | None:
    """The moment from which it no longer holds: the end of its last day."""
    if decision.until is None:
        return None
    return datetime.combine(decision.until + timedelta(days=1), time(0), zone).astimezone(UTC)


def _standing(workspace: Workspace) -> Mapping[tuple[str, str], PairDecision]:
    """What counts today by pair: the file's where the policy names one that is there, else the rows'."""
    match = workspace.policy.match
    if match.decisions is not None and Path(match.decisions_file).is_file():
        return {(one.left, one.right): one for one in match.decisions}
    return _rows(workspace)


def _rows(workspace: Workspace) -> dict[tuple[str, str], PairDecision]:
    """The store's newest verdict on every pair."""
    zone = ZoneInfo(workspace.policy.timezone)
    return {
        (str(left), str(right)): PairDecision(
            str(left),
            str(right),
            row.verdict.value,
            row.by,
            row.note,
            row.at.astimezone(zone).date(),
            (row.expires_at - timedelta(seconds=1)).astimezone(zone).date() if row.expires_at else None,
        )
        for (left, right), row in workspace.store.pair_decisions().items()
    }


def _today(workspace: Workspace, ref: str) -> str:
    """The record that a ref means today, through merges; the ref itself where nothing is known."""
    now = Ref.parse(ref)
    for _ in range(_MERGES_FOLLOWED):
        record = workspace.store.records([now]).get(now)
        if record is None or record.merged_into is None:
            break
        now = record.merged_into
    return str(now)


def _decisions(number: int) -> str:
    return f"{number:,} decision{'s' * (number != 1)} about pairs"


def _write(path: Path, text: str) -> None:
    """The file appears whole or not at all."""
    half = path.with_name(path.name + ".new")
    try:
        half.write_text(text, encoding="utf-8", newline="")
        half.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error
