"""`trueup pull`: bring the store up to date with every system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trueup.commands.abilities import remember_abilities
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import RunRecord, Workspace, utcnow
from trueup.errors import CredentialsError
from trueup.sync.pull import Pulled
from trueup.sync.pull import pull as pull_all

INCOMPLETE = 7


@dataclass(frozen=True, slots=True)
class PullResult:
    """What came, object by object."""

    run_id: str
    pulled: tuple[Pulled, ...]

    @property
    def complete(self) -> bool:
        """Whether every object was seen whole."""
        return all(p.complete for p in self.pulled)

    @property
    def exit_code(self) -> int:
        """0; 1 when a system does not take our credentials, which needs a person; 7 when anything else was not seen."""
        if any(p.shut_out for p in self.pulled):
            return CredentialsError.exit_code
        return 0 if self.complete else INCOMPLETE


def pull(
    workspace: Workspace,
    *,
    full: bool = False,
    only: Sequence[str] = (),
    all_fields: bool = False,
    progress: Progress = SILENT,
) -> PullResult:
    """Pull what changed (`full`: everything) under a run of its own; `all_fields` keeps what no check needs, too."""
    workspace.all_fields = all_fields
    with workspace.run("pull") as record:
        result = pull_within(workspace, record, full=full, only=only, progress=progress)
        record.exit_code = result.exit_code
    return result


def pull_within(
    workspace: Workspace,
    record: RunRecord,
    *,
    full: bool = False,
    only: Sequence[str] = (),
    progress: Progress = SILENT,
) -> PullResult:
    """The same inside a run that already holds the lock."""
    progress.step("Pulling")
    pulled = pull_all(
        workspace.connectors,
        workspace.store,
        now=utcnow,
        full=full,
        only=only,
        progress=progress.pulled,
        say=progress.step,
    )
    remember_abilities(workspace, {p.system for p in pulled if p.complete})
    record.counts |= {f"pulled {p.system}:{p.object}": p.rows for p in pulled}
    return PullResult(record.id, tuple(pulled))
