"""`trueup db prune`: forget what is old, and say what that is and which runs can no longer be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import UsageError

if TYPE_CHECKING:
    from trueup.store.prune import Pruned


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was forgotten, or would be (`dry_run`), and how many bytes the store took before and takes now."""

    before: datetime
    pruned: Pruned
    dry_run: bool
    bytes_before: int
    bytes_after: int


def prune(workspace: Workspace, before: str, *, dry_run: bool = False) -> PruneResult:
    """Forget what is older than a day (`2026-01-31`) or an age (`90 days`)."""
    now = utcnow()
    cut = _moment(before, now)
    store = workspace.store
    if dry_run:
        size = store.size()
        return PruneResult(cut, store.prune(cut, now, dry_run=True), True, size, size)
    with workspace.run("prune") as record:
        size = store.size()
        pruned = store.prune(cut, now)
        if pruned.rows:
            store.compact()
        record.counts["rows forgotten"] = pruned.rows
        return PruneResult(cut, pruned, False, size, store.size())


def _moment(text: str, now: datetime) -> datetime:
    from trueup.config.quantities import duration

    try:
        day = datetime.combine(date.fromisoformat(text.strip()), time(), UTC)
    except ValueError:
        try:
            day = now - duration(text)
        except (ValueError, OverflowError):
            raise UsageError(
                f"--before {text!r} is neither a day nor an age.", hint="Write for example 2026-01-31, or 90 days."
            ) from None
    if day > now:
        raise UsageError(f"--before {text} lies in the future.", hint="Name a day that is over, or an age.")
    return day
