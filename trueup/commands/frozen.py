"""Names who keeps changing a frozen field back: asks the CRM that holds it, or remembers what it said before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from trueup.commands.analysis import Analysis
from trueup.commands.workspace import Workspace
from trueup.errors import TrueupError
from trueup.model.authorship import Wrote
from trueup.model.findings import Finding
from trueup.model.refs import Ref


def named(workspace: Workspace, found: Analysis, *, ask: bool) -> tuple[Finding, ...]:
    """The findings, those on frozen fields with their writers; `ask` False looks at no CRM."""
    from trueup.reconcile import echoes

    frozen = echoes.frozen(found.findings)
    if not frozen:
        return found.findings
    before = echoes.frozen(workspace.store.open_findings())
    ours = echoes.last_written(found.frame)
    wrote, unasked = _asked(workspace, list(frozen.values())) if ask else ({}, {})
    signed: dict[str, Finding] = {}
    for id_, finding in frozen.items():
        (ref,) = finding.subjects
        key = (ref, finding.field)
        one = echoes.signed(finding, wrote.get(key, ()), ours.get((str(ref), finding.field)))
        one = echoes.still_signed(one, before.get(id_))
        if ref.system in unasked:
            one = replace(one, evidence=(*one.evidence, unasked[ref.system]))
        signed[id_] = one
    return tuple(signed.get(finding.id, finding) for finding in found.findings)


def _asked(
    workspace: Workspace, frozen: Sequence[Finding]
) -> tuple[dict[tuple[Ref, str], list[Wrote]], dict[str, str]]:
    """What each system says, and for a system that does not answer the sentence that says so."""
    cells: dict[str, list[tuple[Ref, str]]] = defaultdict(list)
    for finding in frozen:
        cells[finding.subjects[0].system].append((finding.subjects[0], finding.field))
    said: dict[tuple[Ref, str], list[Wrote]] = defaultdict(list)
    unasked: dict[str, str] = {}
    for system, wanted in sorted(cells.items()):
        try:
            for one in workspace.connector(system).wrote(wanted):
                said[one.ref, one.field].append(one)
        except TrueupError as error:
            unasked[system] = f"Who changes it could not be asked: {error.message}"
    return said, unasked
