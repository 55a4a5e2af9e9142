"""What each system can do, as its last pull learnt it: planning and reporting need no CRM for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from trueup.commands.workspace import Workspace, utcnow
from trueup.model.policy import SystemPolicy

if TYPE_CHECKING:
    from trueup.model.schema import Capabilities


def remember_abilities(workspace: Workspace, systems: Iterable[str]) -> None:
    """Keep what these systems can do. They were asked a moment ago, so that nothing is sent."""
    from trueup.store import SystemSeen

    at = utcnow()
    workspace.store.save_systems(
        {
            name: SystemSeen(workspace.connector(name).capabilities, _settings(workspace.policy.systems[name]), at)
            for name in systems
        }
    )


def abilities(workspace: Workspace) -> Mapping[str, Capabilities]:
    """What each system can do.

    A system is asked only when what is kept was learnt under other settings than the policy's of today. One that was
    never pulled is left out: the store holds nothing of it that could be changed.
    """
    kept = workspace.store.systems()
    pulled = {snapshot.system for snapshot in workspace.store.snapshots()}
    found: dict[str, Capabilities] = {}
    for name, system in workspace.policy.systems.items():
        seen = kept.get(name)
        if seen is not None and seen.settings == _settings(system):
            found[name] = seen.capabilities
        elif name in pulled:
            found[name] = workspace.connector(name).capabilities
    return found


def _settings(system: SystemPolicy) -> str:
    """A digest of a system's part of the policy (its secrets are references)."""
    return hashlib.sha256(repr(system).encode()).hexdigest()[:16]
