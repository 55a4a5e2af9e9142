"""`trueup check`: what is out of true, from what the store holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueup.commands.analysis import Analysis, analysis
from trueup.commands.frozen import named
from trueup.commands.memory import keep
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import RunRecord, Workspace, utcnow
from trueup.model.findings import Finding
from trueup.model.matching import Coverage

if TYPE_CHECKING:
    from trueup.reconcile.checks import NotLookedAt

WAITING = 3


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings, oldest first seen kept, and what could not be looked at."""

    run_id: str
    findings: tuple[Finding, ...]
    not_looked_at: tuple[NotLookedAt, ...]
    matching: tuple[Coverage, ...] = ()
    """How far the matching went that the findings rest on."""

    @property
    def by_code(self) -> Mapping[str, int]:
        """Code → number of findings."""
        return dict(sorted(Counter(finding.code for finding in self.findings).items()))


def check(
    workspace: Workspace,
    *,
    only: Collection[str] | None = None,
    full: bool = False,
    progress: Progress = SILENT,
) -> CheckResult:
    """Run the checks and remember what they found; `full` compares all records anew, not only what changed."""
    with (
        workspace.run("check") as record,
        analysis(workspace, at=utcnow(), only=only, full=full, keep=True, progress=progress) as found,
    ):
        return remember(workspace, record, found, only=only)


def remember(
    workspace: Workspace,
    record: RunRecord,
    found: Analysis,
    *,
    only: Collection[str] | None = None,
    ask: bool = False,
) -> CheckResult:
    """Keep the findings, so that the next time is known how long each has been there; links and base values too.

    Closed is what is no longer found among the codes that were looked at. With `ask` the CRMs are asked who keeps
    changing frozen fields back.
    """
    keep(workspace, found)
    findings = named(workspace, found, ask=ask)
    findings = tuple(workspace.store.save_findings(record.id, findings, found.at, looked_at=only))
    record.counts["findings"] = len(findings)
    return CheckResult(record.id, findings, found.not_looked_at, found.matching)
