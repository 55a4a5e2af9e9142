"""What records and finding codes are called, for every face: names from the store, titles from the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from trueup.model.refs import Ref

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace


def names(workspace: Workspace, refs: Collection[Ref]) -> dict[Ref, str]:
    """What people call these records, as far as the store knows them."""
    from trueup.report.words import record_name

    found = workspace.store.records(refs)
    named = ((ref, record_name(record.kind, record.fields)) for ref, record in found.items())
    return {ref: name for ref, name in named if name}


def urls(workspace: Workspace, refs: Collection[Ref]) -> dict[Ref, str]:
    """Where a person opens these records, as far as the connections can tell.

    A system that cannot be opened now (a secret that is not there) has no links; that is no reason to have no report.
    """
    from trueup.errors import TrueupError

    found: dict[Ref, str] = {}
    closed: set[str] = set()
    for ref in sorted(refs):
        if ref.system in closed or ref.system not in workspace.policy.systems or ref.id.startswith("new-"):
            continue
        try:
            url = workspace.connector(ref.system).record_url(ref)
        except TrueupError:
            closed.add(ref.system)
            continue
        if url:
            found[ref] = url
    return found


def titles() -> dict[str, str]:
    """What each finding code is called."""
    from trueup.reconcile import catalogue

    return {entry.code: entry.title for entry in catalogue.entries()}
